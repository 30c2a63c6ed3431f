//! `outrigger webhook check`.

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use anyhow::Context as _;
use k8s_openapi::api::core::v1::Pod;
use kube::{
    Api, Client,
    api::PostParams,
    core::{ApiResource, DynamicObject},
};
use outrigger_json::Value;
use serde_json::json;

use super::objects::dns_label;
use crate::{annotations::names::STATUS, cluster::Connection, webhook::Revision};

/// Ask the API server for a Pod with a sidecar, without creating it.
///
/// The Pod asks for injection by its labels; it goes all the way through the API server, the webhook and back as a dry run.
/// That takes the right to create Pods in the namespace.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  outrigger webhook check
  outrigger webhook check --revision canary --namespace shop

Exit status: 0 the Pod was injected by this revision; 1 it was not; 2 an error, such as a webhook that does not answer.")]
pub(super) struct Check {
    /// The revision that is to inject it; none or 'default' is the unnamed one
    #[arg(
        long,
        value_name = "NAME",
        env = "REVISION",
        default_value = "",
        hide_default_value = true
    )]
    revision: Revision,

    /// The namespace of the Pod; not that of the injector, whose Pods are never sent
    #[arg(short, long, value_name = "NAME", default_value = "default", value_parser = dns_label)]
    namespace: String,

    #[command(flatten)]
    pub(super) connection: Connection,
}

impl Check {
    pub(super) async fn run(self, client: Client) -> anyhow::Result<ExitCode> {
        let Self {
            revision,
            namespace,
            ..
        } = self;
        let mut labels = json!({"sidecar.istio.io/inject": "true"});
        if !revision.is_default() {
            labels["istio.io/rev"] = revision.as_str().into();
        }
        // Code for every field of a Pod would be a good part of the program.
        let pods = ApiResource::erase::<Pod>(&());
        let pod: DynamicObject = serde_json::from_value(json!({
            "apiVersion": pods.api_version,
            "kind": pods.kind,
            "metadata": {"generateName": "outrigger-check-", "labels": labels},
            "spec": {
                "serviceAccountName": "default",
                "containers": [{"name": "check", "image": "outrigger.invalid/check"}],
            },
        }))?;
        let dry_run = PostParams {
            dry_run: true,
            ..PostParams::default()
        };
        let made = Api::<DynamicObject>::namespaced_with(client, &namespace, &pods)
            .create(&dry_run, &pod)
            .await
            .with_context(|| {
                format!("namespace {namespace} has refused a Pod of revision {revision}")
            })?;

        let annotations = made.metadata.annotations.unwrap_or_default();
        let by = annotations.get(STATUS).map(|status| {
            let status = Value::parse(status.as_bytes()).unwrap_or_default();
            let by = status.get("revision").and_then(Value::as_str);
            by.unwrap_or("default").to_owned()
        });
        let (status, found) = match &by {
            Some(by) if by == revision.as_str() => (0, "it was injected by that".to_owned()),
            Some(by) => (1, format!("it was injected by revision {by}")),
            None => (
                1,
                "it was not injected; see the namespace's labels istio-injection and istio.io/rev, and \
                 'kubectl get mutatingwebhookconfigurations'"
                    .to_owned(),
            ),
        };
        writeln!(
            io::stdout(),
            "a Pod in namespace {namespace} asked for revision {revision}: {found}"
        )?;
        Ok(ExitCode::from(status))
    }
}
