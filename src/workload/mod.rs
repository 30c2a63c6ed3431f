//! Finds the Pods in an object of any workload kind, or in a List of such objects, and puts changed Pods back.
//!
//! A manifest's object comes in as a tree and is changed in place; only the Pod's `metadata` and `spec` ever change.
//! Which kinds hold a Pod, and where: <https://kubernetes.io/docs/concepts/workloads/>.

mod form;
mod made;
mod place;
mod restore;

use std::fmt;

use outrigger_json::Value;

use crate::inject::{Owner, Reason};
pub use form::Form;
pub use made::made;
use place::Place;
pub use restore::{Author, remember, restore};

/// A Pod that was found in an object.
#[derive(Debug)]
pub struct Found<'a, 'v> {
    /// `metadata` and `spec` of the Pod, or of what the Pod is made from.
    pub pod: &'a Value<'v>,
    /// The object that holds the Pod.
    pub object: &'a Reference,
    place: Place,
}

impl Found<'_, '_> {
    /// Who owns the Pod: the object that holds it. A bare Pod's owner is derived from the Pod itself.
    pub fn owner(&self) -> Option<Owner<'_>> {
        (self.place != Place::POD).then_some(Owner {
            api_version: &self.object.api_version,
            kind: &self.object.kind,
            name: &self.object.name,
            namespace: &self.object.namespace,
        })
    }

    /// Where in the object a place in the Pod is, both in dots.
    fn locate(&self, place: &str) -> String {
        for (root, path) in [("metadata", self.place.metadata), ("spec", self.place.spec)] {
            match place.strip_prefix(root) {
                Some(rest) if rest.is_empty() || rest.starts_with('.') => {
                    return path.join(".") + rest;
                }
                _ => {}
            }
        }
        place.to_owned()
    }
}

/// Which object of a cluster is meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reference {
    /// For example `apps/v1`.
    pub api_version: String,
    /// For example `Deployment`.
    pub kind: String,
    /// Empty where the object names none.
    pub namespace: String,
    /// The name, else the prefix that the API server makes one from.
    pub name: String,
}

impl Reference {
    /// What an object says of itself.
    pub fn of(object: &Value<'_>) -> Self {
        let text = |path: &[&str]| {
            object
                .at(path)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let mut name = text(&["metadata", "name"]);
        if name.is_empty() {
            name = text(&["metadata", "generateName"]);
        }
        Self {
            api_version: text(&["apiVersion"]),
            kind: text(&["kind"]),
            namespace: text(&["metadata", "namespace"]),
            name,
        }
    }

    /// The name that `kubectl -o name` prints: `deployment.apps/web`.
    pub fn resource_name(&self) -> String {
        let kind = self.kind.to_lowercase();
        match self.api_version.split_once('/') {
            Some((group, _)) => format!("{kind}.{group}/{}", self.name),
            None => format!("{kind}/{}", self.name),
        }
    }
}

impl fmt::Display for Reference {
    /// `Deployment shop/web`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.kind)?;
        if !self.namespace.is_empty() {
            write!(f, "{}/", self.namespace)?;
        }
        f.write_str(if self.name.is_empty() {
            "(unnamed)"
        } else {
            &self.name
        })
    }
}

/// Why an object's Pod cannot be reached.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Error {
    /// A part on the way to the Pod is absent or no object.
    #[error("{object}: {path} is required")]
    Missing {
        /// The object.
        object: Reference,
        /// The part, in dots.
        path: String,
    },
    /// A List without items.
    #[error("{object}: items must be a list, not {kind}")]
    Items {
        /// The List.
        object: Reference,
        /// What stands there.
        kind: &'static str,
    },
    /// A Pod says that it was injected, and cannot be restored.
    #[error("{object}: {reason}: {detail}; {}", reason.remedy())]
    Unrestorable {
        /// The object.
        object: Reference,
        /// Why.
        reason: Reason,
        /// The particulars.
        detail: String,
    },
}

const LIST: &str = "List";

/// Shows every Pod of an object to `visit`, and puts back what it gives; `None` leaves the Pod as it is. What holds
/// changed Pods takes the form. Objects of a List are visited in order, Lists in Lists included.
///
/// Gives whether a Pod was changed.
///
/// # Errors
/// What `visit` refuses, and objects of the kinds of Kubernetes that lack their Pod template. Objects of other groups
/// that bear the name of such a kind but hold no Pod are left as they are.
pub fn each_pod<'v, E: From<Error>>(
    object: &mut Value<'v>,
    form: Form,
    visit: &mut dyn FnMut(&Found<'_, 'v>) -> Result<Option<Value<'v>>, E>,
) -> Result<bool, E> {
    let kind = object
        .get("kind")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if kind == LIST {
        return each_item(object, form, visit);
    }
    let Some(place) = Place::of(kind) else {
        return Ok(false);
    };
    let reference = Reference::of(object);
    if let Some(path) = place.missing(object) {
        if !place::is_kubernetes(&reference.api_version) {
            return Ok(false);
        }
        return Err(Error::Missing {
            object: reference,
            path,
        }
        .into());
    }
    let pod = place.take(object);
    let changed = visit(&Found {
        pod: &pod,
        object: &reference,
        place,
    });
    // What was taken out is put back first, even if the visit failed.
    match changed {
        Ok(Some(changed)) => {
            place.put(object, changed);
            form.shape(object, &reference.kind);
            Ok(true)
        }
        Ok(None) => {
            place.put(object, pod);
            Ok(false)
        }
        Err(error) => {
            place.put(object, pod);
            Err(error)
        }
    }
}

fn each_item<'v, E: From<Error>>(
    list: &mut Value<'v>,
    form: Form,
    visit: &mut dyn FnMut(&Found<'_, 'v>) -> Result<Option<Value<'v>>, E>,
) -> Result<bool, E> {
    let reference = Reference::of(list);
    let mut any = false;
    match list.get_mut("items") {
        None | Some(Value::Null) => {}
        Some(Value::Array(items)) => {
            for item in items {
                any |= each_pod(item, form, visit)?;
            }
        }
        Some(other) => {
            return Err(Error::Items {
                object: reference,
                kind: other.kind(),
            }
            .into());
        }
    }
    if any {
        form.shape_list(list);
    }
    Ok(any)
}

/// The object itself, or the objects of a List in order, Lists in Lists included.
pub fn objects<'o, 'v>(object: &'o Value<'v>) -> Vec<&'o Value<'v>> {
    let items = object.get("items").and_then(Value::as_array);
    match items.filter(|_| object.get("kind").and_then(Value::as_str) == Some(LIST)) {
        Some(items) => items.iter().flat_map(objects).collect(),
        None => vec![object],
    }
}

#[cfg(test)]
mod tests;
