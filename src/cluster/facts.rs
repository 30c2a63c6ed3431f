//! What a cluster knows that decides about sidecars, gathered for [`crate::explain`].

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::SystemTime,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use outrigger_json::{Object, Value};

use super::{ConfigMaps, Look, Resource};
use crate::{
    check,
    config::{
        Cluster, Namespace, ProxyConfigs, Settings, Sources, Text,
        cluster::{Nodes, runs_native_sidecars},
        proxy_config,
    },
    explain::{Called, Facts, Known, Registered, Served, Service, Unknown},
    inject::Injector,
};

/// What an injector was started with.
#[derive(Clone, Debug)]
pub struct Install {
    /// Where its configuration is; `None` where it is in files of its own.
    pub config_maps: Option<ConfigMaps>,
    /// What is not in its configuration.
    pub settings: Settings,
    /// The name of the Secret with its certificate, in its own namespace.
    pub secret: String,
}

/// Pods, as the API server has them.
pub const PODS: Resource = core("pods", "Pod");
/// Namespaces.
pub const NAMESPACES: Resource = core("namespaces", "Namespace");
const SERVICES: Resource = core("services", "Service");
const SECRETS: Resource = core("secrets", "Secret");
const CONFIG_MAPS: Resource = core("configmaps", "ConfigMap");
const NODES: Resource = core("nodes", "Node");
const SLICES: Resource = Resource {
    api_version: "discovery.k8s.io/v1",
    plural: "endpointslices",
    kind: "EndpointSlice",
};
const WEBHOOKS: Resource = Resource {
    api_version: "admissionregistration.k8s.io/v1",
    plural: "mutatingwebhookconfigurations",
    kind: "MutatingWebhookConfiguration",
};
const PROXY_CONFIGS: Resource = Resource {
    api_version: "networking.istio.io/v1beta1",
    plural: "proxyconfigs",
    kind: "ProxyConfig",
};

const fn core(plural: &'static str, kind: &'static str) -> Resource {
    Resource {
        api_version: "v1",
        plural,
        kind,
    }
}

/// The labels by which a sidecar is asked for, as the API server tracks who set them.
const ASKED_BY: [&str; 2] = ["f:istio-injection", "f:istio.io/rev"];

/// Gathers facts.
pub struct Gather<'g> {
    /// How the cluster is looked at.
    pub look: &'g Look,
    /// What the injector of a configuration was started with: the arguments of its container are given, where they are
    /// known.
    pub install: &'g dyn Fn(&Registered, Option<&[String]>) -> Install,
}

