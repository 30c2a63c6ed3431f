//! Certificates that come to be due, while clients connect that trust what the API server is told to trust.

use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result};
use k8s_openapi::api::admissionregistration::v1::MutatingWebhookConfiguration;
use kube::Api;
use outrigger::pki::{
    Authority,
    renewal::{LEAF_VALIDITY, Stored},
};
use outrigger_apiserver_tests::{eventually, secret::made_ago};
use tokio::time::sleep;

use crate::{clients, scene::Scene};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// How old a serving certificate is that is due, and an authority.
const LEAF_DUE: Duration = DAY.saturating_mul(5);
const AUTHORITY_DUE: Duration = DAY.saturating_mul(250);

/// The time between two clients that connect anew.
const BETWEEN_CLIENTS: Duration = Duration::from_millis(50);

/// Has a client connect anew all the time, as API servers do that trust what they are told: the Pods' creations themselves
/// go over connections that are open.
pub(crate) fn keep_connecting(scene: &mut Scene) {
    let api = Api::<MutatingWebhookConfiguration>::all(scene.site.client.clone());
    let (name, port) = (scene.configuration(), scene.service.port());
    scene.beside.spawn(async move {
        loop {
            let found = api.get(&name).await?;
            let entry = found.webhooks.into_iter().flatten().next();
            let bundle = entry.and_then(|entry| entry.client_config.ca_bundle);
            let bundle = bundle.context("no bundle")?.0;
            let client = clients::trusting(&bundle, "h2")?;
            let connected = clients::connect(&client, port).await;
            connected
                .context("a client that trusts the caBundle does not trust the certificate")?;
            sleep(BETWEEN_CLIENTS).await;
        }
    });
}

/// Has the serving certificate come to be due.
pub(crate) async fn renew(scene: &mut Scene, until: Instant) -> Result<()> {
    keep_connecting(scene);
    while Instant::now() < until {
        let stored = scene.secret().stored().await.unwrap_or_default();
        renew_leaf(scene, &stored).await?;
        scene
            .wait_until(Instant::now() + Duration::from_secs(1))
            .await?;
    }
    Ok(())
}

/// Puts a certificate that is due, of the authority of `of`, and waits until another one is stored and shown.
async fn renew_leaf(scene: &mut Scene, of: &Stored) -> Result<()> {
    let authority = Authority::from_pem(&of.bundle, &of.authority_key)?;
    let then = SystemTime::now() - LEAF_DUE;
    let due = authority.issue_at(&scene.names(), then, LEAF_VALIDITY)?;
    let put = [("tls.crt", &*due.certificate), ("tls.key", &*due.key)];
    scene.secret().put(&put).await?;
    shown(scene, &due.certificate).await
}

/// Waits until another certificate than this is stored, and shown by every replica.
async fn shown(scene: &Scene, before: &str) -> Result<()> {
    eventually("there is another certificate", async || {
        let stored = scene.secret().stored().await;
        stored.is_some_and(|stored| stored.certificate != before)
    })
    .await?;
    let stored = scene.secret().stored().await.unwrap_or_default();
    let client = clients::trusting(stored.bundle.as_bytes(), "h2")?;
    let expected = clients::first_certificate(stored.certificate.as_bytes())?;
    eventually("every replica shows it", async || {
        for replica in &scene.replicas {
            let Ok(stream) = clients::connect(&client, replica.port()).await else {
                return false;
            };
            let chain = stream.get_ref().1.peer_certificates();
            if chain.and_then(|chain| chain.first()) != Some(&expected) {
                return false;
            }
        }
        true
    })
    .await
}

/// Has another authority take over that nobody knows yet and that is due at once, so that one more follows it, and the
/// certificate of that one.
pub(crate) async fn follow(scene: &mut Scene, until: Instant) -> Result<()> {
    keep_connecting(scene);
    loop {
        let other = made_ago(scene.names(), AUTHORITY_DUE)?;
        scene.secret().put_all(&other).await?;
        shown(scene, &other.certificate).await?;
        let stored = scene.secret().stored().await.unwrap_or_default();
        renew_leaf(scene, &stored).await?;
        scene
            .wait_until(Instant::now() + Duration::from_secs(1))
            .await?;
        if Instant::now() > until {
            return Ok(());
        }
    }
}
