//! `outrigger uninject`.

use std::process::ExitCode;

use outrigger_json::{Object, Value};

use super::manifests::{Change, Format, Manifests};
use crate::{
    inject,
    workload::{Found, reduce},
};

/// Take the sidecar out of manifests that were injected.
///
/// Containers, volumes, labels and annotations that injection added are removed; probes, metrics annotations and
/// customised containers become what their author wrote. Pods that were injected by Istio are restored as well, and
/// Pods that were not injected are written as they are.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  See what the author of a running workload wrote:
    kubectl get deployment storefront -o yaml | outrigger uninject -f -

  Injecting and taking out again changes nothing:
    outrigger inject -f examples/pod.yaml | outrigger uninject -f - | diff examples/pod.yaml -")]
pub(super) struct Args {
    #[command(flatten)]
    manifests: Manifests,
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        self.manifests.run(&mut restore, reduce)
    }
}

fn restore(found: &Found<'_, '_>, format: Format) -> anyhow::Result<Change> {
    let owner = found
        .owner()
        .unwrap_or_else(|| inject::owner_of(found.pod, &found.object.namespace));
    let restored = inject::restore(found.pod, &owner)
        .map_err(|(reason, detail)| anyhow::anyhow!("{}: {reason}: {detail}", found.object))?;
    Ok(match restored {
        None => Change::None,
        Some(inject::Restored { pod, .. }) if format == Format::Patch => {
            Change::Patch(replacement(found.pod, &pod))
        }
        Some(inject::Restored { pod, .. }) => Change::Pod(without_empty_metadata(pod.into_owned())),
    })
}

/// A Pod template without `metadata` if nothing is left in it: most likely its author wrote none.
fn without_empty_metadata(mut pod: Value<'static>) -> Value<'static> {
    if let Some(pod) = pod.as_object_mut() {
        let is_empty = |part: &Value<'_>| part.as_object().is_some_and(Object::is_empty);
        pod.retain(|key, part| key != "metadata" || !is_empty(part));
    }
    pod
}

/// The patch that replaces the parts of a Pod that differ.
fn replacement(old: &Value<'_>, new: &Value<'_>) -> Value<'static> {
    let operations = ["metadata", "spec"].into_iter().filter_map(|key| {
        let value = new.get(key).filter(|value| old.get(key) != Some(value))?;
        let mut operation = Object::new();
        operation.push("op", "replace");
        operation.push("path", format!("/{key}"));
        operation.push("value", value.clone().into_owned());
        Some(Value::from(operation))
    });
    Value::Array(operations.collect())
}
