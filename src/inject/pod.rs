//! A Pod as JSON: the places that the injector reads, and a check that they have the shapes it relies on.
//!
//! Source: <https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/>.

use std::fmt;

use outrigger_json::{Object, Value};

/// The container that carries the proxy.
pub(crate) const PROXY: &str = "istio-proxy";
/// The init container that writes the iptables rules.
pub(crate) const INIT: &str = "istio-init";
/// The init container that checks the rules which the CNI plugin wrote.
pub(crate) const VALIDATION: &str = "istio-validation";

/// One of the two lists of containers that injection works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum List {
    Containers,
    InitContainers,
}

impl List {
    /// Both, in the order in which the reference looks through them for probes.
    pub(crate) const INIT_FIRST: [Self; 2] = [Self::InitContainers, Self::Containers];

    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::Containers => "containers",
            Self::InitContainers => "initContainers",
        }
    }
}

pub(crate) fn labels<'p, 'a>(pod: &'p Value<'a>) -> Option<&'p Object<'a>> {
    pod.at(&["metadata", "labels"])?.as_object()
}

pub(crate) fn annotations<'p, 'a>(pod: &'p Value<'a>) -> Option<&'p Object<'a>> {
    pod.at(&["metadata", "annotations"])?.as_object()
}

/// The namespace that the Pod names, else the one that it is asked for.
pub(crate) fn namespace<'p>(pod: &'p Value<'_>, asked: &'p str) -> &'p str {
    let own = pod
        .at(&["metadata", "namespace"])
        .and_then(Value::as_str)
        .filter(|n| !n.is_empty());
    own.unwrap_or(asked)
}

/// The label's value; `Some("")` where it is set to nothing.
pub(crate) fn label<'p>(pod: &'p Value<'_>, name: &str) -> Option<&'p str> {
    labels(pod)?.str(name)
}

/// The annotation's value; `Some("")` where it is set to nothing.
pub(crate) fn annotation<'p>(pod: &'p Value<'_>, name: &str) -> Option<&'p str> {
    annotations(pod)?.str(name)
}

/// `metadata.labels` or `metadata.annotations`, made where it is missing.
pub(crate) fn metadata_map<'p, 'a>(
    pod: &'p mut Value<'a>,
    which: &'static str,
) -> Option<&'p mut Object<'a>> {
    object(object(pod.as_object_mut()?, "metadata")?, which)
}

/// The object at `key`, made where it is missing or null; `None` where something else is in its place.
pub(crate) fn object<'p, 'a>(
    parent: &'p mut Object<'a>,
    key: &'static str,
) -> Option<&'p mut Object<'a>> {
    let value = parent.entry(key, || Object::new().into());
    if value.is_null() {
        *value = Object::new().into();
    }
    value.as_object_mut()
}

pub(crate) fn spec<'p, 'a>(pod: &'p Value<'a>) -> Option<&'p Object<'a>> {
    pod.get("spec")?.as_object()
}

pub(crate) fn items<'p, 'a>(pod: &'p Value<'a>, list: &str) -> &'p [Value<'a>] {
    spec(pod)
        .and_then(|s| s.get(list))
        .and_then(Value::as_array)
        .unwrap_or_default()
}

pub(crate) fn items_mut<'p, 'a>(
    pod: &'p mut Value<'a>,
    list: &str,
) -> Option<&'p mut Vec<Value<'a>>> {
    pod.get_mut("spec")?.get_mut(list)?.as_array_mut()
}

pub(crate) fn containers<'p, 'a>(pod: &'p Value<'a>, list: List) -> &'p [Value<'a>] {
    items(pod, list.key())
}

/// The `name` of a list's item; empty where it has none.
pub(crate) fn name<'p>(item: &'p Value<'_>) -> &'p str {
    item.get("name").and_then(Value::as_str).unwrap_or_default()
}

pub(crate) fn container<'p, 'a>(
    pod: &'p Value<'a>,
    list: List,
    wanted: &str,
) -> Option<&'p Value<'a>> {
    containers(pod, list).iter().find(|c| name(c) == wanted)
}

/// The proxy, wherever it runs: `containers` first.
pub(crate) fn proxy<'p, 'a>(pod: &'p Value<'a>) -> Option<&'p Value<'a>> {
    container(pod, List::Containers, PROXY).or_else(|| container(pod, List::InitContainers, PROXY))
}

