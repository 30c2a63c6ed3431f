//! Reviews in, answers out, around a core that injects whatever it is given.

use std::sync::Mutex;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use proptest::{prelude::*, sample::Index};
use serde_json::{Value as Json, json};

use super::*;

/// Injects a fixed patch and remembers what it was asked.
#[derive(Default)]
struct Recorder {
    reason: Option<Reason>,
    seen: Mutex<Vec<String>>,
}

impl Core for Recorder {
    fn run(&self, request: &Request<'_>, _: &mut dyn FnMut(Stage)) -> Outcome<Vec<u8>> {
        self.seen.lock().unwrap().push(format!(
            "{} {:?} {}",
            request.namespace, request.variables, request.pod
        ));
        let reason = self.reason.unwrap_or(Reason::Injected);
        Outcome {
            reason,
            detail: "the \"particulars\"".to_owned(),
            warnings: vec!["é".repeat(130)],
            result: (reason == Reason::Injected).then(|| b"[]".to_vec()),
        }
    }
}

fn review(changes: impl FnOnce(&mut Json)) -> Vec<u8> {
    let mut review = json!({
        "kind": "AdmissionReview",
        "apiVersion": "admission.k8s.io/v1",
        "request": {
            "uid": "u-1",
            "kind": {"group": "", "version": "v1", "kind": "Pod"},
            "resource": {"group": "", "version": "v1", "resource": "pods"},
            "namespace": "shop",
            "operation": "CREATE",
            "userInfo": {"username": "admin", "extra": {"a": ["b"]}},
            "object": {"kind": "Pod", "apiVersion": "v1", "metadata": {"generateName": "web-"}, "spec": {}},
            "oldObject": null,
            "dryRun": false,
        },
    });
    changes(&mut review);
    review.to_string().into_bytes()
}

fn answered(body: &[u8]) -> (Answer, Json) {
    let answer = handle(body, "/inject", &Recorder::default());
    let json = serde_json::from_slice(&answer.body).unwrap();
    (answer, json)
}

