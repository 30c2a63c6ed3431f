//! The answer of a cluster.

use std::collections::BTreeSet;

use anyhow::{Context as _, anyhow, bail};
use clap::Parser as _;
use kube::Client;
use outrigger_json::Value;

use super::{
    super::{Cli, Command, cluster::usual_config_maps, progress::Progress},
    Args, Found,
    names::{self, Named, WORKLOADS},
};
use crate::{
    cluster::{Gather, Install, Look, PODS, Resource, as_selector, build},
    explain::{self, Explanation, Facts, Known, Registered, Subject, Summary, author},
    workload::{Reference, made},
};

/// The Secret with the certificate, where the injector's arguments name no other.
const SECRET: &str = "outrigger-certificate";

/// Explains what is asked about.
pub(super) async fn explain(args: &Args, client: Client) -> anyhow::Result<Found> {
    let look = Look::new(client);
    let named = names::read(&args.objects)?;
    let install =
        |registered: &Registered, arguments: Option<&[String]>| args.install(registered, arguments);
    let gather = Gather {
        look: &look,
        install: &install,
    };
    let mut facts = gather.facts().await;
    if args.config.has_files() {
        let injector = build(&args.config.read()?, args.config.settings(), None);
        for known in facts.injectors.values_mut() {
            known.clone_from(&injector);
        }
    }
    let asked = Asked { gather, facts };
    if named.is_empty() {
        let namespace = args.namespace.as_deref().unwrap_or_default();
        return asked.all(&[namespace]).await.map(Found::Table);
    }
    let namespaces: Vec<_> = named
        .iter()
        .filter(|n| n.resource.kind == "Namespace")
        .collect();
    if namespaces.len() == named.len() {
        let namespaces: Vec<_> = namespaces.iter().map(|n| &*n.name).collect();
        return asked.all(&namespaces).await.map(Found::Table);
    }
    if !namespaces.is_empty() {
        bail!("namespaces make a table, other objects do not: ask about them one after the other");
    }
    let default = look.default_namespace().to_owned();
    let namespace = args.namespace.clone().unwrap_or(default);
    asked.each(&named, &namespace).await.map(Found::Each)
}

impl Args {
    /// What the injector of a configuration was started with: what its container's arguments say, else the usual.
    pub(super) fn install(&self, registered: &Registered, arguments: Option<&[String]>) -> Install {
        let serve = arguments.and_then(|arguments| {
            let words = std::iter::once("outrigger").chain(arguments.iter().map(String::as_str));
            match Cli::try_parse_from(words).ok()?.command {
                Command::Serve(args) => Some(args.install()),
                _ => None,
            }
        });
        let mut install = serve.unwrap_or_else(|| {
            let revision = &registered.revision;
            let mut settings = self.config.settings();
            settings.revision.clone_from(revision);
            Install {
                config_maps: Some(usual_config_maps(revision)),
                settings,
                secret: SECRET.to_owned(),
            }
        });
        if let Some(names) = &mut install.config_maps {
            let given = &self.installed;
            for (name, given) in [
                (&mut names.namespace, &given.istio_namespace),
                (&mut names.injector, &given.injector_configmap),
                (&mut names.mesh, &given.mesh_configmap),
            ] {
                if let Some(given) = given {
                    name.clone_from(given);
                }
            }
        }
        install
    }
}

/// A question to a cluster.
struct Asked<'g> {
    gather: Gather<'g>,
    facts: Facts,
}

