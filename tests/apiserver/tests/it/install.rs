//! The README's installation into a cluster, each of its commands, by the real helm. Nothing runs Pods here: the test runs
//! the programs of those that are asked for, with the arguments and the rights that they would have.

use std::process::{ExitStatus, Stdio};

use anyhow::{Context, Result, bail, ensure};
use k8s_openapi::api::{
    admissionregistration::v1::MutatingWebhookConfiguration,
    apps::v1::Deployment,
    core::v1::{ConfigMap, Namespace, Pod, PodSpec},
};
use kube::{
    Api,
    api::{Patch, PatchParams, PostParams},
};
use outrigger_apiserver_tests::{
    Outrigger, Site, chart, eventually,
    pod::{injected_by, pod},
};
use serde_json::json;

const README: &str = include_str!("../../../../README.md");
const HEADING: &str = "## Install into a cluster\n";
const HOME: &str = "outrigger-system";
/// A small template: the test is about what lies around it.
const CONFIG: &str = "templates:\n  sidecar: |\n    spec:\n      containers:\n      - name: istio-proxy\n        image: registry.test/proxy:1\n";
const WEBHOOK: &str = "outrigger-sidecar-injector-outrigger";

#[tokio::test]
async fn every_command_of_the_readme_installs() -> Result<()> {
    let cluster = Installed::in_a_cluster_with_istio().await?;
    let (_, section) = README.split_once(HEADING).context("a section")?;
    let (_, block) = section.split_once("```sh\n").context("commands")?;
    let (commands, _) = block.split_once("```").context("an end")?;
    let mut outrigger = None;
    for command in commands.lines() {
        let words: Vec<_> = command.split_whitespace().collect();
        match words.as_slice() {
            ["helm", "install", ..] => {
                cluster.helm(&words[1..]).await?;
                cluster.point_to("https://127.0.0.1:1/inject").await?;
                let failed = cluster.helm(&["test", "outrigger", "-n", HOME]).await;
                ensure!(failed.is_err(), "helm test passes though nothing runs");
                outrigger = Some(cluster.run_deployment().await?);
            }
            ["helm", ..] => cluster.helm(&words[1..]).await?,
            ["kubectl", "label", "namespace", name, labels @ ..] => {
                cluster.label(name, labels).await?;
            }
            _ => bail!("nothing here does `{command}`"),
        }
    }
    let outrigger = outrigger.context("helm install is a command of the README")?;
    let shop = Api::<Pod>::namespaced(cluster.site.client.clone(), "shop");
    eventually("a Pod is injected", async || {
        let created = shop.create(&PostParams::default(), &pod(&[], &[])).await;
        created.is_ok_and(|pod| injected_by(&pod).as_deref() == Some("outrigger"))
    })
    .await?;
    let (health, log) = (outrigger.health(), outrigger.log());
    assert!(!health.contains("forbidden"), "{health}");
    assert!(!log.contains("forbidden"), "{log}");
    Ok(())
}

/// An API server of its own, into which is installed.
struct Installed {
    site: Site,
}

impl Installed {
    async fn in_a_cluster_with_istio() -> Result<Self> {
        let site = Site::alone().await?;
        for name in ["istio-system", "shop"] {
            site.named_namespace(name).await?;
        }
        let maps = Api::<ConfigMap>::namespaced(site.client.clone(), "istio-system");
        for (name, data) in [
            (
                "istio-sidecar-injector",
                json!({"config": CONFIG, "values": "{}"}),
            ),
            ("istio", json!({"mesh": "trustDomain: shop.test"})),
        ] {
            let map = json!({"metadata": {"name": name}, "data": data});
            maps.create(&PostParams::default(), &serde_json::from_value(map)?)
                .await?;
        }
        let installed = Self { site };
        installed
            .label("shop", &["istio-injection=enabled"])
            .await?;
        Ok(installed)
    }

