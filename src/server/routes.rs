//! The routes, and the border between HTTP and the core.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::to_bytes,
    extract::{Request, State},
    http::{
        HeaderMap, HeaderValue, Method, StatusCode, Uri,
        header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, EXPECT, X_CONTENT_TYPE_OPTIONS},
    },
    response::{IntoResponse, Response},
    routing::{get, post},
};
use tracing::level_filters::LevelFilter;

use crate::admission::{Answer, Notice};

use super::{Limits, Shared, body, connections::Peer, metrics, traces::Laps};

/// From this size on a review is worked on beside the threads that serve connections.
const LARGE: usize = 256 << 10;

/// The largest body with a level of the log.
const LONGEST_LEVEL: usize = 64;

/// The webhook, with health beside it.
pub fn webhook_router(shared: Arc<Shared>) -> Router {
    health_routes()
        .route("/inject", post(inject))
        .route("/inject/", post(inject))
        .route("/inject/{*variables}", post(inject))
        .with_state(shared)
}

/// Health and metrics.
pub fn health_router(shared: Arc<Shared>) -> Router {
    health_routes()
        .route("/metrics", get(metrics))
        .route("/debug/log-level", get(log_level).put(log_level))
        .with_state(shared)
}

fn health_routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/healthz", get(alive))
        .route("/livez", get(alive))
        .route("/readyz", get(ready))
}

async fn inject(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let started = Instant::now();
    shared.metrics.called();
    shared.metrics.in_flight.inc();
    let result = answer(&shared, request, started).await;
    shared.metrics.in_flight.dec();
    let time = started.elapsed();
    match result {
        Ok(answer) => {
            shared.metrics.decided(answer.reason, time);
            log(&answer, time);
            ([(CONTENT_TYPE, "application/json")], answer.body).into_response()
        }
        Err(refusal) => {
            shared.metrics.failed(time);
            tracing::warn!(%refusal, ?time, "call refused");
            refusal.into_response()
        }
    }
}

async fn answer(
    shared: &Arc<Shared>,
    request: Request,
    called: Instant,
) -> Result<Answer, Refusal> {
    let (head, body) = request.into_parts();
    // A client that asks first is told before it sends anything.
    if head.headers.contains_key(EXPECT) && exceeds(&head.headers, &shared.limits) {
        return Err(Refusal::TooLarge {
            limit: shared.limits.body,
        });
    }
    let body = body::read(body, &shared.limits).await?;
    if body.is_empty() {
        return Err(Refusal::Empty);
    }
    if !is_json(&head.headers) {
        return Err(Refusal::ContentType);
    }
    let large = body.len() >= LARGE;
    let core = shared.core.load_full().ok_or(Refusal::Starting)?;
    let tells = shared.tells();
    let mut laps = shared.traces.get().map(|_| Laps::new(called));
    let path = head.uri;
    let work = move || {
        let answer = core.answer(&body, path.path(), &mut |part| {
            if let Some(laps) = &mut laps {
                laps.ended(part);
            }
        });
        let notice = tells.then(|| Notice::of(&answer, &body)).flatten();
        (answer, notice, laps)
    };
    let (answer, notice, laps) = if large {
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|_| Refusal::Panicked)?
    } else {
        guarded(work)?
    };
    if let Some(notice) = notice {
        shared.tell(notice);
    }
    if let (Some(traces), Some(laps)) = (shared.traces.get(), laps) {
        traces.tell(&head.headers, &laps, &answer);
    }
    Ok(answer)
}

/// Does `work`; a panic in it ends this call alone.
fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, Refusal> {
    // What the work shares with other calls is read only, so nothing can be left half changed.
    catch_unwind(AssertUnwindSafe(work)).map_err(|_| Refusal::Panicked)
}

fn exceeds(headers: &HeaderMap, limits: &Limits) -> bool {
    let length = headers
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    length.is_some_and(|length| length > limits.body as u64)
}

/// Whether the content type is JSON, with or without parameters such as a charset.
fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok());
    value.is_some_and(|value| {
        let essence = value.split(';').next().unwrap_or_default();
        essence.trim().eq_ignore_ascii_case("application/json")
    })
}

