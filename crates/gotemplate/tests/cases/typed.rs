//! The typed values that cases select by name: the same as the oracle's `typed.go`, behind the engine's host trait.

use std::borrow::Cow;

use outrigger_gotemplate::{
    CallError, Context, Functions, Kind, List, Map, Number, Object, Signature, Type, Value,
};

/// A value of the given name, or none if there is no such.
pub(crate) fn value(name: &str) -> Option<Value<'_>> {
    Some(match name {
        "pod" => pod(Pod::Pointer),
        "podvalue" => pod(Pod::Plain),
        "nilpod" => pod(Pod::Nil),
        "labels" => labels(),
        "nilmap" => Value::NilOf(Type::STRING_MAP),
        "mode" => mode(1),
        "flag" => flag(Some(true)),
        "nilflag" => flag(None),
        "port" => port(80, "http"),
        "ports" => ports(),
        "strings" => Value::strings(["a", "b", "c"]),
        _ => return None,
    })
}

type Fields<'a> = Vec<(&'static str, Value<'a>)>;

/// Calls a method of an object by name.
type Methods<'a> = fn(&Host<'a>, &str, &[Value<'a>]) -> Option<Result<Value<'a>, CallError>>;

/// A struct, a pointer to one, or a named number.
struct Host<'a> {
    kind: Kind,
    type_name: &'static str,
    is_nil: bool,
    fields: Fields<'a>,
    /// Fields of embedded structs, which are found but not printed.
    promoted: Fields<'a>,
    /// Whether methods of the pointer can be called too.
    is_addressable: bool,
    scalar: Value<'a>,
    display: Option<String>,
    methods: Methods<'a>,
}

impl<'a> Host<'a> {
    fn new(kind: Kind, type_name: &'static str) -> Self {
        Self {
            kind,
            type_name,
            is_nil: false,
            fields: Vec::new(),
            promoted: Vec::new(),
            is_addressable: kind == Kind::Ptr,
            scalar: Value::Nil,
            display: None,
            methods: |_, _, _| None,
        }
    }

    fn nil(type_name: &'static str) -> Self {
        Self {
            is_nil: true,
            ..Self::new(Kind::Ptr, type_name)
        }
    }

    fn with_fields(mut self, fields: Fields<'a>) -> Self {
        self.fields = fields;
        self
    }

    fn with_methods(mut self, methods: Methods<'a>) -> Self {
        self.methods = methods;
        self
    }

    fn into_value(self) -> Value<'a> {
        Value::object(self)
    }

    fn text(&self, field: &str) -> String {
        let value = self.field(field).unwrap_or(Value::Nil);
        value.as_str().map(Cow::into_owned).unwrap_or_default()
    }
}

impl<'a> Object<'a> for Host<'a> {
    fn kind(&self) -> Kind {
        self.kind
    }

    fn type_name(&self) -> Cow<'a, str> {
        self.type_name.into()
    }

    fn is_nil(&self) -> bool {
        self.is_nil
    }

    fn field(&self, name: &str) -> Option<Value<'a>> {
        let mut all = self.fields.iter().chain(&self.promoted);
        let found = all.find(|(field, _)| *field == name);
        found
            .filter(|(field, _)| field.starts_with(char::is_uppercase))
            .map(|(_, value)| value.clone())
    }

    fn method(
        &self,
        name: &str,
        args: &[Value<'a>],
        _: &Context<'_>,
    ) -> Option<Result<Value<'a>, CallError>> {
        (self.methods)(self, name, args)
    }

    fn signature(&self, method: &str) -> Option<Signature> {
        let (params, variadic): (&'static [Type], bool) = match method {
            _ if self.kind == Kind::Int32 => return None,
            "Plus" => (&[Type::Int32], false),
            "Join" => (&[Type::String, Type::String], true),
            "Check" => (&[Type::Bool], false),
            _ => return None,
        };
        Some(Signature { params, variadic })
    }

    fn entries(&self) -> Vec<(Cow<'a, str>, Value<'a>)> {
        let entries = self.fields.iter();
        entries
            .map(|(name, value)| ((*name).into(), value.clone()))
            .collect()
    }

    fn scalar(&self) -> Value<'a> {
        self.scalar.clone()
    }

    fn display(&self) -> Option<String> {
        self.display.clone()
    }
}

fn mode<'a>(number: i32) -> Value<'a> {
    let name = match number {
        0 => "REDIRECT".to_owned(),
        1 => "TPROXY".to_owned(),
        _ => format!("Mode({number})"),
    };
    let mut host = Host::new(Kind::Int32, "main.Mode").with_methods(|host, name, _| {
        (name == "String").then(|| Ok(host.display.clone().unwrap_or_default().into()))
    });
    host.scalar = Value::int32(number);
    host.display = Some(name);
    host.into_value()
}

