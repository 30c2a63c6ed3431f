//! Environment variables.

use outrigger_json::Value;

use super::{Path, Report, each, names::is_env_name, text};

const SOURCES: [&str; 5] = [
    "fieldRef",
    "resourceFieldRef",
    "configMapKeyRef",
    "secretKeyRef",
    "fileKeyRef",
];

/// The fields of a Pod that a variable may have the value of; labels and annotations by key besides.
const FIELDS: [&str; 9] = [
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];

const RESOURCES: [&str; 6] = [
    "limits.cpu",
    "limits.memory",
    "limits.ephemeral-storage",
    "requests.cpu",
    "requests.memory",
    "requests.ephemeral-storage",
];

pub(super) fn check(container: &Value<'_>, path: &Path<'_>, report: &mut Report) {
    let list = path.key("env");
    for (i, variable) in each(container, "env") {
        let path = list.item(i);
        if let Some(name) = report.required(variable, "name", &path)
            && !is_env_name(name)
        {
            let message =
                format!("{name:?} is no name of a variable: printable characters without '='");
            report.error("pod-env-name", &path.key("name"), message);
        }
        let from = variable
            .get("valueFrom")
            .filter(|v| v.as_object().is_some());
        if let Some(from) = from {
            if text(variable, "value").is_some() {
                report.error(
                    "pod-env-source",
                    &path,
                    "value and valueFrom exclude each other",
                );
            }
            value_from(from, &path.key("valueFrom"), report);
        }
    }
    let list = path.key("envFrom");
    for (i, source) in each(container, "envFrom") {
        let path = list.item(i);
        for found in report.single(
            "pod-env-source",
            source,
            ["configMapRef", "secretRef"],
            true,
            &path,
        ) {
            if let Some(reference) = source.get(found) {
                report.required(reference, "name", &path.key(found));
            }
        }
    }
}

fn value_from(from: &Value<'_>, path: &Path<'_>, report: &mut Report) {
    for found in report.single("pod-env-source", from, SOURCES, true, path) {
        let (Some(source), path) = (from.get(found), path.key(found)) else {
            continue;
        };
        match found {
            "fieldRef" => {
                if let Some(field) = report.required(source, "fieldPath", &path)
                    && !is_field(field)
                {
                    let message =
                        format!("{field:?} is no field that a variable can have the value of");
                    report.error("pod-env-field", &path.key("fieldPath"), message);
                }
            }
            "resourceFieldRef" => check_resource(source, &path, report),
            "fileKeyRef" => {
                for key in ["volumeName", "path", "key"] {
                    report.required(source, key, &path);
                }
            }
            _ => {
                report.required(source, "name", &path);
                report.required(source, "key", &path);
            }
        }
    }
}

/// A `resourceFieldRef`, of a variable or of a file.
pub(super) fn check_resource(source: &Value<'_>, path: &Path<'_>, report: &mut Report) {
    if let Some(resource) = report.required(source, "resource", path)
        && !RESOURCES.contains(&resource)
        && !resource.contains("hugepages-")
    {
        let message = format!("{resource:?} is none of {}", RESOURCES.join(", "));
        report.error("pod-env-field", &path.key("resource"), message);
    }
}

fn is_field(field: &str) -> bool {
    let keyed = ["metadata.labels['", "metadata.annotations['"];
    FIELDS.contains(&field)
        || keyed.iter().any(|head| {
            field
                .strip_prefix(head)
                .is_some_and(|rest| rest.ends_with("']"))
        })
}
