//! One walk over the cluster's Pods: page by page, with nothing kept but what is amiss, by owner.

use std::{collections::BTreeMap, sync::Arc};

use hyper::http::Request;
use k8s_openapi::api::core::v1;
use kube::{Api, Client, api::ListParams};
use outrigger_json::Value;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::{
    inject::{Injector, Reason},
    webhook::RegisteredEntry,
};

use super::{
    super::follow::PAGE,
    judge::{Amiss, judge},
};

/// The annotation by which an author keeps a Pod from being evicted.
const SAFE_TO_EVICT: &str = "cluster-autoscaler.kubernetes.io/safe-to-evict";

/// Pods that have ended need no sidecar.
const ALIVE: &str = "status.phase!=Succeeded,status.phase!=Failed";

/// Why the Pods could not be looked through.
#[derive(Debug, thiserror::Error)]
pub(super) enum FindError {
    /// The API server refuses, or does not answer.
    #[error("cannot read {what}: {said}")]
    Api {
        /// What was to be read.
        what: &'static str,
        /// What the API server says, or what became of the call.
        said: String,
    },
    /// The API server has answered something else.
    #[error("cannot understand {what}")]
    Answer {
        /// What was to be read.
        what: &'static str,
        /// The cause.
        source: outrigger_json::Error,
    },
    /// What works on a page has ended early.
    #[error("looking through Pods went wrong; the log says where")]
    Panicked,
}

/// What is amiss in a cluster.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// By the uid of the Pods' controller; a Pod without one by its own.
    pub(super) groups: BTreeMap<String, Group>,
    /// Entries of the webhook that were left out, as only the API server can say for which Pods they are called.
    pub(super) unknown: Vec<String>,
}

/// Pods of one controller with which something is amiss.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) namespace: String,
    /// `None`: a Pod that nobody makes anew.
    pub(super) controller: Option<Controller>,
    /// How many there are, by what is amiss.
    pub(super) counts: BTreeMap<Amiss, usize>,
    /// One of them, the oldest that may be evicted if there is one.
    pub(super) example: Example,
    /// When the youngest of them was created.
    pub(super) newest: String,
}

/// Who makes a Pod anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Controller {
    pub(super) api_version: String,
    pub(super) kind: String,
    pub(super) name: String,
}

/// A Pod with which something is amiss.
#[derive(Clone, Debug)]
pub(super) struct Example {
    pub(super) amiss: Amiss,
    pub(super) reason: Reason,
    pub(super) name: String,
    pub(super) uid: String,
    /// In RFC 3339, as the API server writes it: of two times the later is the greater text.
    pub(super) created: String,
    /// Whether its author lets it be evicted.
    pub(super) may_go: bool,
}

/// The entries of the webhook that select each namespace, by the namespace's name.
type Selected = BTreeMap<String, Vec<usize>>;

impl Found {
    /// How many Pods there are with this amiss.
    pub(super) fn count(&self, amiss: Amiss) -> usize {
        let groups = self.groups.values();
        groups.filter_map(|group| group.counts.get(&amiss)).sum()
    }

    /// Looks through the Pods that the webhook `name` is called for; `own` is the injector's namespace.
    pub(super) async fn look(
        client: &Client,
        name: &str,
        own: &str,
        injector: Arc<Injector>,
    ) -> Result<Self, FindError> {
        let mut found = Self::default();
        let webhook =
            format!("/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/{name}");
        let what = "the webhook's MutatingWebhookConfiguration";
        let text = get(client, &webhook, what).await?;
        let tree = parse(&text, what)?;
        let mut entries = RegisteredEntry::all(&tree, own);
        entries.retain(|entry| {
            let foreign = entry.foreign_conditions.join(", ");
            if !foreign.is_empty() {
                let unknown = format!("{} (matchConditions: {foreign})", entry.name);
                found.unknown.push(unknown);
            }
            foreign.is_empty()
        });

        let selected = Arc::new(selected(client, &entries).await?);
        let entries = Arc::new(entries);
        let mut next = String::new();
        loop {
            let token = utf8_percent_encode(&next, NON_ALPHANUMERIC);
            let path = format!("/api/v1/pods?limit={PAGE}&fieldSelector={ALIVE}&continue={token}");
            let text = get(client, &path, "Pods").await?;
            let (entries, selected, injector) =
                (entries.clone(), selected.clone(), injector.clone());
            // A page takes longer than a thread that answers calls should be kept from them.
            let judged = tokio::task::spawn_blocking(move || {
                let mut found = Self::default();
                let tree = parse(&text, "Pods")?;
                for pod in tree
                    .get("items")
                    .and_then(Value::as_array)
                    .into_iter()
                    .flatten()
                {
                    found.add(pod, &entries, &selected, &injector);
                }
                let next = tree.at(&["metadata", "continue"]).and_then(Value::as_str);
                Ok((found, next.unwrap_or_default().to_owned()))
            });
            let (page, following) = judged.await.map_err(|_| FindError::Panicked)??;
            found.merge(page);
            next = following;
            if next.is_empty() {
                return Ok(found);
            }
        }
    }

