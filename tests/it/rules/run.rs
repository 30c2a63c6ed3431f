//! One case: what it says becomes a Pod and a configuration, and what comes of them is compared.

use outrigger::{
    admission::variables,
    config::{NativeSidecars, Settings, Snapshot, Sources, Text},
    inject::{Injector, Owner, Request, Way},
};
use outrigger_json::{Object, Value};

use super::place;

const POD: &str = "
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec:
  serviceAccountName: web
  containers:
  - {name: app, image: 'registry.example.com/web:1'}
";

/// A case, as its file has it.
pub(super) struct Case<'c>(&'c Value<'c>);

/// What came of a case.
pub(super) enum Came {
    Injected(Value<'static>),
    /// With the reason's code, and the particulars.
    Not(String, String),
}

const KEYS: &[&str] = &[
    "case",
    "annotations",
    "labels",
    "metadata",
    "spec",
    "app",
    "proxy",
    "values",
    "mesh",
    "config",
    "proxyConfigs",
    "namespaces",
    "template",
    "native",
    "revision",
    "compliance",
    "openshift",
    "environment",
    "path",
    "namespace",
    "way",
    "owner",
    "want",
    "refused",
    "skipped",
];

impl<'c> Case<'c> {
    pub(super) fn new(case: &'c Value<'c>) -> Self {
        for key in case.as_object().unwrap().keys() {
            assert!(
                KEYS.contains(&key),
                "a case says {key:?}, which nothing reads"
            );
        }
        Self(case)
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(Value::as_str)
    }

    fn is(&self, key: &str) -> bool {
        self.0.get(key).and_then(Value::as_bool).unwrap_or_default()
    }

    /// Compares what comes with what the case wants.
    pub(super) fn hold(&self) -> Result<(), String> {
        match self.run()? {
            Came::Not(code, detail) => {
                if let Some(wanted) = self.text("skipped") {
                    return if code == wanted {
                        Ok(())
                    } else {
                        Err(format!("is {code}: {detail}"))
                    };
                }
                let Some(texts) = self.0.get("refused") else {
                    return Err(format!("is {code}: {detail}"));
                };
                let texts = texts
                    .as_array()
                    .unwrap_or_else(|| std::slice::from_ref(texts));
                let said = format!("{code}: {detail}");
                let missing = texts.iter().find(|t| !said.contains(t.as_str().unwrap()));
                missing.map_or(Ok(()), |text| Err(format!("lacks {text} in {said}")))
            }
            Came::Injected(pod) => {
                let Some(want) = self.0.get("want").and_then(Value::as_object) else {
                    return Err("is injected".to_owned());
                };
                let wrong = want.iter().filter_map(|(path, wanted)| {
                    let got = place::at(&pod, path);
                    (got != *wanted).then(|| format!("\n    {path}: {got}\n      want {wanted}"))
                });
                let wrong: String = wrong.collect();
                if wrong.is_empty() { Ok(()) } else { Err(wrong) }
            }
        }
    }

