//! Whatever is posted is answered with a review that can be read, and its patch fits.
//!
//! The first line is the path if it begins with a slash; the rest is the body.

#![no_main]

use std::sync::LazyLock;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use libfuzzer_sys::fuzz_target;
use outrigger::{admission::handle, config::NativeSidecars, inject::Injector};
use serde_json::Value as Json;

static INJECTOR: LazyLock<Injector> =
    LazyLock::new(|| outrigger_fuzz::injector(NativeSidecars::On));

fuzz_target!(|input: &[u8]| {
    let (path, body) = match input.iter().position(|byte| *byte == b'\n') {
        Some(end) if input[0] == b'/' => (
            std::str::from_utf8(&input[..end]).unwrap_or("/inject"),
            &input[end + 1..],
        ),
        _ => ("/inject", input),
    };
    let answer = handle(body, path, &*INJECTOR);
    let review: Json = serde_json::from_slice(&answer.body).expect("the answer is JSON");
    let response = &review["response"];
    // What is no review is answered by a response alone.
    if let Some(kind) = review.get("kind") {
        assert_eq!(kind, "AdmissionReview");
    }
    assert_eq!(response["uid"].as_str().unwrap_or_default(), answer.uid);
    let allowed = response["allowed"]
        .as_bool()
        .expect("the answer says whether");
    if let Some(patch) = response.get("patch") {
        assert!(allowed, "a patch for a Pod that is refused");
        let patch = STANDARD
            .decode(patch.as_str().expect("the patch is text"))
            .expect("the patch is base64");
        let patch: json_patch::Patch = serde_json::from_slice(&patch).expect("the patch is one");
        let Ok(asked) = serde_json::from_slice::<Json>(body) else {
            return;
        };
        let mut pod = asked["request"]["object"].clone();
        json_patch::patch(&mut pod, &patch).expect("the patch fits the Pod");
    }
});
