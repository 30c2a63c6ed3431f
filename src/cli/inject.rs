//! `outrigger inject`.

use std::process::ExitCode;

use anstyle::AnsiColor;
use anyhow::bail;
use outrigger_json::Value;

use super::{
    Note,
    manifests::{Changed, Document, Format, Manifests},
    options::ConfigOptions,
    tell,
};
use crate::{
    inject::{Injector, Outcome, Request, Way},
    workload::{self, Form, Reference},
};

/// Inject the Pods in manifests, before they are applied.
///
/// Finds the Pods in workloads of every kind and in Lists. Everything else is written as it is, byte for byte, and in a
/// manifest that is injected only what injection changes is written anew: comments, quotes and the order of keys stay.
///
/// A Pod that is not injected is told on standard error, with the reason and what to do about it.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  See what would be injected:
    outrigger inject -f examples/deployment.yaml | diff examples/deployment.yaml -

  Inject what a chart renders, with the mesh's own configuration, and apply it:
    kubectl -n istio-system get configmap istio -o yaml > mesh.yaml
    helm template shop ./chart | outrigger inject -f - --mesh-config mesh.yaml | kubectl apply -f -

  Inject a folder in place of another tool's step, into one file:
    outrigger inject -R -f manifests --output injected.yaml

  List the workloads that would be injected, and see the patch of one:
    outrigger inject -R -f manifests -o name
    outrigger inject -f examples/pod.yaml -o patch

Exit status: 0 done, also if Pods were skipped; 2 an error, which names the file, the document and the line. What comes
before it is on standard output already: where half a result would do harm, give --output.")]
pub(super) struct Args {
    #[command(flatten)]
    manifests: Manifests,

    #[command(flatten)]
    config: ConfigOptions,
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let Self { manifests, config } = self;
        let snapshot = config.load()?;
        for warning in &snapshot.warnings {
            tell(AnsiColor::Yellow, "warning", &warning.to_string())?;
        }
        let injector = Injector::new(snapshot)?;
        manifests.run(&|document, format, notes| {
            inject(&injector, document, format, &mut |object, outcome| {
                told(object, outcome, notes)
            })
        })?;
        Ok(ExitCode::SUCCESS)
    }
}

/// What is told of what became of a Pod; gives the Pod that takes its place.
pub(super) type Told<'t> =
    dyn FnMut(&Reference, Outcome<Value<'static>>) -> anyhow::Result<Option<Value<'static>>> + 't;

/// Injects the Pods of a document as its author wrote it: what was injected before is restored first.
pub(super) fn inject(
    injector: &Injector,
    document: &Document<'_>,
    format: Format,
    told: &mut Told<'_>,
) -> anyhow::Result<Option<Changed>> {
    let form = match format {
        Format::Patch => Form::Kept,
        Format::Yaml | Format::Json | Format::Name => Form::Completed,
    };
    let restored = workload::restore(document.object, document.record)?;
    let is_certain = restored.as_ref().is_none_or(|r| r.is_certain);
    let author = match &restored {
        Some(restored) => restored.object.borrowed(),
        None => document.object.borrowed(),
    };
    let mut object = author.clone();
    let any = workload::each_pod(&mut object, form, &mut |found| {
        let request = Request {
            pod: found.pod,
            namespace: &found.object.namespace,
            owner: found.owner(),
            variables: &[],
            way: Way::Offline,
        };
        told(found.object, injector.apply(&request))
    })?;
    let record = workload::remember(&object, &author, is_certain)?;
    Ok((any || restored.is_some()).then(|| Changed {
        object: object.into_owned(),
        record: record.filter(|_| any),
    }))
}

/// Notes what is to be told of an outcome, and gives its result; a failure becomes an error.
pub(super) fn told<T>(
    object: &Reference,
    outcome: Outcome<T>,
    notes: &mut Vec<Note>,
) -> anyhow::Result<Option<T>> {
    let Outcome {
        reason,
        detail,
        warnings,
        result,
    } = outcome;
    if reason.is_failure() {
        bail!("{object}: {reason}: {detail}; {}", reason.remedy());
    }
    notes.extend(warnings.iter().map(|warning| {
        let text = format!("{object}: {warning}");
        Note::new(AnsiColor::Yellow, "warning", text)
    }));
    if reason.is_skip() {
        let detail = if detail.is_empty() {
            detail
        } else {
            format!(" ({detail})")
        };
        let text = format!("{object}: {reason}{detail}; {}", reason.remedy());
        notes.push(Note::new(AnsiColor::Cyan, "skipped", text));
    }
    Ok(result)
}