/// One line a decision, without the Pod.
fn log(answer: &Answer, time: Duration) {
    let Answer {
        uid,
        namespace,
        name,
        reason,
        detail,
        body: _,
    } = answer;
    let code = reason.code();
    if reason.is_failure() {
        tracing::warn!(
            reason = code,
            namespace,
            name,
            uid,
            ?time,
            detail,
            "refused"
        );
    } else if reason.is_skip() {
        tracing::info!(reason = code, namespace, name, uid, ?time, "skipped");
    } else {
        tracing::info!(reason = code, namespace, name, uid, ?time, "injected");
    }
}

async fn alive() -> &'static str {
    "ok\n"
}

async fn ready(State(shared): State<Arc<Shared>>, uri: Uri) -> Response {
    let status = if shared.health.is_ready() {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let verbose = uri.query().is_some_and(|query| {
        query
            .split('&')
            .any(|q| q == "verbose" || q.starts_with("verbose="))
    });
    if verbose || status != StatusCode::OK {
        (status, shared.health.report_text()).into_response()
    } else {
        "ok\n".into_response()
    }
}

async fn metrics(State(shared): State<Arc<Shared>>) -> Response {
    (
        [(CONTENT_TYPE, metrics::CONTENT_TYPE)],
        shared.metrics.text(),
    )
        .into_response()
}

/// Says how much is logged, and changes it to the level in the body, if there is one. Whoever reaches the Pod's port may read
/// its metrics, but only who may forward a port of it, or is in it, may do this.
async fn log_level(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    if !is_local(request.extensions().get()) {
        return (StatusCode::FORBIDDEN, "only over the loopback interface\n").into_response();
    }
    let Some(current) = shared.log_level.get() else {
        return StatusCode::NOT_FOUND.into_response();
    };
    if request.method() == Method::PUT {
        let body = to_bytes(request.into_body(), LONGEST_LEVEL).await;
        let body = body.unwrap_or_default();
        let Some(level) = level_in(&body) else {
            let wanted = "the body is none of off, error, warn, info, debug, trace\n";
            return (StatusCode::BAD_REQUEST, wanted).into_response();
        };
        current.set(level);
    }
    format!("{}\n", current.get()).into_response()
}

fn level_in(body: &[u8]) -> Option<LevelFilter> {
    let text = str::from_utf8(body).ok()?.trim();
    // The library takes nothing for a level, too.
    let level = text.parse().ok();
    level.filter(|_| !text.is_empty())
}

fn is_local(peer: Option<&Peer>) -> bool {
    peer.is_some_and(|Peer(address)| address.to_canonical().is_loopback())
}

/// A call that is not answered with a review.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    #[error("the body is larger than the limit of {limit} bytes")]
    TooLarge { limit: usize },
    #[error("the body is empty, an AdmissionReview is expected")]
    Empty,
    #[error("the content type is not application/json")]
    ContentType,
    #[error("the body took too long to arrive")]
    Slow,
    #[error("the body ended before it was complete")]
    Broken,
    #[error("answering went wrong; the server's log says where")]
    Panicked,
    #[error("the server has no configuration yet")]
    Starting,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = match self {
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Empty | Self::Broken => StatusCode::BAD_REQUEST,
            Self::ContentType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Slow => StatusCode::REQUEST_TIMEOUT,
            Self::Panicked => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Starting => StatusCode::SERVICE_UNAVAILABLE,
        };
        let mut response = (status, format!("{self}\n")).into_response();
        let headers = response.headers_mut();
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if matches!(self, Self::TooLarge { .. } | Self::Slow | Self::Broken) {
            // What is left of the body must not be taken for the next call.
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_ends_one_call() {
        assert!(matches!(
            guarded(|| -> u8 { panic!("on purpose") }),
            Err(Refusal::Panicked)
        ));
        assert!(matches!(guarded(|| 7), Ok(7)));
    }

    #[test]
    fn a_level_is_a_word_from_the_same_pod() {
        for (body, want) in [
            ("debug", Some(LevelFilter::DEBUG)),
            (" OFF\n", Some(LevelFilter::OFF)),
            ("", None),
            ("loud", None),
        ] {
            assert_eq!(level_in(body.as_bytes()), want, "{body}");
        }
        for (address, want) in [
            ("127.0.0.1", true),
            ("::1", true),
            ("::ffff:127.0.0.1", true),
            ("10.0.0.1", false),
            ("::ffff:10.0.0.1", false),
        ] {
            let peer = Peer(address.parse().unwrap());
            assert_eq!(is_local(Some(&peer)), want, "{address}");
        }
        assert!(!is_local(None));
    }
}
