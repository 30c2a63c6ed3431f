//! The Helm chart, rendered by helm.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

use anyhow::{Result, ensure};
use serde_json::Value;

use crate::assets;

/// The Kubernetes that charts are rendered for: that of the API server here.
const KUBERNETES: &str = "1.34.0";

/// The repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Where what a value file renders is stored.
#[must_use]
pub fn stored(name: &str) -> PathBuf {
    root().join(format!("tests/data/chart/{name}.yaml"))
}

/// What one of the chart's value files renders in a namespace, with more arguments.
///
/// # Errors
/// When helm is missing or refuses the values.
pub fn render(name: &str, namespace: &str, args: &[&str]) -> Result<String> {
    let values = root().join(format!("charts/outrigger/ci/{name}-values.yaml"));
    let values = values.to_string_lossy().into_owned();
    let first = ["template", "outrigger"];
    let output = helm(&first, &[&["-n", namespace, "-f", &values], args].concat())?;
    let stderr = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{name}: {stderr}");
    Ok(String::from_utf8(output.stdout)?)
}

/// Runs helm on the chart.
///
/// # Errors
/// When helm is missing.
pub fn helm(first: &[&str], args: &[&str]) -> Result<Output> {
    Ok(command()?
        .args(first)
        .arg(root().join("charts/outrigger"))
        .args(["--kube-version", KUBERNETES])
        .args(args)
        .output()?)
}

/// Helm, to be given arguments; it runs in the repository.
///
/// # Errors
/// When it is missing.
pub fn command() -> Result<Command> {
    let mut command = Command::new(assets::helm()?);
    command.current_dir(root());
    Ok(command)
}

/// The objects of rendered text.
///
/// # Errors
/// When a document is no YAML.
pub fn objects(rendered: &str) -> Result<Vec<Value>> {
    let mut objects = Vec::new();
    for document in outrigger_yaml::documents(rendered) {
        let object: Value = serde_json::from_str(&document?.parse()?.to_string())?;
        if !object.is_null() {
            objects.push(object);
        }
    }
    Ok(objects)
}
