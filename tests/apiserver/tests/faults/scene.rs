//! Replicas behind a Service, the webhook that is registered for them, and the Pods that are created meanwhile.

use std::{
    ops::RangeInclusive,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use kube::Client;
use outrigger::pki::Name;
use outrigger_apiserver_tests::{
    Namespace, Outrigger, Site, eventually, pod, secret::CertificateSecret,
};
use tokio::{task::JoinSet, time::sleep};

use crate::{load::has_sidecar, service::Service};

/// As of the chart.
const REPLICAS: usize = 2;

/// How long a replica goes on taking calls once it is asked to stop, in seconds: the Service notices in a fifth of one.
const DRAIN_DELAY: &str = "2";

/// An API server of which a part is ours, replicas, and what is done to them.
pub(crate) struct Scene {
    pub(crate) site: Site,
    /// The injector's namespace.
    pub(crate) home: Namespace,
    /// The namespace of the Pods.
    pub(crate) users: Namespace,
    pub(crate) service: Service,
    pub(crate) replicas: Vec<Outrigger>,
    /// A client that tries nothing again.
    pub(crate) client: Client,
    /// What goes on beside the load, until the scene ends.
    pub(crate) beside: JoinSet<Result<()>>,
    /// When replicas were killed.
    pub(crate) kills: Vec<RangeInclusive<Instant>>,
    wrapper: Vec<String>,
}

impl Scene {
    /// Starts the replicas, each run by `wrapper`, which is told its number in the place of `{}`.
    pub(crate) async fn start(cluster: &Site, wrapper: &[String]) -> Result<Self> {
        let site = cluster.another()?;
        let mut scene = Self {
            home: site.namespace(&[]).await?,
            users: site.namespace(&[("istio-injection", "enabled")]).await?,
            service: Service::new().await?,
            replicas: Vec::new(),
            client: site.strict_client()?,
            beside: JoinSet::new(),
            kills: Vec::new(),
            wrapper: wrapper.to_vec(),
            site,
        };
        for _ in 0..REPLICAS {
            scene.add_replica().await?;
        }
        Ok(scene)
    }

    /// Starts one more replica, and has it called once it is ready.
    pub(crate) async fn add_replica(&mut self) -> Result<()> {
        let number = self.replicas.len().to_string();
        let wrapper: Vec<_> = self
            .wrapper
            .iter()
            .map(|w| w.replace("{}", &number))
            .collect();
        let wrapper: Vec<_> = wrapper.iter().map(String::as_str).collect();
        let home = self.home.name.as_str();
        let configuration = self.configuration();
        let args = [
            ["--namespace", home],
            ["--istio-namespace", home],
            ["--webhook-config", &configuration],
            ["--native-sidecars", "false"],
            ["--drain-delay", DRAIN_DELAY],
        ];
        let mut replica = Outrigger::replica(self.site.kubeconfig, &args.concat(), &wrapper)?;
        if let Err(error) = replica.wait_until_ready().await {
            let said = format!("{}{}", replica.health(), replica.log());
            return Err(error.context(said));
        }
        self.service.add(&replica);
        self.replicas.push(replica);
        Ok(())
    }

    /// The name of the webhook's `MutatingWebhookConfiguration`.
    pub(crate) fn configuration(&self) -> String {
        self.site.configuration("faults-outrigger-sidecar-injector")
    }

    /// Registers the Service as `outrigger webhook print` does, and waits until Pods are injected.
    pub(crate) async fn register(&self) -> Result<()> {
        let url = self.service.url();
        self.site
            .register_printed("faults", &["--url", &url])
            .await?;
        eventually("Pods are injected", async || self.injects().await).await
    }

    /// Whether a Pod that is created now would have a sidecar.
    pub(crate) async fn injects(&self) -> bool {
        let made = self.users.try_create(&pod::typical()).await;
        made.is_ok_and(|pod| has_sidecar(&pod))
    }

    /// The names that the certificate is for.
    pub(crate) fn names(&self) -> Vec<Name> {
        let home = &self.home.name;
        let hosts = ["", ".svc", ".svc.cluster.local"];
        let hosts = hosts.map(|suffix| Name::Dns(format!("outrigger.{home}{suffix}")));
        hosts
            .into_iter()
            .chain([Name::Ip([127, 0, 0, 1].into())])
            .collect()
    }

    /// The Secret with the certificate.
    pub(crate) fn secret(&self) -> CertificateSecret {
        CertificateSecret::of(&self.site, &self.home)
    }

    /// Waits until `until`, or until something beside the load has gone wrong.
    pub(crate) async fn wait_until(&mut self, until: Instant) -> Result<()> {
        while Instant::now() < until {
            self.check()?;
            sleep(Duration::from_millis(100).min(until - Instant::now())).await;
        }
        self.check()
    }

    /// Whether all that goes on beside the load is well.
    fn check(&mut self) -> Result<()> {
        while let Some(ended) = self.beside.try_join_next() {
            ended??;
        }
        Ok(())
    }

    /// Every replica is ready, and Pods are injected.
    pub(crate) async fn recovered(&mut self) -> Result<()> {
        self.beside.abort_all();
        for replica in &mut self.replicas {
            replica.wait_until_ready().await?;
        }
        eventually("Pods are injected again", async || self.injects().await).await?;
        ensure!(self.replicas.len() == REPLICAS, "a replica is missing");
        Ok(())
    }
}
