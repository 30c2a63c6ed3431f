//! What is known of a cluster, and of the Pod that is asked about.

use std::{collections::BTreeMap, fmt, sync::Arc, time::SystemTime};

use outrigger_json::Value;

use super::{Answer, Called, Registered};
use crate::{
    config::Namespace,
    inject::{Injector, Owner, restore},
    workload::Reference,
};

/// What is known of something, or why it is not.
pub type Known<T> = Result<T, Unknown>;

/// Why something is not known, in a sentence that says what would have to be granted or given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown(pub String);

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is known of a cluster.
#[derive(Debug)]
pub struct Facts {
    /// Whether the facts are from files: then nothing is mended in a cluster.
    pub from_files: bool,
    /// The namespaces that were looked for, by name; `None` for one that does not exist.
    pub namespaces: BTreeMap<String, Known<Option<Arc<Namespace>>>>,
    /// When a label that asks for injection was last set on a namespace, by name, as Kubernetes writes times.
    pub labelled: BTreeMap<String, String>,
    /// The `MutatingWebhookConfiguration`s that have an entry of an injector.
    pub registered: Known<Vec<Registered>>,
    /// What serves each configuration, by the configuration's name.
    pub injectors: BTreeMap<String, Known<Arc<Injector>>>,
    /// The Services that entries name; `None` for one that does not exist.
    pub services: BTreeMap<Called, Known<Option<Service>>>,
    /// The certificates that injectors serve with, PEM, where they are known.
    pub served: BTreeMap<Called, Served>,
    /// The time.
    pub now: SystemTime,
}

/// A Service, as far as calls depend on it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Service {
    /// The ports that it has.
    pub ports: Vec<i64>,
    /// Its selector, as `kubectl -l` takes it; empty for one without.
    pub selector: String,
    /// How many endpoints are ready, where that may be read.
    pub ready: Option<usize>,
    /// How many are not.
    pub unready: usize,
}

/// The certificate of an injector, from the Secret that it serves from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Served {
    /// The Secret's namespace and name.
    pub secret: (String, String),
    /// The authorities there, PEM; empty where it has none.
    pub authorities: String,
    /// The serving certificate, PEM.
    pub certificate: String,
}

/// What is asked about.
#[derive(Debug)]
pub struct Subject<'a> {
    /// The object.
    pub object: Reference,
    /// The object that has the Pod's template: the Pod's owner, the object itself.
    pub template: Reference,
    /// The Pod as its author wrote it: `metadata` and `spec`.
    pub pod: &'a Value<'a>,
    /// The Pods that exist, as they are.
    pub existing: &'a [Value<'a>],
    /// What the API server answered when it was asked for such a Pod; `None` if nobody asked.
    pub answer: Option<Known<Answer>>,
}

impl Subject<'_> {
    /// The namespace that the Pod is for.
    pub(super) fn namespace(&self) -> &str {
        &self.object.namespace
    }
}

/// A Pod as its author wrote it: without what was injected, where that can be told.
pub fn author<'p>(pod: &'p Value<'_>, template: &Reference) -> Value<'p> {
    let owner = Owner {
        api_version: &template.api_version,
        kind: &template.kind,
        name: &template.name,
        namespace: &template.namespace,
    };
    // What cannot be restored the injector refuses, with the reason.
    let restored = restore(pod, &owner).ok().flatten();
    restored.map_or_else(|| pod.borrowed(), |restored| restored.pod)
}
