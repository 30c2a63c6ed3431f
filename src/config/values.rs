//! The `values` document.

use outrigger_json::Value;

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
