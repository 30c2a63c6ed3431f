//! The options for Pods that were created without the sidecar that they should have.

use std::{
    hash::{BuildHasher as _, RandomState},
    process,
    sync::Arc,
    time::Duration,
};

use kube::Client;

use super::cluster::{events, pod_name};
use crate::{
    cluster::{MissedPods, Search},
    server::{Configuration, Shared},
};

/// Options for the search for Pods without a sidecar.
#[derive(clap::Args, Clone, Debug)]
#[command(next_help_heading = "Pods without a sidecar")]
pub(super) struct MissedOptions {
    /// What is done about Pods that should have a sidecar and have none, as they were created while no replica answered,
    /// or an old one. One replica at a time does it
    #[arg(
        long,
        value_name = "WHAT",
        value_enum,
        default_value_t,
        conflicts_with = "standalone"
    )]
    missed_pods: MissedPods,

    /// The time from one search for them to the next, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..))]
    missed_pods_interval: u64,

    /// The time from one eviction to the next, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    eviction_pause: u64,
}

impl MissedOptions {
    /// Whether Pods are looked for.
    pub(super) fn is_on(&self) -> bool {
        self.missed_pods != MissedPods::Ignore
    }

    /// The search, for Pods that the webhook of this name is called for; `namespace` is the injector's.
    pub(super) fn search(
        &self,
        client: Client,
        webhook: String,
        namespace: String,
        configuration: Arc<Configuration>,
        shared: Arc<Shared>,
    ) -> Search {
        // A replica that starts again under its name is another one.
        let chance = RandomState::new().hash_one(process::id());
        Search {
            events: events(&client),
            client,
            configuration,
            shared,
            webhook,
            namespace,
            identity: format!("{}_{chance:016x}", pod_name()),
            action: self.missed_pods,
            interval: Duration::from_secs(self.missed_pods_interval),
            pause: Duration::from_secs(self.eviction_pause),
        }
    }
}
