//! The Helm chart: what helm renders, and what the API server makes of it.

use std::{env, fs};

use anyhow::{Context, Result};
use outrigger_apiserver_tests::{
    Outrigger, Site, chart, eventually,
    pod::{injected_by, pod},
};
use serde_json::{Value, json};

use crate::ENABLED;

/// The chart's value files, each with a stored rendering.
const VALUES: [&str; 6] = [
    "default",
    "canary",
    "istio-migration",
    "fail-open",
    "production",
    "standalone",
];

/// Kinds of others, which an API server alone does not know.
const FOREIGN: [&str; 4] = ["Certificate", "Issuer", "PrometheusRule", "ServiceMonitor"];

/// `UPDATE_GOLDEN=1` writes the stored files anew.
#[test]
fn helm_renders_what_is_stored() -> Result<()> {
    for name in VALUES {
        let rendered = chart::render(name, "outrigger-system", &[])?;
        let path = chart::stored(name);
        if env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(&path, &rendered)?;
        }
        let stored = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            stored == rendered,
            "{} is not what helm renders now; read the difference after \
             `UPDATE_GOLDEN=1 cargo test -p outrigger-apiserver-tests chart`",
            path.display()
        );
    }
    Ok(())
}

#[test]
fn helm_has_nothing_to_say_against_the_chart() -> Result<()> {
    for name in VALUES {
        let values = format!(
            "{}/../../charts/outrigger/ci/{name}-values.yaml",
            env!("CARGO_MANIFEST_DIR")
        );
        let output = chart::helm(&["lint", "--strict", "--quiet"], &["-f", &values])?;
        let told = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{name}: {told}");
        assert!(!told.contains("WARNING"), "{name}: {told}");
    }
    Ok(())
}

/// Values that make no sense, and what helm names in refusing them.
#[test]
fn wrong_values_are_refused_by_name() -> Result<()> {
    for (value, named) in [
        ("revision=A", "revision"),
        ("tags={a.b}", "tags"),
        ("webhook.timeoutSeconds=31", "timeoutSeconds"),
        ("webhook.failurePolicy=fail", "failurePolicy"),
        ("webhook.path=/other", "path"),
        ("webhook.url=http://a/inject", "url"),
        ("guard.action=audit", "action"),
        ("missedPods.action=heal", "action"),
        ("image.digest=1234", "digest"),
        ("replicaCount=0", "replicaCount"),
        ("replicas=3", "replicas"),
        ("logLevel=loud", "logLevel"),
        (
            "enableNamespacesByDefault=true,revision=a",
            "add the tag default",
        ),
    ] {
        let output = chart::helm(&["template", "outrigger"], &["--set", value])?;
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{value}");
        assert!(told.contains(named), "{value}: {told}");
    }
    Ok(())
}

#[tokio::test]
async fn api_server_accepts_every_object() -> Result<()> {
    let site = Site::new().await?;
    // Its Role for the tests is in `default`, which is there.
    for namespace in ["outrigger-system", "istio-system"] {
        site.named_namespace(namespace).await?;
    }
    let mut kinds = 0;
    for name in VALUES {
        let rendered = chart::render(name, "outrigger-system", &[])?;
        for mut object in chart::objects(&rendered)? {
            if is_namespaced(&object) && object["metadata"]["namespace"].is_null() {
                object["metadata"]["namespace"] = json!("outrigger-system");
            }
            if !FOREIGN.contains(&object["kind"].as_str().unwrap_or_default()) {
                site.stored(&object).await.context(name)?;
                kinds += 1;
            }
        }
    }
    assert!(kinds > 60, "{kinds}");
    Ok(())
}

fn is_namespaced(object: &Value) -> bool {
    let group = object["apiVersion"].as_str().unwrap_or_default();
    let kind = object["kind"].as_str().unwrap_or_default();
    !group.starts_with("admissionregistration") && !kind.starts_with("Cluster")
}

