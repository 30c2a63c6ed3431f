//! Pods that should have a sidecar and have none, as they were created while the webhook did not answer, or an old one:
//! found by one replica, told by metrics and by Events on their owners, and replaced where that is asked for.
//!
//! What a Pod should have is what the injector makes of it now, for Pods that the webhook's entries select.

mod evict;
mod find;
mod judge;
mod owner;

use std::{collections::BTreeMap, fmt::Write as _, sync::Arc, time::Duration};

use k8s_openapi::api::core::v1::ObjectReference;
use kube::Client;
use tokio::time::{Instant, sleep};

use crate::server::{Configuration, Shared};

use self::{
    evict::Eviction,
    find::{FindError, Found, Group},
    judge::Amiss,
};
use super::{
    Events,
    follow::random,
    lease::{Leading, Lease},
};

/// The name of the search in the health report, and that of the Lease.
const PART: &str = "missed-pods";
const LEASE_PART: &str = "missed-pods-lease";

/// How long an owner is not told again what it was told before; Events are kept for an hour.
const TELL_AGAIN: Duration = Duration::from_secs(50 * 60);

/// What is done about Pods without the sidecar that they should have. Each does what those before it do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum MissedPods {
    /// Nothing, they are not looked for
    #[default]
    Ignore,
    /// They are counted, and their owners told by Events
    Report,
    /// Those without a sidecar that their owners make anew are evicted as well, one after the other
    Evict,
    /// Those with an old sidecar, too: a change of the configuration is brought to all Pods
    EvictOutdated,
}

/// The search for Pods without the sidecar that they should have.
pub struct Search {
    /// A client of the API server.
    pub client: Client,
    /// Where owners are told.
    pub events: Events,
    /// What decides whether a Pod should have a sidecar.
    pub configuration: Arc<Configuration>,
    /// Where it is counted, and told what is amiss with the search.
    pub shared: Arc<Shared>,
    /// The `MutatingWebhookConfiguration` whose Pods are looked at; the Lease has its name.
    pub webhook: String,
    /// The injector's namespace, and that of the Lease.
    pub namespace: String,
    /// What no other replica is named.
    pub identity: String,
    /// What is done about what is found.
    pub action: MissedPods,
    /// The time from the end of a search to the next.
    pub interval: Duration,
    /// The time between two evictions.
    pub pause: Duration,
}

/// What a replica remembers while it leads.
#[derive(Default)]
struct Memory {
    /// What owners were told, and when, by the key of their group.
    told: BTreeMap<String, (String, Instant)>,
    /// When the youngest of a controller's Pods with which something is amiss was created, at the time that one was evicted;
    /// by the controller's uid. A younger one is a replacement that is no better, nor would be a further one.
    evicted: BTreeMap<String, String>,
}

impl Search {
    /// Searches whenever this replica leads, for ever.
    pub async fn keep_looking(self) {
        let lease = Lease::new(
            self.client.clone(),
            &self.namespace,
            self.webhook.clone(),
            self.identity.clone(),
        );
        let (until, mut leading) = Lease::channel();
        let keeping = lease.keep(until, |fault| self.shared.health.report(LEASE_PART, fault));
        let looking = async {
            loop {
                leading.held().await;
                self.shared.metrics.leader.set(1);
                self.lead(&leading).await;
                self.shared.metrics.leader.set(0);
                self.count(&Found::default());
                self.shared.health.report(PART, None);
            }
        };
        tokio::join!(keeping, looking);
    }

    /// Searches as long as this replica leads.
    async fn lead(&self, leading: &Leading) {
        let mut memory = Memory::default();
        while leading.is_held() {
            let began = Instant::now();
            let injector = self.configuration.current();
            match Found::look(&self.client, &self.webhook, &self.namespace, injector).await {
                Ok(found) => self.found(&found, &mut memory, began, leading).await,
                Err(error) => self.failed(error),
            }
            let next = sleep(self.interval.mul_f64(0.9 + 0.2 * random()));
            tokio::select! {
                () = next => {}
                () = leading.lost() => {}
            }
        }
    }

    fn count(&self, found: &Found) {
        for amiss in Amiss::ALL {
            let count = found.count(amiss);
            self.shared.metrics.missed(amiss.code(), count);
        }
    }

    fn failed(&self, error: FindError) {
        let error = format!("{:#}", anyhow::Error::from(error));
        tracing::warn!(error, "Pods without a sidecar not looked for");
        self.shared.health.report(PART, Some(error));
    }

