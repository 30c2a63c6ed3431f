//! Writing: an outcome as the bytes of an answer, in one pass.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::inject::Outcome;

use super::Version;

/// The most characters of a warning that clients show whole.
const WARNING_LIMIT: usize = 120;

/// The answer to the request `uid`; without a version, the answer to a body that is no review.
pub(super) fn answer(version: Option<Version>, uid: &str, outcome: &Outcome<Vec<u8>>) -> Vec<u8> {
    let patch = outcome.result.as_deref();
    let mut out =
        String::with_capacity(512 + outcome.detail.len() + patch.map_or(0, <[u8]>::len) / 3 * 4);
    out.push('{');
    if let Some(version) = version {
        out.push_str(r#""kind":"AdmissionReview","apiVersion":""#);
        out.push_str(version.api_version());
        out.push_str("\",");
    }
    out.push_str(r#""response":{"uid":"#);
    string(&mut out, uid);
    if outcome.reason.is_failure() {
        out.push_str(r#","allowed":false,"status":{"metadata":{},"message":"#);
        string(&mut out, &message(outcome));
        out.push('}');
    } else {
        out.push_str(r#","allowed":true"#);
        if let Some(patch) = patch {
            out.push_str(r#","patchType":"JSONPatch","patch":""#);
            STANDARD.encode_string(patch, &mut out);
            out.push('"');
        }
    }
    if !outcome.warnings.is_empty() {
        out.push_str(r#","warnings":["#);
        for (i, warning) in outcome.warnings.iter().enumerate() {
            if i > 0 {
                out.push(',');
            }
            string(&mut out, shortened(warning));
        }
        out.push(']');
    }
    out.push_str(r#","auditAnnotations":{"reason":"#);
    string(&mut out, outcome.reason.code());
    out.push_str("}}}");
    out.into_bytes()
}

/// What whoever creates the Pod reads.
fn message<T>(outcome: &Outcome<T>) -> String {
    if outcome.detail.is_empty() {
        outcome.reason.sentence().to_owned()
    } else {
        format!("{}: {}", outcome.reason.sentence(), outcome.detail)
    }
}

fn shortened(text: &str) -> &str {
    let end = text.char_indices().nth(WARNING_LIMIT);
    end.map_or(text, |(at, _)| &text[..at])
}

fn string(out: &mut String, text: &str) {
    // A string can always be written as JSON.
    out.push_str(&serde_json::to_string(text).unwrap_or_default());
}
