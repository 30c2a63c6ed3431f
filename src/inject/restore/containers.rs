//! The author's containers, with the author's probes.

use outrigger_json::{Object, Value};

use crate::inject::{
    pod::{self, List, PROXY},
    probe::{HANDLERS, PROBERS},
    status::Status,
};

/// The author's containers, by list.
#[derive(Default)]
pub(super) struct Containers<'p> {
    pub(super) containers: Vec<Value<'p>>,
    pub(super) init_containers: Vec<Value<'p>>,
}

/// The containers of the author of `pod`, whose annotation of customised containers reads as `overrides`.
pub(super) fn author<'p>(
    pod: &'p Value<'_>,
    status: &Status<'_>,
    overrides: &Value<'_>,
) -> Containers<'p> {
    let probers = pod::proxy(pod).and_then(|p| Value::parse(pod::env(p, PROBERS)?.as_bytes()).ok());
    let saved = saved(overrides);
    let of = |list: List| {
        let own = |name: &str| {
            let of_list = |(home, c): &&(List, Value<'_>)| *home == list && pod::name(c) == name;
            saved.iter().find(of_list).map(|(_, c)| c)
        };
        let present = pod::containers(pod, list).iter();
        let mut containers: Vec<Value<'p>> = present
            .filter_map(|container| {
                if status.has(list.key(), pod::name(container)) {
                    return own(pod::name(container)).cloned();
                }
                let mut container = container.borrowed();
                if let Some(probers) = &probers {
                    restore_probes(&mut container, probers);
                }
                Some(container)
            })
            .collect();
        for (_, own) in saved.iter().filter(|(home, _)| *home == list) {
            if !containers.iter().any(|c| pod::name(c) == pod::name(own)) {
                containers.push(own.clone());
            }
        }
        containers
    };
    Containers {
        containers: of(List::Containers),
        init_containers: of(List::InitContainers),
    }
}

/// The customised containers, and the list in which the author had each.
fn saved(overrides: &Value<'_>) -> Vec<(List, Value<'static>)> {
    let mut saved = Vec::new();
    for list in [List::Containers, List::InitContainers] {
        let containers = overrides.get(list.key()).and_then(Value::as_array);
        for container in containers.unwrap_or_default() {
            saved.push((
                home(list, container),
                as_written(container.clone().into_owned()),
            ));
        }
    }
    saved
}

/// The list in which the author had a container that is saved under `list`.
///
/// A customised native sidecar is saved among the init containers wherever it stood; there it needs a restart policy,
/// which a container elsewhere cannot have.
fn home(list: List, container: &Value<'_>) -> List {
    let is_native = list == List::InitContainers && pod::name(container) == PROXY;
    if is_native && container.get("restartPolicy").is_none() {
        List::Containers
    } else {
        list
    }
}

/// A saved container as its author most likely wrote it: only `image: auto` is not saved, and empty resources always
/// are.
fn as_written(container: Value<'static>) -> Value<'static> {
    let Value::Object(saved) = container else {
        return container;
    };
    let has_image = saved.contains_key("image");
    let mut written = Object::with_capacity(saved.len() + 1);
    for (key, value) in saved {
        let is_name = key == "name";
        if key != "resources" || value.as_object().is_none_or(|r| !r.is_empty()) {
            written.push(key, value);
        }
        if is_name && !has_image {
            written.push("image", "auto");
        }
    }
    written.into()
}

/// Puts the probes and hooks back that lead to the agent.
fn restore_probes<'p>(container: &mut Value<'p>, probers: &Value<'p>) {
    for handler in &HANDLERS {
        let Some(path) = handler.path_at_agent(container) else {
            continue;
        };
        let original = probers.get(path).and_then(Value::as_object);
        if let (Some(original), Some(place)) = (original, handler.of_mut(container)) {
            restore_probe(place, original);
        }
    }
}

fn restore_probe<'p>(place: &mut Object<'p>, original: &Object<'p>) {
    for kind in ["tcpSocket", "grpc"] {
        let Some(request) = original.get(kind).and_then(Value::as_object) else {
            continue;
        };
        let request = request
            .iter()
            .filter(|(_, v)| !v.is_null())
            .map(|(k, v)| (k.to_owned(), v.clone()));
        place.remove("httpGet");
        place.insert(kind, request.collect::<Object<'p>>());
        return;
    }
    let Some(request) = original.get("httpGet").and_then(Value::as_object) else {
        return;
    };
    let Some(http) = place.get_mut("httpGet").and_then(Value::as_object_mut) else {
        return;
    };
    for field in ["path", "port", "scheme"] {
        match request.get(field) {
            Some(value) => drop(http.insert(field, value.clone())),
            None => drop(http.remove(field)),
        }
    }
}
