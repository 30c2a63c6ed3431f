//! What a cluster says at one moment, for programs that look once and do not watch.

use std::{collections::BTreeMap, sync::Arc};

use k8s_openapi::api::{admissionregistration::v1::MutatingWebhookConfiguration, core::v1};
use kube::{
    Api, Client,
    api::ListParams,
    core::{ApiResource, PartialObjectMeta},
};
use serde::de::DeserializeOwned;

use super::{
    follow::PAGE,
    watches::{
        ConfigMaps, Node, ProxyConfig, data, namespace_of, proxy_config_kind, resource,
        runs_native, text,
    },
};
use crate::{
    admission,
    config::{
        Cluster, Namespaces, ProxyConfigs, Settings, Snapshot, Sources, Text, cluster::Nodes,
    },
    inject::Injector,
};

/// Why the configuration of a cluster cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum MomentError {
    /// Something cannot be read.
    #[error("cannot read {what}")]
    Unread {
        /// What, such as `ConfigMap istio-system/istio`.
        what: String,
        /// The cause.
        #[source]
        source: Box<kube::Error>,
    },
    /// There is no such ConfigMap.
    #[error(
        "there is no ConfigMap {0}; give its name, or the configuration in a file: see --help under Cluster and Configuration"
    )]
    NoConfigMap(String),
    /// The configuration is refused.
    #[error("cannot use the cluster's configuration")]
    Refused(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// An injector as the cluster's webhook decides: `sources` over what namespaces, nodes and ProxyConfig resources say now.
///
/// It knows the labels of the namespaces, so that it decides as the webhook's selectors do.
pub async fn injector(
    client: &Client,
    sources: Sources,
    settings: Settings,
) -> Result<Injector, MomentError> {
    let mut cluster = cluster(client, &sources).await?;
    let mut snapshot = Snapshot::build(&sources, settings).map_err(refused)?;
    if sources.namespaces.is_none() {
        snapshot.namespaces = Some((*cluster.namespaces).clone());
    }
    if sources.proxy_configs.is_some() {
        cluster.proxy_configs = snapshot.proxy_configs.clone();
    }
    Injector::new(snapshot.with_cluster(cluster)).map_err(refused)
}

fn refused(error: impl std::error::Error + Send + Sync + 'static) -> MomentError {
    MomentError::Refused(Box::new(error))
}

/// The texts of a configuration: those that are given, else those of the cluster.
pub async fn sources(
    client: &Client,
    names: &ConfigMaps,
    mut given: Sources,
) -> Result<Sources, MomentError> {
    let config_map = async |name: &str| {
        let what = || format!("{}/{name}", names.namespace);
        let api: Api<v1::ConfigMap> = Api::namespaced(client.clone(), &names.namespace);
        match api.get_opt(name).await {
            Ok(map) => Ok(map.map(|map| data(&map))),
            Err(error) => Err(unread(format!("ConfigMap {}", what()), error)),
        }
    };
    let missing = |name: &str| MomentError::NoConfigMap(format!("{}/{name}", names.namespace));
    let mut has_mesh = false;
    let needs_values = given.values.is_none() && !brings_values(given.injector.as_ref());
    if given.injector.is_none() || needs_values {
        match config_map(&names.injector).await? {
            Some(data) => {
                let text = text(names, &names.injector, &data);
                has_mesh = data.contains_key("mesh");
                if needs_values && data.contains_key("values") {
                    given.values = Some(text.clone());
                }
                given.injector.get_or_insert(text);
            }
            None if given.injector.is_some() => {}
            None => return Err(missing(&names.injector)),
        }
    }
    if given.mesh.is_none() {
        match config_map(&names.mesh).await? {
            Some(data) => given.mesh = Some(text(names, &names.mesh, &data)),
            None if has_mesh => {}
            None => return Err(missing(&names.mesh)),
        }
    }
    if let (None, Some(name)) = (&given.shared_mesh, &names.shared_mesh) {
        let data = config_map(name).await?;
        given.shared_mesh = data.map(|data: BTreeMap<_, _>| text(names, name, &data));
    }
    Ok(given)
}

/// Whether an injector's configuration is a ConfigMap that has values beside it.
fn brings_values(injector: Option<&Text>) -> bool {
    let tree = injector.and_then(|text| outrigger_yaml::parse(&text.text).ok());
    tree.is_some_and(|tree| tree.at(&["data", "values"]).is_some())
}

/// The namespaces, nodes and ProxyConfig resources; what files give is not asked for.
async fn cluster(client: &Client, sources: &Sources) -> Result<Cluster, MomentError> {
    let mut namespaces = Namespaces::new();
    let api: Api<PartialObjectMeta<v1::Namespace>> = Api::all(client.clone());
    every(&api, |namespace| {
        let name = namespace.metadata.name.clone().unwrap_or_default();
        namespaces.insert(name, namespace_of(&namespace));
    })
    .await
    .map_err(|error| unread("the namespaces".to_owned(), error))?;

    let mut nodes = BTreeMap::new();
    let api: Api<Node> = Api::all_with(client.clone(), &ApiResource::erase::<v1::Node>(&()));
    let known = every(&api, |node: Node| {
        let name = node.metadata.name.clone().unwrap_or_default();
        nodes.insert(name, runs_native(&node));
    })
    .await;
    let nodes = match known {
        Ok(()) => Some(Nodes::new(Arc::new(nodes))),
        // Whether proxies are native sidecars then does not hang on the nodes, as in the server.
        Err(kube::Error::Api(status)) if status.code == 403 => None,
        Err(error) => return Err(unread("the nodes".to_owned(), error)),
    };

    let mut resources = Vec::new();
    if sources.proxy_configs.is_none() {
        let api: Api<ProxyConfig> = Api::all_with(client.clone(), &proxy_config_kind());
        match every(&api, |object| resources.extend(resource(&object))).await {
            Ok(()) => {}
            // The kind is not installed, or nobody lets us see it: nobody uses it.
            Err(kube::Error::Api(status)) if matches!(status.code, 403 | 404) => {}
            Err(error) => return Err(unread("the ProxyConfig resources".to_owned(), error)),
        }
    }
    Ok(Cluster {
        namespaces: Arc::new(namespaces),
        nodes,
        proxy_configs: ProxyConfigs::new(resources),
    })
}

/// What the registered webhook tells of its calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Registered {
    /// The variables in the path of its calls.
    pub variables: Vec<(String, String)>,
    /// The namespace of the Service that is called, whose Pods are not sent.
    pub namespace: Option<String>,
}

