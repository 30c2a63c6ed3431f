//! Checks the annotations of a Pod, all of them before anything is said.

use std::fmt;

use super::{
    table::{Rule, Site, TABLE},
    values,
};

/// An annotation whose value is not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// The annotation's name.
    pub name: String,
    /// The value that it has.
    pub value: String,
    /// What is wrong with it.
    pub cause: String,
    /// The values that are accepted, in words.
    pub accepted: &'static str,
}

/// All the annotations of a Pod whose values are not accepted, in the order of their names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidAnnotations(pub Vec<Invalid>);

/// How much of a value a message shows, in characters.
const SHOWN: usize = 200;

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name,
            value,
            cause,
            accepted,
        } = self;
        match value.char_indices().nth(SHOWN) {
            Some((end, _)) => {
                let head = value.get(..end).unwrap_or_default();
                write!(
                    f,
                    "invalid value '{head}…' for annotation '{name}': {cause}"
                )?;
            }
            None => write!(
                f,
                "invalid value '{value}' for annotation '{name}': {cause}"
            )?,
        }
        write!(f, " (accepted: {accepted})")
    }
}

impl fmt::Display for InvalidAnnotations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.0.len() == 1 { "" } else { "s" };
        write!(f, "{} error{plural} occurred:", self.0.len())?;
        self.0.iter().try_for_each(|i| write!(f, "\n\t* {i}"))
    }
}

impl std::error::Error for InvalidAnnotations {}

/// Checks every annotation that has a rule, whatever the order they are given in. `proxy_config` checks the value of
/// `proxy.istio.io/config`, which is a configuration of its own.
pub fn validate<'a>(
    annotations: impl IntoIterator<Item = (&'a str, &'a str)>,
    proxy_config: impl Fn(&str) -> Result<(), String>,
) -> Result<(), InvalidAnnotations> {
    let mut invalid = Vec::new();
    for (name, value) in annotations {
        let Ok(place) = TABLE.binary_search_by_key(&name, |entry| entry.name) else {
            continue;
        };
        let Some(entry) = TABLE.get(place).filter(|e| e.site != Site::Label) else {
            continue;
        };
        let result = match entry.rule {
            Rule::ProxyConfig => proxy_config(value),
            rule => rule.check(value),
        };
        if let Err(cause) = result {
            invalid.push(Invalid {
                name: name.to_owned(),
                value: value.to_owned(),
                cause,
                accepted: entry.accepted,
            });
        }
    }
    if invalid.is_empty() {
        return Ok(());
    }
    invalid.sort_by(|a, b| a.name.cmp(&b.name));
    Err(InvalidAnnotations(invalid))
}

