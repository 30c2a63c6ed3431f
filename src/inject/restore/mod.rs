//! An injected Pod back to what its author wrote.
//!
//! What was injected says so itself: the status annotation names containers, volumes and pull secrets; the overrides
//! annotation holds the containers that the author had customised; the proxy's environment holds the author's probes
//! and metrics annotations. A Pod that Istio injected carries the same and is restored alike. What these rules get wrong
//! a record tells (see [`super::record`]), where the injector left one; where it left none, [`doubts`] lists what the
//! rules cannot know.

mod containers;
mod doubts;
mod metadata;

use outrigger_json::{Object, Value};

use crate::{
    annotations::names,
    inject::{
        Owner, Reason,
        pod::{self, List, PROXY},
        reason::Refusal,
        record,
        status::Status,
    },
};
use containers::Containers;
pub use doubts::{Doubt, Was, doubts};

/// The sysctl that the gateway's template sets, so that the proxy may listen on low ports.
const LOW_PORTS: &str = "net.ipv4.ip_unprivileged_port_start";

/// A Pod as its author wrote it.
#[derive(Debug)]
pub struct Restored<'p> {
    /// The Pod.
    pub pod: Value<'p>,
    /// Whether this is what the author wrote to the letter; otherwise [`doubts`] tells what may have been different.
    pub is_certain: bool,
}

/// Gives the Pod that the author wrote; `None` if `pod` is that already.
///
/// # Errors
/// The Pod says that it was injected, but what it says of the author's containers cannot be read.
pub fn restore<'p>(pod: &'p Value<'_>, owner: &Owner<'_>) -> Result<Option<Restored<'p>>, Refusal> {
    let Some(status) = Status::of(pod) else {
        return Ok(None);
    };
    let mut author = by_rule(pod, owner, &status)?;
    if let Some(record) = &status.record {
        record::apply(&mut author, record);
    }
    Ok(Some(Restored {
        pod: author,
        is_certain: status.record.as_ref().is_some_and(record::is_certain),
    }))
}

/// What an injected Pod must carry so that it can be restored to `author`; empty if that can be told from itself.
pub(crate) fn to_remember(
    injected: &Value<'_>,
    author: &Value<'_>,
    owner: &Owner<'_>,
    status: &Status<'_>,
) -> Result<Value<'static>, Refusal> {
    Ok(record::difference(
        &by_rule(injected, owner, status)?,
        author,
    ))
}

/// The Pod without what was injected, as far as the Pod tells.
fn by_rule<'p>(
    pod: &'p Value<'_>,
    owner: &Owner<'_>,
    status: &Status<'_>,
) -> Result<Value<'p>, Refusal> {
    let overrides = match pod::annotation(pod, names::OVERRIDES) {
        None => Value::Null,
        Some(text) => Value::parse(text.as_bytes()).map_err(|cause| {
            (
                Reason::AnnotationInvalid,
                format!("the annotation {:?} is not JSON: {cause}", names::OVERRIDES),
            )
        })?,
    };
    let Some(parts) = pod.as_object() else {
        return Ok(pod.borrowed());
    };
    let mut containers = containers::author(pod, status, &overrides);
    let mut names = containers.containers.iter().map(pod::name);
    let first = names.find(|name| *name != PROXY).map(str::to_owned);
    let mut author = Object::with_capacity(parts.len());
    for (key, part) in parts.iter() {
        match (key, part) {
            ("metadata", Value::Object(part)) => {
                let part = metadata::author(part, pod, owner, first.as_deref(), status);
                // Most likely the author of a template without any wrote no metadata.
                if !part.is_empty() {
                    author.push(key, part);
                }
            }
            ("spec", Value::Object(part)) => {
                author.push(
                    key,
                    spec(part, pod, status, std::mem::take(&mut containers)),
                );
            }
            _ => author.push(key, part.borrowed()),
        }
    }
    Ok(author.into())
}

fn spec<'p>(
    injected: &'p Object<'_>,
    pod: &'p Value<'_>,
    status: &Status<'_>,
    mut containers: Containers<'p>,
) -> Object<'p> {
    let mut author = Object::with_capacity(injected.len());
    for (key, value) in injected.iter() {
        let value: Value<'p> = match (key, value) {
            ("containers", _) => std::mem::take(&mut containers.containers).into(),
            ("initContainers", _) => std::mem::take(&mut containers.init_containers).into(),
            ("volumes" | "imagePullSecrets", Value::Array(items)) => items
                .iter()
                .filter(|item| !status.has(key, pod::name(item)))
                .map(Value::borrowed)
                .collect::<Vec<_>>()
                .into(),
            ("securityContext", Value::Object(context)) if is_router(pod) => {
                without_sysctl(context).into()
            }
            _ => value.borrowed(),
        };
        let is_empty = match (key, &value) {
            ("initContainers" | "volumes" | "imagePullSecrets", Value::Array(items)) => {
                items.is_empty()
            }
            ("securityContext", Value::Object(context)) => context.is_empty(),
            _ => false,
        };
        if !is_empty {
            author.push(key, value);
        }
    }
    for (list, missing) in [
        (List::Containers, containers.containers),
        (List::InitContainers, containers.init_containers),
    ] {
        if !missing.is_empty() {
            author.push(list.key(), missing);
        }
    }
    author
}

/// Whether the proxy is a gateway.
fn is_router(pod: &Value<'_>) -> bool {
    let kind = pod::proxy(pod).and_then(|p| p.get("args")?.as_array()?.get(1)?.as_str());
    kind == Some("router")
}

/// The Pod's security context without what the gateway's template adds.
fn without_sysctl<'p>(context: &'p Object<'_>) -> Object<'p> {
    let mut context = context.borrowed();
    if let Some(sysctls) = context.get_mut("sysctls").and_then(Value::as_array_mut) {
        sysctls.retain(|s| pod::name(s) != LOW_PORTS);
        if sysctls.is_empty() {
            context.remove("sysctls");
        }
    }
    context
}
