//! Which webhook the API server sends the Pod to, and if none, which label or condition keeps it.

use std::collections::{BTreeMap, BTreeSet};

use outrigger_json::Value;

use super::{
    Entry, Facts, Link, Registered, Step, Subject, decision, mend,
    selection::{Candidate, Match},
};
use crate::{
    annotations::names::{INJECT, NAMESPACE_INJECTION, REVISION},
    inject::Reason,
    webhook::FailurePolicy,
};

/// An entry, and the configuration that it is of.
type Selecting<'f> = (&'f Registered, &'f Entry);

/// The step, and the entry that the Pod is sent to.
pub(super) fn step<'f>(
    subject: &Subject<'_>,
    labels: &BTreeMap<String, String>,
    registered: &'f [Registered],
    facts: &Facts,
) -> (Step, Option<Selecting<'f>>) {
    let candidate = Candidate {
        pod: subject.pod,
        namespace: subject.namespace(),
        namespace_labels: labels,
    };
    let all = || {
        registered
            .iter()
            .flat_map(|r| r.entries.iter().map(move |e| (r, e)))
    };
    let results: Vec<_> = all().map(|(r, e)| (r, e, candidate.against(e))).collect();
    let details = results.iter().map(|(r, e, result)| detail(r, e, result));
    let details: Vec<_> = details.collect();

    let sent = results.iter().filter(|(.., result)| *result == Match::Sent);
    let sent: Vec<Selecting<'f>> = sent.map(|(r, e, _)| (*r, *e)).collect();
    let step = match &sent[..] {
        [] => None,
        [(registered, entry)] => Some(Step::good(
            Link::Webhook,
            format!(
                "entry {} of {} selects it{}",
                entry.name,
                registered.name,
                match entry.failure_policy {
                    FailurePolicy::Fail => ", and without an answer it is refused",
                    FailurePolicy::Ignore =>
                        ", and without an answer it is created without a sidecar",
                }
            ),
        )),
        several => Some(competing(several)),
    };
    if let Some(step) = step {
        // Webhooks are called in the order of their names, and the last injects anew what the others did.
        let last = sent.into_iter().max_by_key(|(r, e)| (&r.name, e.place));
        return (step.detailed(details), last);
    }
    let unclear = results.iter().find_map(|(r, e, result)| match result {
        Match::CannotTell(cause) => Some(format!("entry {} of {}: {cause}", e.name, r.name)),
        _ => None,
    });
    let step = match unclear {
        Some(cause) => Step::unclear(Link::Webhook, cause),
        None => Missed {
            subject,
            labels,
            facts,
            candidate,
            results: &results,
        }
        .step(),
    };
    (step.detailed(details), None)
}

fn competing(several: &[Selecting<'_>]) -> Step {
    let named = several
        .iter()
        .map(|(r, e)| format!("entry {} of {}", e.name, r.name));
    let text = format!(
        "{} all select it: it is injected by each, one after the other, and has what the last gives it",
        named.collect::<Vec<_>>().join(" and ")
    );
    let of = |ours| several.iter().find(|(r, _)| r.is_ours == ours);
    let other = of(false).or_else(|| several.first());
    let mend = other.map(|(r, _)| {
        format!(
            "keep one of them; to keep the other: kubectl delete mutatingwebhookconfiguration {}",
            mend::quoted(&r.name)
        )
    });
    Step::note(Link::Webhook, "webhook:competing", text).mended(mend)
}

/// What an entry makes of the Pod, in a line.
fn detail(registered: &Registered, entry: &Entry, result: &Match) -> String {
    let what = match result {
        Match::Sent => "selects it".to_owned(),
        Match::Rules => "its rules take no created Pods".to_owned(),
        Match::Namespace(_, wanted) => format!("wants a namespace with {wanted}"),
        Match::Pod(_, wanted) => format!("wants a Pod with {wanted}"),
        Match::Condition(name, _) => format!("its condition {name} does not hold"),
        Match::CannotTell(cause) => cause.clone(),
    };
    format!("{}: {}: {what}", registered.name, entry.name)
}

/// A Pod that no entry selects.
struct Missed<'m> {
    subject: &'m Subject<'m>,
    labels: &'m BTreeMap<String, String>,
    facts: &'m Facts,
    candidate: Candidate<'m>,
    results: &'m [(&'m Registered, &'m Entry, Match)],
}

