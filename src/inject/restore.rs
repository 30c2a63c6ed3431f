//! An injected Pod back to what its author wrote.
//!
//! What was injected says so itself: the status annotation names containers, volumes and pull secrets; the overrides
//! annotation holds the containers that the author had customised; the proxy's environment holds the author's probes
//! and metrics annotations. A Pod that Istio injected carries the same and is restored alike.

use outrigger_json::{Object, Value};

use crate::{
    annotations::names,
    inject::{
        Owner, Reason,
        finish::{PROBERS, PROMETHEUS_ENV, Refusal, handlers_of, is_scrape_annotation},
        pod::{self, List, PROXY},
        record,
    },
};

/// The status annotation, read.
struct Status {
    lists: [(&'static str, Vec<String>); 4],
    /// What the rules get wrong of this Pod: see [`record`].
    record: Option<Value<'static>>,
}

impl Status {
    /// Reads the annotation; `None` if the Pod has none, or one that no injector wrote.
    fn of(pod: &Value<'_>) -> Option<Self> {
        let status = Value::parse(pod::annotation(pod, names::STATUS)?.as_bytes()).ok()?;
        let list = |key: &'static str| -> Option<(&'static str, Vec<String>)> {
            match status.as_object()?.get(key) {
                None | Some(Value::Null) => Some((key, Vec::new())),
                Some(Value::Array(items)) => Some((
                    key,
                    items
                        .iter()
                        .map(|i| i.as_str().map(str::to_owned))
                        .collect::<Option<_>>()?,
                )),
                Some(_) => None,
            }
        };
        Some(Self {
            record: status.get(RECORD).cloned().map(Value::into_owned),
            lists: [
                list("initContainers")?,
                list("containers")?,
                list("volumes")?,
                list("imagePullSecrets")?,
            ],
        })
    }

    fn has(&self, list: &str, name: &str) -> bool {
        self.lists
            .iter()
            .any(|(l, names)| *l == list && names.iter().any(|n| n == name))
    }
}

/// The key of the status annotation that holds what the rules would get wrong.
pub(crate) const RECORD: &str = "restore";

/// Gives the Pod that the author wrote; `None` if `pod` is that already.
///
/// # Errors
/// The Pod says that it was injected, but what it says of the author's containers cannot be read.
pub fn restore<'a>(pod: &'a Value<'a>, owner: &Owner<'_>) -> Result<Option<Value<'a>>, Refusal> {
    let Some(status) = Status::of(pod) else {
        return Ok(None);
    };
    let mut author = by_rule(pod, owner, &status)?;
    if let Some(record) = &status.record {
        record::apply(&mut author, record);
    }
    Ok(Some(author))
}

/// What an injected Pod must remember so that it can be restored to `author`.
pub(crate) fn to_remember(
    injected: &Value<'_>,
    author: &Value<'_>,
    owner: &Owner<'_>,
) -> Option<Value<'static>> {
    let status = Status::of(injected)?;
    record::difference(&by_rule(injected, owner, &status).ok()?, author)
}

fn by_rule<'a>(
    pod: &'a Value<'a>,
    owner: &Owner<'_>,
    status: &Status,
) -> Result<Value<'a>, Refusal> {
    let overrides = match pod::annotation(pod, names::OVERRIDES) {
        None => Value::Null,
        Some(text) => Value::parse(text.as_bytes()).map_err(|cause| {
            (
                Reason::AnnotationInvalid,
                format!("the annotation {:?} is not JSON: {cause}", names::OVERRIDES),
            )
        })?,
    };
    let mut author = pod.clone();
    let proxy = pod::proxy(pod);
    if let Some(probers) = proxy.and_then(|p| Value::parse(pod::env(p, PROBERS)?.as_bytes()).ok()) {
        restore_probes(&mut author, &probers);
    }
    restore_containers(&mut author, status, &overrides);
    for list in ["volumes", "imagePullSecrets"] {
        if let Some(items) = pod::items_mut(&mut author, list) {
            items.retain(|item| !status.has(list, pod::name(item)));
        }
        drop_if_empty(&mut author, "spec", list);
    }
    if proxy.is_some_and(|p| {
        p.get("args").and_then(|a| a.as_array()?.get(1)?.as_str()) == Some("router")
    }) {
        restore_sysctls(&mut author);
    }
    restore_annotations(&mut author, pod, status);
    restore_labels(&mut author, owner);
    drop_if_empty(&mut author, "metadata", "labels");
    drop_if_empty(&mut author, "metadata", "annotations");
    Ok(author)
}