/// The chart's webhook under `Fail` with no replica left, in a namespace that allows restricted Pods only and is labelled
/// for injection by mistake: the Deployment's Pods are created, and then those that waited for them.
#[tokio::test]
async fn deployment_comes_back_though_nothing_answers() -> Result<()> {
    let site = Site::new().await?;
    let restricted = ("pod-security.kubernetes.io/enforce", "restricted");
    let own = site.namespace(&[ENABLED[0], restricted]).await?;
    let user = site.namespace(ENABLED).await?;
    let mut outrigger = Outrigger::serve(&[]).await?;
    outrigger.kill();

    let objects = chart::objects(&chart::render("default", &own.name, &[])?)?;
    let of_kind = |kind: &str| {
        let found = objects.iter().find(|object| object["kind"] == kind);
        found.cloned().with_context(|| format!("no {kind}"))
    };
    site.register_rendered(of_kind("MutatingWebhookConfiguration")?, &outrigger)
        .await?;

    let refusal = user.create(&pod(&[], &[])).await;
    let message = refusal.expect_err("refused").to_string();
    assert!(message.contains("failed calling webhook"), "{message}");

    let template = &of_kind("Deployment")?["spec"]["template"];
    let mut replica = template.clone();
    replica["metadata"]["generateName"] = json!("outrigger-");
    let stored = own.create(&serde_json::from_value(replica)?).await?;
    assert_eq!(injected_by(&stored), None);

    outrigger.restart().await?;
    let stored = user.create(&pod(&[], &[])).await?;
    assert!(injected_by(&stored).is_some());
    Ok(())
}

/// The program with the Deployment's arguments, as the chart's service account: its rights are enough to serve the cluster's
/// configuration, to make its certificate, and to have the API server trust that.
#[tokio::test]
async fn service_account_may_do_what_the_program_does() -> Result<()> {
    let site = Site::new().await?;
    let own = site.namespace(&[]).await?.name;
    let user = site.namespace(&[("istio.io/rev", "rights")]).await?;
    let values = format!("revision=rights,istio.namespace={own},missedPods.action=evict");
    let mut objects = chart::objects(&chart::render("default", &own, &["--set", &values])?)?;
    objects.retain(|object| object["metadata"]["annotations"]["helm.sh/hook"].is_null());
    for object in &mut objects {
        if is_namespaced(object) {
            object["metadata"]["namespace"] = json!(own);
        }
        if object["kind"] != "MutatingWebhookConfiguration" {
            site.create(object).await?;
        }
    }
    let of_kind = |kind: &str| {
        let found = objects.iter().find(|object| object["kind"] == kind);
        found.cloned().with_context(|| format!("no {kind}"))
    };

    let kubeconfig = site.kubeconfig_of(&own, "outrigger")?;
    let deployment = of_kind("Deployment")?;
    let args = deployment["spec"]["template"]["spec"]["containers"][0]["args"].as_array();
    let args = args.context("arguments")?.iter().filter_map(Value::as_str);
    let args = args.filter(|arg| *arg != "serve" && !arg.starts_with("--listen="));
    let args: Vec<_> = args.chain(["--namespace", &own]).collect();
    let mut outrigger = Outrigger::serve_kept(kubeconfig.path(), &args)?;

    let mut webhook = of_kind("MutatingWebhookConfiguration")?;
    let webhooks = webhook["webhooks"].as_array_mut();
    for entry in webhooks.context("webhooks")? {
        entry["clientConfig"] = json!({"url": outrigger.url()});
    }
    site.create(&webhook).await?;
    outrigger.wait_until_ready().await?;

    eventually("a Pod is injected", async || {
        let stored = user.try_create(&pod(&[], &[])).await;
        stored.is_ok_and(|pod| injected_by(&pod).as_deref() == Some("rights"))
    })
    .await?;
    eventually("missed Pods are looked for", async || {
        outrigger.log().contains("Pods looked through")
    })
    .await?;
    let (health, log) = (outrigger.health(), outrigger.log());
    assert!(!health.contains("forbidden"), "{health}");
    assert!(!log.contains("forbidden"), "{log}");
    Ok(())
}
