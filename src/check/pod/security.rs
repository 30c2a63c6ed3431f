//! Security contexts, and the words of a Pod's spec.

use outrigger_json::Value;

use super::{Path, Report, each, text};

/// The largest id of a user or group.
const MOST_ID: i64 = i32::MAX as i64;

/// What concerns the Pod as a whole.
pub(super) fn check_pod(spec: &Value<'_>, path: &Path<'_>, report: &mut Report) {
    report.one_of(
        spec,
        "restartPolicy",
        &["Always", "OnFailure", "Never"],
        path,
    );
    let policies = ["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"];
    report.one_of(spec, "dnsPolicy", &policies, path);
    let Some(context) = spec.get("securityContext") else {
        return;
    };
    let path = path.key("securityContext");
    ids(
        context,
        &["runAsUser", "runAsGroup", "fsGroup"],
        &path,
        report,
    );
    seccomp(context, &path, report);
    for (i, sysctl) in each(context, "sysctls") {
        report.required(sysctl, "name", &path.key("sysctls").item(i));
    }
}

/// The security context of a container.
pub(super) fn check(container: &Value<'_>, path: &Path<'_>, report: &mut Report) {
    let Some(context) = container.get("securityContext") else {
        return;
    };
    let path = path.key("securityContext");
    ids(context, &["runAsUser", "runAsGroup"], &path, report);
    seccomp(context, &path, report);
    let says = |key: &str, word: bool| context.get(key).and_then(Value::as_bool) == Some(word);
    if says("allowPrivilegeEscalation", false) {
        let added = context
            .at(&["capabilities", "add"])
            .and_then(Value::as_array);
        let is_admin = added
            .unwrap_or_default()
            .iter()
            .any(|c| c.as_str() == Some("CAP_SYS_ADMIN"));
        if says("privileged", true) || is_admin {
            let message = "false excludes privileged and CAP_SYS_ADMIN";
            report.error(
                "pod-privileges",
                &path.key("allowPrivilegeEscalation"),
                message,
            );
        }
    }
}

fn ids(context: &Value<'_>, keys: &[&'static str], path: &Path<'_>, report: &mut Report) {
    for key in keys {
        report.range(context, key, (0, MOST_ID), path);
    }
}

fn seccomp(context: &Value<'_>, path: &Path<'_>, report: &mut Report) {
    let Some(profile) = context
        .get("seccompProfile")
        .filter(|p| p.as_object().is_some())
    else {
        return;
    };
    let path = path.key("seccompProfile");
    if report.required(profile, "type", &path).is_none() {
        return;
    }
    report.one_of(
        profile,
        "type",
        &["Localhost", "RuntimeDefault", "Unconfined"],
        &path,
    );
    let is_local = text(profile, "type") == Some("Localhost");
    let local = path.key("localhostProfile");
    match text(profile, "localhostProfile") {
        None if is_local => report.error("pod-required", &local, "type Localhost needs a profile"),
        Some(_) if !is_local => {
            report.error("pod-value", &local, "only type Localhost has a profile");
        }
        _ => {}
    }
}
