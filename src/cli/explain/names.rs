//! The names of objects on the command line, as kubectl has them.

use anyhow::{Context as _, bail};

use crate::cluster::{NAMESPACES, PODS, Resource};

/// The workloads whose Pods are made from a template.
pub(super) const WORKLOADS: [Resource; 7] = [
    of("apps/v1", "deployments", "Deployment"),
    of("apps/v1", "statefulsets", "StatefulSet"),
    of("apps/v1", "daemonsets", "DaemonSet"),
    of("batch/v1", "cronjobs", "CronJob"),
    of("batch/v1", "jobs", "Job"),
    of("apps/v1", "replicasets", "ReplicaSet"),
    of("v1", "replicationcontrollers", "ReplicationController"),
];

const fn of(api_version: &'static str, plural: &'static str, kind: &'static str) -> Resource {
    Resource {
        api_version,
        plural,
        kind,
    }
}

/// The short names beside singular, plural and kind.
const SHORT: [(&str, &str); 9] = [
    ("cj", "CronJob"),
    ("deploy", "Deployment"),
    ("ds", "DaemonSet"),
    ("job", "Job"),
    ("ns", "Namespace"),
    ("po", "Pod"),
    ("rc", "ReplicationController"),
    ("rs", "ReplicaSet"),
    ("sts", "StatefulSet"),
];

/// An object that is asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) resource: Resource,
    pub(super) name: String,
}

/// Reads the arguments: `TYPE/NAME …`, `TYPE NAME …`, or the name of a Pod.
pub(super) fn read(arguments: &[String]) -> anyhow::Result<Vec<Named>> {
    if arguments.iter().any(|a| a.contains('/')) {
        let each = arguments.iter().map(|argument| {
            let parts = argument.split_once('/');
            let (kind, name) = parts.with_context(|| {
                format!("{argument:?} is no TYPE/NAME; all of them are to be, or none")
            })?;
            named(kind, name)
        });
        return each.collect();
    }
    match arguments {
        [] => Ok(Vec::new()),
        [name] => Ok(vec![named("pod", name)?]),
        [kind, names @ ..] => names.iter().map(|name| named(kind, name)).collect(),
    }
}

fn named(kind: &str, name: &str) -> anyhow::Result<Named> {
    if name.is_empty() || name.contains('/') {
        bail!("{kind}/{name}: the name of an object is missing");
    }
    // As `kubectl get -o name` writes it.
    let word = kind.split('.').next().unwrap_or(kind).to_lowercase();
    let short = SHORT
        .iter()
        .find(|(short, _)| *short == word)
        .map(|(_, kind)| *kind);
    let all = [PODS, NAMESPACES].into_iter().chain(WORKLOADS);
    let found = all.into_iter().find(|resource| {
        resource.plural == word
            || resource.kind.to_lowercase() == word
            || Some(resource.kind) == short
    });
    let resource = found.with_context(|| {
        format!(
            "{kind:?} is no type that has Pods: give pod, deploy, sts, ds, job, cronjob, rs, rc or ns"
        )
    })?;
    Ok(Named {
        resource,
        name: name.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_named_as_for_kubectl() {
        for (arguments, want) in [
            (&["pod/a"][..], Some("Pod a")),
            (&["deploy/a", "sts/b"], Some("Deployment a, StatefulSet b")),
            (&["deployment.apps/a"], Some("Deployment a")),
            (
                &["Deployments", "a", "b"],
                Some("Deployment a, Deployment b"),
            ),
            (&["cj/a"], Some("CronJob a")),
            (&["ns", "a"], Some("Namespace a")),
            (&["a"], Some("Pod a")),
            (&[], Some("")),
            (&["service/a"], None),
            (&["pod/"], None),
            (&["pod/a/b"], None),
            (&["pod/a", "b"], None),
        ] {
            let arguments: Vec<_> = arguments.iter().map(ToString::to_string).collect();
            let read = read(&arguments).ok().map(|all| {
                let all = all
                    .iter()
                    .map(|n| format!("{} {}", n.resource.kind, n.name));
                all.collect::<Vec<_>>().join(", ")
            });
            assert_eq!(read.as_deref(), want, "{arguments:?}");
        }
    }
}
