//! Whether the API server sends a Pod to an entry: rules, selectors, conditions, in its order.
//!
//! Source: <https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#matching-requests-rules>.

use std::collections::BTreeMap;

use outrigger_json::Value;

use super::{Entry, conditions};
use crate::{
    annotations::names::{NAMESPACE_INJECTION, REVISION},
    config::{Operator, Requirement, Selector},
    inject::Reason,
};

/// The labels of a namespace by which a sidecar is asked for.
const ASKED_BY: [&str; 2] = [NAMESPACE_INJECTION, REVISION];

/// A Pod, as selectors and conditions see it.
pub(super) struct Candidate<'a> {
    pub(super) pod: &'a Value<'a>,
    pub(super) namespace: &'a str,
    pub(super) namespace_labels: &'a BTreeMap<String, String>,
}

/// What comes of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Match {
    /// The Pod is sent.
    Sent,
    /// Its rules take no Pods.
    Rules,
    /// A label of the namespace is not as wanted: the label's key, and what is wanted.
    Namespace(String, String),
    /// A label of the Pod is not as wanted.
    Pod(String, String),
    /// A condition does not hold, and what that says of the Pod.
    Condition(String, Option<Reason>),
    /// It cannot be told, and why.
    CannotTell(String),
}

impl Candidate<'_> {
    /// Holds the Pod against an entry.
    pub(super) fn against(&self, entry: &Entry) -> Match {
        if !entry.takes_pods {
            return Match::Rules;
        }
        let (namespaces, pods) = match (&entry.namespaces, &entry.pods) {
            (Ok(namespaces), Ok(pods)) => (namespaces, pods),
            (Err(cause), _) | (_, Err(cause)) => {
                return Match::CannotTell(format!("a selector cannot be read: {cause}"));
            }
        };
        let namespace = |key: &str| self.namespace_labels.get(key).map(String::as_str);
        if let Some((key, wanted)) = missed(namespaces, namespace, |_| true) {
            return Match::Namespace(key, wanted);
        }
        let labels = self.pod.at(&["metadata", "labels"]);
        let label = |key: &str| labels?.get(key)?.as_str();
        if let Some((key, wanted)) = missed(pods, label, |_| true) {
            return Match::Pod(key, wanted);
        }
        self.conditions(entry)
    }

    /// What an entry wants of the namespace beside the labels by which sidecars are asked for, if that is not so: an
    /// entry of another part of the cluster, or one that is switched off.
    pub(super) fn out_of_reach(&self, entry: &Entry) -> Option<String> {
        let label = |key: &str| self.namespace_labels.get(key).map(String::as_str);
        let namespaces = entry.namespaces.as_ref().ok()?;
        missed(namespaces, label, |key| !ASKED_BY.contains(&key)).map(|(_, wanted)| wanted)
    }

    /// A condition that is false outweighs one that cannot be told.
    fn conditions(&self, entry: &Entry) -> Match {
        let mut unknown = None;
        for (name, expression) in &entry.conditions {
            match conditions::holds(expression, self.pod, self.namespace) {
                Some(true) => {}
                Some(false) => {
                    return Match::Condition(name.clone(), conditions::reason(expression));
                }
                None => unknown = unknown.or(Some((name, expression))),
            }
        }
        match unknown {
            None => Match::Sent,
            Some((name, expression)) => Match::CannotTell(format!(
                "its matchCondition {name:?} is not one of Outrigger's, and only the API server evaluates it: {expression}"
            )),
        }
    }
}

/// The first label among those that count that does not satisfy a selector, and what is wanted of it.
fn missed<'l>(
    selector: &Selector,
    label: impl Fn(&str) -> Option<&'l str>,
    counts: impl Fn(&str) -> bool,
) -> Option<(String, String)> {
    let wanted = selector
        .match_labels
        .iter()
        .find(|(key, value)| counts(key) && label(key) != Some(value));
    if let Some((key, value)) = wanted {
        return Some((key.clone(), format!("{key}={value}")));
    }
    let wanted = selector
        .match_expressions
        .iter()
        .find(|r| counts(&r.key) && !r.holds(label(&r.key)))?;
    Some((wanted.key.clone(), said(wanted)))
}

/// A requirement, as `kubectl -l` has it.
fn said(requirement: &Requirement) -> String {
    let key = &requirement.key;
    match &requirement.operator {
        Operator::In(values) if values.len() == 1 => format!("{key}={}", values.join("")),
        Operator::In(values) => format!("{key} in ({})", values.join(", ")),
        Operator::NotIn(values) if values.len() == 1 => format!("{key}!={}", values.join("")),
        Operator::NotIn(values) => format!("{key} notin ({})", values.join(", ")),
        Operator::Exists => key.clone(),
        Operator::DoesNotExist => format!("!{key}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::Registered;

    fn entry(selectors: &str) -> Entry {
        let text = format!(
            "metadata: {{name: m}}\nwebhooks:\n- name: sidecar-injector.istio.io\n  \
             clientConfig: {{url: 'https://a'}}\n  \
             rules: [{{operations: [CREATE], apiGroups: [''], apiVersions: [v1], resources: [pods]}}]\n  {selectors}"
        );
        let tree = outrigger_yaml::parse(&text).unwrap();
        Registered::read(&tree).unwrap().entries.remove(0)
    }

    #[test]
    fn selectors_and_conditions_are_those_of_the_api_server() {
        let pod = br#"{"metadata": {"labels": {"app": "web"}}, "spec": {"hostNetwork": true}}"#;
        let pod = Value::parse(pod).unwrap();
        let labels = BTreeMap::from([("mesh".to_owned(), "a".to_owned())]);
        let candidate = Candidate {
            pod: &pod,
            namespace: "shop",
            namespace_labels: &labels,
        };
        let host = "!object.spec.?hostNetwork.orValue(false)";
        let missed = |key: &str, wanted: &str| (key.to_owned(), wanted.to_owned());
        let of_namespace = |(key, wanted)| Match::Namespace(key, wanted);
        let of_pod = |(key, wanted)| Match::Pod(key, wanted);
        for (selectors, want) in [
            ("namespaceSelector: {}", Match::Sent),
            ("namespaceSelector: {matchLabels: {mesh: a}}", Match::Sent),
            (
                "namespaceSelector: {matchLabels: {mesh: b}}",
                of_namespace(missed("mesh", "mesh=b")),
            ),
            (
                "namespaceSelector: {matchExpressions: [{key: mesh, operator: DoesNotExist}]}",
                of_namespace(missed("mesh", "!mesh")),
            ),
            (
                "objectSelector: {matchExpressions: [{key: app, operator: NotIn, values: [web]}]}",
                of_pod(missed("app", "app!=web")),
            ),
            (
                "objectSelector: {matchExpressions: [{key: tier, operator: In, values: [x, z]}]}",
                of_pod(missed("tier", "tier in (x, z)")),
            ),
            (
                &format!("matchConditions: [{{name: host, expression: '{host}'}}]"),
                Match::Condition("host".into(), Some(Reason::HostNetwork)),
            ),
            (
                &format!(
                    "matchConditions: [{{name: a, expression: 'true == true'}}, {{name: host, expression: '{host}'}}]"
                ),
                Match::Condition("host".into(), Some(Reason::HostNetwork)),
            ),
        ] {
            assert_eq!(candidate.against(&entry(selectors)), want, "{selectors}");
        }
        let foreign = entry("matchConditions: [{name: a, expression: 'true == true'}]");
        assert!(matches!(candidate.against(&foreign), Match::CannotTell(_)));
    }
}
