//! One reason, every channel: whatever is decided on a Pod is the same word in the answer to who creates it, the server's log
//! and metrics, the API server's audit log, the Event on the workload, and the answers of `explain` and `inject`.

use std::io::Write as _;

use anyhow::{Context as _, Result, ensure};
use k8s_openapi::api::{apps::v1::ReplicaSet, events::v1::Event};
use kube::{
    Api, Resource as _,
    api::{ListParams, PostParams},
};
use outrigger::inject::Reason;
use outrigger_apiserver_tests::{
    Namespace, Outrigger, Posted, Site, eventually, explain,
    pod::pod,
    webhook::{FailurePolicy::Fail, every_pod},
};
use serde_json::{Value, json};
use tempfile::NamedTempFile;

use crate::{ENABLED, explain::configured};

/// Labels of a namespace or of a Pod.
type Labels = &'static [(&'static str, &'static str)];

/// How a reason comes about.
struct Case {
    /// The configuration of the injector.
    config: &'static str,
    namespace: Where,
    /// What the Pod's template has beside a container.
    template: Value,
    /// Whether a manifest is decided on in the same way, which knows nothing of namespaces and policies.
    in_manifests: bool,
}

/// Where a Pod is created.
enum Where {
    /// In a namespace of its own with these labels.
    Labelled(Labels),
    /// In such a one, of an injector that is told the labels of namespaces: in a cluster the selectors of the webhook decide.
    Listed(Labels),
    /// In one of the system's.
    System,
    /// Nowhere: an API server does not send such a review, so that it is posted past it.
    Direct(Value),
}

/// The configuration of most cases. Its templates go wrong for Pods that ask for it.
const CONFIG: &str = r#"
policy: enabled
neverInjectSelector: [{matchLabels: {job: nightly}}]
templates:
  unfinished: '{{ if index .ObjectMeta.Annotations "break" }}{{ fail "as asked" }}{{ end }}'
  nameless: '{{ if index .ObjectMeta.Annotations "break" }}{spec: {containers: [{image: a}]}}{{ end }}'
"#;

fn case(namespace: Labels, template: Value) -> Case {
    Case {
        config: CONFIG,
        namespace: Where::Labelled(namespace),
        template,
        in_manifests: true,
    }
}

fn labelled(key: &str, value: &str) -> Value {
    json!({"metadata": {"labels": {key: value}}})
}

fn annotated(annotations: &[(&str, &str)]) -> Value {
    let annotations = annotations.iter().map(|(k, v)| ((*k).to_owned(), json!(v)));
    json!({"metadata": {"annotations": annotations.collect::<serde_json::Map<_, _>>()}})
}

/// A case for each reason; a reason without one fails the test.
fn case_of(reason: Reason) -> Option<Case> {
    let inject = "sidecar.istio.io/inject";
    let of_namespace = |labels, template| Case {
        in_manifests: false,
        ..case(labels, template)
    };
    let listed = |labels| Case {
        namespace: Where::Listed(labels),
        ..of_namespace(&[], json!({}))
    };
    let broken = |template| annotated(&[("inject.istio.io/templates", template), ("break", "yes")]);
    Some(match reason {
        Reason::Injected => case(ENABLED, json!({})),
        Reason::HostNetwork => case(ENABLED, json!({"spec": {"hostNetwork": true}})),
        Reason::Windows => case(ENABLED, json!({"spec": {"os": {"name": "windows"}}})),
        Reason::SystemNamespace => Case {
            namespace: Where::System,
            ..of_namespace(&[], labelled(inject, "true"))
        },
        Reason::NamespaceDisabled => listed(&[("istio-injection", "disabled")]),
        Reason::OtherRevision => listed(&[("istio.io/rev", "other")]),
        Reason::NotSelected => listed(&[]),
        Reason::LabelFalse => case(ENABLED, labelled(inject, "false")),
        Reason::AnnotationFalse => case(ENABLED, annotated(&[(inject, "false")])),
        Reason::NeverSelector => of_namespace(ENABLED, labelled("job", "nightly")),
        Reason::PolicyDisabled => Case {
            config: "policy: disabled",
            ..of_namespace(ENABLED, json!({}))
        },
        Reason::PolicyUnknown => Case {
            config: "policy: sometimes",
            ..of_namespace(ENABLED, json!({}))
        },
        Reason::NotAPod => Case {
            namespace: Where::Direct(
                json!({"kind": {"group": "", "version": "v1", "kind": "ConfigMap"}}),
            ),
            ..of_namespace(&[], json!({}))
        },
        Reason::Unreadable => Case {
            namespace: Where::Direct(json!({"object": {"metadata": {"labels": ["a"]}}})),
            ..of_namespace(&[], json!({}))
        },
        Reason::AnnotationInvalid => case(
            ENABLED,
            annotated(&[("status.sidecar.istio.io/port", "high")]),
        ),
        Reason::TemplateUnknown => case(
            ENABLED,
            annotated(&[("inject.istio.io/templates", "tracing")]),
        ),
        Reason::TemplateFailed => case(ENABLED, broken("unfinished")),
        Reason::MergeFailed => case(ENABLED, broken("nameless")),
        Reason::PrometheusInvalid => case(
            ENABLED,
            annotated(&[
                ("prometheus.io/scrape", "true"),
                ("prometheus.io/port", "http"),
            ]),
        ),
        _ => return None,
    })
}

