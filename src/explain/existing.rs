//! The Pods that exist: whether they have a sidecar, from whom, and how it is.

use outrigger_json::Value;

use super::{Facts, Link, Registered, State, Step, Subject, mend};
use crate::annotations::names::{NAMESPACE_INJECTION, STATUS};

/// The containers that run before the proxy and without which it does not.
const FIRST: [&str; 2] = ["istio-init", "istio-validation"];
const PROXY: &str = "istio-proxy";

/// Whether a Pod has a sidecar, from whomever.
pub(super) fn has_sidecar(pod: &Value<'_>) -> bool {
    pod.at(&["metadata", "annotations", STATUS]).is_some() || proxy(pod).is_some()
}

/// The step; `None` where there are no Pods. `before`: how the links before this one are. `made`: the Pod as it would be now.
pub(super) fn step(
    subject: &Subject<'_>,
    selecting: Option<&Registered>,
    made: Option<&Value<'_>>,
    before: State,
    facts: &Facts,
) -> Option<Step> {
    let pods = subject.existing;
    if pods.is_empty() {
        return None;
    }
    let without: Vec<_> = pods.iter().filter(|pod| !has_sidecar(pod)).collect();
    let Some(first) = without.first() else {
        return Some(with_sidecar(subject, selecting, made));
    };
    let counted = match (without.len(), pods.len()) {
        (1, 1) => "the Pod has no sidecar".to_owned(),
        (some, all) if some == all => format!("none of the {all} Pods has a sidecar"),
        (some, all) => format!("{some} of {all} Pods have no sidecar"),
    };
    if before == State::Broken {
        return Some(Step::note(Link::Pod, "pod:no-sidecar", counted));
    }
    let known = since(first, subject.namespace(), selecting, facts);
    let (code, cause) = known.unwrap_or_else(|| missed(before));
    let text = format!("{counted}: {cause}");
    Some(Step::broken(Link::Pod, code, text).mended(mend::renew(subject)))
}

/// Why a Pod has no sidecar though a new one would get one.
fn since(
    pod: &Value<'_>,
    namespace: &str,
    selecting: Option<&Registered>,
    facts: &Facts,
) -> Option<(&'static str, String)> {
    let created = text(pod, &["metadata", "creationTimestamp"]).unwrap_or_default();
    let is_before = |time: Option<&String>| time.is_some_and(|time| created < time.as_str());
    if is_before(selecting.and_then(|s| s.created.as_ref())) {
        let what = format!("it was created at {created}, before the webhook was registered");
        return Some(("pod:older-than-webhook", what));
    }
    if is_before(facts.labelled.get(namespace)) {
        let what = format!(
            "it was created at {created}, before the namespace was labelled ({NAMESPACE_INJECTION} or istio.io/rev)"
        );
        return Some(("pod:older-than-label", what));
    }
    None
}

/// A Pod whose age does not tell.
fn missed(before: State) -> (&'static str, String) {
    if before == State::CannotTell {
        let what = "whether a new one would get one cannot be told".to_owned();
        return ("pod:no-sidecar", what);
    }
    let what = "a new one would get one now; the injector may have been away when it was created";
    ("pod:missed", what.to_owned())
}

/// Pods that all have a sidecar: the first that has something to tell speaks for them.
fn with_sidecar(
    subject: &Subject<'_>,
    selecting: Option<&Registered>,
    made: Option<&Value<'_>>,
) -> Step {
    let pods = subject.existing;
    let name = |pod: &Value<'_>| {
        text(pod, &["metadata", "name"])
            .unwrap_or_default()
            .to_owned()
    };
    if let Some((pod, what)) = pods.iter().find_map(|pod| Some((pod, ailing(pod)?))) {
        let pod = name(pod);
        let namespace = subject.namespace();
        let logs = format!("kubectl -n {namespace} logs {pod} -c {}", what.container);
        return Step::note(Link::Pod, what.code, format!("Pod {pod} {}", what.text)).mended([logs]);
    }
    let stale = pods.iter().find_map(|pod| stale(pod, selecting, made));
    if let Some((code, what)) = stale {
        return Step::note(Link::Pod, code, what).mended(mend::renew(subject));
    }
    let by = pods.first().and_then(injected_by);
    let by = by
        .map(|by| format!(", from revision {by}"))
        .unwrap_or_default();
    Step::good(
        Link::Pod,
        match pods.len() {
            1 => format!("the Pod has a sidecar{by}"),
            n => format!("all {n} Pods have a sidecar{by}"),
        },
    )
}