/// What the MutatingWebhookConfiguration of this name says; nothing, if there is none or it may not be read.
pub async fn registered(client: &Client, name: &str) -> Registered {
    let api: Api<MutatingWebhookConfiguration> = Api::all(client.clone());
    let Ok(Some(configuration)) = api.get_opt(name).await else {
        return Registered::default();
    };
    let webhooks = configuration.webhooks.into_iter().flatten();
    let Some(call) = webhooks.map(|webhook| webhook.client_config).next() else {
        return Registered::default();
    };
    let service = call.service.as_ref();
    let path = match (&call.url, service) {
        (Some(url), _) => url.splitn(4, '/').nth(3).map(|rest| format!("/{rest}")),
        (None, Some(service)) => service.path.clone(),
        (None, None) => None,
    };
    Registered {
        variables: admission::variables(path.as_deref().unwrap_or_default()),
        namespace: service.map(|service| service.namespace.clone()),
    }
}

/// Every object, read a page at a time.
async fn every<K: Clone + DeserializeOwned + std::fmt::Debug>(
    api: &Api<K>,
    mut each: impl FnMut(K),
) -> kube::Result<()> {
    let mut params = ListParams::default().limit(PAGE);
    loop {
        let page = api.list(&params).await?;
        page.items.into_iter().for_each(&mut each);
        match page.metadata.continue_.filter(|token| !token.is_empty()) {
            Some(token) => params.continue_token = Some(token),
            None => return Ok(()),
        }
    }
}

fn unread(what: String, error: kube::Error) -> MomentError {
    MomentError::Unread {
        what,
        source: Box::new(error),
    }
}
