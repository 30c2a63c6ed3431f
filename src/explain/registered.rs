//! What is registered with the API server: the entries of injectors, read from `MutatingWebhookConfiguration`s.
//!
//! Source: <https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/>.

use std::{collections::BTreeSet, fmt};

use outrigger_json::Value;

use crate::{
    annotations::names::{NAMESPACE_INJECTION, REVISION},
    config::{Operator, Selector},
    webhook::{FailurePolicy, SUFFIX},
};

/// A `MutatingWebhookConfiguration` with its entries of injectors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    /// Its name.
    pub name: String,
    /// Whether it is one of Outrigger's.
    pub is_ours: bool,
    /// The revision that it sends Pods to.
    pub revision: String,
    /// When it was made, as Kubernetes writes times: in an order that is theirs as texts.
    pub created: Option<String>,
    /// Its entries, those of other webhooks left out.
    pub entries: Vec<Entry>,
}

/// An entry: which Pods are sent, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// Its place in the configuration's list.
    pub place: usize,
    /// What the namespace's labels have to satisfy, or what is wrong with that.
    pub namespaces: Result<Selector, String>,
    /// What the Pod's labels have to satisfy.
    pub pods: Result<Selector, String>,
    /// Whether its rules take created Pods.
    pub takes_pods: bool,
    /// Name and CEL expression of its conditions.
    pub conditions: Vec<(String, String)>,
    /// What happens when the injector does not answer.
    pub failure_policy: FailurePolicy,
    /// Where the API server calls.
    pub called: Called,
    /// The path of the call, whose pairs are variables of templates.
    pub path: String,
    /// What the certificate is verified with, as base64; `None` where the API server takes its own authorities.
    pub ca_bundle: Option<String>,
}

/// Where the API server calls.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Called {
    /// A Service.
    Service {
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
        /// The port that is called.
        port: i64,
    },
    /// A URL.
    Url(String),
}

impl fmt::Display for Called {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Service {
                namespace,
                name,
                port,
            } => write!(f, "Service {namespace}/{name}:{port}"),
            Self::Url(url) => f.write_str(url),
        }
    }
}

impl Registered {
    /// Reads a configuration; `None` if it has no entry of an injector.
    pub fn read(tree: &Value<'_>) -> Option<Self> {
        let text = |path: &[&str]| tree.at(path).and_then(Value::as_str);
        let name = text(&["metadata", "name"])?.to_owned();
        let webhooks = tree.get("webhooks").and_then(Value::as_array);
        let entries = webhooks.unwrap_or_default().iter().enumerate();
        let entries: Vec<_> = entries.filter_map(|(i, e)| Entry::read(e, i)).collect();
        if entries.is_empty() {
            return None;
        }
        let label = |key| text(&["metadata", "labels", key]);
        let revision = label(REVISION).map(str::to_owned);
        let of_entries = || entries.iter().flat_map(Entry::revisions).next();
        Some(Self {
            is_ours: label("app.kubernetes.io/name") == Some("outrigger")
                || name.contains("outrigger"),
            revision: revision
                .or_else(of_entries)
                .unwrap_or_else(|| "default".to_owned()),
            created: text(&["metadata", "creationTimestamp"]).map(str::to_owned),
            name,
            entries,
        })
    }

    /// Every name of a revision that Pods or namespaces may ask for.
    pub(super) fn revisions(&self) -> BTreeSet<String> {
        self.entries.iter().flat_map(Entry::revisions).collect()
    }

    /// Whether it answers to the label `istio-injection=enabled`.
    pub(super) fn is_default(&self) -> bool {
        self.entries.iter().any(|e| {
            e.asks(NAMESPACE_INJECTION)
                .any(|operator| matches!(operator, Operator::In(_)))
        })
    }
}

impl Entry {
    fn read(tree: &Value<'_>, place: usize) -> Option<Self> {
        let text = |path: &[&str]| tree.at(path).and_then(Value::as_str);
        let name = text(&["name"])?;
        if !name.ends_with(SUFFIX) {
            return None;
        }
        let called = match text(&["clientConfig", "url"]) {
            Some(url) => Called::Url(url.to_owned()),
            None => Called::Service {
                namespace: text(&["clientConfig", "service", "namespace"])?.to_owned(),
                name: text(&["clientConfig", "service", "name"])?.to_owned(),
                port: tree
                    .at(&["clientConfig", "service", "port"])
                    .and_then(Value::as_i64)
                    .unwrap_or(443),
            },
        };
        let path = match &called {
            Called::Url(url) => path_of(url),
            Called::Service { .. } => text(&["clientConfig", "service", "path"]).unwrap_or("/"),
        };
        let list = |key| tree.get(key).and_then(Value::as_array).unwrap_or_default();
        let condition = |c: &Value<'_>| {
            let text = |key| c.get(key).and_then(Value::as_str).unwrap_or_default();
            (text("name").to_owned(), text("expression").to_owned())
        };
        Some(Self {
            name: name.to_owned(),
            place,
            namespaces: selector(tree.get("namespaceSelector")),
            pods: selector(tree.get("objectSelector")),
            takes_pods: list("rules").iter().any(takes_pods),
            conditions: list("matchConditions").iter().map(condition).collect(),
            // What the API server makes of an absent policy.
            failure_policy: match text(&["failurePolicy"]) {
                Some("Ignore") => FailurePolicy::Ignore,
                _ => FailurePolicy::Fail,
            },
            path: path.to_owned(),
            called,
            ca_bundle: text(&["clientConfig", "caBundle"])
                .filter(|bundle| !bundle.is_empty())
                .map(str::to_owned),
        })
    }

    /// What the selectors ask of a label.
    fn asks<'e>(&'e self, key: &'e str) -> impl Iterator<Item = &'e Operator> {
        let selectors = [&self.namespaces, &self.pods].into_iter().flatten();
        let requirements = selectors.flat_map(|s| &s.match_expressions);
        requirements
            .filter(move |r| r.key == key)
            .map(|r| &r.operator)
    }

    fn revisions(&self) -> Vec<String> {
        let named = self.asks(REVISION).filter_map(|operator| match operator {
            Operator::In(names) => Some(names.clone()),
            _ => None,
        });
        named.flatten().collect()
    }
}

