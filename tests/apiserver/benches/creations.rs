//! How many Pods a second the real API server creates with the webhook and without any, and what a creation waits
//! longer: `just bench-apiserver`. See `docs/performance.md`.
//!
//! Pods are created in turns in a namespace whose Pods go to the webhook and in one whose Pods do not, and of each
//! figure the best turn is taken: what else the machine does can only make it worse.

#![expect(clippy::print_stdout, reason = "a table for people")]

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use outrigger_apiserver_tests::{
    Namespace, Outrigger, Site, pod,
    webhook::{FailurePolicy::Fail, default_install},
};

/// How often each is measured, and for how long.
const TURNS: usize = 5;
const TURN: Duration = Duration::from_secs(4);

#[tokio::main]
async fn main() -> Result<()> {
    let site = Site::new().await?;
    let outrigger = Outrigger::serve(&[]).await?;
    site.register("default", &outrigger, Fail, default_install())
        .await?;
    let with = Arc::new(site.namespace(&[("istio-injection", "enabled")]).await?);
    let without = Arc::new(site.namespace(&[]).await?);

    let how = "`just bench-apiserver`";
    for (clients, goal) in [(1, "1.5 ms"), (4, "60 %")] {
        let mut best = [Turn::NONE; 2];
        for _ in 0..TURNS {
            for (best, namespace) in best.iter_mut().zip([&with, &without]) {
                best.better(&turn(namespace, clients).await?);
            }
        }
        let [ours, none] = &best;
        if clients == 1 {
            println!(
                "| what a creation waits longer at 1 client, p50 | {goal} | {:.2} ms, {:.2} instead of {:.2} | {how} |",
                ours.p50 - none.p50,
                ours.p50,
                none.p50
            );
        } else {
            println!(
                "| Pods a second through the API server, {clients} clients | {goal} of the rate without a webhook | {:.0} %, {:.0} of {:.0} | {how} |",
                100.0 * ours.rate / none.rate,
                ours.rate,
                none.rate
            );
        }
    }
    // Whoever reads the table wants to know that it is of injected Pods.
    let stored = with.create(&pod::typical()).await?;
    pod::injected_by(&stored).context("the Pods are not injected")?;
    Ok(())
}

/// What one turn gives.
#[derive(Clone, Copy)]
struct Turn {
    /// Pods a second.
    rate: f64,
    /// The time of half of the creations, in milliseconds.
    p50: f64,
}

impl Turn {
    const NONE: Self = Self {
        rate: 0.0,
        p50: f64::INFINITY,
    };

    const fn better(&mut self, other: &Self) {
        self.rate = self.rate.max(other.rate);
        self.p50 = self.p50.min(other.p50);
    }
}

/// Creates Pods one after the other, in so many tasks at once.
async fn turn(namespace: &Arc<Namespace>, clients: usize) -> Result<Turn> {
    let began = Instant::now();
    let tasks: Vec<_> = (0..clients)
        .map(|_| {
            let (namespace, pod) = (namespace.clone(), pod::typical());
            tokio::spawn(async move {
                let mut times = Vec::new();
                while began.elapsed() < TURN {
                    let before = Instant::now();
                    namespace.add(&pod).await?;
                    times.push(before.elapsed());
                }
                anyhow::Ok(times)
            })
        })
        .collect();
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await??);
    }
    times.sort_unstable();
    let median = times.get(times.len() / 2).context("no Pod was created")?;
    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    let rate = times.len() as f64 / began.elapsed().as_secs_f64();
    Ok(Turn {
        rate,
        p50: median.as_secs_f64() * 1e3,
    })
}
