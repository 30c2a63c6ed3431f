use outrigger_gotemplate::{Functions, Limits, Options, Template, Value};
use outrigger_json::Value as Json;
use outrigger_strategic_merge::pod::{OBJECT_META, POD, POD_SPEC, TYPE_META};

use super::{of, to_go_json, with};

fn parse(text: &str) -> Json<'_> {
    Json::parse(text.as_bytes()).expect("tests give valid JSON")
}

/// Follows field names, methods, list places and map keys.
fn follow<'a>(value: Value<'a>, path: &str) -> Option<Value<'a>> {
    path.split(' ').try_fold(value, |value, step| {
        if let Ok(place) = step.parse() {
            return value.at(place);
        }
        if let Some(key) = step.strip_prefix('@') {
            return value.get(key);
        }
        let Value::Object(object) = &value else {
            return None;
        };
        let limits = Limits::default();
        let context = outrigger_gotemplate::Context::new(&limits);
        match object.method(step, &[], &context) {
            Some(result) => result.ok(),
            None => object.field(step),
        }
    })
}

const SAMPLE: &str = r#"{
    "metadata": {"name": "p", "labels": {"app": "x", "bad": 1}, "creationTimestamp": "2024-01-02T03:04:05Z"},
    "spec": {
        "serviceAccount": "sa", "dnsPolicy": "None", "hostNetwork": true, "shareProcessNamespace": false,
        "terminationGracePeriodSeconds": 30, "nodeSelector": "wrong", "tolerations": {"wrong": true},
        "volumes": [{"name": "v", "emptyDir": {"sizeLimit": "1024Mi"}}],
        "containers": [null, "wrong", {
            "name": "app", "args": ["a", 1],
            "ports": [{"containerPort": 80, "name": "http"}, {"containerPort": 1e99}],
            "resources": {"limits": {"cpu": "2000m", "memory": 1024}},
            "livenessProbe": {"httpGet": {"port": "http"}, "grpc": {"port": 1}},
            "readinessProbe": {"tcpSocket": {"port": 8080}}
        }]
    }
}"#;

#[test]
fn fields_have_gos_names_types_and_zero_values() {
    let pod = parse(SAMPLE);
    for (path, expected) in [
        ("ObjectMeta Name", "String(p)"),
        ("ObjectMeta Namespace", "String()"),
        ("ObjectMeta Labels @app", "String(x)"),
        ("ObjectMeta Labels @bad", "String()"),
        ("ObjectMeta Labels @none", "none"),
        ("ObjectMeta Annotations @none", "none"),
        (
            "ObjectMeta CreationTimestamp String",
            "String(2024-01-02 03:04:05 +0000 UTC)",
        ),
        ("ObjectMeta name", "none"),
        ("Kind", "String()"),
        ("Spec DeprecatedServiceAccount", "String(sa)"),
        ("Spec DNSPolicy", "String(None)"),
        ("Spec HostNetwork", "Bool(true)"),
        ("Spec HostPID", "Bool(false)"),
        ("Spec Priority", "NilOf(*int32)"),
        ("Spec SecurityContext", "NilOf(*v1.PodSecurityContext)"),
        ("Spec SecurityContext RunAsUser", "none"),
        ("Spec ServiceAccount", "none"),
        ("Spec Containers 0 Name", "String()"),
        ("Spec Containers 1 Name", "String()"),
        ("Spec Containers 2 Name", "String(app)"),
        ("Spec Containers 2 Args 1", "String()"),
        (
            "Spec Containers 2 Ports 0 ContainerPort",
            "Number(Int32(80))",
        ),
        (
            "Spec Containers 2 Ports 1 ContainerPort",
            "Number(Int32(0))",
        ),
        (
            "Spec Containers 2 Resources Limits @cpu String",
            "String(2)",
        ),
        (
            "Spec Containers 2 Resources Limits @memory String",
            "String(1024)",
        ),
        (
            "Spec Containers 2 LivenessProbe HTTPGet Port String",
            "String(http)",
        ),
        (
            "Spec Containers 2 LivenessProbe HTTPGet Port IntValue",
            "Int(0)",
        ),
        (
            "Spec Containers 2 LivenessProbe HTTPGet Port Type",
            "Number(Int64(1))",
        ),
        (
            "Spec Containers 2 LivenessProbe ProbeHandler GRPC Port",
            "Number(Int32(1))",
        ),
        (
            "Spec Containers 2 LivenessProbe GRPC Service",
            "NilOf(*string)",
        ),
        (
            "Spec Containers 2 ReadinessProbe TCPSocket Port IntVal",
            "Number(Int32(8080))",
        ),
        (
            "Spec Containers 2 ReadinessProbe TCPSocket Port String",
            "String(8080)",
        ),
        (
            "Spec Containers 2 ReadinessProbe TCPSocket Port StrVal",
            "String()",
        ),
        ("Spec Volumes 0 EmptyDir SizeLimit String", "String(1Gi)"),
        ("Spec Volumes 0 VolumeSource EmptyDir Medium", "String()"),
        ("Spec Containers 3", "none"),
    ] {
        let found = follow(of(Some(&pod), &POD), path);
        let shown = match found {
            None => "none".to_owned(),
            Some(Value::String(text)) => format!("String({text})"),
            Some(Value::NilOf(to)) => format!("NilOf({to})"),
            Some(other) => format!("{other:?}"),
        };
        assert_eq!(shown, expected, "{path}");
    }
}

