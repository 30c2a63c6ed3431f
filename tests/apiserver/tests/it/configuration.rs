//! The configuration as the cluster has it, changed under a running server.

use anyhow::Result;
use k8s_openapi::{
    api::{
        core::v1::{ConfigMap, Node},
        events::v1::Event,
    },
    apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition,
};
use kube::{
    Api, ResourceExt,
    api::{DeleteParams, DynamicObject, ListParams, Patch, PatchParams, PostParams},
    core::{ApiResource, GroupVersionKind},
};
use outrigger_apiserver_tests::{
    Namespace, Outrigger, Site, eventually,
    pod::{containers, init_containers, pod, proxy_env},
    webhook::{FailurePolicy::Fail, default_install},
};
use serde_json::{Value, json};

use crate::ENABLED;

/// A template that adds a container of this name.
fn config(container: &str) -> String {
    format!(
        "templates:\n  sidecar: |\n    spec:\n      containers:\n      - name: {container}\n        image: registry.test/{container}:1\n"
    )
}

/// The namespace of a site's ConfigMaps.
struct Istio<'s> {
    site: &'s Site,
    namespace: Namespace,
}

impl<'s> Istio<'s> {
    async fn new(site: &'s Site) -> Result<Self> {
        let namespace = site.namespace(&[]).await?;
        Ok(Self { site, namespace })
    }

    async fn put(&self, name: &str, data: Value) -> Result<()> {
        let map = json!({
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": name},
            "data": data,
        });
        self.api()
            .patch(
                name,
                &PatchParams::apply("test").force(),
                &Patch::Apply(map),
            )
            .await?;
        Ok(())
    }

    fn api(&self) -> Api<ConfigMap> {
        Api::namespaced(self.site.client.clone(), &self.namespace.name)
    }

    /// A server that reads these ConfigMaps, registered.
    async fn serve(&self, args: &[&str]) -> Result<Outrigger> {
        let mut outrigger = self.start(args)?;
        outrigger.wait_until_ready().await?;
        self.site
            .register("default", &outrigger, Fail, default_install())
            .await?;
        Ok(outrigger)
    }

    fn start(&self, args: &[&str]) -> Result<Outrigger> {
        let own = ["--istio-namespace", &self.namespace.name];
        Outrigger::serve_in(self.site.kubeconfig, &[&own, args].concat())
    }
}

const INJECTOR: &str = "istio-sidecar-injector";

/// The container that a Pod would have now beside its own.
async fn added_in(namespace: &Namespace) -> String {
    let made = match namespace.try_create(&pod(&[], &[])).await {
        Ok(made) => made,
        Err(error) => return error.to_string(),
    };
    let mut names = containers(&made);
    names.retain(|name| *name != "app");
    names.join(", ")
}

#[tokio::test]
async fn changes_are_served_without_a_restart_and_bad_ones_are_not() -> Result<()> {
    let site = Site::new().await?;
    let istio = Istio::new(&site).await?;
    istio
        .put(INJECTOR, json!({"config": config("one"), "values": "{}"}))
        .await?;
    istio.put("istio", json!({"mesh": "{}"})).await?;
    let outrigger = istio.serve(&[]).await?;
    let namespace = site.namespace(ENABLED).await?;
    assert_eq!(added_in(&namespace).await, "one");

    istio
        .put(INJECTOR, json!({"config": config("two"), "values": "{}"}))
        .await?;
    eventually("the new template is served", async || {
        added_in(&namespace).await == "two"
    })
    .await?;
    assert_eq!(
        outrigger.metric("outrigger_configuration_reloads_total"),
        Some(1.0)
    );

    let broken = "templates:\n  sidecar: |\n    spec: {{ .Nowhere\n";
    istio
        .put(INJECTOR, json!({"config": broken, "values": "{}"}))
        .await?;
    eventually("the health report says what is refused", async || {
        outrigger
            .health()
            .contains("[!]configuration refused, the one before stays")
    })
    .await?;
    assert_eq!(
        outrigger.metric("outrigger_configuration_reload_failures_total"),
        Some(1.0)
    );
    assert_eq!(added_in(&namespace).await, "two");
    assert!(outrigger.log().contains("configuration refused"));
    let events = Api::<Event>::namespaced(site.client.clone(), &istio.namespace.name);
    eventually("an Event is on the ConfigMap", async || {
        let events = events.list(&ListParams::default()).await;
        events.is_ok_and(|events| {
            events.iter().any(|event| {
                event.reason.as_deref() == Some("ConfigurationRefused")
                    && event.regarding.as_ref().and_then(|r| r.name.as_deref()) == Some(INJECTOR)
            })
        })
    })
    .await?;

    istio
        .put(INJECTOR, json!({"config": config("three"), "values": "{}"}))
        .await?;
    eventually("the mended template is served", async || {
        added_in(&namespace).await == "three"
    })
    .await?;
    assert!(outrigger.health().contains("[+]configuration ok"));

    istio
        .api()
        .delete(INJECTOR, &DeleteParams::default())
        .await?;
    eventually("the health report says what is gone", async || {
        outrigger
            .health()
            .contains("istio-sidecar-injector is gone")
    })
    .await?;
    assert_eq!(added_in(&namespace).await, "three");
    Ok(())
}