    /// Runs helm to its end, and meanwhile the Pod that `helm test` asks for.
    async fn helm(&self, args: &[&str]) -> Result<()> {
        let mut command = chart::command()?;
        command
            .args(args)
            .env("KUBECONFIG", self.site.kubeconfig)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let child = command.spawn()?;
        let helm = tokio::task::spawn_blocking(move || child.wait_with_output());
        let output = if args.first() == Some(&"test") {
            let (output, ran) = tokio::join!(helm, self.run_test());
            ran?;
            output
        } else {
            helm.await
        }??;
        let told = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "helm {args:?}: {told}");
        Ok(())
    }

    /// Does what a kubelet would with the Pod of `helm test`.
    async fn run_test(&self) -> Result<()> {
        const NAME: &str = "outrigger-test";
        let pods = Api::<Pod>::namespaced(self.site.client.clone(), HOME);
        let mut spec = None;
        eventually("helm creates the Pod", async || {
            let found = pods.get_opt(NAME).await.ok().flatten();
            // The one of the time before is taken away first.
            let waits = |pod: &Pod| pod.status.as_ref()?.phase.clone();
            let found = found.filter(|pod| waits(pod).as_deref() == Some("Pending"));
            spec = found.and_then(|pod| pod.spec);
            spec.is_some()
        })
        .await?;
        let status = self.run(&spec.context("a spec")?).await?;
        let phase = if status.success() {
            "Succeeded"
        } else {
            "Failed"
        };
        let status = Patch::Merge(json!({"status": {"phase": phase}}));
        pods.patch_status(NAME, &PatchParams::default(), &status)
            .await?;
        Ok(())
    }

    /// Runs the program of a Pod to its end.
    async fn run(&self, spec: &PodSpec) -> Result<ExitStatus> {
        let account = spec.service_account_name.as_deref().context("an account")?;
        let kubeconfig = self.site.kubeconfig_of(HOME, account)?;
        let mut command = Outrigger::program()?;
        command
            .args(args(spec)?)
            .env("KUBECONFIG", kubeconfig.path());
        Ok(tokio::task::spawn_blocking(move || command.status()).await??)
    }

    /// Runs the program of the Deployment's Pods where the API server reaches it, which is not behind a Service here.
    async fn run_deployment(&self) -> Result<Outrigger> {
        let deployments = Api::<Deployment>::namespaced(self.site.client.clone(), HOME);
        let spec = deployments.get("outrigger").await?.spec;
        let spec = spec.and_then(|spec| spec.template.spec).context("a spec")?;
        let account = spec.service_account_name.as_deref().context("an account")?;
        let kubeconfig = self.site.kubeconfig_of(HOME, account)?;
        let args = args(&spec)?;
        let args = args
            .iter()
            .map(String::as_str)
            .filter(|arg| *arg != "serve" && !arg.starts_with("--listen="))
            .chain(["--namespace", HOME])
            .collect::<Vec<_>>();
        let mut outrigger = Outrigger::serve_kept(kubeconfig.path(), &args)?;
        outrigger.wait_until_ready().await?;

        self.point_to(&outrigger.url()).await?;
        eventually("the API server trusts it", async || {
            self.asks().await.is_ok_and(|status| status.success())
        })
        .await?;
        Ok(outrigger)
    }

    /// Has the API server call the webhook here, as there is nothing behind its Service.
    async fn point_to(&self, url: &str) -> Result<()> {
        let webhooks = Api::<MutatingWebhookConfiguration>::all(self.site.client.clone());
        let found = webhooks.get(WEBHOOK).await?;
        let entries = found.webhooks.context("entries")?.into_iter();
        let entries = entries.map(|mut entry| {
            entry.client_config.service = None;
            entry.client_config.url = Some(url.to_owned());
            entry
        });
        let patch = json!({"webhooks": entries.collect::<Vec<_>>()});
        webhooks
            .patch(WEBHOOK, &PatchParams::default(), &Patch::Merge(patch))
            .await?;
        Ok(())
    }

    /// Whether `outrigger webhook check` is content, with all rights.
    async fn asks(&self) -> Result<ExitStatus> {
        let mut command = Outrigger::program()?;
        command
            .args(["webhook", "check", "--revision", "outrigger"])
            .env("KUBECONFIG", self.site.kubeconfig)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        Ok(tokio::task::spawn_blocking(move || command.status()).await??)
    }

    /// What `kubectl label namespace` does.
    async fn label(&self, namespace: &str, labels: &[&str]) -> Result<()> {
        let labels = labels.iter().map(|label| match label.split_once('=') {
            Some((key, value)) => Ok((key, json!(value))),
            None => Ok((label.strip_suffix('-').context("a label")?, json!(null))),
        });
        let labels = labels.collect::<Result<std::collections::BTreeMap<_, _>>>()?;
        Api::<Namespace>::all(self.site.client.clone())
            .patch(
                namespace,
                &PatchParams::default(),
                &Patch::Merge(json!({"metadata": {"labels": labels}})),
            )
            .await?;
        Ok(())
    }
}

/// The arguments of a Pod's first container.
fn args(spec: &PodSpec) -> Result<Vec<String>> {
    let args = spec.containers.first().and_then(|c| c.args.clone());
    args.context("arguments")
}
