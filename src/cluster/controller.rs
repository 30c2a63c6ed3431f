//! Controllers of Pods, and what is above them: the Deployment that a person knows, not its `ReplicaSet`.

use k8s_openapi::{
    api::core::v1::ObjectReference,
    apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference},
};

/// The controller of the object with this metadata.
pub(super) fn above(metadata: ObjectMeta) -> Option<OwnerReference> {
    let mut references = metadata.owner_references?.into_iter();
    references.find(|reference| reference.controller == Some(true))
}

/// The object of a namespace that an owner reference names.
pub(super) fn in_namespace(namespace: &str, owner: OwnerReference) -> ObjectReference {
    ObjectReference {
        api_version: Some(owner.api_version),
        kind: Some(owner.kind),
        name: Some(owner.name),
        namespace: Some(namespace.to_owned()),
        uid: Some(owner.uid),
        ..ObjectReference::default()
    }
}
