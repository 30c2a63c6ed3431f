//! A Pod's JSON as Go templates see a Pod: Go's field names, Go's types, zero values where the JSON has nothing.
//!
//! Nothing is converted ahead: a `View` is a piece of JSON and the Go type it stands for, and makes the views of its
//! fields as templates ask for them. JSON of a type that Go does not expect counts as absent.

mod json;
mod quantity;

use std::{borrow::Cow, cell::Cell};

use outrigger_gotemplate::{self as template, CallError, Context, Kind, Object, Value};
use outrigger_json::Value as Json;
use outrigger_strategic_merge::schema::{Field, Struct, Type};

pub use json::to_go_json;
pub use quantity::canonical as canonical_quantity;

/// Shows an object, or the zero value of its type where there is none, as the Go struct `declared`.
pub fn of<'a>(json: Option<&'a Json<'a>>, declared: &'static Struct) -> Value<'a> {
    watched(json, declared, None)
}

/// The same of a Pod's spec or a container, and says in `seen` whether anybody looks at volumes or their mounts.
pub fn watched<'a>(
    json: Option<&'a Json<'a>>,
    declared: &'static Struct,
    seen: Option<&'a Cell<bool>>,
) -> Value<'a> {
    Value::object(View::new(json, Type::Object(declared), seen))
}

/// A Go struct in which the fields with the JSON names of `given` are set, and all others have their zero value.
pub fn with<'a>(declared: &'static Struct, given: [(&'static str, &'a str); 2]) -> Value<'a> {
    Value::object(Given { declared, given })
}

/// A Go struct of which two fields are known.
struct Given<'a> {
    declared: &'static Struct,
    given: [(&'static str, &'a str); 2],
}

impl<'a> Given<'a> {
    fn value(&self, field: &Field) -> Value<'a> {
        let text = self.given.iter().find(|(name, _)| *name == field.json);
        text.map_or_else(
            || View::new(None, field.of, None).value(),
            |(_, text)| Value::from(*text),
        )
    }
}

impl<'a> Object<'a> for Given<'a> {
    fn kind(&self) -> Kind {
        Kind::Struct
    }

    fn type_name(&self) -> Cow<'a, str> {
        self.declared.name.into()
    }

    fn field(&self, name: &str) -> Option<Value<'a>> {
        let field = self.declared.fields.iter().find(|f| f.name == name)?;
        Some(self.value(field))
    }

    fn entries(&self) -> Vec<(Cow<'a, str>, Value<'a>)> {
        let fields = self.declared.fields.iter();
        fields.map(|f| (f.name.into(), self.value(f))).collect()
    }
}

/// A piece of JSON and the Go type it stands for. `None`: the type's zero value.
#[derive(Clone, Copy, Debug)]
struct View<'a> {
    json: Option<&'a Json<'a>>,
    of: Type,
    /// Where it is said that volumes or their mounts are looked at.
    seen: Option<&'a Cell<bool>>,
}

/// The Go name of a type that is not composed of others.
const fn go_name(of: Type) -> &'static str {
    match of {
        Type::String => "string",
        Type::Bool => "bool",
        Type::Int32 => "int32",
        Type::Int64 => "int64",
        Type::Quantity => "resource.Quantity",
        Type::IntOrString => "intstr.IntOrString",
        Type::Time => "v1.Time",
        Type::Raw => "v1.FieldsV1",
        Type::Object(declared) => declared.name,
        Type::Pointer(_) | Type::List(_) | Type::Map(_) => "interface {}",
    }
}

/// The type in the template engine's words.
const fn go_type(of: Type) -> template::Type {
    match of {
        Type::String => template::Type::String,
        Type::Bool => template::Type::Bool,
        Type::Int32 => template::Type::Int32,
        Type::Int64 => template::Type::Int64,
        Type::Pointer(to) => template::Type::Pointer(go_name(*to)),
        Type::List(_) | Type::Map(_) => template::Type::Any,
        named => template::Type::Named(go_name(named)),
    }
}

impl<'a> View<'a> {
    /// A view of the JSON, if that is what Go expects there.
    fn new(json: Option<&'a Json<'a>>, of: Type, seen: Option<&'a Cell<bool>>) -> Self {
        let json = json.filter(|json| fits(json, of));
        Self { json, of, seen }
    }

    /// A view of a part of this.
    fn part(self, json: Option<&'a Json<'a>>, of: Type) -> Self {
        Self::new(json, of, self.seen)
    }

    /// A view of a field.
    fn of_field(self, json: &str, of: Type) -> Self {
        if let ("volumes" | "volumeMounts", Some(seen)) = (json, self.seen) {
            seen.set(true);
        }
        self.part(self.json.and_then(|object| object.get(json)), of)
    }

