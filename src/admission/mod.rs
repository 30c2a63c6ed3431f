//! The border with the API server: the bytes of an `AdmissionReview` in, the bytes of the answer out.
//!
//! Whatever comes in is answered. A review that is understood gets its own version and uid back; one that is not gets
//! an answer without `apiVersion`, as the reference gives it.
//! Source of truth: <https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/>.

mod memo;
mod notice;
mod path;
mod review;
mod write;

use std::sync::Arc;

use outrigger_json::Value;

use crate::inject::{Injector, Outcome, Reason, Request, Way};

pub use memo::Remembering;
pub use notice::{Controller, Notice};
pub use path::variables;
pub use review::{AdmissionRequest, GroupVersionKind, Review, ReviewError, Unread, Version};

/// What decides on a Pod: the core, or a stand-in for it in tests of what lies around it.
pub trait Core: Send + Sync {
    /// Decides on one Pod. The result is the JSON text of an RFC 6902 patch.
    fn run(&self, request: &Request<'_>) -> Outcome<Vec<u8>>;

    /// Does the same, and says in how many places of the Pod `name`, which the API server made up, could as well be
    /// another such name without a difference to the outcome; a core that cannot tell says in none.
    fn run_of_any(&self, request: &Request<'_>, name: &str) -> (Outcome<Vec<u8>>, usize) {
        let _ = name;
        (self.run(request), 0)
    }

    /// Answers one review that was posted to `path`.
    fn answer(&self, body: &[u8], path: &str) -> Answer {
        handle(body, path, self)
    }
}

impl Core for Injector {
    fn run(&self, request: &Request<'_>) -> Outcome<Vec<u8>> {
        Self::run(self, request)
    }

    fn run_of_any(&self, request: &Request<'_>, name: &str) -> (Outcome<Vec<u8>>, usize) {
        Self::run_of_any(self, request, name)
    }
}

impl<C: Core + ?Sized> Core for Arc<C> {
    fn run(&self, request: &Request<'_>) -> Outcome<Vec<u8>> {
        (**self).run(request)
    }

    fn run_of_any(&self, request: &Request<'_>, name: &str) -> (Outcome<Vec<u8>>, usize) {
        (**self).run_of_any(request, name)
    }
}

/// What is sent back, and what is told about it in logs and metrics.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The request's uid; empty where the review has none that can be read.
    pub uid: String,
    /// The namespace that the request is for.
    pub namespace: String,
    /// The Pod's name; its `generateName` where the API server has yet to name it.
    pub name: String,
    /// Why the Pod was injected, let through or refused.
    pub reason: Reason,
    /// The particulars of the reason.
    pub detail: String,
    /// An `AdmissionReview` with the response, as JSON.
    pub body: Vec<u8>,
}

/// Answers one review that was posted to `path`, by what `core` decides on its Pod.
pub fn handle<C: Core + ?Sized>(body: &[u8], path: &str, core: &C) -> Answer {
    match Review::read(body) {
        Ok(review) => answer(&review, path, core),
        Err(error) => Answer::to_no_review(&error),
    }
}

fn answer<C: Core + ?Sized>(review: &Review<'_>, path: &str, core: &C) -> Answer {
    let Some(request) = &review.request else {
        let outcome = refused("the review has no request".to_owned());
        return Answer::new(Some(review.version), None, outcome);
    };
    let mut name = request.name.to_string();
    let outcome = decide(request, path, core, &mut name);
    Answer {
        namespace: request.namespace.to_string(),
        name,
        ..Answer::new(Some(review.version), Some(&request.uid), outcome)
    }
}

fn decide<C: Core + ?Sized>(
    request: &AdmissionRequest<'_>,
    path: &str,
    core: &C,
    name: &mut String,
) -> Outcome<Vec<u8>> {
    if !request.is_for_pods() {
        return not_a_pod(format!("the request is for {}", request.subject()));
    }
    let Some(object) = &request.object else {
        // A deletion has no object, and refusing it would keep Pods for ever.
        return if request.operation == "DELETE" {
            not_a_pod("the request deletes the Pod".to_owned())
        } else {
            refused("the request has no object".to_owned())
        };
    };
    let pod = match object.read() {
        Ok(pod) => pod,
        Err(error) => return refused(format!("the request's object is no Pod: {error}")),
    };
    if pod.as_object().is_none() {
        return refused("the request's object is no Pod: it is not a JSON object".to_owned());
    }
    let kind = pod.get("kind").and_then(Value::as_str).unwrap_or_default();
    if !matches!(kind, "" | "Pod") {
        return not_a_pod(format!("the object is of kind {kind:?}"));
    }
    if name.is_empty() {
        let given = ["name", "generateName"].iter().find_map(|key| {
            let text = pod.at(&["metadata", key])?.as_str()?;
            (!text.is_empty()).then_some(text)
        });
        given.unwrap_or_default().clone_into(name);
    }
    core.run(&Request {
        pod: &pod,
        namespace: &request.namespace,
        owner: None,
        variables: &variables(path),
        way: Way::Webhook,
    })
}

fn refused(detail: String) -> Outcome<Vec<u8>> {
    outcome(Reason::Unreadable, detail)
}

fn not_a_pod(detail: String) -> Outcome<Vec<u8>> {
    outcome(Reason::NotAPod, detail)
}

fn outcome(reason: Reason, detail: String) -> Outcome<Vec<u8>> {
    Outcome {
        reason,
        detail,
        warnings: Vec::new(),
        result: None,
    }
}

impl Answer {
    fn to_no_review(error: &ReviewError) -> Self {
        Self::new(None, None, refused(error.to_string()))
    }

    fn new(version: Option<Version>, uid: Option<&str>, outcome: Outcome<Vec<u8>>) -> Self {
        let uid = uid.unwrap_or_default();
        Self {
            uid: uid.to_owned(),
            namespace: String::new(),
            name: String::new(),
            reason: outcome.reason,
            body: write::answer(version, uid, &outcome),
            detail: outcome.detail,
        }
    }
}

#[cfg(test)]
mod tests;
