//! Telling the owners of Pods, by Events, of decisions that they should know: what a controller is answered is shown to
//! nobody, and `kubectl describe` shows Events.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
    time::Duration,
};

use k8s_openapi::{
    api::{
        apps::v1::{DaemonSet, ReplicaSet, StatefulSet},
        batch::v1::Job,
        core::v1::{ObjectReference, ReplicationController},
    },
    apimachinery::pkg::apis::meta::v1::OwnerReference,
};
use kube::{
    Api, Client,
    core::{ApiResource, DynamicObject},
};
use tokio::time::Instant;

use super::{Events, controller};
use crate::{
    admission::{Controller, Notice},
    inject::Reason,
    server::Shared,
};

/// How long an owner is not told again for the same reason.
const AGAIN: Duration = Duration::from_secs(10 * 60);

/// For how many owners and reasons it is known when they were told; nobody else is told until some are forgotten.
const MOST: usize = 4096;

/// Tells owners, one after the other, for ever.
///
/// Who may post reviews may make them up, so that nothing is told but to a controller that is there under the uid given.
pub async fn tell_owners(client: Client, events: Events, shared: Arc<Shared>) {
    let mut notices = shared.notices();
    let mut told = Told::default();
    while let Some(notice) = notices.recv().await {
        let key = (notice.controller.uid.clone(), notice.reason);
        let result = if told.is_new(key, Instant::now()) {
            match owner(&client, &notice).await {
                Some(owner) if tell(&events, &owner, &notice).await => "sent",
                _ => "failed",
            }
        } else {
            "repeated"
        };
        shared.metrics.told(result);
    }
}

async fn tell(events: &Events, owner: &ObjectReference, notice: &Notice) -> bool {
    let reason = notice.reason;
    let what = if reason.is_failure() {
        "SidecarRefused"
    } else {
        "SidecarSkipped"
    };
    events
        .publish(owner, what, reason.code(), &note(notice))
        .await
}

/// What an owner is told. The particulars come last: of what is too long the end is lost.
fn note(notice: &Notice) -> String {
    let Notice {
        pod,
        reason,
        detail,
        ..
    } = notice;
    let (code, remedy) = (reason.code(), reason.remedy());
    let colon = if detail.is_empty() { "" } else { ": " };
    format!("{code}, of Pod {pod}: {reason}; {remedy}{colon}{detail}")
}

/// When owners were told.
#[derive(Default)]
struct Told(HashMap<(String, Reason), Instant>);

impl Told {
    /// Whether an owner has not been told of late, which then it has.
    fn is_new(&mut self, key: (String, Reason), now: Instant) -> bool {
        let is_late = |told: &Instant| now.duration_since(*told) < AGAIN;
        if self.0.len() >= MOST {
            self.0.retain(|_, told| is_late(told));
        }
        let is_full = self.0.len() >= MOST;
        match self.0.entry(key) {
            Entry::Occupied(entry) if is_late(entry.get()) => return false,
            Entry::Occupied(mut entry) => _ = entry.insert(now),
            Entry::Vacant(_) if is_full => return false,
            Entry::Vacant(entry) => _ = entry.insert(now),
        }
        true
    }
}

/// The workload that a person knows: what is above the Pod's controller, such as the Deployment above a `ReplicaSet`, else
/// the controller. `None`: the controller is none of Kubernetes' own, or is not there.
async fn owner(client: &Client, notice: &Notice) -> Option<ObjectReference> {
    let Controller { kind, name, uid } = &notice.controller;
    let resource = match &**kind {
        "ReplicaSet" => ApiResource::erase::<ReplicaSet>(&()),
        "StatefulSet" => ApiResource::erase::<StatefulSet>(&()),
        "DaemonSet" => ApiResource::erase::<DaemonSet>(&()),
        "Job" => ApiResource::erase::<Job>(&()),
        "ReplicationController" => ApiResource::erase::<ReplicationController>(&()),
        _ => return None,
    };
    let namespace = &notice.namespace;
    if !is_name(name) || !is_name(namespace) {
        return None;
    }
    let api = Api::<DynamicObject>::namespaced_with(client.clone(), namespace, &resource);
    let metadata = match api.get_metadata(name).await {
        Ok(object) => object.metadata,
        Err(error) => {
            tracing::debug!(%error, kind, name, namespace, "owner not found");
            return None;
        }
    };
    if metadata.uid.as_ref() != Some(uid) {
        return None;
    }
    let known = controller::above(metadata).unwrap_or_else(|| OwnerReference {
        api_version: resource.api_version.clone(),
        kind: kind.clone(),
        name: name.clone(),
        uid: uid.clone(),
        ..OwnerReference::default()
    });
    Some(controller::in_namespace(namespace, known))
}

/// Whether a text can be the name of an object: it becomes a part of a path.
fn is_name(text: &str) -> bool {
    let is_inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.".contains(&b);
    let ends = |b: Option<&u8>| b.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    bytes.iter().all(|b| is_inner(*b)) && ends(bytes.first()) && ends(bytes.last())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_is_told_again_after_a_while_and_memory_is_bounded() {
        let mut told = Told::default();
        let start = Instant::now();
        let key = |uid: usize, reason| (uid.to_string(), reason);
        for (key, after, want) in [
            (key(0, Reason::MergeFailed), 0, true),
            (key(0, Reason::MergeFailed), 599, false),
            (key(0, Reason::HostNetwork), 599, true),
            (key(1, Reason::MergeFailed), 599, true),
            (key(0, Reason::MergeFailed), 600, true),
            (key(0, Reason::MergeFailed), 601, false),
        ] {
            let now = start + Duration::from_secs(after);
            assert_eq!(told.is_new(key.clone(), now), want, "{key:?} {after}");
        }
        for uid in 0..2 * MOST {
            told.is_new(key(uid, Reason::Windows), start);
        }
        assert_eq!(told.0.len(), MOST);
        let late = start + Duration::from_secs(1201);
        assert!(told.is_new(key(2 * MOST, Reason::Windows), late));
        assert_eq!(told.0.len(), 1);
    }

    #[test]
    fn names_cannot_lead_elsewhere() {
        for (text, want) in [
            ("web-7d9c", true),
            ("a.b", true),
            ("0", true),
            ("", false),
            ("..", false),
            ("../secrets/a", false),
            ("a/b", false),
            ("a?b", false),
            ("a%2fb", false),
            ("Web", false),
        ] {
            assert_eq!(is_name(text), want, "{text}");
        }
    }

    #[test]
    fn a_note_says_what_happened_and_what_to_do() {
        let notice = Notice {
            namespace: "a".into(),
            controller: Controller {
                kind: "ReplicaSet".into(),
                name: "web".into(),
                uid: "1".into(),
            },
            pod: "web-".into(),
            reason: Reason::TemplateUnknown,
            detail: "requested template \"x\" not found".into(),
        };
        assert_eq!(
            note(&notice),
            "failed:template-unknown, of Pod web-: the Pod asks for a template that the configuration does not have; \
             correct the annotation inject.istio.io/templates: requested template \"x\" not found"
        );
    }
}
