//! The author's labels and annotations.

use std::borrow::Cow;

use outrigger_json::{Object, Value};

use crate::{
    annotations::names,
    inject::{
        Owner,
        pod::{self, INIT, List, VALIDATION},
        scrape::{self, ANNOTATIONS_ENV, OWN_PATH, SECURE_PORT_ENV},
        status::Status,
    },
};

/// The network that the template adds for the CNI plugin, where Multus calls it.
const CNI_NETWORK: &str = "default/istio-cni";

/// `metadata` of the author of `pod`, whose `metadata` is `injected`; `first` is the author's first container.
pub(super) fn author<'p>(
    injected: &'p Object<'_>,
    pod: &'p Value<'_>,
    owner: &Owner<'_>,
    first: Option<&str>,
    status: &Status<'_>,
) -> Object<'p> {
    let mut author = Object::with_capacity(injected.len());
    for (key, value) in injected.iter() {
        let (Value::Object(map), "labels" | "annotations") = (value, key) else {
            author.push(key, value.borrowed());
            continue;
        };
        let map = if key == "labels" {
            labels(map, pod, owner)
        } else {
            annotations(map, pod, first, status)
        };
        if !map.is_empty() {
            author.push(key, map);
        }
    }
    author
}

fn labels<'p>(injected: &'p Object<'_>, pod: &'p Value<'_>, owner: &Owner<'_>) -> Object<'p> {
    let own = |name| injected.str(name).filter(|v| !v.is_empty());
    let name = own("app.kubernetes.io/name")
        .or_else(|| own("app"))
        .unwrap_or(owner.name);
    let revision = own(names::APP_VERSION)
        .or_else(|| own("version"))
        .unwrap_or("latest");
    let network = pod::proxy(pod).and_then(|p| pod::env(p, "ISTIO_META_NETWORK"));
    let is_authors = |label: &str, value: &str| match label {
        "security.istio.io/tlsMode" => value != "istio",
        "networking.istio.io/tunnel" => value != "http",
        "service.istio.io/canonical-name" => value != name && value != truncated(name),
        "service.istio.io/canonical-revision" => value != revision,
        names::NETWORK => Some(value) != network,
        _ => true,
    };
    injected
        .iter()
        .filter(|(label, value)| is_authors(label, value.as_str().unwrap_or_default()))
        .map(|(label, value)| (label, value.borrowed()))
        .collect()
}

/// A name as the templates cut it to a label's length.
fn truncated(name: &str) -> &str {
    let mut end = name.len().min(63);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    name[..end].trim_matches(['-', '_', '.'])
}

/// What the Pod tells of the annotations that were injected.
struct Evidence<'p, 'f> {
    /// The first container of the author.
    first: Option<&'f str>,
    /// The author's annotations for Prometheus, where the Pod's lead to the agent.
    scraped: Option<Value<'p>>,
    leads_to_agent: bool,
    secure_port: Option<&'p str>,
    is_grpc: bool,
    /// How the Pod's ProxyConfig captures traffic and which port is the agent's, where the CNI plugin captures it: the
    /// plugin is told by annotations.
    cni: Option<(String, &'p str)>,
}

impl<'p, 'f> Evidence<'p, 'f> {
    fn of(
        pod: &'p Value<'_>,
        injected: &'p Object<'_>,
        first: Option<&'f str>,
        status: &Status<'_>,
    ) -> Self {
        let proxy = pod::proxy(pod);
        let json = |name| Value::parse(pod::env(proxy?, name)?.as_bytes()).ok();
        let cni = is_for_cni(injected, status).then(|| {
            let config = json("PROXY_CONFIG");
            let mode = config.as_ref().and_then(|c| c.get("interceptionMode"));
            let mode = mode.and_then(Value::as_str).unwrap_or("REDIRECT");
            let port = injected.str(names::STATUS_PORT).unwrap_or("15020");
            (mode.to_owned(), port)
        });
        Self {
            first,
            scraped: json(ANNOTATIONS_ENV),
            leads_to_agent: injected.str(names::PROMETHEUS_PATH) == Some(OWN_PATH)
                && injected.str(names::PROMETHEUS_SCRAPE) == Some("true")
                && injected.contains_key(names::PROMETHEUS_PORT),
            secure_port: proxy.and_then(|p| pod::env(p, SECURE_PORT_ENV)),
            is_grpc: status.has("volumes", "istio-xds")
                || status.has("volumes", "grpc-io-proxyless-bootstrap"),
            cni,
        }
    }

