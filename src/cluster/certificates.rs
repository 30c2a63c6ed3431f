//! The Secret that holds authority and serving certificate, shared by all replicas without a leader.
//!
//! Whoever finds that something is due writes, under the version that was read; who loses the race reads again and
//! finds it done. What is due is decided in [`renewal`](crate::pki::renewal).

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, SystemTime},
};

use k8s_openapi::{ByteString, api::core::v1};
use kube::{
    Api, Client,
    api::{PartialObjectMeta, PostParams},
    core::ObjectMeta,
    runtime::watcher,
};
use tokio::{
    sync::{Notify, watch},
    time::{sleep, timeout},
};

use crate::{
    pki::{
        Name, Pair,
        renewal::{Policy, Step, Stored},
        trusts,
    },
    server::{CERTIFICATE_PART, ServingCertificate, Shared},
};

use super::{
    Published, clock,
    follow::{Standing, Table, WATCH_SECONDS, follow, random},
};

/// The keys of the Secret, as cert-manager and `kubectl create secret tls` name them.
const BUNDLE: &str = "ca.crt";
const AUTHORITY_KEY: &str = "ca.key";
const CERTIFICATE: &str = "tls.crt";
const KEY: &str = "tls.key";

/// How often it is looked whether something is due. By the API server's clock, which may jump.
const INTERVAL: Duration = Duration::from_secs(60);

/// The pause after a fault.
const PAUSE: Duration = Duration::from_secs(5);

/// The shortest time between two changes of a replica, so that two whose clocks differ do not outdo each other.
const BETWEEN_CHANGES: Duration = Duration::from_secs(2);

/// How long a certificate of an unknown authority waits until clients trust it.
const TRUST_TIME: Duration = Duration::from_secs(10);

/// How long the API server takes to act on a webhook's configuration that it has stored.
const SETTLE_TIME: Duration = Duration::from_secs(2);

/// How often a lost race is tried again at once.
const ATTEMPTS: usize = 5;

