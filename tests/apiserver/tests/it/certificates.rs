//! Authority and serving certificate in a Secret, and the webhook's `caBundle`, while Pods are created.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use anyhow::{Result, ensure};
use k8s_openapi::{ByteString, api::admissionregistration::v1::MutatingWebhookConfiguration};
use kube::{
    Api,
    api::{DeleteParams, PostParams},
};
use outrigger::pki::{Name, renewal::Stored};
use outrigger_apiserver_tests::{
    Namespace, Outrigger, Site, eventually,
    pod::{injected_by, pod},
    secret::{self, CertificateSecret, SECRET},
    webhook::{FailurePolicy::Fail, default_install},
};
use serde_json::json;
use tokio::task::JoinHandle;

use crate::ENABLED;

const DAY: Duration = Duration::from_secs(24 * 3600);

/// A namespace for a Secret, and servers that share it.
struct Kept {
    site: Site,
    home: Namespace,
}

impl Kept {
    async fn new() -> Result<Self> {
        let site = Site::new().await?;
        let home = site.namespace(&[]).await?;
        Ok(Self { site, home })
    }

    fn start(&self, configuration: &str) -> Result<Outrigger> {
        let home = self.home.name.as_str();
        Outrigger::serve_kept(
            self.site.kubeconfig,
            &[
                "--namespace",
                home,
                "--istio-namespace",
                home,
                "--webhook-config",
                &self.site.configuration(configuration),
                "--native-sidecars",
                "false",
            ],
        )
    }

    async fn serve(&self) -> Result<Outrigger> {
        let mut outrigger = self.start("default")?;
        outrigger.wait_until_ready().await?;
        self.register("default", &outrigger).await?;
        Ok(outrigger)
    }

    /// Registers a server without `caBundle` and waits until Pods are created through it.
    async fn register(&self, name: &str, outrigger: &Outrigger) -> Result<()> {
        let entries = default_install();
        self.site.register(name, outrigger, Fail, entries).await?;
        let namespace = self.site.namespace(ENABLED).await?;
        eventually("Pods are injected", async || {
            is_injected(&namespace).await.is_ok()
        })
        .await
    }

    fn secret(&self) -> CertificateSecret {
        CertificateSecret::of(&self.site, &self.home)
    }

    async fn stored(&self) -> Option<Stored> {
        self.secret().stored().await
    }

    async fn bundles(&self, configuration: &str) -> Vec<String> {
        let api = Api::<MutatingWebhookConfiguration>::all(self.site.client.clone());
        let found = api.get(&self.site.configuration(configuration)).await;
        let webhooks = found.ok().and_then(|f| f.webhooks).unwrap_or_default();
        webhooks
            .into_iter()
            .map(|webhook| {
                let bundle = webhook.client_config.ca_bundle.unwrap_or_default();
                String::from_utf8_lossy(&bundle.0).into_owned()
            })
            .collect()
    }
}

async fn is_injected(namespace: &Namespace) -> Result<()> {
    let made = namespace.try_create(&pod(&[], &[])).await?;
    ensure!(injected_by(&made).is_some(), "not injected");
    Ok(())
}

/// Creates Pods until told to stop; every one must be injected.
struct Load {
    stop: Arc<AtomicBool>,
    task: JoinHandle<Result<usize>>,
}

impl Load {
    async fn start(site: &Site) -> Result<Self> {
        let namespace = site.namespace(ENABLED).await?;
        let stop = Arc::new(AtomicBool::new(false));
        let task = tokio::spawn({
            let stop = stop.clone();
            async move {
                let mut count = 0;
                while !stop.load(Ordering::Relaxed) {
                    is_injected(&namespace).await?;
                    count += 1;
                }
                Ok(count)
            }
        });
        Ok(Self { stop, task })
    }

    async fn stop(self) -> Result<()> {
        self.stop.store(true, Ordering::Relaxed);
        ensure!(self.task.await?? > 10, "too few Pods to tell");
        Ok(())
    }
}

/// What a server would have made so many days ago.
fn made_ago(days: u32) -> Result<Stored> {
    let names = vec![Name::Ip([127, 0, 0, 1].into())];
    secret::made_ago(names, days * DAY)
}

fn count(bundle: &str) -> usize {
    bundle.matches("BEGIN CERTIFICATE").count()
}

#[tokio::test]
async fn replicas_that_start_at_once_share_one_authority() -> Result<()> {
    let kept = Kept::new().await?;
    let mut replicas = [kept.start("one")?, kept.start("two")?, kept.start("three")?];
    for replica in &mut replicas {
        replica.wait_until_ready().await?;
    }
    let [one, two, _three] = &replicas;
    // Both are called for each Pod, and a Pod is created only if both are trusted.
    kept.register("one", one).await?;
    kept.register("two", two).await?;
    let stored = kept.stored().await.unwrap_or_default();
    assert_eq!(count(&stored.bundle), 1);
    for name in ["one", "two"] {
        assert!(kept.bundles(name).await.iter().all(|b| *b == stored.bundle));
    }
    Ok(())
}

