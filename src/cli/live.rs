//! Live Pods beside what would be created of them now: what `diff` and `drift` have in common.

use std::str::FromStr;

use anstyle::AnsiColor;
use anyhow::Result;
use anyhow::{Context as _, bail};
use kube::Client;
use outrigger_json::Value;

use super::{
    cluster::{ConfigMapOptions, usual_webhook},
    options::ConfigOptions,
    progress::Progress,
    tell,
};
use crate::{
    cluster::{self, Budget, Connection, Pods},
    config::Sources,
    drift::{self, Comparison, Workload},
};

/// Which Pods of which cluster.
#[derive(clap::Args, Clone, Debug, Default)]
pub(super) struct Live {
    /// A workload or Pod, such as deploy/web, sts/db, ds/agent, pod/web-0 [default: all of the namespace]
    #[arg(value_name = "KIND/NAME")]
    pub(super) targets: Vec<Target>,

    /// The namespace [default: that of the kubeconfig's context]
    #[arg(short, long, value_name = "NAME")]
    pub(super) namespace: Option<String>,

    /// All namespaces
    #[arg(short = 'A', long, conflicts_with_all = ["namespace", "targets"])]
    pub(super) all_namespaces: bool,

    #[command(flatten)]
    pub(super) connection: Connection,

    #[command(flatten)]
    pub(super) config_maps: ConfigMapOptions,
}

/// A workload or Pod by the names that kubectl knows it by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// Such as `Deployment`.
    kind: &'static str,
    name: String,
}

/// The kinds and what else kubectl calls them.
const KINDS: [(&str, &[&str]); 9] = [
    ("CronJob", &["cj", "cronjob", "cronjobs"]),
    ("DaemonSet", &["ds", "daemonset", "daemonsets"]),
    ("Deployment", &["deploy", "deployment", "deployments"]),
    (
        "DeploymentConfig",
        &["dc", "deploymentconfig", "deploymentconfigs"],
    ),
    ("Job", &["job", "jobs"]),
    ("Pod", &["po", "pod", "pods"]),
    ("ReplicaSet", &["rs", "replicaset", "replicasets"]),
    ("Rollout", &["ro", "rollout", "rollouts"]),
    ("StatefulSet", &["sts", "statefulset", "statefulsets"]),
];

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some((kind, name)) = text.split_once('/').filter(|(_, name)| !name.is_empty()) else {
            return Err("KIND/NAME is wanted, such as deploy/web".to_owned());
        };
        // kubectl prints kinds with their group: deployment.apps/web.
        let short = kind.split('.').next().unwrap_or_default().to_lowercase();
        let known = KINDS.iter().find(|(_, names)| names.contains(&&*short));
        let (kind, _) = known.ok_or_else(|| {
            let kinds: Vec<_> = KINDS.iter().map(|(_, names)| names[0]).collect();
            format!(
                "the kind {kind:?} is not known; known are {}",
                kinds.join(", ")
            )
        })?;
        Ok(Self {
            kind,
            name: name.to_owned(),
        })
    }
}

impl Target {
    fn is_of(&self, workload: &Workload, pod: &Value<'_>) -> bool {
        let name = match self.kind {
            "Pod" => pod.at(&["metadata", "name"]).and_then(Value::as_str),
            kind => Some(&*workload.name).filter(|_| workload.kind == kind),
        };
        name == Some(&*self.name)
    }
}

/// A Pod that was compared.
pub(super) struct Compared<'p> {
    pub(super) pod: &'p Value<'p>,
    pub(super) workload: Workload,
    pub(super) comparison: Comparison,
    /// Whether a `PodDisruptionBudget` allows no disruption of it now.
    pub(super) is_guarded: bool,
}

