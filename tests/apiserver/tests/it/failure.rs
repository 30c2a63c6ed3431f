//! What a user sees when the injector refuses or does not answer.

use anyhow::Result;
use outrigger_apiserver_tests::{
    Outrigger, Site,
    pod::{containers, init_containers, injected_by, pod},
    webhook::{FailurePolicy::Ignore, default_install},
};

use crate::{ENABLED, installed};

#[tokio::test]
async fn wrong_annotations_are_all_named() -> Result<()> {
    let (site, _outrigger) = installed(&[]).await?;
    let namespace = site.namespace(ENABLED).await?;
    let wrong = [
        ("sidecar.istio.io/interceptionMode", "SIDEWAYS"),
        ("traffic.sidecar.istio.io/includeInboundPorts", "http"),
    ];

    let refusal = namespace.create(&pod(&[], &wrong)).await;

    let message = refusal.expect_err("refused").to_string();
    for (name, value) in wrong {
        assert!(message.contains(name), "no {name} in {message}");
        assert!(message.contains(value), "no {value} in {message}");
    }
    assert!(namespace.is_empty().await?);
    Ok(())
}

#[tokio::test]
async fn dead_injector_refuses_under_fail() -> Result<()> {
    let (site, mut outrigger) = installed(&[]).await?;
    let namespace = site.namespace(ENABLED).await?;
    let unlabelled = site.namespace(&[]).await?;
    namespace.create(&pod(&[], &[])).await?;

    outrigger.kill();

    let refusal = namespace.create(&pod(&[], &[])).await;
    let message = refusal.expect_err("refused").to_string();
    assert!(message.contains("failed calling webhook"), "{message}");
    unlabelled.create(&pod(&[], &[])).await?;
    Ok(())
}

#[tokio::test]
async fn dead_injector_is_passed_over_under_ignore() -> Result<()> {
    let site = Site::new().await?;
    let mut outrigger = Outrigger::serve(&[]).await?;
    site.register("default", &outrigger, Ignore, default_install())
        .await?;
    let namespace = site.namespace(ENABLED).await?;
    let before = namespace.create(&pod(&[], &[])).await?;
    assert!(injected_by(&before).is_some());

    outrigger.kill();

    let stored = namespace.create(&pod(&[], &[])).await?;
    assert_eq!(containers(&stored), ["app"]);
    assert!(init_containers(&stored).is_empty());
    Ok(())
}
