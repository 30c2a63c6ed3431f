//! What a Pod cannot tell of its author's, where no injector left a record.

use outrigger_json::{Object, Value};

use crate::{
    annotations::names,
    inject::{
        pod::{self, List, PROXY},
        probe::HANDLERS,
        restore::{LOW_PORTS, Restored, metadata::is_for_cni},
        scrape,
        status::Status,
    },
};

/// One thing that cannot be known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// Where in the Pod: keys in dots, items of lists by name, as in `containers[app].livenessProbe.httpGet.port`.
    pub place: String,
    /// What may have been there.
    pub was: Was,
}

/// What the author may have had in a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Was {
    /// What injection writes there, which was taken out.
    Injected,
    /// Nothing: what is there may have been injected.
    Nothing,
    /// The name of the port whose number is there.
    Named(String),
    /// Something that injection wrote over, and that is told nowhere.
    Lost,
    /// The same in another form: Kubernetes' types leave zero values out and have one spelling for quantities.
    OtherForm,
}

/// Lists what cannot be known of the author's Pod that was restored from `injected`; nothing if it is certain. An empty
/// map or list says nothing, and whether one was written is not listed.
pub fn doubts(injected: &Value<'_>, restored: &Restored<'_>) -> Vec<Doubt> {
    let mut doubts = Doubts(Vec::new());
    if let (false, Some(status)) = (restored.is_certain, Status::of(injected)) {
        let author = &restored.pod;
        doubts.maps(injected, author);
        if pod::annotations(injected).is_some_and(|a| is_for_cni(a, &status)) {
            doubts.for_cni(author);
        }
        if pod::label(author, names::NETWORK).is_some() {
            doubts.add(place("labels", names::NETWORK), Was::Nothing);
        }
        if has_own_templates(injected, &status) {
            for part in ["metadata.labels", "metadata.annotations", "spec"] {
                doubts.add(part.to_owned(), Was::Nothing);
            }
        }
        for key in ["securityContext", "volumes", "imagePullSecrets"] {
            if injected.at(&["spec", key]) != author.at(&["spec", key]) {
                doubts.add(format!("spec.{key}"), Was::Injected);
            }
        }
        let sysctls = author.at(&["spec", "securityContext", "sysctls"]);
        let sysctls = sysctls.and_then(Value::as_array).unwrap_or_default();
        if sysctls.iter().any(|s| pod::name(s) == LOW_PORTS) {
            doubts.add("spec.securityContext".to_owned(), Was::Nothing);
        }
        for list in List::INIT_FIRST {
            doubts.containers(injected, author, list, &status);
        }
    }
    doubts.0
}

/// The containers and volumes of the shipped templates, by which a Pod is known to have others.
const SHIPPED: [&str; 19] = [
    "custom-bootstrap-volume",
    "credential-socket",
    "enable-core-dump",
    "gke-workload-certificate",
    "grpc-bootstrap-init",
    "grpc-io-proxyless-bootstrap",
    "istio-ca-crl",
    "istio-certs",
    "istio-data",
    "istio-envoy",
    "istio-init",
    "istio-podinfo",
    "istio-proxy",
    "istio-token",
    "istio-validation",
    "istio-xds",
    "istiod-ca-cert",
    "workload-certs",
    "workload-socket",
];

/// Whether the Pod went through templates that are not shipped.
fn has_own_templates(pod: &Value<'_>, status: &Status<'_>) -> bool {
    let asked = pod::annotation(pod, names::TEMPLATES).unwrap_or("sidecar");
    let is_shipped =
        |name: &str| ["sidecar", "gateway", "grpc-agent", "grpc-simple"].contains(&name.trim());
    let is_own = |list: &str| {
        status.names(list).iter().any(|name| {
            let is_authors =
                list == "containers" && pod::annotation(pod, names::OVERRIDES).is_some();
            !SHIPPED.contains(&&**name) && !is_authors
        })
    };
    !asked.split(',').all(is_shipped)
        || ["containers", "initContainers", "volumes"]
            .iter()
            .any(|l| is_own(l))
}

struct Doubts(Vec<Doubt>);

impl Doubts {
    fn add(&mut self, place: String, was: Was) {
        self.0.push(Doubt { place, was });
    }

