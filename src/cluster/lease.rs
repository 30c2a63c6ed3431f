//! One replica at a time does what only one should do: it holds a Lease.
//!
//! No two clocks are compared: a replica takes a Lease over that it has seen unchanged for as long as it is held.
//! Source of truth: <https://kubernetes.io/docs/concepts/architecture/leases/>.

use std::time::Duration;

use k8s_openapi::{
    api::coordination::v1 as coordination, apimachinery::pkg::apis::meta::v1::MicroTime,
    jiff::Timestamp,
};
use kube::{Api, Client, api::PostParams, core::ObjectMeta};
use tokio::{
    sync::watch,
    time::{Instant, sleep},
};

use super::follow::random;

/// How long a Lease is held that is not renewed.
const HELD: Duration = Duration::from_secs(30);

/// How often it is renewed, or looked at.
const INTERVAL: Duration = Duration::from_secs(5);

/// How much earlier its holder gives it up than others take it: a call that is under way has to end.
const MARGIN: Duration = Duration::from_secs(10);

/// A Lease that replicas take turns to hold.
pub(super) struct Lease {
    api: Api<coordination::Lease>,
    name: String,
    identity: String,
    /// The version of the Lease that was seen last, and when it was first seen.
    seen: Option<(String, Instant)>,
}

/// Until when the Lease is held.
#[derive(Clone)]
pub(super) struct Leading(watch::Receiver<Option<Instant>>);

impl Leading {
    /// Whether this replica leads now.
    pub(super) fn is_held(&self) -> bool {
        self.0.borrow().is_some_and(|until| Instant::now() < until)
    }

    /// Ends once this replica leads no more.
    pub(super) async fn lost(&self) {
        while self.is_held() {
            sleep(Duration::from_secs(1)).await;
        }
    }

    /// Ends once this replica leads.
    pub(super) async fn held(&mut self) {
        while !self.is_held() {
            if self.0.changed().await.is_err() {
                // Nobody takes it any more.
                std::future::pending::<()>().await;
            }
        }
    }
}

impl Lease {
    /// The Lease `name`, to be held as `identity`, which no other replica has.
    pub(super) fn new(client: Client, namespace: &str, name: String, identity: String) -> Self {
        Self {
            api: Api::namespaced(client, namespace),
            name,
            identity,
            seen: None,
        }
    }

    /// Takes the Lease when it is free, and keeps it, for ever. `fault` is told why it cannot be asked for.
    pub(super) async fn keep(
        mut self,
        until: watch::Sender<Option<Instant>>,
        fault: impl Fn(Option<String>),
    ) {
        loop {
            let asked = Instant::now();
            match self.hold(asked).await {
                Ok(held) => {
                    let led = until.borrow().is_some();
                    if held != led {
                        tracing::info!(lease = self.name, leads = held, "leader changed");
                    }
                    until.send_replace(held.then(|| asked + HELD - MARGIN));
                    fault(None);
                }
                // What is held is held until its time is over.
                Err(error) => fault(Some(format!("{:#}", anyhow::Error::from(error)))),
            }
            sleep(INTERVAL.mul_f64(0.8 + 0.4 * random())).await;
        }
    }

    /// A receiver of what [`keep`](Self::keep) tells, and what it tells it by.
    pub(super) fn channel() -> (watch::Sender<Option<Instant>>, Leading) {
        let (until, told) = watch::channel(None);
        (until, Leading(told))
    }

    /// Takes or renews the Lease, if it is free or held; whether it is held now. Of several replicas that take it, all
    /// but the first are refused, as they have read another version.
    async fn hold(&mut self, now: Instant) -> kube::Result<bool> {
        let found = self.api.get_opt(&self.name).await?;
        let written = match found {
            None => {
                let metadata = ObjectMeta {
                    name: Some(self.name.clone()),
                    ..ObjectMeta::default()
                };
                let lease = coordination::Lease {
                    metadata,
                    spec: Some(self.spec(None)),
                };
                self.api.create(&PostParams::default(), &lease).await
            }
            Some(lease) if self.may_take(&lease, now) => {
                let lease = coordination::Lease {
                    spec: Some(self.spec(lease.spec.as_ref())),
                    ..lease
                };
                self.api
                    .replace(&self.name, &PostParams::default(), &lease)
                    .await
            }
            Some(_) => return Ok(false),
        };
        match written {
            Ok(_) => Ok(true),
            Err(kube::Error::Api(status)) if matches!(status.code, 404 | 409) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Whether the Lease is ours, nobody's, or of one who has not renewed it for long.
    fn may_take(&mut self, lease: &coordination::Lease, now: Instant) -> bool {
        let holder = lease.spec.as_ref().and_then(|s| s.holder_identity.as_ref());
        if holder.is_none_or(|holder| holder.is_empty() || *holder == self.identity) {
            return true;
        }
        let version = lease.metadata.resource_version.clone().unwrap_or_default();
        match &self.seen {
            Some((seen, since)) if *seen == version => now >= *since + HELD,
            _ => {
                self.seen = Some((version, now));
                false
            }
        }
    }

    /// What the Lease says once it is ours.
    fn spec(&self, before: Option<&coordination::LeaseSpec>) -> coordination::LeaseSpec {
        let now = MicroTime(Timestamp::now());
        let before = before.cloned().unwrap_or_default();
        let is_ours = before.holder_identity.as_ref() == Some(&self.identity);
        let changes = before.lease_transitions.unwrap_or_default();
        coordination::LeaseSpec {
            holder_identity: Some(self.identity.clone()),
            lease_duration_seconds: i32::try_from(HELD.as_secs()).ok(),
            acquire_time: before
                .acquire_time
                .filter(|_| is_ours)
                .or_else(|| Some(now.clone())),
            renew_time: Some(now),
            lease_transitions: Some(changes.saturating_add(i32::from(!is_ours))),
            ..coordination::LeaseSpec::default()
        }
    }
}
