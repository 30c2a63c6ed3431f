//! The command line: one thin file a subcommand, and the one match over them.

mod certs;
pub mod cluster;
mod completions;
mod config;
mod diff;
mod drift;
mod explain;
mod inject;
mod krm;
mod live;
mod manifests;
mod missed;
pub mod options;
mod progress;
mod reload;
mod serve;
mod uninject;
mod version;
mod webhook;

use std::{
    env,
    ffi::OsStr,
    io::{self, Write as _},
    path::Path,
    process::ExitCode,
};

use anstyle::{AnsiColor, Style};
use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

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
    Completions(completions::Args),
    Config(config::Args),
    Diff(Box<diff::Args>),
    Drift(Box<drift::Args>),
    Explain(Box<explain::Args>),
    Inject(inject::Args),
    Krm(krm::Args),
    Serve(Box<serve::Args>),
    Uninject(uninject::Args),
    Version(version::Args),
    Webhook(webhook::Args),
}

/// The program's name as a plugin of kubectl, which finds it on the path.
const PLUGIN: &str = "kubectl-outrigger";

impl Cli {
    /// Reads the command line of the process. Under the name `kubectl-outrigger` the program is a plugin of kubectl, and
    /// its help says so. Ends the process where only help is asked for, or the line makes no sense.
    pub fn read() -> Self {
        let program = env::args_os().next().unwrap_or_default();
        let is_plugin = Path::new(&program).file_stem() == Some(OsStr::new(PLUGIN));
        let command = if is_plugin {
            as_plugin(Self::command())
        } else {
            Self::command()
        };
        Self::from_arg_matches(&command.get_matches()).unwrap_or_else(|error| error.exit())
    }

    /// Runs the command that was asked for; gives the program's exit status.
    ///
    /// # Errors
    /// The command could not do what was asked.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        match self.command {
            Command::Certs(args) => args.run(),
            Command::Completions(args) => args.run(),
            Command::Config(args) => args.run(),
            Command::Diff(args) => args.run(),
            Command::Drift(args) => args.run(),
            Command::Explain(args) => args.run(),
            Command::Inject(args) => args.run(),
            Command::Krm(args) => args.run(),
            Command::Serve(args) => args.run(),
            Command::Uninject(args) => args.run(),
            Command::Version(args) => args.run(),
            Command::Webhook(args) => args.run(),
        }
    }
}

/// The command with the name in its help that kubectl calls it by, in the examples too.
fn as_plugin(command: clap::Command) -> clap::Command {
    fn examples(command: clap::Command) -> clap::Command {
        let help = command.get_after_help().map(ToString::to_string);
        let command = command.mut_subcommands(examples);
        match help {
            Some(help) => {
                let called = ["\n    outrigger ", "| outrigger ", "'outrigger "];
                let help = called.iter().fold(help, |help, call| {
                    help.replace(call, &call.replace("outrigger", "kubectl outrigger"))
                });
                command.after_help(help)
            }
            None => command,
        }
    }
    examples(command)
        .name("kubectl outrigger")
        .bin_name("kubectl outrigger")
}

/// What is to be told once its turn comes.
#[derive(Debug)]
struct Note {
    color: AnsiColor,
    what: &'static str,
    text: String,
}

impl Note {
    const fn new(color: AnsiColor, what: &'static str, text: String) -> Self {
        Self { color, what, text }
    }

    fn tell(&self) -> io::Result<()> {
        tell(self.color, self.what, &self.text)
    }
}

/// A line on standard error, in colour where that is a terminal.
fn tell(color: AnsiColor, what: &str, text: &str) -> io::Result<()> {
    let style = Style::new().fg_color(Some(color.into())).bold();
    writeln!(anstream::stderr(), "{style}{what}{style:#}: {text}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commands_are_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_help_of_the_plugin_says_kubectl() {
        let mut command = as_plugin(Cli::command());
        let help = command.render_long_help().to_string();
        assert!(
            help.contains("Usage: kubectl outrigger <COMMAND>"),
            "{help}"
        );
        command.build();
        let drift = command.find_subcommand_mut("drift").unwrap();
        let help = drift.render_long_help().to_string();
        assert!(help.contains("Usage: kubectl outrigger drift"), "{help}");
        assert!(
            help.contains("\n    kubectl outrigger drift -A\n"),
            "{help}"
        );
    }
}
