//! The configuration as the cluster has it: waited for when the server starts, kept in step while it runs.

use std::{sync::Arc, time::Duration};

use k8s_openapi::api::core::v1::ObjectReference;
use kube::Client;
use tokio::{
    task::JoinHandle,
    time::{Instant, timeout, timeout_at},
};

use crate::{
    config::Settings,
    inject::Injector,
    server::{Configuration, Shared, configuration},
};

use super::{
    Events,
    watches::{ConfigMaps, Reading, Watches},
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
        }
    }

    /// Waits until the cluster has a configuration that can be served.
    pub async fn first(&mut self) -> Injector {
        loop {
            if timeout(REMINDER, self.settled()).await.is_err() {
                self.say_what_is_missing();
                continue;
            }
            let reading = self.read();
            if !reading.missing.is_empty() {
                continue;
            }
            let built =
                configuration::build(&reading.sources, &self.settings, Some(reading.cluster()));
            match built {
                Ok(injector) => {
                    self.last = reading;
                    return injector;
                }
                Err(error) => {
                    tracing::error!(%error, "configuration refused, waiting for another");
                    self.tell_refused(&error.to_string());
                }
            }
        }
    }

    /// Keeps `configuration` in step for ever.
    pub async fn keep(mut self, configuration: Configuration, shared: Arc<Shared>) {
        report(&self.last, &shared);
        loop {
            self.settled().await;
            let reading = self.read();
            report(&reading, &shared);
            if reading.sources == self.last.sources {
                if !reading.same_cluster(&self.last) {
                    configuration.over(reading.cluster());
                }
            } else {
                let built =
                    configuration::build(&reading.sources, &self.settings, Some(reading.cluster()));
                match built {
                    Ok(injector) => configuration.replace(injector),
                    Err(error) => {
                        configuration.refuse(&error);
                        self.tell_refused(&error.to_string());
                        // What is served lies over the cluster as it is now.
                        configuration.over(reading.cluster());
                    }
                }
            }
            self.last = reading;
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

fn report(reading: &Reading, shared: &Shared) {
    for (part, fault) in &reading.faults {
        shared.health.report(part, fault.clone());
    }
}