impl Rule {
    /// Checks a value, or says what is wrong with it. Without a rule every value is fine, and so is here every value
    /// of [`Rule::ProxyConfig`].
    pub fn check(self, value: &str) -> Result<(), String> {
        let invalid = |parameter: &str, cause: String| format!("{parameter} invalid: {cause}");
        match self {
            Self::Free | Self::ProxyConfig => Ok(()),
            Self::Boolean => match values::boolean(value) {
                Some(_) => Ok(()),
                None => Err(format!("failed parsing '{value}' as a boolean")),
            },
            Self::InterceptionMode => match value {
                "REDIRECT" | "TPROXY" | "NONE" => Ok(()),
                _ => Err(format!(
                    "interceptionMode invalid, use REDIRECT,TPROXY,NONE: {value}"
                )),
            },
            Self::Uint32 => values::uint32(value).map(drop),
            // The name of another parameter is what tools that read the reference's messages know.
            Self::Port => values::port(value)
                .map(drop)
                .map_err(|e| invalid("excludeInboundPorts", e)),
            Self::Ports(_, true) | Self::Ranges(_, true) if value == "*" => Ok(()),
            Self::Ports(parameter, _) => values::ports(value)
                .map(drop)
                .map_err(|e| invalid(parameter, e)),
            Self::Ranges(parameter, _) => values::cidrs(value)
                .map(drop)
                .map_err(|e| invalid(parameter, e)),
            Self::Interfaces => values::interfaces(value).map(drop),
            Self::Quantity => values::quantity(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: [(&str, &str); 12] = [
        ("sidecar.istio.io/interceptionMode", "TPROXY"),
        ("sidecar.istio.io/proxyCPU", "100m"),
        ("status.sidecar.istio.io/port", " 0 "),
        ("readiness.status.sidecar.istio.io/periodSeconds", "5"),
        ("traffic.sidecar.istio.io/includeOutboundIPRanges", "*"),
        ("traffic.sidecar.istio.io/excludeOutboundIPRanges", ""),
        ("traffic.sidecar.istio.io/includeInboundPorts", "*"),
        ("traffic.sidecar.istio.io/excludeInboundPorts", "1, 2"),
        ("traffic.sidecar.istio.io/includeOutboundPorts", "anything"),
        ("istio.io/reroute-virtual-interfaces", "net1"),
        ("prometheus.istio.io/merge-metrics", "T"),
        ("somebody.else/annotation", "\u{0}"),
    ];

    #[test]
    fn good_values_pass() {
        assert_eq!(validate(GOOD, |_| Ok(())), Ok(()));
    }

    #[test]
    fn each_bad_value_is_told_with_its_cause() {
        for (name, value, cause) in [
            (
                "sidecar.istio.io/interceptionMode",
                "redirect",
                "interceptionMode invalid, use REDIRECT,TPROXY,NONE: redirect",
            ),
            (
                "sidecar.istio.io/proxyMemoryLimit",
                "",
                "not an amount: it has to begin with a number",
            ),
            (
                "sidecar.istio.io/proxyCPULimit",
                "1\r",
                "value contains control characters",
            ),
            (
                "status.sidecar.istio.io/port",
                "x",
                "excludeInboundPorts invalid: failed parsing port 'x'",
            ),
            (
                "readiness.status.sidecar.istio.io/failureThreshold",
                "-1",
                "failed parsing '-1' as an unsigned 32 bit integer",
            ),
            (
                "traffic.sidecar.istio.io/includeOutboundIPRanges",
                "bad",
                "includeIPRanges invalid: failed parsing cidr 'bad': no '/'",
            ),
            (
                "traffic.sidecar.istio.io/excludeOutboundIPRanges",
                "*",
                "excludeIPRanges invalid: failed parsing cidr '*': no '/'",
            ),
            (
                "traffic.sidecar.istio.io/includeInboundPorts",
                "bad",
                "includeInboundPorts invalid: failed parsing port 'bad'",
            ),
            (
                "traffic.sidecar.istio.io/excludeInboundPorts",
                "*",
                "excludeInboundPorts invalid: failed parsing port '*'",
            ),
            (
                "traffic.sidecar.istio.io/excludeOutboundPorts",
                "1;2",
                "excludeOutboundPorts invalid: failed parsing port '1;2'",
            ),
            (
                "traffic.sidecar.istio.io/excludeInterfaces",
                "a,,b",
                "empty interface name",
            ),
            (
                "prometheus.istio.io/merge-metrics",
                "yes",
                "failed parsing 'yes' as a boolean",
            ),
        ] {
            let InvalidAnnotations(found) = validate([(name, value)], |_| Ok(())).unwrap_err();
            assert_eq!((found.len(), &*found[0].cause), (1, cause), "{name}");
            assert!(!found[0].accepted.is_empty(), "{name}");
        }
    }

    #[test]
    fn every_rule_of_the_table_accepts_and_refuses() {
        for entry in TABLE {
            let (good, bad) = match entry.rule {
                Rule::Free | Rule::ProxyConfig => continue,
                Rule::Boolean => ("true", "2"),
                Rule::InterceptionMode => ("NONE", ""),
                Rule::Uint32 | Rule::Port => ("0", "-0"),
                Rule::Ports(_, true) | Rule::Ranges(_, true) => ("*", "*,"),
                Rule::Ports(_, false) => ("", "1-2"),
                Rule::Ranges(_, false) => ("::/0", "::"),
                Rule::Interfaces => ("lo", "l o"),
                Rule::Quantity => ("0", "many"),
            };
            assert_eq!(
                validate([(entry.name, good)], |_| Ok(())),
                Ok(()),
                "{}",
                entry.name
            );
            assert!(
                validate([(entry.name, bad)], |_| Ok(())).is_err(),
                "{}",
                entry.name
            );
        }
    }

    #[test]
    fn all_errors_are_told_at_once_in_order() {
        let bad = [
            ("traffic.sidecar.istio.io/excludeInterfaces", "0"),
            ("proxy.istio.io/config", "x: y"),
            ("sidecar.istio.io/inject", "maybe"),
        ];
        let error = validate(bad, |_| Err("no".into())).unwrap_err();
        assert_eq!(
            error.to_string(),
            "2 errors occurred:\n\
             \t* invalid value 'x: y' for annotation 'proxy.istio.io/config': no (accepted: a ProxyConfig in YAML)\n\
             \t* invalid value '0' for annotation 'traffic.sidecar.istio.io/excludeInterfaces': interface name \"0\" \
             contains invalid characters (accepted: names of network interfaces, joined by commas)"
        );
        let long = "é".repeat(300);
        let one = validate([("sidecar.istio.io/proxyCPU", &*long)], |_| Ok(())).unwrap_err();
        assert!(
            one.to_string()
                .starts_with("1 error occurred:\n\t* invalid value 'é")
        );
        assert!(one.to_string().len() < 700);
    }
}
