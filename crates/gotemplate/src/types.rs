//! Go's kinds and types, as far as templates can tell them apart.

use std::fmt;

/// The kind of a value, as Go's `reflect.Kind` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nothing at all: nil without a type.
    Invalid,
    /// `bool`
    Bool,
    /// `int`, 64 bits wide.
    Int,
    /// `int8`
    Int8,
    /// `int16`
    Int16,
    /// `int32`
    Int32,
    /// `int64`
    Int64,
    /// `uint`, 64 bits wide.
    Uint,
    /// `uint8`
    Uint8,
    /// `uint16`
    Uint16,
    /// `uint32`
    Uint32,
    /// `uint64`
    Uint64,
    /// `float32`
    Float32,
    /// `float64`
    Float64,
    /// `complex128`
    Complex128,
    /// `string`
    String,
    /// A slice of any element type.
    Slice,
    /// A map with string keys.
    Map,
    /// A struct held by value.
    Struct,
    /// A pointer to a struct.
    Ptr,
    /// A function.
    Func,
}

impl fmt::Display for Kind {
    /// Writes the kind as Go does, e.g. `int64`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Invalid => "invalid",
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Int8 => "int8",
            Self::Int16 => "int16",
            Self::Int32 => "int32",
            Self::Int64 => "int64",
            Self::Uint => "uint",
            Self::Uint8 => "uint8",
            Self::Uint16 => "uint16",
            Self::Uint32 => "uint32",
            Self::Uint64 => "uint64",
            Self::Float32 => "float32",
            Self::Float64 => "float64",
            Self::Complex128 => "complex128",
            Self::String => "string",
            Self::Slice => "slice",
            Self::Map => "map",
            Self::Struct => "struct",
            Self::Ptr => "ptr",
            Self::Func => "func",
        })
    }
}

/// A Go type: of a function's parameter, or of the elements of a list or map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// `interface {}`
    Any,
    /// `bool`
    Bool,
    /// `int`
    Int,
    /// `int8`
    Int8,
    /// `int16`
    Int16,
    /// `int32`
    Int32,
    /// `int64`
    Int64,
    /// `uint`
    Uint,
    /// `uint8`
    Uint8,
    /// `uint16`
    Uint16,
    /// `uint32`
    Uint32,
    /// `uint64`
    Uint64,
    /// `float32`
    Float32,
    /// `float64`
    Float64,
    /// `complex128`
    Complex128,
    /// `string`
    String,
    /// A slice of elements of the type.
    Slice(&'static Self),
    /// A map from `string` to the type.
    Map(&'static Self),
    /// A struct or other named type, by its Go name such as `time.Time`.
    Named(&'static str),
    /// A pointer to a struct, by the struct's Go name without `*`.
    Pointer(&'static str),
}

impl Type {
    /// `[]interface {}`
    pub const LIST: Self = Self::Slice(&Self::Any);
    /// `[]string`
    pub const STRINGS: Self = Self::Slice(&Self::String);
    /// `map[string]interface {}`
    pub const MAP: Self = Self::Map(&Self::Any);
    /// `map[string]string`
    pub const STRING_MAP: Self = Self::Map(&Self::String);

    /// The kind of the type's values; for [`Type::Any`] and named types [`Kind::Invalid`], since only a value can tell.
    pub fn kind(self) -> Kind {
        match self {
            Self::Any | Self::Named(_) => Kind::Invalid,
            Self::Bool => Kind::Bool,
            Self::Int => Kind::Int,
            Self::Int8 => Kind::Int8,
            Self::Int16 => Kind::Int16,
            Self::Int32 => Kind::Int32,
            Self::Int64 => Kind::Int64,
            Self::Uint => Kind::Uint,
            Self::Uint8 => Kind::Uint8,
            Self::Uint16 => Kind::Uint16,
            Self::Uint32 => Kind::Uint32,
            Self::Uint64 => Kind::Uint64,
            Self::Float32 => Kind::Float32,
            Self::Float64 => Kind::Float64,
            Self::Complex128 => Kind::Complex128,
            Self::String => Kind::String,
            Self::Slice(_) => Kind::Slice,
            Self::Map(_) => Kind::Map,
            Self::Pointer(_) => Kind::Ptr,
        }
    }
}

impl fmt::Display for Type {
    /// Writes the type as Go does, e.g. `map[string]interface {}`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("interface {}"),
            Self::Slice(elem) => write!(f, "[]{elem}"),
            Self::Map(elem) => write!(f, "map[string]{elem}"),
            Self::Named(name) => f.write_str(name),
            Self::Pointer(name) => write!(f, "*{name}"),
            basic => basic.kind().fmt(f),
        }
    }
}