    /// The value that templates see. Scalars are values at once, everything else is viewed.
    fn value(self) -> Value<'a> {
        match self.of {
            Type::String => Value::from(self.text()),
            Type::Bool => Value::Bool(self.bool()),
            Type::Int32 => Value::int32(self.int32()),
            Type::Int64 => Value::int64(self.int64()),
            Type::Pointer(to) if self.json.is_none() => {
                Value::NilOf(template::Type::Pointer(go_name(*to)))
            }
            _ => Value::object(self),
        }
    }

    fn text(self) -> &'a str {
        self.json.and_then(Json::as_str).unwrap_or_default()
    }

    fn bool(self) -> bool {
        self.json.and_then(Json::as_bool).unwrap_or_default()
    }

    fn int64(self) -> i64 {
        self.json.and_then(Json::as_i64).unwrap_or_default()
    }

    fn int32(self) -> i32 {
        i32::try_from(self.int64()).unwrap_or_default()
    }

    fn items(self) -> &'a [Json<'a>] {
        self.json.and_then(Json::as_array).unwrap_or_default()
    }

    /// A quantity's canonical text.
    fn quantity(self) -> Cow<'a, str> {
        match self.json {
            Some(Json::String(text)) => quantity::canonical(text),
            Some(Json::Number(number)) => {
                Cow::Owned(quantity::canonical(&number.to_string()).into_owned())
            }
            _ => Cow::Borrowed("0"),
        }
    }

    /// The type behind a pointer, or the type itself.
    const fn target(self) -> Type {
        match self.of {
            Type::Pointer(to) => *to,
            of => of,
        }
    }

    /// What the type's `String` method gives, for the types that have one, and the text of a pointer's target.
    fn string(self) -> Option<Cow<'a, str>> {
        match self.target() {
            Type::Quantity => Some(self.quantity()),
            Type::IntOrString => Some(match self.json {
                Some(Json::String(text)) => Cow::Borrowed(&**text),
                _ => Cow::Owned(self.int32().to_string()),
            }),
            Type::Time => Some(match self.json {
                Some(_) => Cow::Owned(self.text().replacen('T', " ", 1).replacen(
                    'Z',
                    " +0000 UTC",
                    1,
                )),
                None => Cow::Borrowed("0001-01-01 00:00:00 +0000 UTC"),
            }),
            Type::String => Some(Cow::Borrowed(self.text())),
            Type::Bool => Some(Cow::Owned(self.bool().to_string())),
            Type::Int32 | Type::Int64 => Some(Cow::Owned(self.int64().to_string())),
            _ => None,
        }
    }

    /// A field of the struct, or of one embedded in it.
    fn struct_field(self, declared: &'static Struct, name: &str) -> Option<Self> {
        if let Some(field) = declared.fields.iter().find(|field| field.name == name) {
            return Some(self.of_declared(field));
        }
        declared
            .fields
            .iter()
            .filter(|field| field.json.is_empty())
            .find_map(|field| match field.of {
                Type::Object(embedded) => self.struct_field(embedded, name),
                _ => None,
            })
    }

    fn of_declared(self, field: &Field) -> Self {
        if field.json.is_empty() {
            return self.part(self.json, field.of);
        }
        self.of_field(field.json, field.of)
    }

    /// Methods of a container's requests and limits: one resource's quantity, zero where it is not there.
    fn resource(self, method: &str) -> Option<Value<'a>> {
        let name = match method {
            "Cpu" => "cpu",
            "Memory" => "memory",
            "Pods" => "pods",
            "Storage" => "storage",
            "StorageEphemeral" => "ephemeral-storage",
            _ => return None,
        };
        let json = self.json.and_then(|resources| resources.get(name));
        Some(self.part(json, Type::Quantity).value())
    }

    fn quantity_method(self, method: &str) -> Option<Value<'a>> {
        let scaled = |places| quantity::scaled(&self.quantity(), places);
        Some(match method {
            "IsZero" => (scaled(9) == 0).into(),
            "MilliValue" => Value::int64(scaled(3)),
            "Value" => Value::int64(scaled(0)),
            _ => return None,
        })
    }

    fn port_field(self, name: &str) -> Option<Value<'a>> {
        let text = self.json.and_then(Json::as_str);
        match name {
            "Type" => Some(Value::int64(text.is_some().into())),
            "IntVal" => Some(Value::int32(self.int32())),
            "StrVal" => Some(Value::from(text.unwrap_or_default())),
            _ => None,
        }
    }
}

