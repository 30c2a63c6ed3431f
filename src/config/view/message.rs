//! Messages as the Go structs that `protoc-gen-go` makes: pointers with fields, and getters that nil pointers have too.
//!
//! Source: <https://protobuf.dev/reference/go/go-generated/>.

use std::{borrow::Cow, collections::BTreeMap};

use outrigger_gotemplate::{CallError, Context, Kind, Number, Object, Type as GoType, Value};

use super::document;
use crate::config::{
    ProxyConfig,
    proto::{Cardinality, Datum, Duration, Enum, Field, Kind as ProtoKind, Message, Scalar, Type},
};

type Called<'a> = Option<Result<Value<'a>, CallError>>;

/// A message as a pointer to its Go struct.
pub fn message(message: &Message) -> Value<'_> {
    Value::object(View {
        ty: message.ty(),
        message: Some(message),
        config: None,
    })
}

/// A proxy's configuration; its JSON is what the proxy is told, see [`ProxyConfig::cleaned_json`].
pub fn proxy_config(config: &ProxyConfig) -> Value<'_> {
    Value::object(View {
        ty: config.message().ty(),
        message: Some(config.message()),
        config: Some(config),
    })
}

/// A pointer to a struct; nil without a message.
struct View<'a> {
    ty: &'static Type,
    message: Option<&'a Message>,
    config: Option<&'a ProxyConfig>,
}

impl<'a> View<'a> {
    fn value(&self, position: usize) -> Option<Value<'a>> {
        let field = self.ty.fields.get(position)?;
        let datum = self.message.and_then(|message| message.at(position));
        Some(value(field, datum))
    }

    fn position(&self, go: &str) -> Option<usize> {
        self.ty.fields.iter().position(|field| field.go == go)
    }
}

impl<'a> Object<'a> for View<'a> {
    fn kind(&self) -> Kind {
        Kind::Ptr
    }

    fn type_name(&self) -> Cow<'a, str> {
        format!("*{}", self.ty.go).into()
    }

    fn is_nil(&self) -> bool {
        self.message.is_none()
    }

    fn field(&self, name: &str) -> Option<Value<'a>> {
        let position = self.position(name)?;
        // Members of a oneof are fields of structs of their own.
        self.ty.fields.get(position).filter(|f| !in_oneof(f))?;
        self.value(position)
    }

    fn method(&self, name: &str, _: &[Value<'a>], _: &Context<'_>) -> Called<'a> {
        if name == "String" {
            return Some(Ok(self.display().unwrap_or_default().into()));
        }
        let position = self.position(name.strip_prefix("Get")?)?;
        self.value(position).map(Ok)
    }

    fn entries(&self) -> Vec<(Cow<'a, str>, Value<'a>)> {
        let fields = self.ty.fields.iter().enumerate();
        fields
            .filter(|(_, field)| !in_oneof(field))
            .filter_map(|(i, field)| Some((Cow::Borrowed(&*field.go), self.value(i)?)))
            .collect()
    }

    fn display(&self) -> Option<String> {
        self.message.map(Message::to_json)
    }

    fn write_json(&self, out: &mut String) -> bool {
        match (self.config, self.message) {
            (Some(config), _) => out.push_str(config.cleaned_json()),
            (None, Some(message)) => out.push_str(&message.to_json()),
            (None, None) => out.push_str("null"),
        }
        true
    }
}

fn in_oneof(field: &Field) -> bool {
    field.oneof.as_ref().is_some_and(|name| name != "optional")
}

/// What a field's getter gives: of an unset field the zero value of its type.
fn value<'a>(field: &'static Field, datum: Option<&'a Datum>) -> Value<'a> {
    match (field.cardinality, datum) {
        (Cardinality::One, datum) => one(field.kind, datum),
        (_, Some(datum)) => Value::object(Many {
            kind: field.kind,
            datum,
        }),
        (Cardinality::List, None) if field.kind == ProtoKind::String => {
            Value::NilOf(GoType::STRINGS)
        }
        (Cardinality::List, None) => Value::NilOf(GoType::LIST),
        (Cardinality::Map, None) if field.kind == ProtoKind::String => {
            Value::NilOf(GoType::STRING_MAP)
        }
        (Cardinality::Map, None) => Value::NilOf(GoType::MAP),
    }
}

