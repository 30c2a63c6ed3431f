//! Inject or skip, with one [`Reason`].
//!
//! Two layers, as in the reference. First what Istio's webhook selectors ask of the namespace's and the Pod's labels,
//! wherever the namespace's labels are known, so that a webhook that is registered with wide selectors decides right:
//!
//! | namespace `istio-injection` | namespace `istio.io/rev` | Pod `sidecar.istio.io/inject` | Pod `istio.io/rev` | injector |
//! |---|---|---|---|---|
//! | `enabled` | any | not `false` | any | default |
//! | any other value | any | any | any | none |
//! | absent | R | not `false` | any | R |
//! | absent | absent | not `false` | R | R |
//! | absent | absent | `true` | absent | default |
//! | absent | absent | else | absent | none, or default where all namespaces are enabled |
//!
//! Then what the server itself decides: host network, system namespaces, the Pod's own word, selectors, policy.
//!
//! Source: <https://istio.io/latest/docs/setup/additional-setup/sidecar-injection/>.

use outrigger_json::{Object, Value};

use crate::{
    annotations::names::{INJECT, NAMESPACE_INJECTION, REVISION},
    config::{Namespace, Policy, Snapshot},
    inject::{Reason, Request, Way, pod},
};

/// Namespaces of the system, whose Pods are never injected.
pub const SYSTEM_NAMESPACES: [&str; 4] = [
    "kube-system",
    "kube-public",
    "kube-node-lease",
    "local-path-storage",
];

/// Decides on one Pod: [`Reason::Injected`], or why it is skipped.
pub(crate) fn decide(request: &Request<'_>, config: &Snapshot) -> Reason {
    let pod = request.pod;
    let namespace = pod::namespace(
        pod,
        match request.way {
            Way::Webhook => request.namespace,
            Way::Offline => "",
        },
    );
    selected(request, namespace, config)
        .or_else(|| unsuitable(pod, namespace))
        .or_else(|| refused(pod, request.way, config))
        .unwrap_or(Reason::Injected)
}

/// What the selectors of Istio's webhooks would have kept from this injector.
fn selected(request: &Request<'_>, namespace: &str, config: &Snapshot) -> Option<Reason> {
    let known = config
        .namespaces
        .as_ref()
        .filter(|_| request.way == Way::Webhook)?;
    let unlabelled = Namespace::default();
    let labels = &known.get(namespace).map_or(&unlabelled, |n| n).labels;
    let own = config.settings.revision_label();
    let of_revision = |wanted: &str| {
        if wanted == own {
            None
        } else {
            Some(Reason::OtherRevision)
        }
    };
    let inject = pod::label(request.pod, INJECT);

    match labels.get(NAMESPACE_INJECTION).map(String::as_str) {
        Some("enabled") if inject == Some("false") => Some(Reason::LabelFalse),
        Some("enabled") => of_revision("default"),
        Some(_) => Some(Reason::NamespaceDisabled),
        None => {
            let revision = labels
                .get(REVISION)
                .map(String::as_str)
                .or_else(|| pod::label(request.pod, REVISION));
            match (revision, inject) {
                (_, Some("false")) => Some(Reason::LabelFalse),
                (Some(revision), _) => of_revision(revision),
                (None, Some("true")) => of_revision("default"),
                (None, None) if enabled_by_default(config) => of_revision("default"),
                (None, _) => Some(Reason::NotSelected),
            }
        }
    }
}

/// Whether namespaces that say nothing count as labelled.
fn enabled_by_default(config: &Snapshot) -> bool {
    let path = ["sidecarInjectorWebhook", "enableNamespacesByDefault"];
    config
        .values
        .document
        .at(&path)
        .and_then(Value::as_bool)
        .unwrap_or_default()
}

/// What no sidecar can be given, whatever anybody asks for.
fn unsuitable(pod: &Value<'_>, namespace: &str) -> Option<Reason> {
    if pod.at(&["spec", "hostNetwork"]).and_then(Value::as_bool) == Some(true) {
        return Some(Reason::HostNetwork);
    }
    let system = pod
        .at(&["spec", "os", "name"])
        .or_else(|| pod.at(&["spec", "nodeSelector", "kubernetes.io/os"]));
    if system.and_then(Value::as_str) == Some("windows") {
        return Some(Reason::Windows);
    }
    SYSTEM_NAMESPACES
        .contains(&namespace)
        .then_some(Reason::SystemNamespace)
}

