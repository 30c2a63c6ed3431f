//! An injected Pod is what it is when it is injected again, and it is given back as its author wrote it.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use outrigger::{
    config::NativeSidecars,
    inject::{Injector, restore},
};
use outrigger_fuzz::{OWNER, request};
use outrigger_json::Value;
use serde_json::Value as Json;

static INJECTORS: LazyLock<[Injector; 2]> =
    LazyLock::new(|| [NativeSidecars::On, NativeSidecars::Off].map(outrigger_fuzz::injector));

const STATUS: &str = "/metadata/annotations/sidecar.istio.io~1status";

fuzz_target!(|text: &[u8]| {
    let Ok(pod) = Value::parse(text) else { return };
    // Some numbers are JSON to one reader and not to another.
    if unordered(&pod).is_none() {
        return;
    }
    let restored = restore(&pod, &OWNER);
    for injector in &*INJECTORS {
        let Some(once) = injector.apply(&request(&pod)).result else {
            continue;
        };
        let twice = injector.apply(&request(&once));
        let (reason, detail) = (twice.reason, &twice.detail);
        let twice = twice.result.as_ref().and_then(unordered);
        assert_eq!(twice, unordered(&once), "{reason}: {detail}");

        let author = restored
            .as_ref()
            .expect("what is injected was restored first");
        let is_certain = author.as_ref().is_none_or(|restored| restored.is_certain);
        let author = author.as_ref().map_or(&pod, |restored| &restored.pod);
        let back = restore(&once, &OWNER).expect("what was injected can be restored");
        let back = back.expect("what was injected says so");
        assert!(back.is_certain || !is_certain, "{once}");
        assert_eq!(unordered(&back.pod), unordered(author));
    }
});

/// A Pod to compare whatever the order of its keys and of those in its status.
fn unordered(pod: &Value<'_>) -> Option<Json> {
    let mut pod: Json = serde_json::from_str(&pod.to_string()).ok()?;
    if let Some(status) = pod.pointer_mut(STATUS)
        && let Some(inner) = status
            .as_str()
            .and_then(|text| serde_json::from_str(text).ok())
    {
        *status = inner;
    }
    Some(pod)
}
