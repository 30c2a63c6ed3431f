//! Broken set-ups: each is asked about as a person would, the answer names the link that broke, and the command in it is
//! run and mends it. The first seven are the causes that Istio's page on injection problems has.

use std::{fs, io::Write as _};

use anyhow::Result;
use k8s_openapi::api::core::v1::{ConfigMap, Pod};
use kube::{
    Api, ResourceExt,
    api::{Patch, PatchParams, PostParams},
};
use outrigger_apiserver_tests::{Explained, Namespace, Outrigger, Site, explain, pod::pod, print};
use serde_json::{Value, json};
use tempfile::NamedTempFile;

use crate::ENABLED;

const INJECT: &str = "sidecar.istio.io/inject";
const VALUES: &str = include_str!("../../../../src/config/defaults/values.yaml");

/// An install, and a namespace with the workload that is asked about.
struct Setup {
    site: Site,
    istio: Namespace,
    outrigger: Outrigger,
    shop: Namespace,
}

impl Setup {
    /// An install with this configuration and these arguments of `outrigger webhook print`, and a namespace with labels.
    async fn new(config: &str, args: &[&str], labels: &[(&str, &str)]) -> Result<Self> {
        let site = Site::new().await?;
        let istio = configured(&site, config).await?;
        let own = ["--istio-namespace", &istio.name];
        let mut outrigger = Outrigger::serve_in(site.kubeconfig, &own)?;
        outrigger.wait_until_ready().await?;
        site.install("injector", &outrigger, args).await?;
        Ok(Self {
            shop: site.namespace(labels).await?,
            site,
            istio,
            outrigger,
        })
    }

    /// The usual install, a labelled namespace, and a Deployment with this template.
    async fn with(template: Value) -> Result<Self> {
        let setup = Self::new("policy: enabled", &[], ENABLED).await?;
        setup.deploy(template).await?;
        Ok(setup)
    }

    /// Makes Deployment `web` with this template over a plain one.
    async fn deploy(&self, template: Value) -> Result<()> {
        deploy(&self.site, &self.shop.name, template).await
    }

    fn explain(&self, args: &[&str]) -> Result<Explained> {
        let own = ["-n", &self.shop.name, "--istio-namespace", &self.istio.name];
        explain(self.site.kubeconfig, &[args, &own].concat())
    }

    /// Asks about the Deployment, looks for the link and the cause, runs the commands, and asks again.
    fn mended(&self, link: &str, cause: &str) -> Result<()> {
        let explained = self.explain(&["deploy/web"])?;
        let broken = explained.broken()?;
        assert!(
            broken.starts_with(link) && broken.contains(cause),
            "{}",
            explained.text
        );
        assert_eq!(explained.status, Some(1), "{}", explained.text);
        explained.mend()?;
        let after = self.explain(&["deploy/web"])?;
        assert_eq!(after.status, Some(0), "{}", after.text);
        Ok(())
    }
}

/// A namespace with the injector's ConfigMaps.
pub(crate) async fn configured(site: &Site, config: &str) -> Result<Namespace> {
    let istio = site.namespace(&[]).await?;
    let maps = Api::<ConfigMap>::namespaced(site.client.clone(), &istio.name);
    for (name, data) in [
        (
            "istio-sidecar-injector",
            json!({"config": config, "values": VALUES}),
        ),
        ("istio", json!({"mesh": "{}"})),
    ] {
        let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data});
        maps.patch(name, &PatchParams::apply("test"), &Patch::Apply(map))
            .await?;
    }
    Ok(istio)
}

async fn deploy(site: &Site, namespace: &str, mut template: Value) -> Result<()> {
    template["metadata"]["labels"]["app"] = json!("web");
    template["spec"]["containers"] = json!([{"name": "app", "image": "registry.test/app:1"}]);
    template["spec"]["serviceAccountName"] = json!("default");
    site.create(&json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": namespace},
        "spec": {"selector": {"matchLabels": {"app": "web"}}, "template": template},
    }))
    .await
}

#[tokio::test]
async fn a_namespace_without_a_label() -> Result<()> {
    let setup = Setup::new("policy: enabled", &[], &[]).await?;
    setup.deploy(json!({})).await?;
    setup.mended(
        "webhook",
        "neither the namespace nor the Pod asks for a sidecar",
    )
}

#[tokio::test]
async fn a_pod_whose_label_says_no() -> Result<()> {
    let setup = Setup::with(json!({"metadata": {"labels": {INJECT: "false"}}})).await?;
    setup.mended("webhook", "label sidecar.istio.io/inject is \"false\"")
}