#[tokio::test]
async fn several_objects_are_taken_over_together() -> Result<()> {
    let site = Site::new().await?;
    let istio = Istio::new(&site).await?;
    let template = |prefix: &str| {
        format!(
            "templates:\n  sidecar: |\n    spec:\n      containers:\n      - name: {prefix}-{{{{ .MeshConfig.TrustDomain }}}}\n        image: x\n"
        )
    };
    let put = async |prefix: &str, domain: &str| {
        let data = json!({"config": template(prefix), "values": "{}"});
        istio.put("istio-sidecar-injector-canary", data).await?;
        istio
            .put(
                "istio-canary",
                json!({"mesh": format!("trustDomain: {domain}")}),
            )
            .await
    };
    put("a", "one").await?;
    istio
        .put(
            "shared",
            json!({"mesh": "trustDomain: shared\nrootNamespace: roots"}),
        )
        .await?;
    let outrigger = istio
        .serve(&["--revision", "canary", "--shared-mesh-configmap", "shared"])
        .await?;
    let namespace = site.namespace(ENABLED).await?;
    assert_eq!(added_in(&namespace).await, "a-one");

    put("b", "two").await?;
    eventually("both changes are served", async || {
        added_in(&namespace).await == "b-two"
    })
    .await?;
    assert_eq!(
        outrigger.metric("outrigger_configuration_reloads_total"),
        Some(1.0)
    );

    // A shared mesh at fault is left out, and the rest is served.
    istio
        .put("shared", json!({"mesh": "trustDomain: [1]"}))
        .await?;
    put("c", "three").await?;
    eventually("the other changes are served", async || {
        added_in(&namespace).await == "c-three"
    })
    .await?;
    let told = "[!]shared-mesh-configmap ConfigMap ";
    assert!(outrigger.health().contains(told), "{}", outrigger.health());
    istio.put("shared", json!({"mesh": "{}"})).await?;
    eventually("the mended one is taken up", async || {
        outrigger.health().contains("[+]shared-mesh-configmap ok")
    })
    .await
}

#[tokio::test]
async fn a_server_waits_for_a_configuration_that_can_be_served() -> Result<()> {
    let site = Site::new().await?;
    let istio = Istio::new(&site).await?;
    istio
        .put(INJECTOR, json!({"config": "templates: 3", "values": "{}"}))
        .await?;
    let mut outrigger = istio.start(&[])?;
    eventually("the health report says what is wrong", async || {
        let health = outrigger.health();
        health.starts_with("HTTP/1.1 503")
            && health.contains("[!]configuration refused, waiting for another")
            && health.contains("[-]startup failed")
    })
    .await?;
    assert!(outrigger.is_alive());
    istio
        .put(INJECTOR, json!({"config": config("one"), "values": "{}"}))
        .await?;
    outrigger.wait_until_ready().await
}

