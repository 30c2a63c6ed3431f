//! The chain: each link in the order in which a Pod meets it.

use std::collections::BTreeMap;

use outrigger_json::Value;

use super::{
    Answer, Entry, Explanation, Facts, Link, Registered, State, Step, Subject, Verdict,
    answer::{self, Fault},
    certificate, connection, decision, existing,
    mend::quoted,
    security, webhook,
};
use crate::{
    annotations::names::{DATAPLANE_MODE, INJECT, NAMESPACE_INJECTION, REVISION},
    inject::Reason,
    webhook::FailurePolicy,
};

type Labels = BTreeMap<String, String>;

/// Explains what becomes of a Pod, or of the Pods that an object makes.
pub fn explain(subject: &Subject<'_>, facts: &Facts) -> Explanation {
    let mut steps = Vec::new();
    let (step, labels) = namespace(subject, facts);
    steps.push(step);
    let refused = match &subject.answer {
        Some(Ok(Answer::Refused(text))) => Some((answer::fault(text), &**text)),
        _ => None,
    };
    let fault = refused.as_ref().map(|(fault, text)| (fault, *text));

    let mut selecting = None;
    let mut made = None;
    match (&labels, &facts.registered) {
        (Some(labels), Ok(registered)) => {
            let (step, sent) = webhook::step(subject, labels, registered, facts);
            steps.push(step);
            selecting = sent;
        }
        (_, Err(unknown)) => steps.push(Step::unclear(Link::Webhook, unknown.to_string())),
        (None, Ok(_)) => steps.push(without_labels(subject, facts)),
    }
    if let Some((registered, entry)) = selecting {
        let is_reached = is_reached(subject, entry, fault);
        steps.push(connection::step(
            registered, entry, is_reached, fault, facts,
        ));
        steps.push(certificate::step(
            registered, entry, is_reached, fault, facts,
        ));
        let (step, pod) = decision::step(registered, entry, subject, facts);
        steps.push(step);
        made = pod;
    }
    let labels = labels.unwrap_or_default();
    steps.extend(pod_security(subject, &labels, made.as_ref(), fault));
    steps.extend(ambient(subject, &labels));
    let is_broken = |steps: &[Step]| steps.iter().any(|s| s.state == State::Broken);
    let api_server = api_server(subject, selecting, fault, is_broken(&steps));
    steps.extend(api_server);
    let registered = selecting.map(|(registered, _)| registered);
    let is_answered = matches!(subject.answer, Some(Ok(Answer::Injected(_))));
    let is_unclear = !is_answered && steps.iter().any(|s| s.state == State::CannotTell);
    let before = match (is_broken(&steps), is_unclear) {
        (true, _) => State::Broken,
        (false, true) => State::CannotTell,
        (false, false) => State::Good,
    };
    let step = existing::step(subject, registered, made.as_ref(), before, facts);
    steps.extend(step);
    concluded(subject, steps)
}

fn concluded(subject: &Subject<'_>, steps: Vec<Step>) -> Explanation {
    let any = |state| steps.iter().find(|s| s.state == state);
    let pods = subject.existing;
    let verdict = if !pods.is_empty() && pods.iter().all(existing::has_sidecar) {
        Verdict::Injected
    } else if pods.is_empty() && matches!(subject.answer, Some(Ok(Answer::Injected(_)))) {
        // Whatever was found: the API server knows better.
        Verdict::Injected
    } else if any(State::Broken).is_some() || !pods.is_empty() {
        Verdict::NotInjected
    } else if any(State::CannotTell).is_some() {
        Verdict::CannotTell
    } else {
        Verdict::Injected
    };
    let mut explanation = Explanation {
        object: subject.object.clone(),
        verdict,
        reason: Reason::Injected.code(),
        cause: Reason::Injected.to_string(),
        steps,
    };
    let decisive = explanation
        .decisive()
        .map(|step| (step.code, step.text.clone()));
    if let Some((code, text)) = decisive {
        explanation.reason = code;
        explanation.cause = text;
    } else if let Some(step) = explanation
        .steps
        .last()
        .filter(|s| s.link == Link::Pod && s.state == State::Note)
    {
        // A sidecar that is there, and is not as it should be.
        explanation.reason = step.code;
        explanation.cause.clone_from(&step.text);
    }
    explanation
}