/// What ails a sidecar.
struct Ailment {
    code: &'static str,
    container: String,
    text: String,
}

fn ailing(pod: &Value<'_>) -> Option<Ailment> {
    let statuses = |key| {
        let list = pod.at(&["status", key]).and_then(Value::as_array);
        list.unwrap_or_default().iter()
    };
    let is_ready = |status: &Value<'_>| {
        ["ready", "started"]
            .iter()
            .any(|key| status.get(key).and_then(Value::as_bool) == Some(true))
    };
    let mut all = statuses("initContainerStatuses").chain(statuses("containerStatuses"));
    all.find_map(|status| {
        let name = text(status, &["name"])?;
        let exit = ["state", "lastState"].iter().find_map(|state| {
            status
                .at(&[state, "terminated", "exitCode"])?
                .as_i64()
                .filter(|code| *code != 0)
        });
        let waiting = text(status, &["state", "waiting", "reason"]);
        if FIRST.contains(&name)
            && let Some(exit) = exit
        {
            return Some(Ailment {
                code: "pod:init-failed",
                container: name.to_owned(),
                text: format!("has a sidecar, but {name} fails with exit status {exit}"),
            });
        }
        if name == PROXY && !is_ready(status) {
            let why = match (waiting, exit) {
                (Some(reason), _) => format!(" ({reason})"),
                (None, Some(exit)) => format!(" (exit status {exit})"),
                (None, None) => String::new(),
            };
            return Some(Ailment {
                code: "pod:proxy-not-ready",
                container: name.to_owned(),
                text: format!("has a sidecar, but {name} is not ready{why}"),
            });
        }
        None
    })
}

/// Whether a sidecar is another than the one that a new Pod would get.
fn stale(
    pod: &Value<'_>,
    selecting: Option<&Registered>,
    made: Option<&Value<'_>>,
) -> Option<(&'static str, String)> {
    let name = text(pod, &["metadata", "name"]).unwrap_or_default();
    if let (Some(by), Some(now)) = (injected_by(pod), selecting)
        && by != now.revision
    {
        let what = format!(
            "Pod {name} was injected by revision {by}; a new one would be by revision {}",
            now.revision
        );
        return Some(("pod:other-revision", what));
    }
    let image = |pod| text(proxy(pod)?, &["image"]);
    let (has, would) = (image(pod)?, made.and_then(image)?);
    (has != would && would != "auto").then(|| {
        let what = format!("Pod {name} has the proxy {has}; a new one would have {would}");
        ("pod:stale", what)
    })
}

/// The revision that injected a Pod.
fn injected_by(pod: &Value<'_>) -> Option<String> {
    let status = text(pod, &["metadata", "annotations", STATUS])?;
    let status = Value::parse(status.as_bytes()).ok()?;
    Some(text(&status, &["revision"])?.to_owned())
}

fn proxy<'p, 'a>(pod: &'p Value<'a>) -> Option<&'p Value<'a>> {
    let list = |key| {
        pod.at(&["spec", key])
            .and_then(Value::as_array)
            .unwrap_or_default()
    };
    let mut all = list("containers").iter().chain(list("initContainers"));
    all.find(|c| text(c, &["name"]) == Some(PROXY))
}

