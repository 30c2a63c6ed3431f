//! `outrigger diff`.

mod files;
mod report;
mod set;

use std::{path::PathBuf, process::ExitCode};

use anstyle::AnsiColor;
use clap::ValueEnum;

use self::{report::Report, set::Assignment};
use super::{
    live::{Live, block_on},
    options::ConfigOptions,
    tell,
};
use crate::{
    config::{Settings, Snapshot, Sources},
    inject::Injector,
};

/// Show what injection would change, line by line: of running workloads, or of manifests.
///
/// Of a cluster, the Pods as they run are shown beside what would be created of them now, by the cluster's configuration
/// and what is given here in its place; Pods of one workload that change alike are shown once. Of manifests (-f), the
/// files are shown beside what 'outrigger inject' makes of them.
///
/// Pods that would not change are not shown. 'outrigger drift' lists the same Pods by what differs, with the order in which
/// to restart them.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  What restarting a workload would change, and every workload of a namespace:
    outrigger diff deploy/storefront -n shop
    outrigger diff -n shop

  What another release of the proxy would change in the whole cluster, by workload:
    outrigger diff -A --set global.tag=1.29.1 -o summary

  What a new template or mesh configuration would change:
    outrigger diff -A --injector-config new.yaml --mesh-config mesh.yaml

  What injection makes of manifests, in a review of a change:
    outrigger diff -R -f manifests

Exit status: 0 nothing would change, 1 something would, 2 an error.")]
pub(super) struct Args {
    #[command(flatten)]
    live: Live,

    /// Manifests instead of a cluster: a file, a folder, or - for standard input; may be given several times
    #[arg(short = 'f', long = "filename", value_name = "PATH", conflicts_with_all = ["targets", "namespace", "all_namespaces"])]
    paths: Vec<PathBuf>,

    /// Read the folders in folders too
    #[arg(short = 'R', long, requires = "paths")]
    recursive: bool,

    /// How the changes are written
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t)]
    output: Output,

    /// One of the values in place of what --values or the cluster has, as Helm takes it: global.tag=1.29.1. May be
    /// repeated
    #[arg(long, value_name = "KEY=VALUE", help_heading = "Configuration")]
    set: Vec<Assignment>,

    #[command(flatten)]
    config: ConfigOptions,
}

/// How changes are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Output {
    /// The changed lines with some around them
    #[default]
    Diff,
    /// A line for each workload
    Summary,
    /// A list of the changed workloads, each with a JSON patch (RFC 6902)
    Json,
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let Self {
            live,
            paths,
            recursive,
            output,
            set,
            config,
        } = self;
        let mut report = Report::new(output);
        if paths.is_empty() {
            let settings = config.settings();
            let given = |sources| assigned(sources, &set, &settings);
            block_on(live.compare(&config, given, |compared| report.pod(compared)))?;
        } else {
            let settings = config.settings();
            let sources = assigned(config.read()?, &set, &settings)?;
            let snapshot = Snapshot::build(&sources, settings)?;
            for warning in &snapshot.warnings {
                tell(AnsiColor::Yellow, "warning", &warning.to_string())?;
            }
            let injector = Injector::new(snapshot)?;
            files::compare(&injector, &paths, recursive, &mut report)?;
        }
        let differs = report.finish()?;
        Ok(ExitCode::from(u8::from(differs)))
    }
}

/// The sources with values of the command line.
fn assigned(
    mut sources: Sources,
    set: &[Assignment],
    settings: &Settings,
) -> anyhow::Result<Sources> {
    if !set.is_empty() {
        let before = Snapshot::build(&sources, settings.clone())?;
        sources.values = Some(set::apply(&before.values.document, set)?);
    }
    Ok(sources)
}
