//! An API server that is away for a while.

use anyhow::Result;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::{
    Api,
    api::{Patch, PatchParams},
};
use outrigger_apiserver_tests::{
    Outrigger, Site, eventually,
    pod::{container, pod},
    webhook::{FailurePolicy::Fail, default_install},
};
use serde_json::json;

use crate::ENABLED;

#[tokio::test]
async fn what_was_known_is_served_and_changes_are_caught_up_with() -> Result<()> {
    let site = Site::alone().await?;
    let istio = site.namespace(&[]).await?;
    let maps = Api::<ConfigMap>::namespaced(site.client.clone(), &istio.name);
    let put = async |image: &str| {
        let map = json!({
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "istio-sidecar-injector"},
            "data": {
                "config": format!("templates:\n  sidecar: |\n    spec:\n      containers:\n      - name: istio-proxy\n        image: registry.test/{image}:1\n"),
                "values": "{}",
            },
        });
        let params = PatchParams::apply("test").force();
        maps.patch("istio-sidecar-injector", &params, &Patch::Apply(map))
            .await
    };
    put("one").await?;
    let args = ["--namespace", &istio.name, "--istio-namespace", &istio.name];
    let configuration = site.configuration("default");
    let args = [&args[..], &["--webhook-config", &configuration]].concat();
    let mut outrigger = Outrigger::serve_kept(site.kubeconfig, &args)?;
    outrigger.wait_until_ready().await?;
    site.register("default", &outrigger, Fail, default_install())
        .await?;
    let namespace = site.namespace(ENABLED).await?;
    let image = async || {
        let made = namespace.try_create(&pod(&[], &[])).await.ok()?;
        container(&made, "istio-proxy")?.image.clone()
    };
    let is = async |name: &str| image().await == Some(format!("registry.test/{name}:1"));
    eventually("Pods are injected", async || is("one").await).await?;

    for (before, after) in [("one", "two"), ("two", "three")] {
        site.take_away()?;
        eventually("the health report says that it is away", async || {
            outrigger.health().contains("[!]api-server away for")
        })
        .await?;
        assert_eq!(outrigger.metric("outrigger_api_server_up"), Some(0.0));
        assert!(outrigger.health().contains("readyz check passed"));

        site.bring_back()?;
        eventually("Pods are injected as before", async || is(before).await).await?;
        put(after).await?;
        eventually("a change is served", async || is(after).await).await?;
        eventually("the health report says that it is back", async || {
            outrigger.health().contains("[+]api-server ok")
        })
        .await?;
    }
    assert_eq!(outrigger.metric("outrigger_api_server_up"), Some(1.0));
    Ok(())
}