fn one(kind: ProtoKind, datum: Option<&Datum>) -> Value<'_> {
    let scalar = |kind| scalar(kind, datum);
    match kind {
        ProtoKind::Bool => scalar(Scalar::Bool),
        ProtoKind::Int32 => scalar(Scalar::Int32),
        ProtoKind::Int64 => scalar(Scalar::Int64),
        ProtoKind::Uint32 => scalar(Scalar::Uint32),
        ProtoKind::Double => scalar(Scalar::Double),
        ProtoKind::String => scalar(Scalar::String),
        ProtoKind::Wrapper(of) => Value::object(Wrapper { of, datum }),
        ProtoKind::Duration => Value::object(Span(match datum {
            Some(Datum::Duration(duration)) => Some(*duration),
            _ => None,
        })),
        ProtoKind::Enum(_) => Value::object(Choice {
            number: match datum {
                Some(Datum::Enum(number)) => *number,
                _ => 0,
            },
            of: kind.enumeration(),
        }),
        ProtoKind::Struct => match datum {
            Some(Datum::Struct(json)) => document(json),
            _ => Value::NilOf(GoType::Pointer("structpb.Struct")),
        },
        ProtoKind::Message(_) => match kind.message() {
            Some(ty) => Value::object(View {
                ty,
                message: match datum {
                    Some(Datum::Message(message)) => Some(message),
                    _ => None,
                },
                config: None,
            }),
            None => Value::Nil,
        },
    }
}

fn scalar(kind: Scalar, datum: Option<&Datum>) -> Value<'_> {
    let number = match datum {
        Some(Datum::Int(n)) => *n,
        _ => 0,
    };
    match kind {
        Scalar::Bool => Value::Bool(matches!(datum, Some(Datum::Bool(true)))),
        Scalar::Int32 => Value::int32(i32::try_from(number).unwrap_or_default()),
        Scalar::Int64 => Value::int64(number),
        Scalar::Uint32 => Value::Number(Number::Uint32(u32::try_from(number).unwrap_or_default())),
        Scalar::Double => match datum {
            Some(Datum::Double(n)) => Value::Float(*n),
            _ => Value::Float(0.0),
        },
        Scalar::String => match datum {
            Some(Datum::String(text)) => Value::from(text.as_str()),
            _ => Value::from(""),
        },
    }
}

/// A list or a map that is set.
struct Many<'a> {
    kind: ProtoKind,
    datum: &'a Datum,
}

impl<'a> Many<'a> {
    fn map(&self) -> Option<&'a BTreeMap<String, Datum>> {
        match self.datum {
            Datum::Map(entries) => Some(entries),
            _ => None,
        }
    }
}

impl<'a> Object<'a> for Many<'a> {
    fn kind(&self) -> Kind {
        match self.datum {
            Datum::Map(_) => Kind::Map,
            _ => Kind::Slice,
        }
    }

    fn type_name(&self) -> Cow<'a, str> {
        match self.datum {
            Datum::Map(_) => format!("map[string]{}", self.elem()).into(),
            _ => format!("[]{}", self.elem()).into(),
        }
    }

    fn get(&self, key: &str) -> Option<Value<'a>> {
        Some(one(self.kind, Some(self.map()?.get(key)?)))
    }

    fn at(&self, position: usize) -> Option<Value<'a>> {
        match self.datum {
            Datum::List(items) => Some(one(self.kind, Some(items.get(position)?))),
            _ => None,
        }
    }

    fn len(&self) -> usize {
        match self.datum {
            Datum::List(items) => items.len(),
            Datum::Map(entries) => entries.len(),
            _ => 0,
        }
    }

    fn elem(&self) -> GoType {
        match self.kind {
            ProtoKind::Bool => GoType::Bool,
            ProtoKind::Int32 => GoType::Int32,
            ProtoKind::Int64 => GoType::Int64,
            ProtoKind::Uint32 => GoType::Uint32,
            ProtoKind::Double => GoType::Float64,
            ProtoKind::String => GoType::String,
            ProtoKind::Duration => GoType::Pointer("durationpb.Duration"),
            ProtoKind::Struct => GoType::Pointer("structpb.Struct"),
            ProtoKind::Wrapper(of) => GoType::Pointer(wrapper_name(of)),
            ProtoKind::Enum(_) => self
                .kind
                .enumeration()
                .map_or(GoType::Any, |e| GoType::Named(&e.go)),
            ProtoKind::Message(_) => self
                .kind
                .message()
                .map_or(GoType::Any, |m| GoType::Pointer(&m.go)),
        }
    }

    fn entries(&self) -> Vec<(Cow<'a, str>, Value<'a>)> {
        let entries = self.map().into_iter().flatten();
        entries
            .map(|(key, datum)| (Cow::Borrowed(&**key), one(self.kind, Some(datum))))
            .collect()
    }
}

const fn wrapper_name(of: Scalar) -> &'static str {
    match of {
        Scalar::Bool => "wrapperspb.BoolValue",
        Scalar::Int32 => "wrapperspb.Int32Value",
        Scalar::Int64 => "wrapperspb.Int64Value",
        Scalar::Uint32 => "wrapperspb.UInt32Value",
        Scalar::Double => "wrapperspb.DoubleValue",
        Scalar::String => "wrapperspb.StringValue",
    }
}

/// A pointer to a wrapper; nil where it is not set.
struct Wrapper<'a> {
    of: Scalar,
    datum: Option<&'a Datum>,
}