#[tokio::test]
async fn nodes_decide_on_native_sidecars() -> Result<()> {
    let site = Site::new().await?;
    let istio = Istio::new(&site).await?;
    let _outrigger = istio.serve(&[]).await?;
    let namespace = site.namespace(ENABLED).await?;
    let is_native = async || {
        let made = namespace.try_create(&pod(&[], &[])).await;
        made.is_ok_and(|made| init_containers(&made).contains(&"istio-proxy"))
    };
    assert!(is_native().await, "no node is against it");

    let nodes = Api::<Node>::all(site.client.clone());
    let node = async |name: &str, version: &str| {
        let node = json!({
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": name},
        });
        nodes
            .create(&PostParams::default(), &serde_json::from_value(node)?)
            .await?;
        let status = json!({"status": {"nodeInfo": {
            "architecture": "", "bootID": "", "containerRuntimeVersion": "", "kernelVersion": "",
            "kubeProxyVersion": "", "kubeletVersion": version, "machineID": "", "operatingSystem": "",
            "osImage": "", "systemUUID": "",
        }}});
        nodes
            .patch_status(name, &PatchParams::default(), &Patch::Merge(status))
            .await?;
        anyhow::Ok(())
    };
    node("old", "v1.32.1").await?;
    eventually("an old kubelet is seen", async || !is_native().await).await?;
    nodes.delete("old", &DeleteParams::default()).await?;
    eventually("the old kubelet is gone", is_native).await
}

#[tokio::test]
async fn openshift_ids_come_from_the_namespace_as_it_is_now() -> Result<()> {
    let site = Site::new().await?;
    let istio = Istio::new(&site).await?;
    let template = "templates:\n  sidecar: |\n    spec:\n      containers:\n      - name: id-{{ .ProxyUID }}\n        image: x\n";
    istio
        .put(INJECTOR, json!({"config": template, "values": "{}"}))
        .await?;
    let _outrigger = istio.serve(&["--platform", "openshift"]).await?;
    let namespace = site.namespace(ENABLED).await?;
    eventually("a namespace without a range", async || {
        added_in(&namespace).await == "id-1337"
    })
    .await?;
    let range =
        json!({"metadata": {"annotations": {"openshift.io/sa.scc.uid-range": "1000620000/10000"}}});
    Api::<k8s_openapi::api::core::v1::Namespace>::all(site.client.clone())
        .patch(
            &namespace.name,
            &PatchParams::default(),
            &Patch::Merge(range),
        )
        .await?;
    eventually("the namespace's range", async || {
        added_in(&namespace).await == "id-1000629999"
    })
    .await
}

#[tokio::test]
async fn proxy_config_resources_count_once_their_kind_is_there() -> Result<()> {
    let site = Site::new().await?;
    let istio = Istio::new(&site).await?;
    let _outrigger = istio.serve(&["--native-sidecars", "false"]).await?;
    let namespace = site.namespace(ENABLED).await?;
    let definition: CustomResourceDefinition = serde_json::from_value(json!({
        "metadata": {"name": "proxyconfigs.networking.istio.io"},
        "spec": {
            "group": "networking.istio.io",
            "names": {"kind": "ProxyConfig", "listKind": "ProxyConfigList", "plural": "proxyconfigs", "singular": "proxyconfig"},
            "scope": "Namespaced",
            "versions": [{"name": "v1beta1", "served": true, "storage": true, "schema": {"openAPIV3Schema": {
                "type": "object", "x-kubernetes-preserve-unknown-fields": true,
            }}}],
        },
    }))?;
    Api::all(site.client.clone())
        .create(&PostParams::default(), &definition)
        .await?;
    let kind = ApiResource::from_gvk(&GroupVersionKind::gvk(
        "networking.istio.io",
        "v1beta1",
        "ProxyConfig",
    ));
    let resources =
        Api::<DynamicObject>::namespaced_with(site.client.clone(), &namespace.name, &kind);
    let resource = DynamicObject::new("all", &kind)
        .data(json!({"spec": {"environmentVariables": {"FROM_RESOURCE": "yes"}}}));
    eventually("the API server knows the kind", async || {
        resources
            .create(&PostParams::default(), &resource)
            .await
            .is_ok()
    })
    .await?;
    let told = async || {
        let made = namespace.try_create(&pod(&[], &[])).await.ok();
        made.and_then(|made| proxy_env(&made, "FROM_RESOURCE").map(str::to_owned))
    };
    eventually("the resource counts", async || {
        told().await.as_deref() == Some("yes")
    })
    .await?;
    let all = resources.list(&ListParams::default()).await?;
    assert_eq!(
        all.items.first().map(ResourceExt::name_any).as_deref(),
        Some("all")
    );
    resources.delete("all", &DeleteParams::default()).await?;
    eventually("the resource is gone", async || told().await.is_none()).await
}
