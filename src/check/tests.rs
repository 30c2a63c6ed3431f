//! Whole configurations.

use super::*;
use crate::config::{NativeSidecars, Text};

fn said(config: &str, values: Option<&str>) -> Vec<String> {
    let text = |name: &str, text: &str| Text {
        name: name.into(),
        text: text.into(),
    };
    let sources = Sources {
        injector: Some(text("config.yaml", config)),
        values: values.map(|values| text("values.yaml", values)),
        ..Sources::default()
    };
    let findings = match load(&sources, Settings::default()) {
        Ok((_, findings)) | Err(findings) => findings,
    };
    findings.iter().map(ToString::to_string).collect()
}

/// Nobody tries it at the start, so it is tried here with all that it may be started with.
#[test]
fn the_built_in_configuration_is_clean() {
    for native_sidecars in [NativeSidecars::On, NativeSidecars::Off] {
        for (openshift, compliance, revision) in [
            (false, "", ""),
            (true, "", "canary"),
            (false, "fips-140-2", ""),
            (false, "fips-140-3", ""),
            (true, "pqc", "default"),
        ] {
            let settings = Settings {
                native_sidecars,
                openshift,
                compliance_policy: compliance.to_owned(),
                revision: revision.to_owned(),
                ..Settings::default()
            };
            let injector = read(&Sources::default(), settings).unwrap();
            let said: Vec<_> = configuration(&injector)
                .iter()
                .map(ToString::to_string)
                .collect();
            assert_eq!(said, [""; 0]);
        }
    }
}