    pub(super) fn run(&self) -> Result<Came, String> {
        let injector = Injector::new(self.snapshot()?).map_err(|e| e.to_string())?;
        let pod = self.pod();
        let variables = variables(self.text("path").unwrap_or("/inject"));
        let owner = |key| {
            self.0
                .at(&["owner", key])
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        let request = Request {
            pod: &pod,
            namespace: self.text("namespace").unwrap_or("shop"),
            owner: self.0.get("owner").map(|_| Owner {
                api_version: owner("apiVersion"),
                kind: owner("kind"),
                name: owner("name"),
                namespace: owner("namespace"),
            }),
            variables: &variables,
            way: if self.text("way") == Some("offline") {
                Way::Offline
            } else {
                Way::Webhook
            },
        };
        let outcome = injector.apply(&request);
        let Some(injected) = outcome.result else {
            return Ok(Came::Not(outcome.reason.code().to_owned(), outcome.detail));
        };
        patch_leads_there(&pod, &injector.run(&request).result.unwrap(), &injected)?;
        Ok(Came::Injected(injected))
    }

    fn snapshot(&self) -> Result<Snapshot, String> {
        let text = |key: &str, tree: &Value<'_>| {
            let text = match tree {
                Value::String(text) => text.to_string(),
                tree => tree.to_string(),
            };
            Some(Text {
                name: key.into(),
                text,
            })
        };
        let given = |key: &str| self.0.get(key).and_then(|tree| text(key, tree));
        let mut values = Snapshot::build(&Sources::default(), Settings::default())
            .map_err(|e| e.to_string())?
            .values
            .document;
        if let Some(changes) = self.0.get("values") {
            merge(&mut values, changes);
        }
        let mut config = self
            .0
            .get("config")
            .cloned()
            .unwrap_or_else(|| Object::new().into())
            .into_owned();
        if let Some(template) = self.text("template") {
            let templates =
                Object::from_iter([("probe".to_owned(), Value::from(template.to_owned()))]);
            merge(
                &mut config,
                &Object::from_iter([("templates", templates)]).into(),
            );
        }
        let sources = Sources {
            injector: text("config", &config),
            values: text("values", &values),
            mesh: given("mesh"),
            shared_mesh: None,
            namespaces: given("namespaces"),
            proxy_configs: self.0.get("proxyConfigs").and_then(|list| {
                let documents = list.as_array()?.iter().map(ToString::to_string);
                text(
                    "proxyConfigs",
                    &documents.collect::<Vec<_>>().join("\n---\n").into(),
                )
            }),
        };
        let word = |key| self.text(key).unwrap_or_default().to_owned();
        let environment = self
            .0
            .get("environment")
            .and_then(Value::as_object)
            .into_iter()
            .flat_map(Object::iter);
        let settings = Settings {
            revision: word("revision"),
            native_sidecars: if self.is("native") {
                NativeSidecars::On
            } else {
                NativeSidecars::Off
            },
            openshift: self.is("openshift"),
            compliance_policy: word("compliance"),
            environment: environment
                .map(|(k, v)| (k.to_owned(), v.as_str().unwrap().to_owned()))
                .collect(),
        };
        Snapshot::build(&sources, settings).map_err(|e| e.to_string())
    }

    fn pod(&self) -> Value<'static> {
        let mut pod = outrigger_yaml::parse(POD).unwrap();
        if self.0.get("template").is_some() {
            let asked = Object::from_iter([("inject.istio.io/templates", "probe")]);
            merge(
                pod.at_mut(&["metadata"]).unwrap(),
                &Object::from_iter([("annotations", asked)]).into(),
            );
        }
        for (key, place) in [
            ("metadata", &["metadata"] as &[_]),
            ("annotations", &["metadata", "annotations"]),
            ("labels", &["metadata", "labels"]),
            ("spec", &["spec"]),
            ("app", &["spec", "containers"]),
        ] {
            let Some(changes) = self.0.get(key) else {
                continue;
            };
            let parent = pod
                .at_mut(&place[..place.len() - 1])
                .unwrap()
                .as_object_mut()
                .unwrap();
            let mut target = parent.entry(place[place.len() - 1], || Object::new().into());
            if key == "app" {
                target = target.as_array_mut().unwrap().first_mut().unwrap();
            }
            merge(target, changes);
        }
        if let Some(proxy) = self.0.get("proxy") {
            let mut container =
                Object::from_iter([("name", "istio-proxy"), ("image", "auto")]).into();
            merge(&mut container, proxy);
            let containers = pod.at_mut(&["spec", "containers"]).unwrap();
            containers.as_array_mut().unwrap().push(container);
        }
        pod
    }
}

/// Puts a tree into another: maps are merged, everything else replaces.
fn merge(target: &mut Value<'static>, changes: &Value<'_>) {
    match changes {
        Value::Object(changes) => {
            if target.as_object().is_none() {
                *target = Object::new().into();
            }
            let target = target.as_object_mut().unwrap();
            for (key, change) in changes.iter() {
                merge(target.entry(key.to_owned(), Value::default), change);
            }
        }
        other => *target = other.clone().into_owned(),
    }
}

/// Another program's reading of the patch makes the same Pod of the one that was sent, and no list that was there is
/// replaced.
fn patch_leads_there(pod: &Value<'_>, patch: &[u8], injected: &Value<'_>) -> Result<(), String> {
    let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
    let mut document = json(&pod.to_string());
    let operations: json_patch::Patch = serde_json::from_slice(patch).map_err(|e| e.to_string())?;
    for operation in operations.iter() {
        if let json_patch::PatchOperation::Replace(replace) = operation
            && (replace.value.is_array()
                || document
                    .pointer(replace.path.as_str())
                    .is_some_and(serde_json::Value::is_array))
        {
            return Err(format!("the patch replaces the list {}", replace.path));
        }
    }
    json_patch::patch(&mut document, &operations).map_err(|e| e.to_string())?;
    if document == json(&injected.to_string()) {
        Ok(())
    } else {
        Err(format!("the patch leads to {document}"))
    }
}