fn flag<'a>(value: Option<bool>) -> Value<'a> {
    let mut host = Host::new(Kind::Ptr, "*main.Flag")
        .with_fields(vec![("Value", value.unwrap_or_default().into())])
        .with_methods(|host, name, _| {
            let value = host.field("Value").filter(|_| !host.is_nil);
            (name == "GetValue").then(|| Ok(value.unwrap_or(Value::Bool(false))))
        });
    host.is_nil = value.is_none();
    host.into_value()
}

fn port_fields(number: i32, name: &str) -> Fields<'_> {
    vec![("Number", Value::int32(number)), ("Name", name.into())]
}

fn port(number: i32, name: &str) -> Value<'_> {
    Host::new(Kind::Struct, "main.Port")
        .with_fields(port_fields(number, name))
        .with_methods(port_method)
        .into_value()
}

/// A port that is part of a struct behind a pointer.
fn addressable_port(number: i32, name: &str) -> Value<'_> {
    let mut host = Host::new(Kind::Struct, "main.Port")
        .with_fields(port_fields(number, name))
        .with_methods(port_method);
    host.is_addressable = true;
    host.into_value()
}

fn port_pointer(number: i32, name: &str) -> Value<'_> {
    Host::new(Kind::Ptr, "*main.Port")
        .with_fields(port_fields(number, name))
        .with_methods(port_method)
        .into_value()
}

fn nil_port<'a>() -> Value<'a> {
    Host::nil("*main.Port")
        .with_fields(port_fields(0, ""))
        .with_methods(port_method)
        .into_value()
}

fn port_method<'a>(
    host: &Host<'a>,
    name: &str,
    args: &[Value<'a>],
) -> Option<Result<Value<'a>, CallError>> {
    let nil = || {
        let called = format!("value method main.Port.{name} called using nil *Port pointer");
        Err(called.into())
    };
    if host.is_nil && matches!(name, "Describe" | "Plus" | "Join" | "Fail" | "Check") {
        return Some(nil());
    }
    let number = host.field("Number").and_then(|n| n.as_i64()).unwrap_or(0);
    let text = |at: usize| args.get(at).and_then(|a| a.as_str().map(Cow::into_owned));
    Some(match name {
        "Describe" => Ok(format!("{}/{number}", host.text("Name")).into()),
        "Plus" if args.len() != 1 => Err(CallError::arity(1)),
        "Plus" => {
            let sum = number + args.first().and_then(Value::as_i64).unwrap_or(0);
            Ok(Value::int32(i32::try_from(sum).unwrap_or(0)))
        }
        "Join" => {
            let parts: Vec<String> = (0..args.len()).filter_map(text).collect();
            Ok(format!("{}{}", host.text("Name"), parts.concat()).into())
        }
        "Fail" => Err("port failed".into()),
        "Check" => match args {
            [Value::Bool(true)] => Ok("checked".into()),
            _ => Err("not ok".into()),
        },
        "Pointer" if host.is_nil => Err(NIL_POINTER.into()),
        "Pointer" if host.is_addressable => Ok(format!("pointer to {}", host.text("Name")).into()),
        _ => return None,
    })
}

fn ports<'a>() -> Value<'a> {
    let ports = [port(80, "http"), port(443, "https")];
    List::new(Type::Named("main.Port"), ports).into()
}

fn labels<'a>() -> Value<'a> {
    Value::string_map([("app", "shop"), ("tier", "front")])
}

fn map<'a>(elem: Type, pairs: impl IntoIterator<Item = (&'a str, Value<'a>)>) -> Value<'a> {
    Map::new(elem, pairs).into()
}

fn meta_fields<'a>() -> Fields<'a> {
    vec![
        ("Name", "web".into()),
        ("Labels", labels()),
        ("Annotations", Value::NilOf(Type::STRING_MAP)),
    ]
}

fn ints<'a>(numbers: &[i64]) -> Value<'a> {
    List::new(Type::Int, numbers.iter().copied().map(Value::Int)).into()
}

/// A function as Go's templates call it.
fn doubling<'a>() -> Value<'a> {
    let mut functions = Functions::none();
    functions.add("double", &[Type::Int], |_, a| Ok(Value::Int(a.int(0) * 2)));
    functions
        .get("double")
        .cloned()
        .map_or(Value::Nil, Value::Func)
}

