//! A core that does what the test asks for by the Pod's name.

use outrigger::{
    admission::Core,
    inject::{Outcome, Reason, Request, Stage},
};
use serde_json::json;

/// Injects every Pod with an empty patch, and says the path's variables in a warning. A Pod named `panic` panics.
pub(crate) struct Standin;

impl Core for Standin {
    fn run(&self, request: &Request<'_>, _: &mut dyn FnMut(Stage)) -> Outcome<Vec<u8>> {
        let name = request.pod.at(&["metadata", "name"]);
        assert_ne!(name.and_then(|name| name.as_str()), Some("panic"));
        Outcome {
            reason: Reason::Injected,
            detail: String::new(),
            warnings: vec![format!("{:?}", request.variables)],
            result: Some(b"[]".to_vec()),
        }
    }
}

/// A review of a Pod with this name and a label of this many bytes.
pub(crate) fn review(name: &str, size: usize) -> Vec<u8> {
    json!({
        "kind": "AdmissionReview",
        "apiVersion": "admission.k8s.io/v1",
        "request": {
            "uid": "u-1",
            "kind": {"group": "", "version": "v1", "kind": "Pod"},
            "namespace": "shop",
            "operation": "CREATE",
            "object": {"metadata": {"name": name, "annotations": {"long": "x".repeat(size)}}},
        },
    })
    .to_string()
    .into_bytes()
}
