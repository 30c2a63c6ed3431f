use super::*;
use crate::config::{NativeSidecars, Settings, Snapshot, Sources, Text};

/// What the API server fills in where a container says nothing.
const FILLED_IN: &str = r#"{"terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
    "imagePullPolicy": "IfNotPresent"}"#;

const DEPLOYED: &str = r#"{"metadata": {"name": "web-5d9f8c7b6d-abcde", "generateName": "web-5d9f8c7b6d-", "namespace": "shop",
    "labels": {"app": "web", "pod-template-hash": "5d9f8c7b6d"},
    "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-5d9f8c7b6d", "controller": true}]},
    "spec": {"containers": [{"name": "app", "image": "registry.test/app:1",
        "ports": [{"name": "http", "containerPort": 8080}], "readinessProbe": {"httpGet": {"port": "http"}}}]}}"#;

fn injector(values: &str, native: NativeSidecars) -> Injector {
    let text = |text: &str| {
        Some(Text {
            name: "test".to_owned(),
            text: text.to_owned(),
        })
    };
    let sources = Sources {
        values: text(values),
        namespaces: text(
            "kind: Namespace\nmetadata: {name: shop, labels: {istio-injection: enabled}}",
        ),
        ..Sources::default()
    };
    let settings = Settings {
        native_sidecars: native,
        ..Settings::default()
    };
    Injector::new(Snapshot::build(&sources, settings).unwrap()).unwrap()
}

fn plain() -> Injector {
    let resources = "{requests: {cpu: 100m, memory: 128Mi}, limits: {cpu: 2000m}}";
    injector(
        &format!("global: {{proxy: {{resources: {resources}}}}}"),
        NativeSidecars::On,
    )
}

fn value(text: &str) -> Value<'static> {
    Value::parse(text.as_bytes()).unwrap().into_owned()
}

/// The Pod as it is created and then read back: injected, defaults filled in, on a node, with the token mounted.
fn created(injector: &Injector, way: Way) -> Value<'static> {
    let mut pod = value(DEPLOYED);
    pod.get_mut("metadata")
        .unwrap()
        .as_object_mut()
        .unwrap()
        .remove("name");
    let request = Request {
        pod: &pod,
        namespace: "shop",
        owner: None,
        variables: &[],
        way,
    };
    let mut pod = injector.apply(&request).result.unwrap();
    let metadata = pod.get_mut("metadata").unwrap().as_object_mut().unwrap();
    metadata.insert("name", "web-5d9f8c7b6d-abcde");
    let spec = pod.get_mut("spec").unwrap().as_object_mut().unwrap();
    spec.insert("nodeName", "node-1");
    spec.insert(
        "tolerations",
        value(r#"[{"key": "node.kubernetes.io/not-ready", "operator": "Exists"}]"#),
    );
    for list in ["containers", "initContainers"] {
        for container in pod::items_mut(&mut pod, list).unwrap() {
            let container = container.as_object_mut().unwrap();
            for (key, value) in value(FILLED_IN).as_object().unwrap().iter() {
                container.entry(key.to_owned(), || value.clone());
            }
            let mounts = container.entry("volumeMounts", || Vec::new().into());
            mounts.as_array_mut().unwrap().push(value(
                r#"{"name": "kube-api-access-x", "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount", "readOnly": true}"#,
            ));
            for port in container
                .get_mut("ports")
                .and_then(Value::as_array_mut)
                .into_iter()
                .flatten()
            {
                port.as_object_mut().unwrap().insert("protocol", "TCP");
            }
        }
    }
    pod
}

fn at<'v>(pod: &'v mut Value<'static>, list: &'static str, name: &str) -> &'v mut Object<'static> {
    let items = pod::items_mut(pod, list).unwrap();
    items
        .iter_mut()
        .find(|i| pod::name(i) == name)
        .unwrap()
        .as_object_mut()
        .unwrap()
}

fn differences(injector: &Injector, pod: &Value<'_>) -> Vec<(&'static str, String)> {
    let differences = compare(injector, pod, &[]).differences.into_iter();
    differences.map(|d| (d.kind.code(), d.place)).collect()
}

#[test]
fn what_was_just_injected_does_not_differ() {
    for native in [NativeSidecars::On, NativeSidecars::Off] {
        for way in [Way::Webhook, Way::Offline] {
            let injector = injector("{}", native);
            let pod = created(&injector, way);
            assert_eq!(differences(&injector, &pod), [], "{native:?} {way:?}");
        }
    }
}

