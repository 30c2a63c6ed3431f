//! Configuration in templates.

use outrigger_gotemplate::{Functions, Limits, Options, Template, Value};

use super::*;
use crate::config::{ProxyConfig, Settings, Snapshot, Sources, Text};

fn snapshot() -> Snapshot {
    let text = |text: &str| {
        Some(Text {
            name: "test".into(),
            text: text.into(),
        })
    };
    let sources = Sources {
        values: text(
            "{global: {tag: 1.10, big: 1000000, port: 15020, list: [a, 1], none: null, flag: true}}",
        ),
        mesh: text(
            "{trustDomain: td, defaultConfig: {interceptionMode: TPROXY, drainDuration: 90s, concurrency: 0, \
             proxyMetadata: {B: b, A: a}, tracing: {zipkin: {address: 'z:1'}, sampling: 1.5, \
             tlsSettings: {caCertificates: /x/y}}, extraStatTags: [s, t]}}",
        ),
        ..Sources::default()
    };
    Snapshot::build(&sources, Settings::default()).unwrap()
}

fn render(text: &str) -> Result<String, String> {
    let template = Template::parse("t", text, &Functions::builtins(), &Options::default());
    let template = template.map_err(|e| e.to_string())?;
    let snapshot = snapshot();
    let plain = ProxyConfig::default();
    let data = Value::record(
        "Data",
        [
            ("P", proxy_config(snapshot.mesh.default_config())),
            ("Plain", proxy_config(&plain)),
            ("M", message(snapshot.mesh.message())),
            ("V", document(&snapshot.values.document)),
        ],
    );
    let rendered = template.render_text(&data, &Limits::default());
    rendered.map_err(|e| e.to_string())
}

#[test]
fn templates_see_what_go_would_show_them() {
    for (text, wanted) in [
        (
            "{{ .P.InterceptionMode }} {{ .P.InterceptionMode.String }}",
            "TPROXY TPROXY",
        ),
        (
            "{{ printf \"%d\" .P.InterceptionMode }} {{ .Plain.InterceptionMode }}",
            "1 REDIRECT",
        ),
        (
            "{{ .P.DrainDuration.AsDuration }} {{ .P.DrainDuration.Seconds }}",
            "1m30s 90",
        ),
        (
            "{{ .P.Concurrency.GetValue }} {{ if .P.Concurrency }}set{{ end }}",
            "0 set",
        ),
        (
            "{{ .Plain.HoldApplicationUntilProxyStarts.GetValue }}",
            "false",
        ),
        (
            "{{ if not .Plain.HoldApplicationUntilProxyStarts }}nil{{ end }}",
            "nil",
        ),
        (
            "{{ range $k, $v := .P.ProxyMetadata }}{{ $k }}={{ $v }} {{ end }}",
            "A=a B=b ",
        ),
        (
            "[{{ index .P.ProxyMetadata `none` }}{{ index .Plain.ProxyMetadata `none` }}]",
            "[]",
        ),
        (
            "{{ .P.ProxyMetadata.A }}{{ len .Plain.ProxyMetadata }}",
            "a0",
        ),
        (
            "{{ .P.GetTracing.GetTlsSettings.GetCaCertificates }}",
            "/x/y",
        ),
        (
            "[{{ .Plain.GetTracing.GetTlsSettings.GetCaCertificates }}]",
            "[]",
        ),
        (
            "{{ .P.Tracing.GetZipkin.Address }} {{ .P.Tracing.Sampling }}",
            "z:1 1.5",
        ),
        (
            "{{ range .P.ExtraStatTags }}{{ . }}{{ end }}{{ len .Plain.ExtraStatTags }}",
            "st0",
        ),
        (
            "{{ .P.StatusPort }} {{ .P.GetServiceCluster }}",
            "15020 istio-proxy",
        ),
        ("{{ .M.TrustDomain }} {{ .M.ProxyListenPort }}", "td 15001"),
        (
            "{{ .M.DefaultConfig.StatusPort }} {{ .M.EnablePrometheusMerge.GetValue }}",
            "15020 true",
        ),
        (
            "{{ range .M.ExtensionProviders }}{{ .Name }} {{ end }}",
            "prometheus stackdriver envoy ",
        ),
        (
            "{{ .V.global.tag }} {{ .V.global.big }} {{ .V.global.port }}",
            "1.1 1e+06 15020",
        ),
        (
            "{{ printf \"%T\" .V.global.port }} {{ .V.global.flag }}",
            "float64 true",
        ),
        (
            "{{ range .V.global.list }}{{ . }},{{ end }} {{ index .V.global.list 1 }}",
            "a,1, 1",
        ),
        (
            "{{ .V.global.nothing }} {{ .V.global.none }}",
            "<no value> <no value>",
        ),
        (
            "{{ if .V.global.nothing }}a{{ else }}b{{ end }}{{ len .V.global }}",
            "b6",
        ),
    ] {
        assert_eq!(render(text).as_deref(), Ok(wanted), "{text}");
    }
}

#[test]
fn what_go_refuses_is_refused() {
    for (text, wanted) in [
        (
            "{{ .P.Nothing }}",
            "can't evaluate field Nothing in type *v1alpha1.ProxyConfig",
        ),
        ("{{ .P.Tracing.Zipkin }}", "can't evaluate field Zipkin"),
        (
            "{{ .Plain.Tracing.TlsSettings }}",
            "nil pointer evaluating *v1alpha1.Tracing.TlsSettings",
        ),
        (
            "{{ .V.global.none.more }}",
            "nil pointer evaluating interface {}.more",
        ),
    ] {
        let got = render(text).unwrap_err();
        assert!(got.contains(wanted), "{text}: {got}");
    }
}

#[test]
fn the_json_of_a_proxy_configuration_is_what_the_proxy_is_told() {
    let config = ProxyConfig::default();
    let Value::Object(object) = proxy_config(&config) else {
        panic!("not an object");
    };
    let mut json = String::new();
    assert!(object.write_json(&mut json));
    assert_eq!(json, "{}");
}
