//! The configuration's files, read again when they change.
//!
//! Contents are compared, not files watched: ConfigMap volumes swap a symbolic link two folders up.

use std::{sync::Arc, time::Duration};

use tokio::time::{self, MissedTickBehavior};

use crate::{
    config::Sources,
    server::{Configuration, configuration},
};

use super::options::ConfigOptions;

/// How often the files are looked at.
const INTERVAL: Duration = Duration::from_secs(5);

/// Keeps what is served in step with the files for ever; `sources` is what is served now.
pub(super) async fn keep_reading(
    options: ConfigOptions,
    sources: Sources,
    served: Arc<Configuration>,
) {
    let settings = options.settings();
    let mut ticks = time::interval(INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut last = Ok(sources);
    loop {
        ticks.tick().await;
        let files = options.read().map_err(|error| format!("{error:#}"));
        if files == last {
            continue;
        }
        match &files {
            Ok(sources) => {
                let (sources, settings) = (sources.clone(), settings.clone());
                match configuration::build_beside(sources, settings, None).await {
                    Ok(injector) => served.replace(injector),
                    Err(error) => served.refuse(&error),
                }
            }
            Err(error) => served.refuse(error),
        }
        last = files;
    }
}
