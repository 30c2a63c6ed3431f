//! What a merge must know of Go's types: which fields there are, and which lists are merged, by which key.
//!
//! The tables also carry the names and types that Go programs see, for those who show JSON to Go templates.

/// A Go struct that is written as a JSON object.
#[derive(Debug)]
pub struct Struct {
    /// Its name in Go, such as `PodSpec`.
    pub name: &'static str,
    /// Its fields in Go's order, which is the order of their JSON.
    pub fields: &'static [Field],
}

/// A field of a [`Struct`].
#[derive(Debug)]
pub struct Field {
    /// Its name in Go, such as `DeprecatedServiceAccount`.
    pub name: &'static str,
    /// Its name in JSON, such as `serviceAccount`; empty for an embedded struct, whose fields stand among the others.
    pub json: &'static str,
    /// What it holds.
    pub of: Type,
    /// Whether Go leaves it out of its JSON when it has its type's zero value.
    pub optional: bool,
    /// What a merge does with it.
    pub strategy: Strategy,
}

/// What a [`Field`] holds.
#[derive(Clone, Copy, Debug)]
pub enum Type {
    /// Text, of whatever named type.
    String,
    /// A boolean.
    Bool,
    /// A 32-bit integer.
    Int32,
    /// A 64-bit integer.
    Int64,
    /// `resource.Quantity`, text such as `100m`.
    Quantity,
    /// `intstr.IntOrString`, a number or text.
    IntOrString,
    /// `metav1.Time`, text in the form of RFC 3339.
    Time,
    /// Any JSON.
    Raw,
    /// A struct.
    Object(&'static Struct),
    /// A pointer, which may be nil.
    Pointer(&'static Self),
    /// A slice.
    List(&'static Self),
    /// A map with keys of text.
    Map(&'static Self),
}

/// What a merge does with a field that both sides have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// Objects are merged field by field, everything else is replaced.
    Plain,
    /// The items of two lists are merged where they agree in the value of this key.
    ByKey(&'static str),
    /// Two lists of scalars become their union.
    Union,
}

/// A field that always appears in Go's JSON.
pub const fn always(name: &'static str, json: &'static str, of: Type) -> Field {
    Field {
        name,
        json,
        of,
        optional: false,
        strategy: Strategy::Plain,
    }
}

/// A field that appears in Go's JSON if it is not its type's zero value.
pub const fn optional(name: &'static str, json: &'static str, of: Type) -> Field {
    Field {
        optional: true,
        ..always(name, json, of)
    }
}

/// A struct whose fields stand among those of the struct that it is in.
pub const fn embedded(name: &'static str, of: &'static Struct) -> Field {
    always(name, "", Type::Object(of))
}

impl Field {
    /// The same list, merged by `key`.
    #[must_use]
    pub const fn merged_by(self, key: &'static str) -> Self {
        Self {
            strategy: Strategy::ByKey(key),
            ..self
        }
    }

    /// The same list of scalars, merged to the union of both sides.
    #[must_use]
    pub const fn united(self) -> Self {
        Self {
            strategy: Strategy::Union,
            ..self
        }
    }
}

impl Struct {
    /// The field with this JSON name, of this struct or of one embedded in it.
    pub fn json_field(&self, json: &str) -> Option<&'static Field> {
        self.fields.iter().find_map(|field| match field.of {
            Type::Object(embedded) if field.json.is_empty() => embedded.json_field(json),
            _ => (field.json == json).then_some(field),
        })
    }
}

impl Type {
    /// The struct at the end of pointers, lists and maps, if there is one.
    pub(crate) const fn element(&self) -> Option<&'static Struct> {
        match self {
            Self::Object(declared) => Some(declared),
            Self::Pointer(inner) | Self::List(inner) => inner.element(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pod::{CONTAINER, POD, POD_SPEC, VOLUME};

    #[test]
    fn fields_are_found_by_their_json_names() {
        for (declared, json, name, strategy) in [
            (&POD, "metadata", "ObjectMeta", Strategy::Plain),
            (&POD, "kind", "Kind", Strategy::Plain),
            (
                &POD_SPEC,
                "serviceAccount",
                "DeprecatedServiceAccount",
                Strategy::Plain,
            ),
            (&VOLUME, "emptyDir", "EmptyDir", Strategy::Plain),
            (
                &CONTAINER,
                "ports",
                "Ports",
                Strategy::ByKey("containerPort"),
            ),
        ] {
            let field = declared.json_field(json);
            assert_eq!(
                field.map(|f| (f.name, f.strategy)),
                Some((name, strategy)),
                "{json}"
            );
        }
        assert!(CONTAINER.json_field("").is_none() && CONTAINER.json_field("x").is_none());
    }
}
