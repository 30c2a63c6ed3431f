//! `ProxyConfig` resources of the cluster.
//!
//! Source: <https://istio.io/latest/docs/reference/config/networking/proxy-config/>.

use outrigger_json::{Object, Value};

use crate::config::{
    ConfigError, FieldError, near,
    proto::{Datum, Message, message_type},
    source::Source,
};

/// The message that a resource's `spec` is.
const TYPE: &str = "istio.networking.v1beta1.ProxyConfig";

/// `ProxyConfig` resources (`networking.istio.io`), oldest first.
#[derive(Clone, Debug, Default)]
pub struct ProxyConfigs(Vec<Resource>);

/// One `ProxyConfig` resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    /// Creation time, name, namespace: what decides which of several counts.
    age: (String, String, String),
    scope: Scope,
    layer: Message,
}

#[derive(Clone, Debug, PartialEq)]
enum Scope {
    /// Without a selector: all Pods of its namespace, or of the mesh if that is the root namespace.
    Namespace,
    /// The Pods of its namespace that have these labels; without any, none.
    Labels(Vec<(String, String)>),
}

impl ProxyConfigs {
    pub(in crate::config) fn parse(
        source: &Source<'_>,
        warnings: &mut Vec<ConfigError>,
    ) -> Result<Self, ConfigError> {
        let mut resources = Vec::new();
        for object in source.objects()? {
            let tree = &object.tree;
            if tree.get("kind").and_then(Value::as_str) != Some("ProxyConfig") {
                return Err(object.error("an object is no ProxyConfig"));
            }
            let name = tree.at(&["metadata", "name"]).and_then(Value::as_str);
            let name = format!("ProxyConfig {}", name.unwrap_or_default());
            let resource = Resource::read(tree).map_err(|e| object.field_error(&name, &e))?;
            if let Some(spec) = tree.get("spec") {
                for doubt in near::in_message(spec, message_type(TYPE)) {
                    warnings.push(object.doubt(&name, &doubt.within("spec")));
                }
            }
            resources.push(resource);
        }
        Ok(Self::new(resources))
    }

    /// Resources in any order.
    pub fn new(mut resources: Vec<Resource>) -> Self {
        resources.sort_by(|a, b| a.age.cmp(&b.age));
        Self(resources)
    }

    /// How many there are.
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The place of the oldest that holds for all of a namespace.
    pub(super) fn of_namespace(&self, namespace: &str) -> Option<usize> {
        self.0
            .iter()
            .position(|r| r.age.2 == namespace && matches!(r.scope, Scope::Namespace))
    }

    /// The place of the oldest whose selector matches a Pod's labels.
    pub(super) fn of_workload(
        &self,
        namespace: &str,
        labels: Option<&Object<'_>>,
    ) -> Option<usize> {
        let has =
            |(key, value): &(String, String)| labels.is_some_and(|l| l.str(key) == Some(value));
        self.0.iter().position(|r| {
            r.age.2 == namespace
                && matches!(&r.scope, Scope::Labels(wanted) if !wanted.is_empty() && wanted.iter().all(has))
        })
    }

    /// What the resource at a place says, as a mesh's message.
    pub(super) fn layer(&self, place: usize) -> Option<&Message> {
        self.0.get(place).map(|resource| &resource.layer)
    }
}

impl Resource {
    /// Reads an object of the kind `ProxyConfig`.
    pub fn read(object: &Value<'_>) -> Result<Self, FieldError> {
        let mut spec = Message::new(message_type(TYPE));
        if let Some(tree) = object.get("spec") {
            spec.apply(tree).map_err(|e| e.within("spec"))?;
        }
        let scope = match spec.message("selector") {
            None => Scope::Namespace,
            Some(selector) => match selector.get("matchLabels") {
                Some(Datum::Map(labels)) => Scope::Labels(
                    labels
                        .iter()
                        .filter_map(|(key, value)| match value {
                            Datum::String(value) => Some((key.clone(), value.clone())),
                            _ => None,
                        })
                        .collect(),
                ),
                _ => Scope::Labels(Vec::new()),
            },
        };
        let mut layer = super::empty();
        for (from, to) in [
            ("concurrency", "concurrency"),
            ("environmentVariables", "proxyMetadata"),
            ("image", "image"),
        ] {
            if let Some(datum) = spec.take(from) {
                layer.put(to, datum);
            }
        }
        let metadata = |key: &str, absent: &str| {
            let text = object.at(&["metadata", key]).and_then(Value::as_str);
            text.unwrap_or(absent).to_owned()
        };
        Ok(Self {
            age: (
                metadata("creationTimestamp", ""),
                metadata("name", ""),
                metadata("namespace", "default"),
            ),
            scope,
            layer,
        })
    }
}
