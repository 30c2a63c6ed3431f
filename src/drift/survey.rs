//! What the comparisons of many Pods come to: what differs and where, and in which order to restart.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use outrigger_json::Value;

use super::{Comparison, Kind};
use crate::inject::owner_of;

/// The workload that a Pod belongs to: what its author wrote.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Workload {
    /// Its namespace.
    pub namespace: String,
    /// For example `Deployment`; `Pod` for a Pod that nothing controls.
    pub kind: String,
    /// Its name.
    pub name: String,
}

impl Workload {
    /// The workload of a Pod as the API server has it.
    pub fn of(pod: &Value<'_>) -> Self {
        let owner = owner_of(pod, "");
        Self {
            namespace: owner.namespace.to_owned(),
            kind: owner.kind.to_owned(),
            name: owner.name.to_owned(),
        }
    }

    /// As kubectl takes it, such as `deployment/web`.
    pub fn resource(&self) -> String {
        format!("{}/{}", self.kind.to_lowercase(), self.name)
    }

    /// What restarts its Pods one after the other; `None` where nothing does.
    pub fn restart(&self) -> Option<String> {
        let Self {
            namespace, name, ..
        } = self;
        match &*self.kind {
            "Deployment" | "StatefulSet" | "DaemonSet" => {
                let resource = self.resource();
                Some(format!(
                    "kubectl -n {namespace} rollout restart {resource} && kubectl -n {namespace} rollout status {resource}"
                ))
            }
            "Rollout" => Some(format!(
                "kubectl argo rollouts -n {namespace} restart {name}"
            )),
            "DeploymentConfig" => Some(format!("oc -n {namespace} rollout latest dc/{name}")),
            _ => None,
        }
    }

    /// The rank of a kind: one that starts new Pods before it ends the old ones first, one that is on every node last.
    fn rank(&self) -> u8 {
        match &*self.kind {
            "Deployment" | "Rollout" | "DeploymentConfig" => 0,
            "StatefulSet" => 1,
            "DaemonSet" => 2,
            _ => 3,
        }
    }
}

impl fmt::Display for Workload {
    /// `Deployment shop/web`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}/{}", self.kind, self.namespace, self.name)
    }
}

/// How the Pods of a workload stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// How many were compared.
    pub pods: usize,
    /// How many of them are not what would be created now.
    pub drifted: usize,
    /// How many of them are not ready.
    pub unready: usize,
    /// Whether a `PodDisruptionBudget` allows no disruption of them now.
    pub is_guarded: bool,
    /// In what ways they differ.
    pub kinds: BTreeSet<Kind>,
}

/// Pods that differ in one place.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// What is there and what would be there, if it is the same for all of them.
    pub change: Option<(Option<Value<'static>>, Option<Value<'static>>)>,
    /// How many Pods.
    pub pods: usize,
    /// The workloads that they belong to.
    pub workloads: BTreeSet<Workload>,
}

/// What the comparisons come to. It holds nothing of a Pod but its workload and how it differs.
#[derive(Debug, Default)]
pub struct Survey {
    /// How many Pods were compared.
    pub pods: usize,
    /// How many of them are not what would be created now.
    pub drifted: usize,
    /// The workloads with Pods that drifted, and all others that were seen.
    pub workloads: BTreeMap<Workload, Standing>,
    /// The Pods that differ, by kind and place.
    pub groups: BTreeMap<(Kind, String), Group>,
}

impl Survey {
    /// Takes up the comparison of one Pod.
    pub fn add(&mut self, pod: &Value<'_>, comparison: &Comparison, is_guarded: bool) {
        let workload = Workload::of(pod);
        let differs = !comparison.differences.is_empty();
        self.pods += 1;
        self.drifted += usize::from(differs);
        let standing = self.workloads.entry(workload.clone()).or_default();
        standing.pods += 1;
        standing.drifted += usize::from(differs);
        standing.unready += usize::from(!is_ready(pod));
        standing.is_guarded |= is_guarded;
        standing.kinds.extend(comparison.kinds());
        for difference in &comparison.differences {
            let change = || (difference.before.clone(), difference.after.clone());
            let key = (difference.kind, difference.place.clone());
            let group = self.groups.entry(key).or_insert_with(|| Group {
                change: Some(change()),
                pods: 0,
                workloads: BTreeSet::new(),
            });
            if group
                .change
                .as_ref()
                .is_some_and(|known| *known != change())
            {
                group.change = None;
            }
            group.pods += 1;
            group.workloads.insert(workload.clone());
        }
    }

