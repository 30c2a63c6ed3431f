//! What one injection costs inside the core, without network: see `benches/README.md`.

use criterion::{Criterion, criterion_group, criterion_main};
use outrigger::{
    admission,
    config::{NativeSidecars, Settings, Snapshot, Sources},
    inject::{Injector, Request, Way},
};
use outrigger_json::Value;

const REVIEW: &[u8] = include_bytes!("../examples/review.json");

fn injector() -> Injector {
    let settings = Settings {
        native_sidecars: NativeSidecars::On,
        ..Settings::default()
    };
    let config = Snapshot::build(&Sources::default(), settings)
        .expect("the built-in configuration is valid");
    Injector::new(config).expect("the shipped templates are valid")
}

/// The Pod of the review, with `entries` environment variables in its first container.
fn pod(entries: usize) -> String {
    let review = Value::parse(REVIEW).expect("the example is JSON");
    let mut pod = review
        .at(&["request", "object"])
        .cloned()
        .unwrap_or_default();
    let containers = pod
        .at_mut(&["spec", "containers"])
        .and_then(Value::as_array_mut);
    let first = containers
        .and_then(|c| c.first_mut())
        .and_then(Value::as_object_mut)
        .expect("the example has a container");
    if entries > 0 {
        let entry = |i| {
            Value::parse(format!(r#"{{"name":"VARIABLE_{i}","value":"value {i}"}}"#).as_bytes())
                .map(Value::into_owned)
        };
        let env: Vec<Value<'_>> = (0..entries).filter_map(|i| entry(i).ok()).collect();
        first.insert("env", env);
    }
    pod.to_string()
}

fn core(c: &mut Criterion) {
    let injector = injector();
    let mut group = c.benchmark_group("core");
    for entries in [0, 2_000, 20_000] {
        let text = pod(entries);
        let name = if entries == 0 {
            "README's Pod".to_owned()
        } else {
            format!("Pod with {entries} env entries")
        };
        group.bench_function(name, |b| {
            b.iter(|| {
                let pod = Value::parse(text.as_bytes()).expect("the Pod is JSON");
                let request = Request {
                    pod: &pod,
                    namespace: "shop",
                    owner: None,
                    variables: &[],
                    way: Way::Webhook,
                };
                injector.run(&request)
            });
        });
    }
    group.finish();
}

fn review(c: &mut Criterion) {
    let injector = injector();
    c.bench_function("review to answer", |b| {
        b.iter(|| admission::handle(REVIEW, "/inject", &injector));
    });
}

criterion_group!(benches, core, review);
criterion_main!(benches);
