//! Waiting for what takes a moment.

use std::time::Duration;

use anyhow::{Result, bail};
use tokio::time::{Instant, sleep};

/// Long enough for a loaded machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Asks until the answer is yes.
///
/// # Errors
/// When it is not within a minute; the message has `what`.
pub async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    while !holds().await {
        if Instant::now() > deadline {
            bail!("not within {PATIENCE:?}: {what}");
        }
        sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}