#[tokio::test]
async fn a_replica_is_ready_once_clients_are_told_to_trust_it() -> Result<()> {
    let kept = Kept::new().await?;
    // One whose webhook does not exist yet waits for nothing.
    let mut one = kept.start("one")?;
    one.wait_until_ready().await?;
    assert!(one.health().contains("[!]ca-bundle there is no Mutating"));
    let entries = default_install();
    kept.site.register("two", &one, Fail, entries).await?;

    let mut two = kept.start("two")?;
    two.wait_until_ready().await?;
    let stored = kept.stored().await.unwrap_or_default();
    let bundles = kept.bundles("two").await;
    assert!(bundles.iter().all(|b| *b == stored.bundle), "{bundles:?}");
    let log = two.log();
    let [set, listening] = ["caBundle set", "listening"].map(|line| log.find(line));
    assert!(set.is_some() && set < listening, "{log}");
    Ok(())
}

#[tokio::test]
async fn the_bundle_is_put_right_and_nothing_else_is_touched() -> Result<()> {
    let kept = Kept::new().await?;
    let outrigger = kept.serve().await?;
    let bundle = kept.stored().await.unwrap_or_default().bundle;
    let api = Api::<MutatingWebhookConfiguration>::all(kept.site.client.clone());
    let name = kept.site.configuration("default");

    let mut overwritten = api.get(&name).await?;
    for webhook in overwritten.webhooks.iter_mut().flatten() {
        let other = made_ago(0)?.bundle;
        webhook.client_config.ca_bundle = Some(ByteString(other.into_bytes()));
        webhook.timeout_seconds = Some(7);
    }
    overwritten.metadata.managed_fields = None;
    api.replace(&name, &PostParams::default(), &overwritten)
        .await?;
    eventually("the bundle is back", async || {
        kept.bundles("default").await.iter().all(|b| *b == bundle)
    })
    .await?;

    let found = api.get(&name).await?;
    let webhooks = found.webhooks.unwrap_or_default();
    assert!(webhooks.iter().all(|w| w.timeout_seconds == Some(7)));
    let managers = found.metadata.managed_fields.unwrap_or_default();
    let own = managers
        .iter()
        .find(|m| m.manager.as_deref() == Some("outrigger-ca-bundle"));
    let fields = serde_json::to_value(own)?["fieldsV1"]["f:webhooks"].clone();
    let entries = fields.as_object().cloned().unwrap_or_default();
    assert_eq!(entries.len(), webhooks.len());
    for entry in entries.values() {
        let expected = json!({".": {}, "f:clientConfig": {"f:caBundle": {}}, "f:name": {}});
        assert_eq!(*entry, expected);
    }
    assert!(outrigger.metric("outrigger_ca_bundle_repairs_total") >= Some(2.0));
    assert!(outrigger.health().contains("[+]ca-bundle ok"));
    Ok(())
}

#[tokio::test]
async fn a_secret_that_is_deleted_or_damaged_is_put_back_and_no_call_fails() -> Result<()> {
    let kept = Kept::new().await?;
    let _outrigger = kept.serve().await?;
    let good = kept.stored().await.unwrap_or_default();
    let load = Load::start(&kept.site).await?;

    kept.secret()
        .api
        .delete(SECRET, &DeleteParams::default())
        .await?;
    eventually("the Secret is back", async || {
        kept.stored().await.as_ref() == Some(&good)
    })
    .await?;
    kept.secret()
        .put(&[("ca.key", "x"), ("ca.crt", "")])
        .await?;
    eventually("the authority is back", async || {
        kept.stored().await.as_ref() == Some(&good)
    })
    .await?;

    kept.secret().put(&[("tls.crt", "x")]).await?;
    eventually(
        "there is a new certificate of the same authority",
        async || {
            let stored = kept.stored().await.unwrap_or_default();
            stored.certificate.len() > 10
                && stored.certificate != good.certificate
                && stored.bundle == good.bundle
        },
    )
    .await?;
    load.stop().await
}

#[tokio::test]
async fn an_authority_from_elsewhere_is_trusted_before_it_is_shown() -> Result<()> {
    let kept = Kept::new().await?;
    let outrigger = kept.serve().await?;
    let before = kept.stored().await.unwrap_or_default();
    let load = Load::start(&kept.site).await?;

    // As a replica does that comes up just after the Secret was deleted.
    let other = made_ago(0)?;
    kept.secret().put_all(&other).await?;
    eventually("clients are told to trust both", async || {
        kept.bundles("default")
            .await
            .iter()
            .all(|b| b.contains(&other.bundle) && b.contains(&before.bundle))
    })
    .await?;
    eventually("the other certificate is shown", async || {
        outrigger.log().contains("certificate renewed")
    })
    .await?;
    load.stop().await
}

#[tokio::test]
async fn an_authority_that_is_due_is_followed_by_another() -> Result<()> {
    let kept = Kept::new().await?;
    let old = made_ago(250)?;
    let secret = json!({
        "metadata": {"name": SECRET},
        "stringData": {
            "ca.crt": old.bundle,
            "ca.key": old.authority_key,
            "tls.crt": old.certificate,
            "tls.key": old.key,
        },
    });
    kept.secret()
        .api
        .create(&PostParams::default(), &serde_json::from_value(secret)?)
        .await?;

    let _outrigger = kept.serve().await?;

    let stored = kept.stored().await.unwrap_or_default();
    assert_eq!(count(&stored.bundle), 2);
    assert!(
        stored.bundle.ends_with(&old.bundle),
        "the old one is trusted further"
    );
    assert!(
        kept.bundles("default")
            .await
            .iter()
            .all(|b| *b == stored.bundle)
    );
    Ok(())
}
