//! Events on the objects that something is amiss with.

use k8s_openapi::api::core::v1::ObjectReference;
use kube::{
    Client,
    runtime::events::{Event, EventType, Recorder, Reporter},
};

/// The name that events are under.
const CONTROLLER: &str = "outrigger";

/// The longest note of an Event that the API server takes, in bytes.
const LONGEST: usize = 1024;

/// Where events are sent.
#[derive(Clone)]
pub struct Events(Recorder);

impl Events {
    /// Events of the replica with this name, its Pod's.
    pub fn new(client: Client, instance: String) -> Self {
        let reporter = Reporter {
            controller: CONTROLLER.into(),
            instance: Some(instance).filter(|name| !name.is_empty()),
        };
        Self(Recorder::new(client, reporter))
    }

    /// Sends a warning, in the background; one that cannot be sent is of no consequence.
    pub(super) fn warn(&self, regarding: &ObjectReference, reason: &str, note: &str) {
        let (events, regarding) = (self.clone(), regarding.clone());
        let (reason, note) = (reason.to_owned(), note.to_owned());
        tokio::spawn(async move { events.publish(&regarding, &reason, &reason, &note).await });
    }

    /// Sends a warning, and waits until it is sent; whether it was. The same object, reason and action within some minutes
    /// make one Event, which keeps its first note.
    pub(super) async fn publish(
        &self,
        regarding: &ObjectReference,
        reason: &str,
        action: &str,
        note: &str,
    ) -> bool {
        let end = (0..=LONGEST.min(note.len())).rfind(|end| note.is_char_boundary(*end));
        let event = Event {
            type_: EventType::Warning,
            reason: reason.into(),
            note: end.and_then(|end| note.get(..end)).map(Into::into),
            action: action.into(),
            secondary: None,
        };
        let sent = self.0.publish(&event, regarding).await;
        if let Err(error) = &sent {
            tracing::debug!(%error, "Event not sent");
        }
        sent.is_ok()
    }
}
