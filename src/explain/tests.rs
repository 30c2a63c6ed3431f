//! The chain over facts that are made up.

use std::{collections::BTreeMap, sync::Arc, time::SystemTime};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use outrigger_json::Value;

use super::*;
use crate::{
    config::{Namespace, Settings, Snapshot, Sources, Text},
    inject::Injector,
    pki::{Authority, Name},
    webhook,
};

/// Facts of a cluster that has nothing.
pub(super) fn nothing_known() -> Facts {
    Facts {
        from_files: false,
        namespaces: BTreeMap::new(),
        labelled: BTreeMap::new(),
        registered: Ok(Vec::new()),
        injectors: BTreeMap::new(),
        services: BTreeMap::new(),
        served: BTreeMap::new(),
        now: SystemTime::now(),
    }
}

const SERVICE: &str = "outrigger-system/outrigger";

/// Facts of a cluster with an install of a revision, and a namespace `shop` with these labels.
fn installed(revision: &str, labels: &[(&str, &str)], config: &str) -> Facts {
    let authority = Authority::new("test").unwrap();
    let issued = authority
        .issue(&[Name::Dns("outrigger.outrigger-system.svc".into())])
        .unwrap();
    let settings = webhook::Settings {
        revision: revision.parse().unwrap(),
        ca_bundle: Some(STANDARD.encode(authority.certificate())),
        ..webhook::tests::settings()
    };
    let registered = Registered::read(&webhook::configuration(&settings)).unwrap();
    let sources = Sources {
        injector: Some(Text {
            name: "config".into(),
            text: config.into(),
        }),
        ..Sources::default()
    };
    let snapshot = Snapshot::build(&sources, Settings::default()).unwrap();
    let injector = Arc::new(Injector::new(snapshot).unwrap());
    let labels = labels
        .iter()
        .map(|(k, v)| ((*k).into(), (*v).into()))
        .collect();
    let namespace = Namespace {
        labels,
        ..Namespace::default()
    };
    let called = registered.entries[0].called.clone();
    let served = Served {
        secret: ("outrigger-system".into(), "outrigger-certificate".into()),
        authorities: authority.certificate(),
        certificate: issued.certificate,
    };
    let service = Service {
        ports: vec![443],
        selector: "app=outrigger".into(),
        ready: Some(2),
        unready: 0,
    };
    Facts {
        namespaces: BTreeMap::from([("shop".into(), Ok(Some(Arc::new(namespace))))]),
        injectors: BTreeMap::from([(registered.name.clone(), Ok(injector))]),
        served: BTreeMap::from([(called.clone(), served)]),
        services: BTreeMap::from([(called, Ok(Some(service)))]),
        registered: Ok(vec![registered]),
        ..nothing_known()
    }
}

/// Explains Deployment `shop/web` with this Pod template.
fn explained(facts: &Facts, pod: &str, answer: impl Into<Option<Answer>>) -> Explanation {
    let pod = outrigger_yaml::parse(pod).unwrap();
    let object = Reference {
        api_version: "apps/v1".into(),
        kind: "Deployment".into(),
        namespace: "shop".into(),
        name: "web".into(),
    };
    let subject = Subject {
        template: object.clone(),
        object,
        pod: &pod,
        existing: &[],
        answer: answer.into().map(Ok),
    };
    explain(&subject, facts)
}

const ON: &[(&str, &str)] = &[("istio-injection", "enabled")];
const PLAIN: &str = "spec: {containers: [{name: app, image: a}]}";

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn each_reason_breaks_its_link_and_has_its_command() {
    let by_injector = Answer::NotInjected;
    for (labels, config, pod, link, reason, mend) in [
        (
            &[][..],
            "",
            PLAIN,
            Link::Webhook,
            "skipped:not-selected",
            "kubectl label namespace shop --overwrite istio-injection=enabled",
        ),
        (
            &[("istio-injection", "disabled")],
            "",
            PLAIN,
            Link::Webhook,
            "skipped:namespace-disabled",
            "kubectl label namespace shop --overwrite istio-injection=enabled",
        ),
        (
            &[("istio.io/rev", "old")],
            "",
            PLAIN,
            Link::Webhook,
            "skipped:other-revision",
            "kubectl label namespace shop --overwrite istio-injection=enabled istio.io/rev-",
        ),
        (
            ON,
            "",
            "metadata: {labels: {sidecar.istio.io/inject: 'false'}}",
            Link::Webhook,
            "skipped:label-false",
            r#"'{"spec":{"template":{"metadata":{"labels":{"sidecar.istio.io/inject":null}}}}}'"#,
        ),
        (
            ON,
            "",
            "spec: {hostNetwork: true}",
            Link::Webhook,
            "skipped:host-network",
            r#"'{"spec":{"template":{"spec":{"hostNetwork":null}}}}'"#,
        ),
        (
            ON,
            "",
            "spec: {os: {name: windows}}",
            Link::Webhook,
            "skipped:windows",
            "run the Pod on Linux nodes",
        ),
        (
            ON,
            "policy: disabled",
            PLAIN,
            Link::Injector,
            "skipped:policy-disabled",
            r#"{"sidecar.istio.io/inject":"true"}"#,
        ),
        (
            ON,
            "",
            "metadata: {annotations: {sidecar.istio.io/inject: 'false'}}",
            Link::Injector,
            "skipped:annotation-false",
            r#""annotations":{"sidecar.istio.io/inject":null}"#,
        ),
        (
            ON,
            "neverInjectSelector: [{matchLabels: {a: b}}]",
            "metadata: {labels: {a: b}}",
            Link::Injector,
            "skipped:never-inject-selector",
            r#"{"sidecar.istio.io/inject":"true"}"#,
        ),
        (
            ON,
            "",
            "metadata: {annotations: {inject.istio.io/templates: nope}}",
            Link::Injector,
            "failed:template-unknown",
            r#"{"inject.istio.io/templates":null}"#,
        ),
        (
            ON,
            "",
            "metadata: {annotations: {status.sidecar.istio.io/port: 'x'}}",
            Link::Injector,
            "failed:annotation-invalid",
            r#"{"status.sidecar.istio.io/port":null}"#,
        ),
    ] {
        let facts = installed("", labels, config);
        let explanation = explained(&facts, pod, by_injector.clone());
        let step = explanation.decisive().unwrap();
        assert_eq!(
            (step.link, explanation.reason),
            (link, reason),
            "{explanation:#?}"
        );
        assert_eq!(explanation.verdict, Verdict::NotInjected);
        assert!(step.mend[0].contains(mend), "{:?} has no {mend}", step.mend);
    }
}