#[test]
fn what_changed_is_named_by_kind_and_place() {
    type Change = fn(&mut Value<'static>);
    let cases: &[(Change, &[(&str, &str)])] = &[
        (
            |pod| drop(at(pod, "initContainers", "istio-proxy").insert("image", "old:1")),
            &[("image", "spec.initContainers[istio-proxy].image")],
        ),
        (
            |pod| drop(at(pod, "initContainers", "istio-init").insert("args", value(r#"["x"]"#))),
            &[("args", "spec.initContainers[istio-init].args")],
        ),
        (
            |pod| {
                let env = at(pod, "initContainers", "istio-proxy")
                    .get_mut("env")
                    .unwrap();
                env.as_array_mut()
                    .unwrap()
                    .push(value(r#"{"name": "OLD", "value": "1"}"#));
            },
            &[("env", "spec.initContainers[istio-proxy].env[OLD]")],
        ),
        (
            |pod| {
                let resources = value(r#"{"requests": {"cpu": "1"}}"#);
                at(pod, "initContainers", "istio-init").insert("resources", resources);
            },
            &[
                (
                    "resources",
                    "spec.initContainers[istio-init].resources.limits[cpu]",
                ),
                (
                    "resources",
                    "spec.initContainers[istio-init].resources.requests[cpu]",
                ),
                (
                    "resources",
                    "spec.initContainers[istio-init].resources.requests[memory]",
                ),
            ],
        ),
        (
            |pod| {
                let volumes = pod::items_mut(pod, "volumes").unwrap();
                volumes.retain(|v| pod::name(v) != "istio-data");
            },
            &[("template", "spec.volumes[istio-data]")],
        ),
        (
            |pod| pod::items_mut(pod, "initContainers").unwrap().reverse(),
            &[("template", "spec.initContainers (order)")],
        ),
    ];
    let injector = plain();
    for (change, expected) in cases {
        let mut pod = created(&injector, Way::Webhook);
        change(&mut pod);
        let found = differences(&injector, &pod);
        let found: Vec<_> = found
            .iter()
            .map(|(kind, place)| (*kind, &**place))
            .collect();
        assert_eq!(found, *expected);
    }
}

#[test]
fn what_others_add_does_not_count() {
    type Change = fn(&mut Value<'static>);
    let cases: &[Change] = &[
        // A provider's credentials.
        |pod| {
            let env = at(pod, "initContainers", "istio-proxy")
                .get_mut("env")
                .unwrap();
            env.as_array_mut()
                .unwrap()
                .push(value(r#"{"name": "AWS_ROLE_ARN", "value": "a"}"#));
        },
        // A LimitRange.
        |pod| {
            let text =
                "LimitRanger plugin set: ephemeral-storage request for init container istio-init";
            pod::metadata_map(pod, "annotations")
                .unwrap()
                .insert("kubernetes.io/limit-ranger", text);
            let init = at(pod, "initContainers", "istio-init");
            let requests = init
                .get_mut("resources")
                .and_then(|r| r.get_mut("requests"))
                .unwrap();
            requests
                .as_object_mut()
                .unwrap()
                .insert("ephemeral-storage", "1Gi");
        },
        // The vertical autoscaler.
        |pod| {
            pod::metadata_map(pod, "annotations")
                .unwrap()
                .insert("vpaUpdates", "Pod resources updated by a");
            at(pod, "initContainers", "istio-proxy")
                .insert("resources", value(r#"{"requests": {"cpu": "7"}}"#));
        },
        // Containers of others, at either end.
        |pod| {
            let other = value(r#"{"name": "other", "image": "x"}"#);
            pod::items_mut(pod, "containers").unwrap().push(other);
        },
        // Another container's label, an annotation of the CNI plugin.
        |pod| {
            pod::metadata_map(pod, "labels")
                .unwrap()
                .insert("topology.kubernetes.io/zone", "a");
            pod::metadata_map(pod, "annotations")
                .unwrap()
                .insert("cni.projectcalico.org/podIP", "10.0.0.1/32");
        },
    ];
    let injector = plain();
    for (case, change) in cases.iter().enumerate() {
        let mut pod = created(&injector, Way::Webhook);
        change(&mut pod);
        assert_eq!(differences(&injector, &pod), [], "case {case}");
    }
}

#[test]
fn a_sidecar_that_is_missing_or_unwanted_is_one_difference() {
    let injector = plain();
    let mut pod = value(DEPLOYED);
    assert_eq!(
        differences(&injector, &pod),
        [("missing", "spec".to_owned())]
    );
    pod::metadata_map(&mut pod, "labels")
        .unwrap()
        .insert("sidecar.istio.io/inject", "false");
    assert_eq!(differences(&injector, &pod), []);

    let mut pod = created(&injector, Way::Webhook);
    pod::metadata_map(&mut pod, "labels")
        .unwrap()
        .insert("sidecar.istio.io/inject", "false");
    let comparison = compare(&injector, &pod, &[]);
    assert_eq!(comparison.kinds(), [Kind::Unwanted]);
    assert_eq!(pod::items(&comparison.after, "initContainers").len(), 0);

    pod::metadata_map(&mut pod, "labels")
        .unwrap()
        .remove("sidecar.istio.io/inject");
    pod::metadata_map(&mut pod, "annotations")
        .unwrap()
        .insert("inject.istio.io/templates", "nope");
    let comparison = compare(&injector, &pod, &[]);
    assert_eq!(comparison.kinds(), [Kind::Refused]);
    assert!(comparison.detail.contains("nope"), "{}", comparison.detail);
}

#[test]
fn another_revisions_pods_are_left_alone() {
    let injector = plain();
    let other = |revision: &str| {
        let mut pod = created(&injector, Way::Webhook);
        let status = format!(
            r#"{{"initContainers": ["istio-init", "istio-proxy"], "revision": "{revision}"}}"#
        );
        pod::metadata_map(&mut pod, "annotations")
            .unwrap()
            .insert(names::STATUS, status);
        pod.get_mut("metadata")
            .unwrap()
            .as_object_mut()
            .unwrap()
            .insert("namespace", "elsewhere");
        pod::metadata_map(&mut pod, "labels")
            .unwrap()
            .insert("istio.io/rev", "canary");
        pod
    };
    assert_eq!(differences(&injector, &other("canary")), []);
    assert_eq!(
        differences(&injector, &other("default")),
        [("unwanted", "spec".to_owned())]
    );
}

#[test]
fn only_pods_that_run_are_compared() {
    for (pod, comparable) in [
        (r#"{"status": {"phase": "Running"}}"#, true),
        ("{}", true),
        (r#"{"status": {"phase": "Succeeded"}}"#, false),
        (r#"{"status": {"phase": "Failed"}}"#, false),
        (
            r#"{"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}}"#,
            false,
        ),
        (
            r#"{"metadata": {"annotations": {"kubernetes.io/config.mirror": "x"}}}"#,
            false,
        ),
    ] {
        assert_eq!(is_comparable(&value(pod)), comparable, "{pod}");
    }
}

/// Kind, name, Pods, ready Pods, guarded, refused.
type Case = (&'static str, &'static str, usize, usize, bool, bool);

#[test]
fn the_plan_puts_what_is_safest_first() {
    let cases: &[Case] = &[
        ("DaemonSet", "agent", 3, 3, false, false),
        ("Deployment", "broken", 2, 2, false, true),
        ("Deployment", "guarded", 4, 4, true, false),
        ("Deployment", "large", 5, 5, false, false),
        ("Deployment", "single", 1, 1, false, false),
        ("Deployment", "small", 2, 2, false, false),
        ("Deployment", "unready", 3, 2, false, false),
        ("Pod", "bare", 1, 1, false, false),
        ("StatefulSet", "db", 3, 3, false, false),
    ];
    let mut survey = Survey::default();
    let comparison = |kind| Comparison {
        reason: Reason::Injected,
        detail: String::new(),
        differences: vec![Difference {
            kind,
            place: "spec".to_owned(),
            before: None,
            after: None,
        }],
        before: Value::Null,
        after: Value::Null,
    };
    for namespace in ["a", "b"] {
        for (kind, name, pods, ready, is_guarded, is_refused) in cases {
            for i in 0..if namespace == "b" { 1 } else { *pods } {
                let status = if i < *ready { "True" } else { "False" };
                let pod = match *kind {
                    "Pod" => format!(r#""name": "{name}", "namespace": "{namespace}""#),
                    kind => format!(
                        r#""generateName": "x-", "namespace": "{namespace}",
                        "ownerReferences": [{{"kind": "{kind}", "name": "{name}", "controller": true}}]"#
                    ),
                };
                let pod = value(&format!(
                    r#"{{"metadata": {{{pod}}}, "status": {{"conditions": [{{"type": "Ready", "status": "{status}"}}]}}}}"#
                ));
                let kind = if *is_refused {
                    Kind::Refused
                } else {
                    Kind::Image
                };
                survey.add(&pod, &comparison(kind), *is_guarded);
            }
        }
    }
    let plan = survey.plan();
    let of = |namespace: &str| -> Vec<_> {
        let steps = plan.iter().filter(|s| s.workload.namespace == namespace);
        steps.map(|s| &*s.workload.name).collect()
    };
    assert_eq!(
        plan.first().map(|s| &*s.workload.namespace),
        Some("b"),
        "fewer Pods"
    );
    assert_eq!(
        of("a"),
        [
            "large", "small", "db", "agent", "single", "unready", "guarded", "bare", "broken"
        ]
    );
    assert_eq!(
        plan.iter()
            .find(|s| s.workload.name == "large")
            .and_then(Step::command)
            .as_deref(),
        Some(
            "kubectl -n b rollout restart deployment/large && kubectl -n b rollout status deployment/large"
        )
    );
    assert_eq!(plan.last().and_then(Step::command), None);
}