    /// What the author had as this annotation.
    fn author<'v>(&self, name: &str, value: &'v str) -> Option<Cow<'v, str>> {
        let unless = |injected: bool| (!injected).then_some(Cow::Borrowed(value));
        match name {
            names::STATUS | names::OVERRIDES | names::REVISION => None,
            "kubectl.kubernetes.io/default-container"
            | "kubectl.kubernetes.io/default-logs-container" => unless(Some(value) == self.first),
            names::SECURE_METRICS_PORT => unless(Some(value) == self.secure_port),
            names::REWRITE_PROBERS => unless(self.is_grpc && value == "false"),
            _ if self.leads_to_agent && scrape::is_scrape_annotation(name) => {
                self.scraped(name).map(|v| Cow::Owned(v.to_owned()))
            }
            _ => match &self.cni {
                Some((mode, port)) => before_cni(name, value, mode, port),
                None => Some(value.into()),
            },
        }
    }

    /// What the author told Prometheus by the annotation of this name.
    fn scraped(&self, name: &str) -> Option<&str> {
        let (key, may_be_of_target) = match name {
            names::PROMETHEUS_SCRAPE => ("scrape", false),
            names::PROMETHEUS_PATH => ("path", true),
            names::PROMETHEUS_PORT => ("port", true),
            _ => return None,
        };
        let scraped = self.scraped.as_ref()?.as_object()?;
        let is_of_target = may_be_of_target && scraped.contains_key("targets");
        scraped.str(key).filter(|v| !v.is_empty() && !is_of_target)
    }

    /// The author's list of endpoints.
    fn targets(&self) -> Option<String> {
        let targets = self.scraped.as_ref()?.get("targets")?.as_array()?.iter();
        let text = |target: &Value<'_>| {
            let of = |key| target.get(key).and_then(Value::as_str).unwrap_or_default();
            format!("{}:{}", of("port"), of("path"))
        };
        Some(targets.map(text).collect::<Vec<_>>().join(","))
    }
}

fn annotations<'p>(
    injected: &'p Object<'_>,
    pod: &'p Value<'_>,
    first: Option<&str>,
    status: &Status<'_>,
) -> Object<'p> {
    let evidence = Evidence::of(pod, injected, first, status);
    let mut author = Object::with_capacity(injected.len());
    for (name, value) in injected.iter() {
        if let Some(value) = evidence.author(name, value.as_str().unwrap_or_default()) {
            author.push(name, value);
        }
    }
    if let Some(targets) = evidence.targets() {
        author.insert(names::SCRAPE_TARGETS, targets);
    }
    author
}

/// Whether the template told the CNI plugin what to capture, by these annotations.
pub(super) fn is_for_cni(annotations: &Object<'_>, status: &Status<'_>) -> bool {
    let init = List::InitContainers.key();
    // Where nothing is captured there is no container that would check it, but the plugin is told the same.
    status.has(init, VALIDATION)
        || !status.has(init, INIT)
            && [
                names::INTERCEPTION_MODE,
                names::INCLUDE_INBOUND_PORTS,
                names::EXCLUDE_INBOUND_PORTS,
            ]
            .iter()
            .all(|name| annotations.contains_key(name))
}

/// What an annotation for the CNI plugin was before injection, if the configuration says nothing unusual.
fn before_cni<'v>(name: &str, value: &'v str, mode: &str, port: &str) -> Option<Cow<'v, str>> {
    let unless = |injected: bool| (!injected).then_some(Cow::Borrowed(value));
    match name {
        names::INTERCEPTION_MODE => unless(value == mode),
        names::INCLUDE_OUTBOUND_RANGES | names::INCLUDE_INBOUND_PORTS => unless(value == "*"),
        names::EXCLUDE_INBOUND_PORTS => {
            if value == port {
                return None;
            }
            let before = value.strip_suffix(port).and_then(|v| v.strip_suffix(','));
            Some(before.unwrap_or(value).into())
        }
        names::CNI_NETWORKS => without_network(value),
        _ => Some(value.into()),
    }
}

/// The networks without the one that the template appends.
fn without_network(value: &str) -> Option<Cow<'_, str>> {
    if value == CNI_NETWORK {
        return None;
    }
    if let Some(rest) = value.strip_suffix(&format!(", {CNI_NETWORK}")) {
        return Some(rest.into());
    }
    let (namespace, name) = CNI_NETWORK.split_once('/').unwrap_or_default();
    let entry = format!("{{\"name\": \"{name}\", \"namespace\": \"{namespace}\"}}]");
    match value.trim_end().strip_suffix(&entry) {
        Some(rest) => match rest.strip_suffix(", ") {
            Some(rest) => Some(format!("{rest}]").into()),
            None => Some(value.into()),
        },
        None => Some(value.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn annotations_for_the_plugin() {
        for (name, value, want) in [
            (names::INTERCEPTION_MODE, "REDIRECT", None),
            (names::INTERCEPTION_MODE, "TPROXY", Some("TPROXY")),
            (names::INCLUDE_INBOUND_PORTS, "*", None),
            (names::INCLUDE_INBOUND_PORTS, "80", Some("80")),
            (names::EXCLUDE_INBOUND_PORTS, "15020", None),
            (names::EXCLUDE_INBOUND_PORTS, "80,15020", Some("80")),
            (names::EXCLUDE_INBOUND_PORTS, "115020", Some("115020")),
            (names::EXCLUDE_INBOUND_PORTS, "80", Some("80")),
            (names::CNI_NETWORKS, "default/istio-cni", None),
            (names::CNI_NETWORKS, "a, default/istio-cni", Some("a")),
            (names::CNI_NETWORKS, "a", Some("a")),
            (
                names::CNI_NETWORKS,
                r#"[{"name": "a"}, {"name": "istio-cni", "namespace": "default"}]"#,
                Some(r#"[{"name": "a"}]"#),
            ),
        ] {
            let got = before_cni(name, value, "REDIRECT", "15020");
            assert_eq!(got.as_deref(), want, "{name}: {value}");
        }
    }
}
