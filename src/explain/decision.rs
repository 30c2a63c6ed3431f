//! What the injector decides and makes: the server's own core, asked for the Pod.

use outrigger_json::{Object, Value};

use super::{Entry, Facts, Link, Registered, State, Step, Subject, mend};
use crate::{
    admission::variables,
    annotations::names::{INJECT, NAMESPACE_INJECTION, REVISION, TEMPLATES},
    inject::{Outcome, Owner, Reason, Request, Way},
};

/// The step, and the Pod with its sidecar if it gets one.
pub(super) fn step(
    registered: &Registered,
    entry: &Entry,
    subject: &Subject<'_>,
    facts: &Facts,
) -> (Step, Option<Value<'static>>) {
    let injector = match facts.injectors.get(&registered.name) {
        Some(Ok(injector)) => injector,
        Some(Err(unknown)) => return (Step::unclear(Link::Injector, unknown.to_string()), None),
        None => {
            let what = format!(
                "the configuration of the injector behind {} is not known",
                registered.name
            );
            return (Step::unclear(Link::Injector, what), None);
        }
    };
    let variables = variables(&entry.path);
    let request = Request {
        pod: subject.pod,
        namespace: subject.namespace(),
        owner: owner(subject),
        variables: &variables,
        way: Way::Webhook,
    };
    let Outcome {
        reason,
        detail,
        warnings,
        result,
    } = injector.apply(&request);
    let mut step = of_reason(Link::Injector, reason, &detail, subject, facts);
    if reason == Reason::Injected {
        step.text = format!("revision {} injects it", registered.revision);
        if !warnings.is_empty() {
            step.state = State::Note;
            step.code = "warned";
            step.text = format!("{}; but: {}", step.text, warnings.join("; "));
        }
    }
    (step, result)
}

/// Who owns the Pod; that of a bare Pod is derived from the Pod itself.
fn owner<'s>(subject: &'s Subject<'_>) -> Option<Owner<'s>> {
    let template = &subject.template;
    (template.kind != "Pod").then_some(Owner {
        api_version: &template.api_version,
        kind: &template.kind,
        name: &template.name,
        namespace: &template.namespace,
    })
}

/// The step that a reason makes, with what mends it.
pub(super) fn of_reason(
    link: Link,
    reason: Reason,
    detail: &str,
    subject: &Subject<'_>,
    facts: &Facts,
) -> Step {
    if reason == Reason::Injected {
        return Step::good(link, reason.to_string());
    }
    let text = if detail.is_empty() {
        reason.to_string()
    } else {
        format!("{reason}: {detail}")
    };
    let then = if reason.is_failure() {
        ", so the Pod is refused"
    } else {
        ""
    };
    Step::broken(link, reason.code(), format!("{text}{then}"))
        .mended(remedy(reason, detail, subject, facts))
}

fn remedy(reason: Reason, detail: &str, subject: &Subject<'_>, facts: &Facts) -> Vec<String> {
    let namespace = subject.namespace();
    let commands = match reason {
        Reason::HostNetwork => {
            let patch = Object::from_iter([("hostNetwork", Value::Null)]);
            let words = "take hostNetwork out of the spec";
            mend::change_spec(patch.into(), words, subject, facts)
        }
        Reason::LabelFalse => mend::label_template(&[(INJECT, None)], subject, facts),
        Reason::AnnotationFalse => mend::annotate_template(&[(INJECT, None)], subject, facts),
        Reason::NeverSelector | Reason::PolicyDisabled => {
            mend::label_template(&[(INJECT, Some("true"))], subject, facts)
        }
        Reason::TemplateUnknown => mend::annotate_template(&[(TEMPLATES, None)], subject, facts),
        Reason::AnnotationInvalid | Reason::PrometheusInvalid | Reason::TemplateFailed => {
            let named = named_annotations(detail, subject.pod);
            let entries: Vec<_> = named.iter().map(|name| (*name, None)).collect();
            if entries.is_empty() {
                Vec::new()
            } else {
                mend::annotate_template(&entries, subject, facts)
            }
        }
        Reason::NamespaceDisabled => {
            let label = format!("{NAMESPACE_INJECTION}=enabled");
            mend::label_namespace(namespace, &[&label], subject)
        }
        _ => Vec::new(),
    };
    if commands.is_empty() {
        return vec![reason.remedy().to_owned()];
    }
    commands
}

/// The annotations of the Pod that a message names. Without them the Pod is injected as if they had never been.
fn named_annotations<'p>(detail: &str, pod: &'p Value<'_>) -> Vec<&'p str> {
    let annotations = pod
        .at(&["metadata", "annotations"])
        .and_then(Value::as_object);
    let names = annotations.into_iter().flat_map(Object::keys);
    names
        .filter(|name| *name != REVISION && detail.contains(name))
        .collect()
}
