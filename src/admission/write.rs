//! Writing: an outcome as the bytes of an answer, in one pass.

use base64::Engine as _;
use outrigger_json::write_text;

use crate::inject::Outcome;

use super::Version;

/// A patch is long enough for the processor's wide instructions to count.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
static BASE64: std::sync::LazyLock<base64::engine::Simd> = std::sync::LazyLock::new(|| {
    base64::engine::Simd::standard(base64::engine::general_purpose::PAD)
});
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
use base64::engine::general_purpose::STANDARD as BASE64;

/// The most characters of a warning that clients show whole.
const WARNING_LIMIT: usize = 120;

/// The answer to the request `uid`; without a version, the answer to a body that is no review.
pub(super) fn answer(version: Option<Version>, uid: &str, outcome: &Outcome<Vec<u8>>) -> Vec<u8> {
    let patch = outcome.result.as_deref();
    let room = 512 + outcome.detail.len() + patch.map_or(0, <[u8]>::len) / 3 * 4;
    let mut out = head(version, uid, room);
    rest(&mut out, outcome);
    out
}

/// The beginning of an answer, which alone depends on who asks, with room for more.
pub(super) fn head(version: Option<Version>, uid: &str, room: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(room);
    out.push(b'{');
    if let Some(version) = version {
        out.extend_from_slice(br#""kind":"AdmissionReview","apiVersion":""#);
        out.extend_from_slice(version.api_version().as_bytes());
        out.extend_from_slice(b"\",");
    }
    out.extend_from_slice(br#""response":{"uid":"#);
    write_text(uid, &mut out);
    out
}

fn rest(out: &mut Vec<u8>, outcome: &Outcome<Vec<u8>>) {
    if outcome.reason.is_failure() {
        out.extend_from_slice(br#","allowed":false,"status":{"metadata":{},"message":"#);
        write_text(&message(outcome), out);
        out.push(b'}');
    } else {
        out.extend_from_slice(br#","allowed":true"#);
        if let Some(patch) = &outcome.result {
            out.extend_from_slice(br#","patchType":"JSONPatch","patch":""#);
            base64(out, patch);
            out.push(b'"');
        }
    }
    let reason = outcome.reason;
    let skip = (reason.is_skip() && reason.is_told()).then(|| format!("no sidecar: {reason}"));
    let mut warnings = skip.iter().chain(&outcome.warnings).peekable();
    if warnings.peek().is_some() {
        out.extend_from_slice(br#","warnings":["#);
        for (i, warning) in warnings.enumerate() {
            if i > 0 {
                out.push(b',');
            }
            write_text(shortened(warning), out);
        }
        out.push(b']');
    }
    out.extend_from_slice(br#","auditAnnotations":{"reason":"#);
    write_text(reason.code(), out);
    out.extend_from_slice(b"}}}");
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

fn base64(out: &mut Vec<u8>, bytes: &[u8]) {
    // Whole threes, so that the parts fit together. Of a buffer there is no need to fill the answer with zeros first.
    const PART: usize = 3 << 10;
    let mut buffer = [0; PART / 3 * 4];
    for part in bytes.chunks(PART) {
        // The buffer has room for a part.
        let written = BASE64.encode_slice(part, &mut buffer).unwrap_or_default();
        out.extend_from_slice(&buffer[..written]);
    }
}
