//! The workload that Pods belong to, as a person knows it: the Deployment, not its ReplicaSet.

use k8s_openapi::{
    api::{apps::v1::ReplicaSet, batch::v1::Job, core::v1::ObjectReference},
    apimachinery::pkg::apis::meta::v1::OwnerReference,
};
use kube::{Api, Client, core::PartialObjectMeta};

use super::find::{Controller, Group};

/// The owner of a group, `uid` its key; its own Pod where nobody owns it. What stands between Pods and the owner is
/// looked up, as whoever shows an object's Events wants its uid; where that cannot be read it is the owner itself.
pub(super) async fn of(client: &Client, uid: &str, group: &Group) -> ObjectReference {
    let Some(controller) = &group.controller else {
        return ObjectReference {
            api_version: Some("v1".into()),
            kind: Some("Pod".into()),
            name: Some(group.example.name.clone()),
            namespace: Some(group.namespace.clone()),
            uid: Some(uid.to_owned()),
            ..ObjectReference::default()
        };
    };
    let above = above(client, &group.namespace, controller).await;
    let reference = ObjectReference {
        namespace: Some(group.namespace.clone()),
        ..ObjectReference::default()
    };
    match above {
        Some(owner) => ObjectReference {
            api_version: Some(owner.api_version),
            kind: Some(owner.kind),
            name: Some(owner.name),
            uid: Some(owner.uid),
            ..reference
        },
        None => ObjectReference {
            api_version: Some(controller.api_version.clone()),
            kind: Some(controller.kind.clone()),
            name: Some(controller.name.clone()),
            uid: Some(uid.to_owned()),
            ..reference
        },
    }
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
    let mut references = metadata.owner_references?.into_iter();
    references.find(|reference| reference.controller == Some(true))
}
