//! The names of labels and annotations that code asks for. The table documents each of them.

/// Label and annotation: whether a Pod is injected.
pub const INJECT: &str = "sidecar.istio.io/inject";
/// Label: the revision that injects; annotation: the one that did.
pub const REVISION: &str = "istio.io/rev";
/// Label of a namespace: whether its Pods are injected.
pub const NAMESPACE_INJECTION: &str = "istio-injection";

/// Label of a namespace or a Pod: whether the ambient mesh serves it.
pub const DATAPLANE_MODE: &str = "istio.io/dataplane-mode";

/// Which templates are rendered.
pub const TEMPLATES: &str = "inject.istio.io/templates";
/// Overrides whether the proxy is a native sidecar.
pub const NATIVE_SIDECAR: &str = "sidecar.istio.io/nativeSidecar";
/// What was injected, as JSON.
pub const STATUS: &str = "sidecar.istio.io/status";
/// What the author had written of injected containers, as JSON.
pub const OVERRIDES: &str = "proxy.istio.io/overrides";
/// The Pod's own `ProxyConfig`, as YAML.
pub const PROXY_CONFIG: &str = "proxy.istio.io/config";
/// How traffic is captured.
pub const INTERCEPTION_MODE: &str = "sidecar.istio.io/interceptionMode";
/// Where outgoing traffic is captured from, as ranges of addresses.
pub const INCLUDE_OUTBOUND_RANGES: &str = "traffic.sidecar.istio.io/includeOutboundIPRanges";
/// Addresses whose outgoing traffic is not captured.
pub const EXCLUDE_OUTBOUND_RANGES: &str = "traffic.sidecar.istio.io/excludeOutboundIPRanges";
/// Ports whose incoming traffic is captured.
pub const INCLUDE_INBOUND_PORTS: &str = "traffic.sidecar.istio.io/includeInboundPorts";
/// Ports whose incoming traffic is not captured.
pub const EXCLUDE_INBOUND_PORTS: &str = "traffic.sidecar.istio.io/excludeInboundPorts";
/// Ports whose outgoing traffic is captured whatever its address.
pub const INCLUDE_OUTBOUND_PORTS: &str = "traffic.sidecar.istio.io/includeOutboundPorts";
/// Ports whose outgoing traffic is not captured.
pub const EXCLUDE_OUTBOUND_PORTS: &str = "traffic.sidecar.istio.io/excludeOutboundPorts";
/// The networks that Multus joins the Pod to.
pub const CNI_NETWORKS: &str = "k8s.v1.cni.cncf.io/networks";
/// The proxy's whole image.
pub const PROXY_IMAGE: &str = "sidecar.istio.io/proxyImage";
/// The proxy image's suffix.
pub const PROXY_IMAGE_TYPE: &str = "sidecar.istio.io/proxyImageType";
/// Whether probes are answered by the agent.
pub const REWRITE_PROBERS: &str = "sidecar.istio.io/rewriteAppHTTPProbers";
/// The agent's port.
pub const STATUS_PORT: &str = "status.sidecar.istio.io/port";

/// Whether the agent merges the application's metrics.
pub const MERGE_METRICS: &str = "prometheus.istio.io/merge-metrics";
/// Several endpoints of the application to scrape.
pub const SCRAPE_TARGETS: &str = "prometheus.istio.io/scrape-targets";
/// The port of metrics over TLS.
pub const SECURE_METRICS_PORT: &str = "prometheus.istio.io/secure-port";
/// Whether Prometheus scrapes the Pod.
pub const PROMETHEUS_SCRAPE: &str = "prometheus.io/scrape";
/// The path that Prometheus scrapes.
pub const PROMETHEUS_PATH: &str = "prometheus.io/path";
/// The port that Prometheus scrapes.
pub const PROMETHEUS_PORT: &str = "prometheus.io/port";

/// OpenTelemetry's `service.namespace`.
pub const OTEL_NAMESPACE: &str = "resource.opentelemetry.io/service.namespace";
/// OpenTelemetry's `service.version`.
pub const OTEL_VERSION: &str = "resource.opentelemetry.io/service.version";
/// OpenTelemetry's `service.instance.id`.
pub const OTEL_INSTANCE: &str = "resource.opentelemetry.io/service.instance.id";

/// OpenShift's range of user ids of a namespace.
pub const OPENSHIFT_UIDS: &str = "openshift.io/sa.scc.uid-range";
/// OpenShift's range of group ids of a namespace.
pub const OPENSHIFT_GROUPS: &str = "openshift.io/sa.scc.supplemental-groups";

/// Label: the network that the Pod is in.
pub const NETWORK: &str = "topology.istio.io/network";
/// Label: the version of an application, as Kubernetes recommends.
pub const APP_VERSION: &str = "app.kubernetes.io/version";
/// Label: the hash of a Deployment's Pod template.
pub const POD_TEMPLATE_HASH: &str = "pod-template-hash";
/// Label: the hash of a Rollout's Pod template.
pub const ROLLOUT_HASH: &str = "rollouts-pod-template-hash";
/// Label: the name of an OpenShift `DeploymentConfig`.
pub const DEPLOYMENT_CONFIG: &str = "deploymentconfig";
