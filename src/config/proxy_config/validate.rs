//! The rules that a `ProxyConfig` is held to.

use std::net::{Ipv4Addr, Ipv6Addr};

use outrigger_json::{Object, Value};

use super::{apply, built_in};
use crate::{
    annotations::{InvalidAnnotations, validate},
    config::proto::{Datum, Message},
};

/// Checks every annotation of a Pod that has rules, `proxy.istio.io/config` among them.
pub fn validate_annotations(annotations: &Object<'_>) -> Result<(), InvalidAnnotations> {
    let texts = annotations
        .iter()
        .filter_map(|(name, value)| Some((name, value.as_str()?)));
    validate(texts, check_annotation)
}

fn check_annotation(text: &str) -> Result<(), String> {
    let failed =
        |cause: &dyn std::fmt::Display| format!("failed to convert to apply proxy config: {cause}");
    let tree = outrigger_yaml::parse(text).map_err(|e| failed(&e))?;
    if !matches!(tree, Value::Object(_) | Value::Null) {
        return Err(failed(&format!("want an object, found {}", tree.kind())));
    }
    let mut message = built_in().clone();
    apply(&mut message, &tree).map_err(|e| failed(&e))?;
    let faults = check(&message);
    if faults.is_empty() {
        Ok(())
    } else {
        Err(faults.join("; "))
    }
}

/// What is wrong with a `ProxyConfig` message, one fault each.
pub fn check(config: &Message) -> Vec<String> {
    let mut faults = Vec::new();
    let mut expect = |good: bool, fault: String| {
        if !good {
            faults.push(fault);
        }
    };
    for name in ["configPath", "binaryPath"] {
        expect(
            !config.str(name).is_empty(),
            format!("{name} must not be empty"),
        );
    }
    let named =
        config.get("tracingServiceName").is_some() || !config.str("serviceCluster").is_empty();
    expect(
        named,
        "serviceCluster or tracingServiceName must be set".into(),
    );

    let drain = config.duration("drainDuration").unwrap_or_default();
    let whole = drain.0 >= 1_000_000 && drain.subsecond_nanos() == 0;
    expect(
        whole,
        format!("drainDuration must be a positive number of whole seconds, not {drain}"),
    );

    if let Err(cause) = address(config.str("discoveryAddress")) {
        expect(false, format!("discoveryAddress: {cause}"));
    }
    for name in ["statsdUdpAddress", "envoyMetricsServiceAddress"] {
        let text = config.str(name);
        if let (false, Err(cause)) = (text.is_empty(), address(text)) {
            expect(false, format!("{name}: {cause}"));
        }
    }
    for name in ["envoyMetricsService", "envoyAccessLogService"] {
        let text = config
            .message(name)
            .map_or("", |service| service.str("address"));
        if let (false, Err(cause)) = (text.is_empty(), address(text)) {
            expect(false, format!("{name}.address: {cause}"));
        }
    }
    for name in ["proxyAdminPort", "statusPort"] {
        let port = config.int(name).unwrap_or_default();
        let good = (1..=65535).contains(&port);
        expect(
            good,
            format!("{name} must be in the range 1..65535, not {port}"),
        );
    }
    let policy = config.enum_name("controlPlaneAuthPolicy");
    expect(
        matches!(policy, "NONE" | "MUTUAL_TLS"),
        "controlPlaneAuthPolicy must be NONE or MUTUAL_TLS".into(),
    );
    if let Some(tracing) = config.message("tracing") {
        check_tracing(tracing, &mut faults);
    }
    if let Some(provider) = config.message("privateKeyProvider") {
        check_private_key_provider(provider, &mut faults);
    }
    if let Some(settings) = config.message("connectionSettings") {
        check_connection_settings(settings, &mut faults);
    }
    faults
}

fn check_tracing(tracing: &Message, faults: &mut Vec<String>) {
    for (name, host_ip) in [("lightstep", false), ("zipkin", true), ("datadog", true)] {
        let Some(tracer) = tracing.message(name) else {
            continue;
        };
        // The node's address is filled in where the proxy runs.
        let text = tracer.str("address");
        let stand_in = if host_ip {
            text.replacen("$(HOST_IP)", "127.0.0.1", 1)
        } else {
            text.into()
        };
        if let Err(cause) = address(&stand_in) {
            faults.push(format!("tracing.{name}.address: {cause}"));
        }
        if name == "lightstep" && tracer.str("accessToken").is_empty() {
            faults.push("tracing.lightstep.accessToken must not be empty".into());
        }
    }
    if let Some(tls) = tracing.message("tlsSettings") {
        check_tls(tls, faults);
    }
}

fn check_tls(tls: &Message, faults: &mut Vec<String>) {
    let set = |name: &str| !tls.str(name).is_empty();
    match tls.enum_name("mode") {
        "MUTUAL" if !set("credentialName") => {
            for name in ["clientCertificate", "privateKey"] {
                if !set(name) {
                    faults.push(format!(
                        "tracing.tlsSettings.{name} is required for mode MUTUAL"
                    ));
                }
            }
        }
        "ISTIO_MUTUAL" => {
            for name in ["clientCertificate", "privateKey", "caCertificates"] {
                if set(name) {
                    faults.push(format!(
                        "tracing.tlsSettings.{name} must be empty for mode ISTIO_MUTUAL"
                    ));
                }
            }
        }
        _ => {}
    }
}

