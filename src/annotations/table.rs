//! The table that code and documentation go by.

use std::fmt::Write as _;

/// A label or an annotation.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Its name.
    pub name: &'static str,
    /// Where it stands.
    pub site: Site,
    /// What is done with it.
    pub access: Access,
    /// The rule that its value is held to before anything is injected.
    pub rule: Rule,
    /// The values that make sense, in words.
    pub accepted: &'static str,
    /// What it is for, in one line.
    pub doc: &'static str,
}

/// Where a label or annotation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Site {
    /// An annotation of a Pod.
    Annotation,
    /// A label of a Pod.
    Label,
    /// A label or an annotation of a Pod.
    Both,
    /// A label or an annotation of a namespace.
    Namespace,
}

/// What is done with a label or annotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// It is read.
    Read,
    /// It is read, and written.
    ReadAndWritten,
    /// It is left for others to read.
    Passed,
}

/// The rule that an annotation's value is held to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// None: the template or its reader judges.
    Free,
    /// A boolean of Go.
    Boolean,
    /// A way to capture traffic.
    InterceptionMode,
    /// An unsigned decimal of 32 bits.
    Uint32,
    /// A port, 0 included.
    Port,
    /// Ports, with the name that messages give them; true: `*` is accepted as well.
    Ports(&'static str, bool),
    /// Address ranges, with the name that messages give them; true: `*` is accepted as well.
    Ranges(&'static str, bool),
    /// Names of network interfaces.
    Interfaces,
    /// An amount of a resource.
    Quantity,
    /// A `ProxyConfig`, which `config` checks.
    ProxyConfig,
}

/// All labels and annotations, by name.
pub static TABLE: &[Entry] = &[
    Entry {
        name: "ambient.istio.io/redirection",
        site: Site::Annotation,
        access: Access::Passed,
        rule: Rule::Free,
        accepted: "any text",
        doc: "Set by the ambient mesh; the sidecar does not use it.",
    },
    Entry {
        name: "apm.datadoghq.com/env",
        site: Site::Annotation,
        access: Access::Read,
        rule: Rule::Free,
        accepted: "an object in JSON",
        doc: "Environment variables for the proxy where the tracer is Datadog.",
    },
    Entry {
        name: "app",
        site: Site::Label,
        access: Access::Read,
        rule: Rule::Free,
        accepted: "any text",
        doc: "The canonical name where no label before it says one.",
    },
    Entry {
        name: "app.kubernetes.io/name",
        site: Site::Label,
        access: Access::Read,
        rule: Rule::Free,
        accepted: "any text",
        doc: "The canonical name where the Pod has no label of its own for it.",
    },
    Entry {
        name: "app.kubernetes.io/version",
        site: Site::Label,
        access: Access::Read,
        rule: Rule::Free,
        accepted: "any text",
        doc: "The canonical revision where the Pod has no label of its own for it, and the version in telemetry.",
    },
    Entry {
        name: "deploymentconfig",
        site: Site::Label,
        access: Access::Read,
        rule: Rule::Free,
        accepted: "any text",
        doc: "The name of the OpenShift DeploymentConfig that the Pod belongs to.",
    },
    Entry {
        name: "inject.istio.io/templates",
        site: Site::Annotation,
        access: Access::Read,
        rule: Rule::Free,
        accepted: "names of templates or aliases, joined by commas",
        doc: "The templates that are rendered, in order, instead of the default ones.",
    },
    Entry {
        name: "istio-injection",
        site: Site::Namespace,
        access: Access::Read,
        rule: Rule::Free,
        accepted: "enabled, or anything else to disable",
        doc: "Whether Pods of the namespace are injected by the default revision; outweighs every label of a Pod.",
    },
    Entry {
        name: "istio.io/dataplane-mode",
        site: Site::Namespace,
        access: Access::Read,
        rule: Rule::Free,
        accepted: "ambient or none",
        doc: "Whether the ambient mesh serves Pods; `outrigger explain` tells of it, injection does not ask.",
    },
    Entry {
        name: "istio.io/reroute-virtual-interfaces",
        site: Site::Annotation,
        access: Access::Read,
        rule: Rule::Interfaces,
        accepted: "names of network interfaces, joined by commas",
        doc: "Interfaces whose inbound traffic counts as outbound, such as those of virtual machines.",
    },
    Entry {
        name: "istio.io/rev",
        site: Site::Both,
        access: Access::ReadAndWritten,
        rule: Rule::Free,
        accepted: "the name of a revision or tag",
        doc: "As a label of a namespace or Pod the revision that injects it; as an annotation the one that did.",
    },
    Entry {
        name: "k8s.v1.cni.cncf.io/networks",
        site: Site::Annotation,
        access: Access::ReadAndWritten,
        rule: Rule::Free,
        accepted: "names of networks, joined by commas, or a list in JSON",
        doc: "Networks that Multus attaches; with the CNI plugin under Multus its own is added.",
    },
    Entry {
        name: "kubectl.kubernetes.io/default-container",
        site: Site::Annotation,
        access: Access::ReadAndWritten,
        rule: Rule::Free,
        accepted: "the name of a container",
        doc: "The container that kubectl takes by default; set to the first of the application.",
    },
    Entry {
        name: "kubectl.kubernetes.io/default-logs-container",
        site: Site::Annotation,
        access: Access::ReadAndWritten,
        rule: Rule::Free,
        accepted: "the name of a container",
        doc: "The container whose logs kubectl shows by default; set to the first of the application.",
    },
    Entry {
        name: "networking.istio.io/tunnel",
        site: Site::Label,
        access: Access::ReadAndWritten,
        rule: Rule::Free,
        accepted: "any text",
        doc: "How other proxies tunnel to the Pod; set to http where HBONE is enabled.",
    },
    Entry {
        name: "openshift.io/sa.scc.supplemental-groups",
        site: Site::Namespace,
        access: Access::Read,
        rule: Rule::Free,
        accepted: "ranges as START/SIZE or START-END, joined by commas",
        doc: "The group ids of a namespace on OpenShift; the proxy takes the last of the first range.",
    },
    Entry {
        name: "openshift.io/sa.scc.uid-range",
        site: Site::Namespace,
        access: Access::Read,
        rule: Rule::Free,
        accepted: "a range as START/SIZE or START-END",
        doc: "The user ids of a namespace on OpenShift; the proxy takes the last.",
    },
    Entry {
        name: "pod-template-hash",
        site: Site::Label,
        access: Access::Read,
        rule: Rule::Free,
        accepted: "any text",
        doc: "Tells a ReplicaSet of a Deployment, whose name the workload gets.",
    },
    Entry {
        name: "prometheus.io/path",
        site: Site::Annotation,
        access: Access::ReadAndWritten,
        rule: Rule::Free,
        accepted: "a path",
        doc: "Where the application serves metrics; replaced by the path of the merged metrics.",
    },
    Entry {
        name: "prometheus.io/port",
        site: Site::Annotation,
        access: Access::ReadAndWritten,
        rule: Rule::Free,
        accepted: "a port number that the mesh does not reserve",
        doc: "On which port the application serves metrics; replaced by the port of the merged metrics.",
    },
    Entry {
        name: "prometheus.io/scrape",
        site: Site::Annotation,
        access: Access::ReadAndWritten,
        rule: Rule::Free,
        accepted: "true or false",
        doc: "Whether Prometheus scrapes the Pod; metrics are not merged where it is false.",
    },
    Entry {
        name: "prometheus.istio.io/merge-metrics",
        site: Site::Annotation,
        access: Access::Read,
        rule: Rule::Boolean,
        accepted: "true or false",
        doc: "Whether the agent serves the metrics of application and proxy as one; overrides the mesh.",
    },
    Entry {
        name: "prometheus.istio.io/scrape-targets",
        site: Site::Annotation,
        access: Access::ReadAndWritten,
        rule: Rule::Free,
        accepted: "entries PORT or PORT:PATH, joined by commas",
        doc: "Several endpoints of the application whose metrics are merged.",
    },
    Entry {
        name: "prometheus.istio.io/secure-port",
        site: Site::Annotation,
        access: Access::ReadAndWritten,
        rule: Rule::Free,
        accepted: "a port number",
        doc: "The port that serves merged metrics over mutual TLS.",
    },
    Entry {
        name: "proxy.istio.io/config",
        site: Site::Annotation,
        access: Access::Read,
        rule: Rule::ProxyConfig,
        accepted: "a ProxyConfig in YAML",
        doc: "The Pod's own proxy configuration, over that of mesh and namespace.",
    },
    Entry {
        name: "proxy.istio.io/overrides",
        site: Site::Annotation,
        access: Access::ReadAndWritten,
        rule: Rule::Free,
        accepted: "an object in JSON",
        doc: "What the author wrote of containers that are injected; kept for a second injection.",
    },
    Entry {
        name: "readiness.status.sidecar.istio.io/applicationPorts",
        site: Site::Annotation,
        access: Access::Passed,
        rule: Rule::Free,
        accepted: "port numbers, joined by commas",
        doc: "Of old, the ports that had to listen before the proxy was ready; without effect.",
    },
    Entry {
        name: "readiness.status.sidecar.istio.io/failureThreshold",
        site: Site::Annotation,
        access: Access::Read,
        rule: Rule::Uint32,
        accepted: "a number of 0 to 4294967295",
        doc: "After how many failures the proxy counts as not ready.",
    },
    Entry {
        name: "readiness.status.sidecar.istio.io/initialDelaySeconds",
        site: Site::Annotation,
        access: Access::Read,
        rule: Rule::Uint32,
        accepted: "a number of 0 to 4294967295",
        doc: "After how many seconds the proxy is first probed.",
    },
    Entry {
        name: "readiness.status.sidecar.istio.io/periodSeconds",
        site: Site::Annotation,
        access: Access::Read,
        rule: Rule::Uint32,
        accepted: "a number of 0 to 4294967295",
        doc: "How many seconds lie between two probes of the proxy.",
    },
    Entry {
        name: "resource.opentelemetry.io/service.instance.id",
        site: Site::Annotation,
        access: Access::Read,
        rule: Rule::Free,
        accepted: "any text",
        doc: "The service.instance.id in telemetry.",
    },
    Entry {
        name: "resource.opentelemetry.io/service.namespace",
        site: Site::Annotation,
        access: Access::Read,
        rule: Rule::Free,
        accepted: "any text",
        doc: "The service.namespace in telemetry.",
    },
    Entry {
        name: "resource.opentelemetry.io/service.version",
        site: Site::Annotation,
        access: Access::Read,
        rule: Rule::Free,
        accepted: "any text",
        doc: "The service.version in telemetry.",
    },
    Entry {
        name: "rollouts-pod-template-hash",
        site: Site::Label,
        access: Access::Read,
        rule: Rule::Free,
        accepted: "any text",
        doc: "Tells a ReplicaSet of an Argo Rollout, whose name the workload gets.",
    },
    Entry {
        name: "security.istio.io/tlsMode",
        site: Site::Label,
        access: Access::ReadAndWritten,
        rule: Rule::Free,
        accepted: "istio or disabled",
        doc: "Whether other proxies speak mutual TLS to the Pod; set to istio.",
    },
    Entry {
        name: "service.istio.io/canonical-name",
        site: Site::Label,
        access: Access::ReadAndWritten,
        rule: Rule::Free,
        accepted: "any text",
        doc: "The name of the service in telemetry.",
    },
    Entry {
        name: "service.istio.io/canonical-revision",
        site: Site::Label,
        access: Access::ReadAndWritten,
        rule: Rule::Free,
        accepted: "any text",
        doc: "The revision of the service in telemetry.",
    },
    Entry {
        name: "service.istio.io/workload-name",
        site: Site::Label,
        access: Access::Read,
        rule: Rule::Free,
        accepted: "any text",
        doc: "The name of the workload in telemetry.",
    },
    Entry {
        name: "sidecar.istio.io/agentLogLevel",
        site: Site::Annotation,
        access: Access::Read,
        rule: Rule::Free,
        accepted: "SCOPE:LEVEL entries, joined by commas",
        doc: "How much the agent logs.",
    },
    Entry {
        name: "sidecar.istio.io/bootstrapOverride",
        site: Site::Annotation,
        access: Access::Read,
        rule: Rule::Free,
        accepted: "the name of a ConfigMap",
        doc: "The ConfigMap whose custom_bootstrap.json is laid over the proxy's bootstrap.",
    },
    Entry {
        name: "sidecar.istio.io/capNetBindService",
        site: Site::Annotation,
        access: Access::Read,
        rule: Rule::Free,
        accepted: "true, or anything else",
        doc: "Whether the proxy may bind ports below 1024.",
    },
    Entry {
        name: "sidecar.istio.io/componentLogLevel",
        site: Site::Annotation,
        access: Access::Read,
        rule: Rule::Free,
        accepted: "COMPONENT:LEVEL entries, joined by commas",
        doc: "How much components of the proxy log.",
    },
    Entry {
        name: "sidecar.istio.io/discoveryAddress",
        site: Site::Annotation,
        access: Access::Passed,
        rule: Rule::Free,
        accepted: "HOST:PORT",
        doc: "Read by the agent.",
    },
    Entry {
        name: "sidecar.istio.io/extraStatTags",
        site: Site::Annotation,
        access: Access::Passed,
        rule: Rule::Free,
        accepted: "names, joined by commas",
        doc: "Read by the agent.",
    },
    Entry {
        name: "sidecar.istio.io/inject",
        site: Site::Both,
        access: Access::Read,
        rule: Rule::Free,
        accepted: "true or false",
        doc: "Whether the Pod is injected. The label hides the annotation.",
    },
    Entry {
        name: "sidecar.istio.io/interceptionMode",
        site: Site::Annotation,
        access: Access::ReadAndWritten,
        rule: Rule::InterceptionMode,
        accepted: "REDIRECT, TPROXY or NONE",
        doc: "How traffic is captured.",
    },
    Entry {
        name: "sidecar.istio.io/logLevel",
        site: Site::Annotation,
        access: Access::Read,
        rule: Rule::Free,
        accepted: "trace, debug, info, warning, error, critical or off",
        doc: "How much the proxy logs.",
    },
    Entry {
        name: "sidecar.istio.io/nativeSidecar",
        site: Site::Annotation,
        access: Access::Read,
        rule: Rule::Free,
        accepted: "true or false",
        doc: "Whether the proxy is a restartable init container.",
    },
    Entry {
        name: "sidecar.istio.io/proxyCPU",
        site: Site::Annotation,
        access: Access::Read,
        rule: Rule::Quantity,
        accepted: "an amount such as 100m or 1.5Gi",
        doc: "The CPU that the proxy requests. One of these four replaces all the configured resources.",
    },
    Entry {
        name: "sidecar.istio.io/proxyCPULimit",
        site: Site::Annotation,
        access: Access::Read,
        rule: Rule::Quantity,
        accepted: "an amount such as 100m or 1.5Gi",
        doc: "The CPU that the proxy is limited to.",
    },
    Entry {
        name: "sidecar.istio.io/proxyImage",
        site: Site::Annotation,
        access: Access::Read,
        rule: Rule::Free,
        accepted: "an image with a / in its name",
        doc: "The image of the proxy.",
    },
    Entry {
        name: "sidecar.istio.io/proxyImageType",
        site: Site::Annotation,
        access: Access::Read,
        rule: Rule::Free,
        accepted: "default, debug or distroless",
        doc: "The sort of the proxy's image: the suffix of its tag.",
    },
    Entry {
        name: "sidecar.istio.io/proxyMemory",
        site: Site::Annotation,
        access: Access::Read,
        rule: Rule::Quantity,
        accepted: "an amount such as 100m or 1.5Gi",
        doc: "The memory that the proxy requests.",
    },
    Entry {
        name: "sidecar.istio.io/proxyMemoryLimit",
        site: Site::Annotation,
        access: Access::Read,
        rule: Rule::Quantity,
        accepted: "an amount such as 100m or 1.5Gi",
        doc: "The memory that the proxy is limited to.",
    },
    Entry {
        name: "sidecar.istio.io/rewriteAppHTTPProbers",
        site: Site::Annotation,
        access: Access::Read,
        rule: Rule::Free,
        accepted: "true or false",
        doc: "Whether the agent answers the application's probes; overrides the values.",
    },
    Entry {
        name: "sidecar.istio.io/statsCompression",
        site: Site::Annotation,
        access: Access::Passed,
        rule: Rule::Free,
        accepted: "see Istio's reference",
        doc: "Read by the agent.",
    },
    Entry {
        name: "sidecar.istio.io/statsEvictionInterval",
        site: Site::Annotation,
        access: Access::Passed,
        rule: Rule::Free,
        accepted: "see Istio's reference",
        doc: "Read by the agent.",
    },
    Entry {
        name: "sidecar.istio.io/statsFlushInterval",
        site: Site::Annotation,
        access: Access::Passed,
        rule: Rule::Free,
        accepted: "see Istio's reference",
        doc: "Read by the agent.",
    },
    Entry {
        name: "sidecar.istio.io/statsHistogramBins",
        site: Site::Annotation,
        access: Access::Passed,
        rule: Rule::Free,
        accepted: "see Istio's reference",
        doc: "Read by the agent.",
    },
    Entry {
        name: "sidecar.istio.io/statsHistogramBuckets",
        site: Site::Annotation,
        access: Access::Passed,
        rule: Rule::Free,
        accepted: "see Istio's reference",
        doc: "Read by the agent.",
    },
    Entry {
        name: "sidecar.istio.io/statsInclusionPrefixes",
        site: Site::Annotation,
        access: Access::Passed,
        rule: Rule::Free,
        accepted: "see Istio's reference",
        doc: "Read by the agent.",
    },
    Entry {
        name: "sidecar.istio.io/statsInclusionRegexps",
        site: Site::Annotation,
        access: Access::Passed,
        rule: Rule::Free,
        accepted: "see Istio's reference",
        doc: "Read by the agent.",
    },
    Entry {
        name: "sidecar.istio.io/statsInclusionSuffixes",
        site: Site::Annotation,
        access: Access::Passed,
        rule: Rule::Free,
        accepted: "see Istio's reference",
        doc: "Read by the agent.",
    },
    Entry {
        name: "sidecar.istio.io/status",
        site: Site::Annotation,
        access: Access::ReadAndWritten,
        rule: Rule::Free,
        accepted: "an object in JSON",
        doc: "What was injected; a Pod that has it is first restored.",
    },
    Entry {
        name: "sidecar.istio.io/userVolume",
        site: Site::Annotation,
        access: Access::Read,
        rule: Rule::Free,
        accepted: "an object in JSON, from names to volume sources",
        doc: "Volumes that the Pod gets.",
    },
    Entry {
        name: "sidecar.istio.io/userVolumeMount",
        site: Site::Annotation,
        access: Access::Read,
        rule: Rule::Free,
        accepted: "an object in JSON, from names to mounts",
        doc: "What the proxy mounts of the Pod's volumes.",
    },
    Entry {
        name: "status.sidecar.istio.io/port",
        site: Site::Annotation,
        access: Access::Read,
        rule: Rule::Port,
        accepted: "a port number of 0 to 65535",
        doc: "The agent's port for health; 0 switches the proxy's probes off.",
    },
    Entry {
        name: "topology.istio.io/network",
        site: Site::Label,
        access: Access::ReadAndWritten,
        rule: Rule::Free,
        accepted: "any text",
        doc: "The network that the Pod is in.",
    },
    Entry {
        name: "traffic.istio.io/nodeSelector",
        site: Site::Annotation,
        access: Access::Passed,
        rule: Rule::Free,
        accepted: "see Istio's reference",
        doc: "Read by the control plane.",
    },
    Entry {
        name: "traffic.sidecar.istio.io/excludeInboundPorts",
        site: Site::Annotation,
        access: Access::ReadAndWritten,
        rule: Rule::Ports("excludeInboundPorts", false),
        accepted: "port numbers, joined by commas",
        doc: "Ports whose inbound traffic is not captured.",
    },
    Entry {
        name: "traffic.sidecar.istio.io/excludeInterfaces",
        site: Site::Annotation,
        access: Access::ReadAndWritten,
        rule: Rule::Interfaces,
        accepted: "names of network interfaces, joined by commas",
        doc: "Interfaces whose traffic is not captured.",
    },
    Entry {
        name: "traffic.sidecar.istio.io/excludeOutboundIPRanges",
        site: Site::Annotation,
        access: Access::ReadAndWritten,
        rule: Rule::Ranges("excludeIPRanges", false),
        accepted: "ranges such as 10.0.0.0/8, joined by commas without blanks",
        doc: "Addresses to which traffic is not captured.",
    },
    Entry {
        name: "traffic.sidecar.istio.io/excludeOutboundPorts",
        site: Site::Annotation,
        access: Access::ReadAndWritten,
        rule: Rule::Ports("excludeOutboundPorts", false),
        accepted: "port numbers, joined by commas",
        doc: "Ports to which outbound traffic is not captured.",
    },
    Entry {
        name: "traffic.sidecar.istio.io/includeInboundPorts",
        site: Site::Annotation,
        access: Access::ReadAndWritten,
        rule: Rule::Ports("includeInboundPorts", true),
        accepted: "*, or port numbers, joined by commas",
        doc: "Ports whose inbound traffic is captured; none where it is empty.",
    },
    Entry {
        name: "traffic.sidecar.istio.io/includeOutboundIPRanges",
        site: Site::Annotation,
        access: Access::ReadAndWritten,
        rule: Rule::Ranges("includeIPRanges", true),
        accepted: "*, or ranges such as 10.0.0.0/8, joined by commas without blanks",
        doc: "Addresses to which traffic is captured; none where it is empty.",
    },
    Entry {
        name: "traffic.sidecar.istio.io/includeOutboundPorts",
        site: Site::Annotation,
        access: Access::ReadAndWritten,
        rule: Rule::Free,
        accepted: "port numbers, joined by commas",
        doc: "Ports to which outbound traffic is captured, whatever the address.",
    },
    Entry {
        name: "traffic.sidecar.istio.io/kubevirtInterfaces",
        site: Site::Annotation,
        access: Access::ReadAndWritten,
        rule: Rule::Interfaces,
        accepted: "names of network interfaces, joined by commas",
        doc: "The older name of istio.io/reroute-virtual-interfaces.",
    },
    Entry {
        name: "version",
        site: Site::Label,
        access: Access::Read,
        rule: Rule::Free,
        accepted: "any text",
        doc: "The canonical revision where no label before it says one.",
    },
];

/// The table as `docs/annotations.md` has it.
pub fn markdown() -> String {
    let mut out = String::from(
        "# Labels and annotations\n\n\
         Made from the table in `src/annotations/table.rs`; `UPDATE_DOCS=1 cargo test docs` writes it anew.\n\n\
         A Pod whose checked annotations have other values than the accepted ones is refused, with all errors in one\n\
         message. A Pod means the Pod template where a workload has one.\n",
    );
    for (heading, sites) in [
        ("Annotations of a Pod", &[Site::Annotation][..]),
        ("Labels of a Pod", &[Site::Label]),
        ("Labels that are annotations as well", &[Site::Both]),
        ("Labels and annotations of a namespace", &[Site::Namespace]),
    ] {
        // Writing to a string cannot fail.
        let _ = write!(
            out,
            "\n## {heading}\n\n| name | what it does | accepted values | checked | |\n|---|---|---|---|---|\n"
        );
        for entry in TABLE.iter().filter(|e| sites.contains(&e.site)) {
            let checked = if entry.rule == Rule::Free {
                "no"
            } else {
                "yes"
            };
            let access = match entry.access {
                Access::Read => "read",
                Access::ReadAndWritten => "read, written",
                Access::Passed => "left to others",
            };
            let Entry {
                name,
                doc,
                accepted,
                ..
            } = entry;
            let accepted = accepted.replace('*', "\\*");
            let _ = writeln!(
                out,
                "| `{name}` | {doc} | {accepted} | {checked} | {access} |"
            );
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_documented() {
        assert!(TABLE.is_sorted_by(|a, b| a.name < b.name));
        for Entry {
            name,
            doc,
            accepted,
            ..
        } in TABLE
        {
            assert!(doc.ends_with('.') && doc.len() <= 110, "{name}");
            assert!(!accepted.is_empty() && !accepted.contains('|'), "{name}");
        }
    }

    #[test]
    fn names_in_code_are_in_the_table() {
        let source = include_str!("names.rs");
        let names = source
            .lines()
            .filter_map(|line| line.strip_prefix("pub const ")?.split('"').nth(1));
        for name in names {
            assert!(TABLE.iter().any(|e| e.name == name), "{name}");
        }
    }

    #[test]
    fn docs_are_fresh() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/annotations.md");
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(path, markdown()).unwrap();
        }
        let written = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            written == markdown(),
            "docs/annotations.md is stale: UPDATE_DOCS=1 cargo test docs"
        );
    }
}