/// The step, and the namespace's labels where they are known.
fn namespace(subject: &Subject<'_>, facts: &Facts) -> (Step, Option<Labels>) {
    let name = subject.namespace();
    let of = |key: &str, labels: &Labels| labels.get(key).map(|value| format!("{key}={value}"));
    match facts.namespaces.get(name) {
        Some(Ok(Some(namespace))) => {
            let labels = &namespace.labels;
            let said = [NAMESPACE_INJECTION, REVISION]
                .iter()
                .filter_map(|key| of(key, labels));
            let said: Vec<_> = said.collect();
            let text = if said.is_empty() {
                format!("{name} has none of the labels istio-injection and istio.io/rev")
            } else {
                format!("{name} is labelled {}", said.join(", "))
            };
            let all = labels.iter().map(|(key, value)| format!("{key}={value}"));
            let step = Step::good(Link::Namespace, text).detailed(all);
            (step, Some(labels.clone()))
        }
        Some(Ok(None)) => {
            let step = Step::broken(
                Link::Namespace,
                "namespace:missing",
                format!("namespace {name} does not exist"),
            );
            (
                step.mended([format!("kubectl create namespace {name}")]),
                None,
            )
        }
        Some(Err(unknown)) => (Step::unclear(Link::Namespace, unknown.to_string()), None),
        None => {
            let text = format!(
                "the labels of namespace {name} are not known: give it with -f, as 'kubectl get namespace {name} -o yaml' prints it"
            );
            (Step::unclear(Link::Namespace, text), None)
        }
    }
}

/// What can be told of the webhooks without the namespace's labels.
fn without_labels(subject: &Subject<'_>, facts: &Facts) -> Step {
    let label = subject.pod.at(&["metadata", "labels", INJECT]);
    if label.and_then(Value::as_str) == Some("false") {
        return decision::of_reason(Link::Webhook, Reason::LabelFalse, "", subject, facts);
    }
    Step::unclear(
        Link::Webhook,
        "which webhook selects the Pod depends on the namespace's labels",
    )
}

/// Whether the API server has just called the injector. A Pod that is refused after that tells as much, and so does one
/// without a sidecar where an injector that is not reached would have had it refused.
fn is_reached(subject: &Subject<'_>, entry: &Entry, fault: Option<(&Fault, &str)>) -> bool {
    match (&subject.answer, fault) {
        (Some(Ok(Answer::Injected(_))), _) => true,
        (Some(Ok(Answer::NotInjected)), _) => entry.failure_policy == FailurePolicy::Fail,
        (_, Some((fault, _))) => matches!(fault.link, Link::PodSecurity | Link::Injector),
        _ => false,
    }
}

/// Whether the namespace lets the Pod in, with its sidecar.
fn pod_security(
    subject: &Subject<'_>,
    labels: &Labels,
    made: Option<&Value<'_>>,
    fault: Option<(&Fault, &str)>,
) -> Option<Step> {
    let name = subject.namespace();
    let value = labels
        .get(security::ENFORCE)
        .map(String::as_str)
        .unwrap_or_default();
    let refused = fault.filter(|(fault, _)| fault.link == Link::PodSecurity);
    let Some(level) = security::Level::of(value) else {
        // The cluster may enforce a level where the namespace says nothing.
        let (fault, text) = refused?;
        return Some(Step::broken(Link::PodSecurity, fault.code, text).mended(relaxed(name)));
    };
    let pod = made.unwrap_or(subject.pod);
    let found = security::violations(pod, level);
    let own = security::violations(subject.pod, level);
    let new: Vec<_> = found.iter().filter(|v| !own.contains(v)).collect();
    let shown = if new.is_empty() {
        own.iter().collect()
    } else {
        new.clone()
    };
    let level = level.name();
    if let Some(Ok(Answer::Injected(_))) = subject.answer {
        return Some(Step::good(
            Link::PodSecurity,
            format!("{name} enforces {level}, and lets the Pod in"),
        ));
    }
    let Some(first) = shown.first() else {
        return Some(match refused {
            Some((fault, text)) => {
                Step::broken(Link::PodSecurity, fault.code, text).mended(relaxed(name))
            }
            None => Step::good(
                Link::PodSecurity,
                format!("{name} enforces {level}, and the Pod satisfies it"),
            ),
        });
    };
    let what = if first.container.is_empty() {
        first.what.clone()
    } else {
        format!("{} {}", first.container, first.what)
    };
    let details = shown.iter().map(|v| format!("{}: {}", v.container, v.what));
    let details: Vec<_> = details.collect();
    if new.is_empty() {
        let text = format!(
            "{name} enforces {level}, which refuses the Pod with a sidecar or without: {what}"
        );
        return Some(
            Step::broken(Link::PodSecurity, "pod-security:own", text)
                .mended(relaxed(name))
                .detailed(details),
        );
    }
    let text = format!("{name} enforces {level}, which refuses the Pod with its sidecar: {what}");
    let cni = "use Istio's CNI plugin, so that no init container needs privileges: once it is installed, set pilot.cni.enabled in the injector's values; or let the namespace have them:"
        .to_owned();
    let step = Step::broken(Link::PodSecurity, "pod-security", text);
    Some(step.mended([cni]).mended(relaxed(name)).detailed(details))
}