fn check_private_key_provider(provider: &Message, faults: &mut Vec<String>) {
    for name in ["cryptomb", "qat"] {
        if let Some(part) = provider.message(name)
            && part.duration("pollDelay").unwrap_or_default().0 == 0
        {
            faults.push(format!(
                "privateKeyProvider.{name}.pollDelay must be set and not zero"
            ));
        }
    }
}

fn check_connection_settings(settings: &Message, faults: &mut Vec<String>) {
    for (field, datum) in settings.iter() {
        let negative = match datum {
            Datum::Int(n) => *n < 0,
            Datum::Duration(d) => d.0 < 0,
            _ => false,
        };
        if negative {
            faults.push(format!(
                "connectionSettings.{} must not be negative",
                field.json
            ));
        }
    }
}

/// Checks an address `HOST:PORT`, whose host is a DNS name or an IP address.
fn address(text: &str) -> Result<(), String> {
    let (host, port) = text
        .rsplit_once(':')
        .ok_or_else(|| format!("want HOST:PORT, found {text:?}"))?;
    let decimal = !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
    if !decimal || !port.parse::<u16>().is_ok_and(|n| n > 0) {
        return Err(format!("want a port of 1 to 65535, found {port:?}"));
    }
    let ipv6 = host.strip_prefix('[').and_then(|h| h.strip_suffix(']'));
    let good = match ipv6 {
        Some(inner) => inner.parse::<Ipv6Addr>().is_ok(),
        None => host.parse::<Ipv4Addr>().is_ok() || is_dns_name(host),
    };
    if good {
        Ok(())
    } else {
        Err(format!("want a host name or an IP address, found {host:?}"))
    }
}

fn is_dns_name(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    host.len() <= 255 && host.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_configurations_pass() {
        for yaml in [
            "",
            "null",
            "{}",
            "unknown: 1",
            "concurrency: 0",
            "discoveryAddress: istiod-1-30.ns.svc:15012",
            "discoveryAddress: '[::1]:15012'",
            "tracingServiceName: CANONICAL_NAME_ONLY",
            "tracing: {zipkin: {address: '$(HOST_IP):9411'}, datadog: {address: 'a.b:1'}}",
            "tracing: {tlsSettings: {mode: MUTUAL, credentialName: x}}",
            "tracing: {customTags: {a: {literal: {value: b}}}}",
            "privateKeyProvider: {qat: {pollDelay: 1ms}}",
            "drainDuration: 1m",
            "interceptionMode: TPROXY",
            "proxyMetadata: {A: ''}",
        ] {
            assert_eq!(check_annotation(yaml), Ok(()), "{yaml}");
        }
    }

    #[test]
    fn each_rule_refuses() {
        for (yaml, fault) in [
            ("configPath: ''", "configPath must not be empty"),
            ("binaryPath: ''", "binaryPath must not be empty"),
            ("serviceCluster: ''", "serviceCluster or tracingServiceName"),
            ("drainDuration: 1500ms", "whole seconds, not 1.5s"),
            ("drainDuration: 0s", "whole seconds, not 0s"),
            (
                "discoveryAddress: istiod",
                "discoveryAddress: want HOST:PORT, found \"istiod\"",
            ),
            (
                "discoveryAddress: istiod:0",
                "want a port of 1 to 65535, found \"0\"",
            ),
            ("discoveryAddress: 'a_b:1'", "want a host name"),
            ("discoveryAddress: 'fe80::1:1'", "want a host name"),
            ("statsdUdpAddress: x", "statsdUdpAddress: "),
            (
                "envoyMetricsService: {address: x}",
                "envoyMetricsService.address: ",
            ),
            (
                "envoyAccessLogService: {address: 'x:70000'}",
                "envoyAccessLogService.address: ",
            ),
            (
                "statusPort: 0",
                "statusPort must be in the range 1..65535, not 0",
            ),
            ("proxyAdminPort: 65536", "proxyAdminPort must be"),
            ("controlPlaneAuthPolicy: INHERIT", "controlPlaneAuthPolicy"),
            ("tracing: {zipkin: {}}", "tracing.zipkin.address: "),
            ("tracing: {lightstep: {address: 'a:1'}}", "accessToken"),
            (
                "tracing: {lightstep: {address: '$(HOST_IP):1', accessToken: x}}",
                "tracing.lightstep.address",
            ),
            (
                "tracing: {tlsSettings: {mode: MUTUAL}}",
                "privateKey is required",
            ),
            (
                "tracing: {tlsSettings: {mode: ISTIO_MUTUAL, privateKey: x}}",
                "must be empty",
            ),
            ("privateKeyProvider: {cryptomb: {}}", "cryptomb.pollDelay"),
            (
                "connectionSettings: {httpIdleTimeout: -1s}",
                "httpIdleTimeout",
            ),
            (
                "concurrency: x",
                "failed to convert to apply proxy config: concurrency: want an integer",
            ),
            (
                "- a",
                "failed to convert to apply proxy config: want an object, found array",
            ),
            ("a: [", "failed to convert to apply proxy config: line"),
            ("interceptionMode: OFF", "failed to convert"),
        ] {
            let got = check_annotation(yaml).unwrap_err();
            assert!(got.contains(fault), "{yaml}: {got}");
        }
    }

    #[test]
    fn all_faults_are_told() {
        let got = check_annotation("{configPath: '', statusPort: 70000}").unwrap_err();
        assert_eq!(
            got,
            "configPath must not be empty; statusPort must be in the range 1..65535, not 70000"
        );
    }
}
