//! Reading a body, at most so large and at most so slowly.

use axum::body::{Body, HttpBody as _};
use bytes::Bytes;
use http_body_util::BodyExt as _;
use tokio::time;

use super::{Limits, routes::Refusal};

/// How much of too large a body is read and thrown away, so that the client hears why before its connection ends.
const DISCARDED: usize = 64 << 20;

/// Reads a body to its end.
pub(super) async fn read(body: Body, limits: &Limits) -> Result<Bytes, Refusal> {
    time::timeout(limits.body_time, collect(body, limits.body))
        .await
        .unwrap_or(Err(Refusal::Slow))
}

async fn collect(mut body: Body, limit: usize) -> Result<Bytes, Refusal> {
    let declared = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    let mut seen = 0_usize;
    let mut whole = Vec::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| Refusal::Broken)?.into_data() else {
            continue;
        };
        let first = seen == 0;
        seen = seen.saturating_add(data.len());
        if seen > limit.saturating_add(DISCARDED) {
            break;
        }
        if seen > limit {
            whole = Vec::new();
        } else if first && body.is_end_stream() {
            return Ok(data);
        } else {
            if first && declared <= limit {
                whole.reserve(declared);
            }
            whole.extend_from_slice(&data);
        }
    }
    if seen > limit {
        Err(Refusal::TooLarge { limit })
    } else {
        Ok(whole.into())
    }
}
