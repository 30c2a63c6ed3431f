//! A steady load of Pod creations, and what became of them.

use std::{
    collections::BTreeMap,
    ops::RangeInclusive,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::Result;
use k8s_openapi::api::core::v1::Pod;
use kube::{
    Api, Client,
    api::{DeleteParams, ListParams, PostParams},
};
use outrigger_apiserver_tests::pod::{self, container, injected_by};
use tokio::{
    task::JoinHandle,
    time::{MissedTickBehavior, interval},
};

/// How many Pods a second are to be created: more than are asked for, so that a pause leaves enough.
pub(crate) const RATE: u32 = 120;

/// How many clients create them, each one Pod after the other.
const CLIENTS: u32 = 12;

/// How long a client waits for an API server that is away before it asks again.
const PAUSE: Duration = Duration::from_millis(20);

/// How many Pods are read at a time.
const PAGE: u32 = 500;

/// What became of a Pod that was to be created.
enum Outcome {
    Created,
    /// Without a sidecar.
    Bare,
    /// The webhook was called and did not do.
    Failed(String),
    /// The API server could not be reached, or was not itself.
    Away(String),
}

struct Creation {
    began: Instant,
    ended: Instant,
    outcome: Outcome,
}

/// Clients that create Pods in a namespace until they are stopped.
pub(crate) struct Load {
    stop: Arc<AtomicBool>,
    clients: Vec<JoinHandle<Vec<Creation>>>,
    began: Instant,
    client: Client,
    namespace: String,
}

/// What became of all Pods.
#[derive(Default)]
pub(crate) struct Figures {
    pub(crate) created: usize,
    /// Those that the API server stored without a sidecar, whatever it answered.
    pub(crate) bare: usize,
    /// Those that were not created as the webhook did not do.
    pub(crate) failed: usize,
    /// Those that were not created as a replica was killed that was just answering for them.
    pub(crate) cut_off: usize,
    /// Those that were not created as the API server did not do.
    pub(crate) away: usize,
    /// Created Pods a second.
    pub(crate) rate: f64,
    /// The time of a creation.
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
    /// What was said where a Pod was not created, and how often.
    pub(crate) said: BTreeMap<String, usize>,
}

/// Whether a Pod has the sidecar that it should have.
pub(crate) fn has_sidecar(pod: &Pod) -> bool {
    injected_by(pod).is_some() && container(pod, "istio-proxy").is_some()
}

impl Load {
    /// Starts the clients; `client` tries nothing again.
    pub(crate) fn start(client: &Client, namespace: &str) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let clients = (0..CLIENTS).map(|_| {
            let pods = Api::namespaced(client.clone(), namespace);
            tokio::spawn(create(pods, stop.clone()))
        });
        Self {
            clients: clients.collect(),
            stop,
            began: Instant::now(),
            client: client.clone(),
            namespace: namespace.to_owned(),
        }
    }

    /// Ends the load, looks at all Pods that are stored, and takes them away. In the times `kills` replicas
    /// were killed.
    pub(crate) async fn stop(self, kills: &[RangeInclusive<Instant>]) -> Result<Figures> {
        self.stop.store(true, Ordering::Relaxed);
        let mut creations = Vec::new();
        for client in self.clients {
            creations.extend(client.await?);
        }
        let time = self.began.elapsed();
        let mut figures = Figures::default();
        let mut times = Vec::new();
        for creation in creations {
            let took = creation.ended - creation.began;
            let said = match creation.outcome {
                Outcome::Created | Outcome::Bare => {
                    figures.created += 1;
                    times.push(took);
                    continue;
                }
                Outcome::Failed(said) => {
                    let is_cut_off = kills.iter().any(|kill| {
                        creation.began <= *kill.end() && creation.ended >= *kill.start()
                    });
                    if is_cut_off {
                        figures.cut_off += 1;
                    } else {
                        figures.failed += 1;
                    }
                    said
                }
                Outcome::Away(said) => {
                    figures.away += 1;
                    said
                }
            };
            *figures.said.entry(said).or_default() += 1;
        }
        times.sort_unstable();
        let at = |share: usize| times.get(times.len() * share / 100).copied();
        figures.p50 = at(50).unwrap_or_default();
        figures.p99 = at(99).unwrap_or_default();
        #[expect(clippy::cast_precision_loss, reason = "a rate")]
        let rate = figures.created as f64 / time.as_secs_f64();
        figures.rate = rate;

        let pods = Api::<Pod>::namespaced(self.client, &self.namespace);
        let mut params = ListParams::default().limit(PAGE);
        loop {
            let page = pods.list(&params).await?;
            figures.bare += page.items.iter().filter(|pod| !has_sidecar(pod)).count();
            match page.metadata.continue_.filter(|next| !next.is_empty()) {
                Some(next) => params = params.continue_token(&next),
                None => break,
            }
        }
        let (all, at_once) = (ListParams::default(), DeleteParams::default());
        pods.delete_collection(&at_once.grace_period(0), &all)
            .await?;
        Ok(figures)
    }
}

/// Creates one Pod after the other, at this client's share of the rate.
async fn create(pods: Api<Pod>, stop: Arc<AtomicBool>) -> Vec<Creation> {
    let (params, pod) = (PostParams::default(), pod::typical());
    let mut ticks = interval(Duration::from_secs(1) * CLIENTS / RATE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut creations = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        ticks.tick().await;
        let began = Instant::now();
        let outcome = match pods.create(&params, &pod).await {
            Ok(created) if has_sidecar(&created) => Outcome::Created,
            Ok(_) => Outcome::Bare,
            Err(kube::Error::Api(status)) if status.message.contains("webhook") => {
                Outcome::Failed(status.message.clone())
            }
            Err(error) => {
                tokio::time::sleep(PAUSE).await;
                Outcome::Away(format!("{:#}", anyhow::Error::from(error)))
            }
        };
        creations.push(Creation {
            began,
            ended: Instant::now(),
            outcome,
        });
    }
    creations
}