#[test]
fn a_named_revision_alone_wants_its_own_label() {
    for (labels, mend) in [
        (&[][..], "istio.io/rev=canary"),
        (ON, "istio.io/rev=canary istio-injection-"),
        (&[("istio.io/rev", "old")], "istio.io/rev=canary"),
    ] {
        let explanation = explained(&installed("canary", labels, ""), PLAIN, Answer::NotInjected);
        let step = explanation.decisive().unwrap();
        let command = format!("kubectl label namespace shop --overwrite {mend}");
        assert_eq!(step.mend, [command], "{labels:?}");
    }
}

#[test]
fn pod_security_sees_the_sidecar() {
    let enforced = |level| [ON, &[("pod-security.kubernetes.io/enforce", level)]].concat();
    let refused = Answer::Refused(
        "pods \"a\" is forbidden: violates PodSecurity \"baseline:latest\": x".into(),
    );
    for (level, answer, verdict) in [
        (
            "privileged",
            Answer::Injected("default".into()),
            Verdict::Injected,
        ),
        ("baseline", refused.clone(), Verdict::NotInjected),
        ("restricted", refused, Verdict::NotInjected),
        // The cluster exempts whoever asks.
        (
            "restricted",
            Answer::Injected("default".into()),
            Verdict::Injected,
        ),
    ] {
        let explanation = explained(&installed("", &enforced(level), ""), PLAIN, answer);
        assert_eq!(explanation.verdict, verdict, "{level}");
        let step = explanation
            .steps
            .iter()
            .find(|s| s.link == Link::PodSecurity);
        if verdict == Verdict::NotInjected {
            assert!(
                step.unwrap()
                    .text
                    .contains("istio-init adds the capabilities NET_ADMIN"),
                "{step:?}"
            );
        }
    }
}

#[test]
fn a_service_that_nobody_is_behind_breaks_the_connection() {
    for (service, code, mend) in [
        (None, "connection:no-service", "helm upgrade"),
        (
            Some((vec![443], Some(0), 0)),
            "connection:no-endpoints",
            "scale deployment --replicas=2 -l app=outrigger",
        ),
        (
            Some((vec![443], Some(0), 2)),
            "connection:no-endpoints",
            "logs --tail=20 -l app=outrigger",
        ),
        (
            Some((vec![8443], Some(2), 0)),
            "connection:no-port",
            r#"/clientConfig/service/port","value":8443"#,
        ),
    ] {
        let mut facts = installed("", ON, "");
        for known in facts.services.values_mut() {
            *known = Ok(service.clone().map(|(ports, ready, unready)| Service {
                ports,
                ready,
                unready,
                selector: "app=outrigger".into(),
            }));
        }
        let explanation = explained(&facts, PLAIN, None);
        assert_eq!(explanation.reason, code);
        let mends = &explanation.decisive().unwrap().mend;
        assert!(mends[0].contains(mend), "{mends:?}");
        assert!(explanation.cause.contains(SERVICE) && explanation.cause.contains("is refused"));
    }
}

#[test]
fn what_is_not_known_is_not_guessed() {
    let mut facts = installed("", ON, "");
    facts.registered = Err(Unknown("needs list mutatingwebhookconfigurations".into()));
    let pod = Value::parse(b"{}").unwrap();
    let subject = Subject {
        object: Reference {
            namespace: "shop".into(),
            ..Reference::default()
        },
        template: Reference::default(),
        pod: &pod,
        existing: &[],
        answer: None,
    };
    let explanation = explain(&subject, &facts);
    assert_eq!(explanation.verdict, Verdict::CannotTell);
    assert_eq!(
        explanation.cause,
        "needs list mutatingwebhookconfigurations"
    );
}

#[test]
fn nobody_steers_the_readers_terminal() {
    let said = "1 error occurred:\n\t* invalid value '\u{1b}[2J'\n\n";
    let step = Step::good(Link::Injector, said);
    assert_eq!(step.text, "1 error occurred: * invalid value '\u{fffd}[2J'");
}

#[test]
fn the_api_server_knows_better_than_what_was_found() {
    // The ConfigMap that was read is not that of the injector.
    let facts = installed("", ON, "policy: disabled");
    let explanation = explained(&facts, PLAIN, Answer::Injected("default".into()));
    assert_eq!(explanation.verdict, Verdict::Injected);
    let mut facts = installed("", ON, "");
    for entry in facts
        .registered
        .iter_mut()
        .flatten()
        .flat_map(|r| &mut r.entries)
    {
        entry.conditions.push(("foreign".into(), "true".into()));
    }
    let explanation = explained(&facts, PLAIN, Answer::Injected("default".into()));
    assert_eq!(explanation.verdict, Verdict::Injected);
    assert_eq!(explained(&facts, PLAIN, None).verdict, Verdict::CannotTell);
}