#[tokio::test]
async fn a_pod_on_the_hosts_network() -> Result<()> {
    let setup = Setup::with(json!({"spec": {"hostNetwork": true}})).await?;
    setup.mended("webhook", "uses the host's network")
}

#[tokio::test]
async fn a_policy_that_injects_nothing() -> Result<()> {
    let setup = Setup::new("policy: disabled", &[], ENABLED).await?;
    setup.deploy(json!({})).await?;
    setup.mended("injector", "the injector's policy is \"disabled\"")
}

#[tokio::test]
async fn no_webhook_at_all() -> Result<()> {
    let site = Site::alone().await?;
    let shop = site.namespace(ENABLED).await?;
    deploy(&site, &shop.name, json!({})).await?;
    let args = ["deploy/web", "-n", &shop.name];
    let explained = explain(site.kubeconfig, &args)?;
    let broken = explained.broken()?;
    assert!(
        broken.starts_with("webhook") && broken.contains("no injector is registered"),
        "{broken}"
    );
    assert_eq!(explained.commands(), ["outrigger webhook apply"]);
    explained.mend()?;
    // The webhook is there now, and the next link shows: nobody has installed what it calls.
    let after = explain(site.kubeconfig, &args)?;
    let broken = after.broken()?;
    assert!(
        broken.starts_with("connection") && broken.contains("does not exist"),
        "{}",
        after.text
    );
    Ok(())
}

#[tokio::test]
async fn a_ca_bundle_of_another_authority() -> Result<()> {
    let site = Site::new().await?;
    let istio = configured(&site, "policy: enabled").await?;
    let own = ["--namespace", &istio.name, "--istio-namespace", &istio.name];
    // It keeps the bundle of a webhook that nobody has registered.
    let kept = ["--webhook-config", "nobodys"];
    let mut outrigger = Outrigger::serve_kept(site.kubeconfig, &[&own[..], &kept].concat())?;
    outrigger.wait_until_ready().await?;
    let port = outrigger.port();
    site.create(&json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "outrigger", "namespace": istio.name},
        "spec": {"type": "ExternalName", "externalName": "localhost"},
    }))
    .await?;
    let other = Outrigger::serve(&[]).await?;
    let (port, file) = (port.to_string(), other.ca_file());
    let args = [
        "--namespace",
        &istio.name,
        "--port",
        &port,
        "--ca-bundle",
        &file.to_string_lossy(),
    ];
    site.register_printed("injector", &args).await?;
    let shop = site.namespace(ENABLED).await?;
    deploy(&site, &shop.name, json!({})).await?;

    let args = [
        "deploy/web",
        "-n",
        &shop.name,
        "--istio-namespace",
        &istio.name,
    ];
    let explained = explain(site.kubeconfig, &args)?;
    let broken = explained.broken()?;
    assert!(
        broken.starts_with("certificate")
            && broken.contains("caBundle does not verify the injector's certificate"),
        "{}",
        explained.text
    );
    assert!(broken.contains("x509"), "{broken}");
    explained.mend()?;
    outrigger_apiserver_tests::eventually("the new bundle is used", async || {
        explain(site.kubeconfig, &args).is_ok_and(|e| e.status == Some(0))
    })
    .await
}

#[tokio::test]
async fn an_api_server_behind_a_proxy() -> Result<()> {
    let site = Site::behind_proxy().await?;
    let istio = configured(&site, "policy: enabled").await?;
    let url = ["--url", "https://injector.test/inject"];
    site.register_printed("injector", &url).await?;
    let shop = site.namespace(ENABLED).await?;
    deploy(&site, &shop.name, json!({})).await?;
    let args = [
        "deploy/web",
        "-n",
        &shop.name,
        "--istio-namespace",
        &istio.name,
    ];
    let explained = explain(site.kubeconfig, &args)?;
    let broken = explained.broken()?;
    assert!(
        broken.starts_with("connection")
            && broken.contains("calls through a proxy")
            && broken.contains("proxyconnect"),
        "{}",
        explained.text
    );
    assert!(
        explained
            .text
            .contains("to no_proxy in the manifest of kube-apiserver"),
        "{}",
        explained.text
    );
    Ok(())
}

#[tokio::test]
async fn an_injector_that_is_away() -> Result<()> {
    let mut setup = Setup::with(json!({})).await?;
    setup.outrigger.kill();
    let explained = setup.explain(&["deploy/web"])?;
    let broken = explained.broken()?;
    assert!(
        broken.starts_with("connection")
            && broken.contains("nothing listens where the API server calls, so the Pod is refused"),
        "{}",
        explained.text
    );
    setup.outrigger.restart().await?;
    assert_eq!(setup.explain(&["deploy/web"])?.status, Some(0));
    Ok(())
}

