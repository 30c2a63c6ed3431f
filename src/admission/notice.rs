//! Who is told of a decision beside the one who asks: a Pod is mostly created by a controller, which shows what it is
//! answered to nobody.

use outrigger_json::Value;

use super::{Answer, Review};
use crate::inject::Reason;

/// A decision that the owner of a Pod is to hear of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The Pod's namespace, and that of its owner.
    pub namespace: String,
    /// Who creates the Pod.
    pub controller: Controller,
    /// What the Pod is called in the answer.
    pub pod: String,
    /// What was decided.
    pub reason: Reason,
    /// The particulars of the reason.
    pub detail: String,
}

/// The controller that a Pod names in its owner references. Nobody has checked that it is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Controller {
    /// For example `ReplicaSet`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its uid.
    pub uid: String,
}

impl Notice {
    /// What is to be told of an answer to the review in `body`: nothing in a dry run, nor where nobody would hear it.
    pub fn of(answer: &Answer, body: &[u8]) -> Option<Self> {
        if !answer.reason.is_told() {
            return None;
        }
        let request = Review::read(body).ok()?.request?;
        if request.dry_run || request.namespace.is_empty() {
            return None;
        }
        let pod = request.object?.read().ok()?;
        let owners = pod.at(&["metadata", "ownerReferences"])?.as_array()?;
        let is_controller = |o: &&Value<'_>| o.get("controller").and_then(Value::as_bool);
        let owner = owners.iter().find(|o| is_controller(o) == Some(true))?;
        let text = |key| Some(owner.get(key)?.as_str()?.to_owned());
        Some(Self {
            namespace: request.namespace.into_owned(),
            controller: Controller {
                kind: text("kind")?,
                name: text("name")?,
                uid: text("uid")?,
            },
            pod: answer.name.clone(),
            reason: answer.reason,
            detail: answer.detail.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(request: &str, owner: &str, reason: Reason) -> Option<Notice> {
        let body = format!(
            r#"{{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{{"uid":"u",{request}
            "object":{{"metadata":{{"ownerReferences":[{{"kind":"Other","name":"o","uid":"1"}},{owner}]}}}}}}}}"#
        );
        let answer = Answer {
            uid: "u".to_owned(),
            namespace: "a".to_owned(),
            name: "web-".to_owned(),
            reason,
            detail: "why".to_owned(),
            body: Vec::new(),
        };
        Notice::of(&answer, body.as_bytes())
    }

    #[test]
    fn an_owner_is_told_of_what_it_should_know_and_of_no_dry_run() {
        let named = r#""namespace":"a","#;
        let owner = r#"{"kind":"ReplicaSet","name":"web-1","uid":"2","controller":true}"#;
        let notice = told(named, owner, Reason::MergeFailed).unwrap();
        assert_eq!((&*notice.namespace, &*notice.pod), ("a", "web-"));
        let Controller { kind, name, uid } = &notice.controller;
        assert_eq!((&**kind, &**name, &**uid), ("ReplicaSet", "web-1", "2"));
        for (request, owner, reason, why) in [
            (named, owner, Reason::Injected, "all is well"),
            (named, owner, Reason::LabelFalse, "somebody decided so"),
            (
                r#""dryRun":true,"namespace":"a","#,
                owner,
                Reason::MergeFailed,
                "a dry run",
            ),
            ("", owner, Reason::MergeFailed, "no namespace"),
            (named, "{}", Reason::MergeFailed, "nobody owns it"),
            (
                named,
                r#"{"controller":true,"kind":1}"#,
                Reason::MergeFailed,
                "malformed",
            ),
        ] {
            assert_eq!(told(request, owner, reason), None, "{why}");
        }
        let not_dry = told(
            r#""dryRun":false,"namespace":"a","#,
            owner,
            Reason::HostNetwork,
        );
        assert!(not_dry.is_some());
    }
}
