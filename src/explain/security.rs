//! Whether Pod Security admission lets a Pod in: the levels `baseline` and `restricted`, as far as a sidecar can offend
//! against them.
//!
//! Source: <https://kubernetes.io/docs/concepts/security/pod-security-standards/>, the latest version of each level.

use outrigger_json::{Object, Value};

/// The label of a namespace that says what is enforced.
pub(super) const ENFORCE: &str = "pod-security.kubernetes.io/enforce";

/// What is enforced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    Baseline,
    Restricted,
}

impl Level {
    /// Reads the label's value; `None` where nothing is enforced.
    pub(super) fn of(label: &str) -> Option<Self> {
        match label {
            "baseline" => Some(Self::Baseline),
            "restricted" => Some(Self::Restricted),
            _ => None,
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Baseline => "baseline",
            Self::Restricted => "restricted",
        }
    }
}

/// Something that a level forbids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Violation {
    /// The container; empty for the Pod as a whole.
    pub(super) container: String,
    /// What it has, or lacks.
    pub(super) what: String,
}

/// The capabilities that `baseline` lets containers add.
const ADDABLE: [&str; 13] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

/// The kinds of volumes that `restricted` allows.
const VOLUMES: [&str; 8] = [
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "image",
    "persistentVolumeClaim",
    "projected",
];

/// Everything that a level forbids in a Pod, in the order of its containers.
pub(super) fn violations(pod: &Value<'_>, level: Level) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut add = |container: &str, what: String| {
        found.push(Violation {
            container: container.to_owned(),
            what,
        });
    };
    let spec = pod.get("spec").unwrap_or(&Value::Null);
    let is_true =
        |tree: &Value<'_>, path: &[&str]| tree.at(path).and_then(Value::as_bool) == Some(true);
    for key in ["hostNetwork", "hostPID", "hostIPC"] {
        if is_true(spec, &[key]) {
            add("", format!("{key} is true"));
        }
    }
    for volume in items(spec, "volumes") {
        let name = text(volume, &["name"]).unwrap_or_default();
        if volume.get("hostPath").is_some() {
            add("", format!("volume {name:?} is a hostPath"));
        } else if level == Level::Restricted {
            let kinds = volume.as_object().into_iter().flat_map(Object::keys);
            for kind in kinds.filter(|kind| *kind != "name" && !VOLUMES.contains(kind)) {
                add("", format!("volume {name:?} is of kind {kind}"));
            }
        }
    }
    let whole = spec.get("securityContext").unwrap_or(&Value::Null);
    for list in ["initContainers", "containers"] {
        for container in items(spec, list) {
            let name = text(container, &["name"]).unwrap_or_default();
            let own = container.get("securityContext").unwrap_or(&Value::Null);
            if is_true(own, &["privileged"]) {
                add(name, "privileged is true".into());
            }
            let added = strings(own, &["capabilities", "add"]);
            let allowed: &[&str] = match level {
                Level::Baseline => &ADDABLE,
                Level::Restricted => &["NET_BIND_SERVICE"],
            };
            let more: Vec<_> = added.into_iter().filter(|c| !allowed.contains(c)).collect();
            if !more.is_empty() {
                add(name, format!("adds the capabilities {}", more.join(", ")));
            }
            if items(container, "ports").iter().any(|p| {
                p.get("hostPort")
                    .and_then(Value::as_i64)
                    .is_some_and(|p| p != 0)
            }) {
                add(name, "has a hostPort".into());
            }
            let seccomp = ["seccompProfile", "type"];
            let profile = text(own, &seccomp).or_else(|| text(whole, &seccomp));
            if profile == Some("Unconfined") {
                add(name, "seccompProfile is Unconfined".into());
            }
            if level == Level::Restricted {
                for what in restricted(own, whole, profile) {
                    add(name, what);
                }
            }
        }
    }
    found
}

/// What only `restricted` forbids in a container.
fn restricted(own: &Value<'_>, whole: &Value<'_>, profile: Option<&str>) -> Vec<String> {
    let mut found = Vec::new();
    if own.get("allowPrivilegeEscalation").and_then(Value::as_bool) != Some(false) {
        found.push("allowPrivilegeEscalation is not false".to_owned());
    }
    if !strings(own, &["capabilities", "drop"]).contains(&"ALL") {
        found.push("does not drop ALL capabilities".to_owned());
    }
    let either = |key: &str| own.get(key).or_else(|| whole.get(key));
    if either("runAsNonRoot").and_then(Value::as_bool) != Some(true) {
        found.push("runAsNonRoot is not true".to_owned());
    }
    if either("runAsUser").and_then(Value::as_i64) == Some(0) {
        found.push("runs as user 0".to_owned());
    }
    if !matches!(profile, Some("RuntimeDefault" | "Localhost" | "Unconfined")) {
        found.push("has no seccompProfile".to_owned());
    }
    found
}

fn text<'v>(tree: &'v Value<'_>, path: &[&str]) -> Option<&'v str> {
    tree.at(path)?.as_str()
}

fn items<'v, 'a>(tree: &'v Value<'a>, key: &str) -> &'v [Value<'a>] {
    tree.get(key).and_then(Value::as_array).unwrap_or_default()
}

fn strings<'v>(tree: &'v Value<'_>, path: &[&str]) -> Vec<&'v str> {
    let list = tree.at(path).and_then(Value::as_array);
    list.unwrap_or_default()
        .iter()
        .filter_map(Value::as_str)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_forbid_what_the_standards_say() {
        use Level::{Baseline, Restricted};
        let strict = "allowPrivilegeEscalation: false, runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}, \
                      capabilities: {drop: [ALL]}";
        let with =
            |context: &str| format!("containers: [{{name: c, securityContext: {{{context}}}}}]");
        for (spec, level, want) in [
            (with(""), Baseline, vec![]),
            (with("capabilities: {add: [NET_ADMIN, NET_RAW, CHOWN]}"), Baseline, vec!["c: adds the capabilities NET_ADMIN, NET_RAW"]),
            (with("privileged: true"), Baseline, vec!["c: privileged is true"]),
            (with("runAsUser: 0"), Baseline, vec![]),
            ("hostNetwork: true, volumes: [{name: v, hostPath: {path: /}}]".into(), Baseline, vec![": hostNetwork is true", ": volume \"v\" is a hostPath"]),
            (with(strict), Restricted, vec![]),
            (with(&format!("{strict}, runAsUser: 0")), Restricted, vec!["c: runs as user 0"]),
            ("volumes: [{name: v, nfs: {}}]".into(), Restricted, vec![": volume \"v\" is of kind nfs"]),
            (with(""), Restricted, vec![
                "c: allowPrivilegeEscalation is not false", "c: does not drop ALL capabilities",
                "c: runAsNonRoot is not true", "c: has no seccompProfile",
            ]),
            ("securityContext: {runAsNonRoot: true, seccompProfile: {type: Localhost}}, initContainers: [{name: i, \
              securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}}]".into(), Restricted, vec![]),
        ] {
            let pod = outrigger_yaml::parse(&format!("spec: {{{spec}}}")).unwrap();
            let found: Vec<_> = violations(&pod, level)
                .iter()
                .map(|v| format!("{}: {}", v.container, v.what))
                .collect();
            assert_eq!(found, want, "{spec} {level:?}");
        }
    }
}
