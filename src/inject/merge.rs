//! The overlays onto the Pod, and what the author wrote about injected containers on top of them.
//!
//! An author customises an injected container by writing one of the same name; `image: auto` takes the injected image.
//! The template is merged over it and then the author's container over the template, so that the author's word counts.

use outrigger_json::{Object, Value};
use outrigger_strategic_merge::{merge as strategic_merge, pod::POD};

use crate::{
    annotations::names,
    inject::{
        Reason,
        pod::{self, INIT, List, PROXY, VALIDATION},
        reason::Refusal,
        status::LISTS,
        typed,
    },
};

/// A Pod on its way through the overlays.
pub(crate) struct Merging<'o, 'a> {
    /// What the author wrote.
    pub(crate) author: &'o Value<'a>,
    /// The Pod so far.
    pub(crate) pod: Value<'a>,
    /// The names of what the templates contribute: an overlay of items without contents.
    pub(crate) contributed: Value<'a>,
    /// Whether the proxy is a native sidecar, before the Pod's annotation.
    pub(crate) native: bool,
    /// Whether the Pod's ProxyConfig says TPROXY.
    pub(crate) tproxy: bool,
}

impl<'a> Merging<'_, 'a> {
    /// Merges one overlay.
    pub(crate) fn overlay(&mut self, overlay: Value<'a>) -> Result<(), Refusal> {
        let failed = |e: outrigger_strategic_merge::Error| (Reason::MergeFailed, e.to_string());
        self.contribute(names_of(&overlay)).map_err(failed)?;
        let native = match pod::annotation(&self.pod, names::NATIVE_SIDECAR) {
            Some("true") => true,
            Some("false") => false,
            _ => self.native,
        };
        if native && pod::container(&self.contributed, List::InitContainers, PROXY).is_some() {
            self.move_to_init();
        }
        strategic_merge(&mut self.pod, overlay, &POD).map_err(failed)
    }

    /// Adds what an overlay contributes.
    fn contribute(&mut self, names: Value<'a>) -> Result<(), outrigger_strategic_merge::Error> {
        let is_first = self.contributed.as_object().is_some_and(Object::is_empty);
        if is_first && !has_directives(&names) {
            self.contributed = names; // There is nothing to merge it with.
            return Ok(());
        }
        strategic_merge(&mut self.contributed, names, &POD)
    }

    /// Moves the author's own proxy to where a native sidecar runs.
    fn move_to_init(&mut self) {
        let Some(containers) = pod::items_mut(&mut self.pod, List::Containers.key()) else {
            return;
        };
        let Some(at) = containers.iter().position(|c| pod::name(c) == PROXY) else {
            return;
        };
        let proxy = containers.remove(at);
        let Some(spec) = self.pod.get_mut("spec").and_then(Value::as_object_mut) else {
            return;
        };
        let init = spec.entry(List::InitContainers.key(), || Vec::new().into());
        if init.is_null() {
            *init = Vec::new().into();
        }
        if let Some(init) = init.as_array_mut() {
            init.push(proxy);
        }
    }

    /// Takes out the nulls that templates leave in what they contribute: a merge keeps those of new items, so that a
    /// later template can fill them, and no Pod has them.
    pub(crate) fn drop_nulls(&mut self) {
        for list in LISTS {
            let contributed = pod::items(&self.contributed, list).iter();
            let mut contributed: Vec<&str> = contributed.map(pod::name).collect();
            if contributed.is_empty() {
                continue;
            }
            contributed.sort_unstable();
            for item in pod::items_mut(&mut self.pod, list).into_iter().flatten() {
                if contributed.binary_search(&pod::name(item)).is_ok() {
                    without_nulls(item);
                }
            }
        }
    }

    /// Merges the author's containers over the injected ones of the same names, and records them.
    pub(crate) fn overrides(&mut self) -> Result<(), Refusal> {
        let saved = self.saved()?;
        let mut recorded = Object::new();
        for list in [List::Containers, List::InitContainers] {
            let contributed = pod::containers(&self.contributed, list).iter();
            let of_list: Vec<_> = contributed
                .filter_map(|c| find_override(&saved, self.author, list, pod::name(c)))
                .collect();
            for container in of_list.iter().cloned() {
                let overlay = Object::from_iter([(list.key(), vec![container])]);
                strategic_merge(
                    &mut self.pod,
                    Object::from_iter([("spec", overlay)]).into(),
                    &POD,
                )
                .map_err(|e| (Reason::MergeFailed, e.to_string()))?;
            }
            if !of_list.is_empty() {
                recorded.push(list.key(), of_list);
            }
        }
        if !recorded.is_empty() {
            let json = Value::from(recorded).to_string();
            if let Some(annotations) = pod::metadata_map(&mut self.pod, "annotations") {
                annotations.insert(
                    names::OVERRIDES,
                    outrigger_json::escape_html(json).into_owned(),
                );
            }
        }
        self.adjust_ids();
        Ok(())
    }

    /// Containers that the annotation `proxy.istio.io/overrides` of an uninjected Pod brings along.
    fn saved(&self) -> Result<Value<'static>, Refusal> {
        let Some(text) = pod::annotation(self.author, names::OVERRIDES) else {
            return Ok(Value::Null);
        };
        let invalid = |cause| {
            let name = names::OVERRIDES;
            Err((
                Reason::AnnotationInvalid,
                format!("the annotation {name:?} {cause}"),
            ))
        };
        let saved = match Value::parse(text.as_bytes()) {
            Ok(saved) => saved.into_owned(),
            Err(cause) => return invalid(format!("is not JSON: {cause}")),
        };
        let lists = [List::Containers, List::InitContainers].map(|list| saved.get(list.key()));
        let is_list = |list: &Value<'_>| match list {
            Value::Null => true,
            Value::Array(items) => items.iter().all(|item| item.as_object().is_some()),
            _ => false,
        };
        let is_known = matches!(saved, Value::Null | Value::Object(_));
        if is_known && lists.into_iter().flatten().all(is_list) {
            Ok(saved)
        } else {
            invalid("holds something else than lists of containers".to_owned())
        }
    }

    /// Where the author gave the proxy a user, the rules must let that user's traffic through.
    fn adjust_ids(&mut self) {
        let Some(own) = pod::proxy(self.author).and_then(|p| p.get("securityContext")?.as_object())
        else {
            return;
        };
        let id = |key| {
            own.get(key)
                .filter(|v| v.as_i64().is_some())
                .cloned()
                .map(Value::into_owned)
        };
        let (user, group) = (id("runAsUser"), id("runAsGroup"));
        if user.is_none() && group.is_none() {
            return;
        }
        let init = pod::containers(&self.pod, List::InitContainers);
        let at = [INIT, VALIDATION]
            .iter()
            .find_map(|name| init.iter().position(|c| pod::name(c) == *name));
        let Some(at) = at else { return };
        let tproxy =
            self.tproxy || pod::annotation(&self.pod, names::INTERCEPTION_MODE) == Some("TPROXY");
        if tproxy
            && user.is_some()
            && let Some(context) =
                pod::proxy_mut(&mut self.pod).and_then(|p| pod::object(p, "securityContext"))
        {
            context.insert("runAsUser", 0);
        }
        let containers = pod::items_mut(&mut self.pod, List::InitContainers.key());
        let Some(container) = containers.and_then(|c| c.get_mut(at)) else {
            return;
        };
        let is_validation = pod::name(container) == VALIDATION;
        let Some(container) = container.as_object_mut() else {
            return;
        };
        if !tproxy
            && is_validation
            && let Some(context) = pod::object(container, "securityContext")
        {
            for (key, value) in [("runAsUser", &user), ("runAsGroup", &group)] {
                if let Some(value) = value {
                    context.insert(key, value.clone());
                }
            }
        }
        if let Some(user) = user.as_ref().and_then(Value::as_i64).filter(|u| *u != 0) {
            let args = container.get_mut("args").and_then(Value::as_array_mut);
            let Some(args) = args else { return };
            if let Some(at) = args.iter().position(|a| a.as_str() == Some("-u"))
                && let Some(argument) = args.get_mut(at + 1)
            {
                *argument = user.to_string().into();
            }
        }
    }
}

