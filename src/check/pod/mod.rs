//! An injected Pod, looked at as the API server does before it takes it.
//!
//! What a template, its values and the annotations of a Pod can get wrong is checked; what only the Pod's author writes
//! (affinity, tolerations, …) is held to its types alone. A test with a real API server holds that it refuses the same.
//!
//! Source: `pkg/apis/core/validation` of Kubernetes, and
//! <https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/>.

mod containers;
mod env;
mod metadata;
mod names;
mod path;
mod probes;
mod resources;
mod security;
mod shape;
#[cfg(test)]
mod tests;
mod volumes;

use std::collections::BTreeSet;

use outrigger_json::Value;

use super::Severity;
use path::Path;

/// Something that the API server does not take, or drops.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// An error if the API server refuses the Pod, a warning if it drops what it does not know.
    pub severity: Severity,
    /// What sort of violation it is, in a word that never changes.
    pub code: &'static str,
    /// The field, such as `spec.containers[0].ports[1].name`.
    pub field: String,
    /// What is wrong with it.
    pub message: String,
    /// What to write instead, where that is known.
    pub help: Option<String>,
}

/// Everything that the API server would say against a Pod, in the order of the Pod's fields.
pub fn pod(pod: &Value<'_>) -> Vec<Violation> {
    let mut report = Report::default();
    let root = Path::Root;
    shape::check(pod, &root, &mut report);
    if let Some(metadata) = pod.get("metadata") {
        metadata::check(metadata, &root.key("metadata"), &mut report);
    }
    let path = root.key("spec");
    let Some(spec) = pod.get("spec").filter(|spec| spec.as_object().is_some()) else {
        report.error("pod-required", &path, "a Pod has a spec");
        return report.0;
    };
    security::check_pod(spec, &path, &mut report);
    let volumes = volumes::check(spec, &path, &mut report);
    containers::check(spec, &path, &volumes, &mut report);
    report.0
}

/// What was found so far.
#[derive(Debug, Default)]
struct Report(Vec<Violation>);

impl Report {
    fn error(&mut self, code: &'static str, path: &Path<'_>, message: impl Into<String>) {
        self.push(Severity::Error, code, path, message.into(), None);
    }

    fn push(
        &mut self,
        severity: Severity,
        code: &'static str,
        path: &Path<'_>,
        message: String,
        help: Option<String>,
    ) {
        self.0.push(Violation {
            severity,
            code,
            field: path.to_string(),
            message,
            help,
        });
    }

    /// The text of a field that has to be there and not to be empty. What is there with another type is told by
    /// [`shape`].
    fn required<'v>(
        &mut self,
        object: &'v Value<'_>,
        key: &'static str,
        path: &Path<'_>,
    ) -> Option<&'v str> {
        match object.get(key) {
            Some(Value::String(text)) if !text.is_empty() => Some(text),
            None | Some(Value::Null | Value::String(_)) => {
                self.error("pod-required", &path.key(key), format!("{key} is required"));
                None
            }
            Some(_) => None,
        }
    }

    /// A field that is one of some words, or absent.
    fn one_of(&mut self, object: &Value<'_>, key: &'static str, words: &[&str], path: &Path<'_>) {
        if let Some(word) = text(object, key).filter(|word| !words.contains(word)) {
            let message = format!("{word:?} is none of {}", words.join(", "));
            self.error("pod-value", &path.key(key), message);
        }
    }

    /// A field that is an integer of a range, or absent.
    fn range(
        &mut self,
        object: &Value<'_>,
        key: &'static str,
        (from, to): (i64, i64),
        path: &Path<'_>,
    ) {
        if let Some(number) = object.get(key).and_then(Value::as_i64)
            && !(from..=to).contains(&number)
        {
            let message = if to >= i64::from(i32::MAX) {
                format!("{number} is less than {from}")
            } else {
                format!("{number} is not in the range {from}..{to}")
            };
            self.error("pod-range", &path.key(key), message);
        }
    }

    /// Exactly one of some fields, or at most one; gives the names of those that are there.
    fn single<'k>(
        &mut self,
        code: &'static str,
        object: &Value<'_>,
        keys: impl IntoIterator<Item = &'k str>,
        is_required: bool,
        path: &Path<'_>,
    ) -> Vec<&'k str> {
        let has = |key: &&str| object.get(key).is_some_and(|v| !v.is_null());
        let all: Vec<&str> = keys.into_iter().collect();
        let found: Vec<&str> = all.iter().copied().filter(has).collect();
        if found.len() > 1 {
            let message = format!("{} exclude each other", found.join(" and "));
            self.error(code, path, message);
        } else if found.is_empty() && is_required {
            let message = format!("one of {} is required", all.join(", "));
            self.error(code, path, message);
        }
        found
    }

    /// Names that are unique in their list.
    fn unique<'v>(
        &mut self,
        seen: &mut BTreeSet<&'v str>,
        code: &'static str,
        name: &'v str,
        path: &Path<'_>,
    ) {
        if !seen.insert(name) {
            self.error(code, path, format!("{name:?} is there more than once"));
        }
    }
}

/// The items of a list with their paths.
fn each<'v, 'a>(object: &'v Value<'a>, key: &str) -> impl Iterator<Item = (usize, &'v Value<'a>)> {
    let items = object.get(key).and_then(Value::as_array);
    items.unwrap_or_default().iter().enumerate()
}

/// The text of a field; `None` where it is absent, empty or no text.
fn text<'v>(object: &'v Value<'_>, key: &str) -> Option<&'v str> {
    let text = object.get(key).and_then(Value::as_str);
    text.filter(|text| !text.is_empty())
}
