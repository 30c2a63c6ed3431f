//! Where the Pod stands in an object of each kind, and how it is taken out and put back.

use outrigger_json::{Object, Value};

/// The paths to a Pod's two parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) metadata: &'static [&'static str],
    pub(super) spec: &'static [&'static str],
}

impl Place {
    pub(super) const POD: Self = Self {
        metadata: &["metadata"],
        spec: &["spec"],
    };
    const TEMPLATE: Self = Self {
        metadata: &["spec", "template", "metadata"],
        spec: &["spec", "template", "spec"],
    };
    /// Labels and annotations are those of the Job, as Istio has it: tools and users rely on where they are read.
    const CRON_JOB: Self = Self {
        metadata: &["spec", "jobTemplate", "metadata"],
        spec: &["spec", "jobTemplate", "spec", "template", "spec"],
    };

    /// The place for a kind, whatever its `apiVersion`: `extensions/v1beta1` had Deployments too.
    pub(super) fn of(kind: &str) -> Option<Self> {
        match kind {
            "Pod" => Some(Self::POD),
            "CronJob" => Some(Self::CRON_JOB),
            "DaemonSet"
            | "Deployment"
            | "DeploymentConfig"
            | "Job"
            | "ReplicaSet"
            | "ReplicationController"
            | "StatefulSet" => Some(Self::TEMPLATE),
            _ => None,
        }
    }

    /// The first part on the way to the Pod's `spec` that is not an object, in dots.
    pub(super) fn missing(self, object: &Value<'_>) -> Option<String> {
        (1..=self.spec.len())
            .find(|&n| {
                object
                    .at(&self.spec[..n])
                    .and_then(Value::as_object)
                    .is_none()
            })
            .map(|n| self.spec[..n].join("."))
    }

    /// Takes the Pod out of an object that has it. Nulls stand in its place until [`Place::put`].
    pub(super) fn take<'v>(self, object: &mut Value<'v>) -> Value<'v> {
        if self == Self::POD {
            return std::mem::take(object);
        }
        let mut pod = Object::with_capacity(2);
        for (key, path) in [("metadata", self.metadata), ("spec", self.spec)] {
            if let Some(part) = object.at_mut(path) {
                pod.push(key, std::mem::take(part));
            }
        }
        pod.into()
    }

    /// Puts a Pod back where [`Place::take`] took it from; a part that the Pod does not have goes away. Of a part that
    /// the object did not have, `metadata` comes first in its object, where everybody writes it.
    pub(super) fn put<'v>(self, object: &mut Value<'v>, pod: Value<'v>) {
        if self == Self::POD {
            *object = pod;
            return;
        }
        let Value::Object(mut pod) = pod else { return };
        for (key, path) in [("metadata", self.metadata), ("spec", self.spec)] {
            let Some((last, parents)) = path.split_last() else {
                continue;
            };
            let Some(Value::Object(parent)) = object.at_mut(parents) else {
                continue;
            };
            match (pod.remove(key), parent.get_mut(last)) {
                (Some(part), Some(old)) => *old = part,
                (Some(part), None) => {
                    let others = std::mem::take(parent);
                    parent.push(*last, part);
                    for (key, value) in others {
                        parent.push(key, value);
                    }
                }
                (None, _) => {
                    parent.remove(last);
                }
            }
        }
    }
}

/// Whether an `apiVersion` is of a group whose kinds of the names above are sure to hold a Pod template.
pub(super) fn is_kubernetes(api_version: &str) -> bool {
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    matches!(
        group,
        "" | "apps" | "batch" | "extensions" | "apps.openshift.io"
    )
}
