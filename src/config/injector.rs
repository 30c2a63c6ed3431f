//! The injector's own configuration: the `config` key of the ConfigMap `istio-sidecar-injector`.

use std::collections::BTreeMap;

use super::Selector;

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