impl Gather<'_> {
    /// Everything but namespaces: what is registered, and what is behind it.
    pub async fn facts(&self) -> Facts {
        let mut facts = Facts {
            from_files: false,
            namespaces: BTreeMap::new(),
            labelled: BTreeMap::new(),
            registered: Ok(Vec::new()),
            injectors: BTreeMap::new(),
            services: BTreeMap::new(),
            served: BTreeMap::new(),
            now: SystemTime::now(),
        };
        let webhooks = self.look.list(WEBHOOKS, "", "").await;
        facts.registered = webhooks.map(|all| all.iter().filter_map(Registered::read).collect());
        let Ok(registered) = facts.registered.clone() else {
            return facts;
        };
        let called = registered.iter().flat_map(|r| &r.entries);
        let called: BTreeSet<&Called> = called.map(|e| &e.called).collect();
        for called in called {
            if let Called::Service {
                namespace,
                name,
                port,
            } = called
            {
                let service = self.service(namespace, name, *port).await;
                facts.services.insert(called.clone(), service);
            }
        }
        let mut cluster = None;
        for registered in &registered {
            let Some(called) = registered.entries.first().map(|e| &e.called) else {
                continue;
            };
            let arguments = self.arguments(called, &facts).await;
            let install = (self.install)(registered, arguments.as_deref());
            if registered.is_ours
                && let Some(served) = self.served(called, &install.secret).await
            {
                facts.served.insert(called.clone(), served);
            }
            if cluster.is_none() {
                cluster = Some(self.cluster().await);
            }
            let injector = self
                .injector(&install, cluster.clone().unwrap_or_default())
                .await;
            facts.injectors.insert(registered.name.clone(), injector);
        }
        facts
    }

    /// Adds a namespace to facts, if they do not have it.
    pub async fn namespace(&self, name: &str, facts: &mut Facts) {
        if facts.namespaces.contains_key(name) {
            return;
        }
        let namespace = self.look.get(NAMESPACES, "", name).await;
        if let Ok(Some(object)) = &namespace
            && let Some(time) = labelled(object)
        {
            facts.labelled.insert(name.to_owned(), time);
        }
        let namespace =
            namespace.map(|found| found.map(|object| Arc::new(read_namespace(&object))));
        facts.namespaces.insert(name.to_owned(), namespace);
    }

    async fn service(&self, namespace: &str, name: &str, port: i64) -> Known<Option<Service>> {
        let Some(service) = self.look.get(SERVICES, namespace, name).await? else {
            return Ok(None);
        };
        let spec = service.get("spec").unwrap_or(&Value::Null);
        let selector = spec.get("selector").and_then(Value::as_object);
        let selector = selector.map(as_selector).unwrap_or_default();
        // A name of another place has neither ports nor endpoints of its own.
        if spec.get("type").and_then(Value::as_str) == Some("ExternalName") {
            return Ok(Some(Service {
                ports: vec![port],
                selector,
                ..Service::default()
            }));
        }
        let ports = spec.get("ports").and_then(Value::as_array);
        let ports = ports.unwrap_or_default().iter();
        let ports = ports.filter_map(|p| p.get("port")?.as_i64()).collect();
        let of_service = format!("kubernetes.io/service-name={name}");
        let slices = self.look.list(SLICES, namespace, &of_service).await?;
        let (mut ready, mut unready) = (0, 0);
        for slice in &slices {
            let endpoints = slice.get("endpoints").and_then(Value::as_array);
            for endpoint in endpoints.unwrap_or_default() {
                let addresses = endpoint.get("addresses").and_then(Value::as_array);
                let count = addresses.map_or(0, <[_]>::len);
                // An endpoint of which nobody says otherwise counts as ready.
                match endpoint
                    .at(&["conditions", "ready"])
                    .and_then(Value::as_bool)
                {
                    Some(false) => unready += count,
                    _ => ready += count,
                }
            }
        }
        Ok(Some(Service {
            ports,
            selector,
            ready: Some(ready),
            unready,
        }))
    }

    /// The arguments of the container that serves behind a Service, where there is one that may be seen.
    async fn arguments(&self, called: &Called, facts: &Facts) -> Option<Vec<String>> {
        let Called::Service { namespace, .. } = called else {
            return None;
        };
        let service = facts.services.get(called)?.as_ref().ok()?.as_ref()?;
        if service.selector.is_empty() {
            return None;
        }
        let pods = self
            .look
            .list(PODS, namespace, &service.selector)
            .await
            .ok()?;
        let containers = pods
            .iter()
            .filter_map(|pod| pod.at(&["spec", "containers"])?.as_array());
        containers.flatten().find_map(|container| {
            let args = container.get("args")?.as_array()?;
            let args: Vec<_> = args
                .iter()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect();
            (args.first().map(String::as_str) == Some("serve")).then_some(args)
        })
    }

    /// What the Secret says beside the keys, which are not looked at.
    async fn served(&self, called: &Called, secret: &str) -> Option<Served> {
        let Called::Service { namespace, .. } = called else {
            return None;
        };
        let object = self.look.get(SECRETS, namespace, secret).await.ok()??;
        let pem = |key: &str| {
            let text = object.at(&["data", key])?.as_str()?;
            String::from_utf8(STANDARD.decode(text).ok()?).ok()
        };
        Some(Served {
            secret: (namespace.clone(), secret.to_owned()),
            authorities: pem("ca.crt").unwrap_or_default(),
            certificate: pem("tls.crt")?,
        })
    }

    /// What is known of the cluster beside its namespaces, as far as it may be seen: injection does without.
    async fn cluster(&self) -> Cluster {
        let nodes = self.look.list(NODES, "", "").await.ok().map(|nodes| {
            let native = nodes.iter().filter_map(|node| {
                let name = node.at(&["metadata", "name"])?.as_str()?;
                let version = node
                    .at(&["status", "nodeInfo", "kubeletVersion"])?
                    .as_str()?;
                Some((name.to_owned(), runs_native_sidecars(version)))
            });
            Nodes::new(Arc::new(native.collect()))
        });
        let resources = self
            .look
            .list(PROXY_CONFIGS, "", "")
            .await
            .unwrap_or_default();
        let resources = resources
            .iter()
            .filter_map(|object| proxy_config::Resource::read(object).ok());
        Cluster {
            nodes,
            proxy_configs: ProxyConfigs::new(resources.collect()),
            ..Cluster::default()
        }
    }

    async fn injector(&self, install: &Install, cluster: Cluster) -> Known<Arc<Injector>> {
        let Some(names) = &install.config_maps else {
            return Err(Unknown(
                "the injector reads its configuration from files: give them to this command as well".to_owned(),
            ));
        };
        let injector = self.config_map(names, &names.injector).await?;
        let mut sources = Sources {
            injector: Some(injector),
            mesh: Some(self.config_map(names, &names.mesh).await?),
            ..Sources::default()
        };
        if let Some(name) = &names.shared_mesh {
            sources.shared_mesh = Some(self.config_map(names, name).await?);
        }
        build(&sources, install.settings.clone(), Some(cluster))
    }

    async fn config_map(&self, names: &ConfigMaps, name: &str) -> Known<Text> {
        let namespace = &names.namespace;
        let Some(map) = self.look.get(CONFIG_MAPS, namespace, name).await? else {
            return Err(Unknown(format!(
                "ConfigMap {namespace}/{name} does not exist; if the injector's is another, name it by \
                 --istio-namespace, --injector-configmap and --mesh-configmap"
            )));
        };
        Ok(Text {
            name: format!("ConfigMap {namespace}/{name}"),
            text: map.to_string(),
        })
    }
}

