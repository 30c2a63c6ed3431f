//! What `outrigger drift` and `outrigger diff` say of Pods that the API server has.

use std::process::Output;

use anyhow::{Context, Result};
use k8s_openapi::api::core::v1::{Namespace as Object, Pod};
use kube::{
    Api,
    api::{Patch, PatchParams, PostParams},
};
use outrigger_apiserver_tests::{
    Namespace, Outrigger, Pipelines, Site,
    pod::container,
    webhook::{FailurePolicy::Fail, default_install},
};
use serde_json::{Value, json};

use crate::ENABLED;

/// A site with a served configuration, which is in its ConfigMaps too.
struct Installed {
    site: Site,
    pipelines: Pipelines,
    istio: Namespace,
    _outrigger: Outrigger,
}

impl Installed {
    async fn on(site: Site, args: &[&str]) -> Result<Self> {
        let istio = site.namespace(&[]).await?;
        let name = |name: &str| json!({"name": name, "namespace": istio.name});
        let config_map = |map: &str, data: Value| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": name(map), "data": data});
        let injector = json!({"config": "policy: enabled", "values": values("1")});
        site.create(&config_map("istio-sidecar-injector", injector))
            .await?;
        site.create(&config_map("istio", json!({"mesh": "{}"})))
            .await?;
        let own = ["--istio-namespace", &istio.name];
        let mut outrigger = Outrigger::serve_in(site.kubeconfig, &[&own, args].concat())?;
        outrigger.wait_until_ready().await?;
        site.register("default", &outrigger, Fail, default_install())
            .await?;
        Ok(Self {
            site,
            pipelines: Pipelines::new()?,
            istio,
            _outrigger: outrigger,
        })
    }

    fn run(&self, command: &str, args: &[&str]) -> Result<Output> {
        let kubeconfig = self.site.kubeconfig.to_str().context("a path in UTF-8")?;
        let first = [
            command,
            "--kubeconfig",
            kubeconfig,
            "--istio-namespace",
            &self.istio.name,
        ];
        self.pipelines.outrigger(&[&first, args].concat())
    }
}

/// The built-in values with another image.
fn values(tag: &str) -> String {
    include_str!("../../../../src/config/defaults/values.yaml")
        .replace("hub: registry.istio.io/testing", "hub: registry.test")
        .replace("tag: latest", &format!("tag: \"{tag}\""))
}

/// Where the token of the service account is mounted.
const TOKEN: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// A Pod of the Deployment `web`, with what injection has to do something about.
fn deployed(name: &str) -> Value {
    json!({
        "metadata": {
            "generateName": format!("{name}-5d9f8c7b6d-"),
            "labels": {"app": name, "pod-template-hash": "5d9f8c7b6d"},
            "annotations": {"prometheus.io/scrape": "true", "prometheus.io/port": "8080"},
            "ownerReferences": [{
                "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": format!("{name}-5d9f8c7b6d"),
                "uid": "6f1c1a0e-0d5c-4d3e-9c55-0c7b3f6a2d11", "controller": true,
            }],
        },
        "spec": {
            "serviceAccountName": "default",
            "initContainers": [{"name": "prepare", "image": "registry.test/prepare"}],
            "containers": [{
                "name": "app",
                "image": "registry.test/app:1",
                "ports": [{"name": "http", "containerPort": 8080}],
                "env": [{"name": "EMPTY", "value": ""}],
                "readinessProbe": {"httpGet": {"port": "http"}},
                "livenessProbe": {"tcpSocket": {"port": 8080}},
                "resources": {"limits": {"memory": "2048Mi"}},
            }],
        },
    })
}

/// One that the author has customised the proxy of.
fn customised() -> Value {
    let mut pod = deployed("customised");
    let containers = pod["spec"]["containers"].as_array_mut();
    if let Some(containers) = containers {
        containers.push(json!({
            "name": "istio-proxy",
            "image": "auto",
            "resources": {"limits": {"memory": "512Mi", "cpu": "3000m"}},
            "securityContext": {"runAsUser": 1400},
        }));
    }
    pod
}

fn gateway() -> Value {
    json!({
        "metadata": {
            "generateName": "gateway-",
            "labels": {"istio": "gateway"},
            "annotations": {"inject.istio.io/templates": "gateway"},
        },
        "spec": {
            "serviceAccountName": "default",
            "containers": [{"name": "istio-proxy", "image": "auto"}],
        },
    })
}