fn drop_if_empty(pod: &mut Value<'_>, parent: &str, key: &str) {
    let Some(parent) = pod.get_mut(parent).and_then(Value::as_object_mut) else {
        return;
    };
    let is_empty = match parent.get(key) {
        Some(Value::Array(items)) => items.is_empty(),
        Some(Value::Object(object)) => object.is_empty(),
        _ => false,
    };
    if is_empty {
        parent.remove(key);
    }
}

/// Puts the probes and hooks back that lead to the agent.
fn restore_probes(pod: &mut Value<'_>, probers: &Value<'_>) {
    for list in List::INIT_FIRST {
        for container in pod::items_mut(pod, list.key()).into_iter().flatten() {
            let name = pod::name(container).to_owned();
            for handler in handlers_of() {
                let key = handler.key(&name);
                let Some(original) = probers.get(&key).and_then(Value::as_object) else {
                    continue;
                };
                let Some(place) = handler.of_mut(container) else {
                    continue;
                };
                if place
                    .get("httpGet")
                    .and_then(|h| h.get("path"))
                    .and_then(Value::as_str)
                    == Some(&key)
                {
                    restore_probe(place, original);
                }
            }
        }
    }
}

fn restore_probe(place: &mut Object<'_>, original: &Object<'_>) {
    for kind in ["tcpSocket", "grpc"] {
        let Some(request) = original.get(kind).and_then(Value::as_object) else {
            continue;
        };
        let request = request
            .iter()
            .filter(|(_, v)| !v.is_null())
            .map(|(k, v)| (k.to_owned(), v.clone().into_owned()));
        place.remove("httpGet");
        place.insert(kind, request.collect::<Object<'static>>());
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
            Some(value) => drop(http.insert(field, value.clone().into_owned())),
            None => drop(http.remove(field)),
        }
    }
}