fn relaxed(namespace: &str) -> Vec<String> {
    vec![format!(
        "kubectl label namespace {} --overwrite {}=privileged",
        quoted(namespace),
        security::ENFORCE
    )]
}

/// The ambient mesh serves Pods without a sidecar.
fn ambient(subject: &Subject<'_>, labels: &Labels) -> Option<Step> {
    let of_pod = subject
        .pod
        .at(&["metadata", "labels", DATAPLANE_MODE])
        .and_then(Value::as_str);
    let of_namespace = labels.get(DATAPLANE_MODE).map(String::as_str);
    if of_pod.or(of_namespace) != Some("ambient") {
        return None;
    }
    let whose = if of_pod.is_some() {
        "the Pod"
    } else {
        "the namespace"
    };
    Some(Step::note(
        Link::Ambient,
        "ambient",
        format!(
            "{whose} is labelled {DATAPLANE_MODE}=ambient: without a sidecar the ambient mesh serves the Pod, with one it leaves it alone"
        ),
    ))
}

/// What the API server answered, as far as no other step has told it.
fn api_server(
    subject: &Subject<'_>,
    selecting: Option<(&Registered, &Entry)>,
    fault: Option<(&Fault, &str)>,
    is_broken: bool,
) -> Option<Step> {
    let link = Link::ApiServer;
    Some(match subject.answer.as_ref()? {
        Err(unknown) => Step::note(link, "api-server:not-asked", unknown.to_string()),
        Ok(Answer::Injected(by)) => Step::good(
            link,
            format!("a dry run of such a Pod comes back with a sidecar from revision {by}"),
        ),
        Ok(Answer::NotInjected) if is_broken => Step::note(
            link,
            "api-server:not-injected",
            "a dry run of such a Pod comes back without a sidecar",
        ),
        Ok(Answer::NotInjected) => {
            let (registered, entry) = selecting?;
            let text = if entry.failure_policy == FailurePolicy::Ignore {
                format!(
                    "a dry run of such a Pod comes back without a sidecar: {} does not answer, and failurePolicy Ignore hides why",
                    entry.called
                )
            } else {
                "a dry run of such a Pod comes back without a sidecar, though nothing here says why"
                    .to_owned()
            };
            let check = format!("outrigger webhook check --revision {}", registered.revision);
            Step::broken(link, "api-server:not-injected", text).mended([check])
        }
        Ok(Answer::Refused(_)) => {
            let (fault, text) = fault?;
            match fault.link {
                Link::ApiServer => {
                    Step::broken(link, fault.code, format!("{}: {text}", fault.meaning))
                }
                _ if is_broken => return None,
                _ => {
                    let by = answer::webhook(text).map(|name| format!("webhook {name}: "));
                    let text = format!("{}{}", by.unwrap_or_default(), answer::cause(text));
                    Step::broken(link, fault.code, text)
                }
            }
        }
    })
}
