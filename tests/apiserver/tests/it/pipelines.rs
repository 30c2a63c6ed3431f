//! The program called by Helm, kustomize and kubectl, the real ones.

use std::{fs, path::Path, process::Output};

use anyhow::{Context, Result};
use outrigger_apiserver_tests::{Pipelines, Site};

const DEPLOYMENT: &str = include_str!("../../../../contrib/kustomize/deployment.yaml");
const GUIDE: &str = include_str!("../../../../docs/pipelines.md");
const REFUSED: &str = "invalid value 'lots' for annotation 'sidecar.istio.io/proxyCPU'";

fn root() -> String {
    format!("{}/../..", env!("CARGO_MANIFEST_DIR"))
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What a run prints that has ended well.
fn printed(output: &Output) -> String {
    assert!(output.status.success(), "{}", stderr(output));
    stdout(output)
}

/// The same Deployment with an annotation that is refused.
fn refused() -> String {
    DEPLOYMENT.replacen(
        "labels: {app: web}\n    spec",
        "labels: {app: web}\n      annotations: {sidecar.istio.io/proxyCPU: lots}\n    spec",
        1,
    )
}

/// A chart with that Deployment.
fn chart(folder: &Path, deployment: &str) -> Result<String> {
    let chart = folder.join("chart");
    fs::create_dir_all(chart.join("templates"))?;
    fs::write(
        chart.join("Chart.yaml"),
        "apiVersion: v2\nname: shop\nversion: 0.1.0\n",
    )?;
    fs::write(chart.join("templates/deployment.yaml"), deployment)?;
    Ok(chart.to_str().context("a path in UTF-8")?.to_owned())
}

#[test]
fn helm_3_calls_it_as_a_post_renderer() -> Result<()> {
    let pipelines = Pipelines::new()?;
    let arg = "--post-renderer-args";
    let renderer = [
        "--post-renderer",
        "outrigger",
        arg,
        "inject",
        arg,
        "-f",
        arg,
        "-",
    ];
    assert!(GUIDE.contains(&renderer.join(" ")));

    let plain = chart(pipelines.folder(), DEPLOYMENT)?;
    let args = [&["template", "shop", &plain][..], &renderer].concat();
    let injected = printed(&pipelines.helm(&args)?);
    assert!(injected.contains("name: istio-proxy"), "{injected}");
    assert!(
        injected.contains("# Source: shop/templates/deployment.yaml"),
        "{injected}"
    );

    chart(pipelines.folder(), &refused())?;
    let output = pipelines.helm(&args)?;
    assert!(!output.status.success());
    assert!(stderr(&output).contains(REFUSED), "{}", stderr(&output));
    Ok(())
}

#[test]
fn helm_4_calls_it_as_a_plugin() -> Result<()> {
    let pipelines = Pipelines::new()?;
    let plugin = format!("{}/contrib/helm", root());
    assert!(GUIDE.contains("helm plugin install contrib/helm\n"));
    printed(&pipelines.helm4(&["plugin", "install", &plugin])?);

    let plain = chart(pipelines.folder(), DEPLOYMENT)?;
    let args = ["template", "shop", &plain, "--post-renderer", "outrigger"];
    let injected = printed(&pipelines.helm4(&args)?);
    assert!(injected.contains("name: istio-proxy"), "{injected}");

    let more = ["--post-renderer-args", "--native-sidecars=true"];
    let native = printed(&pipelines.helm4(&[&args[..], &more].concat())?);
    assert!(native.contains("restartPolicy: Always"), "{native}");

    chart(pipelines.folder(), &refused())?;
    let output = pipelines.helm4(&args)?;
    // What the plugin says of it, this Helm keeps to itself.
    assert!(!output.status.success());
    assert_eq!(stdout(&output), "");
    Ok(())
}

#[test]
fn kustomize_calls_it_as_a_function() -> Result<()> {
    let pipelines = Pipelines::new()?;
    let folder = pipelines.folder().join("kustomize");
    fs::create_dir(&folder)?;
    for entry in fs::read_dir(format!("{}/contrib/kustomize", root()))? {
        let entry = entry?;
        fs::copy(entry.path(), folder.join(entry.file_name()))?;
    }
    let path = folder.to_str().context("a path in UTF-8")?;
    let args = ["build", "--enable-alpha-plugins", "--enable-exec", path];
    assert!(GUIDE.contains(&format!(
        "kustomize {} contrib/kustomize",
        args[..3].join(" ")
    )));

    let injected = printed(&pipelines.kustomize(&args)?);
    assert!(injected.contains("name: istio-proxy"), "{injected}");
    assert!(injected.contains("restartPolicy: Always"), "{injected}");
    assert!(injected.contains("example.org"), "{injected}");

    fs::write(folder.join("deployment.yaml"), refused())?;
    let output = pipelines.kustomize(&args)?;
    assert!(!output.status.success());
    assert!(stderr(&output).contains(REFUSED), "{}", stderr(&output));
    Ok(())
}

#[tokio::test]
async fn kubectl_calls_it_as_a_plugin() -> Result<()> {
    let pipelines = Pipelines::new()?;
    let listed = pipelines.kubectl(&["plugin", "list"])?;
    assert!(
        stdout(&listed).contains("kubectl-outrigger"),
        "{}",
        stdout(&listed)
    );
    let help = printed(&pipelines.kubectl(&["outrigger", "drift", "--help"])?);
    assert!(help.contains("Usage: kubectl outrigger drift"), "{help}");

    let site = Site::new().await?;
    let namespace = site.namespace(&[]).await?;
    let kubeconfig = site.kubeconfig.to_str().context("a path in UTF-8")?;
    let arguments = [
        "outrigger",
        "drift",
        "--kubeconfig",
        kubeconfig,
        "-n",
        &namespace.name,
    ];
    let output = pipelines.kubectl(&[&arguments[..], &["--context", "nowhere"]].concat())?;
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    let output = pipelines.kubectl(
        &[
            &arguments[..],
            &["--context", "test", "--istio-namespace", &namespace.name],
        ]
        .concat(),
    )?;
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    let missing = format!(
        "there is no ConfigMap {}/istio-sidecar-injector",
        namespace.name
    );
    assert!(stderr(&output).contains(&missing), "{}", stderr(&output));
    Ok(())
}
