//! The entries of a `MutatingWebhookConfiguration` as they are registered, and for which Pods the API server calls them.

use outrigger_json::Value;

use super::{SUFFIX, conditions, entry::NAMESPACE_NAME};
use crate::config::Selector;

/// An injector's entry that is registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredEntry {
    /// Its name.
    pub name: String,
    /// The path of its requests, behind which are variables of templates.
    pub path: String,
    /// Its `matchConditions` that no injector of ours has: whether they hold is for the API server alone to say.
    pub foreign_conditions: Vec<String>,
    namespaces: Selector,
    pods: Selector,
    conditions: bool,
    own_namespace: String,
}

impl RegisteredEntry {
    /// The injector's entries of a configuration; `own_namespace` is that of the injector.
    ///
    /// Entries with other names than an injector's are other webhooks. A selector that cannot be read selects nothing:
    /// the API server accepts none.
    pub fn all(configuration: &Value<'_>, own_namespace: &str) -> Vec<Self> {
        let webhooks = configuration.get("webhooks").and_then(Value::as_array);
        let webhooks = webhooks.unwrap_or_default().iter();
        webhooks
            .filter_map(|webhook| Self::read(webhook, own_namespace))
            .collect()
    }

    fn read(webhook: &Value<'_>, own_namespace: &str) -> Option<Self> {
        let name = webhook.get("name")?.as_str()?;
        if !name.ends_with(SUFFIX) {
            return None;
        }
        let selector = |key| match webhook.get(key) {
            None | Some(Value::Null) => Some(Selector::default()),
            Some(tree) => Selector::read(tree).ok()?.ok(),
        };
        let ours = conditions::always(own_namespace);
        let conditions = webhook.get("matchConditions").and_then(Value::as_array);
        let text = |condition: &Value<'_>, key| {
            let text = condition.get(key).and_then(Value::as_str);
            text.unwrap_or_default().to_owned()
        };
        let foreign = conditions.unwrap_or_default().iter().filter(|condition| {
            let expression = text(condition, "expression");
            !ours.iter().any(|(_, own)| *own == expression)
        });
        let config = |key: &[&str]| webhook.at(key).and_then(Value::as_str);
        let path = config(&["clientConfig", "service", "path"]).map(str::to_owned);
        let of_url = config(&["clientConfig", "url"]).map(path_of);
        Some(Self {
            name: name.to_owned(),
            path: path.or(of_url).unwrap_or_default(),
            foreign_conditions: foreign.map(|condition| text(condition, "name")).collect(),
            namespaces: selector("namespaceSelector")?,
            pods: selector("objectSelector")?,
            conditions: conditions.is_some_and(|conditions| !conditions.is_empty()),
            own_namespace: own_namespace.to_owned(),
        })
    }

    /// Whether a namespace of this name, with its labels given as a look-up by key, is selected.
    pub fn selects_namespace<'l>(
        &self,
        name: &'l str,
        label: impl Fn(&str) -> Option<&'l str>,
    ) -> bool {
        let label = |key: &str| match key {
            NAMESPACE_NAME => Some(name),
            key => label(key),
        };
        (!self.conditions || name != self.own_namespace) && selects(&self.namespaces, label)
    }

    /// Whether a Pod with these labels, given as a look-up by key, is selected in a namespace that is.
    ///
    /// What no sidecar fits, such as the host's network, is left to the injector's decision, which is the same.
    pub fn selects_pod<'l>(&self, label: impl Fn(&str) -> Option<&'l str>) -> bool {
        selects(&self.pods, label)
    }
}

/// The path of a URL.
fn path_of(url: &str) -> String {
    let behind_host = url
        .split_once("://")
        .and_then(|(_, rest)| rest.find('/').and_then(|at| rest.get(at..)));
    behind_host.unwrap_or_default().to_owned()
}

/// Whether a selector of the API server's objects holds, of which the empty one selects everything.
fn selects<'l>(selector: &Selector, label: impl Fn(&str) -> Option<&'l str>) -> bool {
    *selector == Selector::default() || selector.matches(label)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhook::{Endpoint, configuration, tests::settings};

    fn selected(
        registered: &RegisteredEntry,
        namespace: &[(&str, &str)],
        pod: &[(&str, &str)],
    ) -> bool {
        let of = |labels: &'static [(&'static str, &'static str)]| {
            move |key: &str| labels.iter().find(|(k, _)| *k == key).map(|(_, v)| *v)
        };
        let leak = |labels: &[(&str, &str)]| -> &'static [(&'static str, &'static str)] {
            let owned = labels.iter().map(|(k, v)| {
                let text = |text: &str| -> &'static str { String::leak(text.to_owned()) };
                (text(k), text(v))
            });
            Vec::leak(owned.collect())
        };
        registered.selects_namespace("shop", of(leak(namespace)))
            && registered.selects_pod(of(leak(pod)))
    }

    #[test]
    fn entries_select_as_the_api_server_does() {
        let all = RegisteredEntry::all(&configuration(&settings()), "outrigger-system");
        for (namespace, pod, by) in [
            (&[][..], &[][..], None),
            (&[("istio-injection", "enabled")], &[], Some("namespace")),
            (
                &[("istio-injection", "enabled")],
                &[("sidecar.istio.io/inject", "false")],
                None,
            ),
            (&[], &[("sidecar.istio.io/inject", "true")], Some("object")),
            (&[("istio.io/rev", "default")], &[], Some("rev.namespace")),
            (&[("istio.io/rev", "other")], &[], None),
        ] {
            let found = all.iter().find(|entry| selected(entry, namespace, pod));
            let prefix = found.map(|entry| entry.name.strip_suffix(SUFFIX).unwrap());
            assert_eq!(
                prefix.map(|p| p.trim_end_matches('.')),
                by,
                "{namespace:?} {pod:?}"
            );
        }
        assert!(all.iter().all(|entry| entry.foreign_conditions.is_empty()));
        let label = |_: &str| Some("enabled");
        let own = |entry: &RegisteredEntry| entry.selects_namespace("outrigger-system", label);
        assert!(!all.iter().any(own));
    }

    #[test]
    fn paths_and_foreign_conditions_are_told() {
        for (endpoint, path) in [
            (settings().endpoint, "/inject"),
            (
                Endpoint::Url("https://a:1/inject/net/n".into()),
                "/inject/net/n",
            ),
            (Endpoint::Url("https://a:1".into()), ""),
        ] {
            let mut settings = settings();
            settings.endpoint = endpoint;
            let all = RegisteredEntry::all(&configuration(&settings), "outrigger-system");
            assert!(all.iter().all(|entry| entry.path == path), "{path}");
            // To another injector its own condition is foreign.
            let others = RegisteredEntry::all(&configuration(&settings), "elsewhere");
            assert_eq!(others[0].foreign_conditions, ["not-injector"]);
        }
    }

    #[test]
    fn an_empty_selector_selects_everything_and_other_webhooks_are_none() {
        let text = r#"{"webhooks": [
            {"name": "all.sidecar-injector.istio.io", "namespaceSelector": {}},
            {"name": "other.example.com"},
            {"name": "bad.sidecar-injector.istio.io", "objectSelector": {"matchLabels": 3}}]}"#;
        let all = RegisteredEntry::all(&Value::parse(text.as_bytes()).unwrap(), "own");
        assert_eq!(all.len(), 1);
        assert!(selected(&all[0], &[], &[("any", "thing")]));
        assert!(all[0].selects_namespace("own", |_| None));
    }
}
