//! The values that templates compute with, typed as Go's.

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

use crate::collection::{List, Map};
use crate::function::Function;
use crate::object::{Object, ObjectRef};
use crate::text::{Origin, Text};
use crate::types::{Kind, Type};

/// A value, typed as Go's: numbers keep their kind, and a nil map is not a nil.
///
/// Cloning is cheap: strings of the template and of the host are borrowed, lists and maps are shared.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Value<'a> {
    /// No value at all, such as under a missing key. Functions see [`Value::Nil`] in its place.
    Missing,
    /// An untyped nil, that is an `interface {}` which holds nothing.
    Nil,
    /// A nil map, slice or pointer of a type.
    NilOf(Type),
    /// A `bool`.
    Bool(bool),
    /// An `int`.
    Int(i64),
    /// A `float64`.
    Float(f64),
    /// A number of another kind.
    Number(Number),
    /// A `string`.
    String(Text<'a>),
    /// A slice made by a function or by the caller.
    List(List<'a>),
    /// A map made by a function or by the caller; shared, so that changes are seen by all who hold it.
    Map(Map<'a>),
    /// Data of the host program.
    Object(ObjectRef<'a>),
    /// A function as a value, for `call`.
    Func(Arc<Function>),
}

/// A number that is neither Go's `int` nor `float64`.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the variants are Go's types of the same names")]
pub enum Number {
    Int8(i8),
    Int16(i16),
    Int32(i32),
    Int64(i64),
    Uint(u64),
    Uint8(u8),
    Uint16(u16),
    Uint32(u32),
    Uint64(u64),
    Float32(f32),
    /// Real and imaginary part of a `complex128`.
    Complex128(f64, f64),
}

impl Number {
    /// The number's kind.
    pub fn kind(self) -> Kind {
        match self {
            Self::Int8(_) => Kind::Int8,
            Self::Int16(_) => Kind::Int16,
            Self::Int32(_) => Kind::Int32,
            Self::Int64(_) => Kind::Int64,
            Self::Uint(_) => Kind::Uint,
            Self::Uint8(_) => Kind::Uint8,
            Self::Uint16(_) => Kind::Uint16,
            Self::Uint32(_) => Kind::Uint32,
            Self::Uint64(_) => Kind::Uint64,
            Self::Float32(_) => Kind::Float32,
            Self::Complex128(..) => Kind::Complex128,
        }
    }
}

// === making values ===

impl<'a> Value<'a> {
    /// A host object owned by the value.
    pub fn object(object: impl Object<'a> + 'a) -> Self {
        Self::Object(ObjectRef::counted(Rc::new(object)))
    }

    /// A host object that lives elsewhere, for instance in an arena; nothing is allocated.
    pub fn borrowed(object: &'a (dyn Object<'a> + 'a)) -> Self {
        Self::Object(ObjectRef::borrowed(object))
    }

    /// A struct with the given Go type name and fields, in order.
    pub fn record(
        type_name: impl Into<Cow<'a, str>>,
        fields: impl IntoIterator<Item = (&'a str, Self)>,
    ) -> Self {
        Self::object(Record {
            type_name: type_name.into(),
            fields: fields.into_iter().collect(),
        })
    }

    /// A `[]interface {}`.
    pub fn list(items: impl IntoIterator<Item = Self>) -> Self {
        Self::List(List::new(Type::Any, items))
    }

    /// A `[]string`.
    pub fn strings<T: Into<Text<'a>>>(items: impl IntoIterator<Item = T>) -> Self {
        let items = items.into_iter().map(|item| Self::String(item.into()));
        Self::List(List::new(Type::String, items))
    }

    /// A `map[string]interface {}`.
    pub fn map<K: Into<Cow<'a, str>>>(pairs: impl IntoIterator<Item = (K, Self)>) -> Self {
        Self::Map(Map::new(Type::Any, pairs))
    }

    /// A `map[string]string`.
    pub fn string_map<K: Into<Cow<'a, str>>, V: Into<Text<'a>>>(
        pairs: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let pairs = pairs
            .into_iter()
            .map(|(key, value)| (key, Self::String(value.into())));
        Self::Map(Map::new(Type::String, pairs))
    }

    /// An `int32`.
    pub fn int32(number: i32) -> Self {
        Self::Number(Number::Int32(number))
    }

    /// An `int64`, which Go keeps apart from `int`.
    pub fn int64(number: i64) -> Self {
        Self::Number(Number::Int64(number))
    }

    /// A string that is YAML or JSON by construction.
    pub fn structured(text: impl Into<Cow<'a, str>>) -> Self {
        Self::String(Text::new(text, Origin::Structured))
    }

    /// The zero value of a type: what a map of such elements gives for a missing key.
    pub fn zero(of: Type) -> Self {
        match of {
            Type::Any => Self::Nil,
            Type::Bool => Self::Bool(false),
            Type::Int => Self::Int(0),
            Type::Float64 => Self::Float(0.0),
            Type::Int8 => Self::Number(Number::Int8(0)),
            Type::Int16 => Self::Number(Number::Int16(0)),
            Type::Int32 => Self::Number(Number::Int32(0)),
            Type::Int64 => Self::Number(Number::Int64(0)),
            Type::Uint => Self::Number(Number::Uint(0)),
            Type::Uint8 => Self::Number(Number::Uint8(0)),
            Type::Uint16 => Self::Number(Number::Uint16(0)),
            Type::Uint32 => Self::Number(Number::Uint32(0)),
            Type::Uint64 => Self::Number(Number::Uint64(0)),
            Type::Float32 => Self::Number(Number::Float32(0.0)),
            Type::Complex128 => Self::Number(Number::Complex128(0.0, 0.0)),
            Type::String => Self::String(Text::new("", Origin::Plain)),
            Type::Named(name) => Self::record(name, []),
            Type::Slice(_) | Type::Map(_) | Type::Pointer(_) => Self::NilOf(of),
        }
    }
}

impl From<bool> for Value<'_> {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value<'_> {
    /// Makes an `int`.
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<f64> for Value<'_> {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(value: &'a str) -> Self {
        Self::String(value.into())
    }
}

impl From<String> for Value<'_> {
    fn from(value: String) -> Self {
        Self::String(value.into())
    }
}

