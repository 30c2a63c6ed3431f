//! The annotations that tell Prometheus where to scrape, in all their spellings.
//!
//! Source: <https://istio.io/latest/docs/ops/integrations/prometheus/#option-1-metrics-merging>.

/// The proxy's variable that tells the agent what the author's annotations were.
pub(crate) const ANNOTATIONS_ENV: &str = "ISTIO_PROMETHEUS_ANNOTATIONS";
/// The proxy's variable that names the port of merged metrics over TLS.
pub(crate) const SECURE_PORT_ENV: &str = "ENVOY_SECURE_MERGED_METRICS_PORT";
/// Where the agent serves merged metrics.
pub(crate) const OWN_PATH: &str = "/stats/prometheus";

/// The annotations, in the spelling that has no other characters than a label's.
pub(crate) const SCRAPE: &str = "prometheus_io_scrape";
pub(crate) const PATH: &str = "prometheus_io_path";
pub(crate) const PORT: &str = "prometheus_io_port";
pub(crate) const TARGETS: &str = "prometheus_istio_io_scrape_targets";
pub(crate) const SECURE_PORT: &str = "prometheus_istio_io_secure_port";

/// Whether `name` is a spelling of `wanted`: Prometheus reads annotations with every character that a label cannot have
/// made `_`.
pub(crate) fn is_spelling(name: &str, wanted: &str) -> bool {
    // Names of other things are told apart by their beginning.
    if !name.starts_with("prometheus") {
        return false;
    }
    let normalized = name.chars().map(|c| match c {
        c if c.is_ascii_alphanumeric() => c,
        _ => '_',
    });
    normalized.eq(wanted.chars())
}

/// Whether an annotation of this name, in any spelling, tells Prometheus where to scrape.
pub(crate) fn is_scrape_annotation(name: &str) -> bool {
    let annotations = [SCRAPE, PATH, PORT, TARGETS];
    annotations.iter().any(|wanted| is_spelling(name, wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings() {
        for name in [
            "prometheus.io/port",
            "prometheus.io.port",
            "prometheus_io/port",
            "prometheus.istio.io/scrape-targets",
        ] {
            assert!(is_scrape_annotation(name), "{name}");
        }
        assert!(!is_scrape_annotation("prometheus.io/other"));
    }
}
