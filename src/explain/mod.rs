//! Why a Pod has a sidecar, or none.
//!
//! [`explain`] walks the way of a Pod from its creation to its sidecar: its namespace, the webhooks that select it, the
//! call of the injector, the injector's decision, Pod Security, the Pod that exists. Each step is held against [`Facts`],
//! which somebody else has gathered, and says whether it holds, is broken, or cannot be told. The decision is that of the
//! server's own core, so that the two cannot disagree.

mod answer;
mod certificate;
mod chain;
mod conditions;
mod connection;
mod decision;
mod existing;
mod facts;
mod mend;
mod registered;
mod security;
mod selection;
mod summary;
mod webhook;

use serde::{Serialize, Serializer};

use crate::workload::Reference;

pub use answer::Answer;
pub use chain::explain;
pub use facts::{Facts, Known, Served, Service, Subject, Unknown, author};
pub use registered::{Called, Entry, Registered};
pub use summary::{Row, Summary};

/// What became, or would become, of a Pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It has a sidecar, or would get one.
    Injected,
    /// What would have to be known is not.
    CannotTell,
    /// It has none.
    NotInjected,
}

/// The links of the chain, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Link {
    /// The namespace and what its labels ask for.
    Namespace,
    /// The entries of webhooks that select the Pod.
    Webhook,
    /// The way from the API server to the injector.
    Connection,
    /// The certificate of the injector, and what it is verified with.
    Certificate,
    /// What the injector decides and makes.
    Injector,
    /// Pod Security admission, which sees the Pod with its sidecar.
    PodSecurity,
    /// The ambient mesh, which needs no sidecar.
    Ambient,
    /// What the API server answers when it is asked for such a Pod.
    ApiServer,
    /// The Pods that exist.
    Pod,
}

impl Link {
    /// What people call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Namespace => "namespace",
            Self::Webhook => "webhook",
            Self::Connection => "connection",
            Self::Certificate => "certificate",
            Self::Injector => "injector",
            Self::PodSecurity => "pod security",
            Self::Ambient => "ambient",
            Self::ApiServer => "api server",
            Self::Pod => "pod",
        }
    }
}

/// Whether a link holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It holds.
    Good,
    /// It holds, and there is something to know.
    Note,
    /// It cannot be told.
    CannotTell,
    /// It is broken: the Pod gets no sidecar.
    Broken,
}

/// One link of the chain, as it was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Which link.
    pub link: Link,
    /// Whether it holds.
    pub state: State,
    /// The stable code of what was found: one of [`Reason`](crate::inject::Reason), or of the list in `docs/explain.md`.
    pub code: &'static str,
    /// What was found, in a line.
    pub text: String,
    /// What mends it, in order: commands to copy, which begin with a program's name, or a sentence where none would do.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mend: Vec<String>,
    /// The particulars, for those who want to know more.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<String>,
}

impl Step {
    fn new(link: Link, state: State, code: &'static str, text: impl Into<String>) -> Self {
        Self {
            link,
            state,
            code,
            text: line(&text.into()),
            mend: Vec::new(),
            details: Vec::new(),
        }
    }

    fn good(link: Link, text: impl Into<String>) -> Self {
        Self::new(link, State::Good, "good", text)
    }

    fn note(link: Link, code: &'static str, text: impl Into<String>) -> Self {
        Self::new(link, State::Note, code, text)
    }

    fn broken(link: Link, code: &'static str, text: impl Into<String>) -> Self {
        Self::new(link, State::Broken, code, text)
    }

    fn unclear(link: Link, unknown: impl Into<String>) -> Self {
        Self::new(link, State::CannotTell, "cannot-tell", unknown)
    }

    fn mended(mut self, by: impl IntoIterator<Item = String>) -> Self {
        self.mend.extend(by.into_iter().map(|text| line(&text)));
        self
    }

    fn detailed(mut self, details: impl IntoIterator<Item = String>) -> Self {
        let details = details.into_iter().map(|text| line(&text));
        self.details.extend(details);
        self
    }
}

/// The whole answer for one object.
#[derive(Clone, Debug, Serialize)]
pub struct Explanation {
    /// The object.
    #[serde(serialize_with = "reference")]
    pub object: Reference,
    /// What becomes of its Pods.
    pub verdict: Verdict,
    /// The code of the step that decided: of the first broken link, else of the first that cannot be told, else
    /// `injected`.
    pub reason: &'static str,
    /// That step's text.
    pub cause: String,
    /// The chain, in order.
    pub steps: Vec<Step>,
}

impl Explanation {
    /// The step that decided, unless the Pod is injected.
    pub fn decisive(&self) -> Option<&Step> {
        let wanted = match self.verdict {
            Verdict::Injected => return None,
            Verdict::CannotTell => State::CannotTell,
            Verdict::NotInjected => State::Broken,
        };
        self.steps.iter().find(|step| step.state == wanted)
    }
}

/// A text as one line. It may quote what somebody wrote into a Pod, and nobody's terminal is to be steered by that.
fn line(text: &str) -> String {
    let words = text.split(['\n', '\t']).map(str::trim);
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    let harmless = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    words.join(" ").chars().map(harmless).collect()
}

fn reference<S: Serializer>(object: &Reference, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Shown<'o> {
        kind: &'o str,
        namespace: &'o str,
        name: &'o str,
    }
    let shown = Shown {
        kind: &object.kind,
        namespace: &object.namespace,
        name: &object.name,
    };
    shown.serialize(serializer)
}

#[cfg(test)]
mod tests;
