//! `outrigger krm`.

use std::{
    io::{self, Read as _, Write as _},
    process::ExitCode,
};

use anstyle::AnsiColor;
use anyhow::{Context as _, bail};
use outrigger_json::{Object, Value};

use super::{
    inject,
    manifests::{Document, Format},
    options::ConfigOptions,
    tell,
};
use crate::{
    config::{Snapshot, Sources, Text},
    inject::{Injector, Outcome},
    workload::Reference,
};

/// Where kustomize and kpt note the file that an item is from.
const PATHS: [&str; 2] = [
    "internal.config.kubernetes.io/path",
    "config.kubernetes.io/path",
];

/// Inject a ResourceList, as a function of kustomize or kpt.
///
/// Reads a ResourceList from standard input and writes it with the Pods in its items injected, as 'outrigger inject' would.
/// What is to be told of an item is one of the list's results: why a Pod was skipped, what is doubtful, and what is wrong.
///
/// The functionConfig may give the configuration, under 'spec', or under 'data' if it is a ConfigMap: the texts 'config',
/// 'values' and 'mesh' as in Istio's ConfigMaps, 'namespaces' and 'proxyConfigs', and the words 'revision',
/// 'nativeSidecars', 'platform' and 'compliancePolicy'. It comes before the options here.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  As a transformer of kustomize, in transformer.yaml beside kustomization.yaml, which lists it under 'transformers':
    apiVersion: outrigger.dev/v1
    kind: Inject
    metadata:
      name: inject
      annotations:
        config.kubernetes.io/function: |
          exec: {path: outrigger, args: [krm]}
    spec:
      nativeSidecars: true
      mesh: {trustDomain: example.org}

  Then build it, where programs may be run as functions:
    kustomize build --enable-alpha-plugins --enable-exec .

Exit status: 0 done, also if Pods were skipped; 1 an item cannot be injected, which the results tell; 2 the input is no
ResourceList, or the configuration is refused.")]
pub(super) struct Args {
    #[command(flatten)]
    config: ConfigOptions,
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let mut text = String::new();
        io::stdin()
            .read_to_string(&mut text)
            .context("cannot read standard input")?;
        let mut list = outrigger_yaml::parse(&text).context("standard input")?;
        if list.get("kind").and_then(Value::as_str) != Some("ResourceList") {
            bail!("standard input is no ResourceList; 'outrigger inject -f -' takes manifests");
        }
        let mut config = self.config;
        let mut sources = config.read()?;
        if let Some(function) = list.get("functionConfig").filter(|f| !f.is_null()) {
            configure(&mut config, &mut sources, function).context("functionConfig")?;
        }
        let snapshot = Snapshot::build(&sources, config.settings())?;
        let mut results = Vec::new();
        for warning in &snapshot.warnings {
            results.push(result(
                "warning",
                &warning.to_string(),
                None,
                &Reference::default(),
                None,
            ));
        }
        let injector = Injector::new(snapshot)?;

        let mut failed = false;
        if let Some(items) = list.get_mut("items").filter(|items| !items.is_null()) {
            let Some(items) = items.as_array_mut() else {
                bail!("standard input: items must be a list");
            };
            for item in items {
                failed |= !inject_item(&injector, item, &mut results)?;
            }
        }
        if let (Some(list), false) = (list.as_object_mut(), results.is_empty()) {
            let all = list.entry("results", || Vec::new().into());
            if let Some(all) = all.as_array_mut() {
                all.append(&mut results);
            }
        }
        io::stdout().write_all(outrigger_yaml::to_string(&list).as_bytes())?;
        Ok(ExitCode::from(u8::from(failed)))
    }
}