#[test]
fn an_injected_pod_is_answered_with_its_patch() {
    let core = Recorder::default();
    let answer = handle(&review(|_| ()), "/inject/net/n1", &core);
    assert_eq!(
        (&*answer.uid, &*answer.namespace, &*answer.name),
        ("u-1", "shop", "web-")
    );
    assert_eq!(
        serde_json::from_slice::<Json>(&answer.body).unwrap(),
        json!({
            "kind": "AdmissionReview",
            "apiVersion": "admission.k8s.io/v1",
            "response": {
                "uid": "u-1",
                "allowed": true,
                "patchType": "JSONPatch",
                "patch": STANDARD.encode("[]"),
                "warnings": ["é".repeat(120)],
                "auditAnnotations": {"reason": "injected"},
            },
        })
    );
    let seen = core.seen.lock().unwrap();
    assert!(
        seen[0].starts_with(r#"shop [("ISTIO_META_NETWORK", "n1")] {"#),
        "{seen:?}"
    );
}

#[test]
fn the_answer_has_the_version_asked() {
    let (_, json) = answered(&review(|r| {
        r["apiVersion"] = json!("admission.k8s.io/v1beta1");
    }));
    assert_eq!(json["apiVersion"], "admission.k8s.io/v1beta1");
    assert_eq!(json["response"]["uid"], "u-1");
}

#[test]
fn a_refusal_says_why() {
    let core = Recorder {
        reason: Some(Reason::AnnotationInvalid),
        ..Recorder::default()
    };
    let answer = handle(&review(|_| ()), "/inject", &core);
    let json: Json = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(json["response"]["allowed"], false);
    assert_eq!(
        json["response"]["status"],
        json!({
            "metadata": {},
            "message": "an annotation of the Pod has a value that is not accepted: the \"particulars\"",
        })
    );
    assert_eq!(json["response"].get("patch"), None);
}

/// Reviews that are read, but that the core never sees: what is changed, the reason, and the uid of the answer.
#[test]
fn what_is_no_pod_never_reaches_the_core() {
    type Change = fn(&mut Json);
    let table: &[(&str, Change, Reason, &str)] = &[
        (
            "no request",
            |r| {
                r.as_object_mut().unwrap().remove("request");
            },
            Reason::Unreadable,
            "",
        ),
        (
            "null request",
            |r| r["request"] = json!(null),
            Reason::Unreadable,
            "",
        ),
        (
            "another kind",
            |r| {
                r["request"]["kind"] =
                    json!({"group": "apps", "version": "v1", "kind": "Deployment"});
            },
            Reason::NotAPod,
            "u-1",
        ),
        (
            "a Pod of another group",
            |r| r["request"]["kind"]["group"] = json!("example.org"),
            Reason::NotAPod,
            "u-1",
        ),
        (
            "a sub-resource",
            |r| r["request"]["subResource"] = json!("ephemeralcontainers"),
            Reason::NotAPod,
            "u-1",
        ),
        (
            "a ConfigMap as object",
            |r| r["request"]["object"] = json!({"kind": "ConfigMap", "data": {"a": "b"}}),
            Reason::NotAPod,
            "u-1",
        ),
        (
            "a deletion",
            |r| {
                r["request"]["operation"] = json!("DELETE");
                r["request"]["object"] = json!(null);
            },
            Reason::NotAPod,
            "u-1",
        ),
        (
            "no object",
            |r| r["request"]["object"] = json!(null),
            Reason::Unreadable,
            "u-1",
        ),
        (
            "a list as object",
            |r| r["request"]["object"] = json!([1]),
            Reason::Unreadable,
            "u-1",
        ),
        (
            "a text as object",
            |r| r["request"]["object"] = json!("Pod"),
            Reason::Unreadable,
            "u-1",
        ),
    ];
    for (what, change, reason, uid) in table {
        let core = Recorder::default();
        let answer = handle(&review(change), "/inject", &core);
        let json: Json = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(answer.reason, *reason, "{what}: {json}");
        assert_eq!(json["apiVersion"], "admission.k8s.io/v1", "{what}");
        assert_eq!(json["response"]["uid"], *uid, "{what}");
        assert_eq!(json["response"]["allowed"], !reason.is_failure(), "{what}");
        assert!(core.seen.lock().unwrap().is_empty(), "{what}");
    }
}

#[test]
fn a_request_that_names_no_kind_is_judged_by_its_object() {
    let (answer, _) = answered(&review(|r| {
        r["request"]["kind"] = json!(null);
        r["request"]["object"] = json!({"metadata": {"name": "named"}});
    }));
    assert_eq!((answer.reason, &*answer.name), (Reason::Injected, "named"));
}

#[test]
fn an_object_that_is_too_deep_is_refused_with_its_uid() {
    let object = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let body = String::from_utf8(review(|r| r["request"]["object"] = json!("DEEP")))
        .unwrap()
        .replace("\"DEEP\"", &object);
    let (answer, json) = answered(body.as_bytes());
    assert_eq!((answer.reason, &*answer.uid), (Reason::Unreadable, "u-1"));
    assert!(
        json["response"]["status"]["message"]
            .as_str()
            .unwrap()
            .contains("nested too deeply"),
        "{json}"
    );
}

#[test]
fn what_is_no_review_is_refused_without_a_version() {
    let deep = "[".repeat(200_000);
    let duplicate = r#"{"kind":"AdmissionReview","kind":"AdmissionReview"}"#;
    let table: &[&[u8]] = &[
        b"",
        b"{",
        b"not json",
        b"[]",
        b"null",
        b"17",
        b"{}",
        b"\xff\xfe",
        b"{\"kind\":\"Admission\xffReview\"}",
        br#"{"kind":"Pod","apiVersion":"v1"}"#,
        br#"{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v2","request":{"uid":"x"}}"#,
        br#"{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":7}}"#,
        br#"{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":[]} trailing"#,
        duplicate.as_bytes(),
        deep.as_bytes(),
    ];
    for body in table {
        let (answer, json) = answered(body);
        let what = String::from_utf8_lossy(&body[..body.len().min(80)]);
        assert_eq!(answer.reason, Reason::Unreadable, "{what}");
        assert_eq!(json.get("apiVersion"), None, "{what}");
        assert_eq!(json["response"]["uid"], "", "{what}");
        assert_eq!(json["response"]["allowed"], false, "{what}");
        assert_ne!(json["response"]["status"]["message"], "", "{what}");
    }
}

#[test]
fn of_equal_keys_in_the_pod_the_last_counts() {
    let body = String::from_utf8(review(|r| r["request"]["object"] = json!("TWICE")))
        .unwrap()
        .replace(
            "\"TWICE\"",
            r#"{"metadata":{"name":"a"},"metadata":{"name":"b"}}"#,
        );
    assert_eq!(answered(body.as_bytes()).0.name, "b");
}

#[test]
fn escapes_and_nulls_are_read_as_go_reads_them() {
    let body = String::from_utf8(review(|r| {
        r["request"]["name"] = json!(null);
        r["request"]["subResource"] = json!(null);
    }))
    .unwrap()
    .replace("u-1", "u\\u002d\\\"1");
    let (answer, json) = answered(body.as_bytes());
    assert_eq!(answer.uid, "u-\"1");
    assert_eq!(json["response"]["uid"], "u-\"1");
    assert_eq!(answer.reason, Reason::Injected);
}

proptest! {
    /// Whatever happens to a review's bytes, the answer is JSON, and what it says is in step with its reason.
    #[test]
    fn every_body_is_answered(
        at in any::<Index>(),
        removed in 0_usize..40,
        inserted in prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..8),
            r#"[\[\]{}",:0-9a-z\\]{0,8}"#.prop_map(String::into_bytes),
        ],
    ) {
        let mut body = review(|_| ());
        let start = at.index(body.len());
        let end = body.len().min(start + removed);
        body.splice(start..end, inserted);
        let (answer, json) = answered(&body);
        let response = &json["response"];
        prop_assert_eq!(&response["uid"], &answer.uid);
        prop_assert_eq!(&response["allowed"], !answer.reason.is_failure());
        prop_assert_eq!(&response["auditAnnotations"]["reason"], answer.reason.code());
        prop_assert_eq!(response.get("patch").is_some(), answer.reason == Reason::Injected);
        prop_assert_eq!(response.get("status").is_some(), answer.reason.is_failure());
    }
}
