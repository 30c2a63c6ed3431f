//! The proxy's configuration: one message, and the layers that a Pod's effective one is made of.
//!
//! Source: <https://istio.io/latest/docs/reference/config/istio.mesh.v1alpha1/#ProxyConfig>.

mod effective;
mod resources;
mod validate;

use std::{
    collections::BTreeMap,
    sync::{LazyLock, OnceLock},
};

use outrigger_json::Value;

pub use effective::Effective;
pub(super) use effective::Layers;
pub use resources::{ProxyConfigs, Resource};
pub use validate::{check, validate_annotations};

use super::{
    FieldError,
    proto::{Datum, Message, message_type},
    source::Source,
};

/// A `ProxyConfig` message of a mesh.
#[derive(Clone, Debug)]
pub struct ProxyConfig {
    message: Message,
    metadata: BTreeMap<String, String>,
    cleaned: OnceLock<String>,
}

static BUILT_IN: LazyLock<Message> = LazyLock::new(|| {
    let mut message = empty();
    let defaults = Source::built_in(
        "built-in ProxyConfig",
        include_str!("../defaults/proxy.yaml"),
    );
    // A test holds that the text is sound; if it were not, an empty message is what remains.
    if let Ok(tree) = defaults.parse() {
        let _ = message.apply(&tree);
    }
    message
});

/// The built-in defaults.
pub(super) fn built_in() -> &'static Message {
    &BUILT_IN
}

fn empty() -> Message {
    Message::new(message_type("istio.mesh.v1alpha1.ProxyConfig"))
}

/// The fields that what a proxy is told leaves out where they have their built-in default, unset included.
const CLEANED: [&str; 15] = [
    "configPath",
    "binaryPath",
    "controlPlaneAuthPolicy",
    "serviceCluster",
    "drainDuration",
    "terminationDrainDuration",
    "discoveryAddress",
    "envoyMetricsService",
    "envoyAccessLogService",
    "tracing",
    "proxyAdminPort",
    "statNameLength",
    "statusPort",
    "concurrency",
    "proxyMetadata",
];

impl Default for ProxyConfig {
    /// The built-in defaults.
    fn default() -> Self {
        Self::new(BUILT_IN.clone())
    }
}

impl ProxyConfig {
    pub(super) fn new(message: Message) -> Self {
        let metadata = match message.get("proxyMetadata") {
            Some(Datum::Map(entries)) => entries
                .iter()
                .filter_map(|(key, value)| match value {
                    Datum::String(text) => Some((key.clone(), text.clone())),
                    _ => None,
                })
                .collect(),
            _ => BTreeMap::new(),
        };
        Self {
            message,
            metadata,
            cleaned: OnceLock::new(),
        }
    }

    /// The message, as templates see it.
    pub const fn message(&self) -> &Message {
        &self.message
    }

    /// `interceptionMode`: `REDIRECT`, `TPROXY` or `NONE`.
    pub fn interception_mode(&self) -> &'static str {
        self.message.enum_name("interceptionMode")
    }

    /// `statusPort`; 0 where it is not set.
    pub fn status_port(&self) -> i32 {
        let port = self.message.int("statusPort").unwrap_or_default();
        i32::try_from(port).unwrap_or_default()
    }

    /// `image.imageType`, empty where it is not said.
    pub fn image_type(&self) -> &str {
        self.message
            .message("image")
            .map_or("", |image| image.str("imageType"))
    }

    /// `holdApplicationUntilProxyStarts`, false where it is not said.
    pub fn hold_application(&self) -> bool {
        self.message
            .bool("holdApplicationUntilProxyStarts")
            .unwrap_or_default()
    }

    /// `proxyMetadata`
    pub const fn metadata(&self) -> &BTreeMap<String, String> {
        &self.metadata
    }

    /// The message without the fields that have their built-in default, as compact proto3 JSON: what the proxy
    /// gets in `PROXY_CONFIG`. Made once.
    pub fn cleaned_json(&self) -> &str {
        self.cleaned.get_or_init(|| {
            let mut message = self.message.clone();
            for name in CLEANED {
                if message.get(name) == BUILT_IN.get(name) {
                    message.take(name);
                }
            }
            message.to_json()
        })
    }
}

impl PartialEq for ProxyConfig {
    fn eq(&self, other: &Self) -> bool {
        self.message == other.message
    }
}

