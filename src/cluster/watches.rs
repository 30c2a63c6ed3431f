//! What is watched of a cluster to inject by, and what of it makes a configuration.

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

use k8s_openapi::api::core::v1;
use kube::{
    Api, Client,
    core::{ApiResource, GroupVersionKind, NotUsed, Object, PartialObjectMeta},
    runtime::watcher,
};
use serde::Deserialize;
use tokio::sync::Notify;

use crate::config::{
    Cluster, Namespace, ProxyConfigs, Sources, Text, cluster::Nodes, cluster::runs_native_sidecars,
    proxy_config::Resource,
};

use super::follow::{Items, PAGE, Standing, State, Table, WATCH_SECONDS, follow};

/// What of a namespace's labels is kept, by their beginnings.
const LABELS: [&str; 3] = [
    "istio-injection",
    "istio.io/",
    "pod-security.kubernetes.io/",
];

/// What of a namespace's annotations is kept, by their beginnings.
const ANNOTATIONS: [&str; 1] = ["openshift.io/sa.scc."];

/// The keys of a ConfigMap that are kept.
const KEYS: [&str; 3] = ["config", "values", "mesh"];

/// The name of the shared mesh in the health report.
pub(super) const SHARED_MESH: &str = "shared-mesh-configmap";

/// Which ConfigMaps hold the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigMaps {
    /// The namespace of all of them.
    pub namespace: String,
    /// The injector's: keys `config` and `values`.
    pub injector: String,
    /// The mesh's: key `mesh`.
    pub mesh: String,
    /// A mesh's that lies under the other.
    pub shared_mesh: Option<String>,
}

/// The kept keys of a ConfigMap.
pub(super) type Data = BTreeMap<String, String>;

/// Tables of everything that is watched.
pub(super) struct Watches {
    names: ConfigMaps,
    changed: Arc<Notify>,
    injector: Table<Data>,
    mesh: Table<Data>,
    shared_mesh: Table<Data>,
    namespaces: Table<Arc<Namespace>>,
    nodes: Table<bool>,
    proxy_configs: Table<Resource>,
}

