//! The command line: one thin file a subcommand, and the one match over them.

mod certs;
pub mod cluster;
mod config;
mod inject;
mod manifests;
pub mod options;
mod reload;
mod serve;
mod uninject;
mod version;
mod webhook;

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use anstyle::{AnsiColor, Style};
use clap::{Parser, Subcommand};

/// Fixes a sidecar beside every Pod that asks for one.
///
/// Outrigger speaks Istio's labels, annotations, templates and ConfigMaps: a mutating admission webhook for clusters,
/// and the same core for manifests in files.
#[derive(Debug, Parser)]
#[command(
    name = "outrigger",
    version,
    propagate_version = true,
    after_help = "Exit status: 0 done, 1 there was a finding, 2 an error. \
                  'outrigger COMMAND --help' explains each command with examples."
)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Certs(certs::Args),
    Config(config::Args),
    Inject(inject::Args),
    Serve(Box<serve::Args>),
    Uninject(uninject::Args),
    Version(version::Args),
    Webhook(webhook::Args),
}

impl Cli {
    /// Runs the command that was asked for; gives the program's exit status.
    ///
    /// # Errors
    /// The command could not do what was asked.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        match self.command {
            Command::Certs(args) => args.run(),
            Command::Config(args) => args.run(),
            Command::Inject(args) => args.run(),
            Command::Serve(args) => args.run(),
            Command::Uninject(args) => args.run(),
            Command::Version(args) => args.run(),
            Command::Webhook(args) => args.run(),
        }
    }
}

/// A line on standard error, in colour where that is a terminal.
fn tell(color: AnsiColor, what: &str, text: &str) -> io::Result<()> {
    let style = Style::new().fg_color(Some(color.into())).bold();
    writeln!(anstream::stderr(), "{style}{what}{style:#}: {text}")
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_commands_are_well_formed() {
        Cli::command().debug_assert();
    }
}