    /// The workloads to restart, in a safe order: one namespace after the other, that with the fewest Pods to restart
    /// first; in each those that a restart harms least first.
    pub fn plan(&self) -> Vec<Step<'_>> {
        let mut of_namespace: BTreeMap<&str, usize> = BTreeMap::new();
        for (workload, standing) in &self.workloads {
            *of_namespace.entry(&workload.namespace).or_default() += standing.drifted;
        }
        let drifted = self.workloads.iter().filter(|(_, s)| s.drifted > 0);
        let mut steps: Vec<_> = drifted
            .map(|(workload, standing)| Step {
                workload,
                standing,
                caution: Caution::of(workload, standing),
            })
            .collect();
        steps.sort_by_cached_key(|step| {
            let Step {
                workload,
                standing,
                caution,
            } = step;
            let namespace = of_namespace.get(&*workload.namespace).copied();
            (
                (namespace, &workload.namespace),
                *caution,
                workload.rank(),
                Reverse(standing.pods),
                &workload.name,
            )
        });
        steps
    }
}

/// A workload to restart.
#[derive(Clone, Debug, PartialEq)]
pub struct Step<'s> {
    /// The workload.
    pub workload: &'s Workload,
    /// How its Pods stand.
    pub standing: &'s Standing,
    /// What speaks against restarting it early.
    pub caution: Caution,
}

/// What speaks against restarting a workload early, from nothing to all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Caution {
    /// Several Pods, all ready.
    Steady,
    /// A single Pod.
    Single,
    /// Not all Pods are ready.
    Unready,
    /// A `PodDisruptionBudget` allows no disruption now.
    Guarded,
    /// Nothing restarts it: it is created anew by whoever created it.
    ByHand,
    /// Its new Pods would be refused.
    Refused,
}

impl Caution {
    fn of(workload: &Workload, standing: &Standing) -> Self {
        if standing.kinds.contains(&Kind::Refused) {
            Self::Refused
        } else if workload.restart().is_none() {
            Self::ByHand
        } else if standing.is_guarded {
            Self::Guarded
        } else if standing.unready > 0 {
            Self::Unready
        } else if standing.pods < 2 {
            Self::Single
        } else {
            Self::Steady
        }
    }
}

impl Step<'_> {
    /// What restarts the workload; `None` where it must not be restarted, or nothing does it.
    pub fn command(&self) -> Option<String> {
        self.workload
            .restart()
            .filter(|_| self.caution != Caution::Refused)
    }

    /// Why it stands where it stands, in a few words.
    pub fn why(&self) -> String {
        let Standing { pods, unready, .. } = self.standing;
        match self.caution {
            Caution::Steady => format!("{pods} Pods, all ready"),
            Caution::Single => "its only Pod".to_owned(),
            Caution::Unready => format!("{unready} of {pods} Pods not ready"),
            Caution::Guarded => "a PodDisruptionBudget allows no disruption now".to_owned(),
            Caution::ByHand if self.workload.kind == "Pod" => {
                "nothing controls it: delete it and create it anew".to_owned()
            }
            Caution::ByHand => match &*self.workload.kind {
                "Job" | "CronJob" => "its next run is injected anew".to_owned(),
                kind => format!("no command restarts a {kind}: delete its Pods one by one"),
            },
            Caution::Refused => "its new Pods would be refused: mend that first".to_owned(),
        }
    }
}

/// Whether the kubelet says that the Pod is ready.
fn is_ready(pod: &Value<'_>) -> bool {
    let conditions = pod.at(&["status", "conditions"]).and_then(Value::as_array);
    let of =
        |condition: &Value<'_>, key| condition.get(key).and_then(Value::as_str) == Some("Ready");
    conditions.unwrap_or_default().iter().any(|condition| {
        of(condition, "type") && condition.get("status").and_then(Value::as_str) == Some("True")
    })
}