fn restore_containers(pod: &mut Value<'_>, status: &Status, overrides: &Value<'_>) {
    let saved: Vec<(List, Value<'static>)> = [List::Containers, List::InitContainers]
        .into_iter()
        .flat_map(|list| {
            let items = overrides
                .get(list.key())
                .and_then(Value::as_array)
                .unwrap_or_default();
            items
                .iter()
                .map(move |c| (home(list, c), with_image(c.clone().into_owned())))
        })
        .collect();
    for list in [List::Containers, List::InitContainers] {
        if let Some(items) = pod::items_mut(pod, list.key()) {
            items.retain_mut(|container| {
                if !status.has(list.key(), pod::name(container)) {
                    return true;
                }
                let own = saved
                    .iter()
                    .find(|(home, c)| *home == list && pod::name(c) == pod::name(container));
                if let Some((_, own)) = own {
                    *container = own.clone();
                }
                own.is_some()
            });
        }
        for (_, own) in saved.iter().filter(|(home, _)| *home == list) {
            if pod::container(pod, list, pod::name(own)).is_none() {
                let Some(spec) = pod.get_mut("spec").and_then(Value::as_object_mut) else {
                    continue;
                };
                if let Some(items) = spec.entry(list.key(), || Vec::new().into()).as_array_mut() {
                    items.push(own.clone());
                }
            }
        }
    }
    drop_if_empty(pod, "spec", List::InitContainers.key());
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

/// Only `image: auto` is not saved.
fn with_image(mut container: Value<'static>) -> Value<'static> {
    if let Some(object) = container.as_object_mut()
        && !object.contains_key("image")
    {
        object.push("image", "auto");
    }
    container
}

fn restore_sysctls(pod: &mut Value<'_>) {
    let Some(context) = pod
        .at_mut(&["spec", "securityContext"])
        .and_then(Value::as_object_mut)
    else {
        return;
    };
    if let Some(sysctls) = context.get_mut("sysctls").and_then(Value::as_array_mut) {
        sysctls.retain(|s| pod::name(s) != "net.ipv4.ip_unprivileged_port_start");
        if sysctls.is_empty() {
            context.remove("sysctls");
        }
    }
    drop_if_empty(pod, "spec", "securityContext");
}

fn restore_annotations(author: &mut Value<'_>, injected: &Value<'_>, status: &Status) {
    let proxy = pod::proxy(injected);
    let first = pod::containers(author, List::Containers)
        .iter()
        .map(pod::name)
        .find(|n| *n != PROXY)
        .map(str::to_owned);
    let scraped = proxy.and_then(|p| Value::parse(pod::env(p, PROMETHEUS_ENV)?.as_bytes()).ok());
    let own_port = pod::annotations(author)
        .is_some_and(|a| a.str("prometheus.io/path") == Some("/stats/prometheus"));
    let secure = proxy.and_then(|p| pod::env(p, "ENVOY_SECURE_MERGED_METRICS_PORT"));
    let is_grpc =
        status.has("volumes", "istio-xds") || status.has("volumes", "grpc-io-proxyless-bootstrap");
    let Some(annotations) = author
        .at_mut(&["metadata", "annotations"])
        .and_then(Value::as_object_mut)
    else {
        return;
    };
    annotations.retain(|name, value| match name {
        names::STATUS | names::OVERRIDES | names::REVISION => false,
        "kubectl.kubernetes.io/default-container"
        | "kubectl.kubernetes.io/default-logs-container" => value.as_str() != first.as_deref(),
        names::SECURE_METRICS_PORT => secure.is_none() || value.as_str() != secure,
        names::REWRITE_PROBERS => !is_grpc || value.as_str() != Some("false"),
        name => !(own_port && is_scrape_annotation(name)),
    });
    if let Some(scraped) = scraped.as_ref().and_then(Value::as_object) {
        let has_targets = scraped.get("targets").is_some();
        for (key, name) in [
            ("scrape", names::PROMETHEUS_SCRAPE),
            ("path", names::PROMETHEUS_PATH),
            ("port", names::PROMETHEUS_PORT),
        ] {
            let is_of_target = has_targets && key != "scrape";
            if let Some(value) = scraped.str(key).filter(|v| !v.is_empty() && !is_of_target) {
                annotations.insert(name, value.to_owned());
            }
        }
        if let Some(targets) = scraped.get("targets").and_then(Value::as_array) {
            let text = |t: &Value<'_>, key| {
                t.get(key)
                    .and_then(Value::as_str)
                    .unwrap_or_default()
                    .to_owned()
            };
            let targets: Vec<_> = targets
                .iter()
                .map(|t| format!("{}:{}", text(t, "port"), text(t, "path")))
                .collect();
            annotations.insert(names::SCRAPE_TARGETS, targets.join(","));
        }
    }
}

fn restore_labels(author: &mut Value<'_>, owner: &Owner<'_>) {
    let own = |name| pod::label(author, name).filter(|v| !v.is_empty());
    let name = own("app.kubernetes.io/name")
        .or_else(|| own("app"))
        .unwrap_or(owner.name)
        .to_owned();
    let cut = truncated(&name).to_owned();
    let revision = own("app.kubernetes.io/version")
        .or_else(|| own("version"))
        .unwrap_or("latest")
        .to_owned();
    let Some(labels) = author
        .at_mut(&["metadata", "labels"])
        .and_then(Value::as_object_mut)
    else {
        return;
    };
    labels.retain(|label, value| {
        let value = value.as_str().unwrap_or_default();
        match label {
            "security.istio.io/tlsMode" => value != "istio",
            "networking.istio.io/tunnel" => value != "http",
            "service.istio.io/canonical-name" => value != name && value != cut,
            "service.istio.io/canonical-revision" => value != revision,
            _ => true,
        }
    });
}

/// A name as the templates cut it to a label's length.
fn truncated(name: &str) -> &str {
    let mut end = name.len().min(63);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    name[..end].trim_matches(['-', '_', '.'])
}
