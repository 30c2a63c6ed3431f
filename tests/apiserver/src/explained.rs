//! `outrigger explain`, and the commands that it gives, run as a person would.

use std::{
    env,
    path::Path,
    process::{Command, Output, Stdio},
};

use anyhow::{Context, Result, ensure};

use crate::{assets, outrigger::Outrigger};

/// What `outrigger explain` said.
#[derive(Debug)]
pub struct Explained {
    /// Its standard output.
    pub text: String,
    /// Its exit status.
    pub status: Option<i32>,
    kubeconfig: String,
}

/// Asks about objects of the API server that a kubeconfig names.
///
/// # Errors
/// When the program cannot be run, or fails without an answer.
pub fn explain(kubeconfig: &Path, args: &[&str]) -> Result<Explained> {
    let output = Outrigger::program()?
        .arg("explain")
        .args(args)
        .arg("--kubeconfig")
        .arg(kubeconfig)
        .env_remove("REVISION")
        .output()?;
    let text = String::from_utf8(output.stdout)?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(!text.is_empty(), "no answer: {errors}");
    Ok(Explained {
        text,
        status: output.status.code(),
        kubeconfig: kubeconfig.display().to_string(),
    })
}

impl Explained {
    /// The line of the link that decided.
    ///
    /// # Errors
    /// When there is none.
    pub fn broken(&self) -> Result<&str> {
        let mut lines = self.text.lines();
        let line = lines.find_map(|line| line.strip_prefix("→ ✗ "));
        line.with_context(|| format!("no broken link:\n{}", self.text))
    }

    /// The commands that mend, in order.
    #[must_use]
    pub fn commands(&self) -> Vec<&str> {
        let lines = self.text.lines().map(str::trim_start);
        lines.filter_map(|line| line.strip_prefix("$ ")).collect()
    }

    /// Runs the commands in a shell, as they were printed.
    ///
    /// # Errors
    /// When there is none, or one fails.
    pub fn mend(&self) -> Result<()> {
        let commands = self.commands();
        ensure!(!commands.is_empty(), "nothing mends it:\n{}", self.text);
        for command in commands {
            let output = shell(command, &self.kubeconfig)?;
            let errors = String::from_utf8_lossy(&output.stderr);
            ensure!(
                output.status.success(),
                "{command}: {errors}; kubectl: see tests/apiserver/pipelines.sh"
            );
        }
        Ok(())
    }
}

/// Runs a line of shell with the built program on the path, where kubectl has to be.
fn shell(line: &str, kubeconfig: &str) -> Result<Output> {
    let program = assets::outrigger()?.parent();
    let program = program.context("a file is in a folder")?;
    let path = env::var("PATH").unwrap_or_default();
    let path = format!("{}:{path}", program.display());
    Ok(Command::new("sh")
        .args(["-c", line])
        .env("PATH", path)
        .env("KUBECONFIG", kubeconfig)
        .stdin(Stdio::null())
        .output()?)
}
