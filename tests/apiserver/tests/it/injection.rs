//! What is stored when the webhook answers.

use anyhow::Result;
use outrigger_apiserver_tests::{
    Outrigger, Site,
    pod::{container, containers, init_containers, injected_by, pod},
    webhook::{FailurePolicy::Fail, default_install},
};

const ENABLED: &[(&str, &str)] = &[("istio-injection", "enabled")];

/// A site whose webhook is an injector started with `args`.
async fn site(args: &[&str]) -> Result<(Site, Outrigger)> {
    let site = Site::new().await?;
    let outrigger = Outrigger::serve(args).await?;
    site.register("default", &outrigger, Fail, default_install())
        .await?;
    Ok((site, outrigger))
}

#[tokio::test]
async fn the_sidecar_is_a_restartable_init_container() -> Result<()> {
    let (site, _outrigger) = site(&["--native-sidecars", "true"]).await?;
    let namespace = site.namespace(ENABLED).await?;

    let stored = namespace.create(&pod(&[], &[])).await?;

    assert_eq!(init_containers(&stored), ["istio-init", "istio-proxy"]);
    assert_eq!(containers(&stored), ["app"]);
    let proxy = container(&stored, "istio-proxy").and_then(|proxy| proxy.restart_policy.as_deref());
    assert_eq!(proxy, Some("Always"));
    assert_eq!(injected_by(&stored).as_deref(), Some("default"));
    Ok(())
}
