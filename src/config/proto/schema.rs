//! The table of messages, fields and enumerations.
//!
//! `schema.txt` is made by `tests/schema-istio` from the descriptors of Istio's API.

use std::{collections::HashMap, sync::LazyLock};

/// A message type.
#[derive(Debug, Default)]
pub struct Type {
    /// For example `istio.mesh.v1alpha1.ProxyConfig`.
    pub name: String,
    /// The name of the Go type: `v1alpha1.ProxyConfig`.
    pub go: String,
    /// The fields in the order of their declaration.
    pub fields: Vec<Field>,
    by_name: HashMap<String, usize>,
}

/// A field of a message.
#[derive(Debug)]
pub struct Field {
    /// The name in JSON: `statusPort`.
    pub json: String,
    /// The name of the Go struct's field: `StatusPort`.
    pub go: String,
    /// What one value of it is.
    pub kind: Kind,
    /// How many values it has.
    pub cardinality: Cardinality,
    /// The set of fields of which only one can be set.
    pub oneof: Option<String>,
}

/// What one value of a field is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "the variants are protocol buffers' types of the same names"
)]
pub enum Kind {
    Bool,
    Int32,
    Int64,
    Uint32,
    Double,
    String,
    Duration,
    Struct,
    /// A scalar in a message of its own, so that zero differs from absence.
    Wrapper(Scalar),
    /// An enumeration, by its place in the table.
    Enum(usize),
    /// A message, by its place in the table.
    Message(usize),
}

/// A scalar that has a wrapper message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "the variants are protocol buffers' types of the same names"
)]
pub enum Scalar {
    Bool,
    Int32,
    Int64,
    Uint32,
    Double,
    String,
}

/// How many values a field has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cardinality {
    /// One, or none.
    One,
    /// A list.
    List,
    /// A map from strings.
    Map,
}

/// An enumeration.
#[derive(Debug, Default)]
pub struct Enum {
    /// The name of the Go type: `v1alpha1.ProxyConfig_InboundInterceptionMode`.
    pub go: String,
    /// Numbers and names in the order of their declaration.
    pub values: Vec<(i32, String)>,
}

#[derive(Default)]
struct Schema {
    messages: Vec<Type>,
    enums: Vec<Enum>,
    by_name: HashMap<String, usize>,
}

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| Schema::parse(include_str!("schema.txt")));
static NO_TYPE: LazyLock<Type> = LazyLock::new(Type::default);
static NO_ENUM: LazyLock<Enum> = LazyLock::new(Enum::default);

/// The message type of a name; one without fields if the table has none of that name.
pub fn message(name: &str) -> &'static Type {
    SCHEMA
        .by_name
        .get(name)
        .and_then(|&at| SCHEMA.messages.get(at))
        .unwrap_or(&NO_TYPE)
}

impl Type {
    /// The place of the field whose name in JSON or in the proto file this is.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }
}

impl Field {
    /// Whether setting the field to its zero value differs from not setting it.
    pub fn has_presence(&self) -> bool {
        self.cardinality == Cardinality::One
            && (self.oneof.is_some()
                || matches!(
                    self.kind,
                    Kind::Duration | Kind::Struct | Kind::Wrapper(_) | Kind::Message(_)
                ))
    }
}

impl Kind {
    /// The type of a message field.
    pub fn message(self) -> Option<&'static Type> {
        let Self::Message(at) = self else { return None };
        SCHEMA.messages.get(at)
    }

    /// The enumeration of an enumeration field.
    pub fn enumeration(self) -> Option<&'static Enum> {
        let Self::Enum(at) = self else { return None };
        Some(SCHEMA.enums.get(at).unwrap_or(&NO_ENUM))
    }
}

impl Enum {
    /// The number of a name.
    pub fn number(&self, name: &str) -> Option<i32> {
        self.values.iter().find(|(_, n)| n == name).map(|(n, _)| *n)
    }

    /// The name of a number.
    pub fn name_of(&self, number: i32) -> Option<&str> {
        let value = self.values.iter().find(|(n, _)| *n == number);
        value.map(|(_, name)| &**name)
    }

    /// All names, for messages.
    pub fn names(&self) -> String {
        let names: Vec<_> = self.values.iter().map(|(_, name)| &**name).collect();
        names.join(", ")
    }
}