    /// Takes a Pod up, if anything is amiss with it.
    fn add(
        &mut self,
        pod: &Value<'_>,
        entries: &[RegisteredEntry],
        selected: &Selected,
        injector: &Injector,
    ) {
        let text = |key| {
            let text = pod.at(&["metadata", key]).and_then(Value::as_str);
            text.unwrap_or_default().to_owned()
        };
        let namespace = text("namespace");
        let Some(of_namespace) = selected.get(&namespace) else {
            return;
        };
        let entries: Vec<_> = of_namespace
            .iter()
            .filter_map(|n| entries.get(*n))
            .collect();
        let Some((amiss, reason)) = judge(pod, &entries, injector) else {
            return;
        };
        let word = pod.at(&["metadata", "annotations", SAFE_TO_EVICT]);
        let example = Example {
            amiss,
            reason,
            name: text("name"),
            uid: text("uid"),
            created: text("creationTimestamp"),
            may_go: word.and_then(Value::as_str) != Some("false"),
        };
        let controller = controller(pod);
        let uid = controller.as_ref().map(|(uid, _)| uid.clone());
        self.merge(Self {
            groups: BTreeMap::from([(
                uid.unwrap_or_else(|| example.uid.clone()),
                Group {
                    namespace,
                    controller: controller.map(|(_, controller)| controller),
                    counts: BTreeMap::from([(amiss, 1)]),
                    newest: example.created.clone(),
                    example,
                },
            )]),
            unknown: Vec::new(),
        });
    }

    fn merge(&mut self, other: Self) {
        for (uid, group) in other.groups {
            match self.groups.get_mut(&uid) {
                Some(known) => known.merge(group),
                None => drop(self.groups.insert(uid, group)),
            }
        }
    }
}

impl Group {
    fn merge(&mut self, other: Self) {
        for (amiss, count) in other.counts {
            *self.counts.entry(amiss).or_default() += count;
        }
        self.newest = std::mem::take(&mut self.newest).max(other.newest);
        if other.example.rank() < self.example.rank() {
            self.example = other.example;
        }
    }
}

impl Example {
    /// The least is the one to take: what may be evicted first, then the oldest.
    fn rank(&self) -> (bool, Amiss, &str) {
        (!self.may_go, self.amiss, &self.created)
    }
}

/// The controller of a Pod, with its uid. A mirror Pod's is its node, but those are not looked at.
fn controller(pod: &Value<'_>) -> Option<(String, Controller)> {
    let references = pod.at(&["metadata", "ownerReferences"])?.as_array()?;
    let reference = references
        .iter()
        .find(|reference| reference.get("controller").and_then(Value::as_bool) == Some(true))?;
    let text = |key| Some(reference.get(key)?.as_str()?.to_owned());
    let controller = Controller {
        api_version: text("apiVersion")?,
        kind: text("kind")?,
        name: text("name")?,
    };
    Some((text("uid")?, controller))
}

/// The namespaces that an entry selects; those that end are left out.
async fn selected(client: &Client, entries: &[RegisteredEntry]) -> Result<Selected, FindError> {
    let api = Api::<v1::Namespace>::all(client.clone());
    let mut selected = Selected::new();
    let mut params = ListParams::default().limit(PAGE);
    loop {
        let page = api.list_metadata(&params).await;
        let page = page.map_err(|error| unread("namespaces", error))?;
        for namespace in page.items {
            let metadata = namespace.metadata;
            let (Some(name), None) = (metadata.name, metadata.deletion_timestamp) else {
                continue;
            };
            let labels = metadata.labels.unwrap_or_default();
            let label = |key: &str| labels.get(key).map(String::as_str);
            let by = entries.iter().enumerate();
            let by = by.filter(|(_, entry)| entry.selects_namespace(&name, label));
            let by: Vec<_> = by.map(|(n, _)| n).collect();
            if !by.is_empty() {
                selected.insert(name, by);
            }
        }
        match page.metadata.continue_.filter(|next| !next.is_empty()) {
            Some(next) => params = params.continue_token(&next),
            None => return Ok(selected),
        }
    }
}

async fn get(client: &Client, path: &str, what: &'static str) -> Result<String, FindError> {
    let request = Request::get(path).body(Vec::new());
    let request = request.map_err(|error| unread(what, kube::Error::HttpError(error)))?;
    let answer = client.request_text(request).await;
    answer.map_err(|error| unread(what, error))
}

/// Of what the API server says the sentence alone.
fn unread(what: &'static str, error: kube::Error) -> FindError {
    let said = match error {
        kube::Error::Api(status) => status.message,
        error => format!("{:#}", anyhow::Error::from(error)),
    };
    FindError::Api { what, said }
}

fn parse<'t>(text: &'t str, what: &'static str) -> Result<Value<'t>, FindError> {
    Value::parse(text.as_bytes()).map_err(|source| FindError::Answer { what, source })
}