fn without_nulls(value: &mut Value<'_>) {
    if !has_nulls(value) {
        return; // What the value borrows does not have to be copied then.
    }
    match value {
        Value::Object(object) => object.retain(|_, value| {
            without_nulls(value);
            !value.is_null()
        }),
        Value::Array(items) => items.iter_mut().for_each(without_nulls),
        _ => {}
    }
}

fn has_nulls(value: &Value<'_>) -> bool {
    match value {
        Value::Object(object) => object.iter().any(|(_, v)| v.is_null() || has_nulls(v)),
        Value::Array(items) => items.iter().any(has_nulls),
        _ => false,
    }
}

/// The author's container of this name, as Kubernetes would write it, without an image that is `auto`.
fn find_override(
    saved: &Value<'_>,
    author: &Value<'_>,
    list: List,
    name: &str,
) -> Option<Value<'static>> {
    let of_saved = saved.get(list.key()).and_then(Value::as_array);
    let of_saved = of_saved.and_then(|items| items.iter().find(|c| pod::name(c) == name));
    let of_author = || {
        let in_containers = pod::container(author, List::Containers, name);
        match list {
            List::Containers => in_containers,
            // A native sidecar is customised in either list.
            List::InitContainers => in_containers.or_else(|| pod::container(author, list, name)),
        }
    };
    let mut container = typed::container(of_saved.or_else(of_author)?);
    if container.get("image").and_then(Value::as_str) == Some("auto") {
        container.as_object_mut()?.remove("image");
    }
    Some(container)
}

/// Whether a merge would do something else with the named items of an overlay than to take them over.
fn has_directives(names: &Value<'_>) -> bool {
    LISTS.iter().any(|list| {
        names.at(&["spec", list]).is_some_and(Value::is_null)
            || pod::items(names, list)
                .iter()
                .any(|item| item.get("$patch").is_some())
    })
}

/// The overlay's named items, without their contents.
fn names_of<'a>(overlay: &Value<'a>) -> Value<'a> {
    let named = |list: &'static str| {
        if overlay.at(&["spec", list]).is_some_and(Value::is_null) {
            return (list, Value::Null); // It takes away what templates before it gave.
        }
        let items = pod::items(overlay, list).iter().filter_map(|item| {
            // Directives of a patch are kept: they decide which names remain.
            let item = item.as_object()?;
            let kept = ["name", "$patch"].into_iter();
            let entries = kept.filter_map(|key| Some((key, item.get(key)?.clone())));
            Some(Value::from(entries.collect::<Object<'a>>()))
        });
        (list, Value::from(items.collect::<Vec<_>>()))
    };
    Object::from_iter([("spec", LISTS.map(named).into_iter().collect::<Object<'a>>())]).into()
}
