//! The mesh's configuration: the `mesh` key of the ConfigMap `istio`, over the built-in defaults.
//!
//! Source: <https://istio.io/latest/docs/reference/config/istio.mesh.v1alpha1/>.

use std::{
    collections::BTreeSet,
    sync::{Arc, LazyLock},
};

use outrigger_json::{Object, Value};

use super::{
    ConfigError, FieldError, ProxyConfig, near,
    proto::{Datum, Message, message_type},
    proxy_config,
    source::Source,
};

/// A `MeshConfig` message.
#[derive(Clone, Debug)]
pub struct MeshConfig {
    message: Message,
    default_config: Arc<ProxyConfig>,
}

static BUILT_IN: LazyLock<Message> = LazyLock::new(|| {
    let mut message = Message::new(message_type("istio.mesh.v1alpha1.MeshConfig"));
    let defaults = Source::built_in("built-in mesh", include_str!("defaults/mesh.yaml"));
    // A test holds that the text is sound; if it were not, an empty message is what remains.
    if let Ok(tree) = defaults.parse() {
        let _ = message.apply(&tree);
    }
    message.put(
        "defaultConfig",
        Datum::Message(proxy_config::built_in().clone()),
    );
    message
});

impl Default for MeshConfig {
    /// The built-in defaults.
    fn default() -> Self {
        Self::new(BUILT_IN.clone())
    }
}

impl MeshConfig {
    fn new(message: Message) -> Self {
        let default_config = message.message("defaultConfig").cloned();
        let default_config = default_config.unwrap_or_else(|| proxy_config::built_in().clone());
        Self {
            message,
            default_config: Arc::new(ProxyConfig::new(default_config)),
        }
    }

    /// Reads texts, each applied onto the one before and the first onto the built-in defaults.
    pub(super) fn parse<'s>(
        sources: impl IntoIterator<Item = &'s Source<'s>>,
        warnings: &mut Vec<ConfigError>,
    ) -> Result<Self, ConfigError> {
        let mut message = BUILT_IN.clone();
        let mut last = None;
        for source in sources {
            let tree = source.parse()?;
            apply(&mut message, &tree).map_err(|e| source.field_error(&e))?;
            let doubts = near::in_message(&tree, message.ty());
            warnings.extend(doubts.iter().map(|doubt| source.doubt(doubt)));
            last = Some(source);
        }
        let mesh = Self::new(message);
        let Some(source) = last else {
            return Ok(mesh);
        };
        let faults = proxy_config::check(mesh.default_config().message());
        warnings.extend(faults.into_iter().map(|fault| {
            // A fault begins with the path of the field that is at fault.
            let path = fault.split([' ', ':']).next().unwrap_or_default();
            let mut doubt = FieldError::new(fault.clone());
            doubt.path = path.split('.').map(str::to_owned).collect();
            let place = source.doubt(&doubt.within("defaultConfig"));
            ConfigError {
                message: format!("defaultConfig: {fault}"),
                ..place
            }
        }));
        Ok(mesh)
    }

    /// The same mesh with another `defaultConfig`.
    pub(super) fn with_default_config(&self, config: Message) -> Self {
        let mut message = self.message.clone();
        message.put("defaultConfig", Datum::Message(config));
        Self::new(message)
    }

    /// The message, as templates see it.
    pub const fn message(&self) -> &Message {
        &self.message
    }

    /// `defaultConfig`
    pub const fn default_config(&self) -> &Arc<ProxyConfig> {
        &self.default_config
    }

    /// `defaultConfig.statusPort`: where the agent answers probes and serves metrics.
    pub fn status_port(&self) -> i32 {
        self.default_config.status_port()
    }

    /// `enablePrometheusMerge`, true where it is not said.
    pub fn prometheus_merge(&self) -> bool {
        self.message.bool("enablePrometheusMerge").unwrap_or(true)
    }

    /// `trustDomain`
    pub fn trust_domain(&self) -> &str {
        self.message.str("trustDomain")
    }

    /// `rootNamespace`
    pub fn root_namespace(&self) -> &str {
        self.message.str("rootNamespace")
    }

    /// Whether `inboundTrafficPolicy.mode` is `LOCALHOST`: inbound traffic goes to the loopback address.
    pub fn inbound_localhost(&self) -> bool {
        self.message
            .message("inboundTrafficPolicy")
            .is_some_and(|policy| policy.enum_name("mode") == "LOCALHOST")
    }

    /// Whether some `opentelemetry` extension provider has `serviceAttributeEnrichment: OTEL_SEMANTIC_CONVENTIONS`.
    pub fn otel_enrichment(&self) -> bool {
        let enriches = |provider: &Datum| {
            let Datum::Message(provider) = provider else {
                return false;
            };
            provider.message("opentelemetry").is_some_and(|otel| {
                otel.enum_name("serviceAttributeEnrichment") == "OTEL_SEMANTIC_CONVENTIONS"
            })
        };
        self.message.list("extensionProviders").iter().any(enriches)
    }
}