/// An injector with one configuration that is sent every Pod of its site.
struct Install {
    site: Site,
    outrigger: Outrigger,
    config: &'static str,
    /// What `explain` has to be told of it.
    told: Vec<String>,
}

impl Install {
    async fn new(config: &'static str) -> Result<Self> {
        let site = Site::new().await?;
        let istio = configured(&site, config).await?;
        let told = ["--istio-namespace", &istio.name];
        let args = [&told[..], &["--log-format", "json"]].concat();
        let mut outrigger = Outrigger::serve_in(site.kubeconfig, &args)?;
        outrigger.wait_until_ready().await?;
        Self::registered(site, outrigger, config, &told).await
    }

    /// One that is told the labels of the site's namespaces.
    async fn listing(site: Site, namespaces: &NamedTempFile) -> Result<Self> {
        let told = ["--namespaces", &namespaces.path().to_string_lossy()];
        let args = [&told[..], &["--log-format", "json"]].concat();
        let outrigger = Outrigger::serve(&args).await?;
        Self::registered(site, outrigger, "policy: enabled", &told).await
    }

    async fn registered(
        site: Site,
        outrigger: Outrigger,
        config: &'static str,
        told: &[&str],
    ) -> Result<Self> {
        site.register("every", &outrigger, Fail, [every_pod()])
            .await?;
        Ok(Self {
            site,
            outrigger,
            config,
            told: told.iter().map(ToString::to_string).collect(),
        })
    }

    fn decided(&self, reason: Reason) -> u64 {
        let code = reason.code();
        let decision = code.split(':').next().unwrap_or(code);
        let labels = format!("decision=\"{decision}\",reason=\"{code}\"");
        self.counted("outrigger_injections_total", &labels)
    }

