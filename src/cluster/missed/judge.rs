//! Whether a Pod should have a sidecar and has none, or an old one: what would be created of it now, for Pods that the
//! webhook is called for.

use outrigger_json::Value;

use crate::{
    admission,
    annotations::names::STATUS,
    drift::{self, Kind},
    inject::{Injector, Reason, owner_of, restore},
    webhook::RegisteredEntry,
};

/// What is amiss with a Pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Amiss {
    /// It should have a sidecar and has none.
    Missing,
    /// It has a sidecar that is not what the injector would give it now.
    Outdated,
    /// It should have a sidecar and has none, but the injector would refuse it.
    Refused,
}

impl Amiss {
    pub(super) const ALL: [Self; 3] = [Self::Missing, Self::Outdated, Self::Refused];

    /// The word for it in metrics.
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Outdated => "outdated",
            Self::Refused => "refused",
        }
    }
}

/// What is amiss with a Pod of a namespace that these entries of the webhook select, and what the injector decides on it.
pub(super) fn judge(
    pod: &Value<'_>,
    entries: &[&RegisteredEntry],
    injector: &Injector,
) -> Option<(Amiss, Reason)> {
    if !drift::is_comparable(pod) {
        return None;
    }
    // Entries select by the labels that the author wrote.
    let owner = owner_of(pod, "");
    let restored = restore(pod, &owner).ok().flatten();
    let author = restored.as_ref().map_or(pod, |restored| &restored.pod);
    let label = |key: &str| {
        let label = author.at(&["metadata", "labels", key]);
        label.and_then(Value::as_str)
    };
    let entry = entries.iter().find(|entry| entry.selects_pod(label))?;
    let comparison = drift::compare(injector, pod, &admission::variables(&entry.path));
    let has_sidecar = pod.at(&["metadata", "annotations", STATUS]).is_some();
    let amiss = match comparison.kinds().first()? {
        Kind::Missing => Amiss::Missing,
        Kind::Refused if !has_sidecar => Amiss::Refused,
        // It has what it needs, and is better off as it is than made anew.
        Kind::Refused | Kind::Unwanted => return None,
        _ => Amiss::Outdated,
    };
    Some((amiss, comparison.reason))
}