impl Asked<'_> {
    /// Explains some objects, each with its Pods and a dry run.
    async fn each(mut self, named: &[Named], namespace: &str) -> anyhow::Result<Vec<Explanation>> {
        self.gather.namespace(namespace, &mut self.facts).await;
        let mut all = Vec::new();
        for Named { resource, name } in named {
            let found = self.gather.look.get(*resource, namespace, name).await;
            let mut object = known(found)?
                .with_context(|| format!("{} {namespace}/{name} does not exist", resource.kind))?;
            if let Some(object) = object.as_object_mut() {
                object.insert("apiVersion", resource.api_version);
                object.insert("kind", resource.kind);
            }
            all.push(self.one(&object).await?);
        }
        Ok(all)
    }

    async fn one(&self, object: &Value<'static>) -> anyhow::Result<Explanation> {
        let reference = Reference::of(object);
        let pod = made(object).with_context(|| format!("{reference} has no Pod template"))?;
        let (template, existing) = if reference.kind == "Pod" {
            (owner(object), vec![object.clone()])
        } else {
            (reference.clone(), self.pods_of(&reference, object).await?)
        };
        let author = author(&pod, &template);
        let answer = self.gather.look.ask(&author, &reference.namespace).await;
        let subject = Subject {
            object: reference,
            template,
            pod: &author,
            existing: &existing,
            answer: Some(answer),
        };
        Ok(explain::explain(&subject, &self.facts))
    }

    /// The Pods of a workload that run or are to run.
    async fn pods_of(
        &self,
        template: &Reference,
        object: &Value<'_>,
    ) -> anyhow::Result<Vec<Value<'static>>> {
        let labels = object
            .at(&["spec", "selector", "matchLabels"])
            .and_then(Value::as_object);
        let labels = labels.map(as_selector).unwrap_or_default();
        let pods = self
            .gather
            .look
            .list(PODS, &template.namespace, &labels)
            .await;
        let mut pods = known(pods)?;
        pods.retain(|pod| {
            let owner = owner(pod);
            let is_owned = if template.kind == "ReplicaSet" || template.kind == "Job" {
                controller(pod) == Some((&template.kind, &template.name))
            } else {
                owner.kind == template.kind && owner.name == template.name
            };
            is_owned && !is_finished(pod)
        });
        Ok(pods)
    }

    /// All Pods of some namespaces, the empty one standing for all, and the workloads that have none.
    async fn all(mut self, namespaces: &[&str]) -> anyhow::Result<Summary> {
        let mut summary = Summary::default();
        let mut seen = BTreeSet::new();
        let mut looked_at = 0;
        let mut progress = Progress::new("Pods");
        for namespace in namespaces {
            let look = self.gather.look;
            let listed = look
                .each(PODS, namespace, "", async |pods, more| {
                    for pod in pods.iter().filter(|pod| !is_finished(pod)) {
                        self.namespace_of(pod).await;
                        let template = owner(pod);
                        let author = author(pod, &template);
                        let explanation = explain::explain(
                            &Subject {
                                object: template.clone(),
                                template: template.clone(),
                                pod: &author,
                                existing: std::slice::from_ref(pod),
                                answer: None,
                            },
                            &self.facts,
                        );
                        summary.add(&explanation, 1);
                        seen.insert((template.namespace, template.kind, template.name));
                    }
                    looked_at += pods.len();
                    progress.set(looked_at, looked_at + more);
                })
                .await;
            known(listed)?;
            for resource in WORKLOADS {
                self.without_pods(resource, namespace, &seen, &mut summary)
                    .await?;
            }
        }
        Ok(summary)
    }

    /// Adds the workloads of a kind that have no Pods; it may be that theirs are refused.
    async fn without_pods(
        &mut self,
        resource: Resource,
        namespace: &str,
        seen: &BTreeSet<(String, String, String)>,
        summary: &mut Summary,
    ) -> anyhow::Result<()> {
        let look = self.gather.look;
        let listed = look
            .each(resource, namespace, "", async |objects, _| {
                for object in &objects {
                    let reference = Reference::of(object);
                    let key = (
                        reference.namespace.clone(),
                        reference.kind.clone(),
                        reference.name.clone(),
                    );
                    let Some(pod) = made(object) else { continue };
                    if seen.contains(&key) || controller(object).is_some() || is_over(object) {
                        continue;
                    }
                    self.namespace_of(object).await;
                    let author = author(&pod, &reference);
                    let answer = look.ask(&author, &reference.namespace).await;
                    let subject = Subject {
                        object: reference.clone(),
                        template: reference,
                        pod: &author,
                        existing: &[],
                        answer: Some(answer),
                    };
                    summary.add(&explain::explain(&subject, &self.facts), 0);
                }
            })
            .await;
        known(listed)
    }

    async fn namespace_of(&mut self, object: &Value<'_>) {
        let namespace = object
            .at(&["metadata", "namespace"])
            .and_then(Value::as_str);
        let namespace = namespace.unwrap_or_default();
        self.gather.namespace(namespace, &mut self.facts).await;
    }
}

/// Without the objects that are asked about there is nothing to explain.
fn known<T>(known: Known<T>) -> anyhow::Result<T> {
    known.map_err(|unknown| anyhow!("{unknown}"))
}

/// The object that has the template of a Pod: the Pod itself, where nothing made it.
fn owner(pod: &Value<'_>) -> Reference {
    let reference = Reference::of(pod);
    let owner = crate::inject::owner_of(pod, &reference.namespace);
    Reference {
        api_version: owner.api_version.to_owned(),
        kind: owner.kind.to_owned(),
        namespace: reference.namespace.clone(),
        name: owner.name.to_owned(),
    }
}

/// Kind and name of the object that made another.
fn controller<'o>(object: &'o Value<'_>) -> Option<(&'o str, &'o str)> {
    let owners = object.at(&["metadata", "ownerReferences"])?.as_array()?;
    let owner = owners
        .iter()
        .find(|o| o.get("controller").and_then(Value::as_bool) == Some(true))?;
    Some((owner.get("kind")?.as_str()?, owner.get("name")?.as_str()?))
}

/// Whether a Pod has run and runs no more.
fn is_finished(pod: &Value<'_>) -> bool {
    let phase = pod.at(&["status", "phase"]).and_then(Value::as_str);
    matches!(phase, Some("Succeeded" | "Failed"))
}

/// Whether a Job has run.
fn is_over(object: &Value<'_>) -> bool {
    object.at(&["status", "completionTime"]).is_some()
}
