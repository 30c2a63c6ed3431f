//! What a cluster says beside its ConfigMaps. It changes often, so it is put under a configuration without building
//! that anew.

use std::{collections::BTreeMap, sync::Arc};

use super::{Namespace, Namespaces, NativeSidecars, ProxyConfigs, Snapshot};

/// What is known of a cluster.
#[derive(Clone, Debug, Default)]
pub struct Cluster {
    /// Its namespaces.
    pub namespaces: Arc<Namespaces>,
    /// Its nodes; `None` where they are not known.
    pub nodes: Option<Nodes>,
    /// Its `ProxyConfig` resources.
    pub proxy_configs: ProxyConfigs,
}

/// The nodes of a cluster.
#[derive(Clone, Debug)]
pub struct Nodes {
    /// Whether the kubelet runs native sidecars, by the node's name.
    native: Arc<BTreeMap<String, bool>>,
    all: bool,
}

impl Nodes {
    /// Nodes by name, with whether their kubelet runs native sidecars.
    pub fn new(native: Arc<BTreeMap<String, bool>>) -> Self {
        let all = native.values().all(|native| *native);
        Self { native, all }
    }
}

/// The first minor version of Kubernetes whose kubelets run native sidecars for Istio.
const FIRST_NATIVE: u32 = 33;

/// Whether a kubelet of this version, such as `v1.33.4-eks-1`, runs native sidecars; one that cannot be read does not.
pub fn runs_native_sidecars(kubelet_version: &str) -> bool {
    let version = kubelet_version.strip_prefix('v').unwrap_or(kubelet_version);
    let mut parts = version.splitn(3, '.');
    let mut number = || {
        let part = parts.next()?;
        let end = part.find(['-', '+']).unwrap_or(part.len());
        part.get(..end)?.parse::<u32>().ok()
    };
    number().is_some() && number().is_some_and(|minor| minor >= FIRST_NATIVE)
}

impl Snapshot {
    /// The same configuration over another state of the cluster.
    #[must_use]
    pub fn with_cluster(&self, cluster: Cluster) -> Self {
        Self {
            injector: self.injector.clone(),
            values: self.values.clone(),
            mesh: self.mesh.clone(),
            proxy_configs: cluster.proxy_configs.clone(),
            settings: self.settings.clone(),
            namespaces: self.namespaces.clone(),
            warnings: self.warnings.clone(),
            layers: self.layers.again(),
            cluster: Some(cluster),
        }
    }

    /// A namespace, where it is known.
    pub fn namespace(&self, name: &str) -> Option<&Namespace> {
        let known = match &self.cluster {
            Some(cluster) => Some(&*cluster.namespaces),
            None => self.namespaces.as_ref(),
        };
        known?.get(name).map(|namespace| &**namespace)
    }

    /// Whether a Pod's proxy is a native sidecar, where the Pod itself does not say; `node` is the one that the Pod
    /// names, empty for any.
    pub fn native_sidecars(&self, node: &str) -> bool {
        let nodes = match self.settings.native_sidecars {
            NativeSidecars::On => return true,
            NativeSidecars::Off => return false,
            NativeSidecars::Auto => self.cluster.as_ref().and_then(|c| c.nodes.as_ref()),
        };
        nodes.is_some_and(|nodes| *nodes.native.get(node).unwrap_or(&nodes.all))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Settings, Sources};

    #[test]
    fn kubelets_are_told_apart_by_their_minor_version() {
        for (version, native) in [
            ("v1.33.0", true),
            ("1.33", true),
            ("v1.34.1-gke.200+abc", true),
            ("v1.33-alpha", true),
            ("v1.32.9", false),
            ("v1.4", false),
            ("v2.1.0", false),
            ("v1", false),
            ("", false),
            ("v1.x", false),
            ("latest.40", false),
        ] {
            assert_eq!(runs_native_sidecars(version), native, "{version}");
        }
    }

    #[test]
    fn native_sidecars_need_every_node_or_the_one_that_is_named() {
        let nodes = |nodes: &[(&str, bool)]| {
            let nodes = nodes.iter().map(|(name, native)| ((*name).into(), *native));
            Some(Nodes::new(Arc::new(nodes.collect())))
        };
        for (nodes, node, expected) in [
            (None, "", false),
            (nodes(&[]), "", true),
            (nodes(&[("new", true)]), "", true),
            (nodes(&[("new", true), ("old", false)]), "", false),
            (nodes(&[("new", true), ("old", false)]), "new", true),
            (nodes(&[("new", true), ("old", false)]), "old", false),
            (nodes(&[("new", true), ("old", false)]), "gone", false),
        ] {
            let snapshot = Snapshot::build(&Sources::default(), Settings::default()).unwrap();
            let case = format!("{nodes:?} {node}");
            let cluster = Cluster {
                nodes,
                ..Cluster::default()
            };
            let mut snapshot = snapshot.with_cluster(cluster);
            assert_eq!(snapshot.native_sidecars(node), expected, "{case}");
            snapshot.settings.native_sidecars = NativeSidecars::On;
            assert!(snapshot.native_sidecars(node));
        }
    }
}