    /// Tells what was found, and does something about it.
    async fn found(&self, found: &Found, memory: &mut Memory, began: Instant, leading: &Leading) {
        let [missing, outdated, refused] = Amiss::ALL.map(|amiss| found.count(amiss));
        tracing::info!(missing, outdated, refused, time = ?began.elapsed(), "Pods looked through");
        self.count(found);
        let unknown = found.unknown.join("; ");
        let unknown = (!unknown.is_empty())
            .then(|| format!("Pods of these entries are not looked at: {unknown}"));
        self.shared.health.report(PART, unknown);

        memory.told.retain(|key, _| found.groups.contains_key(key));
        memory
            .evicted
            .retain(|key, _| found.groups.contains_key(key));
        for (key, group) in &found.groups {
            let note = note(group);
            let known = memory.told.get(key);
            if known.is_some_and(|(told, at)| *told == note && at.elapsed() < TELL_AGAIN) {
                continue;
            }
            let owner = owner::of(&self.client, key, group).await;
            tracing::info!(
                namespace = group.namespace,
                owner = %named(&owner),
                example = group.example.name,
                note,
                "Pods without the sidecar that they should have, or with an old one"
            );
            let reason = "SidecarMissing";
            self.events.publish(&owner, reason, reason, &note).await;
            memory.told.insert(key.clone(), (note, Instant::now()));
        }
        if self.action >= MissedPods::Evict {
            self.evict(found, memory, began, leading).await;
        }
    }

    /// Whether a group's example may be evicted at all.
    fn may_evict(&self, group: &Group) -> bool {
        let needs = match group.example.amiss {
            Amiss::Missing => MissedPods::Evict,
            Amiss::Outdated => MissedPods::EvictOutdated,
            Amiss::Refused => return false,
        };
        self.action >= needs && group.example.may_go && evict::is_evictable(group)
    }

    /// Evicts one Pod of each controller that can bear it, until it is time to look again.
    async fn evict(&self, found: &Found, memory: &mut Memory, began: Instant, leading: &Leading) {
        let evictable = found
            .groups
            .iter()
            .filter(|(_, group)| self.may_evict(group));
        for (key, group) in evictable {
            let (namespace, pod) = (&group.namespace, &group.example.name);
            let newest = memory.evicted.get(key);
            if newest.is_some_and(|newest| group.example.created > *newest) {
                tracing::warn!(
                    namespace,
                    pod,
                    "not evicted: it replaces an evicted Pod, and is no better"
                );
                continue;
            }
            if !leading.is_held() || began.elapsed() > self.interval.max(self.pause) {
                return;
            }
            let result = evict::evict(&self.client, group).await;
            match &result {
                Ok(Eviction::Evicted) => {
                    tracing::info!(
                        namespace,
                        pod,
                        uid = group.example.uid,
                        "evicted, for a new one with a sidecar"
                    );
                    memory
                        .evicted
                        .entry(key.clone())
                        .or_insert_with(|| group.newest.clone());
                }
                Ok(Eviction::Postponed) => tracing::info!(
                    namespace,
                    pod,
                    "not evicted now: its owner lacks replicas, or a PodDisruptionBudget is against it"
                ),
                Ok(Eviction::Gone) => continue,
                Err(error) => tracing::warn!(%error, namespace, pod, "not evicted"),
            }
            self.shared.metrics.evicted(match result {
                Ok(Eviction::Evicted) => "evicted",
                Ok(_) => "postponed",
                Err(_) => "failed",
            });
            if matches!(result, Ok(Eviction::Evicted)) {
                sleep(self.pause).await;
            }
        }
    }
}

/// What an owner is told.
fn note(group: &Group) -> String {
    let Group {
        namespace,
        controller,
        counts,
        example,
        ..
    } = group;
    let says = |amiss, says: &str| {
        let count = counts.get(&amiss).copied().unwrap_or_default();
        let pods = match count {
            0 => return String::new(),
            1 => "1 Pod".to_owned(),
            count => format!("{count} Pods"),
        };
        format!("{pods} {says}. ")
    };
    let refusal = format!(
        "without a sidecar that the injector would refuse: {}; {}",
        example.reason.sentence(),
        example.reason.remedy()
    );
    let mut note = [
        says(Amiss::Missing, "without a sidecar that should have one"),
        says(Amiss::Outdated, "with an old sidecar"),
        says(Amiss::Refused, &refusal),
    ]
    .concat();
    // Writing to a string cannot fail.
    let _ = write!(note, "For example {namespace}/{}. ", example.name);
    note.push_str(if controller.is_some() {
        "A restart of the workload replaces them."
    } else {
        "Nobody makes this Pod anew: delete it, and create it again."
    });
    note
}

fn named(owner: &ObjectReference) -> String {
    let part = |part: &Option<String>| part.clone().unwrap_or_default();
    format!("{}/{}", part(&owner.kind), part(&owner.name))
}
