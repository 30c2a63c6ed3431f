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

use crate::inject::{Injector, Outcome, Reason, Request, Stage, Way};

pub use memo::Remembering;
pub use notice::{Controller, Notice};
pub use path::variables;
pub use review::{AdmissionRequest, GroupVersionKind, Review, ReviewError, Unread, Version};

/// What decides on a Pod: the core, or a stand-in for it in tests of what lies around it.
pub trait Core: Send + Sync {
    /// Decides on one Pod, and calls `ended` at the end of each stage. The result is the JSON text of an RFC 6902 patch.
    fn run(&self, request: &Request<'_>, ended: &mut dyn FnMut(Stage)) -> Outcome<Vec<u8>>;

    /// Does the same, and says in how many places of the Pod `name`, which the API server made up, could as well be
    /// another such name without a difference to the outcome; a core that cannot tell says in none.
    fn run_of_any(
        &self,
        request: &Request<'_>,
        name: &str,
        ended: &mut dyn FnMut(Stage),
    ) -> (Outcome<Vec<u8>>, usize) {
        let _ = name;
        (self.run(request, ended), 0)
    }

    /// Answers one review that was posted to `path`, and calls `ended` at the end of each part.
    fn answer(&self, body: &[u8], path: &str, ended: &mut dyn FnMut(Part)) -> Answer {
        read_and_answer(body, path, self, ended)
    }
}

/// A part of answering a review.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The review and its Pod are read.
    Read,
    /// A stage of the core has ended.
    Core(Stage),
    /// The answer is written.
    Write,
}

impl Part {
    /// What it is called.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Core(stage) => stage.name(),
            Self::Write => "write",
        }
    }
}

impl Core for Injector {
    fn run(&self, request: &Request<'_>, ended: &mut dyn FnMut(Stage)) -> Outcome<Vec<u8>> {
        self.observed(request, ended)
    }

    fn run_of_any(
        &self,
        request: &Request<'_>,
        name: &str,
        ended: &mut dyn FnMut(Stage),
    ) -> (Outcome<Vec<u8>>, usize) {
        Self::run_of_any(self, request, name, ended)
    }
}

impl<C: Core + ?Sized> Core for Arc<C> {
    fn run(&self, request: &Request<'_>, ended: &mut dyn FnMut(Stage)) -> Outcome<Vec<u8>> {
        (**self).run(request, ended)
    }

    fn run_of_any(
        &self,
        request: &Request<'_>,
        name: &str,
        ended: &mut dyn FnMut(Stage),
    ) -> (Outcome<Vec<u8>>, usize) {
        (**self).run_of_any(request, name, ended)
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
    read_and_answer(body, path, core, &mut |_| {})
}

fn read_and_answer<C: Core + ?Sized>(
    body: &[u8],
    path: &str,
    core: &C,
    ended: &mut dyn FnMut(Part),
) -> Answer {
    match Review::read(body) {
        Ok(review) => answer(&review, path, core, ended),
        Err(error) => Answer::to_no_review(&error),
    }
}

fn answer<C: Core + ?Sized>(
    review: &Review<'_>,
    path: &str,
    core: &C,
    ended: &mut dyn FnMut(Part),
) -> Answer {
    let Some(request) = &review.request else {
        let outcome = refused("the review has no request".to_owned());
        return Answer::new(Some(review.version), None, outcome);
    };
    let mut name = request.name.to_string();
    let read = pod(request);
    ended(Part::Read);
    let outcome = match read {
        Ok(pod) => {
            if name.is_empty() {
                given_name(&pod).clone_into(&mut name);
            }
            let request = Request {
                pod: &pod,
                namespace: &request.namespace,
                owner: None,
                variables: &variables(path),
                way: Way::Webhook,
            };
            core.run(&request, &mut |stage| ended(Part::Core(stage)))
        }
        Err(outcome) => outcome,
    };
    let answer = Answer {
        namespace: request.namespace.to_string(),
        name,
        ..Answer::new(Some(review.version), Some(&request.uid), outcome)
    };
    ended(Part::Write);
    answer
}

/// The Pod that a request is for, or what is answered without one.
fn pod<'a>(request: &AdmissionRequest<'a>) -> Result<Value<'a>, Outcome<Vec<u8>>> {
    if !request.is_for_pods() {
        return Err(not_a_pod(format!(
            "the request is for {}",
            request.subject()
        )));
    }
    let Some(object) = &request.object else {
        // A deletion has no object, and refusing it would keep Pods for ever.
        return Err(if request.operation == "DELETE" {
            not_a_pod("the request deletes the Pod".to_owned())
        } else {
            refused("the request has no object".to_owned())
        });
    };
    let pod = object
        .read()
        .map_err(|error| refused(format!("the request's object is no Pod: {error}")))?;
    if pod.as_object().is_none() {
        let detail = "the request's object is no Pod: it is not a JSON object";
        return Err(refused(detail.to_owned()));
    }
    let kind = pod.get("kind").and_then(Value::as_str).unwrap_or_default();
    if !matches!(kind, "" | "Pod") {
        return Err(not_a_pod(format!("the object is of kind {kind:?}")));
    }
    Ok(pod)
}

/// What a Pod is called by itself.
fn given_name<'a>(pod: &'a Value<'_>) -> &'a str {
    let given = ["name", "generateName"].iter().find_map(|key| {
        let text = pod.at(&["metadata", key])?.as_str()?;
        (!text.is_empty()).then_some(text)
    });
    given.unwrap_or_default()
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
