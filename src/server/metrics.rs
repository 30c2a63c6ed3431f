//! What is counted, under the reference's names where it has one, so that dashboards go on working.

use std::time::Duration;

use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram, info::Info},
    registry::Registry,
};

use crate::inject::Reason;

/// The content type of [`Metrics::text`].
pub(super) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// From half a millisecond to ten seconds: an API server waits for ten by default.
const BUCKETS: [f64; 14] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

/// The states of Pods that are not as they should be, and what becomes of evictions and of Events.
const MISSED: [&str; 3] = ["missing", "outdated", "refused"];
const EVICTIONS: [&str; 3] = ["evicted", "postponed", "failed"];
const EVENTS: [&str; 4] = ["sent", "repeated", "dropped", "failed"];

/// The server's metrics. Cheap to update from any thread.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    requests: Counter,
    successes: Counter,
    failures: Counter,
    skips: Counter,
    time: Histogram,
    decisions: Family<Decision, Counter>,
    /// Calls that are being answered.
    pub in_flight: Gauge,
    /// Open connections, on all ports.
    pub connections: Gauge,
    /// When the serving certificate stops being valid, in seconds since 1970.
    pub certificate_expiry: Gauge,
    /// Certificates that replaced the one before.
    pub certificate_reloads: Counter,
    /// Changes of the certificate's files that could not be served.
    pub certificate_reload_failures: Counter,
    /// Configurations that replaced the one before.
    pub configuration_reloads: Counter,
    /// Configurations that were refused.
    pub configuration_reload_failures: Counter,
    /// When the configuration that is served was taken over, in seconds since 1970.
    pub configuration_timestamp: Gauge,
    /// Whether the API server answers: 1 or 0.
    pub api_server_up: Gauge,
    /// How often `caBundle` was set.
    pub ca_bundle_repairs: Counter,
    /// Handshakes that the client ended.
    pub tls_refusals: Counter,
    /// Whether this replica looks for Pods without the sidecar that they should have: 1 or 0.
    pub leader: Gauge,
    missed_pods: Family<Missed, Gauge>,
    evictions: Family<Resulted, Counter>,
    events: Family<Resulted, Counter>,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct Missed {
    state: &'static str,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct Resulted {
    result: &'static str,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct Decision {
    decision: &'static str,
    reason: &'static str,
}

impl From<Reason> for Decision {
    fn from(reason: Reason) -> Self {
        let code = reason.code();
        Self {
            decision: code.split(':').next().unwrap_or(code),
            reason: code,
        }
    }
}

impl Metrics {
    /// Metrics at zero.
    pub(super) fn new() -> Self {
        let metrics = Self {
            registry: Registry::default(),
            requests: Counter::default(),
            successes: Counter::default(),
            failures: Counter::default(),
            skips: Counter::default(),
            time: Histogram::new(BUCKETS),
            decisions: Family::default(),
            in_flight: Gauge::default(),
            connections: Gauge::default(),
            certificate_expiry: Gauge::default(),
            certificate_reloads: Counter::default(),
            certificate_reload_failures: Counter::default(),
            configuration_reloads: Counter::default(),
            configuration_reload_failures: Counter::default(),
            configuration_timestamp: Gauge::default(),
            api_server_up: Gauge::default(),
            ca_bundle_repairs: Counter::default(),
            tls_refusals: Counter::default(),
            leader: Gauge::default(),
            missed_pods: Family::default(),
            evictions: Family::default(),
            events: Family::default(),
        };
        // Rates need a zero to start from.
        for reason in Reason::ALL {
            drop(metrics.decisions.get_or_create(&Decision::from(*reason)));
        }
        for state in MISSED {
            drop(metrics.missed_pods.get_or_create(&Missed { state }));
        }
        for result in EVICTIONS {
            drop(metrics.evictions.get_or_create(&Resulted { result }));
        }
        for result in EVENTS {
            drop(metrics.events.get_or_create(&Resulted { result }));
        }
        metrics.registered().registered_missed()
    }