impl Live {
    /// Compares the Pods, a page at a time, by the configuration of the cluster under what `given` has.
    ///
    /// # Errors
    /// The API server cannot be asked, the configuration cannot be used, or one of the targets is not there.
    pub(super) async fn compare(
        &self,
        config: &ConfigOptions,
        given: impl FnOnce(Sources) -> Result<Sources>,
        mut each: impl FnMut(Compared<'_>),
    ) -> Result<()> {
        let client = cluster::client(&self.connection).await?;
        let settings = config.settings();
        let names = self.config_maps.of_revision(&settings.revision);
        let webhook = usual_webhook(&settings.revision);
        let sources = cluster::sources(&client, &names, config.read()?).await?;
        let injector = cluster::injector(&client, given(sources)?, settings).await?;
        for warning in &injector.config().warnings {
            tell(AnsiColor::Yellow, "warning", &warning.to_string())?;
        }
        let registered = cluster::registered(&client, &webhook).await;
        let namespace = self.namespace(&client);
        let budgets = budgets(&client, namespace.as_deref()).await?;

        let mut met = vec![false; self.targets.len()];
        let mut pods = Pods::of(client, namespace.as_deref());
        let mut progress = Progress::new("Pods compared");
        let mut done = 0;
        while pods
            .page(|pod| {
                done += 1;
                let workload = Workload::of(pod);
                let is_own = registered.namespace.as_deref() == Some(&workload.namespace);
                if is_own || !drift::is_comparable(pod) {
                    return;
                }
                let mut wanted = self.targets.is_empty();
                for (target, met) in self.targets.iter().zip(&mut met) {
                    let is_of = target.is_of(&workload, pod);
                    *met |= is_of;
                    wanted |= is_of;
                }
                if wanted {
                    each(Compared {
                        pod,
                        is_guarded: budgets.iter().any(|b| b.is_for(&workload.namespace, pod)),
                        comparison: drift::compare(&injector, pod, &registered.variables),
                        workload,
                    });
                }
            })
            .await?
        {
            progress.set(done, pods.total);
        }
        progress.clear();
        let unmet = self.targets.iter().zip(met).find(|(_, met)| !met);
        if let Some((target, _)) = unmet {
            let namespace = namespace.unwrap_or_default();
            bail!(
                "{} {} has no running Pod in namespace {namespace}; -n gives another namespace",
                target.kind,
                target.name
            );
        }
        Ok(())
    }

    /// The namespace whose Pods are meant; `None`: all.
    fn namespace(&self, client: &Client) -> Option<String> {
        let own = || client.default_namespace().to_owned();
        (!self.all_namespaces).then(|| self.namespace.clone().unwrap_or_else(own))
    }
}

/// The budgets that allow no disruption; that they cannot be read is told, and keeps from nothing.
async fn budgets(client: &Client, namespace: Option<&str>) -> Result<Vec<Budget>> {
    match cluster::budgets(client, namespace).await {
        Ok(budgets) => Ok(budgets),
        Err(error) => {
            let text = format!("PodDisruptionBudgets are not known: {error}");
            tell(AnsiColor::Yellow, "warning", &text)?;
            Ok(Vec::new())
        }
    }
}

/// Runs what needs the runtime.
pub(super) fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")?
        .block_on(work)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_read_as_kubectl_reads_them() {
        for (text, kind) in [
            ("deploy/web", "Deployment"),
            ("deployment.apps/web", "Deployment"),
            ("Deployments/web", "Deployment"),
            ("sts/web", "StatefulSet"),
            ("po/web", "Pod"),
            ("cj/web", "CronJob"),
        ] {
            let name = "web".to_owned();
            assert_eq!(text.parse(), Ok(Target { kind, name }), "{text}");
        }
        for (text, cause) in [
            ("web", "KIND/NAME"),
            ("deploy/", "KIND/NAME"),
            ("svc/web", "known are cj, ds"),
        ] {
            let error = text.parse::<Target>().unwrap_err();
            assert!(error.contains(cause), "{text}: {error}");
        }
    }
}
