//! An API server that is away for a while, or answers nothing.

use anyhow::Result;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::{
    Api,
    api::{Patch, PatchParams},
};
use outrigger_apiserver_tests::{
    Namespace, Outrigger, Program, Site, eventually,
    pod::{container, pod},
    webhook::{FailurePolicy::Fail, default_install},
};
use serde_json::json;

use crate::ENABLED;

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
        assert_eq!(self.outrigger.metric("outrigger_api_server_up"), Some(0.0));
        assert!(self.outrigger.health().contains("readyz check passed"));
        Ok(())
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
    for (before, after) in [("one", "two"), ("two", "three")] {
        served.site.take_away(Program::ApiServer)?;
        served.is_told().await?;
        served.site.bring_back()?;
        served.catches_up(before, after).await?;
    }
    Ok(())
}

#[tokio::test]
async fn an_api_server_that_answers_nothing_is_as_one_that_is_away() -> Result<()> {
    let served = Served::new().await?;
    let review = json!({
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "request": {
            "uid": "u-1",
            "kind": {"group": "", "version": "v1", "kind": "Pod"},
            "resource": {"group": "", "version": "v1", "resource": "pods"},
            "namespace": "shop",
            "operation": "CREATE",
            "object": pod(&[("sidecar.istio.io/inject", "true")], &[]),
        },
    });
    served.site.hang()?;
    served.is_told().await?;
    let answer = served.outrigger.answer(&review).await?;
    assert!(answer["response"]["patch"].is_string(), "{answer}");
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