/// The proxy, to change.
pub(crate) fn proxy_mut<'p, 'a>(pod: &'p mut Value<'a>) -> Option<&'p mut Object<'a>> {
    let list = if container(pod, List::Containers, PROXY).is_some() {
        List::Containers
    } else {
        List::InitContainers
    };
    items_mut(pod, list.key())?
        .iter_mut()
        .find(|c| name(c) == PROXY)?
        .as_object_mut()
}

/// The value of an environment variable that is given as text; the last of several counts, as in the kubelet.
pub(crate) fn env<'p>(container: &'p Value<'_>, wanted: &str) -> Option<&'p str> {
    let list = container.get("env")?.as_array()?;
    list.iter()
        .rev()
        .find(|e| name(e) == wanted)?
        .get("value")?
        .as_str()
}

/// A place in a Pod that does not have the shape that Kubernetes gives it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Malformed {
    path: String,
    want: &'static str,
    got: &'static str,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} is of type {}, where a Pod has {}",
            self.path, self.got, self.want
        )
    }
}

impl std::error::Error for Malformed {}

/// Checks the shapes that the injector relies on; everything else of the Pod is left to the API server.
pub(crate) fn check(pod: &Value<'_>) -> Result<(), Malformed> {
    let wrong = |path: String, want, value: &Value<'_>| {
        Err(Malformed {
            path,
            want,
            got: value.kind(),
        })
    };
    if pod.as_object().is_none() {
        return wrong("the object".to_owned(), "an object", pod);
    }
    for (part, maps, lists) in [
        (
            "metadata",
            ["labels", "annotations"].as_slice(),
            ["ownerReferences"].as_slice(),
        ),
        (
            "spec",
            &["nodeSelector"],
            &[
                "containers",
                "initContainers",
                "volumes",
                "imagePullSecrets",
            ],
        ),
    ] {
        let Some(value) = pod.get(part).filter(|v| !v.is_null()) else {
            continue;
        };
        let Some(object) = value.as_object() else {
            return wrong(part.to_owned(), "an object", value);
        };
        for key in maps {
            let Some(map) = object.get(key).filter(|v| !v.is_null()) else {
                continue;
            };
            let Some(entries) = map.as_object() else {
                return wrong(format!("{part}.{key}"), "an object", map);
            };
            if let Some((name, value)) = entries.iter().find(|(_, v)| v.as_str().is_none()) {
                return wrong(format!("{part}.{key}[{name:?}]"), "a string", value);
            }
        }
        for key in lists {
            let Some(list) = object.get(key).filter(|v| !v.is_null()) else {
                continue;
            };
            let Some(items) = list.as_array() else {
                return wrong(format!("{part}.{key}"), "an array", list);
            };
            for (i, item) in items.iter().enumerate() {
                let Some(object) = item.as_object() else {
                    return wrong(format!("{part}.{key}[{i}]"), "an object", item);
                };
                if let Some(name) = object.get("name").filter(|n| n.as_str().is_none()) {
                    return wrong(format!("{part}.{key}[{i}].name"), "a string", name);
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_shapes_are_named() {
        for (text, want) in [
            ("[]", "the object is of type array"),
            (r#"{"metadata": 1}"#, "metadata is of type number"),
            (
                r#"{"metadata": {"labels": []}}"#,
                "metadata.labels is of type array",
            ),
            (
                r#"{"metadata": {"labels": {"a": 1}}}"#,
                r#"metadata.labels["a"] is of type number"#,
            ),
            (
                r#"{"spec": {"containers": {}}}"#,
                "spec.containers is of type object",
            ),
            (
                r#"{"spec": {"containers": [null]}}"#,
                "spec.containers[0] is of type null",
            ),
            (
                r#"{"spec": {"volumes": [{"name": {}}]}}"#,
                "spec.volumes[0].name is of type object",
            ),
        ] {
            let error = check(&Value::parse(text.as_bytes()).unwrap()).unwrap_err();
            assert!(error.to_string().starts_with(want), "{error}");
        }
        for text in [
            "{}",
            r#"{"metadata": null, "spec": {"containers": null, "unknown": 7}}"#,
        ] {
            assert_eq!(check(&Value::parse(text.as_bytes()).unwrap()), Ok(()));
        }
    }
}
