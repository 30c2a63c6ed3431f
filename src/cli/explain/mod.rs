//! `outrigger explain`.

mod files;
mod live;
mod names;
mod print;

use std::{path::PathBuf, process::ExitCode};

use anyhow::{Context as _, bail};
use clap::ValueEnum;

use super::options::ConfigOptions;
use crate::{
    cluster::{self, Connection},
    explain::{Explanation, Summary, Verdict},
};

/// Say why a Pod has a sidecar, or none, and what mends it.
///
/// The way of a Pod is walked from its creation to its sidecar: the labels of its namespace, the webhooks that select it,
/// the way to the injector and its certificate, the injector's decision, Pod Security, the Pods that exist. What breaks is
/// marked, with the command that mends it. The decision is that of the injector's own code, with the cluster's ConfigMaps.
///
/// For one object the API server is asked by a dry run as well, which stores nothing. What may not be read is told, with
/// the right that is missing.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  Why has this Pod no sidecar?
    outrigger explain pod/web-7d4b9c6f5-x2x9k -n shop
    outrigger explain deploy/web -n shop

  The Pods of a namespace, and those of the cluster, by workload and reason, the worst first:
    outrigger explain ns/shop
    outrigger explain -A -o wide

  Before anything is applied; without the namespace's labels there is no telling:
    kubectl get namespace shop -o yaml > shop.yaml
    outrigger explain -f shop.yaml -f examples/deployment.yaml -n shop

  As a plugin of kubectl:
    kubectl outrigger explain deploy/web -n shop

Exit status: 0 injected; 1 not injected, also if only some are not; 2 it cannot be told for some, or an error.")]
pub(super) struct Args {
    /// What is asked about: TYPE/NAME or TYPE NAME, such as pod/web-1, deploy/web, sts, ds, job, cronjob, rs, ns; a name
    /// alone is a Pod's
    #[arg(value_name = "TYPE/NAME", conflicts_with_all = ["all_namespaces", "paths"])]
    objects: Vec<String>,

    /// The namespace; by itself: all of its Pods [default: that of the kubeconfig]
    #[arg(short, long, value_name = "NAME", value_parser = super::webhook::dns_label)]
    namespace: Option<String>,

    /// All Pods of the cluster
    #[arg(short = 'A', long, conflicts_with = "namespace")]
    all_namespaces: bool,

    /// Ask no cluster, but files: workloads, and every Namespace, MutatingWebhookConfiguration and ConfigMap that decides
    /// about them; - for standard input. May be repeated
    #[arg(
        short = 'f',
        long = "filename",
        value_name = "PATH",
        conflicts_with = "all_namespaces"
    )]
    paths: Vec<PathBuf>,

    /// Read the folders in folders too
    #[arg(short = 'R', long, requires = "paths")]
    recursive: bool,

    /// How the answer is written
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t)]
    output: Output,

    #[command(flatten)]
    connection: Connection,

    #[command(flatten)]
    installed: Installed,

    #[command(flatten)]
    config: ConfigOptions,
}

/// Where the injector's configuration is in the cluster, if its own arguments do not tell.
#[derive(clap::Args, Clone, Debug)]
#[command(next_help_heading = "Cluster")]
struct Installed {
    /// The namespace of the injector's ConfigMaps [default: what the injector was started with, else istio-system]
    #[arg(long, value_name = "NAME", alias = "istioNamespace")]
    istio_namespace: Option<String>,

    /// The ConfigMap with the injector's configuration and values [default: what the injector was started with, else
    /// istio-sidecar-injector, with a revision istio-sidecar-injector-REVISION]
    #[arg(long, value_name = "NAME", alias = "injectConfigMapName")]
    injector_configmap: Option<String>,

    /// The ConfigMap with the MeshConfig [default: what the injector was started with, else istio, with a revision
    /// istio-REVISION]
    #[arg(long, value_name = "NAME", alias = "meshConfigMapName")]
    mesh_configmap: Option<String>,
}

/// How the answer is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Output {
    /// For people
    #[default]
    Text,
    /// For people, with all particulars
    Wide,
    Json,
    Yaml,
}

/// What was found.
enum Found {
    /// One answer an object.
    Each(Vec<Explanation>),
    /// A table.
    Table(Summary),
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let output = self.output;
        let found = if self.paths.is_empty() {
            in_cluster(&self)?
        } else {
            Found::Each(files::explain(&self)?)
        };
        let verdict = match &found {
            Found::Each(all) => all.iter().map(|e| e.verdict).fold(Verdict::Injected, worse),
            Found::Table(summary) => summary.worst(),
        };
        print::found(found, output)?;
        Ok(ExitCode::from(match verdict {
            Verdict::Injected => 0,
            Verdict::NotInjected => 1,
            Verdict::CannotTell => 2,
        }))
    }
}

fn worse(one: Verdict, other: Verdict) -> Verdict {
    one.max(other)
}

fn in_cluster(args: &Args) -> anyhow::Result<Found> {
    if args.objects.is_empty() && args.namespace.is_none() && !args.all_namespaces {
        bail!(
            "what is asked about? Give TYPE/NAME, such as deploy/web, or -n NAMESPACE, -A, or -f FILE"
        );
    }
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")?
        .block_on(async {
            let client = cluster::client(&args.connection).await?;
            live::explain(args, client).await
        })
}
