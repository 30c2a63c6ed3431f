//! Namespaces, as far as injection depends on them.

use std::{collections::BTreeMap, sync::Arc};

use outrigger_json::Value;

use super::{
    ConfigError,
    field::{self, FieldError},
    source::Source,
};

/// The namespaces that are known, by name.
pub type Namespaces = BTreeMap<String, Arc<Namespace>>;

/// What the injector needs to know of a namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Namespace {
    /// The namespace's labels.
    pub labels: BTreeMap<String, String>,
    /// The namespace's annotations.
    pub annotations: BTreeMap<String, String>,
}

/// Reads Namespace objects: documents, or a list of them.
pub(super) fn parse(source: &Source<'_>) -> Result<Namespaces, ConfigError> {
    let mut namespaces = Namespaces::new();
    for object in source.objects()? {
        let tree = &object.tree;
        if tree.get("kind").and_then(Value::as_str) != Some("Namespace") {
            return Err(object.error("an object is no Namespace"));
        }
        let name = tree.at(&["metadata", "name"]).and_then(Value::as_str);
        let Some(name) = name.filter(|name| !name.is_empty()) else {
            return Err(object.error("a Namespace has no name"));
        };
        let namespace =
            read(tree).map_err(|e| object.field_error(&format!("Namespace {name}"), &e))?;
        namespaces.insert(name.to_owned(), Arc::new(namespace));
    }
    Ok(namespaces)
}

fn read(object: &Value<'_>) -> Result<Namespace, FieldError> {
    let texts = |key: &str| {
        let read = |v| field::map(v, field::string);
        field::read(object, &["metadata", key], read).map(Option::unwrap_or_default)
    };
    Ok(Namespace {
        labels: texts("labels")?,
        annotations: texts("annotations")?,
    })
}