fn pod_fields<'a>() -> Fields<'a> {
    let meta = Host::new(Kind::Struct, "main.Meta").with_fields(meta_fields());
    let mut error = Host::new(Kind::Ptr, "*errors.errorString")
        .with_methods(|_, name, _| (name == "Error").then(|| Ok("broken".into())));
    error.display = Some("broken".to_owned());
    let mut timeout =
        Host::new(Kind::Int64, "time.Duration").with_methods(|_, name, _| match name {
            "Seconds" => Some(Ok(90.0.into())),
            "String" => Some(Ok("1m30s".into())),
            _ => None,
        });
    timeout.scalar = Value::int64(90_000_000_000);
    timeout.display = Some("1m30s".to_owned());
    let mut mode_pointer = Host::new(Kind::Ptr, "*main.Mode")
        .with_methods(|_, name, _| (name == "String").then(|| Ok("TPROXY".into())));
    mode_pointer.display = Some("TPROXY".to_owned());
    let anonymous = Host::new(Kind::Struct, "struct { A int; B int }")
        .with_fields(vec![("A", Value::Int(1)), ("B", Value::Int(2))]);
    let bytes = b"raw"
        .iter()
        .map(|byte| Value::Number(Number::Uint8(*byte)));
    vec![
        ("Meta", meta.into_value()),
        ("Mode", mode(1)),
        ("Mode2", mode_pointer.into_value()),
        ("Hold", flag(Some(true))),
        ("NilHold", flag(None)),
        ("Ports", ports()),
        (
            "PortPtrs",
            List::new(
                Type::Pointer("main.Port"),
                [port_pointer(8080, "alt"), nil_port()],
            )
            .into(),
        ),
        ("First", addressable_port(80, "http")),
        ("Only", port_pointer(9090, "metrics")),
        ("NilPort", nil_port()),
        ("Count", Value::Int(3)),
        ("Small", Value::Number(Number::Int8(-8))),
        ("Mid", Value::int32(32)),
        ("Big", Value::int64(1 << 40)),
        ("Unsigned", Value::Number(Number::Uint16(65535))),
        ("Byte", Value::Number(Number::Uint8(b'A'))),
        ("Single", Value::Number(Number::Float32(1.1))),
        ("Ratio", 2.5.into()),
        ("On", true.into()),
        ("Text", "héllo".into()),
        ("Bytes", List::new(Type::Uint8, bytes).into()),
        ("Names", Value::strings(["a", "b", "c"])),
        ("NilNames", Value::NilOf(Type::STRINGS)),
        (
            "Matrix",
            List::new(Type::Slice(&Type::Int), [ints(&[1, 2]), ints(&[3])]).into(),
        ),
        (
            "Counts",
            map(Type::Int, [("x", Value::Int(1)), ("y", Value::Int(2))]),
        ),
        ("NilMap", Value::NilOf(Type::STRING_MAP)),
        (
            "Objects",
            map(Type::Named("main.Port"), [("http", port(80, "http"))]),
        ),
        (
            "Pointers",
            map(
                Type::Pointer("main.Port"),
                [("http", port_pointer(80, "http")), ("none", nil_port())],
            ),
        ),
        ("Any", port(1, "any")),
        ("NilAny", Value::Nil),
        (
            "AnyMap",
            Value::map([
                ("n", Value::Int(1)),
                ("nil", Value::Nil),
                ("list", Value::list([Value::Int(1), "b".into()])),
            ]),
        ),
        ("Timeout", timeout.into_value()),
        ("Err", error.into_value()),
        ("Rune", Value::int32('x' as i32)),
        ("Complex", Value::Number(Number::Complex128(1.0, -2.0))),
        ("Func", doubling()),
        ("Anon", anonymous.into_value()),
    ]
}

const NIL_POINTER: &str = "runtime error: invalid memory address or nil pointer dereference";

#[derive(Clone, Copy)]
enum Pod {
    Nil,
    Plain,
    Pointer,
}

fn pod<'a>(form: Pod) -> Value<'a> {
    let mut host = match form {
        Pod::Plain => Host::new(Kind::Struct, "main.Pod"),
        Pod::Nil => Host::nil("*main.Pod"),
        Pod::Pointer => Host::new(Kind::Ptr, "*main.Pod"),
    };
    if host.is_addressable {
        host = host.with_methods(|host, name, args| {
            (name == "Greeting").then(|| {
                if !args.is_empty() {
                    return Err(CallError::arity(0));
                }
                let greeting = Some("hello web".into()).filter(|_| !host.is_nil);
                greeting.ok_or_else(|| NIL_POINTER.into())
            })
        });
    }
    host.fields = pod_fields();
    host.promoted = meta_fields();
    host.into_value()
}
