//! The workload that Pods belong to, as a person knows it: the Deployment, not its ReplicaSet.

use k8s_openapi::{
    api::{apps::v1::ReplicaSet, batch::v1::Job, core::v1::ObjectReference},
    apimachinery::pkg::apis::meta::v1::OwnerReference,
};
use kube::{Api, Client, core::PartialObjectMeta};

use super::{
    super::controller,
    find::{Controller, Group},
};

/// The owner of a group, `uid` its key; its own Pod where nobody owns it. What stands between Pods and the owner is
/// looked up, as whoever shows an object's Events wants its uid; where that cannot be read it is the owner itself.
pub(super) async fn of(client: &Client, uid: &str, group: &Group) -> ObjectReference {
    let named = |api_version: &str, kind: &str, name: &str| OwnerReference {
        api_version: api_version.to_owned(),
        kind: kind.to_owned(),
        name: name.to_owned(),
        uid: uid.to_owned(),
        ..OwnerReference::default()
    };
    let owner = match &group.controller {
        None => named("v1", "Pod", &group.example.name),
        Some(of) => above(client, &group.namespace, of)
            .await
            .unwrap_or_else(|| named(&of.api_version, &of.kind, &of.name)),
    };
    controller::in_namespace(&group.namespace, owner)
}

/// The controller of a controller that nobody writes by hand.
async fn above(client: &Client, namespace: &str, of: &Controller) -> Option<OwnerReference> {
    let client = client.clone();
    let metadata = match &*of.kind {
        "ReplicaSet" => {
            let api = Api::<PartialObjectMeta<ReplicaSet>>::namespaced(client, namespace);
            api.get_metadata(&of.name).await.ok()?.metadata
        }
        "Job" => {
            let api = Api::<PartialObjectMeta<Job>>::namespaced(client, namespace);
            api.get_metadata(&of.name).await.ok()?.metadata
        }
        _ => return None,
    };
    controller::above(metadata)
}
