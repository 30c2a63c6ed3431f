//! The core: a Pod and a configuration in, an [`Outcome`] out. No I/O, no clock, no environment, no async.

mod context;
mod decision;
mod finish;
mod functions;
mod ids;
mod images;
mod injector;
mod merge;
mod owner;
mod patch;
pub(crate) mod pod;
mod probe;
mod reason;
pub(crate) mod record;
mod render;
mod restore;
mod scrape;
pub(crate) mod status;
pub mod token;
pub(crate) mod typed;
pub mod view;

use outrigger_json::Value;

pub use decision::SYSTEM_NAMESPACES;
pub use injector::{Injector, TemplateError};
pub(crate) use owner::derive as owner_of;
pub(crate) use patch::diff;
pub use reason::Reason;
pub use restore::{Doubt, Restored, Was, doubts, restore};

/// One Pod to decide on, and to inject.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// The Pod as its author or the API server wrote it: `metadata` and `spec` of a Pod.
    pub pod: &'a Value<'a>,
    /// The namespace that the Pod is for, where the Pod itself names none.
    pub namespace: &'a str,
    /// Who owns the Pod, where that is known; `None`: derived from the Pod's owner references.
    pub owner: Option<Owner<'a>>,
    /// Variables of the request's path, such as `ISTIO_META_CLUSTER_ID`, in order.
    pub variables: &'a [(String, String)],
    /// How the Pod came here.
    pub way: Way,
}

/// How a Pod came to the injector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// In an admission review: policy, selectors and the namespace's labels count.
    Webhook,
    /// In a manifest: whoever injects it has decided, only the Pod's own word against it counts.
    Offline,
}

/// A part of the pipeline, of which [`Injector::observed`] tells when it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The Pod's shape is checked, and inject or skip is decided.
    Decide,
    /// The Pod is as its author wrote it.
    Restore,
    /// The data that templates see is there.
    Context,
    /// The templates are rendered.
    Render,
    /// The overlays and the author's overrides are merged.
    Merge,
    /// Probes, metrics, order and status are done.
    Finish,
    /// The patch, or the Pod, is there.
    Patch,
}

impl Stage {
    /// Every stage, in order.
    pub const ALL: [Self; 7] = [
        Self::Decide,
        Self::Restore,
        Self::Context,
        Self::Render,
        Self::Merge,
        Self::Finish,
        Self::Patch,
    ];

    /// What it is called.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Decide => "decide",
            Self::Restore => "restore",
            Self::Context => "context",
            Self::Render => "render",
            Self::Merge => "merge",
            Self::Finish => "finish",
            Self::Patch => "patch",
        }
    }
}

/// The workload that a Pod belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owner<'a> {
    /// For example `apps/v1`.
    pub api_version: &'a str,
    /// For example `Deployment`.
    pub kind: &'a str,
    /// The workload's name.
    pub name: &'a str,
    /// The workload's namespace; empty where the manifest names none.
    pub namespace: &'a str,
}

/// What became of a Pod.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome<T> {
    /// Why: the one value that every log line, metric, warning and report shows.
    pub reason: Reason,
    /// The particulars in a sentence or more: for a failure the chain of causes, for a skip what led to it.
    pub detail: String,
    /// What the Pod's author should know although the Pod is let through; each at most 120 characters.
    pub warnings: Vec<String>,
    /// The result, if the Pod was injected: [`Injector::run`] gives the JSON text of an RFC 6902 patch,
    /// [`Injector::apply`] the Pod.
    pub result: Option<T>,
}
