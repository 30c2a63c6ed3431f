//! Metrics: the agent scrapes the application and itself, and the Pod's annotations lead Prometheus to the agent.
//!
//! Source: <https://istio.io/latest/docs/ops/integrations/prometheus/#option-1-metrics-merging>.

use outrigger_json::{Object, Value};

use super::{Finish, add_env};
use crate::{
    annotations::{names, values::boolean},
    inject::{
        Reason, pod,
        reason::Refusal,
        scrape::{
            ANNOTATIONS_ENV, OWN_PATH, PATH, PORT, SCRAPE, SECURE_PORT, SECURE_PORT_ENV, TARGETS,
            is_scrape_annotation, is_spelling,
        },
    },
};

/// Ports of the proxy that cannot be the application's.
const RESERVED: [(u16, &str); 9] = [
    (15000, "Envoy admin"),
    (15001, "Envoy outbound capture"),
    (15004, "pilot debug"),
    (15006, "Envoy inbound capture"),
    (15008, "HBONE"),
    (15020, "agent status"),
    (15021, "Envoy health"),
    (15053, "DNS proxy"),
    (15090, "Envoy Prometheus"),
];

fn annotation<'o>(annotations: &'o Object<'_>, wanted: &str) -> Option<&'o str> {
    let mut matching = annotations
        .iter()
        .filter(|(name, _)| is_spelling(name, wanted));
    matching.next().and_then(|(_, value)| value.as_str())
}

/// Whether the Pod's annotations already lead to the agent's port.
fn targets_own_port(annotations: &Object<'_>, status_port: i64) -> bool {
    annotation(annotations, PORT) == Some(&*status_port.to_string())
}

/// Points Prometheus to the agent, and the agent to where the author had pointed Prometheus.
pub(super) fn merge(finish: &Finish<'_>, pod: &mut Value<'_>) -> Result<(), Refusal> {
    let empty = Object::new();
    let annotations = pod::annotations(pod).unwrap_or(&empty);
    let merge = match annotations.str(names::MERGE_METRICS) {
        Some(text) => boolean(text).unwrap_or(false),
        None => finish.mesh.prometheus_merge(),
    };
    let scrape = annotations
        .iter()
        .filter(|(name, _)| is_spelling(name, SCRAPE))
        .find_map(|(_, value)| boolean(value.as_str()?))
        .unwrap_or(true);
    let own_port = i64::from(finish.mesh.status_port());
    if !merge || !scrape || targets_own_port(annotations, own_port) {
        return Ok(());
    }
    let author = Author::read(annotations);
    author
        .check(own_port)
        .map_err(|message| (Reason::PrometheusInvalid, message))?;
    if let Some(text) = author.to_json() {
        add_env(pod, ANNOTATIONS_ENV, text);
    }
    if let Some(annotations) = pod::metadata_map(pod, "annotations") {
        annotations.retain(|name, _| !is_scrape_annotation(name));
        annotations.insert(names::PROMETHEUS_PORT, own_port.to_string());
        annotations.insert(names::PROMETHEUS_PATH, OWN_PATH);
        annotations.insert(names::PROMETHEUS_SCRAPE, "true");
    }
    Ok(())
}

/// Where the author had pointed Prometheus.
struct Author {
    scrape: String,
    path: String,
    port: String,
    targets: Vec<Target>,
}

struct Target {
    port: String,
    path: String,
}

impl Author {
    fn read(annotations: &Object<'_>) -> Self {
        let text = |wanted| {
            annotation(annotations, wanted)
                .unwrap_or_default()
                .to_owned()
        };
        let targets = targets(annotation(annotations, TARGETS).unwrap_or_default());
        let mut author = Self {
            scrape: text(SCRAPE),
            path: text(PATH),
            port: text(PORT),
            targets,
        };
        if let Some(first) = author.targets.first() {
            author.port.clone_from(&first.port);
            author.path.clone_from(&first.path);
        }
        author
    }

    fn check(&self, own_port: i64) -> Result<(), String> {
        for target in &self.targets {
            check_port(&target.port, "target port", own_port)
                .map_err(|cause| format!("invalid prometheus scrape targets: {cause}"))?;
        }
        if self.targets.is_empty() && !self.port.is_empty() {
            check_port(&self.port, "port", own_port)
                .map_err(|cause| format!("invalid prometheus scrape configuration: {cause}"))?;
        }
        Ok(())
    }