    fn events_told(&self, result: &str) -> u64 {
        self.counted("outrigger_events_total", &format!("result=\"{result}\""))
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is a small count"
    )]
    fn counted(&self, name: &str, labels: &str) -> u64 {
        let counted = self.outrigger.metric(&format!("{name}{{{labels}}}"));
        counted.unwrap_or_default() as u64
    }

    /// The log's lines of Pods in a namespace, with the name or what it begins with.
    fn logged(&self, namespace: &str, name: &str) -> Vec<Value> {
        let log = self.outrigger.log();
        let lines = log
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines
            .filter(|line| line["namespace"] == namespace && line["name"] == name)
            .collect()
    }

    /// A Deployment and its `ReplicaSet`; gives the Pod that a controller would create.
    async fn workload(
        &self,
        namespace: &Namespace,
        name: &str,
        template: &Value,
    ) -> Result<Workload> {
        let mut template = template.clone();
        template["metadata"]["labels"]["app"] = json!(name);
        template["spec"]["containers"] = json!([{"name": "app", "image": "registry.test/app:1"}]);
        template["spec"]["serviceAccountName"] = json!("default");
        let spec = json!({"selector": {"matchLabels": {"app": name}}, "template": template});
        let deployment = json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": name, "namespace": namespace.name}, "spec": spec,
        });
        self.site.create(&deployment).await?;
        let made = self.site.get(&deployment).await?;
        let set = json!({"metadata": {"name": format!("{name}-1"), "ownerReferences": [{
            "apiVersion": "apps/v1", "kind": "Deployment", "name": name, "uid": made["metadata"]["uid"],
            "controller": true, "blockOwnerDeletion": true,
        }]}, "spec": spec});
        let sets = Api::<ReplicaSet>::namespaced(self.site.client.clone(), &namespace.name);
        let set = sets
            .create(&PostParams::default(), &serde_json::from_value(set)?)
            .await?;
        let mut pod = template;
        pod["metadata"]["generateName"] = json!(format!("{name}-1-"));
        pod["metadata"]["ownerReferences"] =
            json!([set.controller_owner_ref(&()).context("an owner")?]);
        Ok(Workload { deployment, pod })
    }

    /// The Events on Deployments of a namespace, each as the Deployment, the reason and the code, and whether it is whole.
    async fn events(&self, namespace: &str) -> Result<Vec<(String, String, String)>> {
        let events = Api::<Event>::namespaced(self.site.client.clone(), namespace);
        let events = events.list(&ListParams::default()).await?;
        let told = events.items.into_iter().map(|event| {
            let about = event.regarding.context("an object")?;
            ensure!(
                about.kind.as_deref() == Some("Deployment") && about.uid.is_some(),
                "{about:?}"
            );
            ensure!(
                event.type_.as_deref() == Some("Warning"),
                "{:?}",
                event.type_
            );
            let (code, note) = (
                event.action.context("a code")?,
                event.note.context("a note")?,
            );
            ensure!(note.starts_with(&code), "{note}");
            Ok((
                about.name.context("a name")?,
                event.reason.context("a reason")?,
                code,
            ))
        });
        told.collect()
    }

    /// What `outrigger inject` says of a manifest.
    fn report(&self, manifest: &Value) -> Result<String> {
        let mut files = Vec::new();
        for text in [self.config, &manifest.to_string()] {
            let mut file = NamedTempFile::with_suffix(".yaml")?;
            file.write_all(text.as_bytes())?;
            files.push(file);
        }
        let output = Outrigger::program()?
            .arg("inject")
            .arg("--injector-config")
            .arg(files[0].path())
            .arg("-f")
            .arg(files[1].path())
            .output()?;
        Ok(String::from_utf8(output.stderr)?)
    }
}

struct Workload {
    deployment: Value,
    pod: Value,
}

