//! What is stored when the webhook answers.

use anyhow::Result;
use outrigger_apiserver_tests::{
    Outrigger, Site,
    pod::{container, containers, init_containers, injected_by, pod},
    webhook::{Entry, FailurePolicy::Fail, default_install},
};

use crate::{ENABLED, installed};

const INJECT: &str = "sidecar.istio.io/inject";

#[tokio::test]
async fn native_sidecar_is_a_restartable_init_container() -> Result<()> {
    let (site, _outrigger) = installed(&["--native-sidecars", "true"]).await?;
    let namespace = site.namespace(ENABLED).await?;

    let stored = namespace.create(&pod(&[], &[])).await?;

    assert_eq!(init_containers(&stored), ["istio-init", "istio-proxy"]);
    assert_eq!(containers(&stored), ["app"]);
    let proxy = container(&stored, "istio-proxy");
    let restart = proxy.and_then(|proxy| proxy.restart_policy.as_deref());
    assert_eq!(restart, Some("Always"));
    assert_eq!(injected_by(&stored).as_deref(), Some("default"));
    Ok(())
}

#[tokio::test]
async fn other_sidecar_is_a_container() -> Result<()> {
    let (site, _outrigger) = installed(&["--native-sidecars", "false"]).await?;
    let namespace = site.namespace(ENABLED).await?;

    let stored = namespace.create(&pod(&[], &[])).await?;

    assert_eq!(init_containers(&stored), ["istio-init"]);
    assert_eq!(containers(&stored), ["app", "istio-proxy"]);
    assert_eq!(injected_by(&stored).as_deref(), Some("default"));
    Ok(())
}

#[tokio::test]
async fn pod_is_injected_or_left_as_its_author_asks() -> Result<()> {
    let (site, _outrigger) = installed(&[]).await?;
    let labelled = site.namespace(ENABLED).await?;
    let unlabelled = site.namespace(&[]).await?;
    let yes = [(INJECT, "true")];
    let no = [(INJECT, "false")];
    let cases = [
        (&labelled, pod(&[], &[]), true, "namespace label"),
        (&unlabelled, pod(&[], &[]), false, "no label at all"),
        (&labelled, pod(&no, &[]), false, "Pod label against"),
        (&labelled, pod(&[], &no), false, "Pod annotation against"),
        (&unlabelled, pod(&yes, &[]), true, "Pod label for"),
        (
            &unlabelled,
            pod(&[], &yes),
            false,
            "annotation does not call",
        ),
    ];
    for (namespace, pod, injected, why) in cases {
        let stored = namespace.create(&pod).await?;
        assert_eq!(injected_by(&stored).is_some(), injected, "{why}");
        if !injected {
            assert_eq!(containers(&stored), ["app"], "{why}");
            assert!(init_containers(&stored).is_empty(), "{why}");
            assert_eq!(
                stored.metadata.labels,
                pod.metadata.labels.filter(|labels| !labels.is_empty()),
                "{why}"
            );
        }
    }
    Ok(())
}

#[tokio::test]
async fn system_namespace_is_left_alone() -> Result<()> {
    let (site, _outrigger) = installed(&[]).await?;
    let namespace = site.adopt("kube-public").await?;

    let stored = namespace.create(&pod(&[(INJECT, "true")], &[])).await?;

    assert_eq!(injected_by(&stored), None);
    Ok(())
}

#[tokio::test]
async fn dry_run_answers_and_stores_nothing() -> Result<()> {
    let (site, _outrigger) = installed(&[]).await?;
    let namespace = site.namespace(ENABLED).await?;

    let answer = namespace.try_create(&pod(&[], &[])).await?;

    assert!(injected_by(&answer).is_some());
    assert!(namespace.is_empty().await?);
    Ok(())
}

/// Two configurations that call the same server, each again after the other.
#[tokio::test]
async fn second_pass_changes_nothing() -> Result<()> {
    for native in ["true", "false"] {
        let once = Site::new().await?;
        let twice = Site::new().await?;
        let outrigger = Outrigger::serve(&["--native-sidecars", native]).await?;
        once.register("first", &outrigger, Fail, default_install())
            .await?;
        for name in ["first", "second"] {
            let entries = default_install().into_iter().map(Entry::reinvoked);
            twice.register(name, &outrigger, Fail, entries).await?;
        }
        let mut pods = Vec::new();
        for site in [&once, &twice] {
            let namespace = site.namespace(ENABLED).await?;
            let mut stored = namespace.create(&pod(&[("app", "web")], &[])).await?;
            // The namespace's name is the one thing that may differ.
            let text = serde_json::to_string(&(
                stored.spec.take(),
                stored.metadata.labels,
                stored.metadata.annotations,
            ))?;
            pods.push(text.replace(&namespace.name, "NAMESPACE"));
        }
        assert_eq!(pods[0], pods[1], "native sidecars: {native}");
    }
    Ok(())
}