#[test]
fn lengths_and_truth_are_gos() {
    let pod = parse(SAMPLE);
    for (path, len, truth) in [
        ("ObjectMeta Labels", Some(2), true),
        ("ObjectMeta Annotations", Some(0), false),
        ("Spec Containers", Some(3), true),
        ("Spec NodeSelector", Some(0), false),
        ("Spec Tolerations", Some(0), false),
        ("Spec ShareProcessNamespace", None, true), // a pointer, to false
        ("Spec SecurityContext", None, false),
        ("Status", None, true),
    ] {
        let value = follow(of(Some(&pod), &POD), path).expect(path);
        assert_eq!((value.len(), value.truth()), (len, truth), "{path}");
    }
}

#[test]
fn small_structs_have_all_their_fields() {
    let owner = with(&OBJECT_META, [("name", "a"), ("namespace", "b")]);
    assert_eq!(
        follow(owner.clone(), "Namespace").and_then(|v| v.as_str().map(String::from)),
        Some("b".into())
    );
    assert_eq!(follow(owner, "Labels").and_then(|v| v.len()), Some(0));
    let kind = with(
        &TYPE_META,
        [("apiVersion", "apps/v1"), ("kind", "Deployment")],
    );
    assert_eq!(
        follow(kind, "APIVersion").and_then(|v| v.as_str().map(String::from)),
        Some("apps/v1".into())
    );
}

/// `tests/data/view/pods.jsonl` is made by `go run ./view` in tests/schema.
#[test]
fn json_is_gos() {
    for line in include_str!("../../../tests/data/view/pods.jsonl").lines() {
        let case = parse(line);
        let go = line
            .split_once(r#","go":"#)
            .and_then(|(_, go)| go.strip_suffix('}'));
        let ours = to_go_json(&of(case.get("pod"), &POD)).unwrap_or_default();
        let go = go.unwrap_or_default();
        let same = ours
            .bytes()
            .zip(go.bytes())
            .take_while(|(a, b)| a == b)
            .count();
        let rest = |text: &str| {
            text.get(same.saturating_sub(60)..)
                .map(|t| t.chars().take(120).collect::<String>())
        };
        assert_eq!(rest(&ours), rest(go));
        assert!(ours == go && !go.is_empty());
    }
    let pod = parse(SAMPLE);
    let json = to_go_json(&of(Some(&pod), &POD)).unwrap_or_default();
    assert!(
        json.starts_with(r#"{"metadata":{"name":"p","creationTimestamp":"2024-01-02T03:04:05Z","#),
        "{json}"
    );
    assert_eq!(to_go_json(&Value::Nil), None);
}

/// `tests/data/view/templates.jsonl` is made by `go run ./view` in tests/schema: a Pod, then templates with what Go
/// prints, null where Go fails.
#[test]
fn templates_see_what_go_shows() {
    let mut lines = include_str!("../../../tests/data/view/templates.jsonl").lines();
    let pod = parse(lines.next().unwrap_or_default());
    let mut faults = Vec::new();
    for case in lines.map(parse) {
        let [Json::String(text), expected] = case.as_array().unwrap_or_default() else {
            panic!("{case}");
        };
        let rendered = Template::parse("t", text, &Functions::builtins(), &Options::default())
            .and_then(|template| {
                let data = Value::record(
                    "main.Data",
                    [
                        ("ObjectMeta", of(pod.get("metadata"), &OBJECT_META)),
                        ("Spec", of(pod.get("spec"), &POD_SPEC)),
                    ],
                );
                template.render_text(&data, &Limits::default())
            });
        if rendered.as_deref().ok() != expected.as_str() {
            faults.push(format!("{case}: {rendered:?}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Every place of a tree, as the text of the tree with something else there.
fn changed(json: &Json<'_>, put: &Json<'static>) -> Vec<Json<'static>> {
    let mut out = vec![put.clone()];
    match json {
        Json::Array(items) => {
            for (place, item) in items.iter().enumerate() {
                out.extend(changed(item, put).into_iter().map(|new| {
                    let mut items = items.clone();
                    items[place] = new;
                    Json::Array(items).into_owned()
                }));
            }
        }
        Json::Object(entries) => {
            for (key, value) in entries.iter() {
                out.extend(changed(value, put).into_iter().map(|new| {
                    let mut entries = entries.clone();
                    entries.insert(key.to_owned(), new);
                    Json::Object(entries).into_owned()
                }));
            }
        }
        _ => {}
    }
    out
}

#[test]
fn wrong_types_are_zero_values_everywhere() {
    let pod = parse(SAMPLE);
    for put in [
        "null",
        "true",
        "-1",
        "1e99",
        "\"<x\"",
        "[]",
        "[null,{}]",
        "{}",
        "{\"a\":null}",
    ] {
        for odd in changed(&pod, &parse(put)) {
            let json = to_go_json(&of(Some(&odd), &POD)).unwrap_or_default();
            let again = parse(&json);
            assert_eq!(
                to_go_json(&of(Some(&again), &POD)).as_deref(),
                Some(&*json),
                "{odd}"
            );
            assert!(!outrigger_gotemplate::format::sprint(&[of(Some(&odd), &POD)]).is_empty());
        }
    }
}