/// Whether Go would read the JSON as the type.
fn fits(json: &Json<'_>, of: Type) -> bool {
    match of {
        Type::String | Type::Time => matches!(json, Json::String(_)),
        Type::Bool => matches!(json, Json::Bool(_)),
        Type::Int32 => json.as_i64().is_some_and(|n| i32::try_from(n).is_ok()),
        Type::Int64 => json.as_i64().is_some(),
        Type::Quantity => matches!(json, Json::String(_) | Json::Number(_)),
        Type::IntOrString => matches!(json, Json::String(_)) || fits(json, Type::Int32),
        Type::Raw => !json.is_null(),
        Type::Object(_) | Type::Map(_) => matches!(json, Json::Object(_)),
        Type::List(_) => matches!(json, Json::Array(_)),
        Type::Pointer(to) => fits(json, *to),
    }
}

impl<'a> Object<'a> for View<'a> {
    fn kind(&self) -> Kind {
        match self.of {
            Type::Pointer(_) => Kind::Ptr,
            Type::List(_) => Kind::Slice,
            Type::Map(_) => Kind::Map,
            _ => Kind::Struct,
        }
    }

    fn type_name(&self) -> Cow<'a, str> {
        match self.of {
            Type::Pointer(to) => format!("*{}", go_name(*to)).into(),
            Type::List(items) => format!("[]{}", go_type(*items)).into(),
            Type::Map(values) => format!("map[string]{}", go_type(*values)).into(),
            of => go_name(of).into(),
        }
    }

    fn is_nil(&self) -> bool {
        self.json.is_none() && matches!(self.of, Type::Pointer(_) | Type::List(_) | Type::Map(_))
    }

    fn field(&self, name: &str) -> Option<Value<'a>> {
        match self.target() {
            Type::Object(declared) => self.struct_field(declared, name).map(Self::value),
            Type::IntOrString => self.port_field(name),
            _ => None,
        }
    }

    fn method(
        &self,
        name: &str,
        _: &[Value<'a>],
        _: &Context<'_>,
    ) -> Option<Result<Value<'a>, CallError>> {
        match (self.target(), name) {
            (Type::Quantity | Type::IntOrString | Type::Time, "String") => {
                self.string().map(|text| Ok(text.into()))
            }
            (Type::Quantity, _) => self.quantity_method(name).map(Ok),
            (Type::Map(Type::Quantity), _) => self.resource(name).map(Ok),
            (Type::IntOrString, "IntValue") => Some(Ok(Value::Int(match self.json {
                Some(Json::String(text)) => text.parse().unwrap_or_default(),
                _ => self.int64(),
            }))),
            _ => None,
        }
    }

    fn get(&self, key: &str) -> Option<Value<'a>> {
        let Type::Map(values) = self.of else {
            return None;
        };
        let entry = self.json?.get(key)?;
        Some(self.part(Some(entry), *values).value())
    }

    fn entry_of(&self, field: &str, key: &str) -> Option<Value<'a>> {
        match self.target() {
            Type::Object(declared) => self.struct_field(declared, field)?.get(key),
            _ => None,
        }
    }

    fn at(&self, position: usize) -> Option<Value<'a>> {
        let Type::List(items) = self.of else {
            return None;
        };
        let item = self.items().get(position)?;
        Some(self.part(Some(item), *items).value())
    }

    fn len(&self) -> usize {
        match self.json {
            Some(Json::Array(items)) => items.len(),
            Some(Json::Object(entries)) => entries.len(),
            _ => 0,
        }
    }

    fn elem(&self) -> template::Type {
        match self.of {
            Type::List(elem) | Type::Map(elem) => go_type(*elem),
            _ => template::Type::Any,
        }
    }

    fn entries(&self) -> Vec<(Cow<'a, str>, Value<'a>)> {
        match (self.target(), self.json) {
            (Type::Object(declared), _) => {
                let fields = declared.fields.iter();
                fields
                    .map(|f| (f.name.into(), self.of_declared(f).value()))
                    .collect()
            }
            (Type::IntOrString, _) => {
                let names = ["Type", "IntVal", "StrVal"].into_iter();
                names
                    .filter_map(|name| Some((name.into(), self.port_field(name)?)))
                    .collect()
            }
            (Type::Map(values), Some(Json::Object(entries))) => entries
                .iter()
                .map(|(key, json)| (key.into(), self.part(Some(json), *values).value()))
                .collect(),
            _ => Vec::new(),
        }
    }

    fn scalar(&self) -> Value<'a> {
        match self.of {
            Type::Pointer(to) => self.part(self.json, *to).value(),
            _ => self.value(),
        }
    }

    fn display(&self) -> Option<String> {
        self.string().map(Cow::into_owned)
    }

    fn write_json(&self, out: &mut String) -> bool {
        json::write(*self, out);
        true
    }
}

#[cfg(test)]
mod tests;
