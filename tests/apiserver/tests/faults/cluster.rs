//! The cluster that Outrigger is in: its API server, and what that keeps its objects in.

use std::time::{Duration, Instant};

use anyhow::Result;
use outrigger_apiserver_tests::{Program, eventually};
use tokio::time::sleep;

use crate::scene::Scene;

/// How long a program is away, and the time until it is taken away again.
const AWAY: Duration = Duration::from_secs(1);
const BETWEEN: Duration = Duration::from_secs(5);

/// Kills a program and starts it again, over and over.
pub(crate) async fn restart(scene: &mut Scene, program: Program, until: Instant) -> Result<()> {
    while Instant::now() < until {
        scene
            .wait_until(Instant::now() + Duration::from_secs(1))
            .await?;
        scene.site.take_away(program)?;
        sleep(AWAY).await;
        scene.site.bring_back()?;
        eventually("Pods are created again", async || scene.injects().await).await?;
        let next = Instant::now() + BETWEEN;
        scene.wait_until(next.min(until)).await?;
    }
    Ok(())
}