#[tokio::test]
async fn every_reason_is_in_every_channel() -> Result<()> {
    let installs = [CONFIG, "policy: disabled", "policy: sometimes"];
    let mut at = Vec::new();
    for config in installs {
        at.push(Install::new(config).await?);
    }
    let mut wrong = Vec::new();
    for reason in Reason::ALL {
        if let Err(error) = every_channel(&at, *reason).await {
            wrong.push(format!("{}: {error:#}", reason.code()));
        }
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

async fn every_channel(installs: &[Install], reason: Reason) -> Result<()> {
    let case = case_of(reason).context("there is no case")?;
    let install = installs.iter().find(|i| i.config == case.config);
    let install = install.context("an install with this configuration")?;
    let namespace = match &case.namespace {
        Where::Direct(request) => return direct(install, reason, request).await,
        Where::Labelled(labels) => install.site.namespace(labels).await?,
        Where::Listed(labels) => {
            let site = Site::new().await?;
            let namespace = site.namespace(labels).await?;
            let file = site.namespaces_file().await?;
            let install = Install::listing(site, &file).await?;
            return through_the_api_server(&install, reason, &case, &namespace).await;
        }
        Where::System => {
            let namespace = install.site.adopt("kube-node-lease").await?;
            let asks = pod(&[("sidecar.istio.io/inject", "true")], &[]);
            eventually(
                "the API server has seen that it is the site's",
                async || {
                    let created = namespace.try_create(&asks).await;
                    created.is_ok() && install.decided(reason) > 0
                },
            )
            .await?;
            namespace
        }
    };
    through_the_api_server(install, reason, &case, &namespace).await
}

/// Audit annotation from the API server's log, warning and message from what it answers.
async fn through_the_api_server(
    install: &Install,
    reason: Reason,
    case: &Case,
    namespace: &Namespace,
) -> Result<()> {
    let code = reason.code();
    let Workload { deployment, pod } = install.workload(namespace, "web", &case.template).await?;
    let dry = install.workload(namespace, "dry", &case.template).await?;
    // Nobody is told of a dry run; the server may have to hear of the namespace first.
    let start = install.decided(reason);
    eventually("a dry run is decided on", async || {
        let answer = namespace.try_json(&dry.pod).await;
        answer.is_err() == reason.is_failure() && install.decided(reason) > start
    })
    .await?;
    let (before, repeated) = (install.decided(reason), install.events_told("repeated"));

    let Posted {
        is_created,
        warnings,
        body,
    } = namespace.post(&pod).await?;

    ensure!(is_created != reason.is_failure(), "{body}");
    let told = if reason.is_failure() {
        &body
    } else {
        &warnings
    };
    // In a header as in JSON.
    let told = told.replace("\\\"", "\"");
    ensure!(
        told.contains(reason.sentence()) == reason.is_told(),
        "{told}"
    );
    ensure!(warnings.lines().all(|line| line.len() < 160), "{warnings}");
    let logged = install.logged(&namespace.name, "web-1-");
    let counted = install.decided(reason) - before;
    ensure!(counted == 1, "{counted} are counted, not 1: {logged:?}");
    let [line] = &*logged else {
        anyhow::bail!("not one line of the log: {logged:?}");
    };
    ensure!(
        line["reason"] == code && line["uid"].as_str().is_some_and(|u| u.len() == 36),
        "{line}"
    );
    let noted =
        |event: &Value| event["annotations"]["every.sidecar-injector.istio.io/reason"] == code;
    eventually("the audit log has the reason, of both", async || {
        let audited = install.site.audited(&namespace.name);
        audited.is_ok_and(|events| events.iter().filter(|event| noted(event)).count() >= 2)
    })
    .await?;

    // Who is told is told once.
    namespace.post(&pod).await?;
    if reason.is_told() {
        eventually("the second is counted as repeated", async || {
            install.events_told("repeated") > repeated
        })
        .await?;
    }
    let kind = if reason.is_failure() {
        "SidecarRefused"
    } else {
        "SidecarSkipped"
    };
    let event = ("web".to_owned(), kind.to_owned(), code.to_owned());
    let events = install.events(&namespace.name).await?;
    ensure!(
        events == Vec::from_iter(reason.is_told().then_some(event)),
        "{events:?}"
    );

    let args = ["deploy/web", "-n", &namespace.name, "-o", "json"];
    let own: Vec<_> = install.told.iter().map(String::as_str).collect();
    let explained = explain(install.site.kubeconfig, &[&args[..], &own].concat())?;
    let explanation: Value = serde_json::from_str(&explained.text)?;
    let explanation = explanation.get(0).unwrap_or(&explanation);
    ensure!(explanation["reason"] == code, "{explanation:#}");

    if case.in_manifests && reason != Reason::Injected {
        let report = install.report(&deployment)?;
        ensure!(report.contains(reason.sentence()), "{report}");
        ensure!(report.contains(reason.remedy()), "{report}");
    }
    Ok(())
}

/// Audit annotation and message from the answer itself. Without a Pod there is no workload to tell or to explain.
async fn direct(install: &Install, reason: Reason, request: &Value) -> Result<()> {
    let code = reason.code();
    let mut review = json!({"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "request": {
        "uid": format!("uid-of-{code}"), "kind": {"group": "", "version": "v1", "kind": "Pod"},
        "name": "web", "namespace": code, "operation": "CREATE", "object": {"metadata": {"name": "web"}},
    }});
    for (key, value) in request.as_object().into_iter().flatten() {
        review["request"][key] = value.clone();
    }
    let before = install.decided(reason);

    let answer = install.outrigger.answer(&review).await?;

    let response = &answer["response"];
    ensure!(response["auditAnnotations"]["reason"] == code, "{response}");
    ensure!(response["allowed"] == !reason.is_failure(), "{response}");
    if reason.is_failure() {
        let message = response["status"]["message"].as_str().unwrap_or_default();
        ensure!(message.contains(reason.sentence()), "{message}");
    }
    ensure!(install.decided(reason) == before + 1, "the metric");
    let logged = install.logged(code, "web");
    ensure!(
        logged.len() == 1 && logged[0]["reason"] == code,
        "{logged:?}"
    );
    ensure!(logged[0]["uid"] == format!("uid-of-{code}"), "{logged:?}");
    Ok(())
}
