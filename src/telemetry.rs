//! Logging, set up once for the whole program. Logs go to standard error.

use std::{
    io::{self, IsTerminal as _},
    panic,
};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::{
    Layer as _, filter::Targets, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

/// How log lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Starts logging. Our own events are shown from `level` up, those of libraries from `warn` up.
///
/// Panics are logged as errors with their place. Does nothing if logging was started before.
pub fn start(format: LogFormat, level: LevelFilter) {
    let filter = Targets::new()
        .with_target("outrigger", level)
        .with_default(level.min(LevelFilter::WARN));
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
}
