//! Logging, set up once for the whole program. Logs go to standard error.

use std::{
    io::{self, IsTerminal as _},
    panic,
};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::{
    Layer as _, Registry, filter::Targets, fmt, layer::SubscriberExt as _, reload,
    util::SubscriberInitExt as _,
};

/// What our own events are called.
const OURS: &str = "outrigger";

/// How log lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// How much is logged, to be changed while the program runs.
#[derive(Clone, Debug)]
pub struct LogLevel(reload::Handle<Targets, Registry>);

impl LogLevel {
    /// The level from which on our own events are shown; none are where logging was not started by who gave this.
    pub fn get(&self) -> LevelFilter {
        let targets = self.0.clone_current().unwrap_or_default();
        let ours = targets.iter().find(|(target, _)| *target == OURS);
        ours.map_or(LevelFilter::OFF, |(_, level)| level)
    }

    /// Changes it, and logs that.
    pub fn set(&self, level: LevelFilter) {
        let before = self.get();
        let tell = || tracing::warn!(%before, now = %level, "log level changed");
        if level < before {
            tell();
        }
        // Fails where there is no log.
        let _ = self.0.reload(filter(level));
        if level > before {
            tell();
        }
    }
}

/// Our own events from `level` up, those of libraries from `warn` up.
fn filter(level: LevelFilter) -> Targets {
    Targets::new()
        .with_target(OURS, level)
        .with_default(level.min(LevelFilter::WARN))
}

/// Starts logging. Our own events are shown from `level` up, those of libraries from `warn` up.
///
/// Panics are logged as errors with their place. Does nothing if logging was started before.
pub fn start(format: LogFormat, level: LevelFilter) -> LogLevel {
    let (filter, handle) = reload::Layer::new(filter(level));
    let layer = fmt::layer().with_writer(io::stderr).with_target(false);
    let layer = match format {
        LogFormat::Text => layer.with_ansi(io::stderr().is_terminal()).boxed(),
        LogFormat::Json => layer.json().flatten_event(true).boxed(),
    };
    let started = tracing_subscriber::registry()
        .with(layer.with_filter(filter))
        .try_init();
    if started.is_ok() {
        panic::set_hook(Box::new(|info| {
            let place = info.location().map(ToString::to_string);
            tracing::error!(place, "a part of the program panicked");
        }));
    }
    LogLevel(handle)
}
