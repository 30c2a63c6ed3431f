//! Volumes.

use std::collections::BTreeSet;

use outrigger_json::Value;
use outrigger_strategic_merge::pod::{VOLUME_PROJECTION, VOLUME_SOURCE};

use super::{Path, Report, each, env, names::is_dns_label};

/// The field that a source of a volume cannot do without.
const REQUIRED: [(&str, &str); 8] = [
    ("hostPath", "path"),
    ("secret", "secretName"),
    ("configMap", "name"),
    ("csi", "driver"),
    ("persistentVolumeClaim", "claimName"),
    ("nfs", "server"),
    ("nfs", "path"),
    ("flexVolume", "driver"),
];

/// The least seconds that a projected token is valid for.
const SHORTEST_TOKEN: i64 = 600;

/// Checks the volumes, and gives their names.
pub(super) fn check<'v>(
    spec: &'v Value<'_>,
    path: &Path<'_>,
    report: &mut Report,
) -> BTreeSet<&'v str> {
    let mut names = BTreeSet::new();
    let list = path.key("volumes");
    for (i, volume) in each(spec, "volumes") {
        let path = list.item(i);
        if let Some(name) = report.required(volume, "name", &path) {
            let path = path.key("name");
            if !is_dns_label(name) {
                let message = format!("{name:?} is no name of a volume: {LABEL}");
                report.error("pod-volume-name", &path, message);
            }
            report.unique(&mut names, "pod-volume-duplicate", name, &path);
        }
        // One without a source is an emptyDir.
        let sources = VOLUME_SOURCE.fields.iter().map(|field| field.json);
        for found in report.single("pod-volume-source", volume, sources, false, &path) {
            if let Some(source) = volume.get(found) {
                check_source(found, source, &path.key(found), report);
            }
        }
    }
    names
}

/// What a DNS label is, in words.
pub(super) const LABEL: &str =
    "at most 63 lower-case letters, digits and '-', with a letter or digit at both ends";

fn check_source(kind: &str, source: &Value<'_>, path: &Path<'_>, report: &mut Report) {
    for (_, field) in REQUIRED.iter().filter(|(of, _)| *of == kind) {
        report.required(source, field, path);
    }
    report.range(source, "defaultMode", (0, 0o777), path);
    match kind {
        "projected" => {
            let list = path.key("sources");
            for (i, source) in each(source, "sources") {
                projection(source, &list.item(i), report);
            }
        }
        "downwardAPI" => downward(source, path, report),
        "secret" | "configMap" => keys(source, path, report),
        _ => {}
    }
}

fn projection(projection: &Value<'_>, path: &Path<'_>, report: &mut Report) {
    let sources = VOLUME_PROJECTION.fields.iter().map(|field| field.json);
    for found in report.single("pod-volume-source", projection, sources, false, path) {
        let (Some(source), path) = (projection.get(found), path.key(found)) else {
            continue;
        };
        match found {
            "secret" | "configMap" => {
                report.required(source, "name", &path);
                keys(source, &path, report);
            }
            "downwardAPI" => downward(source, &path, report),
            "serviceAccountToken" => {
                report.required(source, "path", &path);
                let most = 1 << 32;
                report.range(source, "expirationSeconds", (SHORTEST_TOKEN, most), &path);
            }
            _ => {}
        }
    }
}

fn keys(source: &Value<'_>, path: &Path<'_>, report: &mut Report) {
    let list = path.key("items");
    for (i, item) in each(source, "items") {
        report.required(item, "key", &list.item(i));
        report.required(item, "path", &list.item(i));
    }
}

fn downward(source: &Value<'_>, path: &Path<'_>, report: &mut Report) {
    let list = path.key("items");
    for (i, item) in each(source, "items") {
        let path = list.item(i);
        report.required(item, "path", &path);
        let fields = ["fieldRef", "resourceFieldRef"];
        for found in report.single("pod-volume-source", item, fields, true, &path) {
            let (Some(reference), path) = (item.get(found), path.key(found)) else {
                continue;
            };
            if found == "fieldRef" {
                report.required(reference, "fieldPath", &path);
            } else {
                env::check_resource(reference, &path, report);
                report.required(reference, "containerName", &path);
            }
        }
    }
}