/// A configuration and the beginnings of all that is said of it.
#[test]
fn each_fault_is_told_with_its_place() {
    let table: &[(&str, &[&str])] = &[
        ("policy: enabled", &[]),
        ("policy: [", &["config.yaml:2:1: error[config-syntax]: "]),
        (
            "policy: {}",
            &["config.yaml:1:1: error[config-type]: policy: want a string, found object"],
        ),
        (
            "policy: on\n",
            &["config.yaml:1:9: error[config-type]: policy: want a string, found boolean true"],
        ),
        (
            "policy: maybe\n",
            &["config.yaml:1:9: warning[config-doubt]: policy: \"maybe\" must be one of"],
        ),
        (
            "kind: ConfigMap\ndata: {values: a}",
            &["config.yaml: error[config-missing]: missing ConfigMap config key"],
        ),
        // Every template that does not parse, each at its line of the ConfigMap.
        (
            "kind: ConfigMap\ndata:\n  config: |\n    templates:\n      a: |\n        x\n        {{ nofunc }}\n      b: '{{ if }}'\n",
            &[
                "config.yaml:7:12: error[template-syntax]: template \"a\": function \"nofunc\" not defined",
                "config.yaml (template b):1:7: error[template-syntax]: template \"b\": missing value for if",
            ],
        ),
        (
            "templates:\n  sidecar: |\n    spec:\n      containers:\n      - image: a\n        name: {{ .Spec.Nope }}\n",
            &[
                "config.yaml:6:23: error[template-failed]: template \"sidecar\": executing \"sidecar\" at <.Spec.Nope>: can't evaluate field Nope",
            ],
        ),
        (
            "templates:\n  sidecar: |\n    spec:\n      containers: [\n",
            &[
                "config.yaml:4:7: error[template-failed]: template \"sidecar\": gives text that is not YAML: ",
            ],
        ),
        (
            "templates:\n  sidecar: |\n    spec:\n      containers:\n      - image: a\n",
            &["error[template-merge]: "],
        ),
        // What comes of the samples.
        (
            "templates:\n  sidecar: |\n    spec:\n      containers:\n      - name: istio-proxy\n        image: a\n        ports:\n        - containerPort: 0\n",
            &[
                "config.yaml:8:11: error[pod-range]: template \"sidecar\": spec.containers[istio-proxy].ports[0].containerPort: 0 is not in the range 1..65535 (Pod bare)",
            ],
        ),
        // Only some Pods are refused, and only if they ask for the template.
        (
            "templates:\n  mine: |\n    spec:\n      volumes:\n      - name: a\n        {{- if isset .ObjectMeta.Annotations `sidecar.istio.io/logLevel` }}\n        secret: {}\n        {{- end }}\n",
            &[
                "config.yaml:7:9: warning[pod-required]: template \"mine\": spec.volumes[a].secret.secretName: secretName is required (Pod with sidecar.istio.io/logLevel: \"debug\")",
            ],
        ),
        // A template that goes with another one, and the Pods where it does not: a native sidecar is in the other list.
        (
            "templates:\n  mine: |\n    spec:\n      containers:\n      - name: istio-proxy\n        args: [a]\n",
            &[
                "config.yaml:5:9: warning[pod-required]: template \"mine\": spec.containers[istio-proxy].image: image is required (Pod with sidecar.istio.io/nativeSidecar: \"true\")",
            ],
        ),
        (
            "templates:\n  sidecar: |\n    spec:\n      hostNetwrk: true\n",
            &[
                "config.yaml:4:7: warning[pod-unknown-field]: template \"sidecar\": spec.hostNetwrk: a PodSpec has no field \"hostNetwrk\": it is dropped (Pod bare); help: did you mean hostNetwork?",
            ],
        ),
        // Names.
        (
            "defaultTemplates: [mine]\naliases: {both: [sidecar, other]}",
            &[
                "error[template-unknown]: defaultTemplates names the template \"mine\", which there is not; help: there are gateway,",
                "warning[template-unknown]: the alias \"both\" names the template \"other\"",
            ],
        ),
        // Data of another kind.
        (
            "templates:\n  waypoint: |\n    a: {{ .GatewayClass }}\n",
            &[],
        ),
        (
            "templates:\n  mine: |\n    a: {{ .GatewayClass }}\n",
            &[
                "config.yaml:3:11: warning[template-not-for-pods]: template \"mine\": never renders for a Pod: ",
            ],
        ),
        (
            "templates:\n  mine: |\n    metadata:\n      annotations: {{ rawYaml `{a: b}` }}\n",
            &["config.yaml:4:23: warning[template-raw]: template \"mine\": rawYaml pastes text"],
        ),
    ];
    for (config, wanted) in table {
        let got = said(config, None);
        let all = got.len() == wanted.len()
            && got
                .iter()
                .zip(*wanted)
                .all(|(got, wanted)| got.starts_with(wanted));
        assert!(all, "{config}\n{got:#?}");
    }
}

#[test]
fn of_two_templates_the_one_that_brings_the_container_is_told() {
    let config = "defaultTemplates: [sidecar, mine]\ntemplates:\n  mine: |\n    spec:\n      containers:\n      - name: more\n        image: a\n        ports:\n        - containerPort: 0\n";
    let wanted = "config.yaml:9:11: error[pod-range]: template \"mine\": spec.containers[more].ports[0].containerPort: 0 is";
    let got = said(config, None);
    assert!(
        matches!(&*got, [one] if one.starts_with(wanted)),
        "{got:#?}"
    );
}

#[test]
fn values_that_are_missing_are_told_before_a_pod_is_refused() {
    let got = said("{}", Some("global: {proxy: {readinessPeriodSeconds: 5}}"));
    let first = &got[0];
    assert!(
        first.contains("error[pod-type]: template \"sidecar\": spec.")
            && first.contains("readinessProbe.initialDelaySeconds: want an integer")
            && first.ends_with("--values takes the place of all built-in values"),
        "{got:#?}"
    );
    let got = said("{}", Some("global:\n  tag: [1]\n"));
    assert_eq!(
        got,
        ["values.yaml:2:3: error[config-type]: global.tag: want a string or a number, found array"]
    );
}

#[test]
fn every_source_at_fault_is_told() {
    let got = said("policy: {}", Some("- a"));
    assert_eq!(got.len(), 2, "{got:#?}");
}
