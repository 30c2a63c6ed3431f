//! The serving certificate's files, read again when they change.
//!
//! The contents are compared, not the files watched: Secret volumes swap a symbolic link two folders up, which a watch
//! of the file never sees, and two small reads every few seconds cost nothing.

use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use tokio::time::{self, MissedTickBehavior};

use crate::pki::Pair;

use super::{ServerError, Shared, tls::Serving};

/// The name of the certificate in the health report.
pub(super) const PART: &str = "certificate";

/// The files of a pair, and what they held when they were last read.
pub(super) struct Watch<S = Arc<Serving>> {
    certificate: PathBuf,
    key: PathBuf,
    interval: Duration,
    /// A fingerprint of the contents; `None` where they could not be read.
    last: Option<u64>,
    serving: S,
}

impl Watch<()> {
    /// Reads the pair for the first time.
    pub(super) async fn start(
        certificate: PathBuf,
        key: PathBuf,
        interval: Duration,
    ) -> Result<(Pair, Self), ServerError> {
        let mut watch = Self {
            certificate,
            key,
            interval,
            last: None,
            serving: (),
        };
        let contents = watch.read().await?;
        watch.last = Some(fingerprint(&contents));
        Ok((watch.pair(&contents)?, watch))
    }

    /// The same watch, which from now on replaces what `serving` shows.
    pub(super) fn onto(self, serving: Arc<Serving>) -> Watch {
        let Self {
            certificate,
            key,
            interval,
            last,
            serving: (),
        } = self;
        Watch {
            certificate,
            key,
            interval,
            last,
            serving,
        }
    }
}

impl Watch {
    /// Looks at the files for ever. A pair that cannot be served leaves the one before in place.
    pub(super) async fn run(mut self, shared: &Shared) {
        let mut ticks = time::interval(self.interval);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            match self.changed().await {
                Ok(None) => {}
                Ok(Some(pair)) => {
                    tracing::info!(not_after = pair.not_after, "certificate reloaded");
                    shared.metrics.certificate_expiry.set(pair.not_after);
                    shared.metrics.certificate_reloads.inc();
                    shared.health.report(PART, None);
                    self.serving.replace(pair);
                }
                Err(error) => {
                    let error = format!("{:#}", anyhow::Error::from(error));
                    tracing::error!(error, "certificate not reloaded, the one before stays");
                    shared.metrics.certificate_reload_failures.inc();
                    let fault = format!("not reloaded, the one before stays: {error}");
                    shared.health.report(PART, Some(fault));
                }
            }
        }
    }

    /// The pair, if the files hold something else than last time. A fault is given once, not at every look.
    async fn changed(&mut self) -> Result<Option<Pair>, ServerError> {
        let contents = match self.read().await {
            Ok(contents) => contents,
            Err(_) if self.last.is_none() => return Ok(None),
            Err(error) => {
                self.last = None;
                return Err(error);
            }
        };
        let now = Some(fingerprint(&contents));
        if now == self.last {
            return Ok(None);
        }
        self.last = now;
        self.pair(&contents).map(Some)
    }
}

impl<S> Watch<S> {
    async fn read(&self) -> Result<(Vec<u8>, Vec<u8>), ServerError> {
        let read = async |path: &PathBuf| {
            tokio::fs::read(path)
                .await
                .map_err(|source| ServerError::Read {
                    path: path.clone(),
                    source,
                })
        };
        Ok((read(&self.certificate).await?, read(&self.key).await?))
    }

    fn pair(&self, (certificate, key): &(Vec<u8>, Vec<u8>)) -> Result<Pair, ServerError> {
        Pair::from_pem(certificate, key).map_err(|source| ServerError::Pair {
            path: self.certificate.clone(),
            source,
        })
    }
}

fn fingerprint(contents: &(Vec<u8>, Vec<u8>)) -> u64 {
    let mut hasher = DefaultHasher::new();
    contents.hash(&mut hasher);
    hasher.finish()
}
