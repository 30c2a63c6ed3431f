//! Finds the programs that the tests run. What is missing fails the test with the
//! command that provides it; no test passes by not running.

use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

/// The folder with `etcd` and `kube-apiserver`: `KUBEBUILDER_ASSETS`, else what
/// `assets.sh` has put into `target/assets`.
pub(crate) fn folder() -> Result<PathBuf> {
    let folder = env::var_os("KUBEBUILDER_ASSETS")
        .map_or_else(|| package().join("../../target/assets"), PathBuf::from);
    for program in ["etcd", "kube-apiserver"] {
        if !folder.join(program).exists() {
            bail!(
                "no {program} in {}: run tests/apiserver/assets.sh, or set KUBEBUILDER_ASSETS to a folder that has it",
                folder.display()
            );
        }
    }
    Ok(folder)
}

/// Helm: `HELM`, else what `helm.sh` has put into `target/assets`.
pub(crate) fn helm() -> Result<PathBuf> {
    let helm = env::var_os("HELM")
        .map_or_else(|| package().join("../../target/assets/helm"), PathBuf::from);
    ensure!(
        helm.exists(),
        "no helm at {}: run tests/apiserver/helm.sh, or set HELM to the program",
        helm.display()
    );
    Ok(helm)
}

/// A program that pipelines use: what the variable names, else what `pipelines.sh` has put into `target/assets`.
pub(crate) fn pipeline(name: &str, variable: &str) -> Result<PathBuf> {
    let program = env::var_os(variable).map_or_else(
        || package().join("../../target/assets").join(name),
        PathBuf::from,
    );
    ensure!(
        program.exists(),
        "no {name} at {}: run tests/apiserver/pipelines.sh, or set {variable} to the program",
        program.display()
    );
    Ok(program)
}

/// The script that runs the two programs.
pub(crate) fn cluster_script() -> PathBuf {
    package().join("cluster.sh")
}

/// The binary under test: `OUTRIGGER_BIN`, else a debug build made here, once.
pub(crate) fn outrigger() -> Result<&'static Path> {
    static BUILT: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let built = BUILT.get_or_init(|| match env::var_os("OUTRIGGER_BIN") {
        Some(path) => Ok(path.into()),
        None => build_outrigger().map_err(|error| format!("{error:#}")),
    });
    match built {
        Ok(path) => {
            ensure!(path.exists(), "no outrigger binary at {}", path.display());
            Ok(path)
        }
        Err(error) => bail!("cannot build outrigger: {error}"),
    }
}

/// Cargo runs no build of its own while it runs tests, so it is free to be asked. Build scripts that look at the package they
/// are run for would run again if it were told of this one.
fn build_outrigger() -> Result<PathBuf> {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            cargo.env_remove(name);
        }
    }
    let output = cargo
        .args(["build", "--quiet", "--package=outrigger", "--bin=outrigger"])
        .arg("--message-format=json-render-diagnostics")
        .current_dir(package())
        .stderr(Stdio::inherit())
        .output()
        .context("cargo does not start")?;
    ensure!(output.status.success(), "cargo build failed");
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .context("cargo names no executable")
}

fn package() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