/// Builds what the server would serve by.
pub fn build(
    sources: &Sources,
    settings: Settings,
    cluster: Option<Cluster>,
) -> Known<Arc<Injector>> {
    let (injector, _) = check::load(sources, settings).map_err(|findings| {
        let errors = findings.iter().find(|f| f.severity == check::Severity::Error);
        let first = errors.map(ToString::to_string).unwrap_or_default();
        Unknown(format!(
            "the injector's configuration is refused, and what it served before is not known: {first}; \
             'outrigger config lint' says all of it"
        ))
    })?;
    Ok(Arc::new(injector.with_cluster(cluster.unwrap_or_default())))
}

/// What counts of a namespace.
pub fn read_namespace(object: &Value<'_>) -> Namespace {
    let texts = |key| {
        let map = object.at(&["metadata", key]).and_then(Value::as_object);
        let texts = map.into_iter().flat_map(Object::iter);
        let texts = texts.filter_map(|(k, v)| Some((k.to_owned(), v.as_str()?.to_owned())));
        texts.collect()
    };
    Namespace {
        labels: texts("labels"),
        annotations: texts("annotations"),
    }
}

/// When somebody last set a label that asks for a sidecar.
fn labelled(namespace: &Value<'_>) -> Option<String> {
    let managers = namespace.at(&["metadata", "managedFields"])?.as_array()?;
    let times = managers.iter().filter(|manager| {
        let labels = manager.at(&["fieldsV1", "f:metadata", "f:labels"]);
        ASKED_BY
            .iter()
            .any(|key| labels.is_some_and(|l| l.get(key).is_some()))
    });
    let times = times.filter_map(|manager| manager.get("time")?.as_str());
    times.max().map(str::to_owned)
}

/// A map of labels as `kubectl -l` takes it.
pub fn as_selector(labels: &Object<'_>) -> String {
    let pairs = labels
        .iter()
        .filter_map(|(key, value)| Some(format!("{key}={}", value.as_str()?)));
    pairs.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_namespace_tells_when_it_was_labelled() {
        let field = |time: &str, label: &str| {
            format!(
                r#"{{"time": "{time}", "fieldsV1": {{"f:metadata": {{"f:labels": {{"{label}": {{}}}}}}}}}}"#
            )
        };
        for (fields, want) in [
            (vec![field("2026-01-02T00:00:00Z", "f:a")], None),
            (
                vec![
                    field("2026-01-02T00:00:00Z", "f:istio-injection"),
                    field("2026-01-03T00:00:00Z", "f:istio.io/rev"),
                    field("2026-01-04T00:00:00Z", "f:a"),
                ],
                Some("2026-01-03T00:00:00Z"),
            ),
        ] {
            let text = format!(
                r#"{{"metadata": {{"managedFields": [{}]}}}}"#,
                fields.join(",")
            );
            let namespace = Value::parse(text.as_bytes()).unwrap();
            assert_eq!(labelled(&namespace).as_deref(), want);
        }
    }
}