/// Injects an item and notes what is to be told of it; false: it cannot be injected, and stays as it is.
fn inject_item(
    injector: &Injector,
    item: &mut Value<'static>,
    results: &mut Vec<Value<'static>>,
) -> anyhow::Result<bool> {
    let file = path(item);
    let mut failed = false;
    let changed = {
        let document = Document {
            object: item,
            record: None,
        };
        // Nothing is added around the Pod: kustomize writes what it gets.
        inject::inject(
            injector,
            &document,
            Format::Patch,
            &mut |object, outcome| {
                let Outcome {
                    reason,
                    detail,
                    warnings,
                    result: pod,
                } = outcome;
                let mut note = |severity, message: &str, tag| {
                    results.push(result(severity, message, tag, object, file.as_deref()));
                };
                for warning in &warnings {
                    note("warning", warning, None);
                }
                if reason.is_failure() {
                    let message = format!("{reason}: {detail}; {}", reason.remedy());
                    tell(AnsiColor::Red, "error", &format!("{object}: {message}"))?;
                    note("error", &message, Some(reason.code()));
                    failed = true;
                } else if reason.is_skip() {
                    let message = format!("not injected: {reason}; {}", reason.remedy());
                    note("info", &message, Some(reason.code()));
                }
                Ok(pod)
            },
        )
    };
    match changed {
        Ok(Some(changed)) if !failed => *item = changed.object,
        Ok(_) => {}
        Err(error) => {
            let message = format!("{error:#}");
            tell(AnsiColor::Red, "error", &message)?;
            let object = Reference::of(item);
            results.push(result("error", &message, None, &object, file.as_deref()));
            failed = true;
        }
    }
    Ok(!failed)
}

/// The file that an item is from, where that is noted.
fn path(item: &Value<'_>) -> Option<String> {
    let annotations = item.at(&["metadata", "annotations"])?;
    let path = PATHS
        .iter()
        .find_map(|name| annotations.get(name)?.as_str())?;
    Some(path.to_owned())
}

/// One result in the form that the specification of functions gives it.
///
/// Source: <https://github.com/kubernetes-sigs/kustomize/blob/master/cmd/config/docs/api-conventions/functions-spec.md>.
fn result(
    severity: &'static str,
    message: &str,
    reason: Option<&'static str>,
    object: &Reference,
    file: Option<&str>,
) -> Value<'static> {
    let mut result = Object::new();
    result.push("message", message.to_owned());
    result.push("severity", severity);
    if !object.kind.is_empty() {
        let mut reference = Object::new();
        reference.push("apiVersion", object.api_version.clone());
        reference.push("kind", object.kind.clone());
        reference.push("name", object.name.clone());
        if !object.namespace.is_empty() {
            reference.push("namespace", object.namespace.clone());
        }
        result.push("resourceRef", reference);
    }
    if let Some(file) = file {
        result.push("file", Object::from_iter([("path", file.to_owned())]));
    }
    if let Some(reason) = reason {
        result.push("tags", Object::from_iter([("reason", reason)]));
    }
    result.into()
}

/// Takes over what a functionConfig says.
fn configure(
    config: &mut ConfigOptions,
    sources: &mut Sources,
    function: &Value<'_>,
) -> anyhow::Result<()> {
    let is_config_map = function.get("kind").and_then(Value::as_str) == Some("ConfigMap");
    let part = if is_config_map { "data" } else { "spec" };
    let Some(given) = function.get(part).filter(|given| !given.is_null()) else {
        return Ok(());
    };
    let Some(given) = given.as_object() else {
        bail!(
            "{part} is of type {}, where an object is wanted",
            given.kind()
        );
    };
    for (key, value) in given.iter() {
        let text = match value {
            Value::String(text) => text.to_string(),
            // JSON is YAML.
            other => other.to_string(),
        };
        let source = match key {
            "config" => &mut sources.injector,
            "values" => &mut sources.values,
            "mesh" => &mut sources.mesh,
            "namespaces" => &mut sources.namespaces,
            "proxyConfigs" => &mut sources.proxy_configs,
            word => {
                config
                    .set(word, &text)
                    .with_context(|| format!("{part}.{word}"))?;
                continue;
            }
        };
        *source = Some(Text {
            name: format!("functionConfig {part}.{key}"),
            text,
        });
    }
    Ok(())
}