fn text<'v>(tree: &'v Value<'_>, path: &[&str]) -> Option<&'v str> {
    tree.at(path)?.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{explain::tests::nothing_known, workload::Reference};

    const STATUS: &str = "annotations: {sidecar.istio.io/status: '{\"revision\": \"default\"}'}";

    fn pod(metadata: &str, rest: &str) -> Value<'static> {
        let text = format!(
            "metadata: {{name: p, creationTimestamp: '2026-02-01T00:00:00Z', {metadata}}}\n{rest}"
        );
        outrigger_yaml::parse(&text).unwrap()
    }

    fn registered(created: &str) -> Registered {
        Registered {
            name: "r".into(),
            is_ours: true,
            revision: "default".into(),
            created: Some(created.into()),
            entries: Vec::new(),
        }
    }

    #[test]
    #[expect(clippy::too_many_lines, reason = "a table")]
    fn pods_tell_what_became_of_them() {
        let with = |rest: &str| vec![pod(STATUS, rest)];
        let bare = || pod("", "");
        let (old, new) = ("2026-01-01T00:00:00Z", "2026-03-01T00:00:00Z");
        let stale = "spec: {containers: [{name: istio-proxy, image: 'proxy:1'}]}";
        let failed = "status: {initContainerStatuses: [{name: istio-init, state: {terminated: {exitCode: 255}}}]}";
        let waiting = "status: {containerStatuses: [{name: istio-proxy, ready: false, state: {waiting: {reason: ImagePullBackOff}}}]}";
        let ready = "status: {containerStatuses: [{name: istio-proxy, ready: true, lastState: {terminated: {exitCode: 1}}}]}";
        let of_old = "annotations: {sidecar.istio.io/status: '{\"revision\": \"1-20\"}'}";
        for (pods, registered_at, labelled, code, text) in [
            (
                vec![bare()],
                new,
                old,
                "pod:older-than-webhook",
                "the Pod has no sidecar: it was created at",
            ),
            (
                vec![bare()],
                old,
                new,
                "pod:older-than-label",
                "before the namespace was labelled",
            ),
            (
                vec![bare()],
                old,
                old,
                "pod:missed",
                "a new one would get one now",
            ),
            (
                vec![bare(), pod(STATUS, "")],
                old,
                old,
                "pod:missed",
                "1 of 2 Pods have no sidecar",
            ),
            (
                with(""),
                old,
                old,
                "good",
                "the Pod has a sidecar, from revision default",
            ),
            (with(ready), old, old, "good", "the Pod has a sidecar"),
            (
                with(failed),
                old,
                old,
                "pod:init-failed",
                "istio-init fails with exit status 255",
            ),
            (
                with(waiting),
                old,
                old,
                "pod:proxy-not-ready",
                "istio-proxy is not ready (ImagePullBackOff)",
            ),
            (
                with(stale),
                old,
                old,
                "pod:stale",
                "has the proxy proxy:1; a new one would have proxy:2",
            ),
            (
                vec![pod(of_old, "")],
                old,
                old,
                "pod:other-revision",
                "by revision 1-20",
            ),
        ] {
            let mut facts = nothing_known();
            facts.labelled.insert("shop".into(), labelled.into());
            let object = Reference {
                kind: "Deployment".into(),
                namespace: "shop".into(),
                name: "web".into(),
                ..Reference::default()
            };
            let subject = Subject {
                template: object.clone(),
                object,
                pod: &Value::Null,
                existing: &pods,
                answer: None,
            };
            let made = pod(
                "",
                "spec: {containers: [{name: istio-proxy, image: 'proxy:2'}]}",
            );
            let registered = registered(registered_at);
            let step = step(
                &subject,
                Some(&registered),
                Some(&made),
                State::Good,
                &facts,
            )
            .unwrap();
            assert_eq!(step.code, code, "{}", step.text);
            assert!(step.text.contains(text), "{} has no {text}", step.text);
            assert_eq!(step.mend.is_empty(), code == "good");
        }
    }
}
