//! An API server that is away for a while, or answers nothing.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use k8s_openapi::{ByteString, api::core::v1::ConfigMap};
use kube::{
    Api,
    api::{Patch, PatchParams},
};
use outrigger_apiserver_tests::{
    Namespace, Outrigger, Program, Site, eventually, fault_length,
    pod::{container, pod},
    webhook::{FailurePolicy::Fail, default_install},
};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::ENABLED;

/// The time between two Pods that are sent while it is away.
const BETWEEN: Duration = Duration::from_secs(2);

/// An API server of its own, and a server that injects by what stands there.
struct Served {
    site: Site,
    istio: Namespace,
    user: Namespace,
    outrigger: Outrigger,
}

impl Served {
    /// A server that injects the image `one`.
    async fn new() -> Result<Self> {
        let site = Site::alone().await?;
        let istio = site.namespace(&[]).await?;
        put(&site, &istio, "one").await?;
        let args = ["--namespace", &istio.name, "--istio-namespace", &istio.name];
        let configuration = site.configuration("default");
        let args = [&args[..], &["--webhook-config", &configuration]].concat();
        let mut outrigger = Outrigger::serve_kept(site.kubeconfig, &args)?;
        outrigger.wait_until_ready().await?;
        site.register("default", &outrigger, Fail, default_install())
            .await?;
        let served = Self {
            user: site.namespace(ENABLED).await?,
            site,
            istio,
            outrigger,
        };
        eventually("Pods are injected", async || served.is("one").await).await?;
        Ok(served)
    }

    async fn put(&self, image: &str) -> Result<()> {
        put(&self.site, &self.istio, image).await
    }

    /// Whether this image is injected.
    async fn is(&self, image: &str) -> bool {
        let Ok(made) = self.user.try_create(&pod(&[], &[])).await else {
            return false;
        };
        let injected = container(&made, "istio-proxy").and_then(|c| c.image.clone());
        injected == Some(format!("registry.test/{image}:1"))
    }

    async fn is_told(&self) -> Result<()> {
        eventually("the health report says that it is away", async || {
            self.outrigger.health().contains("[!]api-server away for")
        })
        .await?;
        self.tells()
    }

    fn tells(&self) -> Result<()> {
        let health = self.outrigger.health();
        ensure!(health.contains("[!]api-server away for"), "{health}");
        ensure!(health.contains("readyz check passed"), "{health}");
        assert_eq!(self.outrigger.metric("outrigger_api_server_up"), Some(0.0));
        Ok(())
    }

    /// Pods are injected all the time that it is away, and it is told of all the time.
    async fn injects_alone(&self, image: &str, length: Duration) -> Result<()> {
        let until = Instant::now() + length;
        loop {
            let answer = self.outrigger.answer(&self.review()).await?;
            let patch: ByteString = serde_json::from_value(answer["response"]["patch"].clone())?;
            let patch = String::from_utf8(patch.0)?;
            let injected = format!("\"registry.test/{image}:1\"");
            ensure!(patch.contains(&injected), "no {injected} in {patch}");
            self.tells()?;
            if Instant::now() >= until {
                return Ok(());
            }
            sleep(BETWEEN).await;
        }
    }

    /// A Pod that is to be injected because of its namespace's label, as the API server sends it.
    fn review(&self) -> Value {
        json!({
            "apiVersion": "admission.k8s.io/v1",
            "kind": "AdmissionReview",
            "request": {
                "uid": "u-1",
                "kind": {"group": "", "version": "v1", "kind": "Pod"},
                "resource": {"group": "", "version": "v1", "resource": "pods"},
                "namespace": self.user.name,
                "operation": "CREATE",
                "object": pod(&[], &[]),
            },
        })
    }

    /// A change is caught up with, after Pods have been injected as before.
    async fn catches_up(&self, before: &str, after: &str) -> Result<()> {
        eventually("Pods are injected as before", async || {
            self.is(before).await
        })
        .await?;
        self.put(after).await?;
        eventually("a change is served", async || self.is(after).await).await?;
        eventually("the health report says that it is back", async || {
            self.outrigger.health().contains("[+]api-server ok")
        })
        .await?;
        assert_eq!(self.outrigger.metric("outrigger_api_server_up"), Some(1.0));
        Ok(())
    }
}

async fn put(site: &Site, istio: &Namespace, image: &str) -> Result<()> {
    let map = json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "istio-sidecar-injector"},
        "data": {
            "config": format!("templates:\n  sidecar: |\n    spec:\n      containers:\n      - name: istio-proxy\n        image: registry.test/{image}:1\n"),
            "values": "{}",
        },
    });
    Api::<ConfigMap>::namespaced(site.client.clone(), &istio.name)
        .patch(
            "istio-sidecar-injector",
            &PatchParams::apply("test").force(),
            &Patch::Apply(map),
        )
        .await?;
    Ok(())
}

#[tokio::test]
async fn what_was_known_is_served_and_changes_are_caught_up_with() -> Result<()> {
    let served = Served::new().await?;
    for (before, after, length) in [
        ("one", "two", fault_length()?),
        ("two", "three", Duration::ZERO),
    ] {
        served.site.take_away(Program::ApiServer)?;
        served.is_told().await?;
        served.injects_alone(before, length).await?;
        served.site.bring_back()?;
        served.catches_up(before, after).await?;
    }
    Ok(())
}

#[tokio::test]
async fn an_api_server_that_answers_nothing_is_as_one_that_is_away() -> Result<()> {
    let served = Served::new().await?;
    served.site.hang()?;
    served.is_told().await?;
    served.injects_alone("one", Duration::ZERO).await?;
    served.site.wake()?;
    served.catches_up("one", "two").await?;

    // One that starts meanwhile says what it waits for, and comes up by itself.
    served.site.hang()?;
    let args = ["--istio-namespace", &served.istio.name];
    let mut late = Outrigger::serve_in(served.site.kubeconfig, &args)?;
    eventually("it says what it waits for", async || {
        let health = late.health();
        late.is_alive()
            && health.contains("[!]injector-configmap not read yet")
            && health.contains("[!]api-server away for")
            && health.contains("[-]startup failed")
    })
    .await?;
    served.site.wake()?;
    late.wait_until_ready().await
}
