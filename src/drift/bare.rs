//! The bare form of a Pod: as Kubernetes' types write it, without what the API server fills in where nothing is written.
//!
//! Source of the defaults: `pkg/apis/core/v1/defaults.go` of Kubernetes.

use std::borrow::Cow;

use outrigger_json::{Object, Value};
use outrigger_strategic_merge::{
    pod::{POD_SPEC, PROBE},
    schema::{Struct, Type},
};

use crate::inject::{pod::name, typed};

/// A struct, a field of it, and the value that the API server gives it where there is none, as JSON.
const DEFAULTS: [(&str, &str, &str); 21] = [
    ("v1.ConfigMapVolumeSource", "defaultMode", "420"),
    (
        "v1.Container",
        "terminationMessagePath",
        "\"/dev/termination-log\"",
    ),
    ("v1.Container", "terminationMessagePolicy", "\"File\""),
    ("v1.ContainerPort", "protocol", "\"TCP\""),
    ("v1.DownwardAPIVolumeSource", "defaultMode", "420"),
    ("v1.HTTPGetAction", "path", "\"/\""),
    ("v1.HTTPGetAction", "scheme", "\"HTTP\""),
    ("v1.ObjectFieldSelector", "apiVersion", "\"v1\""),
    ("v1.PodSpec", "dnsPolicy", "\"ClusterFirst\""),
    ("v1.PodSpec", "enableServiceLinks", "true"),
    ("v1.PodSpec", "restartPolicy", "\"Always\""),
    ("v1.PodSpec", "schedulerName", "\"default-scheduler\""),
    ("v1.PodSpec", "terminationGracePeriodSeconds", "30"),
    ("v1.Probe", "failureThreshold", "3"),
    ("v1.Probe", "periodSeconds", "10"),
    ("v1.Probe", "successThreshold", "1"),
    ("v1.Probe", "timeoutSeconds", "1"),
    ("v1.ProjectedVolumeSource", "defaultMode", "420"),
    ("v1.ResourceFieldSelector", "divisor", "\"0\""),
    ("v1.SecretVolumeSource", "defaultMode", "420"),
    (
        "v1.ServiceAccountTokenProjection",
        "expirationSeconds",
        "3600",
    ),
];

/// The proxy's variable that holds the author's probes as JSON, by their paths at the agent.
const PROBERS: &str = "ISTIO_KUBE_APP_PROBERS";

/// `metadata.labels`, `metadata.annotations` and `spec` in bare form.
pub(super) fn pod(pod: &Value<'_>) -> Value<'static> {
    let mut metadata = Object::new();
    for key in ["labels", "annotations"] {
        if let Some(map) = pod.at(&["metadata", key]) {
            metadata.push(key, map.clone().into_owned());
        }
    }
    let spec = pod
        .get("spec")
        .and_then(|spec| typed::object(spec, &POD_SPEC));
    let mut spec = spec.unwrap_or_default();
    strip(&mut spec, &Type::Object(&POD_SPEC));
    Object::from_iter([("metadata", metadata.into()), ("spec", spec)]).into()
}

fn strip(value: &mut Value<'static>, of: &Type) {
    match (of, value) {
        (Type::Pointer(inner), value) => strip(value, inner),
        (Type::List(inner), Value::Array(items)) => {
            for item in items {
                strip(item, inner);
            }
        }
        (Type::Object(declared), Value::Object(object)) => strip_object(object, declared),
        _ => {}
    }
}

fn strip_object(object: &mut Object<'static>, declared: &'static Struct) {
    for (key, value) in object.iter_mut() {
        if let Some(field) = declared.json_field(key) {
            strip(value, &field.of);
        }
    }
    match declared.name {
        "v1.Container" => strip_container(object),
        "v1.EnvVar" => strip_variable(object),
        "v1.ResourceRequirements" => complete_requests(object),
        _ => {}
    }
    object.retain(|key, value| {
        let is_default = DEFAULTS.iter().any(|(of, field, default)| {
            *of == declared.name && *field == key && is(value, default)
        });
        !is_default && !is_empty(value)
    });
}

fn is(value: &Value<'_>, json: &str) -> bool {
    match value {
        Value::String(text) => {
            json.strip_prefix('"').and_then(|j| j.strip_suffix('"')) == Some(text)
        }
        Value::Bool(_) | Value::Number(_) => value.to_string() == json,
        _ => false,
    }
}

/// Whether a value says as much as nothing. In a Pod's spec that holds for everything but numbers and booleans, which
/// the canonical form has left out where they say nothing.
fn is_empty(value: &Value<'_>) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(object) => object.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

fn strip_container(container: &mut Object<'static>) {
    let image = container.str("image").unwrap_or_default();
    if container.str("imagePullPolicy") == Some(usual_pull_policy(image)) {
        container.remove("imagePullPolicy");
    }
    // What a resize may do without a restart; the API server of some releases writes it out.
    let policies = container.get("resizePolicy").and_then(Value::as_array);
    if policies.is_some_and(|all| {
        all.iter().all(|policy| {
            policy.get("restartPolicy").and_then(Value::as_str) == Some("NotRequired")
        })
    }) {
        container.remove("resizePolicy");
    }
}

/// What the API server writes where nothing is written.
fn usual_pull_policy(image: &str) -> &'static str {
    let (path, digest) = match image.split_once('@') {
        Some((path, digest)) => (path, Some(digest)),
        None => (image, None),
    };
    let last = path.rsplit('/').next().unwrap_or_default();
    match (last.split_once(':'), digest) {
        (Some((_, "latest")), _) | (None, None) => "Always",
        _ => "IfNotPresent",
    }
}

/// Limits are requests where nothing else is requested.
fn complete_requests(resources: &mut Object<'static>) {
    let Some(limits) = resources.get("limits").and_then(Value::as_object).cloned() else {
        return;
    };
    let requests = resources.entry("requests", || Object::new().into());
    if let Some(requests) = requests.as_object_mut() {
        for (key, limit) in limits {
            requests.entry(key, || limit);
        }
    }
}

/// Takes the defaults out of the author's probes.
fn strip_variable(variable: &mut Object<'static>) {
    if variable.str("name") != Some(PROBERS) {
        return;
    }
    let probes = variable
        .str("value")
        .and_then(|text| Value::parse(text.as_bytes()).ok());
    let Some(Value::Object(mut probes)) = probes.map(Value::into_owned) else {
        return;
    };
    for (_, probe) in probes.iter_mut() {
        if let Some(mut written) = typed::object(probe, &PROBE) {
            strip(&mut written, &Type::Object(&PROBE));
            *probe = written;
        }
    }
    variable.insert("value", Value::from(probes).to_string());
}

/// An item of a list by its name.
pub(super) fn named<'v>(
    list: Option<&'v Value<'static>>,
    wanted: &str,
) -> Option<&'v Value<'static>> {
    let items = list.and_then(Value::as_array).unwrap_or_default();
    items.iter().find(|item| name(item) == wanted)
}

/// The text of a value without the quotes of a string.
pub(super) fn text<'v>(value: &'v Value<'_>) -> Cow<'v, str> {
    match value {
        Value::String(text) => Cow::Borrowed(text),
        other => Cow::Owned(other.to_string()),
    }
}
