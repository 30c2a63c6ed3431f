//! The reviews that are measured, and what answers them.

use outrigger::{
    config::{NativeSidecars, Settings, Snapshot, Sources},
    inject::{Injector, Request, Way},
};
use outrigger_json::{Object, Value};

/// A review of a typical Pod as an API server sends it: 5.2 KB, of which a third are managed fields.
pub(crate) const REVIEW: &[u8] = include_bytes!("../data/review.json");

/// The built-in configuration, as it is since sidecars may be native.
pub(crate) fn injector() -> Injector {
    injector_of(&Sources::default())
}

/// The same with other sources.
pub(crate) fn injector_of(sources: &Sources) -> Injector {
    let settings = Settings {
        native_sidecars: NativeSidecars::On,
        ..Settings::default()
    };
    let config = Snapshot::build(sources, settings).expect("the configuration is valid");
    Injector::new(config).expect("the templates are valid")
}

/// One review.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) review: Vec<u8>,
}

/// A typical Pod, and Pods that are large or special in one thing each.
pub(crate) fn all() -> Vec<Case> {
    [
        ("typical", with(|_| {})),
        ("skipped", with(skip)),
        ("injected", again()),
        ("env-2000", many(Many::Env, 2_000)),
        ("env-20000", many(Many::Env, 20_000)),
        ("annotations-1000", many(Many::Annotations, 1_000)),
        ("containers-100", many(Many::Containers, 100)),
        ("containers-1000", many(Many::Containers, 1_000)),
    ]
    .map(|(name, review)| Case { name, review })
    .into()
}

/// What a Pod may have many of.
#[derive(Clone, Copy)]
pub(crate) enum Many {
    Annotations,
    Containers,
    Env,
}

/// The typical review with so many of one thing.
pub(crate) fn many(of: Many, count: usize) -> Vec<u8> {
    with(|pod| match of {
        Many::Annotations => annotations(pod, count),
        Many::Containers => containers(pod, count),
        Many::Env => env(pod, count),
    })
}

/// The request for the Pod of a review.
pub(crate) fn request<'a>(pod: &'a Value<'a>) -> Request<'a> {
    Request {
        pod,
        namespace: "shop",
        owner: None,
        variables: &[],
        way: Way::Webhook,
    }
}

/// The typical review, changed.
fn with(change: impl FnOnce(&mut Value<'_>)) -> Vec<u8> {
    let mut review = Value::parse(REVIEW).expect("the review is JSON");
    let pod = review.at_mut(&["request", "object"]);
    change(pod.expect("the review has an object"));
    review.to_string().into_bytes()
}

fn skip(pod: &mut Value<'_>) {
    let labels = pod.at_mut(&["metadata", "labels"]);
    let labels = labels.and_then(Value::as_object_mut);
    labels
        .expect("the Pod has labels")
        .insert("sidecar.istio.io/inject", "false");
}

/// A review of the Pod that injection made, as the API server sends it where other webhooks changed the Pod since.
fn again() -> Vec<u8> {
    let review = Value::parse(REVIEW).expect("the review is JSON");
    let pod = review.at(&["request", "object"]);
    let injected = injector().apply(&request(pod.expect("the review has an object")));
    with(|pod| *pod = injected.result.expect("the Pod is injected"))
}

fn env(pod: &mut Value<'_>, entries: usize) {
    let entry = |i| {
        Object::from_iter([
            ("name", format!("VARIABLE_{i}")),
            ("value", format!("value {i}")),
        ])
    };
    let env: Vec<Value<'_>> = (0..entries).map(|i| entry(i).into()).collect();
    let first = list(pod)
        .first_mut()
        .and_then(Value::as_object_mut)
        .expect("the Pod has a container");
    first.insert("env", env);
}

fn annotations(pod: &mut Value<'_>, entries: usize) {
    let annotations: Object<'_> = (0..entries)
        .map(|i| (format!("example.com/note-{i}"), format!("note {i}")))
        .collect();
    let metadata = pod.get_mut("metadata").and_then(Value::as_object_mut);
    metadata
        .expect("the Pod has metadata")
        .insert("annotations", annotations);
}

/// Copies of the first container, each under a name and with ports of its own.
fn containers(pod: &mut Value<'_>, count: usize) {
    let list = list(pod);
    let first = list.first().cloned().unwrap_or_default();
    list.clear();
    list.extend((10_000_i64..).take(count).map(|port| {
        let mut container = first.clone();
        if let Some(container) = container.as_object_mut() {
            container.insert("name", format!("app-{}", port - 10_000));
            let port = Object::from_iter([("containerPort", port)]);
            container.insert("ports", vec![port.into()]);
        }
        container
    }));
}

fn list<'p, 'a>(pod: &'p mut Value<'a>) -> &'p mut Vec<Value<'a>> {
    pod.at_mut(&["spec", "containers"])
        .and_then(Value::as_array_mut)
        .expect("the Pod has containers")
}