async fn create(namespace: &Namespace, site: &Site, pod: Value) -> Result<Pod> {
    let api: Api<Pod> = Api::namespaced(site.client.clone(), &namespace.name);
    let pod: Pod = serde_json::from_value(pod)?;
    Ok(api.create(&PostParams::default(), &pod).await?)
}

/// Binds the Pod to a node and lets it be ready, as scheduler and kubelet do.
async fn run(namespace: &Namespace, site: &Site, pod: &Pod) -> Result<()> {
    let api: Api<Pod> = Api::namespaced(site.client.clone(), &namespace.name);
    let name = pod.metadata.name.as_deref().unwrap_or_default();
    let binding = json!({
        "apiVersion": "v1", "kind": "Binding", "metadata": {"name": name},
        "target": {"apiVersion": "v1", "kind": "Node", "name": "node-1"},
    });
    api.create_subresource::<Value, Value>("binding", name, &PostParams::default(), &binding)
        .await?;
    let ready = json!({"status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}});
    api.patch_status(name, &PatchParams::default(), &Patch::Merge(ready))
        .await?;
    Ok(())
}

fn text(output: &Output) -> String {
    let (out, err) = (&output.stdout, &output.stderr);
    String::from_utf8_lossy(out).into_owned() + &String::from_utf8_lossy(err)
}

/// Every kind of Pod, injected on its way into the API server and read back after others have had their way with it.
async fn nothing_differs(site: Site, mounts_tokens: bool, native: &str) -> Result<()> {
    let args = ["--native-sidecars", native];
    let installed = Installed::on(site, &args).await?;
    let site = &installed.site;
    let namespace = site.namespace(ENABLED).await?;
    for pod in [deployed("web"), customised(), gateway()] {
        let pod = create(&namespace, site, pod).await?;
        let proxy = container(&pod, "istio-proxy").context("a proxy")?;
        let mounts = proxy.volume_mounts.iter().flatten();
        let has_token = mounts.clone().any(|mount| mount.mount_path == TOKEN);
        assert_eq!(has_token, mounts_tokens, "{proxy:?}");
        run(&namespace, site, &pod).await?;
    }

    let args = [&["-n", &namespace.name][..], &args].concat();
    let output = installed.run("drift", &args)?;
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(text(&output).contains("all of 3 Pods"), "{}", text(&output));
    let output = installed.run("diff", &args)?;
    assert_eq!((output.status.code(), &*text(&output)), (Some(0), ""));
    Ok(())
}

#[tokio::test]
async fn what_was_just_injected_does_not_differ() -> Result<()> {
    nothing_differs(Site::new().await?, false, "true").await?;
    nothing_differs(Site::new().await?, false, "false").await
}

/// Pods that no webhook has seen: `outrigger inject` sees them without the API server's defaults.
#[tokio::test]
async fn what_was_injected_in_a_pipeline_does_not_differ() -> Result<()> {
    let native = ["--native-sidecars", "true"];
    let installed = Installed::on(Site::new().await?, &native).await?;
    // Of another site, so that this one's webhook is not called.
    let site = Site::new().await?;
    let namespace = site.namespace(ENABLED).await?;
    let folder = tempfile::tempdir()?;
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let (manifest, built_in) = (path("pod.json"), path("values"));
    std::fs::write(&built_in, values("1"))?;
    for mut pod in [deployed("web"), customised(), gateway()] {
        pod["apiVersion"] = json!("v1");
        pod["kind"] = json!("Pod");
        pod["metadata"]["namespace"] = json!(namespace.name);
        std::fs::write(&manifest, pod.to_string())?;
        let inject = [
            "inject", "-o", "json", "-f", &manifest, "--values", &built_in,
        ];
        let injected = installed
            .pipelines
            .outrigger(&[&inject[..], &native].concat())?;
        assert!(injected.status.success(), "{}", text(&injected));
        let pod = create(&namespace, &site, serde_json::from_slice(&injected.stdout)?).await?;
        container(&pod, "istio-proxy").context("a proxy")?;
        run(&namespace, &site, &pod).await?;
    }
    let args = [&["-n", &namespace.name][..], &native].concat();
    let output = installed.run("diff", &args)?;
    assert_eq!((output.status.code(), &*text(&output)), (Some(0), ""));
    Ok(())
}

/// With the admission plugin that mounts tokens in every container.
#[tokio::test]
async fn mounted_tokens_do_not_differ() -> Result<()> {
    nothing_differs(Site::with_service_accounts().await?, true, "true").await
}

#[tokio::test]
async fn what_differs_is_grouped_and_planned() -> Result<()> {
    let installed = Installed::on(Site::new().await?, &["--native-sidecars", "true"]).await?;
    let site = &installed.site;
    let namespace = site.namespace(ENABLED).await?;
    let late = site.namespace(&[]).await?;
    for (pods, name) in [(2, "large"), (1, "small")] {
        for _ in 0..pods {
            let pod = create(&namespace, site, deployed(name)).await?;
            run(&namespace, site, &pod).await?;
        }
    }
    create(&late, site, deployed("late")).await?;
    let enabled = json!({"metadata": {"labels": {"istio-injection": "enabled"}}});
    Api::<Object>::all(site.client.clone())
        .patch(&late.name, &PatchParams::default(), &Patch::Merge(enabled))
        .await?;

    let new = tempfile::NamedTempFile::new()?;
    std::fs::write(new.path(), values("2"))?;
    let new = new.path().to_str().context("a path in UTF-8")?;
    let native = ["--native-sidecars", "true"];
    let args = [
        &["-n", &namespace.name, "--values", new, "-o", "json"][..],
        &native,
    ]
    .concat();
    let output = installed.run("drift", &args)?;
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    let report: Value = serde_json::from_slice(&output.stdout)?;
    assert_eq!(report["drifted"], 3);
    let groups = report["groups"].as_array().context("groups")?;
    let groups: Vec<_> = groups
        .iter()
        .map(|g| (g["kind"].as_str(), g["place"].as_str(), g["after"].as_str()))
        .collect();
    assert_eq!(
        groups,
        ["istio-init", "istio-proxy"]
            .map(|name| format!("spec.initContainers[{name}].image"))
            .iter()
            .map(|place| (
                Some("image"),
                Some(&**place),
                Some("registry.test/proxyv2:2")
            ))
            .collect::<Vec<_>>()
    );
    let names = report["rollout"]
        .as_array()
        .context("rollout")?
        .iter()
        .map(|step| step["name"].clone());
    assert_eq!(names.collect::<Vec<_>>(), ["large", "small"]);

    // As a diff of one workload, by one value.
    let target = [
        "deploy/large",
        "-n",
        &namespace.name,
        "--set",
        "global.tag=2",
    ];
    let output = installed.run("diff", &[&target[..], &native].concat())?;
    let shown = text(&output);
    assert_eq!(output.status.code(), Some(1), "{shown}");
    let head = format!("--- Deployment {}/large (2 Pods)", namespace.name);
    assert!(shown.contains(&head), "{shown}");
    let lines: Vec<_> = shown
        .lines()
        .filter(|l| l.starts_with(['+', '-']))
        .skip(2)
        .map(str::trim_end)
        .collect();
    let (old, new) = (
        "-    image: registry.test/proxyv2:1",
        "+    image: registry.test/proxyv2:2",
    );
    assert_eq!(lines, [old, new, old, new]);

    // A template in a file leaves the cluster's values in place.
    let policy = tempfile::NamedTempFile::new()?;
    std::fs::write(policy.path(), "policy: enabled")?;
    let policy = policy.path().to_str().context("a path in UTF-8")?;
    let args = ["-n", &namespace.name, "--injector-config", policy];
    let output = installed.run("drift", &[&args[..], &native].concat())?;
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));

    // The Pod that was created before its namespace was labelled.
    let output = installed.run("drift", &[&["-n", &late.name][..], &native].concat())?;
    let shown = text(&output);
    assert_eq!(output.status.code(), Some(1), "{shown}");
    assert!(
        shown.contains("missing: has no sidecar and would get one"),
        "{shown}"
    );
    let command = format!("kubectl -n {} rollout restart deployment/late", late.name);
    assert!(shown.contains(&command), "{shown}");

    let output = installed.run("drift", &["deploy/nope", "-n", &late.name])?;
    assert_eq!(output.status.code(), Some(2));
    assert!(
        text(&output).contains("Deployment nope has no running Pod"),
        "{}",
        text(&output)
    );
    Ok(())
}
