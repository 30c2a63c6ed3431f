//! Labels and annotations that say what was done.

use outrigger_json::{Object, Value};

use super::Finish;
use crate::inject::{pod, restore::RECORD};

/// The annotation that lists what the templates contributed.
pub(crate) const STATUS: &str = "sidecar.istio.io/status";
/// The label that names the Pod's network.
pub(crate) const NETWORK: &str = "topology.istio.io/network";

pub(super) fn apply(finish: &Finish<'_, '_>, pod: &mut Value<'_>) {
    if let Some((_, network)) = finish
        .variables
        .iter()
        .find(|(name, _)| name == "ISTIO_META_NETWORK")
        && let Some(labels) = pod::metadata_map(pod, "labels")
    {
        labels.insert(NETWORK, network.clone());
    }
    if let Some(annotations) = pod::metadata_map(pod, "annotations") {
        annotations.insert(STATUS, status(finish));
        for (name, value) in &finish.config.injector.injected_annotations {
            annotations.insert(name.clone(), value.clone());
        }
    }
}

fn status(finish: &Finish<'_, '_>) -> String {
    let names = |list| -> Value<'_> {
        let names: Vec<Value<'_>> = pod::items(finish.overlay, list)
            .iter()
            .map(|i| pod::name(i).into())
            .collect();
        if names.is_empty() {
            Value::Null
        } else {
            names.into()
        }
    };
    let mut status: Object<'_> = [
        "initContainers",
        "containers",
        "volumes",
        "imagePullSecrets",
    ]
    .map(|list| (list, names(list)))
    .into_iter()
    .collect();
    status.push("revision", finish.config.settings.revision_label());
    outrigger_json::escape_html(&Value::from(status).to_string()).into_owned()
}

/// Adds to the status annotation what restoring the Pod will need.
pub(crate) fn remember(pod: &mut Value<'_>, record: Value<'_>) {
    let status = pod::annotation(pod, STATUS).and_then(|text| Value::parse(text.as_bytes()).ok());
    let Some(mut status) = status.map(Value::into_owned) else {
        return;
    };
    if let Some(object) = status.as_object_mut() {
        object.push(RECORD, record.into_owned());
    }
    let text = outrigger_json::escape_html(&status.to_string()).into_owned();
    if let Some(annotations) = pod::metadata_map(pod, "annotations") {
        annotations.insert(STATUS, text);
    }
}