/// Applies a mesh text's tree: top-level fields replace, but `defaultConfig` and `defaultProviders` are applied onto
/// what was there, `extensionProviders` are added by name, and `trustDomainAliases` are united.
fn apply(mesh: &mut Message, tree: &Value<'_>) -> Result<(), FieldError> {
    let Value::Object(fields) = tree else {
        return mesh.apply(tree);
    };
    let given = |camel: &str, snake: &str| {
        let value = fields.get(camel).or_else(|| fields.get(snake));
        value.filter(|v| !v.is_null())
    };

    let mut rest: Object<'_> = fields.clone();
    rest.retain(|key, _| {
        !matches!(
            key,
            "defaultConfig" | "default_config" | "defaultProviders" | "default_providers"
        )
    });
    let before = mesh.clone();
    mesh.apply(&Value::Object(rest))?;

    if let Some(tree) = given("defaultConfig", "default_config") {
        let mut config = match before.message("defaultConfig") {
            Some(config) => config.clone(),
            None => proxy_config::built_in().clone(),
        };
        proxy_config::apply(&mut config, tree).map_err(|e| e.within("defaultConfig"))?;
        mesh.put("defaultConfig", Datum::Message(config));
    }
    if let Some(tree) = given("defaultProviders", "default_providers") {
        let mut providers = before
            .message("defaultProviders")
            .cloned()
            .unwrap_or_else(|| {
                Message::new(message_type(
                    "istio.mesh.v1alpha1.MeshConfig.DefaultProviders",
                ))
            });
        providers
            .apply(tree)
            .map_err(|e| e.within("defaultProviders"))?;
        mesh.put("defaultProviders", Datum::Message(providers));
    }
    unite_providers(mesh, &before);
    unite_aliases(mesh, &before);
    Ok(())
}

/// Keeps the earlier providers whose names the new ones lack, in front of them.
fn unite_providers(mesh: &mut Message, before: &Message) {
    fn name(provider: &Datum) -> Option<&str> {
        match provider {
            Datum::Message(message) => Some(message.str("name")),
            _ => None,
        }
    }
    let new = mesh.list("extensionProviders");
    let replaced = |old: &&Datum| !new.iter().any(|provider| name(provider) == name(old));
    let kept = before.list("extensionProviders").iter().filter(replaced);
    let united = kept.chain(new).cloned().collect();
    mesh.put("extensionProviders", Datum::List(united));
}

