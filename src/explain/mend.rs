//! The commands that mend: for the shell of whoever asks, to copy as they are.

use std::borrow::Cow;

use outrigger_json::{Object, Value};

use super::{Facts, Subject};

/// What a label of a Pod's template shall become.
pub(super) type Label<'l> = (&'l str, Option<&'l str>);

/// Sets labels of a namespace, or takes them off (`key-`). Pods that exist are made anew after it.
pub(super) fn label_namespace(
    namespace: &str,
    labels: &[&str],
    subject: &Subject<'_>,
) -> Vec<String> {
    let labels: Vec<_> = labels.iter().map(|label| quoted(label)).collect();
    let label = format!(
        "kubectl label namespace {} --overwrite {}",
        quoted(namespace),
        labels.join(" ")
    );
    [vec![label], renew(subject)].concat()
}

/// A word for the shell. What a cluster holds needs no quotes; what a file holds may be anything.
pub(super) fn quoted(word: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        Cow::Borrowed(word)
    } else {
        Cow::Owned(format!("'{}'", word.replace('\'', r"'\''")))
    }
}

/// Makes the Pods that exist anew; nothing where there are none.
pub(super) fn renew(subject: &Subject<'_>) -> Vec<String> {
    if subject.existing.is_empty() {
        return Vec::new();
    }
    let template = &subject.template;
    let (namespace, name) = (subject.namespace(), &template.name);
    match rollable(&template.kind) {
        Some(kind) => vec![format!(
            "kubectl -n {namespace} rollout restart {kind} {name}"
        )],
        None => match &*template.kind {
            "Pod" => vec![format!(
                "kubectl -n {namespace} get pod {name} -o yaml | kubectl replace --force -f -"
            )],
            "CronJob" => vec!["wait for the CronJob's next run".to_owned()],
            kind => vec![format!(
                "delete the Pods of {kind} {name}, so that they are made anew"
            )],
        },
    }
}

/// The name that kubectl has for a kind whose Pods are rolled over by themselves.
fn rollable(kind: &str) -> Option<&'static str> {
    match kind {
        "Deployment" => Some("deployment"),
        "StatefulSet" => Some("statefulset"),
        "DaemonSet" => Some("daemonset"),
        _ => None,
    }
}