#[tokio::test]
async fn a_namespace_whose_pod_security_refuses_the_init_container() -> Result<()> {
    for level in ["baseline", "restricted"] {
        let enforced = [ENABLED, &[("pod-security.kubernetes.io/enforce", level)]].concat();
        let setup = Setup::new("policy: enabled", &[], &enforced).await?;
        // What the restricted level asks of the application, so that only the sidecar offends.
        setup
            .deploy(json!({"spec": {"securityContext": {
                "runAsNonRoot": true, "runAsUser": 1000, "seccompProfile": {"type": "RuntimeDefault"},
            }}}))
            .await?;
        let explained = setup.explain(&["deploy/web"])?;
        assert!(explained.text.contains("CNI"), "{}", explained.text);
        setup.mended("pod security", "NET_ADMIN")?;
    }
    Ok(())
}

#[tokio::test]
async fn an_annotation_that_is_not_accepted() -> Result<()> {
    let port = "status.sidecar.istio.io/port";
    let setup = Setup::with(json!({"metadata": {"annotations": {port: "high"}}})).await?;
    setup.mended("injector", port)
}

#[tokio::test]
async fn a_template_that_there_is_not() -> Result<()> {
    let annotations = json!({"inject.istio.io/templates": "sidecar,tracing"});
    let setup = Setup::with(json!({"metadata": {"annotations": annotations}})).await?;
    setup.mended("injector", "requested template \"tracing\" not found")
}

#[tokio::test]
async fn a_revision_that_there_is_not() -> Result<()> {
    let labels = [("istio.io/rev", "1-20")];
    let setup = Setup::new("policy: enabled", &[], &labels).await?;
    setup.deploy(json!({})).await?;
    setup.mended(
        "webhook",
        "istio.io/rev=1-20, and there is no such revision but default",
    )
}

#[tokio::test]
async fn two_injectors_for_one_pod() -> Result<()> {
    let setup = Setup::with(json!({})).await?;
    setup.site.install("second", &setup.outrigger, &[]).await?;
    let explained = setup.explain(&["deploy/web"])?;
    assert_eq!(explained.status, Some(0), "{}", explained.text);
    assert!(explained.text.contains("! webhook"), "{}", explained.text);
    assert!(
        explained
            .text
            .contains("all select it: it is injected by each"),
        "{}",
        explained.text
    );
    assert!(
        explained
            .text
            .contains("kubectl delete mutatingwebhookconfiguration "),
        "{}",
        explained.text
    );
    Ok(())
}

#[tokio::test]
async fn a_pod_of_a_system_namespace() -> Result<()> {
    let setup = Setup::with(json!({})).await?;
    let system = setup.site.adopt("kube-public").await?;
    let label = json!({"metadata": {"labels": {"istio-injection": "enabled"}}});
    Api::<k8s_openapi::api::core::v1::Namespace>::all(setup.site.client.clone())
        .patch("kube-public", &PatchParams::default(), &Patch::Merge(label))
        .await?;
    deploy(&setup.site, &system.name, json!({})).await?;
    let args = [
        "deploy/web",
        "-n",
        &system.name,
        "--istio-namespace",
        &setup.istio.name,
    ];
    let explained = explain(setup.site.kubeconfig, &args)?;
    assert!(
        explained
            .broken()?
            .contains("Pods of the system's namespaces are never injected")
    );
    assert!(
        explained
            .text
            .contains("move the workload to a namespace of its own")
    );
    Ok(())
}

#[tokio::test]
async fn a_pod_that_is_older_than_the_label() -> Result<()> {
    let setup = Setup::new("policy: enabled", &[], &[]).await?;
    let mut bare = pod(&[], &[]);
    bare.metadata.generate_name = None;
    bare.metadata.name = Some("bare".into());
    setup.shop.add(&bare).await?;
    // The namespace is labelled by the command, and the Pod made anew by the one after it.
    let explained = setup.explain(&["pod/bare"])?;
    assert_eq!(explained.commands().len(), 2, "{}", explained.text);
    explained.mend()?;
    let after = setup.explain(&["pod/bare"])?;
    assert_eq!(after.status, Some(0), "{}", after.text);
    assert!(
        after
            .text
            .contains("the Pod has a sidecar, from revision default"),
        "{}",
        after.text
    );
    Ok(())
}

