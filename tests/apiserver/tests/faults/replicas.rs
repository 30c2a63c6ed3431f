//! Replicas that end, as they are asked to and as they are not.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use tokio::time::sleep;

use crate::scene::Scene;

/// The time from one kill to the next.
const BETWEEN_KILLS: Duration = Duration::from_secs(3);

/// How long an API server may take to see that a connection is gone: what it has sent meanwhile is lost with it.
const NOTICED: Duration = Duration::from_millis(200);

/// As a Deployment with `maxSurge: 1` and `maxUnavailable: 0` does it.
pub(crate) async fn restart(scene: &mut Scene, until: Instant) -> Result<()> {
    loop {
        for _ in 0..scene.replicas.len() {
            scene.add_replica().await?;
            let mut oldest = scene.replicas.remove(0);
            oldest.stop().await?;
            scene.service.remove(&oldest);
        }
        if Instant::now() > until {
            return Ok(());
        }
    }
}

/// Kills the replica that is called, and starts it again.
pub(crate) async fn kill(scene: &mut Scene, until: Instant) -> Result<()> {
    while Instant::now() < until {
        let service = &scene.service;
        let mut replicas = scene.replicas.iter_mut();
        let called = replicas.find(|replica| service.is_busiest(replica));
        let called = called.context("no replica is called")?;
        let began = Instant::now();
        called.kill();
        scene.kills.push(began..=Instant::now() + NOTICED);
        sleep(Duration::from_millis(500)).await;
        called.restart().await?;
        scene.wait_until(Instant::now() + BETWEEN_KILLS).await?;
    }
    Ok(())
}
