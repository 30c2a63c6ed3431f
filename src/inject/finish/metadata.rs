//! Labels and annotations that say where the Pod is and what the configuration wants said.

use outrigger_json::Value;

use super::Finish;
use crate::{annotations::names, inject::pod};

pub(super) fn apply(finish: &Finish<'_>, pod: &mut Value<'_>) {
    if let Some((_, network)) = finish
        .variables
        .iter()
        .find(|(name, _)| *name == "ISTIO_META_NETWORK")
        && let Some(labels) = pod::metadata_map(pod, "labels")
    {
        labels.insert(names::NETWORK, (*network).to_owned());
    }
    if let Some(annotations) = pod::metadata_map(pod, "annotations") {
        for (name, value) in &finish.config.injector.injected_annotations {
            annotations.insert(name.clone(), value.clone());
        }
    }
}