    /// What the agent reads; `None` if the author said nothing.
    fn to_json(&self) -> Option<String> {
        if self.scrape.is_empty()
            && self.path.is_empty()
            && self.port.is_empty()
            && self.targets.is_empty()
        {
            return None;
        }
        let mut object: Object<'_> = [
            ("scrape", &self.scrape),
            ("path", &self.path),
            ("port", &self.port),
        ]
        .map(|(k, v)| (k, v.as_str()))
        .into_iter()
        .collect();
        if !self.targets.is_empty() {
            let targets: Vec<Value<'_>> = self
                .targets
                .iter()
                .map(|t| {
                    Object::from_iter([("port", t.port.as_str()), ("path", t.path.as_str())]).into()
                })
                .collect();
            object.push("targets", targets);
        }
        Some(outrigger_json::escape_html(Value::from(object).to_string()).into_owned())
    }
}

/// Reads `port[:path],…`; an entry without a port makes the whole annotation void.
fn targets(text: &str) -> Vec<Target> {
    let entries = text
        .split(',')
        .map(str::trim)
        .filter(|entry| !entry.is_empty());
    let read = entries.map(|entry| {
        let (port, path) = entry.split_once(':').unwrap_or((entry, ""));
        let (port, path) = (port.trim(), path.trim());
        let path = if path.is_empty() { "/metrics" } else { path };
        (!port.is_empty()).then(|| Target {
            port: port.to_owned(),
            path: path.to_owned(),
        })
    });
    read.collect::<Option<_>>().unwrap_or_default()
}

fn check_port(text: &str, what: &str, own_port: i64) -> Result<(), String> {
    let port: u16 = match text.parse() {
        Ok(port) if port > 0 => port,
        _ => {
            return Err(format!(
                "invalid {what} {text:?}: want a number from 1 to 65535"
            ));
        }
    };
    if i64::from(port) == own_port {
        return Err(format!(
            "invalid {what} {text:?}: port {port} conflicts with agent port"
        ));
    }
    match RESERVED.iter().find(|(reserved, _)| *reserved == port) {
        Some((_, reason)) => Err(format!(
            "invalid {what} {text:?}: port {port} is reserved for Istio ({reason}) and cannot be scraped"
        )),
        None => Ok(()),
    }
}

/// Names the port on which the agent serves merged metrics over mTLS, if it does.
pub(super) fn secure_port(pod: &mut Value<'_>) {
    let is_set =
        pod::annotations(pod).is_some_and(|a| a.keys().any(|name| is_spelling(name, SECURE_PORT)));
    let port = pod::proxy(pod)
        .and_then(|p| pod::env(p, SECURE_PORT_ENV))
        .filter(|p| !["", "0"].contains(p));
    if let (false, Some(port)) = (is_set, port.map(str::to_owned))
        && let Some(annotations) = pod::metadata_map(pod, "annotations")
    {
        annotations.insert(names::SECURE_METRICS_PORT, port);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports() {
        for (port, want) in [
            ("8080", None),
            ("0080", None),
            ("0", Some("want a number")),
            ("http", Some("want a number")),
            ("70000", Some("want a number")),
            ("15020", Some("conflicts with agent port")),
            ("015090", Some("is reserved for Istio (Envoy Prometheus)")),
        ] {
            let got = check_port(port, "port", 15020).err();
            match want {
                None => assert_eq!(got, None, "{port}"),
                Some(part) => assert!(
                    got.as_deref().is_some_and(|m| m.contains(part)),
                    "{port}: {got:?}"
                ),
            }
        }
    }

    #[test]
    fn targets_are_read() {
        let read = |text| {
            targets(text)
                .into_iter()
                .map(|t| format!("{}{}", t.port, t.path))
                .collect::<Vec<_>>()
        };
        assert_eq!(read(" 8080:/a , 9090,, "), ["8080/a", "9090/metrics"]);
        assert!(read("8080,:/x").is_empty(), "an entry without a port");
        assert!(read("").is_empty());
    }
}
