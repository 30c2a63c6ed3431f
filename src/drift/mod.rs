//! Whether a live Pod is what would be created of it now: the one comparison behind `outrigger drift`, `outrigger diff`
//! and whatever else looks at running Pods.
//!
//! The Pod is restored to what its author wrote and injected afresh, by the same core that answers the API server. What
//! comes of that is compared with the Pod as it runs. Both are first brought to a bare form (`bare`), without what the
//! API server fills in, and what others are known to add to every container is left out (`others`).

mod align;
mod bare;
mod compare;
mod others;
mod survey;

use outrigger_json::{Object, Value};

use crate::{
    annotations::names,
    inject::{Injector, Outcome, Reason, Request, Way, owner_of, pod, restore, status::Status},
};
pub use align::align;
pub use survey::{Caution, Group, Standing, Step, Survey, Workload};

/// In what way a Pod is not what would be created now; from the worst to the mildest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// It has no sidecar, and would get one.
    Missing,
    /// It has a sidecar, and would get none.
    Unwanted,
    /// It would be refused.
    Refused,
    /// It was injected by another revision.
    Revision,
    /// A container's image differs.
    Image,
    /// A container's command or arguments differ.
    Args,
    /// A container's environment differs.
    Env,
    /// A container's requests or limits differ.
    Resources,
    /// Something else that templates write: a container, a volume, a label, a probe, a security context.
    Template,
}

impl Kind {
    /// Every kind, in order.
    pub const ALL: [Self; 9] = [
        Self::Missing,
        Self::Unwanted,
        Self::Refused,
        Self::Revision,
        Self::Image,
        Self::Args,
        Self::Env,
        Self::Resources,
        Self::Template,
    ];

    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Unwanted => "unwanted",
            Self::Refused => "refused",
            Self::Revision => "revision",
            Self::Image => "image",
            Self::Args => "args",
            Self::Env => "env",
            Self::Resources => "resources",
            Self::Template => "template",
        }
    }

    /// What it means, in a few words.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Missing => "has no sidecar and would get one",
            Self::Unwanted => "has a sidecar and would get none",
            Self::Refused => "would be refused",
            Self::Revision => "was injected by another revision",
            Self::Image => "another image",
            Self::Args => "another command or other arguments",
            Self::Env => "another environment",
            Self::Resources => "other requests or limits",
            Self::Template => "other containers, volumes, labels or settings",
        }
    }
}

/// One place in which a Pod differs.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// In what way.
    pub kind: Kind,
    /// Where, such as `spec.initContainers[istio-proxy].image`.
    pub place: String,
    /// What is there now; `None`: nothing.
    pub before: Option<Value<'static>>,
    /// What would be there; `None`: nothing.
    pub after: Option<Value<'static>>,
}

impl Difference {
    /// One that is of the whole Pod.
    fn whole(kind: Kind) -> Self {
        Self {
            kind,
            place: "spec".to_owned(),
            before: None,
            after: None,
        }
    }
}

/// A live Pod beside what would be created of it now.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// What the injector decides on it now.
    pub reason: Reason,
    /// The particulars of the decision: why it would be refused.
    pub detail: String,
    /// Where the two differ; empty: the Pod is what would be created now.
    pub differences: Vec<Difference>,
    /// `metadata.labels`, `metadata.annotations` and `spec` of the Pod as it runs, in bare form.
    pub before: Value<'static>,
    /// The same of what would be created; null where that is refused.
    pub after: Value<'static>,
}

impl Comparison {
    /// The kinds of the differences, each once, in order.
    pub fn kinds(&self) -> Vec<Kind> {
        kinds(&self.differences)
    }
}