    /// Labels and annotations that restoring changed.
    fn maps(&mut self, injected: &Value<'_>, author: &Value<'_>) {
        let empty = Object::new();
        for key in ["labels", "annotations"] {
            let of = |pod| Value::at(pod, &["metadata", key]).and_then(Value::as_object);
            let (before, after) = (of(injected).unwrap_or(&empty), of(author).unwrap_or(&empty));
            for (name, _) in before.iter().filter(|(n, v)| after.get(n) != Some(*v)) {
                let was = match name {
                    names::STATUS | names::OVERRIDES => continue,
                    names::REVISION => Was::Lost,
                    _ if scrape::is_scrape_annotation(name) => {
                        Self::scraped(injected, after.get(name))
                    }
                    _ => Was::Injected,
                };
                self.add(place(key, name), was);
            }
            let is_lost = |doubt: &Doubt| {
                doubt.was == Was::Lost && doubt.place == place(key, names::PROMETHEUS_PORT)
            };
            if pod::proxy(injected).is_none() && self.0.iter().any(is_lost) {
                self.add(place(key, names::SCRAPE_TARGETS), Was::Lost);
            }
            for (name, _) in after.iter().filter(|(n, _)| !before.contains_key(n)) {
                self.add(place(key, name), Was::OtherForm);
            }
        }
    }

    /// What an annotation for Prometheus was that led to the agent.
    fn scraped(injected: &Value<'_>, now: Option<&Value<'_>>) -> Was {
        let proxy = pod::proxy(injected);
        let told = proxy.and_then(|p| pod::env(p, scrape::ANNOTATIONS_ENV));
        match (proxy, told, now) {
            (Some(_), None, None) => Was::Injected,
            // Of targets, the first has taken the place of the port and the path.
            (Some(_), Some(told), None) if told.contains("\"targets\"") => Was::Lost,
            // The name may have had another spelling; the value may have been empty.
            (Some(_), ..) | (None, _, Some(_)) => Was::OtherForm,
            (None, _, None) => Was::Lost,
        }
    }

    /// Annotations that were kept though the template may have written them for the CNI plugin.
    fn for_cni(&mut self, author: &Value<'_>) {
        for name in [
            names::CNI_NETWORKS,
            names::INCLUDE_OUTBOUND_RANGES,
            names::EXCLUDE_OUTBOUND_RANGES,
            names::INCLUDE_INBOUND_PORTS,
            names::EXCLUDE_INBOUND_PORTS,
            names::INCLUDE_OUTBOUND_PORTS,
            names::EXCLUDE_OUTBOUND_PORTS,
        ] {
            if pod::annotation(author, name).is_some() {
                self.add(place("annotations", name), Was::Nothing);
            }
        }
    }

    fn containers(
        &mut self,
        injected: &Value<'_>,
        author: &Value<'_>,
        list: List,
        status: &Status<'_>,
    ) {
        for container in pod::containers(author, list) {
            let name = pod::name(container);
            let before = pod::container(injected, list, name);
            let of_container = |path: &str| format!("spec.{}[{name}]{path}", list.key());
            if status.has(list.key(), name) || before.is_none() {
                self.add(of_container(""), Was::OtherForm);
                if name == PROXY {
                    // A native sidecar may be customised in either list.
                    let other = match list {
                        List::Containers => List::InitContainers,
                        List::InitContainers => List::Containers,
                    };
                    self.add(format!("spec.{}[{name}]", other.key()), Was::OtherForm);
                }
                continue;
            }
            if name == PROXY {
                // Finishing writes to the proxy's environment, whoever brought the proxy.
                self.add(of_container(".env"), Was::Nothing);
                // OpenShift's ids, which nobody chose for the proxy, are taken off it.
                self.add(of_container(".securityContext"), Was::Lost);
            }
            for handler in &HANDLERS {
                let Some((kind, request, _)) = handler.request(container) else {
                    continue;
                };
                let path = format!(".{}", handler.path.join("."));
                if handler.path_at_agent(container).is_some() {
                    self.add(of_container(&path), Was::Lost);
                    continue;
                }
                let changed = before.is_some_and(|b| handler.path_at_agent(b).is_some());
                let ports = container.get("ports").and_then(Value::as_array);
                let port = request.get("port");
                let named = ports.unwrap_or_default().iter().find(|p| {
                    port.is_some() && p.get("containerPort") == port && !pod::name(p).is_empty()
                });
                if let (true, Some(named)) = (changed, named) {
                    let name = pod::name(named).to_owned();
                    self.add(
                        of_container(&format!("{path}.{kind}.port")),
                        Was::Named(name),
                    );
                }
            }
        }
    }
}

fn place(map: &str, name: &str) -> String {
    format!("metadata.{map}[{name:?}]")
}
