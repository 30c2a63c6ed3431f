//! Whether the API server answers. Watches say nothing while nothing changes, so it is asked.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use kube::Client;
use tokio::time::{self, MissedTickBehavior};

use crate::server::Shared;

/// The name of the API server in the health report.
const PART: &str = "api-server";

/// How often it is asked, and how long it may take to answer.
const INTERVAL: Duration = Duration::from_secs(5);

/// Reports for ever whether the API server answers.
pub async fn keep_asking(client: Client, shared: Arc<Shared>) {
    let mut ticks = time::interval(INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut away: Option<Instant> = None;
    loop {
        ticks.tick().await;
        let fault = match time::timeout(INTERVAL, client.apiserver_version()).await {
            Ok(Ok(_)) => None,
            Ok(Err(error)) => Some(format!("{:#}", anyhow::Error::from(error))),
            Err(_) => Some(format!("no answer within {INTERVAL:?}")),
        };
        shared.metrics.api_server_up.set(i64::from(fault.is_none()));
        let fault = match (fault, away) {
            (None, None) => None,
            (None, Some(since)) => {
                tracing::info!(after = ?since.elapsed(), "the API server answers again");
                away = None;
                None
            }
            (Some(error), None) => {
                tracing::error!(
                    error,
                    "the API server is away, what was known last is served"
                );
                away = Some(Instant::now());
                Some(describe(&error, Duration::ZERO))
            }
            (Some(error), Some(since)) => Some(describe(&error, since.elapsed())),
        };
        shared.health.report(PART, fault);
    }
}

fn describe(error: &str, away: Duration) -> String {
    format!(
        "away for {} s, what was known last is served: {error}",
        away.as_secs()
    )
}