/// The certificates of a Secret.
pub struct Certificates {
    client: Client,
    api: Api<v1::Secret>,
    name: String,
    policy: Policy,
    known: Option<Stored>,
}

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// The API server refuses, or does not answer.
    #[error("cannot read or write the Secret")]
    Api(#[from] kube::Error),
    /// A certificate cannot be made.
    #[error("cannot make a certificate")]
    Make(#[from] rcgen::Error),
    /// A certificate cannot be served.
    #[error("cannot serve the certificate")]
    Pair(#[from] crate::pki::PairError),
    /// Other replicas have always been faster.
    #[error("the Secret changes all the time")]
    Contended,
}

impl Certificates {
    /// The certificates of the Secret `name`, which are for `names`.
    pub fn new(client: Client, namespace: &str, name: String, names: Vec<Name>) -> Self {
        Self {
            api: Api::namespaced(client.clone(), namespace),
            client,
            name,
            policy: Policy {
                names,
                jitter: random(),
            },
            known: None,
        }
    }

    /// Waits until there is a certificate to serve: one that is stored, or one that is made and stored. The health
    /// report says what is amiss meanwhile.
    pub async fn first(&mut self, shared: &Shared) -> Pair {
        let report = |fault: Option<String>| shared.health.report(CERTIFICATE_PART, fault);
        report(Some("not there yet".to_owned()));
        loop {
            match self.pass().await {
                Ok((stored, _)) => match pair(&stored) {
                    Ok(pair) => {
                        self.known = Some(stored);
                        report(None);
                        return pair;
                    }
                    Err(error) => {
                        tracing::error!(%error, "waiting for a certificate");
                        report(Some(error.to_string()));
                    }
                },
                Err(error) => {
                    let error = format!("{:#}", anyhow::Error::from(error));
                    tracing::error!(error, secret = self.name, "waiting for a certificate");
                    report(Some(error));
                }
            }
            sleep(PAUSE.mul_f64(0.5 + random())).await;
        }
    }

    /// The authorities that clients are to trust now.
    pub fn bundle(&self) -> String {
        let known = self.known.as_ref();
        known.map_or_else(String::new, |known| known.bundle.clone())
    }

    /// Keeps Secret and `serving` in step for ever. `bundle` is told what clients are to trust, `published`
    /// says what they are told.
    pub async fn keep(
        mut self,
        serving: ServingCertificate,
        bundle: watch::Sender<String>,
        mut published: watch::Receiver<Published>,
        shared: Arc<Shared>,
    ) {
        let changed = Arc::new(Notify::new());
        let versions = Table::new(changed.clone());
        let api = self.api.clone();
        let only = watcher::Config::default()
            .fields(&format!("metadata.name={}", self.name))
            .timeout(WATCH_SECONDS);
        let metadata = Api::<PartialObjectMeta<v1::Secret>>::namespaced(
            api.clone().into_client(),
            api.namespace().unwrap_or_default(),
        );
        let following = follow(
            &versions,
            || watcher(metadata.clone(), only.clone()),
            |secret| secret.metadata.resource_version.clone(),
        );
        let keeping = async {
            loop {
                // A change of the Secret, or the time.
                let _ = timeout(INTERVAL, changed.notified()).await;
                let result = self
                    .take_over(&serving, &bundle, &mut published, &shared)
                    .await;
                match (result, versions.state().standing) {
                    (Err(error), _) => {
                        let error = format!("{:#}", anyhow::Error::from(error));
                        tracing::error!(error, secret = self.name, "certificate not renewed");
                        serving.fault(Some(format!("the one before stays: {error}")));
                        sleep(PAUSE.mul_f64(0.5 + random())).await;
                        changed.notify_one();
                    }
                    (Ok(()), Standing::Refused(cause)) => serving.fault(Some(cause)),
                    (Ok(()), _) => serving.fault(None),
                }
            }
        };
        tokio::join!(following, keeping);
    }

    /// Serves what is stored, once clients trust it.
    async fn take_over(
        &mut self,
        serving: &ServingCertificate,
        bundle: &watch::Sender<String>,
        published: &mut watch::Receiver<Published>,
        shared: &Shared,
    ) -> Result<(), CertificateError> {
        let (stored, now) = self.pass().await?;
        let before = self.known.clone().unwrap_or_default();
        if stored == before {
            return Ok(());
        }
        let pair = pair(&stored)?;
        bundle.send_replace(stored.bundle.clone());
        if stored.certificate != before.certificate {
            let names = &self.policy.names;
            let is_trusted = |bundle: &str| {
                names
                    .iter()
                    .all(|name| trusts(bundle, &stored.certificate, name, now))
            };
            if !is_trusted(&before.bundle) {
                let arrives = published.wait_for(
                    |now| matches!(now, Published::Everywhere(bundle) if is_trusted(bundle)),
                );
                if timeout(TRUST_TIME, arrives).await.is_ok() {
                    sleep(SETTLE_TIME).await;
                }
            }
            tracing::info!(not_after = pair.not_after, "certificate renewed");
            shared.metrics.certificate_reloads.inc();
            serving.replace(pair);
        }
        self.known = Some(stored);
        Ok(())
    }

    /// Reads the Secret, decides, and writes if something is to be changed; what holds afterwards, and the time.
    async fn pass(&self) -> Result<(Stored, SystemTime), CertificateError> {
        for _ in 0..ATTEMPTS {
            let now = clock::now(&self.client).await?;
            let secret = self.api.get_opt(&self.name).await?;
            let found = secret.as_ref().map(stored);
            let Step { stored, change } =
                self.policy.step(found.as_ref(), self.known.as_ref(), now)?;
            let Some(change) = change else {
                return Ok((stored, now));
            };
            let written = if let Some(mut secret) = secret {
                write(&mut secret, &stored);
                let params = PostParams::default();
                self.api.replace(&self.name, &params, &secret).await
            } else {
                let mut secret = v1::Secret {
                    metadata: ObjectMeta {
                        name: Some(self.name.clone()),
                        ..ObjectMeta::default()
                    },
                    type_: Some("kubernetes.io/tls".into()),
                    ..v1::Secret::default()
                };
                write(&mut secret, &stored);
                self.api.create(&PostParams::default(), &secret).await
            };
            match written {
                Ok(_) => {
                    tracing::info!(?change, secret = self.name, "certificate stored");
                    sleep(BETWEEN_CHANGES).await;
                    return Ok((stored, now));
                }
                // Another replica was faster, or the Secret was deleted meanwhile.
                Err(kube::Error::Api(status)) if matches!(status.code, 404 | 409) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(CertificateError::Contended)
    }
}

fn pair(stored: &Stored) -> Result<Pair, crate::pki::PairError> {
    Pair::from_pem(stored.certificate.as_bytes(), stored.key.as_bytes())
}

fn stored(secret: &v1::Secret) -> Stored {
    let text = |key: &str| {
        let bytes = secret.data.as_ref().and_then(|data| data.get(key));
        bytes.map_or_else(String::new, |bytes| {
            String::from_utf8_lossy(&bytes.0).into_owned()
        })
    };
    Stored {
        bundle: text(BUNDLE),
        authority_key: text(AUTHORITY_KEY),
        certificate: text(CERTIFICATE),
        key: text(KEY),
    }
}

/// Leaves everything else of the Secret as it is.
fn write(secret: &mut v1::Secret, stored: &Stored) {
    let Stored {
        bundle,
        authority_key,
        certificate,
        key,
    } = stored;
    let texts = [
        (BUNDLE, bundle),
        (AUTHORITY_KEY, authority_key),
        (CERTIFICATE, certificate),
        (KEY, key),
    ];
    let data = texts.map(|(key, text)| (key.to_owned(), ByteString(text.clone().into_bytes())));
    secret.data.get_or_insert_with(BTreeMap::new).extend(data);
}
