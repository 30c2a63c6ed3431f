//! The data that templates see.

use std::cell::Cell;

use outrigger_gotemplate::Value as Data;
use outrigger_json::Value;
use outrigger_strategic_merge::pod::{OBJECT_META, POD_SPEC, TYPE_META};

use super::{Owner, ids, images, view};
use crate::config::{Effective, Namespace, Snapshot, view as show};

/// What the data is made of.
pub(crate) struct Context<'a> {
    pub(crate) config: &'a Snapshot,
    pub(crate) effective: &'a Effective,
    /// The Pod as its author wrote it.
    pub(crate) pod: &'a Value<'a>,
    /// The Pod's metadata, with the namespace that it is for.
    pub(crate) metadata: Option<&'a Value<'a>>,
    pub(crate) owner: Owner<'a>,
    /// The Pod's namespace, where the ids come from it.
    pub(crate) namespace: Option<&'a Namespace>,
    pub(crate) native: bool,
    /// Where it is said that a template looks at volumes or their mounts.
    pub(crate) volumes_seen: Option<&'a Cell<bool>>,
}

impl<'a> Context<'a> {
    /// The data, under the names that Istio's templates use.
    pub(crate) fn data(&self) -> Data<'a> {
        let Self {
            config,
            effective,
            pod,
            owner,
            ..
        } = self;
        let (user, group) = ids::proxy(self.namespace);
        let inbound = if effective.mesh.inbound_localhost() {
            "localhost"
        } else {
            "passthrough"
        };
        Data::record(
            "inject.SidecarTemplateData",
            [
                (
                    "TypeMeta",
                    view::with(
                        &TYPE_META,
                        [("apiVersion", owner.api_version), ("kind", owner.kind)],
                    ),
                ),
                (
                    "DeploymentMeta",
                    view::with(
                        &OBJECT_META,
                        [("name", owner.name), ("namespace", owner.namespace)],
                    ),
                ),
                ("ObjectMeta", view::of(self.metadata, &OBJECT_META)),
                (
                    "Spec",
                    view::watched(pod.get("spec"), &POD_SPEC, self.volumes_seen),
                ),
                ("ProxyConfig", show::proxy_config(&effective.proxy)),
                ("MeshConfig", show::message(effective.mesh.message())),
                ("Values", show::document(&config.values.document)),
                ("Revision", config.settings.revision.as_str().into()),
                ("NativeSidecars", self.native.into()),
                (
                    "ProxyImage",
                    images::proxy(&config.values, effective.proxy.image_type(), pod).into(),
                ),
                ("ProxyInitImage", images::init(&config.values, pod).into()),
                ("ProxyUID", Data::int64(user)),
                ("ProxyGID", Data::int64(group)),
                ("InboundTrafficPolicyMode", inbound.into()),
                (
                    "CompliancePolicy",
                    config.settings.compliance_policy.as_str().into(),
                ),
            ],
        )
    }
}