fn unite_aliases(mesh: &mut Message, before: &Message) {
    let both = [before, mesh].map(|m| m.list("trustDomainAliases"));
    let texts = both.into_iter().flatten().filter_map(|alias| match alias {
        Datum::String(text) => Some(text.clone()),
        _ => None,
    });
    let united: BTreeSet<_> = texts.collect();
    let united = united.into_iter().map(Datum::String).collect();
    mesh.put("trustDomainAliases", Datum::List(united));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Text;

    fn mesh(yaml: &str) -> Result<MeshConfig, String> {
        let text = Text {
            name: "mesh.yaml".into(),
            text: yaml.into(),
        };
        MeshConfig::parse([&Source::new(&text)], &mut Vec::new()).map_err(|e| e.to_string())
    }

    #[test]
    fn a_later_text_lies_on_top() {
        let [shared, own] = [
            "trustDomain: shared\nrootNamespace: roots\ndefaultConfig: {concurrency: 3, statusPort: 1}\n",
            "trustDomain: own\ndefaultConfig: {statusPort: 2}\n",
        ]
        .map(|text| Text {
            name: "mesh".into(),
            text: text.into(),
        });
        let sources = [&Source::new(&shared), &Source::new(&own)];
        let mesh = MeshConfig::parse(sources, &mut Vec::new()).unwrap();
        assert_eq!(
            (mesh.trust_domain(), mesh.root_namespace()),
            ("own", "roots")
        );
        assert_eq!(mesh.status_port(), 2);
        assert!(
            mesh.default_config()
                .cleaned_json()
                .contains(r#""concurrency":3"#)
        );
    }

    #[test]
    fn built_in_defaults_are_sound() {
        let tree = outrigger_yaml::parse(include_str!("defaults/mesh.yaml")).unwrap();
        let mut message = Message::new(message_type("istio.mesh.v1alpha1.MeshConfig"));
        message.apply(&tree).unwrap();
        for key in tree.as_object().unwrap().keys() {
            assert!(message.ty().position(key).is_some(), "{key}");
        }
        let mesh = MeshConfig::default();
        assert_eq!(mesh.trust_domain(), "cluster.local");
        assert_eq!(mesh.status_port(), 15020);
        assert!(mesh.prometheus_merge() && !mesh.inbound_localhost() && !mesh.otel_enrichment());
    }

    #[test]
    fn fields_replace_and_some_unite() {
        let mesh = mesh(
            "trustDomain: td\nproxyListenPort: 0\nunknown: {a: b}\nenablePrometheusMerge: false\n\
             inboundTrafficPolicy: {mode: LOCALHOST}\ntrustDomainAliases: [b, a, b]\n\
             default_config:\n  statusPort: 0\n  proxyMetadata: {A: \"1\"}\n  tracing: {}\n\
             extensionProviders:\n- name: envoy\n  envoyFileAccessLog: {path: /x}\n\
             - name: otel\n  opentelemetry: {port: 1, service: s, serviceAttributeEnrichment: OTEL_SEMANTIC_CONVENTIONS}\n",
        )
        .unwrap();
        assert_eq!((mesh.trust_domain(), mesh.status_port()), ("td", 0));
        assert!(!mesh.prometheus_merge() && mesh.inbound_localhost() && mesh.otel_enrichment());
        assert_eq!(mesh.message().int("proxyListenPort"), None);
        assert_eq!(mesh.message().int("proxyInboundListenPort"), Some(15006));
        assert_eq!(mesh.message().list("extensionProviders").len(), 4);
        let json = mesh.message().to_json();
        assert!(json.contains(r#""trustDomainAliases":["a","b"]"#), "{json}");
        assert_eq!(
            mesh.default_config().message().str("configPath"),
            "./etc/istio/proxy"
        );
        assert_eq!(
            mesh.default_config()
                .metadata()
                .get("A")
                .map(String::as_str),
            Some("1")
        );
    }

    #[test]
    fn nothing_given_is_the_default() {
        for yaml in ["", "{}", "null", "defaultConfig: null\n"] {
            assert_eq!(
                mesh(yaml).unwrap().message(),
                MeshConfig::default().message(),
                "{yaml}"
            );
        }
    }

    #[test]
    fn a_wrong_type_is_refused_with_its_place() {
        for (yaml, wanted) in [
            ("- a\n", "mesh.yaml:1:3: want an object, found array"),
            (
                "trustDomain: td\ndefaultConfig:\n  proxyMetadata:\n    A: true\n",
                "mesh.yaml:4:8: defaultConfig.proxyMetadata.A: want a string, found boolean true",
            ),
            (
                "enableTracing: 3\n",
                "mesh.yaml:1:16: enableTracing: want true or false, found number 3",
            ),
            ("a: [\n", "mesh.yaml:2:1"),
        ] {
            let got = mesh(yaml).unwrap_err();
            assert!(got.starts_with(wanted), "{got}");
        }
    }
}
