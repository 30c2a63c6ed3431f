//! How much memory the server takes for what it keeps of a large cluster: `just bench-cluster`. See `docs/faults.md`.

#![expect(clippy::print_stdout, reason = "a table for people")]

use std::fs;

use anyhow::{Context, Result};
use k8s_openapi::api::core::v1::{Namespace, Node};
use kube::{Api, Resource, api::PostParams};
use outrigger_apiserver_tests::{Outrigger, Site};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

const NAMESPACES: usize = 10_000;
const NODES: usize = 5_000;

/// How many objects are created at a time.
const CLIENTS: usize = 8;

#[tokio::main]
async fn main() -> Result<()> {
    let site = Site::alone().await?;
    println!("{:<44}{:>12}{:>12}", "", "resident MB", "peak MB");
    measure(&site, "an empty cluster").await?;
    create::<Namespace>(&site, NAMESPACES, namespace).await?;
    create::<Node>(&site, NODES, node).await?;
    let what = format!("{NAMESPACES} namespaces, {NODES} nodes");
    measure(&site, &what).await
}

/// Starts a server, and measures it once it has read all.
async fn measure(site: &Site, what: &str) -> Result<()> {
    let mut outrigger = Outrigger::serve_in(site.kubeconfig, &[])?;
    outrigger.wait_until_ready().await?;
    let status = fs::read_to_string(format!("/proc/{}/status", outrigger.id()))?;
    let megabytes = |key: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(key));
        let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
        let kilobytes: f64 = kilobytes.context("no such line")?.parse()?;
        anyhow::Ok(kilobytes * 1024.0 / 1e6)
    };
    let (resident, peak) = (megabytes("VmRSS:")?, megabytes("VmHWM:")?);
    println!("{what:<44}{resident:>12.1}{peak:>12.1}");
    Ok(())
}

async fn create<K>(site: &Site, count: usize, object: fn(usize) -> Value) -> Result<()>
where
    K: Resource<DynamicType = ()> + Serialize + DeserializeOwned + Clone,
    K: std::fmt::Debug + Send + Sync + 'static,
{
    let clients = (0..CLIENTS).map(|client| {
        let api = Api::<K>::all(site.client.clone());
        tokio::spawn(async move {
            for number in (client..count).step_by(CLIENTS) {
                let object: K = serde_json::from_value(object(number))?;
                api.create(&PostParams::default(), &object).await?;
            }
            anyhow::Ok(())
        })
    });
    for client in clients.collect::<Vec<_>>() {
        client.await??;
    }
    Ok(())
}

/// A namespace as a platform labels them.
fn namespace(number: usize) -> Value {
    json!({"metadata": {
        "name": format!("team-{number}"),
        "labels": {
            "istio-injection": "enabled",
            "pod-security.kubernetes.io/enforce": "baseline",
            "team": format!("team-{number}"),
        },
        "annotations": {"openshift.io/sa.scc.uid-range": format!("{}/10000", 1_000_000 + number * 10_000)},
    }})
}

/// A node with what kubelets report: labels, and the images that it has.
fn node(number: usize) -> Value {
    let images: Vec<_> = (0..50)
        .map(|image| {
            json!({"names": [format!("registry.test/team/image-{image}:{number}")], "sizeBytes": 100_000_000})
        })
        .collect();
    json!({
        "metadata": {
            "name": format!("node-{number}"),
            "labels": {"kubernetes.io/os": "linux", "kubernetes.io/hostname": format!("node-{number}")},
        },
        "status": {
            "images": images,
            "nodeInfo": {
                "architecture": "amd64",
                "bootID": "b",
                "containerRuntimeVersion": "containerd://2.0.0",
                "kernelVersion": "6.1.0",
                "kubeProxyVersion": "",
                "kubeletVersion": "v1.34.0",
                "machineID": "m",
                "operatingSystem": "linux",
                "osImage": "Debian",
                "systemUUID": "s",
            },
        },
    })
}
