//! `outrigger completions`.

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::Cli;

/// Print the script by which a shell completes commands and options.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  In the shell at hand, until it ends:
    source <(outrigger completions bash)

  For good:
    outrigger completions bash > ~/.local/share/bash-completion/completions/outrigger
    outrigger completions zsh > ~/.zfunc/_outrigger
    outrigger completions fish > ~/.config/fish/completions/outrigger.fish")]
pub(super) struct Args {
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        // The library panics where it cannot write, as to a pipe that was closed.
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "outrigger", &mut script);
        io::stdout().write_all(&script)?;
        Ok(ExitCode::SUCCESS)
    }
}
