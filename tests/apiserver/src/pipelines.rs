//! The programs that pipelines call Outrigger from, and the program itself on their path.

use std::{
    env,
    ffi::OsString,
    fs,
    os::unix::fs::symlink,
    path::Path,
    process::{Command, Output, Stdio},
};

use anyhow::{Context, Result};
use tempfile::TempDir;

use crate::assets;

/// A folder with the program under the names that others call it by, first on the path of what is run.
pub struct Pipelines {
    folder: TempDir,
}

impl Pipelines {
    /// Makes the folder.
    ///
    /// # Errors
    /// When the program is missing.
    pub fn new() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        for name in ["outrigger", "kubectl-outrigger"] {
            symlink(assets::outrigger()?, folder.path().join(name))?;
        }
        Ok(Self { folder })
    }

    /// An empty folder to work in.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Runs Helm 3.
    ///
    /// # Errors
    /// When it is missing.
    pub fn helm(&self, args: &[&str]) -> Result<Output> {
        self.run(assets::helm()?, args)
    }

    /// Runs Helm 4, with plugins of its own.
    ///
    /// # Errors
    /// When it is missing.
    pub fn helm4(&self, args: &[&str]) -> Result<Output> {
        self.run(assets::pipeline("helm4", "HELM4")?, args)
    }

    /// Runs kustomize.
    ///
    /// # Errors
    /// When it is missing.
    pub fn kustomize(&self, args: &[&str]) -> Result<Output> {
        self.run(assets::pipeline("kustomize", "KUSTOMIZE")?, args)
    }

    /// Runs kubectl.
    ///
    /// # Errors
    /// When it is missing.
    pub fn kubectl(&self, args: &[&str]) -> Result<Output> {
        self.run("kubectl", args)
            .context("no kubectl on the path: see tests/apiserver/pipelines.sh")
    }

    /// Runs the program itself.
    ///
    /// # Errors
    /// When it does not start.
    pub fn outrigger(&self, args: &[&str]) -> Result<Output> {
        self.run(self.folder.path().join("outrigger"), args)
    }

    /// Runs a script as somebody who has all of these on the path, and their home in the folder. Helm is Helm 3; Helm 4 is
    /// in `$HELM4`.
    ///
    /// # Errors
    /// When one of them is missing.
    pub fn bash(&self, script: &str, kubeconfig: &Path) -> Result<Output> {
        let four = self.folder.path().join(".helm4");
        fs::create_dir_all(&four)?;
        for (program, link) in [
            (assets::helm()?, self.folder.path().join("helm")),
            (assets::pipeline("helm4", "HELM4")?, four.join("helm")),
            (
                assets::pipeline("kustomize", "KUSTOMIZE")?,
                self.folder.path().join("kustomize"),
            ),
        ] {
            symlink(fs::canonicalize(program)?, link)?;
        }
        let mut command = self.command("timeout");
        command
            .args(["240", "bash", "-c", script])
            .current_dir(self.folder.path())
            .env("HOME", self.folder.path())
            .env("KUBECONFIG", kubeconfig)
            .env("HELM4", four);
        command.output().context("bash does not start")
    }

    fn run(&self, program: impl AsRef<Path>, args: &[&str]) -> Result<Output> {
        let program = program.as_ref();
        let output = self.command(program).args(args).output();
        output.with_context(|| format!("{} does not start", program.display()))
    }

    fn command(&self, program: impl AsRef<Path>) -> Command {
        let folder = self.folder.path();
        let mut path = OsString::from(folder);
        if let Some(rest) = env::var_os("PATH") {
            path.push(":");
            path.push(rest);
        }
        let mut command = Command::new(program.as_ref());
        command
            .env("PATH", path)
            // Nothing of the user's is read or written.
            .env_remove("HELM_PLUGINS")
            .env("HELM_CACHE_HOME", folder.join("cache"))
            .env("HELM_CONFIG_HOME", folder.join("config"))
            .env("HELM_DATA_HOME", folder.join("data"))
            .env_remove("KUBECONFIG")
            .stdin(Stdio::null());
        command
    }
}