impl<'a> From<Cow<'a, str>> for Value<'a> {
    fn from(value: Cow<'a, str>) -> Self {
        Self::String(value.into())
    }
}

impl<'a> From<Text<'a>> for Value<'a> {
    fn from(value: Text<'a>) -> Self {
        Self::String(value)
    }
}

impl<'a> From<List<'a>> for Value<'a> {
    fn from(value: List<'a>) -> Self {
        Self::List(value)
    }
}

impl<'a> From<Map<'a>> for Value<'a> {
    fn from(value: Map<'a>) -> Self {
        Self::Map(value)
    }
}

// === asking values ===

impl<'a> Value<'a> {
    /// The value's kind.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Missing | Self::Nil => Kind::Invalid,
            Self::NilOf(of) => of.kind(),
            Self::Bool(_) => Kind::Bool,
            Self::Int(_) => Kind::Int,
            Self::Float(_) => Kind::Float64,
            Self::Number(number) => number.kind(),
            Self::String(_) => Kind::String,
            Self::List(_) => Kind::Slice,
            Self::Map(_) => Kind::Map,
            Self::Object(object) => object.kind(),
            Self::Func(_) => Kind::Func,
        }
    }

    /// The Go name of the value's type, as `%T` prints it; `<nil>` for an untyped nil.
    pub fn type_name(&self) -> Cow<'_, str> {
        match self {
            Self::Missing | Self::Nil => "<nil>".into(),
            Self::NilOf(of) => of.to_string().into(),
            Self::List(list) => format!("[]{}", list.elem()).into(),
            Self::Map(map) => format!("map[string]{}", map.elem()).into(),
            Self::Object(object) => object.type_name(),
            Self::Func(function) => function.type_name().into(),
            basic => basic.kind().to_string().into(),
        }
    }

    /// Whether the value is nil, typed or not.
    pub fn is_nil(&self) -> bool {
        match self {
            Self::Missing | Self::Nil | Self::NilOf(_) => true,
            Self::Object(object) => object.is_nil(),
            _ => false,
        }
    }

    /// Whether `if` takes the value as true: not zero, not empty, not nil. Structs are always true.
    pub fn truth(&self) -> bool {
        match self {
            Self::Missing | Self::Nil | Self::NilOf(_) => false,
            Self::Bool(value) => *value,
            Self::Int(value) => *value != 0,
            Self::Float(value) => *value != 0.0,
            Self::Number(number) => match *number {
                Number::Int8(n) => n != 0,
                Number::Int16(n) => n != 0,
                Number::Int32(n) => n != 0,
                Number::Int64(n) => n != 0,
                Number::Uint(n) | Number::Uint64(n) => n != 0,
                Number::Uint8(n) => n != 0,
                Number::Uint16(n) => n != 0,
                Number::Uint32(n) => n != 0,
                Number::Float32(n) => n != 0.0,
                Number::Complex128(re, im) => re != 0.0 || im != 0.0,
            },
            Self::String(text) => !text.is_empty(),
            Self::List(list) => !list.is_empty(),
            Self::Map(map) => !map.is_empty(),
            Self::Func(_) => true,
            Self::Object(object) => match object.kind() {
                Kind::Struct | Kind::Func => true,
                Kind::Ptr => !object.is_nil(),
                Kind::Map | Kind::Slice => !object.is_nil() && !object.is_empty(),
                _ => object.scalar().truth(),
            },
        }
    }

    /// The number of bytes of a string, or of elements of a list or map; `None` for anything else.
    #[expect(
        clippy::len_without_is_empty,
        reason = "whether a value is empty is its truth"
    )]
    pub fn len(&self) -> Option<usize> {
        match self {
            Self::String(text) => Some(text.len()),
            Self::List(list) => Some(list.len()),
            Self::Map(map) => Some(map.len()),
            Self::NilOf(Type::Slice(_) | Type::Map(_)) => Some(0),
            Self::Object(object) => match object.kind() {
                Kind::Map | Kind::Slice if object.is_nil() => Some(0),
                Kind::Map | Kind::Slice => Some(object.len()),
                Kind::String => object.scalar().len(),
                _ => None,
            },
            _ => None,
        }
    }

    /// The element of a list at a position.
    pub fn at(&self, position: usize) -> Option<Self> {
        match self {
            Self::List(list) => list.get(position).cloned(),
            Self::Object(object)
                if object.kind() == Kind::Slice && !object.is_nil() && position < object.len() =>
            {
                object.at(position)
            }
            _ => None,
        }
    }

    /// The value under a key of a map; `None` if there is none.
    pub fn get(&self, key: &str) -> Option<Self> {
        match self {
            Self::Map(map) => map.get(key),
            Self::Object(object) if object.kind() == Kind::Map && !object.is_nil() => {
                object.get(key)
            }
            _ => None,
        }
    }

    /// The elements of a list, made here or the host's; `None` for anything else. A nil slice has none.
    pub fn items(&self) -> Option<Cow<'_, [Self]>> {
        match self {
            Self::List(list) => Some(Cow::Borrowed(list)),
            Self::NilOf(Type::Slice(_)) => Some(Cow::Borrowed(&[])),
            Self::Object(object) if object.kind() == Kind::Slice => {
                let len = if object.is_nil() { 0 } else { object.len() };
                Some(
                    (0..len)
                        .map(|i| object.at(i).unwrap_or(Self::Nil))
                        .collect(),
                )
            }
            _ => None,
        }
    }

    /// The pairs of a map, made here or the host's, sorted by key; `None` for anything else. A nil map has none.
    pub fn entries(&self) -> Option<Vec<(Cow<'a, str>, Self)>> {
        match self {
            Self::Map(map) => Some(map.entries()),
            Self::NilOf(Type::Map(_)) => Some(Vec::new()),
            Self::Object(object) if object.kind() == Kind::Map => {
                let mut entries = if object.is_nil() {
                    Vec::new()
                } else {
                    object.entries()
                };
                entries.sort_by(|a, b| a.0.cmp(&b.0));
                Some(entries)
            }
            _ => None,
        }
    }

    /// The type of a list's or map's elements.
    pub fn elem(&self) -> Option<Type> {
        match self {
            Self::List(list) => Some(list.elem()),
            Self::Map(map) => Some(map.elem()),
            Self::NilOf(Type::Slice(elem) | Type::Map(elem)) => Some(**elem),
            Self::Object(object) if matches!(object.kind(), Kind::Slice | Kind::Map) => {
                Some(object.elem())
            }
            _ => None,
        }
    }

    /// The string, if it is one.
    pub fn as_text(&self) -> Option<&Text<'a>> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The string, if it is one or a named string type of the host.
    pub fn as_str(&self) -> Option<Cow<'_, str>> {
        match self.basic() {
            Cow::Borrowed(Self::String(text)) => Some(Cow::Borrowed(text)),
            Cow::Owned(Self::String(text)) => Some(Cow::Owned(text.into_string())),
            _ => None,
        }
    }

    /// The number, if it is an integer of any kind that fits.
    pub fn as_i64(&self) -> Option<i64> {
        match *self.basic() {
            Self::Int(n) | Self::Number(Number::Int64(n)) => Some(n),
            Self::Number(Number::Int8(n)) => Some(n.into()),
            Self::Number(Number::Int16(n)) => Some(n.into()),
            Self::Number(Number::Int32(n)) => Some(n.into()),
            Self::Number(Number::Uint(n) | Number::Uint64(n)) => i64::try_from(n).ok(),
            Self::Number(Number::Uint8(n)) => Some(n.into()),
            Self::Number(Number::Uint16(n)) => Some(n.into()),
            Self::Number(Number::Uint32(n)) => Some(n.into()),
            _ => None,
        }
    }

    /// The number, if it is an unsigned integer of any kind.
    pub fn as_u64(&self) -> Option<u64> {
        match *self.basic() {
            Self::Number(Number::Uint(n) | Number::Uint64(n)) => Some(n),
            Self::Number(Number::Uint8(n)) => Some(n.into()),
            Self::Number(Number::Uint16(n)) => Some(n.into()),
            Self::Number(Number::Uint32(n)) => Some(n.into()),
            _ => None,
        }
    }

    /// The number, if it is a floating-point number.
    pub fn as_f64(&self) -> Option<f64> {
        match *self.basic() {
            Self::Float(n) => Some(n),
            Self::Number(Number::Float32(n)) => Some(n.into()),
            _ => None,
        }
    }

    /// The value, or for a named basic type of the host what underlies it.
    pub fn basic(&self) -> Cow<'_, Self> {
        match self {
            Self::Object(object)
                if !matches!(
                    object.kind(),
                    Kind::Struct | Kind::Ptr | Kind::Map | Kind::Slice
                ) =>
            {
                Cow::Owned(object.scalar())
            }
            other => Cow::Borrowed(other),
        }
    }

    /// The text that an action prints for the value: `<no value>` for nil, else as `fmt.Print`.
    pub fn print(&self) -> Text<'a> {
        match self {
            Self::String(text) => text.clone(),
            Self::Missing | Self::Nil => Text::plain("<no value>"),
            other => Text::plain(crate::format::sprint(std::slice::from_ref(other))),
        }
    }
}

/// A struct made of named values.
struct Record<'a> {
    type_name: Cow<'a, str>,
    fields: Vec<(&'a str, Value<'a>)>,
}

impl<'a> Object<'a> for Record<'a> {
    fn kind(&self) -> Kind {
        Kind::Struct
    }

    fn type_name(&self) -> Cow<'a, str> {
        self.type_name.clone()
    }

    fn field(&self, name: &str) -> Option<Value<'a>> {
        self.fields
            .iter()
            .find(|(field, _)| *field == name)
            .map(|(_, value)| value.clone())
    }

    fn entries(&self) -> Vec<(Cow<'a, str>, Value<'a>)> {
        self.fields
            .iter()
            .map(|(name, value)| (Cow::Borrowed(*name), value.clone()))
            .collect()
    }
}