/// The package and the type, nested types joined: `v1alpha1.MeshConfig_ExtensionProvider`.
fn go_name(full: &str) -> String {
    let (types, packages): (Vec<_>, Vec<_>) = full
        .split('.')
        .partition(|p| p.starts_with(char::is_uppercase));
    let package = packages.last().copied().unwrap_or_default();
    format!("{package}.{}", types.join("_"))
}

impl Schema {
    fn parse(text: &str) -> Self {
        let mut schema = Self::default();
        let mut enums = HashMap::new();
        for line in text.lines() {
            if let Some(name) = line.strip_prefix("message ") {
                schema.by_name.insert(name.into(), schema.by_name.len());
            } else if let Some(name) = line.strip_prefix("enum ") {
                enums.insert(name, enums.len());
            }
        }
        let mut in_enum = false;
        for line in text.lines() {
            let words: Vec<_> = line.split_whitespace().collect();
            match *words {
                ["message", name] => {
                    in_enum = false;
                    schema.messages.push(Type {
                        name: name.into(),
                        go: go_name(name),
                        ..Type::default()
                    });
                }
                ["enum", name] => {
                    in_enum = true;
                    schema.enums.push(Enum {
                        go: go_name(name),
                        ..Enum::default()
                    });
                }
                [number, name] if in_enum => {
                    if let (Ok(number), Some(last)) = (number.parse(), schema.enums.last_mut()) {
                        last.values.push((number, name.into()));
                    }
                }
                [json, proto, go, kind, cardinality, oneof] => {
                    let (Some(kind), Some(last)) = (
                        kind_of(kind, &schema.by_name, &enums),
                        schema.messages.last_mut(),
                    ) else {
                        continue;
                    };
                    last.by_name.insert(json.into(), last.fields.len());
                    last.by_name.insert(proto.into(), last.fields.len());
                    last.fields.push(Field {
                        json: json.into(),
                        go: go.into(),
                        kind,
                        cardinality: match cardinality {
                            "list" => Cardinality::List,
                            "map" => Cardinality::Map,
                            _ => Cardinality::One,
                        },
                        oneof: (oneof != "-").then(|| oneof.into()),
                    });
                }
                _ => {}
            }
        }
        schema
    }
}

fn kind_of(
    word: &str,
    messages: &HashMap<String, usize>,
    enums: &HashMap<&str, usize>,
) -> Option<Kind> {
    Some(match word {
        "bool" => Kind::Bool,
        "int32" => Kind::Int32,
        "int64" => Kind::Int64,
        "uint32" => Kind::Uint32,
        "double" => Kind::Double,
        "string" => Kind::String,
        "google.protobuf.Duration" => Kind::Duration,
        "google.protobuf.Struct" => Kind::Struct,
        "google.protobuf.BoolValue" => Kind::Wrapper(Scalar::Bool),
        "google.protobuf.Int32Value" => Kind::Wrapper(Scalar::Int32),
        "google.protobuf.Int64Value" => Kind::Wrapper(Scalar::Int64),
        "google.protobuf.UInt32Value" => Kind::Wrapper(Scalar::Uint32),
        "google.protobuf.DoubleValue" => Kind::Wrapper(Scalar::Double),
        "google.protobuf.StringValue" => Kind::Wrapper(Scalar::String),
        _ => match word.split_once(':')? {
            ("message", name) => Kind::Message(*messages.get(name)?),
            ("enum", name) => Kind::Enum(*enums.get(name)?),
            _ => return None,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_understood() {
        let text = include_str!("schema.txt");
        let entries = text.lines().filter(|l| l.starts_with("  ")).count();
        let schema = Schema::parse(text);
        let fields: usize = schema.messages.iter().map(|m| m.fields.len()).sum();
        let values: usize = schema.enums.iter().map(|e| e.values.len()).sum();
        assert_eq!(fields + values, entries);
        assert!(message("istio.mesh.v1alpha1.ProxyConfig").fields.len() >= 40);
        assert!(message("nobody").fields.is_empty());
    }

    #[test]
    fn go_names_of_nested_types_are_joined() {
        let t = message("istio.mesh.v1alpha1.MeshConfig.ExtensionProvider");
        assert_eq!(t.go, "v1alpha1.MeshConfig_ExtensionProvider");
    }
}