/// The kinds of differences, each once, in order.
pub fn kinds(differences: &[Difference]) -> Vec<Kind> {
    let mut kinds: Vec<_> = differences.iter().map(|d| d.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

/// The differences of a Pod in a manifest from what injection makes of it.
pub fn between(before: &Value<'_>, after: &Value<'_>) -> Vec<Difference> {
    match (Status::of(before), Status::of(after)) {
        (None, Some(_)) => vec![Difference::whole(Kind::Missing)],
        (Some(_), None) => vec![Difference::whole(Kind::Unwanted)],
        (_, status) => compare::differences(&bare::pod(before), &bare::pod(after), status.as_ref()),
    }
}

/// Whether a Pod as the API server has it can be compared: not one that has ended or is ending, and none that the kubelet
/// runs from a file, which no webhook sees.
pub fn is_comparable(pod: &Value<'_>) -> bool {
    let text = |path: &[&str]| pod.at(path).and_then(Value::as_str);
    let ended = matches!(text(&["status", "phase"]), Some("Succeeded" | "Failed"));
    let ending = text(&["metadata", "deletionTimestamp"]).is_some();
    let mirrored = pod::annotation(pod, "kubernetes.io/config.mirror").is_some();
    !ended && !ending && !mirrored
}

/// Compares a live Pod with what would be created of it now.
///
/// `injector` knows the labels of the namespaces ([`Snapshot::namespaces`](crate::config::Snapshot)), by which it decides
/// as the webhook's selectors do. `variables` are those of the path at which the API server calls the webhook.
pub fn compare(
    injector: &Injector,
    live: &Value<'_>,
    variables: &[(String, String)],
) -> Comparison {
    let created = as_created(live);
    let outcome = injector.apply(&Request {
        pod: &created,
        namespace: pod::namespace(&created, ""),
        owner: None,
        variables,
        way: Way::Webhook,
    });
    let Outcome {
        reason,
        detail,
        result,
        ..
    } = outcome;
    let has_sidecar = Status::of(&created).is_some();
    let is_other = reason == Reason::OtherRevision
        && injected_by(&created).as_deref() != Some(injector.config().settings.revision_label());
    let mut comparison = Comparison {
        reason,
        detail,
        differences: Vec::new(),
        before: Value::Null,
        after: Value::Null,
    };
    if result.is_none() && !reason.is_failure() && (!has_sidecar || is_other) {
        return comparison;
    }
    comparison.before = bare::pod(&created);
    let whole = match result {
        Some(now) => {
            comparison.after = bare::pod(&now);
            others::leave_out(&created, &mut comparison.before, &comparison.after);
            if has_sidecar {
                comparison.differences = compare::differences(
                    &comparison.before,
                    &comparison.after,
                    Status::of(&now).as_ref(),
                );
                return comparison;
            }
            Kind::Missing
        }
        None if reason.is_failure() => Kind::Refused,
        None => {
            let owner = owner_of(&created, "");
            let author = restore(&created, &owner).ok().flatten();
            comparison.after = author.map_or(Value::Null, |author| bare::pod(&author.pod));
            Kind::Unwanted
        }
    };
    comparison.differences.push(Difference::whole(whole));
    comparison
}

/// The revision that injected a Pod, as the Pod says.
pub fn injected_by(pod: &Value<'_>) -> Option<String> {
    let status = Value::parse(pod::annotation(pod, names::STATUS)?.as_bytes()).ok()?;
    let revision = status.get("revision").and_then(Value::as_str);
    Some(revision.unwrap_or("default").to_owned())
}

/// The Pod as it came to the API server: without the node it was given, and without the name if that was made up.
fn as_created<'p>(live: &'p Value<'_>) -> Value<'p> {
    let parts = ["apiVersion", "kind", "metadata", "spec"];
    let parts = parts.map(|key| Some((key, live.get(key)?.borrowed())));
    let mut created: Value<'p> = parts.into_iter().flatten().collect::<Object<'p>>().into();
    if let Some(spec) = created.get_mut("spec").and_then(Value::as_object_mut) {
        spec.remove("nodeName");
    }
    let is_made_up = has_made_up_name(live);
    if let Some(metadata) = created.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
        if is_made_up {
            metadata.remove("name");
        }
    }
    created
}

/// Whether the API server made the Pod's name: `generateName` and five letters or digits. The controller of a `StatefulSet`
/// gives both.
fn has_made_up_name(pod: &Value<'_>) -> bool {
    let of = |key| pod.at(&["metadata", key]).and_then(Value::as_str);
    let suffix = of("name").and_then(|name| name.strip_prefix(of("generateName")?));
    suffix.is_some_and(|suffix| suffix.len() == 5) && owner_of(pod, "").kind != "StatefulSet"
}

#[cfg(test)]
mod tests;