/// What stands behind the host of a URL.
fn path_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/")
}

/// An absent selector is an empty one, which selects everything here.
fn selector(tree: Option<&Value<'_>>) -> Result<Selector, String> {
    match tree {
        None | Some(Value::Null) => Ok(Selector::default()),
        Some(tree) => Selector::read(tree).map_err(|error| error.to_string())?,
    }
}

/// Whether a rule takes Pods as they are created.
fn takes_pods(rule: &Value<'_>) -> bool {
    let any = |key, wanted: &dyn Fn(&str) -> bool| {
        let words = rule.get(key).and_then(Value::as_array).unwrap_or_default();
        words.iter().filter_map(Value::as_str).any(wanted)
    };
    let resource = |text: &str| {
        let (resource, sub) = text.split_once('/').unwrap_or((text, ""));
        matches!(resource, "*" | "pods") && matches!(sub, "" | "*")
    };
    any("operations", &|o| matches!(o, "*" | "CREATE"))
        && any("apiGroups", &|g| matches!(g, "*" | ""))
        && any("apiVersions", &|v| matches!(v, "*" | "v1"))
        && any("resources", &resource)
        && matches!(
            rule.get("scope").and_then(Value::as_str),
            None | Some("*" | "Namespaced")
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(more: &str) -> Option<Entry> {
        let text = format!(
            "name: object.{SUFFIX}\nclientConfig: {{url: 'https://injector.test:15017/inject/cluster/east'}}\n{more}"
        );
        Entry::read(&outrigger_yaml::parse(&text).unwrap(), 0)
    }

    #[test]
    fn rules_that_take_created_pods() {
        for (rule, takes) in [
            (
                "operations: [CREATE], apiGroups: [''], apiVersions: [v1], resources: [pods]",
                true,
            ),
            (
                "operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*']",
                true,
            ),
            (
                "operations: [CREATE], apiGroups: [''], apiVersions: [v1], resources: [pods/*], scope: Namespaced",
                true,
            ),
            (
                "operations: [CREATE], apiGroups: [''], apiVersions: [v1], resources: [pods/exec]",
                false,
            ),
            (
                "operations: [UPDATE], apiGroups: [''], apiVersions: [v1], resources: [pods]",
                false,
            ),
            (
                "operations: [CREATE], apiGroups: [apps], apiVersions: [v1], resources: [pods]",
                false,
            ),
            (
                "operations: [CREATE], apiGroups: [''], apiVersions: [v1], resources: [pods], scope: Cluster",
                false,
            ),
        ] {
            let entry = entry(&format!("rules: [{{{rule}}}]")).unwrap();
            assert_eq!(entry.takes_pods, takes, "{rule}");
        }
    }

    #[test]
    fn what_is_absent_has_its_default() {
        let entry = entry("failurePolicy: Ignore").unwrap();
        assert_eq!(entry.path, "/inject/cluster/east");
        assert_eq!(entry.failure_policy, FailurePolicy::Ignore);
        assert_eq!(entry.namespaces, Ok(Selector::default()));
        assert!(!entry.takes_pods && entry.ca_bundle.is_none());
        let other = "name: vault.test\nclientConfig: {url: 'https://vault.test'}";
        assert_eq!(Entry::read(&outrigger_yaml::parse(other).unwrap(), 0), None);
    }

    #[test]
    fn a_configuration_names_its_revision() {
        for (labels, entries, revision) in [
            ("{istio.io/rev: a}", "", "a"),
            (
                "{}",
                "namespaceSelector: {matchExpressions: [{key: istio.io/rev, operator: In, values: [b, c]}]}",
                "b",
            ),
            ("{}", "", "default"),
        ] {
            let text = format!(
                "metadata: {{name: m, labels: {labels}}}\nwebhooks:\n- name: rev.namespace.{SUFFIX}\n  \
                 clientConfig: {{service: {{namespace: s, name: svc}}}}\n  {entries}"
            );
            let read = Registered::read(&outrigger_yaml::parse(&text).unwrap()).unwrap();
            assert_eq!(read.revision, revision, "{labels}");
            let called = Called::Service {
                namespace: "s".into(),
                name: "svc".into(),
                port: 443,
            };
            assert_eq!(read.entries[0].called, called);
        }
    }
}
