//! The configuration as the cluster has it: waited for when the server starts, kept in step while it runs.

use std::{sync::Arc, time::Duration};

use k8s_openapi::api::core::v1::ObjectReference;
use kube::Client;
use tokio::{
    task::JoinHandle,
    time::{Instant, timeout, timeout_at},
};

use crate::{
    config::{Fault, Settings},
    inject::Injector,
    server::{
        Configuration, Shared,
        configuration::{self, Refused},
    },
};

use super::{
    Events,
    watches::{ConfigMaps, Reading, SHARED_MESH, Watches},
};

/// How long nothing may change before what has changed is taken over together: an upgrade changes several objects.
const QUIET: Duration = Duration::from_millis(300);

/// How long changes that do not stop are waited for.
const LONGEST: Duration = Duration::from_secs(2);

/// How often the start says what it waits for.
const REMINDER: Duration = Duration::from_secs(10);

/// The configuration of a cluster, which is watched.
pub struct Watched {
    watches: Arc<Watches>,
    task: JoinHandle<()>,
    events: Events,
    regarding: ObjectReference,
    settings: Settings,
    /// What was read last, taken over or refused.
    last: Reading,
    /// What is wrong with the shared mesh, which is served without.
    left_out: Option<String>,
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Watched {
    /// Begins to watch.
    pub fn new(client: Client, events: Events, names: ConfigMaps, settings: Settings) -> Self {
        let regarding = ObjectReference {
            api_version: Some("v1".into()),
            kind: Some("ConfigMap".into()),
            namespace: Some(names.namespace.clone()),
            name: Some(names.injector.clone()),
            ..ObjectReference::default()
        };
        let watches = Arc::new(Watches::new(names));
        let task = tokio::spawn({
            let watches = watches.clone();
            async move { Box::pin(watches.run(client)).await }
        });
        Self {
            watches,
            task,
            events,
            regarding,
            settings,
            last: Reading::default(),
            left_out: None,
        }
    }

    /// Waits until the cluster has a configuration that can be served; the health report says what is missing.
    pub async fn first(&mut self, shared: &Shared) -> Injector {
        loop {
            let reading = self.read();
            report_missing(&reading, shared);
            if timeout(REMINDER, self.settled()).await.is_err() {
                self.say_what_is_missing();
                continue;
            }
            let reading = self.read();
            if !reading.missing.is_empty() {
                continue;
            }
            match self.build(&reading).await {
                Ok(injector) => {
                    self.left_out = left_out(&injector);
                    self.last = reading;
                    return injector;
                }
                Err(error) => {
                    tracing::error!(%error, "configuration refused, waiting for another");
                    let fault = format!("refused, waiting for another: {error}");
                    shared.health.report(configuration::PART, Some(fault));
                    self.tell_refused(&error.to_string());
                }
            }
        }
    }

    /// Keeps `configuration` in step for ever.
    pub async fn keep(mut self, configuration: Arc<Configuration>, shared: Arc<Shared>) {
        self.report(&self.last, &shared);
        loop {
            self.settled().await;
            let reading = self.read();
            if reading.sources == self.last.sources {
                if !reading.same_cluster(&self.last) {
                    configuration.over(reading.cluster());
                }
            } else {
                match self.build(&reading).await {
                    Ok(injector) => {
                        self.left_out = left_out(&injector);
                        configuration.replace(injector);
                    }
                    Err(error) => {
                        configuration.refuse(&error);
                        self.tell_refused(&error.to_string());
                        // What is served lies over the cluster as it is now.
                        configuration.over(reading.cluster());
                    }
                }
            }
            self.report(&reading, &shared);
            self.last = reading;
        }
    }

    async fn build(&self, reading: &Reading) -> Result<Injector, Refused> {
        let (sources, settings) = (reading.sources.clone(), self.settings.clone());
        configuration::build_beside(sources, settings, Some(reading.cluster())).await
    }

    fn report(&self, reading: &Reading, shared: &Shared) {
        for (part, fault) in &reading.faults {
            let left_out = self.left_out.clone().filter(|_| *part == SHARED_MESH);
            shared.health.report(part, fault.clone().or(left_out));
        }
    }

    fn read(&self) -> Reading {
        self.watches
            .read(&self.last.sources, self.settings.openshift)
    }

    /// Ends when something has changed, and nothing more for a moment.
    async fn settled(&self) {
        self.watches.changed().await;
        let latest = Instant::now() + LONGEST;
        while timeout_at(latest, timeout(QUIET, self.watches.changed()))
            .await
            .is_ok_and(|more| more.is_ok())
        {}
    }

    fn say_what_is_missing(&self) {
        let reading = self.read();
        let faults: Vec<String> = reading
            .faults
            .iter()
            .filter_map(|(part, fault)| Some(format!("{part}: {}", fault.as_ref()?)))
            .collect();
        tracing::warn!(
            missing = reading.missing.join(", "),
            faults = faults.join("; "),
            "waiting for the cluster's configuration"
        );
    }

    fn tell_refused(&self, cause: &str) {
        self.events
            .warn(&self.regarding, "ConfigurationRefused", cause);
    }
}

/// Reports what a start waits for.
fn report_missing(reading: &Reading, shared: &Shared) {
    for (part, fault) in &reading.faults {
        let is_missing = fault.is_none() && reading.missing.contains(part);
        let unread = is_missing.then(|| "not read yet".to_owned());
        shared.health.report(part, fault.clone().or(unread));
    }
}

/// What is wrong with a source that the configuration is served without.
fn left_out(injector: &Injector) -> Option<String> {
    let warnings = &injector.config().warnings;
    let warning = warnings.iter().find(|w| w.fault == Fault::LeftOut)?;
    Some(warning.to_string())
}
