//! How long what goes wrong goes on.

use std::{env, time::Duration};

use anyhow::{Context, Result};

/// Where nothing else is said.
const SHORT: Duration = Duration::from_secs(4);

/// As many seconds as `FAULT_SECONDS` says, else a few.
///
/// # Errors
/// When it is no number.
pub fn fault_length() -> Result<Duration> {
    match env::var("FAULT_SECONDS") {
        Ok(seconds) => {
            let seconds = seconds.parse().context("FAULT_SECONDS is no number")?;
            Ok(Duration::from_secs(seconds))
        }
        Err(_) => Ok(SHORT),
    }
}
