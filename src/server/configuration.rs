//! The configuration that is served: replaced as a whole, or not at all.

use std::{
    error::Error,
    fmt::{self, Display},
    future, panic,
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use tokio::task::{self, JoinError};

use crate::{
    admission::{Core, Remembering},
    check::{self, Finding, Severity},
    config::{Cluster, Settings, Sources},
    inject::Injector,
};

use super::Shared;

/// The name of the configuration in the health report.
pub const PART: &str = "configuration";

/// Why a configuration cannot be served: what is wrong, in the order of its sources.
#[derive(Debug)]
pub struct Refused(Vec<Finding>);

impl Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let errors = self.0.iter().filter(|f| f.severity == Severity::Error);
        for (n, finding) in errors.enumerate() {
            if n > 0 {
                f.write_str("; ")?;
            }
            finding.fmt(f)?;
        }
        Ok(())
    }
}

impl Error for Refused {}

/// Builds what answers calls, and tries it as `outrigger config lint` does; what is doubtful is logged.
pub fn build(
    sources: &Sources,
    settings: &Settings,
    cluster: Option<Cluster>,
) -> Result<Injector, Refused> {
    let (injector, doubts) = check::load(sources, settings.clone()).map_err(Refused)?;
    for doubt in &doubts {
        tracing::warn!(%doubt, "configuration");
    }
    Ok(match cluster {
        Some(cluster) => injector.with_cluster(cluster),
        None => injector,
    })
}

/// Builds as [`build`] does, beside the threads that answer calls: to try a configuration takes longer than a call may wait.
pub async fn build_beside(
    sources: Sources,
    settings: Settings,
    cluster: Option<Cluster>,
) -> Result<Injector, Refused> {
    let built = task::spawn_blocking(move || build(&sources, &settings, cluster)).await;
    match built.map_err(JoinError::try_into_panic) {
        Ok(built) => built,
        Err(Ok(panic)) => panic::resume_unwind(panic),
        // The runtime ends, and this with it.
        Err(Err(_)) => future::pending().await,
    }
}

/// Replaces the configuration that is served.
pub struct Configuration {
    shared: Arc<Shared>,
    current: Mutex<Arc<Injector>>,
}

impl Configuration {
    /// Takes over a server that was started with `current`.
    pub fn new(shared: Arc<Shared>, current: Arc<Injector>) -> Self {
        let configuration = Self {
            shared,
            current: Mutex::new(current),
        };
        configuration.told();
        configuration
    }

    /// Serves `injector` from the next call on.
    pub fn replace(&self, injector: Injector) {
        self.swap(Arc::new(injector));
        tracing::info!("configuration reloaded");
        self.shared.metrics.configuration_reloads.inc();
        self.told();
    }

    /// Says that a new configuration is refused; the one before stays.
    pub fn refuse(&self, cause: &dyn Display) {
        let cause = format!("{cause:#}");
        tracing::error!(error = cause, "configuration refused, the one before stays");
        self.shared.metrics.configuration_reload_failures.inc();
        let fault = format!("refused, the one before stays: {cause}");
        self.shared.health.report(PART, Some(fault));
    }

    /// Serves the same configuration over another state of the cluster.
    pub fn over(&self, cluster: Cluster) {
        let current = self.current().with_cluster(cluster);
        self.swap(Arc::new(current));
    }

    /// What is served now.
    pub fn current(&self) -> Arc<Injector> {
        let current = self.current.lock();
        current.unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn swap(&self, injector: Arc<Injector>) {
        let core: Box<dyn Core> = Box::new(Remembering::new(injector.clone()));
        self.shared.core.store(Some(Arc::new(core)));
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = injector;
    }

    fn told(&self) {
        self.shared.health.report(PART, None);
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let seconds = since.map_or(0, |since| since.as_secs());
        let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
        self.shared.metrics.configuration_timestamp.set(seconds);
    }
}
