//! The objects that register the injector with an API server, as JSON trees: the `MutatingWebhookConfiguration`, and the
//! `ValidatingAdmissionPolicy` that guards what was created while the injector was away.
//!
//! [`Settings`] go in, trees come out, ready to be printed or applied; nothing here speaks to a cluster.
//!
//! Source: <https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/>.

mod conditions;
mod configuration;
mod entry;
mod guard;
mod overlap;
mod registered;

use std::fmt;

use outrigger_json::{Object, Value};

pub use conditions::Condition;
pub use configuration::configuration;
pub use entry::{Entry, SUFFIX};
pub use guard::{Action, Unguardable, guard};
pub use overlap::{Overlap, overlaps};
pub use registered::RegisteredEntry;

/// What the objects are made from.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whose Pods are sent.
    pub revision: Revision,
    /// Other names that the revision answers to; `default` makes it the one for what names no revision.
    pub tags: Vec<Revision>,
    /// Whether Pods are sent that say nothing, in namespaces that say nothing.
    pub namespaces_by_default: bool,
    /// The namespace that the injector runs in, whose Pods are never sent.
    pub namespace: String,
    /// Where the API server finds the injector.
    pub endpoint: Endpoint,
    /// What the injector's certificate is verified with, PEM in base64. Without it the field is left to whoever keeps it.
    pub ca_bundle: Option<String>,
    /// What happens to a Pod when the injector does not answer.
    pub failure_policy: FailurePolicy,
    /// Whether a Pod is sent again that another webhook has changed since.
    pub reinvocation_policy: ReinvocationPolicy,
    /// How long the API server waits for an answer, in seconds, from 1 to 30.
    pub timeout_seconds: u8,
}

/// Where the API server finds the injector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// A Service in the injector's namespace.
    Service {
        /// Its name.
        name: String,
        /// The path of the request, which begins with a slash.
        path: String,
        /// The Service's port.
        port: u16,
    },
    /// A URL, for an injector outside of the cluster.
    Url(String),
}

/// What happens to a Pod when the injector does not answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "PascalCase")]
pub enum FailurePolicy {
    /// It is refused.
    #[default]
    Fail,
    /// It is created without a sidecar.
    Ignore,
}

/// Whether a Pod is sent again that another webhook has changed since.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "PascalCase")]
pub enum ReinvocationPolicy {
    /// It is, so that containers added later are seen; injecting twice is injecting once.
    #[default]
    IfNeeded,
    /// It is not, as in Istio's installs.
    Never,
}

/// The name of a revision, or of a tag that stands for one; the unnamed revision is `default`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Revision(String);

/// Why a text is no [`Revision`].
#[derive(Debug, thiserror::Error)]
#[error(
    "want up to {LONGEST} lower-case letters, digits and '-', beginning and ending with a letter or digit"
)]
pub struct BadRevision;

/// The longest name of a revision: as a part of the objects' names, it has to leave room for the rest.
const LONGEST: usize = 56;

/// The name of the unnamed revision.
const DEFAULT: &str = "default";

impl Revision {
    /// Reads a name; the empty one is that of the unnamed revision.
    pub fn new(name: &str) -> Result<Self, BadRevision> {
        let edge = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        let bytes = name.as_bytes();
        if bytes.is_empty() {
            return Ok(Self(DEFAULT.to_owned()));
        }
        let good = bytes.len() <= LONGEST
            && bytes.iter().all(|b| edge(b) || *b == b'-')
            && bytes.first().is_some_and(edge)
            && bytes.last().is_some_and(edge);
        if good {
            Ok(Self(name.to_owned()))
        } else {
            Err(BadRevision)
        }
    }

    /// The name, as in the label `istio.io/rev`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is the unnamed revision.
    pub fn is_default(&self) -> bool {
        self.0 == DEFAULT
    }

    /// The name of this revision's object: `base`, with the revision behind it if it has a name.
    fn object(&self, base: &str) -> String {
        if self.is_default() {
            base.to_owned()
        } else {
            format!("{base}-{self}")
        }
    }

    /// The name of this revision's `MutatingWebhookConfiguration`.
    pub fn configuration(&self) -> String {
        self.object("outrigger-sidecar-injector")
    }

    /// The name of this revision's `ValidatingAdmissionPolicy`, with which the names of its bindings begin.
    pub fn guard(&self) -> String {
        self.object("outrigger-sidecar-guard")
    }
}

impl Default for Revision {
    fn default() -> Self {
        Self(DEFAULT.to_owned())
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::str::FromStr for Revision {
    type Err = BadRevision;

    fn from_str(name: &str) -> Result<Self, BadRevision> {
        Self::new(name)
    }
}

impl Settings {
    /// Every name that the revision answers to, its own first, each once.
    fn names(&self) -> Vec<String> {
        let mut names = vec![self.revision.0.clone()];
        for tag in &self.tags {
            if !names.contains(&tag.0) {
                names.push(tag.0.clone());
            }
        }
        names
    }
}

/// An object of these entries, in this order.
fn object<const N: usize>(entries: [(&'static str, Value<'static>); N]) -> Value<'static> {
    Value::Object(entries.into_iter().collect::<Object<'static>>())
}

/// A list of strings.
fn strings<T: Into<String>>(items: impl IntoIterator<Item = T>) -> Value<'static> {
    Value::Array(
        items
            .into_iter()
            .map(|item| Value::from(item.into()))
            .collect(),
    )
}

/// The `metadata` of an object.
fn metadata(name: String) -> Value<'static> {
    let labels = object([("app.kubernetes.io/name", "outrigger".into())]);
    object([("name", name.into()), ("labels", labels)])
}

/// The rule that every object here has: Pods as they are created.
fn created_pods() -> Value<'static> {
    Value::from(vec![object([
        ("apiGroups", strings([""])),
        ("apiVersions", strings(["v1"])),
        ("operations", strings(["CREATE"])),
        ("resources", strings(["pods"])),
        ("scope", "Namespaced".into()),
    ])])
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The settings of the unnamed revision, which tests change.
    pub(crate) fn settings() -> Settings {
        Settings {
            revision: Revision::default(),
            tags: Vec::new(),
            namespaces_by_default: false,
            namespace: "outrigger-system".into(),
            endpoint: Endpoint::Service {
                name: "outrigger".into(),
                path: "/inject".into(),
                port: 443,
            },
            ca_bundle: None,
            failure_policy: FailurePolicy::default(),
            reinvocation_policy: ReinvocationPolicy::default(),
            timeout_seconds: 5,
        }
    }

    #[test]
    fn names_of_revisions() {
        for (name, configuration) in [
            ("", Some("outrigger-sidecar-injector")),
            ("default", Some("outrigger-sidecar-injector")),
            ("canary", Some("outrigger-sidecar-injector-canary")),
            ("1-30", Some("outrigger-sidecar-injector-1-30")),
            ("Canary", None),
            ("a.b", None),
            ("-a", None),
            ("a-", None),
            (&"a".repeat(57), None),
        ] {
            let revision = Revision::new(name).ok();
            assert_eq!(
                revision.map(|r| r.configuration()).as_deref(),
                configuration,
                "{name:?}"
            );
        }
    }

    #[test]
    fn a_revision_answers_to_each_name_once() {
        let mut settings = settings();
        settings.tags = ["default", "prod", "prod"]
            .map(|t| t.parse().unwrap())
            .to_vec();
        assert_eq!(settings.names(), ["default", "prod"]);
    }
}