/// Changes labels of the Pod's template.
pub(super) fn label_template(
    labels: &[Label<'_>],
    subject: &Subject<'_>,
    facts: &Facts,
) -> Vec<String> {
    metadata("labels", "label", labels, subject, facts)
}

/// Changes annotations of the Pod's template.
pub(super) fn annotate_template(
    notes: &[Label<'_>],
    subject: &Subject<'_>,
    facts: &Facts,
) -> Vec<String> {
    metadata("annotations", "annotate", notes, subject, facts)
}

fn metadata(
    map: &'static str,
    verb: &str,
    entries: &[Label<'_>],
    subject: &Subject<'_>,
    facts: &Facts,
) -> Vec<String> {
    let template = &subject.template;
    let change = || {
        let words = entries.iter().map(|(key, value)| match value {
            Some(value) => format!("set {key}: {value:?} in the {map}"),
            None => format!("take {key} out of the {map}"),
        });
        words.collect::<Vec<_>>().join(" and ")
    };
    if !facts.from_files && template.kind == "Pod" {
        let words = entries.iter().map(|(key, value)| match value {
            Some(value) => format!("{key}={value}"),
            None => format!("{key}-"),
        });
        let (namespace, name) = (subject.namespace(), &template.name);
        return vec![format!(
            "kubectl -n {namespace} get pod {name} -o yaml | kubectl {verb} --local --overwrite -f - -o yaml {} | kubectl replace --force -f -",
            words.collect::<Vec<_>>().join(" ")
        )];
    }
    let values = entries.iter().map(|(key, value)| {
        let value = value.map_or(Value::Null, |v| v.to_owned().into());
        ((*key).to_owned(), value)
    });
    let values: Object<'_> = values.collect();
    let patch = nested(&["metadata", map], values.into());
    change_template(&patch, &change(), subject, facts)
}

/// Changes the `spec` of the Pod's template: `patch` as a merge patch, `words` for those who do it by hand.
pub(super) fn change_spec(
    patch: Value<'static>,
    words: &str,
    subject: &Subject<'_>,
    facts: &Facts,
) -> Vec<String> {
    change_template(&nested(&["spec"], patch), words, subject, facts)
}

/// The Pods of a Deployment and its like are made anew by the change alone.
fn change_template(
    patch: &Value<'static>,
    words: &str,
    subject: &Subject<'_>,
    facts: &Facts,
) -> Vec<String> {
    let template = &subject.template;
    let (namespace, name) = (subject.namespace(), &template.name);
    let by_hand = format!("{words} of the Pod template of {} {name}", template.kind);
    let path: &[&str] = match &*template.kind {
        _ if facts.from_files => return vec![by_hand],
        "Deployment" | "StatefulSet" | "DaemonSet" => &["spec", "template"],
        "CronJob" => &["spec", "jobTemplate", "spec", "template"],
        "Pod" => {
            return vec![format!("{words} of Pod {name}, and create it anew")];
        }
        _ => return vec![format!("{by_hand}, and make its Pods anew")],
    };
    let kind = template.kind.to_lowercase();
    let patch = nested(path, patch.clone());
    vec![format!(
        "kubectl -n {namespace} patch {kind} {name} --type=merge -p '{patch}'"
    )]
}

fn nested(path: &[&'static str], value: Value<'static>) -> Value<'static> {
    path.iter().rev().fold(value, |value, key| {
        Object::from_iter([(*key, value)]).into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{explain::tests::nothing_known, workload::Reference};

    fn subject<'a>(kind: &str, pod: &'a Value<'a>, existing: &'a [Value<'a>]) -> Subject<'a> {
        let object = Reference {
            kind: kind.to_owned(),
            namespace: "shop".to_owned(),
            name: "web".to_owned(),
            ..Reference::default()
        };
        Subject {
            template: object.clone(),
            object,
            pod,
            existing,
            answer: None,
        }
    }

    #[test]
    fn what_files_hold_does_not_reach_the_shell() {
        for (word, want) in [
            ("shop", "shop"),
            ("istio.io/rev=a", "istio.io/rev=a"),
            ("", "''"),
            ("a; rm -r b", "'a; rm -r b'"),
            ("a'$(b)", r"'a'\''$(b)'"),
        ] {
            assert_eq!(quoted(word), want);
        }
    }

    #[test]
    fn each_kind_has_its_commands() {
        let pod = Value::Null;
        let one = [Value::Null];
        let mut facts = nothing_known();
        for (kind, label, renewal) in [
            (
                "Deployment",
                r#"kubectl -n shop patch deployment web --type=merge -p '{"spec":{"template":{"metadata":{"labels":{"a/b":null}}}}}'"#,
                "kubectl -n shop rollout restart deployment web",
            ),
            (
                "CronJob",
                r#"kubectl -n shop patch cronjob web --type=merge -p '{"spec":{"jobTemplate":{"spec":{"template":{"metadata":{"labels":{"a/b":null}}}}}}}'"#,
                "wait for the CronJob's next run",
            ),
            (
                "Pod",
                "kubectl -n shop get pod web -o yaml | kubectl label --local --overwrite -f - -o yaml a/b- | kubectl replace --force -f -",
                "kubectl -n shop get pod web -o yaml | kubectl replace --force -f -",
            ),
            (
                "Job",
                "take a/b out of the labels of the Pod template of Job web, and make its Pods anew",
                "delete the Pods of Job web, so that they are made anew",
            ),
        ] {
            let subject = subject(kind, &pod, &one);
            assert_eq!(label_template(&[("a/b", None)], &subject, &facts), [label]);
            assert_eq!(renew(&subject), [renewal]);
        }
        facts.from_files = true;
        let by_hand = label_template(
            &[("a", Some("b"))],
            &subject("Deployment", &pod, &[]),
            &facts,
        );
        assert_eq!(
            by_hand,
            ["set a: \"b\" in the labels of the Pod template of Deployment web"]
        );
    }
}