    /// The library appends `_total` to the names of counters and a full stop to the help.
    fn registered(mut self) -> Self {
        let to = &mut self.registry;
        to.register(
            "sidecar_injection_requests",
            "Calls of the webhook",
            self.requests.clone(),
        );
        to.register(
            "sidecar_injection_success",
            "Calls that were answered with the Pod injected or let through",
            self.successes.clone(),
        );
        to.register(
            "sidecar_injection_failure",
            "Calls that could not be read, and Pods that were refused",
            self.failures.clone(),
        );
        to.register(
            "sidecar_injection_skip",
            "Pods let through without a sidecar",
            self.skips.clone(),
        );
        to.register(
            "sidecar_injection_time_seconds",
            "Time from a call's head to its answer",
            self.time.clone(),
        );
        to.register(
            "outrigger_injections",
            "Decisions by their reason",
            self.decisions.clone(),
        );
        to.register(
            "outrigger_calls_in_flight",
            "Calls being answered",
            self.in_flight.clone(),
        );
        to.register(
            "outrigger_connections",
            "Open connections",
            self.connections.clone(),
        );
        to.register(
            "outrigger_certificate_expiry_timestamp_seconds",
            "When the serving certificate stops being valid",
            self.certificate_expiry.clone(),
        );
        to.register(
            "outrigger_certificate_reloads",
            "Serving certificates that replaced the one before",
            self.certificate_reloads.clone(),
        );
        to.register(
            "outrigger_certificate_reload_failures",
            "Changes of the certificate's files that could not be served",
            self.certificate_reload_failures.clone(),
        );
        to.register(
            "outrigger_configuration_reloads",
            "Configurations that replaced the one before",
            self.configuration_reloads.clone(),
        );
        to.register(
            "outrigger_configuration_reload_failures",
            "Configurations that were refused, the one before stayed",
            self.configuration_reload_failures.clone(),
        );
        to.register(
            "outrigger_configuration_timestamp_seconds",
            "When the configuration that is served was taken over",
            self.configuration_timestamp.clone(),
        );
        to.register(
            "outrigger_api_server_up",
            "Whether the API server answers; 0 without a cluster, too",
            self.api_server_up.clone(),
        );
        to.register(
            "outrigger_ca_bundle_repairs",
            "Times that the webhook's caBundle was set, because it was another",
            self.ca_bundle_repairs.clone(),
        );
        to.register(
            "outrigger_tls_refusals",
            "TLS handshakes that the client ended, mostly because it does not trust the certificate",
            self.tls_refusals.clone(),
        );
        to.register(
            "outrigger_build",
            "What is running",
            Info::new([("version", env!("CARGO_PKG_VERSION"))]),
        );
        self
    }

    /// The same for Pods without the sidecar that they should have.
    fn registered_missed(mut self) -> Self {
        let to = &mut self.registry;
        to.register(
            "outrigger_leader",
            "Whether this replica looks for Pods without the sidecar that they should have",
            self.leader.clone(),
        );
        to.register(
            "outrigger_missed_pods",
            "Pods without the sidecar that they should have, or with an old one, as the leader has found them last",
            self.missed_pods.clone(),
        );
        to.register(
            "outrigger_evictions",
            "What became of evictions of such Pods",
            self.evictions.clone(),
        );
        to.register(
            "outrigger_events",
            "What became of Events that tell the owners of Pods of a decision",
            self.events.clone(),
        );
        self
    }

    /// Counts a call as it comes in.
    pub(super) fn called(&self) {
        self.requests.inc();
    }

    /// Counts an answered call.
    pub(super) fn decided(&self, reason: Reason, time: Duration) {
        if reason.is_failure() {
            self.failures.inc();
        } else {
            self.successes.inc();
        }
        if reason.is_skip() {
            self.skips.inc();
        }
        self.decisions.get_or_create(&reason.into()).inc();
        self.time.observe(time.as_secs_f64());
    }

    /// Counts a call without a decision: it could not be read, or answering it went wrong.
    pub(super) fn failed(&self, time: Duration) {
        self.failures.inc();
        self.time.observe(time.as_secs_f64());
    }

    /// Says how many Pods there are in a state that they should not be in.
    pub fn missed(&self, state: &'static str, count: usize) {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        self.missed_pods.get_or_create(&Missed { state }).set(count);
    }

    /// Counts an eviction by its result.
    pub fn evicted(&self, result: &'static str) {
        self.evictions.get_or_create(&Resulted { result }).inc();
    }

    /// Counts what an owner was to be told by the result: sent, repeated, dropped or failed.
    pub fn told(&self, result: &'static str) {
        self.events.get_or_create(&Resulted { result }).inc();
    }

    /// All metrics in the OpenMetrics text format.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn success_counts_successes_alone() {
        let metrics = Metrics::new();
        for reason in [Reason::Injected, Reason::HostNetwork, Reason::MergeFailed] {
            metrics.called();
            metrics.decided(reason, Duration::from_millis(1));
        }
        metrics.called();
        metrics.failed(Duration::from_secs(1));
        let text = metrics.text();
        for line in [
            "sidecar_injection_requests_total 4",
            "sidecar_injection_success_total 2",
            "sidecar_injection_failure_total 2",
            "sidecar_injection_skip_total 1",
            "sidecar_injection_time_seconds_count 4",
            "sidecar_injection_time_seconds_bucket{le=\"0.001\"} 3",
            "outrigger_injections_total{decision=\"skipped\",reason=\"skipped:host-network\"} 1",
            "outrigger_injections_total{decision=\"failed\",reason=\"failed:template\"} 0",
            concat!(
                "outrigger_build_info{version=\"",
                env!("CARGO_PKG_VERSION"),
                "\"} 1"
            ),
        ] {
            assert!(text.lines().any(|l| l == line), "{line}\n{text}");
        }
    }
}
