//! Containers: names, images, ports and mounts.

use std::collections::BTreeSet;

use outrigger_json::Value;

use super::{
    Path, Report, Severity, each, env,
    names::{is_dns_label, is_port_name},
    probes, resources, security, text,
    volumes::LABEL,
};

/// Checks the containers of all lists; `volumes` are the names that may be mounted.
pub(super) fn check(
    spec: &Value<'_>,
    path: &Path<'_>,
    volumes: &BTreeSet<&str>,
    report: &mut Report,
) {
    let mut names = BTreeSet::new();
    for list in ["initContainers", "containers"] {
        let is_init = list == "initContainers";
        let list_path = path.key(list);
        let mut count = 0;
        for (i, container) in each(spec, list) {
            count += 1;
            let path = list_path.item(i);
            if let Some(name) = report.required(container, "name", &path) {
                let path = path.key("name");
                if !is_dns_label(name) {
                    let message = format!("{name:?} is no name of a container: {LABEL}");
                    report.error("pod-container-name", &path, message);
                }
                report.unique(&mut names, "pod-container-duplicate", name, &path);
            }
            if let Some(image) = report.required(container, "image", &path)
                && image.trim() != image
            {
                let message = format!("{image:?} has blanks at its ends");
                report.error("pod-value", &path.key("image"), message);
            }
            check_one(container, is_init, &path, volumes, report);
        }
        if count == 0 && !is_init {
            let message = "a Pod has at least one container";
            report.error("pod-required", &list_path, message);
        }
    }
}

fn check_one(
    container: &Value<'_>,
    is_init: bool,
    path: &Path<'_>,
    volumes: &BTreeSet<&str>,
    report: &mut Report,
) {
    let policies = ["Always", "IfNotPresent", "Never"];
    report.one_of(container, "imagePullPolicy", &policies, path);
    let policies = ["File", "FallbackToLogsOnError"];
    report.one_of(container, "terminationMessagePolicy", &policies, path);
    let policies = ["Always", "OnFailure", "Never"];
    if let Some(policy) = text(container, "restartPolicy").filter(|p| !policies.contains(p)) {
        // As long as containers have no rules to restart, the API server drops it.
        let message = format!(
            "{policy:?} is none of {}: it is dropped",
            policies.join(", ")
        );
        let path = path.key("restartPolicy");
        report.push(Severity::Warning, "pod-value", &path, message, None);
    }
    ports(container, path, report);
    env::check(container, path, report);
    resources::check(container, path, report);
    mounts(container, path, volumes, report);
    let stays = !is_init || text(container, "restartPolicy") == Some("Always");
    probes::check(container, stays, path, report);
    security::check(container, path, report);
}

fn ports(container: &Value<'_>, path: &Path<'_>, report: &mut Report) {
    let mut names = BTreeSet::new();
    let list = path.key("ports");
    for (i, port) in each(container, "ports") {
        let path = list.item(i);
        match port.get("containerPort") {
            None | Some(Value::Null) => {
                let message = "containerPort is required";
                report.error("pod-required", &path.key("containerPort"), message);
            }
            Some(_) => report.range(port, "containerPort", (1, 65535), &path),
        }
        report.range(port, "hostPort", (0, 65535), &path);
        report.one_of(port, "protocol", &["TCP", "UDP", "SCTP"], &path);
        if let Some(name) = text(port, "name") {
            let path = path.key("name");
            if !is_port_name(name) {
                let message = format!(
                    "{name:?} is no name of a port: at most 15 lower-case letters, digits and single '-', \
                     with at least one letter"
                );
                report.error("pod-port-name", &path, message);
            }
            report.unique(&mut names, "pod-port-duplicate", name, &path);
        }
    }
}

fn mounts(container: &Value<'_>, path: &Path<'_>, volumes: &BTreeSet<&str>, report: &mut Report) {
    let mut paths = BTreeSet::new();
    let list = path.key("volumeMounts");
    for (i, mount) in each(container, "volumeMounts") {
        let path = list.item(i);
        if let Some(name) = report.required(mount, "name", &path)
            && !volumes.contains(name)
        {
            let message = format!("the Pod has no volume {name:?}");
            report.error("pod-mount-volume", &path.key("name"), message);
        }
        if let Some(at) = report.required(mount, "mountPath", &path) {
            report.unique(
                &mut paths,
                "pod-mount-duplicate",
                at,
                &path.key("mountPath"),
            );
        }
        let modes = ["None", "HostToContainer", "Bidirectional"];
        report.one_of(mount, "mountPropagation", &modes, &path);
        for key in ["subPath", "subPathExpr"] {
            let bad = |p: &&str| p.starts_with('/') || p.split('/').any(|part| part == "..");
            if let Some(sub) = text(mount, key).filter(bad) {
                let message = format!("{sub:?} has to stay within the volume");
                report.error("pod-mount-path", &path.key(key), message);
            }
        }
        report.single(
            "pod-mount-path",
            mount,
            ["subPath", "subPathExpr"],
            false,
            &path,
        );
    }
}
