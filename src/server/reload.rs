//! The serving certificate's files, read again when they change.
//!
//! The contents are compared, not the files watched: Secret volumes swap a symbolic link two folders up, which a watch
//! of the file never sees, and two small reads every few seconds cost nothing.

use std::{
    hash::{DefaultHasher, Hash, Hasher as _},
    path::PathBuf,
    sync::Arc,
    time::{Duration, SystemTime},
};

use tokio::time::{self, MissedTickBehavior};

use crate::pki::Pair;

use super::{ServerError, Shared, certificate::CERTIFICATE_PART, tls::Serving};

/// Keeps what is served in step with two files.
pub(super) struct Watch {
    files: Files,
    interval: Duration,
    /// A fingerprint of what the files held at the last look; `None` where they could not be read.
    last: Option<u64>,
    expiry_told: bool,
    serving: Arc<Serving>,
}

struct Files {
    certificate: PathBuf,
    key: PathBuf,
}

#[derive(Hash)]
struct Contents {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

impl Watch {
    /// Reads the pair for the first time.
    pub(super) async fn start(
        certificate: PathBuf,
        key: PathBuf,
        interval: Duration,
    ) -> Result<Self, ServerError> {
        let files = Files { certificate, key };
        let contents = files.read().await?;
        Ok(Self {
            interval,
            last: Some(contents.fingerprint()),
            expiry_told: false,
            serving: Arc::new(Serving::new(files.pair(&contents)?)),
            files,
        })
    }

    /// What is served: the pair that was read last.
    pub(super) fn serving(&self) -> Arc<Serving> {
        self.serving.clone()
    }

    /// Looks at the files for ever. A pair that cannot be served leaves the one before in place.
    pub(super) async fn run(mut self, shared: &Shared) {
        let mut ticks = time::interval(self.interval);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            match self.changed().await {
                Ok(None) => self.tell_expiry(shared),
                Ok(Some(pair)) => {
                    tracing::info!(not_after = pair.not_after, "certificate reloaded");
                    shared.metrics.certificate_expiry.set(pair.not_after);
                    shared.metrics.certificate_reloads.inc();
                    shared.health.report(CERTIFICATE_PART, None);
                    self.serving.replace(pair);
                    self.expiry_told = false;
                }
                Err(error) => {
                    let error = format!("{:#}", anyhow::Error::from(error));
                    tracing::error!(error, "certificate not reloaded, the one before stays");
                    shared.metrics.certificate_reload_failures.inc();
                    let fault = format!("not reloaded, the one before stays: {error}");
                    shared.health.report(CERTIFICATE_PART, Some(fault));
                }
            }
        }
    }

    /// The pair, if the files hold something else than last time. A fault is given once, not at every look.
    async fn changed(&mut self) -> Result<Option<Pair>, ServerError> {
        let contents = match self.files.read().await {
            Ok(contents) => contents,
            Err(_) if self.last.is_none() => return Ok(None),
            Err(error) => {
                self.last = None;
                return Err(error);
            }
        };
        let now = Some(contents.fingerprint());
        if now == self.last {
            return Ok(None);
        }
        self.last = now;
        self.files.pair(&contents).map(Some)
    }

    /// Reports, once for each pair, that no client trusts it any more.
    fn tell_expiry(&mut self, shared: &Shared) {
        if !self.expiry_told && self.serving.pair().is_expired(SystemTime::now()) {
            tracing::error!("the serving certificate is no longer valid");
            let fault = "no longer valid".to_owned();
            shared.health.report(CERTIFICATE_PART, Some(fault));
            self.expiry_told = true;
        }
    }
}

impl Files {
    async fn read(&self) -> Result<Contents, ServerError> {
        let read = async |path: &PathBuf| {
            tokio::fs::read(path)
                .await
                .map_err(|source| ServerError::Read {
                    path: path.clone(),
                    source,
                })
        };
        Ok(Contents {
            certificate: read(&self.certificate).await?,
            key: read(&self.key).await?,
        })
    }

    fn pair(&self, contents: &Contents) -> Result<Pair, ServerError> {
        Pair::from_pem(&contents.certificate, &contents.key).map_err(|source| ServerError::Pair {
            path: self.certificate.clone(),
            source,
        })
    }
}

impl Contents {
    fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        hasher.finish()
    }
}
