//! The answer without a cluster: what files say.

use std::{collections::BTreeMap, sync::Arc, time::SystemTime};

use anstyle::AnsiColor;
use anyhow::{Context as _, bail};
use outrigger_json::Value;

use super::{
    super::{manifests::each_object, tell},
    Args,
};
use crate::{
    cluster::{build, read_namespace},
    config::{Settings, Snapshot, Sources, Text},
    explain::{self, Explanation, Facts, Known, Registered, Subject, author},
    webhook::{self, Endpoint, FailurePolicy, ReinvocationPolicy},
    workload::{Reference, made, objects},
};

/// The namespace of manifests that name none.
const DEFAULT_NAMESPACE: &str = "default";

/// What the files hold.
#[derive(Default)]
struct Held {
    namespaces: Vec<Value<'static>>,
    registered: Vec<Registered>,
    /// By their names.
    config_maps: BTreeMap<String, Text>,
    workloads: Vec<Value<'static>>,
}

/// Explains each workload of the files.
pub(super) fn explain(args: &Args) -> anyhow::Result<Vec<Explanation>> {
    let mut held = Held::default();
    for path in &args.paths {
        each_object(path, args.recursive, &mut |object| {
            for object in objects(object) {
                held.take(object);
            }
        })?;
    }
    if held.workloads.is_empty() {
        bail!("there is no workload in the files");
    }
    let facts = held.facts(args)?;
    let fallback = args.namespace.as_deref().unwrap_or(DEFAULT_NAMESPACE);
    held.workloads
        .iter()
        .map(|object| one(object, fallback, &facts))
        .collect()
}

fn one(object: &Value<'_>, namespace: &str, facts: &Facts) -> anyhow::Result<Explanation> {
    let mut reference = Reference::of(object);
    if reference.namespace.is_empty() {
        namespace.clone_into(&mut reference.namespace);
    }
    let pod = made(object).with_context(|| format!("{reference} has no Pod template"))?;
    let author = author(&pod, &reference);
    Ok(explain::explain(
        &Subject {
            template: reference.clone(),
            object: reference,
            pod: &author,
            existing: &[],
            answer: None,
        },
        facts,
    ))
}

impl Held {
    fn take(&mut self, object: &Value<'static>) {
        let reference = Reference::of(object);
        match &*reference.kind {
            "Namespace" => self.namespaces.push(object.clone()),
            "MutatingWebhookConfiguration" => self.registered.extend(Registered::read(object)),
            "ConfigMap" => {
                let text = Text {
                    name: reference.to_string(),
                    text: object.to_string(),
                };
                self.config_maps.insert(reference.name, text);
            }
            _ if made(object).is_some() => self.workloads.push(object.clone()),
            _ => {}
        }
    }

    /// What the files say, and the options besides, which count more.
    fn facts(&mut self, args: &Args) -> anyhow::Result<Facts> {
        let mut sources = args.config.read()?;
        let mut namespaces = BTreeMap::new();
        for object in &self.namespaces {
            let known: Known<_> = Ok(Some(Arc::new(read_namespace(object))));
            namespaces.insert(Reference::of(object).name, known);
        }
        // Their labels are the webhooks' business, not the injector's.
        let listed = Sources {
            namespaces: sources.namespaces.take(),
            ..Sources::default()
        };
        let listed = Snapshot::build(&listed, Settings::default())?.namespaces;
        for (name, namespace) in listed.into_iter().flatten() {
            namespaces.insert(name, Ok(Some(namespace)));
        }
        if self.registered.is_empty() {
            let assumed = assumed(args)?;
            let text = format!(
                "there is no MutatingWebhookConfiguration in the files; one is assumed as 'outrigger webhook print' makes it for revision {}",
                assumed.revision
            );
            tell(AnsiColor::Cyan, "note", &text)?;
            self.registered.push(assumed);
        }
        let injectors = self.registered.iter().map(|registered| {
            let install = args.install(registered, None);
            let mut sources = sources.clone();
            if let Some(names) = &install.config_maps {
                let held = |name: &str| self.config_maps.get(name).cloned();
                sources.injector = sources.injector.or_else(|| held(&names.injector));
                sources.mesh = sources.mesh.or_else(|| held(&names.mesh));
            }
            let injector = build(&sources, install.settings, None);
            (registered.name.clone(), injector)
        });
        Ok(Facts {
            from_files: true,
            injectors: injectors.collect(),
            namespaces,
            labelled: BTreeMap::new(),
            registered: Ok(std::mem::take(&mut self.registered)),
            services: BTreeMap::new(),
            served: BTreeMap::new(),
            now: SystemTime::now(),
        })
    }
}

/// The webhook of an install that nobody has changed.
fn assumed(args: &Args) -> anyhow::Result<Registered> {
    let settings = webhook::Settings {
        revision: args.config.settings().revision.parse()?,
        tags: Vec::new(),
        namespaces_by_default: false,
        namespace: "outrigger-system".to_owned(),
        endpoint: Endpoint::Service {
            name: "outrigger".to_owned(),
            path: "/inject".to_owned(),
            port: 443,
        },
        ca_bundle: None,
        failure_policy: FailurePolicy::default(),
        reinvocation_policy: ReinvocationPolicy::default(),
        timeout_seconds: 5,
    };
    Registered::read(&webhook::configuration(&settings)).context("a configuration has entries")
}