#[tokio::test]
async fn a_sidecar_of_an_older_revision() -> Result<()> {
    let setup = Setup::new("policy: enabled", &[], &[]).await?;
    let status = r#"{"initContainers":null,"containers":["istio-proxy"],"volumes":null,"imagePullSecrets":null,"revision":"1-20"}"#;
    let old = setup
        .shop
        .create(&pod(&[], &[("sidecar.istio.io/status", status)]))
        .await?;
    let label = json!({"metadata": {"labels": {"istio-injection": "enabled"}}});
    Api::<k8s_openapi::api::core::v1::Namespace>::all(setup.site.client.clone())
        .patch(
            &setup.shop.name,
            &PatchParams::default(),
            &Patch::Merge(label),
        )
        .await?;
    let name = old.name_any();
    let explained = setup.explain(&["pod", &name])?;
    assert_eq!(explained.status, Some(0), "{}", explained.text);
    assert!(
        explained
            .text
            .contains("was injected by revision 1-20; a new one would be by revision default"),
        "{}",
        explained.text
    );
    explained.mend()?;
    assert!(
        setup
            .explain(&["pod", &name])?
            .text
            .contains("from revision default")
    );
    Ok(())
}

#[tokio::test]
async fn a_namespace_as_a_table() -> Result<()> {
    let setup = Setup::with(json!({"metadata": {"labels": {INJECT: "false"}}})).await?;
    let pods = Api::<Pod>::namespaced(setup.site.client.clone(), &setup.shop.name);
    pods.create(&PostParams::default(), &pod(&[], &[])).await?;
    pods.create(&PostParams::default(), &pod(&[(INJECT, "false")], &[]))
        .await?;
    let explained = setup.explain(&[])?;
    assert_eq!(explained.status, Some(1), "{}", explained.text);
    let rows: Vec<_> = explained
        .text
        .lines()
        .map(|l| l.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(rows[0], "VERDICT PODS WORKLOAD REASON");
    assert!(
        rows[1].starts_with("not injected 1 Pod ") && rows[1].ends_with("skipped:label-false"),
        "{rows:#?}"
    );
    let deployment = format!(
        "not injected 0 Deployment {}/web skipped:label-false",
        setup.shop.name
    );
    assert_eq!(rows[2], deployment);
    assert!(rows[3].starts_with("injected 1 Pod "), "{rows:#?}");
    assert_eq!(
        rows[4],
        "1 Pods without a sidecar, 1 with one, 0 of which it cannot be told"
    );

    let json = setup.explain(&["-o", "json"])?;
    let rows: Value = serde_json::from_str(&json.text)?;
    assert_eq!(rows[0]["reason"], "skipped:label-false");
    Ok(())
}

#[tokio::test]
async fn what_may_not_be_read_is_told_with_the_missing_right() -> Result<()> {
    let setup = Setup::with(json!({})).await?;
    // Somebody who may read workloads and nothing else.
    let role = format!("{}-reader", setup.shop.name);
    setup
        .site
        .create(&json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": role},
            "rules": [{"apiGroups": ["", "apps"], "resources": ["pods", "deployments"], "verbs": ["get", "list"]}],
        }))
        .await?;
    setup
        .site
        .create(&json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": role},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": role}],
        }))
        .await?;
    let kubeconfig = fs::read_to_string(setup.site.kubeconfig)?;
    let kubeconfig = kubeconfig.replace(
        "token: admin-token",
        &format!("token: admin-token, as: {role}"),
    );
    let mut file = NamedTempFile::new()?;
    file.write_all(kubeconfig.as_bytes())?;
    let explained = explain(file.path(), &["deploy/web", "-n", &setup.shop.name])?;
    assert_eq!(explained.status, Some(2), "{}", explained.text);
    for right in [
        "the right to get namespaces",
        "the right to list mutatingwebhookconfigurations.admissionregistration.k8s.io",
        "the right to create pods",
    ] {
        assert!(
            explained.text.contains(right),
            "{right}: {}",
            explained.text
        );
    }
    Ok(())
}

#[tokio::test]
async fn what_is_printed_is_known_by_its_conditions() -> Result<()> {
    // Foreign conditions are not evaluated; those that are printed must never be taken for such.
    for object in print(&[])? {
        for webhook in object["webhooks"].as_array().into_iter().flatten() {
            for condition in webhook["matchConditions"].as_array().into_iter().flatten() {
                let expression = condition["expression"].as_str().unwrap_or_default();
                assert!(
                    outrigger::webhook::Condition::of(expression).is_some(),
                    "{expression}"
                );
            }
        }
    }
    Ok(())
}
