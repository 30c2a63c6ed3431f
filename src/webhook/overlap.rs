//! Whether two injectors would be called for the same Pod, decided from the selectors of their entries alone.
//!
//! Each requirement of a selector speaks of one label, so that two selectors can both hold if for every label some value,
//! or its absence, satisfies all that is asked of it. `matchConditions` of the other entry are not understood, and are
//! taken to hold. Entries that Istio's tools have switched off are no injectors.

use std::{collections::BTreeMap, fmt};

use outrigger_json::Value;

use super::{Entry, SUFFIX, entry::NAMESPACE_NAME};
use crate::config::{Operator, Selector};

/// The label that switches an entry off: nothing has it.
const DEACTIVATED: &str = "istio.io/deactivated";

/// Labels that some Pod or namespace may have, for which both entries are called.
type Labels = BTreeMap<String, String>;

/// Two entries that select the same Pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overlap {
    /// The entry of our own.
    pub own: String,
    /// The other `MutatingWebhookConfiguration`.
    pub configuration: String,
    /// The entry there.
    pub entry: String,
    /// Labels of a namespace, for example, in which both select Pods.
    pub namespace: Labels,
    /// Labels of such a Pod.
    pub pod: Labels,
}

impl fmt::Display for Overlap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "entry {} and entry {} of MutatingWebhookConfiguration {} both select a Pod {} in a namespace {}",
            self.own,
            self.entry,
            self.configuration,
            labelled(&self.pod),
            labelled(&self.namespace)
        )
    }
}

fn labelled(labels: &Labels) -> String {
    if labels.is_empty() {
        return "without labels".to_owned();
    }
    let labels: Vec<_> = labels.iter().map(|(k, v)| format!("{k}={v}")).collect();
    format!("labelled {}", labels.join(","))
}

/// Where our entries and the injector's entries of another `MutatingWebhookConfiguration` select the same Pods.
///
/// Entries with other names than an injector's are other webhooks, which may see the same Pods. A selector that cannot be
/// read is taken to select everything: the API server accepts none.
pub fn overlaps(own: &[Entry], other: &Value<'_>) -> Vec<Overlap> {
    let text = |value: &Value<'_>, path: &[&str]| {
        let text = value.at(path).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    let configuration = text(other, &["metadata", "name"]);
    let webhooks = other.get("webhooks").and_then(Value::as_array);
    let mut found = Vec::new();
    for webhook in webhooks.unwrap_or_default() {
        let name = text(webhook, &["name"]);
        if !name.ends_with(SUFFIX) {
            continue;
        }
        let (namespaces, pods) = (
            selector(webhook.get("namespaceSelector")),
            selector(webhook.get("objectSelector")),
        );
        if is_deactivated(&namespaces) || is_deactivated(&pods) {
            continue;
        }
        for entry in own {
            let namespace = common(&[&entry.namespaces, &namespaces], &[NAMESPACE_NAME]);
            let pod = common(&[&entry.pods, &pods], &[]);
            if let (Some(namespace), Some(pod)) = (namespace, pod) {
                found.push(Overlap {
                    own: entry.name(),
                    configuration: configuration.clone(),
                    entry: name.clone(),
                    namespace,
                    pod,
                });
            }
        }
    }
    found
}

fn selector(tree: Option<&Value<'_>>) -> Selector {
    let read = tree.and_then(|tree| Selector::read(tree).ok()?.ok());
    read.unwrap_or_default()
}

fn is_deactivated(selector: &Selector) -> bool {
    selector.match_labels.contains_key(DEACTIVATED)
}

/// What a label may be.
enum Label {
    Absent,
    Value(String),
}

/// What is asked of one label.
#[derive(Default)]
struct Asked<'s> {
    present: bool,
    absent: bool,
    /// The values that are left, where any requirement lists them.
    among: Option<Vec<&'s str>>,
    except: Vec<&'s str>,
}

impl<'s> Asked<'s> {
    fn among(&mut self, values: impl Iterator<Item = &'s str>) {
        let values: Vec<_> = values
            .filter(|v| self.among.as_ref().is_none_or(|left| left.contains(v)))
            .collect();
        self.present = true;
        self.among = Some(values);
    }

    /// What satisfies everything; `None` if nothing does.
    fn satisfied(&self) -> Option<Label> {
        if !self.present {
            return Some(Label::Absent);
        }
        if self.absent {
            return None;
        }
        match &self.among {
            Some(left) => {
                let value = left.iter().find(|v| !self.except.contains(v))?;
                Some(Label::Value((*value).to_owned()))
            }
            // Of endlessly many values only a few are excepted.
            None => (0..=self.except.len())
                .map(|n| format!("any{n}"))
                .find(|v| !self.except.contains(&v.as_str()))
                .map(Label::Value),
        }
    }
}

