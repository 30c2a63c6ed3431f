//! The annotation `sidecar.istio.io/status`: the names of what the templates contributed, and what restoring the Pod
//! needs to know besides.

use std::borrow::Cow;

use outrigger_json::{Object, Value};

use super::pod;
use crate::annotations::names;

/// The lists whose items the templates' contribution is known by, in the annotation's order.
pub(crate) const LISTS: [&str; 4] = [
    "initContainers",
    "containers",
    "volumes",
    "imagePullSecrets",
];
/// The key that other injectors do not write: see [`super::record`].
const RECORD: &str = "restore";

/// What an injected Pod says of its injection.
pub(crate) struct Status<'p> {
    lists: [Vec<Cow<'p, str>>; 4],
    /// What the rules would get wrong of this Pod; empty if they get all of it right, `None` if nobody noted it.
    pub(crate) record: Option<Value<'p>>,
}

impl<'p> Status<'p> {
    /// Reads the annotation; `None` if the Pod has none, or one that no injector wrote.
    pub(crate) fn of(pod: &'p Value<'_>) -> Option<Self> {
        let mut status = Value::parse(pod::annotation(pod, names::STATUS)?.as_bytes()).ok()?;
        let status = status.as_object_mut()?;
        let mut list = |key| match status.remove(key) {
            None | Some(Value::Null) => Some(Vec::new()),
            Some(Value::Array(items)) => {
                let names = items.into_iter().map(|item| match item {
                    Value::String(name) => Some(name),
                    _ => None,
                });
                names.collect::<Option<_>>()
            }
            Some(_) => None,
        };
        Some(Self {
            lists: [
                list(LISTS[0])?,
                list(LISTS[1])?,
                list(LISTS[2])?,
                list(LISTS[3])?,
            ],
            record: status.remove(RECORD).filter(|r| r.as_object().is_some()),
        })
    }

    /// The status of a Pod to which the templates contribute `overlay`.
    pub(crate) fn new(overlay: &'p Value<'_>) -> Self {
        let names = |list| {
            let items = pod::items(overlay, list).iter();
            items.map(|i| pod::name(i).into()).collect()
        };
        Self {
            lists: LISTS.map(names),
            record: None,
        }
    }

    /// Whether the templates contributed this item of the list.
    pub(crate) fn has(&self, list: &str, name: &str) -> bool {
        self.names(list).iter().any(|n| n == name)
    }

    /// The names of what the templates contributed to the list.
    pub(crate) fn names(&self, list: &str) -> &[Cow<'p, str>] {
        let at = LISTS.iter().position(|l| *l == list);
        at.map_or(&[], |at| &self.lists[at])
    }

    /// The annotation's text.
    pub(crate) fn to_text(&self, revision: &str) -> String {
        let mut status = Object::with_capacity(6);
        for (key, names) in LISTS.iter().zip(&self.lists) {
            let names: Vec<Value<'_>> = names.iter().map(|n| (&**n).into()).collect();
            let names = if names.is_empty() {
                Value::Null
            } else {
                names.into()
            };
            status.push(*key, names);
        }
        status.push("revision", revision);
        if let Some(record) = &self.record {
            status.push(RECORD, record.borrowed());
        }
        outrigger_json::escape_html(Value::from(status).to_string()).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(status: &str) -> Option<String> {
        let annotations = Object::from_iter([(names::STATUS, status)]);
        let metadata = Object::from_iter([("annotations", annotations)]);
        let pod = Object::from_iter([("metadata", metadata)]).into();
        Status::of(&pod).map(|s| s.to_text("r"))
    }

    #[test]
    fn what_injectors_write_is_read() {
        let plain = r#"{"initContainers":["a"],"containers":null,"volumes":["<"],"imagePullSecrets":null,"revision":"r"}"#;
        let text = r#"{"initContainers":["a"],"containers":null,"volumes":["\u003c"],"imagePullSecrets":null,"revision":"r","restore":{}}"#;
        for (status, want) in [
            (plain, Some(plain.replace('<', "\\u003c"))),
            (text, Some(text.to_owned())),
            (
                r#"{"restore":1}"#,
                Some(r#"{"initContainers":null,"containers":null,"volumes":null,"imagePullSecrets":null,"revision":"r"}"#.to_owned()),
            ),
            ("", None),
            ("[]", None),
            (r#"{"volumes":{}}"#, None),
            (r#"{"volumes":[1]}"#, None),
        ] {
            assert_eq!(read(status), want, "{status}");
        }
    }
}
