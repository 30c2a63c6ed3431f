//! Which Pods are sent: the entries that Istio's charts register, by the labels of namespaces and Pods.
//!
//! At most one entry of an install selects any Pod; `src/inject/decision.rs` has the table that they make together.
//!
//! Source: <https://istio.io/latest/docs/setup/additional-setup/sidecar-injection/>.

use outrigger_json::Value;

use super::{DEFAULT, Settings, object, strings};
use crate::{
    annotations::names::{INJECT, NAMESPACE_INJECTION as INJECTION, REVISION},
    config::{
        Operator::{self, DoesNotExist, Exists, In, NotIn},
        Requirement, Selector,
    },
    inject::SYSTEM_NAMESPACES,
};

/// What the name of every entry ends with, Istio's too.
pub const SUFFIX: &str = "sidecar-injector.istio.io";

/// Present on every namespace, with its name.
pub(super) const NAMESPACE_NAME: &str = "kubernetes.io/metadata.name";

/// Which Pods are sent: those with such labels in namespaces with such labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What its name begins with, such as `rev.namespace`.
    pub prefix: &'static str,
    /// What the namespace's labels have to satisfy.
    pub namespaces: Selector,
    /// What the Pod's labels have to satisfy.
    pub pods: Selector,
}

impl Entry {
    fn new<const N: usize, const P: usize>(
        prefix: &'static str,
        namespaces: [(&str, Operator); N],
        pods: [(&str, Operator); P],
    ) -> Self {
        Self {
            prefix,
            namespaces: selector(namespaces),
            pods: selector(pods),
        }
    }

    /// The entries of these settings.
    pub fn all(settings: &Settings) -> Vec<Self> {
        let names = settings.names();
        let is_default = names.iter().any(|name| name == DEFAULT);
        let mut entries = vec![
            Self::new(
                "rev.namespace",
                [(REVISION, In(names.clone())), (INJECTION, DoesNotExist)],
                [(INJECT, not_in(["false"]))],
            ),
            Self::new(
                "rev.object",
                [(REVISION, DoesNotExist), (INJECTION, DoesNotExist)],
                [(INJECT, not_in(["false"])), (REVISION, In(names))],
            ),
        ];
        if is_default {
            entries.push(Self::new(
                "namespace",
                [(INJECTION, In(vec!["enabled".into()]))],
                [(INJECT, not_in(["false"]))],
            ));
            entries.push(Self::new(
                "object",
                [(INJECTION, DoesNotExist), (REVISION, DoesNotExist)],
                [(INJECT, In(vec!["true".into()])), (REVISION, DoesNotExist)],
            ));
        }
        if is_default && settings.namespaces_by_default {
            entries.push(Self::new(
                "auto",
                [
                    (INJECTION, DoesNotExist),
                    (REVISION, DoesNotExist),
                    (NAMESPACE_NAME, not_in(SYSTEM_NAMESPACES)),
                ],
                [(INJECT, DoesNotExist), (REVISION, DoesNotExist)],
            ));
        }
        entries
    }

    /// What the names of entries begin with, of all that any settings have.
    pub const PREFIXES: [&str; 5] = ["rev.namespace", "rev.object", "namespace", "object", "auto"];

    /// The name of the binding for the entries with a prefix, of the policy with this name.
    pub fn binding(prefix: &str, policy: &str) -> String {
        format!("{policy}-{}", prefix.replace('.', "-"))
    }

    /// Its full name.
    pub fn name(&self) -> String {
        format!("{}.{SUFFIX}", self.prefix)
    }
}

fn not_in<const N: usize>(values: [&str; N]) -> Operator {
    NotIn(values.map(str::to_owned).to_vec())
}

fn selector<const N: usize>(requirements: [(&str, Operator); N]) -> Selector {
    let requirement = |(key, operator): (&str, _)| Requirement {
        key: key.to_owned(),
        operator,
    };
    Selector {
        match_expressions: requirements.map(requirement).into(),
        ..Selector::default()
    }
}

/// A selector of requirements alone, as Kubernetes writes it.
pub(super) fn tree(selector: &Selector) -> Value<'static> {
    let requirement = |requirement: &Requirement| {
        let key = Value::from(requirement.key.clone());
        let (operator, values) = match &requirement.operator {
            In(values) => ("In", Some(values)),
            NotIn(values) => ("NotIn", Some(values)),
            Exists => ("Exists", None),
            DoesNotExist => ("DoesNotExist", None),
        };
        match values {
            Some(values) => object([
                ("key", key),
                ("operator", operator.into()),
                ("values", strings(values.clone())),
            ]),
            None => object([("key", key), ("operator", operator.into())]),
        }
    };
    let requirements = selector.match_expressions.iter().map(requirement);
    object([("matchExpressions", Value::Array(requirements.collect()))])
}