/// Labels that satisfy all of the selectors, with these keys always present; `None` if there are none.
///
/// A label that need not be present is left out, unless one of `always` asks for it.
fn common(selectors: &[&Selector], always: &[&str]) -> Option<Labels> {
    let mut asked: BTreeMap<&str, Asked<'_>> = BTreeMap::new();
    for selector in selectors {
        for (key, value) in &selector.match_labels {
            let asked = asked.entry(key).or_default();
            asked.among(std::iter::once(value.as_str()));
        }
        for requirement in &selector.match_expressions {
            let asked = asked.entry(&requirement.key).or_default();
            match &requirement.operator {
                Operator::In(values) => asked.among(values.iter().map(String::as_str)),
                Operator::NotIn(values) => asked.except.extend(values.iter().map(String::as_str)),
                Operator::Exists => asked.present = true,
                Operator::DoesNotExist => asked.absent = true,
            }
        }
    }
    for key in always {
        if let Some(asked) = asked.get_mut(key) {
            asked.present = true;
        }
    }
    let mut labels = Labels::new();
    for (key, asked) in asked {
        if let Label::Value(value) = asked.satisfied()? {
            labels.insert(key.to_owned(), value);
        }
    }
    Some(labels)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhook::{Settings, configuration, tests::settings};

    fn parsed(yaml: &str) -> Selector {
        let tree = outrigger_yaml::parse(yaml).unwrap();
        Selector::read(&tree).unwrap().unwrap()
    }

    #[test]
    fn selectors_that_can_both_hold() {
        let web = "matchLabels: {app: web}";
        for (one, other, want) in [
            ("{}", "{}", Some("")),
            (web, "{}", Some("app=web")),
            (web, web, Some("app=web")),
            (web, "matchLabels: {app: db}", None),
            (
                web,
                "matchLabels: {tier: front}",
                Some("app=web,tier=front"),
            ),
            (
                web,
                "matchExpressions: [{key: app, operator: Exists}]",
                Some("app=web"),
            ),
            (
                web,
                "matchExpressions: [{key: app, operator: DoesNotExist}]",
                None,
            ),
            (
                web,
                "matchExpressions: [{key: app, operator: NotIn, values: [web]}]",
                None,
            ),
            (
                web,
                "matchExpressions: [{key: app, operator: In, values: [db, web]}]",
                Some("app=web"),
            ),
            (
                "matchExpressions: [{key: a, operator: In, values: [p, q]}]",
                "matchExpressions: [{key: a, operator: In, values: [q, r]}]",
                Some("a=q"),
            ),
            (
                "matchExpressions: [{key: a, operator: In, values: [p, q]}]",
                "matchExpressions: [{key: a, operator: NotIn, values: [p]}, {key: a, operator: NotIn, values: [q]}]",
                None,
            ),
            (
                "matchExpressions: [{key: a, operator: NotIn, values: [x]}]",
                "matchExpressions: [{key: a, operator: DoesNotExist}]",
                Some(""),
            ),
            (
                "matchExpressions: [{key: a, operator: NotIn, values: [any0]}]",
                "matchExpressions: [{key: a, operator: Exists}]",
                Some("a=any1"),
            ),
            // Every namespace has its name.
            (
                "matchExpressions: [{key: kubernetes.io/metadata.name, operator: DoesNotExist}]",
                "{}",
                None,
            ),
            (
                "matchExpressions: [{key: kubernetes.io/metadata.name, operator: NotIn, values: [kube-system]}]",
                "{}",
                Some("kubernetes.io/metadata.name=any0"),
            ),
        ] {
            for [one, other] in [[one, other], [other, one]] {
                let common = common(&[&parsed(one), &parsed(other)], &[NAMESPACE_NAME]);
                let text = common.map(|labels| {
                    let labels: Vec<_> = labels.iter().map(|(k, v)| format!("{k}={v}")).collect();
                    labels.join(",")
                });
                assert_eq!(text.as_deref(), want, "{one} with {other}");
            }
        }
    }

    fn install(revision: &str, tags: &[&str]) -> Settings {
        Settings {
            revision: revision.parse().unwrap(),
            tags: tags.iter().map(|tag| tag.parse().unwrap()).collect(),
            ..settings()
        }
    }

    #[test]
    fn installs_side_by_side() {
        let by_default = || Settings {
            namespaces_by_default: true,
            ..install("", &[])
        };
        for (one, other, want) in [
            (install("", &[]), install("", &[]), 4),
            (install("", &[]), install("canary", &[]), 0),
            (install("canary", &[]), install("1-30", &["prod"]), 0),
            (install("canary", &["prod"]), install("1-30", &["prod"]), 2),
            (install("canary", &["default"]), install("", &[]), 4),
            (by_default(), install("", &[]), 4),
            (by_default(), by_default(), 5),
            (by_default(), install("canary", &[]), 0),
        ] {
            let found = overlaps(&Entry::all(&one), &configuration(&other));
            let names: Vec<_> = found.iter().map(ToString::to_string).collect();
            assert_eq!(found.len(), want, "{names:#?}");
        }
    }

    #[test]
    fn other_webhooks_and_those_switched_off_are_let_be() {
        let own = Entry::all(&install("", &[]));
        let told = |webhooks: &str| {
            let text = format!("metadata: {{name: other}}\nwebhooks: {webhooks}");
            let found = overlaps(&own, &outrigger_yaml::parse(&text).unwrap());
            found.first().map(ToString::to_string)
        };
        assert_eq!(told("[{name: vault.hashicorp.test}]"), None);
        assert_eq!(
            told(
                "[{name: object.sidecar-injector.istio.io, objectSelector: {matchLabels: {istio.io/deactivated: never-match}}}]"
            ),
            None
        );
        assert_eq!(
            told(
                "[{name: sidecar-injector.istio.io, namespaceSelector: {matchLabels: {mesh: a}}}]"
            )
            .as_deref(),
            Some(
                "entry rev.namespace.sidecar-injector.istio.io and entry sidecar-injector.istio.io of \
                 MutatingWebhookConfiguration other both select a Pod without labels in a namespace labelled \
                 istio.io/rev=default,mesh=a"
            )
        );
    }
}