impl<'a> Object<'a> for Wrapper<'a> {
    fn kind(&self) -> Kind {
        Kind::Ptr
    }

    fn type_name(&self) -> Cow<'a, str> {
        format!("*{}", wrapper_name(self.of)).into()
    }

    fn is_nil(&self) -> bool {
        self.datum.is_none()
    }

    fn field(&self, name: &str) -> Option<Value<'a>> {
        (name == "Value").then(|| scalar(self.of, self.datum))
    }

    fn method(&self, name: &str, _: &[Value<'a>], _: &Context<'_>) -> Called<'a> {
        match name {
            "GetValue" => Some(Ok(scalar(self.of, self.datum))),
            "String" => Some(Ok(self.display().unwrap_or_default().into())),
            _ => None,
        }
    }

    fn entries(&self) -> Vec<(Cow<'a, str>, Value<'a>)> {
        vec![("Value".into(), scalar(self.of, self.datum))]
    }

    fn display(&self) -> Option<String> {
        self.datum.map(|datum| match datum {
            Datum::String(text) => format!("value:{text:?}"),
            Datum::Bool(b) => format!("value:{b}"),
            Datum::Int(n) => format!("value:{n}"),
            Datum::Double(n) => format!("value:{n}"),
            _ => String::new(),
        })
    }
}

/// A pointer to a duration message; nil where it is not set. It prints as the duration that it stands for.
struct Span(Option<Duration>);

impl<'a> Object<'a> for Span {
    fn kind(&self) -> Kind {
        Kind::Ptr
    }

    fn type_name(&self) -> Cow<'a, str> {
        "*durationpb.Duration".into()
    }

    fn is_nil(&self) -> bool {
        self.0.is_none()
    }

    fn field(&self, name: &str) -> Option<Value<'a>> {
        let duration = self.0.unwrap_or_default();
        match name {
            "Seconds" => Some(Value::int64(duration.seconds())),
            // Less than a second, so always within 32 bits.
            "Nanos" => {
                let nanos = i32::try_from(duration.subsecond_nanos());
                Some(Value::int32(nanos.unwrap_or_default()))
            }
            _ => None,
        }
    }

    fn method(&self, name: &str, _: &[Value<'a>], _: &Context<'_>) -> Called<'a> {
        match name {
            "AsDuration" => Some(Ok(Value::object(GoDuration(self.0.unwrap_or_default())))),
            "GetSeconds" | "GetNanos" => self.field(name.strip_prefix("Get")?).map(Ok),
            "String" => Some(Ok(self.display().unwrap_or_default().into())),
            _ => None,
        }
    }

    fn entries(&self) -> Vec<(Cow<'a, str>, Value<'a>)> {
        let names = ["Seconds", "Nanos"].into_iter();
        names
            .filter_map(|name| Some((name.into(), self.field(name)?)))
            .collect()
    }

    fn display(&self) -> Option<String> {
        self.0.map(|duration| duration.to_string())
    }
}

/// A `time.Duration`.
struct GoDuration(Duration);

impl<'a> Object<'a> for GoDuration {
    fn kind(&self) -> Kind {
        Kind::Int64
    }

    fn type_name(&self) -> Cow<'a, str> {
        "time.Duration".into()
    }

    fn method(&self, name: &str, _: &[Value<'a>], _: &Context<'_>) -> Called<'a> {
        match name {
            "String" => Some(Ok(self.0.to_string().into())),
            "Seconds" => Some(Ok(Value::Float(self.0.as_seconds()))),
            "Nanoseconds" => Some(Ok(Value::int64(self.0.0))),
            "Milliseconds" => Some(Ok(Value::int64(self.0.0 / 1_000_000))),
            _ => None,
        }
    }

    fn scalar(&self) -> Value<'a> {
        Value::int64(self.0.0)
    }

    fn display(&self) -> Option<String> {
        Some(self.0.to_string())
    }
}

/// A value of an enumeration: an `int32` that prints as its name.
struct Choice {
    number: i32,
    of: Option<&'static Enum>,
}

impl<'a> Object<'a> for Choice {
    fn kind(&self) -> Kind {
        Kind::Int32
    }

    fn type_name(&self) -> Cow<'a, str> {
        Cow::Borrowed(self.of.map_or("int32", |of| &of.go))
    }

    fn method(&self, name: &str, _: &[Value<'a>], _: &Context<'_>) -> Called<'a> {
        (name == "String").then(|| Ok(self.display().unwrap_or_default().into()))
    }

    fn scalar(&self) -> Value<'a> {
        Value::int32(self.number)
    }

    fn display(&self) -> Option<String> {
        let name = self.of.and_then(|of| of.name_of(self.number));
        Some(name.map_or_else(|| self.number.to_string(), str::to_owned))
    }
}
