//! Configuration: injector configuration, values and MeshConfig, parsed into one validated, immutable [`Snapshot`].

use std::{collections::BTreeMap, sync::Arc};

use outrigger_json::Value;

/// Everything that decides how a Pod is injected, at one moment. Never changes; a reload makes a new one.
#[derive(Debug)]
pub struct Snapshot {
    /// The `config` key of the injector's ConfigMap.
    pub injector: InjectorConfig,
    /// The `values` key of the injector's ConfigMap.
    pub values: Values,
    /// What the process was started with.
    pub settings: Settings,
    /// The namespaces that are known, if any source of them is.
    pub namespaces: Option<Namespaces>,
}

/// The `config` key of the ConfigMap `istio-sidecar-injector`.
#[derive(Clone, Debug, Default)]
pub struct InjectorConfig {
    /// Whether Pods that say nothing are injected.
    pub policy: Policy,
    /// The templates for Pods that name none; `["sidecar"]` where the configuration names none.
    pub default_templates: Vec<String>,
    /// Template texts by name.
    pub templates: BTreeMap<String, String>,
    /// Names that stand for several templates.
    pub aliases: BTreeMap<String, Vec<String>>,
    /// Pods that are injected though they say nothing, whatever the policy.
    pub always_inject: Vec<Selector>,
    /// Pods that are not injected though they say nothing, whatever the policy.
    pub never_inject: Vec<Selector>,
    /// Annotations that every injected Pod gets.
    pub injected_annotations: BTreeMap<String, String>,
}

/// What happens to a Pod that says nothing about injection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Policy {
    /// It is injected.
    #[default]
    Enabled,
    /// It is not injected.
    Disabled,
    /// The configuration holds a word that is no policy: nothing is injected.
    Unknown(String),
}

/// A Kubernetes label selector.
///
/// Source: <https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors>.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selector {
    /// Labels that must be there with these values.
    pub match_labels: BTreeMap<String, String>,
    /// Further requirements, all of which must hold.
    pub match_expressions: Vec<Requirement>,
}

/// One requirement of a [`Selector`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// The label's key.
    pub key: String,
    /// What must hold of it.
    pub operator: Operator,
}

/// What a [`Requirement`] asks of a label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operator {
    /// The label is there with one of these values.
    In(Vec<String>),
    /// The label is absent or has none of these values.
    NotIn(Vec<String>),
    /// The label is there.
    Exists,
    /// The label is absent.
    DoesNotExist,
}

/// The `values` document, whole for templates, and the settings that the injector itself reads from it.
#[derive(Clone, Debug, Default)]
pub struct Values {
    /// The whole document.
    pub document: Value<'static>,
    /// `global.hub`
    pub hub: String,
    /// `global.tag`, printed as Go prints it (`1.12`, `latest`).
    pub tag: String,
    /// `global.variant`
    pub variant: String,
    /// `global.network`
    pub network: String,
    /// `global.multiCluster.clusterName`
    pub cluster_name: String,
    /// `global.proxy.image`
    pub proxy_image: String,
    /// `global.proxy_init.image`
    pub proxy_init_image: String,
    /// `global.proxy.holdApplicationUntilProxyStarts`
    pub hold_application: bool,
    /// `sidecarInjectorWebhook.rewriteAppHTTPProbe`
    pub rewrite_probes: bool,
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
