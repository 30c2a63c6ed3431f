//! The `MutatingWebhookConfiguration`.
//!
//! It has no label `istio.io/rev`: an Istio control plane of the same revision would take it for its own and write its own
//! `caBundle` over the injector's.

use outrigger_json::{Object, Value};

use super::{
    Endpoint, Entry, FailurePolicy, ReinvocationPolicy, Settings, conditions, created_pods,
    entry::tree, metadata, object, strings,
};

/// The `MutatingWebhookConfiguration` of these settings. What the API server would fill in stands there as well, so that
/// nothing differs between what is printed and what is stored.
pub fn configuration(settings: &Settings) -> Value<'static> {
    let webhooks: Vec<_> = Entry::all(settings)
        .iter()
        .map(|entry| webhook(entry, settings))
        .collect();
    object([
        ("apiVersion", "admissionregistration.k8s.io/v1".into()),
        ("kind", "MutatingWebhookConfiguration".into()),
        ("metadata", metadata(settings.revision.configuration())),
        ("webhooks", webhooks.into()),
    ])
}

fn webhook(entry: &Entry, settings: &Settings) -> Value<'static> {
    object([
        ("name", entry.name().into()),
        ("clientConfig", client_config(settings)),
        ("rules", created_pods()),
        ("namespaceSelector", tree(&entry.namespaces)),
        ("objectSelector", tree(&entry.pods)),
        (
            "matchConditions",
            conditions::tree(conditions::always(&settings.namespace)),
        ),
        ("matchPolicy", "Equivalent".into()),
        (
            "failurePolicy",
            match settings.failure_policy {
                FailurePolicy::Fail => "Fail",
                FailurePolicy::Ignore => "Ignore",
            }
            .into(),
        ),
        (
            "reinvocationPolicy",
            match settings.reinvocation_policy {
                ReinvocationPolicy::IfNeeded => "IfNeeded",
                ReinvocationPolicy::Never => "Never",
            }
            .into(),
        ),
        ("timeoutSeconds", i64::from(settings.timeout_seconds).into()),
        ("sideEffects", "NoneOnDryRun".into()),
        ("admissionReviewVersions", strings(["v1"])),
    ])
}

fn client_config(settings: &Settings) -> Value<'static> {
    let mut config = Object::new();
    match &settings.endpoint {
        Endpoint::Service { name, path, port } => config.push(
            "service",
            object([
                ("namespace", settings.namespace.clone().into()),
                ("name", name.clone().into()),
                ("path", path.clone().into()),
                ("port", i64::from(*port).into()),
            ]),
        ),
        Endpoint::Url(url) => config.push("url", url.clone()),
    }
    if let Some(bundle) = &settings.ca_bundle {
        config.push("caBundle", bundle.clone());
    }
    config.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhook::tests::settings;

    /// The prefix of each entry with its selectors, in one line each.
    fn selectors(settings: &Settings) -> Vec<String> {
        let configuration = configuration(settings);
        let webhooks = configuration.get("webhooks").and_then(Value::as_array);
        let line = |webhook: &Value<'_>| {
            let name = webhook.get("name").and_then(Value::as_str).unwrap();
            let terms = |selector: &str| {
                let terms = webhook.at(&[selector, "matchExpressions"]).unwrap();
                let term = |term: &Value<'_>| {
                    let text = |key| term.get(key).and_then(Value::as_str).unwrap().to_owned();
                    let values = term.get("values").map(ToString::to_string);
                    format!(
                        "{} {}{}",
                        text("key"),
                        text("operator"),
                        values.unwrap_or_default()
                    )
                };
                let terms: Vec<_> = terms.as_array().unwrap().iter().map(term).collect();
                terms.join(", ")
            };
            format!(
                "{}: {} | {}",
                name.strip_suffix(".sidecar-injector.istio.io").unwrap(),
                terms("namespaceSelector"),
                terms("objectSelector")
            )
        };
        webhooks.unwrap().iter().map(line).collect()
    }

    #[test]
    fn entries_are_those_of_istio() {
        let install = [
            r#"rev.namespace: istio.io/rev In["default"], istio-injection DoesNotExist | sidecar.istio.io/inject NotIn["false"]"#,
            r#"rev.object: istio.io/rev DoesNotExist, istio-injection DoesNotExist | sidecar.istio.io/inject NotIn["false"], istio.io/rev In["default"]"#,
            r#"namespace: istio-injection In["enabled"] | sidecar.istio.io/inject NotIn["false"]"#,
            r#"object: istio-injection DoesNotExist, istio.io/rev DoesNotExist | sidecar.istio.io/inject In["true"], istio.io/rev DoesNotExist"#,
        ];
        let mut settings = settings();
        assert_eq!(selectors(&settings), install);

        settings.namespaces_by_default = true;
        let auto = r#"auto: istio-injection DoesNotExist, istio.io/rev DoesNotExist, kubernetes.io/metadata.name NotIn["kube-system","kube-public","kube-node-lease","local-path-storage"] | sidecar.istio.io/inject DoesNotExist, istio.io/rev DoesNotExist"#;
        assert_eq!(selectors(&settings), [&install[..], &[auto]].concat());

        settings.namespaces_by_default = false;
        settings.revision = "canary".parse().unwrap();
        let canary = install.map(|line| line.replace(r#"["default"]"#, r#"["canary"]"#));
        assert_eq!(selectors(&settings), canary[..2]);

        settings.tags = vec!["prod".parse().unwrap(), "default".parse().unwrap()];
        let tagged =
            install.map(|line| line.replace(r#"["default"]"#, r#"["canary","prod","default"]"#));
        assert_eq!(selectors(&settings), tagged);
    }

    #[test]
    fn the_injector_is_called_where_it_is() {
        let mut settings = settings();
        let call = |settings: &Settings| {
            let configuration = configuration(settings);
            let webhooks = configuration.get("webhooks").and_then(Value::as_array);
            let configs: Vec<_> = webhooks
                .unwrap()
                .iter()
                .map(|webhook| webhook.get("clientConfig").unwrap().to_string())
                .collect();
            assert!(configs.iter().all(|config| *config == configs[0]));
            configs[0].clone()
        };
        assert_eq!(
            call(&settings),
            r#"{"service":{"namespace":"outrigger-system","name":"outrigger","path":"/inject","port":443}}"#
        );
        settings.endpoint = Endpoint::Url("https://injector.test/inject".into());
        settings.ca_bundle = Some("Q0E=".into());
        assert_eq!(
            call(&settings),
            r#"{"url":"https://injector.test/inject","caBundle":"Q0E="}"#
        );
    }
}
