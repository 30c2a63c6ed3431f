//! Traces over OTLP: a span a review, under that of the API server if it sends one, and under it a span a part.
//!
//! Sources of truth: <https://opentelemetry.io/docs/specs/otlp/#otlphttp>, <https://www.w3.org/TR/trace-context/>.

use std::{
    env,
    pin::Pin,
    time::{Duration, Instant, SystemTime},
};

use axum::http::{HeaderMap, Request, Response, Uri, uri::Scheme};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use opentelemetry::{
    Context, KeyValue,
    propagation::TextMapPropagator as _,
    trace::{
        Span as _, SpanBuilder, SpanKind, TraceContextExt as _, Tracer as _, TracerProvider as _,
    },
};
use opentelemetry_http::{HeaderExtractor, HttpClient, HttpError};
use opentelemetry_otlp::{
    ExporterBuildError, SpanExporter, WithExportConfig as _, WithHttpConfig as _,
};
use opentelemetry_sdk::{
    Resource,
    propagation::TraceContextPropagator,
    trace::{SdkTracer, SdkTracerProvider},
};
use tokio::{runtime::Handle, time};

use crate::admission::{Answer, Part};

/// The path of traces at a collector.
const PATH: &str = "v1/traces";

/// How long a collector may take.
const LIMIT: Duration = Duration::from_secs(10);

/// The largest answer of a collector that is read, in bytes.
const LONGEST: usize = 64 << 10;

/// Why there are no traces.
#[derive(Debug, thiserror::Error)]
pub enum TracesError {
    /// The endpoint is another kind of URL.
    #[error("traces are sent to a collector over http://, and {0} is something else")]
    Endpoint(Uri),
    /// The library does not take what it is given, or what the environment says.
    #[error("cannot send traces")]
    Exporter(#[source] ExporterBuildError),
}

/// Where traces are sent, in batches and beside the calls: what is too much is dropped.
#[derive(Clone, Debug)]
pub struct Traces {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
}

impl Traces {
    /// Sends traces to the collector at `endpoint`, from within the runtime that this is called in. How many are kept, and
    /// what the program is called in them, is as the environment says in OpenTelemetry's variables.
    pub fn start(endpoint: &Uri) -> Result<Self, TracesError> {
        if endpoint.scheme() != Some(&Scheme::HTTP) {
            return Err(TracesError::Endpoint(endpoint.clone()));
        }
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Collector {
                client: Client::builder(TokioExecutor::new()).build_http(),
                runtime: Handle::current(),
            })
            .with_endpoint(format!(
                "{}/{PATH}",
                endpoint.to_string().trim_end_matches('/')
            ))
            .with_timeout(LIMIT)
            .build()
            .map_err(TracesError::Exporter)?;
        let mut resource = Resource::builder()
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")));
        if env::var_os("OTEL_SERVICE_NAME").is_none() {
            resource = resource.with_service_name("outrigger");
        }
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_resource(resource.build())
            .build();
        let tracer = provider.tracer("outrigger");
        Ok(Self { provider, tracer })
    }

    /// Sends what is there yet, and ends.
    pub async fn stop(self) {
        // It waits for a thread, which waits for the runtime.
        let stopped = tokio::task::spawn_blocking(move || self.provider.shutdown()).await;
        if let Ok(Err(error)) = stopped {
            tracing::warn!(%error, "traces not sent");
        }
    }

    /// Tells a call that is answered.
    pub(super) fn tell(&self, headers: &HeaderMap, laps: &Laps, answer: &Answer) {
        let parent = TraceContextPropagator::new()
            .extract_with_context(&Context::new(), &HeaderExtractor(headers));
        let named = |name, start| SpanBuilder::from_name(name).with_start_time(laps.at(start));
        let review = named("review", laps.called)
            .with_kind(SpanKind::Server)
            .with_attributes([
                KeyValue::new("outrigger.uid", answer.uid.clone()),
                KeyValue::new("outrigger.reason", answer.reason.code()),
                KeyValue::new("k8s.namespace.name", answer.namespace.clone()),
                KeyValue::new("k8s.pod.name", answer.name.clone()),
            ]);
        let review = self.tracer.build_with_context(review, &parent);
        let context = Context::new().with_span(review);
        let mut start = laps.begun;
        for (part, end) in &laps.ended {
            let mut span = self
                .tracer
                .build_with_context(named(part.name(), start), &context);
            span.end_with_timestamp(laps.at(*end));
            start = *end;
        }
        context.span().end_with_timestamp(SystemTime::now());
    }
}

/// When the parts of a call ended.
pub(super) struct Laps {
    /// The call's beginning, by both clocks.
    called: Instant,
    wall: SystemTime,
    /// When its body was there.
    begun: Instant,
    ended: Vec<(Part, Instant)>,
}

impl Laps {
    /// Those of a call that came in at `called` and whose body is there.
    pub(super) fn new(called: Instant) -> Self {
        let begun = Instant::now();
        let now = SystemTime::now();
        Self {
            called,
            wall: now.checked_sub(begun - called).unwrap_or(now),
            begun,
            ended: Vec::new(),
        }
    }

    /// Notes that a part has ended.
    pub(super) fn ended(&mut self, part: Part) {
        self.ended.push((part, Instant::now()));
    }

    fn at(&self, moment: Instant) -> SystemTime {
        self.wall + (moment - self.called)
    }
}

/// A collector of traces. The library calls it from a thread of its own.
#[derive(Debug)]
struct Collector {
    client: Client<HttpConnector, Full<Bytes>>,
    runtime: Handle,
}

impl HttpClient for Collector {
    fn send_bytes<'c, 'f>(
        &'c self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'f>>
    where
        'c: 'f,
        Self: 'f,
    {
        // Whoever calls is not in the runtime: sockets and clocks are.
        let client = self.client.clone();
        let answer = self.runtime.spawn(async move {
            let answer = async {
                let (head, body) = client.request(request.map(Full::new)).await?.into_parts();
                let body = Limited::new(body, LONGEST).collect().await?.to_bytes();
                Ok::<_, HttpError>(Response::from_parts(head, body))
            };
            time::timeout(LIMIT, answer).await
        });
        Box::pin(async { answer.await?? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_plain_http_is_an_endpoint() {
        for (endpoint, want) in [
            ("http://collector:4318", true),
            ("http://collector:4318/base/", true),
            ("https://collector:4318", false),
            ("collector:4318", false),
            ("/collector", false),
        ] {
            let traces = Traces::start(&endpoint.parse().unwrap());
            assert_eq!(traces.is_ok(), want, "{endpoint}");
        }
    }
}