impl Missed<'_> {
    /// The step that says why.
    fn step(&self) -> Step {
        if self.results.is_empty() {
            return self.none_registered();
        }
        let mut reachable = Vec::new();
        let mut out_of_reach = None;
        for (registered, entry, result) in self.results {
            match self.candidate.out_of_reach(entry) {
                None if entry.takes_pods => reachable.push((*registered, result)),
                None => {}
                Some(wanted) => out_of_reach = out_of_reach.or(Some((*registered, wanted))),
            }
        }
        if reachable.is_empty() {
            return self.out_of_reach(out_of_reach);
        }
        let condition = reachable.iter().find_map(|(_, result)| match result {
            Match::Condition(name, reason) => Some((name, *reason)),
            _ => None,
        });
        if let Some((name, reason)) = condition {
            return self.kept_by(name, reason);
        }
        self.by_labels(&reachable)
    }

    fn none_registered(&self) -> Step {
        let revision = self.asked_revision().filter(|r| *r != "default");
        let revision = revision
            .map(|r| format!(" --revision {r}"))
            .unwrap_or_default();
        Step::broken(
            Link::Webhook,
            "webhook:none",
            "no injector is registered: no MutatingWebhookConfiguration has an entry of one",
        )
        .mended([format!("outrigger webhook apply{revision}")])
    }

    fn out_of_reach(&self, nearest: Option<(&Registered, String)>) -> Step {
        let namespace = self.subject.namespace();
        let Some((registered, wanted)) = nearest else {
            return Step::broken(
                Link::Webhook,
                "webhook:rules",
                "the entries of the injectors that are registered take no Pods as they are created",
            )
            .mended(["outrigger webhook apply".to_owned()]);
        };
        let text = format!(
            "{} is for namespaces with {wanted}, which {namespace} does not satisfy",
            registered.name
        );
        let label = wanted
            .split_once('=')
            .filter(|(key, _)| !key.ends_with('!'));
        let step = Step::broken(Link::Webhook, "webhook:out-of-reach", text);
        match label {
            Some(_) => step.mended(mend::label_namespace(namespace, &[&wanted], self.subject)),
            None => step.mended([format!(
                "change the labels of namespace {namespace}, or the webhook's namespaceSelector"
            )]),
        }
    }

    /// A condition of the webhook does not hold.
    fn kept_by(&self, name: &str, reason: Option<Reason>) -> Step {
        let (code, what) = match (reason, name) {
            (Some(reason), _) => {
                return decision::of_reason(Link::Webhook, reason, "", self.subject, self.facts);
            }
            (None, "not-mirror") => (
                "webhook:mirror",
                "it mirrors a static Pod, which the kubelet runs from a file as it is",
            ),
            (None, _) => (
                "webhook:injector-namespace",
                "it is in the injector's own namespace, whose Pods must come up without the injector",
            ),
        };
        Step::broken(Link::Webhook, code, what)
            .mended(["run it as a workload in another namespace if it needs a sidecar".to_owned()])
    }

    /// The labels of the namespace and of the Pod ask for no injector that is there.
    fn by_labels(&self, reachable: &[(&Registered, &Match)]) -> Step {
        let of = |key: &str| self.labels.get(key).map(String::as_str);
        let mut known = BTreeSet::new();
        for (registered, _) in reachable {
            known.extend(registered.revisions());
        }
        let has_default = reachable.iter().any(|(r, _)| r.is_default());
        let by_namespace = || self.ask(&known, has_default);
        let broken =
            |reason: Reason, text: String| Step::broken(Link::Webhook, reason.code(), text);

        if self.pod_label(INJECT) == Some("false") {
            return decision::of_reason(
                Link::Webhook,
                Reason::LabelFalse,
                "",
                self.subject,
                self.facts,
            );
        }
        let there = known
            .iter()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(", ");
        match of(NAMESPACE_INJECTION) {
            Some("enabled") => {
                let text = format!(
                    "the namespace is labelled istio-injection=enabled, to which only the default revision answers; there is {there}"
                );
                return broken(Reason::OtherRevision, text).mended(by_namespace());
            }
            Some(other) => {
                let text = format!(
                    "the namespace is labelled istio-injection={other}, which outweighs every other label"
                );
                return broken(Reason::NamespaceDisabled, text).mended(by_namespace());
            }
            None => {}
        }
        match (of(REVISION), self.pod_label(REVISION)) {
            (Some(revision), _) => {
                let text = format!(
                    "the namespace is labelled istio.io/rev={revision}, and there is no such revision but {there}"
                );
                broken(Reason::OtherRevision, text).mended(by_namespace())
            }
            (None, Some(revision)) => {
                let text = format!(
                    "the Pod is labelled istio.io/rev={revision}, and there is no such revision but {there}"
                );
                let right = known.first().map(String::as_str);
                let labels = [(REVISION, right)];
                broken(Reason::OtherRevision, text).mended(mend::label_template(
                    &labels,
                    self.subject,
                    self.facts,
                ))
            }
            (None, None) => {
                broken(Reason::NotSelected, Reason::NotSelected.to_string()).mended(by_namespace())
            }
        }
    }

    /// The commands that label the namespace for an injector that is there.
    fn ask(&self, known: &BTreeSet<String>, has_default: bool) -> Vec<String> {
        let has = |key: &str| self.labels.contains_key(key);
        let revision = known.first().map(|r| format!("istio.io/rev={r}"));
        let mut labels = Vec::new();
        match revision {
            Some(revision) if !has_default => {
                labels.push(revision);
                if has(NAMESPACE_INJECTION) {
                    labels.push("istio-injection-".to_owned());
                }
            }
            _ => {
                labels.push("istio-injection=enabled".to_owned());
                if has(REVISION) {
                    labels.push("istio.io/rev-".to_owned());
                }
            }
        }
        let labels: Vec<_> = labels.iter().map(String::as_str).collect();
        mend::label_namespace(self.subject.namespace(), &labels, self.subject)
    }

    fn asked_revision(&self) -> Option<&str> {
        let of_namespace = self.labels.get(REVISION).map(String::as_str);
        of_namespace.or_else(|| self.pod_label(REVISION))
    }

    fn pod_label(&self, key: &str) -> Option<&str> {
        self.subject
            .pod
            .at(&["metadata", "labels", key])
            .and_then(Value::as_str)
    }
}