/// What the Pod itself says, then the configuration's selectors, then the policy.
fn refused(pod: &Value<'_>, way: Way, config: &Snapshot) -> Option<Reason> {
    // A label hides the annotation, even a label that says nothing.
    let (said, false_reason) = match pod::label(pod, INJECT) {
        Some(label) => (label, Reason::LabelFalse),
        None => (
            pod::annotation(pod, INJECT).unwrap_or_default(),
            Reason::AnnotationFalse,
        ),
    };
    if said == "false" {
        return Some(false_reason);
    }
    let policy = match way {
        Way::Webhook => &config.injector.policy,
        Way::Offline => &Policy::Enabled,
    };
    if let Policy::Unknown(_) = policy {
        return Some(Reason::PolicyUnknown);
    }
    if said == "true" {
        return None;
    }
    if way == Way::Webhook {
        let empty = Object::new();
        let labels = pod::labels(pod).unwrap_or(&empty);
        if config
            .injector
            .never_inject
            .iter()
            .any(|s| s.matches(|key| labels.str(key)))
        {
            return Some(Reason::NeverSelector);
        }
        if config
            .injector
            .always_inject
            .iter()
            .any(|s| s.matches(|key| labels.str(key)))
        {
            return None;
        }
    }
    (*policy == Policy::Disabled).then_some(Reason::PolicyDisabled)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::config::{Selector, Settings, Sources};

    fn config() -> Snapshot {
        Snapshot::build(&Sources::default(), Settings::default()).unwrap()
    }

    fn pod(label: Option<&str>, annotation: Option<&str>, revision: Option<&str>) -> String {
        let entry = |name: &str, value: Option<&str>| value.map(|v| format!("{name:?}: {v:?}"));
        let labels: Vec<_> = [entry(INJECT, label), entry(REVISION, revision)]
            .into_iter()
            .flatten()
            .collect();
        let annotations: Vec<_> = entry(INJECT, annotation).into_iter().collect();
        format!(
            r#"{{"metadata": {{"labels": {{{}}}, "annotations": {{{}}}}}, "spec": {{}}}}"#,
            labels.join(","),
            annotations.join(",")
        )
    }

    fn decided(text: &str, namespace: &str, way: Way, config: &Snapshot) -> Reason {
        let pod = Value::parse(text.as_bytes()).unwrap();
        decide(
            &Request {
                pod: &pod,
                namespace,
                owner: None,
                variables: &[],
                way,
            },
            config,
        )
    }

    #[test]
    fn the_pods_word_selectors_and_policy() {
        use Reason::{
            AnnotationFalse, Injected, LabelFalse, NeverSelector, PolicyDisabled, PolicyUnknown,
        };
        let (always, never) = ("always", "never");
        for (label, annotation, policy, matching, want) in [
            (None, None, Policy::Enabled, "", Injected),
            (None, None, Policy::Disabled, "", PolicyDisabled),
            (None, None, Policy::Disabled, always, Injected),
            (None, None, Policy::Enabled, never, NeverSelector),
            (None, None, Policy::Enabled, "both", NeverSelector),
            (Some("true"), None, Policy::Disabled, never, Injected),
            (Some("false"), None, Policy::Enabled, always, LabelFalse),
            (None, Some("true"), Policy::Disabled, "", Injected),
            (None, Some("false"), Policy::Enabled, "", AnnotationFalse),
            // The label hides the annotation, and says nothing itself.
            (Some("bogus"), Some("false"), Policy::Enabled, "", Injected),
            (Some(""), Some("true"), Policy::Disabled, "", PolicyDisabled),
            (Some("True"), None, Policy::Disabled, "", PolicyDisabled),
            (
                Some("true"),
                None,
                Policy::Unknown("on".into()),
                "",
                PolicyUnknown,
            ),
            (
                Some("false"),
                None,
                Policy::Unknown("on".into()),
                "",
                LabelFalse,
            ),
        ] {
            let mut config = config();
            config.injector.policy = policy.clone();
            let empty = Selector::default();
            let any = Selector {
                match_expressions: vec![crate::config::Requirement {
                    key: "absent".into(),
                    operator: crate::config::Operator::DoesNotExist,
                }],
                ..Selector::default()
            };
            let of = |wanted: &str| {
                if matching == wanted || matching == "both" {
                    any.clone()
                } else {
                    empty.clone()
                }
            };
            config.injector.always_inject = vec![of(always)];
            config.injector.never_inject = vec![of(never)];
            let text = pod(label, annotation, None);
            assert_eq!(
                decided(&text, "ns", Way::Webhook, &config),
                want,
                "{label:?} {annotation:?} {policy:?} {matching}"
            );
        }
    }

    #[test]
    fn what_no_sidecar_fits() {
        let config = config();
        for (text, namespace, want) in [
            (
                r#"{"spec": {"hostNetwork": true}}"#,
                "ns",
                Reason::HostNetwork,
            ),
            (
                r#"{"spec": {"os": {"name": "windows"}}}"#,
                "ns",
                Reason::Windows,
            ),
            (
                r#"{"spec": {"nodeSelector": {"kubernetes.io/os": "windows"}}}"#,
                "ns",
                Reason::Windows,
            ),
            (
                r#"{"spec": {"nodeSelector": {"kubernetes.io/os": "linux"}}}"#,
                "ns",
                Reason::Injected,
            ),
            ("{}", "kube-system", Reason::SystemNamespace),
            (
                r#"{"metadata": {"namespace": "kube-public"}}"#,
                "ns",
                Reason::SystemNamespace,
            ),
            (
                r#"{"metadata": {"labels": {"sidecar.istio.io/inject": "true"}}}"#,
                "kube-node-lease",
                Reason::SystemNamespace,
            ),
        ] {
            assert_eq!(
                decided(text, namespace, Way::Webhook, &config),
                want,
                "{text} {namespace}"
            );
        }
        assert_eq!(
            decided("{}", "kube-system", Way::Offline, &config),
            Reason::Injected
        );
    }

    #[test]
    #[expect(clippy::too_many_lines, reason = "a table")]
    fn the_truth_table_of_the_selectors() {
        use Reason::{Injected, LabelFalse, NamespaceDisabled, NotSelected, OtherRevision};
        let (on, off) = (Some("enabled"), Some("disabled"));
        // namespace istio-injection, namespace istio.io/rev, Pod inject, Pod istio.io/rev; result of default, of canary
        for (injection, rev, inject, pod_rev, default, canary) in [
            (on, None, None, None, Injected, OtherRevision),
            (on, Some("canary"), None, None, Injected, OtherRevision),
            (
                on,
                None,
                Some("yes"),
                Some("canary"),
                Injected,
                OtherRevision,
            ),
            (on, None, Some("false"), None, LabelFalse, LabelFalse),
            (
                off,
                None,
                Some("true"),
                None,
                NamespaceDisabled,
                NamespaceDisabled,
            ),
            (
                Some(""),
                Some("canary"),
                Some("true"),
                Some("canary"),
                NamespaceDisabled,
                NamespaceDisabled,
            ),
            (None, Some("canary"), None, None, OtherRevision, Injected),
            (
                None,
                Some("default"),
                None,
                Some("canary"),
                Injected,
                OtherRevision,
            ),
            (
                None,
                Some("canary"),
                Some("false"),
                None,
                LabelFalse,
                LabelFalse,
            ),
            (None, None, None, Some("canary"), OtherRevision, Injected),
            (
                None,
                None,
                Some("true"),
                Some("canary"),
                OtherRevision,
                Injected,
            ),
            (
                None,
                None,
                Some("false"),
                Some("canary"),
                LabelFalse,
                LabelFalse,
            ),
            (None, None, Some("true"), None, Injected, OtherRevision),
            (None, None, None, None, NotSelected, NotSelected),
            (None, None, Some("yes"), None, NotSelected, NotSelected),
        ] {
            let mut config = config();
            let mut namespace = Namespace::default();
            for (name, value) in [("istio-injection", injection), (REVISION, rev)] {
                namespace
                    .labels
                    .extend(value.map(|v: &str| (name.to_owned(), v.to_owned())));
            }
            config.namespaces = Some([("ns".to_owned(), Arc::new(namespace))].into());
            let text = pod(inject, None, pod_rev);
            let case = format!("{injection:?} {rev:?} {inject:?} {pod_rev:?}");
            assert_eq!(
                decided(&text, "ns", Way::Webhook, &config),
                default,
                "default: {case}"
            );
            config.settings.revision = "canary".to_owned();
            assert_eq!(
                decided(&text, "ns", Way::Webhook, &config),
                canary,
                "canary: {case}"
            );
        }
        let mut config = config();
        config.namespaces = Some([].into());
        let bare = pod(None, None, None);
        assert_eq!(
            decided(&bare, "unknown", Way::Webhook, &config),
            NotSelected,
            "an unknown namespace is unlabelled"
        );
        assert_eq!(decided(&bare, "unknown", Way::Offline, &config), Injected);
        let all = br#"{"sidecarInjectorWebhook": {"enableNamespacesByDefault": true}}"#;
        config.values.document = Value::parse(all).unwrap();
        assert_eq!(decided(&bare, "unknown", Way::Webhook, &config), Injected);
    }
}
