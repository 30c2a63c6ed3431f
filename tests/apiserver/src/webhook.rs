//! The entries of a `MutatingWebhookConfiguration` that decide which Pods the API
//! server asks the injector about, as Istio's charts register them.
//!
//! Source of truth: <https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/>

use k8s_openapi::{
    api::admissionregistration::v1::{MutatingWebhook, RuleWithOperations, WebhookClientConfig},
    apimachinery::pkg::apis::meta::v1::{LabelSelector, LabelSelectorRequirement},
};

use self::Term::{Absent, In, NotIn};

const INJECTION: &str = "istio-injection";
const INJECT: &str = "sidecar.istio.io/inject";
const REVISION: &str = "istio.io/rev";
const NAME: &str = "kubernetes.io/metadata.name";
const SYSTEM: [&str; 4] = [
    "kube-system",
    "kube-public",
    "kube-node-lease",
    "local-path-storage",
];

/// What the API server does when the webhook does not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailurePolicy {
    /// The Pod is refused.
    Fail,
    /// The Pod is created as it is.
    Ignore,
}

/// Which Pods are sent to the webhook: one entry of a configuration.
#[derive(Clone, Debug)]
pub struct Entry {
    prefix: &'static str,
    namespaces: LabelSelector,
    pods: LabelSelector,
    reinvoked: bool,
}

impl Entry {
    /// The entry that sends `pods` in `namespaces`, both given as requirements that
    /// must all hold.
    fn new(prefix: &'static str, namespaces: &[Term<'_>], pods: &[Term<'_>]) -> Self {
        Self {
            prefix,
            namespaces: selector(namespaces),
            pods: selector(pods),
            reinvoked: false,
        }
    }

    /// The same entry with `reinvocationPolicy: IfNeeded`: a Pod that another webhook
    /// changes afterwards is sent again.
    #[must_use]
    pub fn reinvoked(mut self) -> Self {
        self.reinvoked = true;
        self
    }

    /// The webhook that this entry stands for, with its namespaces restricted by one
    /// more label.
    pub(crate) fn webhook(
        mut self,
        only: (&str, &str),
        policy: FailurePolicy,
        client_config: WebhookClientConfig,
    ) -> MutatingWebhook {
        let only = In(only.0, &[only.1]).requirement();
        let requirements = self.namespaces.match_expressions.get_or_insert_default();
        requirements.push(only);
        MutatingWebhook {
            name: format!("{}sidecar-injector.istio.io", self.prefix),
            admission_review_versions: vec!["v1".into()],
            client_config,
            failure_policy: Some(format!("{policy:?}")),
            namespace_selector: Some(self.namespaces),
            object_selector: Some(self.pods),
            reinvocation_policy: self.reinvoked.then(|| "IfNeeded".into()),
            rules: Some(vec![RuleWithOperations {
                api_groups: Some(vec![String::new()]),
                api_versions: Some(vec!["v1".into()]),
                operations: Some(vec!["CREATE".into()]),
                resources: Some(vec!["pods".into()]),
                scope: None,
            }]),
            side_effects: "NoneOnDryRun".into(),
            ..MutatingWebhook::default()
        }
    }
}

/// The entries of the install without a revision name.
#[must_use]
pub fn default_install() -> Vec<Entry> {
    let mut entries = revision("default").to_vec();
    entries.extend([
        Entry::new(
            "namespace.",
            &[In(INJECTION, &["enabled"])],
            &[NotIn(INJECT, &["false"])],
        ),
        Entry::new(
            "object.",
            &[Absent(INJECTION), Absent(REVISION)],
            &[In(INJECT, &["true"]), Absent(REVISION)],
        ),
    ]);
    entries
}

/// What an install with `enableNamespacesByDefault` has besides.
#[must_use]
pub fn namespaces_by_default() -> Entry {
    Entry::new(
        "auto.",
        &[Absent(INJECTION), Absent(REVISION), NotIn(NAME, &SYSTEM)],
        &[Absent(INJECT), Absent(REVISION)],
    )
}

/// The entries of an install with a revision name.
#[must_use]
pub fn revision(name: &str) -> [Entry; 2] {
    [
        Entry::new(
            "rev.namespace.",
            &[In(REVISION, &[name]), Absent(INJECTION)],
            &[NotIn(INJECT, &["false"])],
        ),
        Entry::new(
            "rev.object.",
            &[Absent(REVISION), Absent(INJECTION)],
            &[NotIn(INJECT, &["false"]), In(REVISION, &[name])],
        ),
    ]
}

/// One entry that sends every Pod and leaves the decision to the server.
#[must_use]
pub fn every_pod() -> Entry {
    Entry::new("every.", &[], &[])
}

/// One entry that sends the Pods that have this label.
pub(crate) fn labelled(prefix: &'static str, key: &str, value: &str) -> Entry {
    Entry::new(prefix, &[], &[In(key, &[value])])
}

/// One requirement of a label selector.
enum Term<'a> {
    In(&'a str, &'a [&'a str]),
    /// Holds without the label, too.
    NotIn(&'a str, &'a [&'a str]),
    Absent(&'a str),
}

impl Term<'_> {
    fn requirement(&self) -> LabelSelectorRequirement {
        let (key, operator, values) = match *self {
            In(key, values) => (key, "In", Some(values)),
            NotIn(key, values) => (key, "NotIn", Some(values)),
            Absent(key) => (key, "DoesNotExist", None),
        };
        LabelSelectorRequirement {
            key: key.into(),
            operator: operator.into(),
            values: values.map(|values| values.iter().map(ToString::to_string).collect()),
        }
    }
}

fn selector(terms: &[Term<'_>]) -> LabelSelector {
    LabelSelector {
        match_expressions: Some(terms.iter().map(Term::requirement).collect()),
        match_labels: None,
    }
}
