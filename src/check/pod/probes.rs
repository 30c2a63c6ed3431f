//! Probes and lifecycle hooks.

use outrigger_json::Value;

use super::{Path, Report, each, names::is_port_name, text};

const PROBES: [&str; 3] = ["livenessProbe", "readinessProbe", "startupProbe"];

/// `may_have`: whether the container is one that is probed at all, which init containers that end are not.
pub(super) fn check(container: &Value<'_>, may_have: bool, path: &Path<'_>, report: &mut Report) {
    let given = |key: &str| container.get(key).filter(|v| v.as_object().is_some());
    for key in PROBES {
        let Some(probe) = given(key) else { continue };
        let path = path.key(key);
        if !may_have {
            let message = "only an init container with restartPolicy Always is probed";
            report.error("pod-init-probe", &path, message);
            continue;
        }
        handler(
            probe,
            &["exec", "httpGet", "tcpSocket", "grpc"],
            &path,
            report,
        );
        for number in [
            "initialDelaySeconds",
            "timeoutSeconds",
            "periodSeconds",
            "successThreshold",
            "failureThreshold",
        ] {
            report.range(probe, number, (0, i32::MAX.into()), &path);
        }
        if key == "readinessProbe" {
            if probe
                .get("terminationGracePeriodSeconds")
                .is_some_and(|v| !v.is_null())
            {
                let path = path.key("terminationGracePeriodSeconds");
                report.error("pod-value", &path, "a readiness probe has none");
            }
        } else {
            report.range(probe, "terminationGracePeriodSeconds", (1, i64::MAX), &path);
            let successes = probe.get("successThreshold").and_then(Value::as_i64);
            if successes.is_some_and(|n| n > 1) {
                report.error(
                    "pod-range",
                    &path.key("successThreshold"),
                    "it has to be 1 here",
                );
            }
        }
    }
    let Some(lifecycle) = given("lifecycle") else {
        return;
    };
    let path = path.key("lifecycle");
    if !may_have {
        let message = "only an init container with restartPolicy Always has lifecycle hooks";
        report.error("pod-init-probe", &path, message);
        return;
    }
    for hook in ["postStart", "preStop"] {
        if let Some(hook_value) = lifecycle.get(hook).filter(|v| v.as_object().is_some()) {
            let handlers = ["exec", "httpGet", "tcpSocket", "sleep"];
            handler(hook_value, &handlers, &path.key(hook), report);
        }
    }
}

fn handler(probe: &Value<'_>, handlers: &[&str], path: &Path<'_>, report: &mut Report) {
    for found in report.single(
        "pod-probe-handler",
        probe,
        handlers.iter().copied(),
        true,
        path,
    ) {
        let (Some(action), path) = (probe.get(found), path.key(found)) else {
            continue;
        };
        match found {
            "exec" if each(action, "command").next().is_none() => {
                report.error("pod-required", &path.key("command"), "command is required");
            }
            "httpGet" => {
                port(action, &path, report);
                report.one_of(action, "scheme", &["HTTP", "HTTPS"], &path);
                for (i, header) in each(action, "httpHeaders") {
                    report.required(header, "name", &path.key("httpHeaders").item(i));
                }
            }
            "tcpSocket" => port(action, &path, report),
            "grpc" => match action.get("port") {
                Some(Value::Number(_)) => report.range(action, "port", (1, 65535), &path),
                None | Some(Value::Null) => {
                    report.error("pod-required", &path.key("port"), "port is required");
                }
                Some(_) => {}
            },
            _ => {}
        }
    }
}

/// The port of a handler: a number, or the name of one.
fn port(action: &Value<'_>, path: &Path<'_>, report: &mut Report) {
    match action.get("port") {
        Some(Value::Number(_)) => report.range(action, "port", (1, 65535), path),
        Some(Value::String(_)) => {
            let name = text(action, "port").unwrap_or_default();
            if !is_port_name(name) {
                let message = format!("{name:?} is neither a number nor the name of a port");
                report.error("pod-port-name", &path.key("port"), message);
            }
        }
        None | Some(Value::Null) => {
            report.error("pod-required", &path.key("port"), "port is required");
        }
        Some(_) => {}
    }
}
