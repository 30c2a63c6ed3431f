//! `outrigger webhook apply`, `check` and `remove`: an API server of their own, as they see all that is registered.

use std::process::Output;

use anyhow::{Context, Result};
use k8s_openapi::api::admissionregistration::v1::MutatingWebhookConfiguration;
use kube::{
    Api,
    api::{ListParams, Patch, PatchParams},
};
use outrigger_apiserver_tests::{
    Outrigger, Site, eventually,
    webhook::{FailurePolicy::Fail, default_install},
};
use serde_json::json;

/// Runs `outrigger webhook` and gives its exit status and what it prints, errors last.
fn webhook(site: &Site, args: &[&str]) -> Result<(i32, String)> {
    let Output {
        status,
        stdout,
        stderr,
    } = Outrigger::program()?
        .arg("webhook")
        .args(args)
        .arg("--kubeconfig")
        .arg(site.kubeconfig)
        .output()?;
    let text = [stdout, stderr].concat();
    let code = status.code().context("it was killed")?;
    Ok((code, String::from_utf8(text)?))
}

/// The names of a configuration's entries, and whether each has a `caBundle`.
async fn entries(site: &Site, name: &str) -> Result<Vec<(String, bool)>> {
    let api = Api::<MutatingWebhookConfiguration>::all(site.client.clone());
    let found = api.get_opt(name).await?;
    let webhooks = found.and_then(|found| found.webhooks).unwrap_or_default();
    let entries = webhooks.into_iter().map(|webhook| {
        let has_bundle = webhook.client_config.ca_bundle.is_some();
        let prefix = webhook.name.trim_end_matches(".sidecar-injector.istio.io");
        (prefix.to_owned(), has_bundle)
    });
    Ok(entries.collect())
}

/// Owns the `caBundle` of every entry, as the keeper does.
async fn keep(site: &Site, name: &str, bundle: &str) -> Result<()> {
    let api = Api::<MutatingWebhookConfiguration>::all(site.client.clone());
    let entries = entries(site, name).await?;
    let webhooks: Vec<_> = entries
        .iter()
        .map(|(prefix, _)| {
            json!({"name": format!("{prefix}.sidecar-injector.istio.io"), "clientConfig": {"caBundle": bundle}})
        })
        .collect();
    let patch = json!({
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "MutatingWebhookConfiguration",
        "metadata": {"name": name},
        "webhooks": webhooks,
    });
    let params = PatchParams::apply("keeper").force();
    api.patch(name, &params, &Patch::Apply(patch)).await?;
    Ok(())
}

/// One after the other, as each sees what the other has registered.
#[tokio::test(flavor = "multi_thread")]
async fn injectors_are_registered() -> Result<()> {
    an_injector_is_registered_changed_and_taken_away().await?;
    an_injector_of_the_same_pods_is_told().await
}

async fn an_injector_is_registered_changed_and_taken_away() -> Result<()> {
    const NAME: &str = "outrigger-sidecar-injector-canary";
    let site = Site::new().await?;
    let outrigger = Outrigger::serve(&["--revision", "canary"]).await?;
    let url = outrigger.url();
    let apply = |more: &[&str]| {
        webhook(
            &site,
            &[&["apply", "--revision", "canary", "--url", &url], more].concat(),
        )
    };
    let check = || webhook(&site, &["check", "--revision", "canary"]);

    let (status, text) = check()?;
    assert_eq!(status, 1, "{text}");
    assert!(text.contains("it was not injected"), "{text}");

    let (status, text) = apply(&["--dry-run"])?;
    assert_eq!(status, 0, "{text}");
    assert!(text.contains("would be applied"), "{text}");
    assert!(entries(&site, NAME).await?.is_empty());

    let (status, text) = apply(&["--tag", "prod", "--tag", "default", "--guard"])?;
    assert_eq!(status, 0, "{text}");
    let all = ["rev.namespace", "rev.object", "namespace", "object"];
    let without = all.map(|prefix| (prefix.to_owned(), false));
    assert_eq!(entries(&site, NAME).await?, without);

    let bundle = outrigger.bundle().context("a bundle")?;
    keep(&site, NAME, &bundle).await?;
    eventually("the check passes", async || {
        check().is_ok_and(|(status, _)| status == 0)
    })
    .await?;

    // The keeper's field stays, and entries that go leave nothing of it behind.
    let (status, text) = apply(&[])?;
    assert_eq!(status, 0, "{text}");
    let with = ["rev.namespace", "rev.object"].map(|prefix| (prefix.to_owned(), true));
    assert_eq!(entries(&site, NAME).await?, with);

    let (status, text) = webhook(&site, &["remove", "--revision", "canary"])?;
    assert_eq!(status, 0, "{text}");
    for kind in ["Binding", "ValidatingAdmissionPolicy ", "MutatingWebhook"] {
        assert!(text.contains(kind), "{text}");
    }
    assert!(entries(&site, NAME).await?.is_empty());
    let (status, text) = webhook(&site, &["remove", "--revision", "canary"])?;
    assert_eq!(status, 2, "{text}");
    assert!(text.contains(NAME), "{text}");
    Ok(())
}

async fn an_injector_of_the_same_pods_is_told() -> Result<()> {
    let site = Site::new().await?;
    let outrigger = Outrigger::serve(&[]).await?;
    site.register("istio", &outrigger, Fail, default_install())
        .await?;
    let api = Api::<MutatingWebhookConfiguration>::all(site.client.clone());

    let (status, text) = webhook(&site, &["apply"])?;
    assert_eq!(status, 1, "{text}");
    for part in [
        "entry namespace.sidecar-injector.istio.io",
        "-istio both select a Pod",
        "istio-injection=enabled",
        "--revision",
        "--allow-overlap",
    ] {
        assert!(text.contains(part), "no {part} in {text}");
    }
    let names = api.list(&ListParams::default()).await?;
    let is_ours = |c: &MutatingWebhookConfiguration| {
        c.metadata.name.as_deref() == Some("outrigger-sidecar-injector")
    };
    assert!(!names.items.iter().any(is_ours));

    // Beside it, as a revision of its own.
    let (status, text) = webhook(&site, &["apply", "--revision", "beside"])?;
    assert_eq!(status, 0, "{text}");
    let (status, text) = webhook(&site, &["apply", "--allow-overlap", "--dry-run"])?;
    assert_eq!(status, 0, "{text}");
    Ok(())
}
