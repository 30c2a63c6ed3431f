//! How long `outrigger drift` takes over the Pods of a real API server, and how much memory: `just bench-drift`. See
//! `docs/drift.md`.

#![expect(clippy::print_stdout, reason = "a table for people")]

use std::{
    fs,
    process::Stdio,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use outrigger_apiserver_tests::{
    Namespace, Outrigger, Site, pod,
    webhook::{FailurePolicy::Fail, default_install},
};
use tokio::task::JoinHandle;

/// How many Pods there are at each measurement.
const PODS: [usize; 3] = [1000, 2500, 5000];

/// Neither the server nor the command is to go by the nodes, which there are none of.
const NATIVE: [&str; 2] = ["--native-sidecars", "false"];

/// How many are created at a time.
const CLIENTS: usize = 8;

#[tokio::main]
async fn main() -> Result<()> {
    let site = Site::new().await?;
    let outrigger = Outrigger::serve(&NATIVE).await?;
    site.register("default", &outrigger, Fail, default_install())
        .await?;
    let namespace = Arc::new(site.namespace(&[("istio-injection", "enabled")]).await?);
    // What is built in, as files: drift asks the cluster for what it is not given.
    let folder = tempfile::tempdir()?;
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text)?;
        anyhow::Ok(path.to_string_lossy().into_owned())
    };
    let config = file("config", "policy: enabled")?;
    let values = include_str!("../../../src/config/defaults/values.yaml");
    let new = values.replace("tag: latest", "tag: other");
    let (values, new) = (file("values", values)?, file("new", &new)?);
    let mesh = file("mesh", "{}")?;
    let kubeconfig = site.kubeconfig.to_string_lossy();
    let common = [
        "--kubeconfig",
        &kubeconfig,
        "-A",
        "--injector-config",
        &config,
        "--mesh-config",
        &mesh,
        NATIVE[0],
        NATIVE[1],
    ];

    println!("{:<8}{:<28}{:>8}{:>10}", "Pods", "", "seconds", "peak MiB");
    let mut there = 0;
    for pods in PODS {
        create(&namespace, pods - there).await?;
        there = pods;
        for (what, command, values, status) in [
            ("drift, no Pod differs", "drift", &values, 0),
            ("drift, every Pod differs", "drift", &new, 1),
            ("diff, every Pod differs", "diff", &new, 1),
        ] {
            let args = [&[command, "--values", values], &common[..]].concat();
            let (time, peak) = measure(&args, status)?;
            println!("{pods:<8}{what:<28}{:>8.2}{peak:>10.1}", time.as_secs_f64());
        }
    }
    Ok(())
}

/// Creates so many Pods, as a Deployment's controller does.
async fn create(namespace: &Arc<Namespace>, pods: usize) -> Result<()> {
    let tasks: Vec<JoinHandle<kube::Result<()>>> = (0..CLIENTS)
        .map(|client| {
            let (namespace, pod) = (namespace.clone(), pod::typical());
            tokio::spawn(async move {
                for _ in (client..pods).step_by(CLIENTS) {
                    namespace.add(&pod).await?;
                }
                Ok(())
            })
        })
        .collect();
    for task in tasks {
        task.await??;
    }
    Ok(())
}

/// Runs the program; gives its time and the most memory that it had, in MiB.
fn measure(args: &[&str], status: i32) -> Result<(Duration, f64)> {
    let began = Instant::now();
    let mut child = Outrigger::program()?
        .args(args)
        .stdout(Stdio::null())
        .spawn()?;
    let mut peak = 0.0;
    let ended = loop {
        // It ends as a zombie, which has no memory any more.
        peak = memory(child.id()).unwrap_or(peak);
        if let Some(status) = child.try_wait()? {
            break status;
        }
        thread::sleep(Duration::from_millis(5));
    };
    ensure!(ended.code() == Some(status), "{args:?}: {ended}");
    Ok((began.elapsed(), peak))
}

/// The most memory that a process has had, in MiB.
fn memory(id: u32) -> Option<f64> {
    let text = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = text.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    let kilobytes: f64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kilobytes / 1024.0)
}