/// Applies a tree: fields replace, explicit zeros too, but `proxyMetadata` is merged key by key and sub-messages of
/// `proxyHeaders` that the tree does not name stay.
pub(super) fn apply(config: &mut Message, tree: &Value<'_>) -> Result<(), FieldError> {
    let before = config.clone();
    config.apply(tree)?;
    keep_parts(config, &before);
    Ok(())
}

/// Puts a layer on top: as [`apply`], but a zero in the layer counts as unset.
fn overlay(config: &mut Message, layer: &Message) {
    let before = config.clone();
    for (position, datum) in layer.positions() {
        config.set(position, datum.clone());
    }
    keep_parts(config, &before);
}

/// Puts back what a new `proxyMetadata` and new `proxyHeaders` do not name.
fn keep_parts(config: &mut Message, before: &Message) {
    if let Some(Datum::Map(old)) = before.get("proxyMetadata") {
        let mut entries = old.clone();
        if let Some(Datum::Map(new)) = config.take("proxyMetadata") {
            entries.extend(new);
        }
        config.put("proxyMetadata", Datum::Map(entries));
    }
    if let (Some(old), Some(new)) = (
        before.message("proxyHeaders"),
        config.message("proxyHeaders"),
    ) {
        let mut headers = new.clone();
        for name in [
            "forwardedClientCert",
            "requestId",
            "attemptCount",
            "server",
            "envoyDebugHeaders",
        ] {
            if let (None, Some(datum)) = (headers.get(name), old.get(name)) {
                headers.put(name, datum.clone());
            }
        }
        config.put("proxyHeaders", Datum::Message(headers));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(yaml: &str) -> ProxyConfig {
        let mut message = BUILT_IN.clone();
        apply(&mut message, &outrigger_yaml::parse(yaml).unwrap()).unwrap();
        ProxyConfig::new(message)
    }

    #[test]
    fn defaults_are_sound_and_are_not_told() {
        let tree = outrigger_yaml::parse(include_str!("../defaults/proxy.yaml")).unwrap();
        let mut message = empty();
        message.apply(&tree).unwrap();
        assert_eq!(message.iter().count(), tree.as_object().unwrap().len());
        let config = ProxyConfig::default();
        assert_eq!(config.cleaned_json(), "{}");
        assert_eq!(config.interception_mode(), "REDIRECT");
        assert_eq!(config.status_port(), 15020);
    }

    #[test]
    fn what_differs_is_told_in_the_order_of_declaration() {
        for (yaml, wanted) in [
            ("drainDuration: 23s", r#"{"drainDuration":"23s"}"#),
            ("drainDuration: 1500ms", r#"{"drainDuration":"1.500s"}"#),
            (
                "interceptionMode: TPROXY",
                r#"{"interceptionMode":"TPROXY"}"#,
            ),
            ("tracing: {}", r#"{"tracing":{}}"#),
            (
                "{proxyMetadata: {B: '1', A: x}, concurrency: 0, discoveryAddress: foo:123}",
                r#"{"discoveryAddress":"foo:123","concurrency":0,"proxyMetadata":{"A":"x","B":"1"}}"#,
            ),
            ("{statusPort: 15020, drainDuration: 45s}", "{}"),
            ("statusPort: 0", "{}"),
            (
                "holdApplicationUntilProxyStarts: false",
                r#"{"holdApplicationUntilProxyStarts":false}"#,
            ),
            (
                "proxyHeaders: {server: {}}",
                r#"{"proxyHeaders":{"server":{}}}"#,
            ),
        ] {
            assert_eq!(applied(yaml).cleaned_json(), wanted, "{yaml}");
        }
    }

    #[test]
    fn maps_and_headers_keep_what_is_not_named() {
        let mut message = BUILT_IN.clone();
        for yaml in [
            "{proxyMetadata: {A: '1', B: '2'}, proxyHeaders: {server: {value: s}, requestId: {}}}",
            "{proxyMetadata: {B: '3'}, proxyHeaders: {server: {value: t}}, tracing: {sampling: 1}}",
            "{tracing: {maxPathTagLength: 5}}",
        ] {
            apply(&mut message, &outrigger_yaml::parse(yaml).unwrap()).unwrap();
        }
        assert_eq!(
            ProxyConfig::new(message).cleaned_json(),
            concat!(
                r#"{"tracing":{"maxPathTagLength":5},"proxyMetadata":{"A":"1","B":"3"},"#,
                r#""proxyHeaders":{"requestId":{},"server":{"value":"t"}}}"#
            )
        );
    }
}
