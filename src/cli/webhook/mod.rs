//! `outrigger webhook`.

mod apply;
mod check;
mod objects;
mod remove;

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use anyhow::Context as _;
use clap::{Subcommand, ValueEnum};
use kube::{
    Api, Client,
    api::{ApiResource, DynamicObject},
    core::GroupVersionKind,
};
use outrigger_json::{Object, Value};

use self::objects::Objects;
pub(super) use self::objects::dns_label;
use crate::cluster::{self, Connection};

/// Register the injector with the API server, or see what that takes.
///
/// A MutatingWebhookConfiguration has Istio's selectors: which Pods are sent is decided by the labels istio-injection and
/// istio.io/rev of namespaces, and sidecar.istio.io/inject and istio.io/rev of Pods. Pods that no sidecar fits and those of
/// the system and of the injector itself are never sent, so that they come up while the injector is away.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Print(Print),
    Apply(apply::Apply),
    Check(check::Check),
    Remove(remove::Remove),
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        match self.command {
            Command::Print(print) => print.run(),
            Command::Apply(apply) => {
                in_cluster(&apply.connection.clone(), async |c| apply.run(c).await)
            }
            Command::Check(check) => {
                in_cluster(&check.connection.clone(), async |c| check.run(c).await)
            }
            Command::Remove(remove) => {
                in_cluster(&remove.connection.clone(), async |c| remove.run(c).await)
            }
        }
    }
}

/// Runs what needs a client of the API server.
fn in_cluster(
    connection: &Connection,
    run: impl AsyncFnOnce(Client) -> anyhow::Result<ExitCode>,
) -> anyhow::Result<ExitCode> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")?
        .block_on(async { run(cluster::client(connection).await?).await })
}

/// Print the objects; needs no cluster.
///
/// Without --ca-bundle the field caBundle is left out, for 'outrigger serve' or cert-manager to fill in.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  The webhook of the unnamed revision, and that of a revision with a tag:
    outrigger webhook print
    outrigger webhook print --revision canary --tag prod

  Let Pods be created while the injector is away, but not without a sidecar that they should have:
    outrigger webhook print --failure-policy Ignore --guard

  An injector outside of the cluster, with a certificate from 'outrigger certs':
    outrigger webhook print --url https://injector.example.com:15017/inject --ca-bundle certs/ca.crt")]
struct Print {
    /// How the objects are written
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t)]
    output: Output,

    #[command(flatten)]
    objects: Objects,
}

/// How objects are written.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Output {
    #[default]
    Yaml,
    Json,
}

impl Print {
    fn run(self) -> anyhow::Result<ExitCode> {
        let objects = self.objects.make()?.objects;
        let text = match self.output {
            Output::Yaml => objects
                .iter()
                .map(outrigger_yaml::to_string)
                .collect::<Vec<_>>()
                .join("---\n"),
            Output::Json => format!("{}\n", list(objects)),
        };
        io::stdout().write_all(text.as_bytes())?;
        Ok(ExitCode::SUCCESS)
    }
}

/// One object as it is, several as a List.
fn list(mut objects: Vec<Value<'static>>) -> Value<'static> {
    if objects.len() == 1 {
        return objects.remove(0);
    }
    let mut list = Object::new();
    list.push("apiVersion", "v1");
    list.push("kind", "List");
    list.push("items", objects);
    list.into()
}

/// The objects of a kind that registers webhooks and policies.
fn api(client: &Client, kind: &str) -> Api<DynamicObject> {
    let kind = GroupVersionKind::gvk("admissionregistration.k8s.io", "v1", kind);
    let resource = ApiResource::from_gvk(&kind);
    Api::all_with(client.clone(), &resource)
}
