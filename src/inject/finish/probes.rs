//! Probes: the kubelet asks the agent, and the agent asks the application.
//!
//! The kubelet has no mesh certificate and its requests would be captured, so the application's probes are led to the
//! agent's port, and the agent learns from a variable what the author had asked for.
//!
//! Source: <https://istio.io/latest/docs/ops/configuration/mesh/app-health-check/>.

use std::collections::BTreeMap;

use outrigger_json::{Object, Value};

use super::{Finish, add_env};
use crate::{
    annotations::{names, values::boolean},
    inject::{
        pod::{self, List, PROXY},
        probe::{HANDLERS, Handler, PROBERS},
    },
};

pub(super) fn rewrite(finish: &Finish<'_>, pod: &mut Value<'_>) {
    let asked = pod::annotation(pod, names::REWRITE_PROBERS).and_then(boolean);
    if !asked.unwrap_or(finish.config.values.rewrite_probes) || pod::proxy(pod).is_none() {
        return;
    }
    let mesh_port = i64::from(finish.mesh.status_port());
    let port = match pod::annotation(pod, names::STATUS_PORT) {
        Some(text) => text.parse().unwrap_or(0),
        None => mesh_port,
    };
    let probers = dump(pod, mesh_port);
    let told = (!probers.is_empty()).then(|| {
        let json = Value::from(probers.into_iter().collect::<Object<'_>>()).to_string();
        outrigger_json::escape_html(json).into_owned()
    });
    for list in List::INIT_FIRST {
        for container in pod::items_mut(pod, list.key())
            .into_iter()
            .flatten()
            .filter(|c| pod::name(c) != PROXY)
        {
            for handler in &HANDLERS {
                lead_to_agent(container, handler, port);
            }
        }
    }
    if let Some(told) = told {
        add_env(pod, PROBERS, told);
    }
}

/// What the agent must know of the author's probes, by the path that will stand for each.
fn dump<'p>(pod: &'p Value<'_>, agent_port: i64) -> BTreeMap<String, Value<'p>> {
    let mut probers = BTreeMap::new();
    for list in List::INIT_FIRST {
        for container in pod::containers(pod, list)
            .iter()
            .filter(|c| pod::name(c) != PROXY)
        {
            for handler in &HANDLERS {
                let Some((kind, request, place)) = handler.request(container) else {
                    continue;
                };
                let Some(port) = request.get("port").and_then(|p| number(p, container)) else {
                    continue;
                };
                if kind != "grpc" && request.get("port").and_then(Value::as_i64) == Some(agent_port)
                {
                    continue; // It leads to the agent already.
                }
                let mut prober = Object::with_capacity(2);
                prober.push(kind, described(kind, request, port));
                let timeout = place.get("timeoutSeconds").and_then(Value::as_i64);
                if let Some(seconds) = timeout.filter(|s| handler.is_probe && *s != 0) {
                    prober.push("timeoutSeconds", seconds);
                }
                probers.insert(handler.key(pod::name(container)), prober.into());
            }
        }
    }
    probers
}

/// A port's number; a name is looked up among the container's ports.
fn number(port: &Value<'_>, container: &Value<'_>) -> Option<i64> {
    if let Some(number) = port.as_i64() {
        return Some(number);
    }
    let name = port.as_str()?;
    let ports = container.get("ports")?.as_array()?;
    ports
        .iter()
        .find(|p| pod::name(p) == name)?
        .get("containerPort")?
        .as_i64()
}

/// The request in the words and the order that the agent reads.
fn described<'p>(kind: &str, request: &'p Object<'_>, port: i64) -> Value<'p> {
    let fields: &[&'static str] = match kind {
        "httpGet" => &["path", "port", "host", "scheme", "httpHeaders"],
        "tcpSocket" => &["port", "host"],
        _ => &["port", "service"],
    };
    let mut described = Object::new();
    for field in fields {
        let is_empty =
            |v: &Value<'_>| v.is_null() || v.as_str() == Some("") || v.as_array() == Some(&[]);
        let value = request.get(field).filter(|v| !is_empty(v));
        match (*field, value) {
            ("port", _) => described.push("port", port),
            // Go writes it even where it is absent.
            ("service", value) => {
                described.push("service", value.map(Value::borrowed).unwrap_or_default());
            }
            (field, Some(value)) => described.push(field, value.borrowed()),
            (_, None) => {}
        }
    }
    described.into()
}

fn lead_to_agent(container: &mut Value<'_>, handler: &Handler, port: i64) {
    let Some((kind, ..)) = handler.request(container) else {
        return;
    };
    let key = handler.key(pod::name(container));
    let Some(place) = handler.of_mut(container) else {
        return;
    };
    if kind == "httpGet" {
        let Some(http) = place.get_mut("httpGet").and_then(Value::as_object_mut) else {
            return;
        };
        http.insert("path", key);
        http.insert("port", port);
        if http.str("scheme") == Some("HTTPS") {
            // The agent serves plain HTTP to the kubelet.
            http.insert("scheme", "HTTP");
        }
    } else {
        place.remove(kind);
        place.insert(
            "httpGet",
            Object::from_iter([("path", Value::from(key)), ("port", port.into())]),
        );
    }
}
