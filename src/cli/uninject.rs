//! `outrigger uninject`.

use std::{
    process::ExitCode,
    sync::atomic::{AtomicBool, Ordering},
};

use anstyle::AnsiColor;

use super::{
    Note,
    manifests::{Changed, Manifests},
};
use crate::{
    inject::{Doubt, Was},
    workload::{self, Reference},
};

/// Take the sidecar out of manifests that were injected.
///
/// Containers, volumes, labels and annotations that injection added are removed; probes, metrics annotations and
/// customised containers become what their author wrote. Pods that were injected by Istio are restored as well, and
/// documents that were not injected are written as they are, byte for byte.
///
/// Some things an injected Pod does not tell: whether a probe's port was a number or a name, whether a label that
/// injection adds was there before. `outrigger inject` leaves them in a comment at the document's end, the webhook in
/// its status annotation. Where neither is there, each is listed on standard error.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  See what the author of a running workload wrote:
    kubectl get deployment storefront -o yaml | outrigger uninject -f -

  Injecting and taking out again changes nothing:
    outrigger inject -f examples/pod.yaml | outrigger uninject -f - | diff examples/pod.yaml -

  Put a repository right whose manifests went in injected; each file by itself, so that each keeps its name:
    for file in manifests/*.yaml; do outrigger uninject -f \"$file\" --output \"$file\"; done

  List the workloads that were injected:
    outrigger uninject -R -f manifests -o name

Exit status: 0 done, and all of it is what its author wrote, or nothing was injected; 1 done, but standard error lists
what could not be known; 2 an error, which names the file, the document and the line.")]
pub(super) struct Args {
    #[command(flatten)]
    manifests: Manifests,
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let is_certain = AtomicBool::new(true);
        self.manifests.run(&|document, _, notes| {
            let Some(author) = workload::restore(document.object, document.record)? else {
                return Ok(None);
            };
            is_certain.fetch_and(author.is_certain, Ordering::Relaxed);
            let lines = not_known(&author.doubts).into_iter();
            notes.extend(lines.map(|line| Note::new(AnsiColor::Yellow, "not known", line)));
            Ok(Some(Changed {
                object: author.object,
                record: None,
            }))
        })?;
        Ok(if is_certain.into_inner() {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(1)
        })
    }
}

/// The doubts in sentences, one for each object and what it is about.
fn not_known(doubts: &[(Reference, Doubt)]) -> Vec<String> {
    let mut lines: Vec<(&Reference, &Was, Vec<&str>)> = Vec::new();
    for (object, Doubt { place, was }) in doubts {
        match lines.iter_mut().find(|(o, w, _)| *o == object && *w == was) {
            Some((_, _, places)) => places.push(place),
            None => lines.push((object, was, vec![place])),
        }
    }
    let sentence = |(object, was, places): (&Reference, &Was, Vec<&str>)| {
        let places = places.join(", ");
        match was {
            Was::Injected => {
                format!("{object}: taken out, its author may have written the same: {places}")
            }
            Was::Nothing => format!("{object}: kept, may have been injected: {places}"),
            Was::Named(name) => format!("{object}: may have been the name {name:?}: {places}"),
            Was::Lost => format!(
                "{object}: injection wrote over what its author had here, if anything: {places}"
            ),
            Was::OtherForm => format!(
                "{object}: as Kubernetes' types write it, its author may have written it differently: {places}"
            ),
        }
    };
    lines.into_iter().map(sentence).collect()
}