/// What the tables say at a moment.
#[derive(Clone, Debug, Default)]
pub(super) struct Reading {
    pub(super) sources: Sources,
    namespaces: Items<Arc<Namespace>>,
    nodes: Option<Items<bool>>,
    proxy_configs: Items<Resource>,
    /// What is amiss with each part that is watched.
    pub(super) faults: Vec<(&'static str, Option<String>)>,
    /// The parts without which there is no configuration and that are not there yet.
    pub(super) missing: Vec<&'static str>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct NodeStatus {
    node_info: NodeInfo,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct NodeInfo {
    kubelet_version: String,
}

/// A Node of which nothing but the kubelet's version is read.
pub(super) type Node = Object<NotUsed, NodeStatus>;

pub(super) type ProxyConfig = Object<serde_json::Value, NotUsed>;

impl Watches {
    pub(super) fn new(names: ConfigMaps) -> Self {
        let changed = Arc::new(Notify::new());
        Self {
            names,
            injector: Table::new(changed.clone()),
            mesh: Table::new(changed.clone()),
            shared_mesh: Table::new(changed.clone()),
            namespaces: Table::new(changed.clone()),
            nodes: Table::new(changed.clone()),
            proxy_configs: Table::new(changed.clone()),
            changed,
        }
    }

    /// Ends when something has changed since it last ended.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Keeps the tables in step for ever.
    pub(super) async fn run(&self, client: Client) {
        let all = watcher::Config::default()
            .page_size(PAGE)
            .timeout(WATCH_SECONDS);
        let config_map = async |table: &Table<Data>, name: &str| {
            let api: Api<v1::ConfigMap> = Api::namespaced(client.clone(), &self.names.namespace);
            let only = all.clone().fields(&format!("metadata.name={name}"));
            follow(
                table,
                || watcher(api.clone(), only.clone()),
                |map| Some(data(map)),
            )
            .await;
        };
        let shared_mesh = async {
            if let Some(name) = &self.names.shared_mesh {
                config_map(&self.shared_mesh, name).await;
            }
        };
        let namespaces = follow(
            &self.namespaces,
            || {
                let api = Api::<PartialObjectMeta<v1::Namespace>>::all(client.clone());
                watcher(api, all.clone())
            },
            |namespace| Some(namespace_of(namespace)),
        );
        let node = ApiResource::erase::<v1::Node>(&());
        let nodes = follow(
            &self.nodes,
            || watcher(Api::<Node>::all_with(client.clone(), &node), all.clone()),
            |node: &Node| Some(runs_native(node)),
        );
        let proxy_config = proxy_config_kind();
        let proxy_configs = follow(
            &self.proxy_configs,
            || {
                let api = Api::<ProxyConfig>::all_with(client.clone(), &proxy_config);
                watcher(api, all.clone())
            },
            resource,
        );
        tokio::join!(
            config_map(&self.injector, &self.names.injector),
            config_map(&self.mesh, &self.names.mesh),
            shared_mesh,
            namespaces,
            nodes,
            proxy_configs,
        );
    }

    /// What the tables say now, ConfigMaps that are gone as `last` had them. `needs_namespaces`: there is no
    /// configuration without them.
    pub(super) fn read(&self, last: &Sources, needs_namespaces: bool) -> Reading {
        let mut reading = Reading::default();
        let Sources {
            injector,
            mesh,
            shared_mesh,
            ..
        } = last;
        let names = &self.names;
        let part = "injector-configmap";
        let text = reading.config_map(
            part,
            names,
            &names.injector,
            &self.injector,
            injector.as_ref(),
        );
        // It brings its values; where it has none, they are built in.
        reading.sources.injector = text;
        let text = reading.config_map(
            "mesh-configmap",
            names,
            &names.mesh,
            &self.mesh,
            mesh.as_ref(),
        );
        reading.sources.mesh = text;
        if let Some(name) = &names.shared_mesh {
            let text = reading.config_map(
                SHARED_MESH,
                names,
                name,
                &self.shared_mesh,
                shared_mesh.as_ref(),
            );
            reading.sources.shared_mesh = text;
        }
        reading.namespaces = reading
            .kept("namespaces", &self.namespaces, needs_namespaces)
            .items;
        let nodes = reading.kept("nodes", &self.nodes, false);
        let known = nodes.standing == Standing::Known || !nodes.items.is_empty();
        reading.nodes = known.then_some(nodes.items);
        reading.proxy_configs = reading
            .kept("proxyconfigs", &self.proxy_configs, false)
            .items;
        reading
    }
}

impl Reading {
    /// The state of the cluster, for a configuration to lie over.
    pub(super) fn cluster(&self) -> Cluster {
        Cluster {
            namespaces: self.namespaces.clone(),
            nodes: self.nodes.clone().map(Nodes::new),
            proxy_configs: ProxyConfigs::new(self.proxy_configs.values().cloned().collect()),
        }
    }

    /// Whether the state of the cluster is the same as in another reading.
    pub(super) fn same_cluster(&self, other: &Self) -> bool {
        let same_nodes = match (&self.nodes, &other.nodes) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (one, other) => one.is_none() && other.is_none(),
        };
        same_nodes
            && Arc::ptr_eq(&self.namespaces, &other.namespaces)
            && Arc::ptr_eq(&self.proxy_configs, &other.proxy_configs)
    }

    fn config_map(
        &mut self,
        part: &'static str,
        names: &ConfigMaps,
        name: &str,
        table: &Table<Data>,
        last: Option<&Text>,
    ) -> Option<Text> {
        let State { items, standing } = table.state();
        let text = items.values().next().map(|data| text(names, name, data));
        let fault = match standing {
            Standing::Waiting => {
                self.missing.push(part);
                None
            }
            Standing::Refused(cause) => {
                self.missing.push(part);
                Some(cause)
            }
            _ if text.is_none() && last.is_some() => Some(format!(
                "ConfigMap {}/{name} is gone, what it said last stays",
                names.namespace
            )),
            _ => None,
        };
        self.faults.push((part, fault));
        text.or_else(|| last.cloned())
    }

    fn kept<T: Clone + PartialEq>(
        &mut self,
        part: &'static str,
        table: &Table<T>,
        needed: bool,
    ) -> State<T> {
        let state = table.state();
        let fault = match &state.standing {
            Standing::Refused(cause) => Some(cause.clone()),
            _ => None,
        };
        if state.standing == Standing::Waiting || (needed && fault.is_some()) {
            self.missing.push(part);
        }
        self.faults.push((part, fault));
        state
    }
}

/// The kind of the `ProxyConfig` resources.
pub(super) fn proxy_config_kind() -> ApiResource {
    ApiResource::from_gvk(&GroupVersionKind::gvk(
        "networking.istio.io",
        "v1beta1",
        "ProxyConfig",
    ))
}

pub(super) fn data(map: &v1::ConfigMap) -> Data {
    let data = map.data.iter().flatten();
    data.filter(|(key, _)| KEYS.contains(&key.as_str()))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

/// A whole ConfigMap, whose keys are then looked for where those of a file are. JSON is YAML.
pub(super) fn text(names: &ConfigMaps, name: &str, data: &Data) -> Text {
    Text {
        name: format!("ConfigMap {}/{name}", names.namespace),
        text: serde_json::json!({"kind": "ConfigMap", "data": data}).to_string(),
    }
}

pub(super) fn namespace_of(object: &PartialObjectMeta<v1::Namespace>) -> Arc<Namespace> {
    static BARE: LazyLock<Arc<Namespace>> = LazyLock::new(Arc::default);
    let kept = |texts: &Option<BTreeMap<String, String>>, beginnings: &[&str]| {
        let texts = texts.iter().flatten();
        let wanted = |(key, _): &(&String, &String)| beginnings.iter().any(|b| key.starts_with(b));
        let cloned = |(key, value): (&String, &String)| (key.clone(), value.clone());
        texts.filter(wanted).map(cloned).collect::<BTreeMap<_, _>>()
    };
    let namespace = Namespace {
        labels: kept(&object.metadata.labels, &LABELS),
        annotations: kept(&object.metadata.annotations, &ANNOTATIONS),
    };
    if namespace == **BARE {
        BARE.clone()
    } else {
        Arc::new(namespace)
    }
}

pub(super) fn runs_native(node: &Node) -> bool {
    let version = node.status.as_ref().map(|s| &*s.node_info.kubelet_version);
    runs_native_sidecars(version.unwrap_or_default())
}

/// What of a resource counts. One that cannot be read is left out, and the others hold.
pub(super) fn resource(object: &ProxyConfig) -> Option<Resource> {
    let text = serde_json::json!({
        "metadata": {
            "name": object.metadata.name,
            "namespace": object.metadata.namespace,
            "creationTimestamp": object.metadata.creation_timestamp,
        },
        "spec": object.spec,
    })
    .to_string();
    let read = outrigger_json::Value::parse(text.as_bytes())
        .map_err(|error| error.to_string())
        .and_then(|tree| Resource::read(&tree).map_err(|error| error.to_string()));
    match read {
        Ok(resource) => Some(resource),
        Err(error) => {
            let metadata = &object.metadata;
            tracing::warn!(
                namespace = metadata.namespace,
                name = metadata.name,
                error,
                "ProxyConfig left out"
            );
            None
        }
    }
}
