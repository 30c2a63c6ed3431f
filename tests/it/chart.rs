//! What the Helm chart renders, as stored in `tests/data/chart`: the program takes it, and the objects are the program's.
//!
//! `tests/apiserver` holds the stored files equal to what helm renders.

use std::{env, fs, path::Path, process::Command};

use clap::Parser as _;
use outrigger::cli::Cli;
use outrigger_json::Value;

/// The value files of the chart, and what `outrigger webhook print` is told of the same.
const VALUES: &[(&str, &[&str])] = &[
    ("default", &[]),
    (
        "canary",
        &[
            "--revision=canary",
            "--tag=prod",
            "--reinvocation-policy=Never",
            "--timeout-seconds=10",
        ],
    ),
    (
        "istio-migration",
        &["--reinvocation-policy=Never", "--timeout-seconds=10"],
    ),
    (
        "fail-open",
        &[
            "--failure-policy=Ignore",
            "--guard",
            "--injector-config=tests/data/webhook/injector-config.yaml",
        ],
    ),
    ("production", &["--guard=warn"]),
    (
        "standalone",
        &[
            "--revision=edge",
            "--tag=default",
            "--enable-namespaces-by-default",
            "--path=/inject/cluster/east",
            "--port=8443",
        ],
    ),
];

fn file(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The objects in a text of YAML documents.
fn objects(text: &str) -> Vec<Value<'static>> {
    let documents = outrigger_yaml::documents(text);
    let objects = documents.map(|document| document.unwrap().parse().unwrap());
    objects.filter(|object| !object.is_null()).collect()
}

fn rendered(name: &str) -> Vec<Value<'static>> {
    let path = file(&format!("tests/data/chart/{name}.yaml"));
    objects(&fs::read_to_string(path).unwrap())
}

fn text<'v>(value: &'v Value<'_>, path: &[&str]) -> &'v str {
    value.at(path).and_then(Value::as_str).unwrap_or_default()
}

#[test]
fn every_value_file_is_rendered() {
    let mut names: Vec<_> = fs::read_dir(file("charts/outrigger/ci"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let mut stored: Vec<_> = VALUES
        .iter()
        .map(|(name, _)| format!("{name}-values.yaml"))
        .collect();
    stored.sort();
    assert_eq!(names, stored);
}

/// An option that the program has not would show when the Pod does not start.
#[test]
fn the_program_takes_every_argument() {
    for (name, _) in VALUES {
        let mut commands = 0;
        for object in rendered(name) {
            let specs = [
                object.at(&["spec", "template", "spec", "containers"]),
                object.at(&["spec", "containers"]),
            ];
            let containers = specs.into_iter().flatten().filter_map(Value::as_array);
            for container in containers.flatten() {
                let args = container.get("args").and_then(Value::as_array).unwrap();
                let args = args.iter().map(|arg| arg.as_str().unwrap());
                if let Err(error) = Cli::try_parse_from(["outrigger"].into_iter().chain(args)) {
                    panic!("{name}: {error}");
                }
                commands += 1;
            }
        }
        // The Deployment's, and the test's.
        assert_eq!(commands, 2, "{name}");
    }
}

#[test]
fn the_webhook_and_the_guard_are_what_the_program_prints() {
    const KINDS: [&str; 3] = [
        "MutatingWebhookConfiguration",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
    ];
    for (name, args) in VALUES {
        let output = Command::new(env!("CARGO_BIN_EXE_outrigger"))
            .args(["webhook", "print"])
            .args(*args)
            .env_remove("REVISION")
            .env_remove("POD_NAMESPACE")
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .unwrap();
        let printed = objects(&String::from_utf8(output.stdout).unwrap());
        let mut of_the_chart = rendered(name);
        of_the_chart.retain(|object| KINDS.contains(&text(object, &["kind"])));
        for object in &mut of_the_chart {
            let webhooks = object.get_mut("webhooks").and_then(Value::as_array_mut);
            for webhook in webhooks.into_iter().flatten() {
                // A Secret's certificate is told to the chart alone.
                let config = webhook.get_mut("clientConfig");
                let config = config.and_then(Value::as_object_mut).unwrap();
                config.remove("caBundle");
            }
        }
        let sorted = |objects: Vec<Value<'static>>| {
            let mut objects: Vec<_> = objects
                .into_iter()
                .map(|mut object| {
                    let metadata = object.get_mut("metadata").unwrap();
                    // Labels and annotations are the chart's own.
                    let metadata = metadata.as_object_mut().unwrap();
                    metadata.retain(|key, _| key == "name");
                    outrigger_yaml::to_string_sorted(&object)
                })
                .collect();
            objects.sort();
            objects
        };
        assert_eq!(sorted(of_the_chart), sorted(printed), "{name}");
    }
}

/// What a cluster that allows restricted Pods only would refuse, and what leaves a replica without a place to write.
#[test]
fn pods_have_no_rights_that_they_do_not_need() {
    for (name, _) in VALUES {
        for object in rendered(name) {
            let spec = match text(&object, &["kind"]) {
                "Deployment" => object.at(&["spec", "template", "spec"]),
                "Pod" => object.get("spec"),
                _ => continue,
            };
            let spec = spec.unwrap();
            let pod = spec.get("securityContext").unwrap();
            assert_eq!(pod.get("runAsNonRoot"), Some(&true.into()), "{name}");
            assert_eq!(text(pod, &["seccompProfile", "type"]), "RuntimeDefault");
            for container in spec.get("containers").unwrap().as_array().unwrap() {
                let context = container.get("securityContext").unwrap().to_string();
                assert_eq!(
                    context,
                    r#"{"allowPrivilegeEscalation":false,"capabilities":{"drop":["ALL"]},"readOnlyRootFilesystem":true}"#,
                    "{name}"
                );
            }
        }
    }
}

/// The right to a Secret is to one by name; what only some value files need, the others do not have.
#[test]
fn the_injectors_rights_are_these() {
    for (name, _) in VALUES {
        let values = format!("charts/outrigger/ci/{name}-values.yaml");
        let values = fs::read_to_string(file(&values)).unwrap();
        let evicts = values.contains("action: evict");
        let keeps_certificates = !values.contains("source: ");
        let mut rights = Vec::new();
        for object in rendered(name) {
            let rules = object.get("rules").and_then(Value::as_array);
            for rule in rules.into_iter().flatten() {
                let list = |key: &str| -> Vec<String> {
                    let items = rule.get(key).and_then(Value::as_array).unwrap_or_default();
                    let texts = items.iter().filter_map(Value::as_str);
                    texts.map(str::to_owned).collect()
                };
                let (resources, verbs) = (list("resources"), list("verbs"));
                let named = list("resourceNames").len();
                for resource in resources {
                    assert!(!resource.contains('*') && !verbs.contains(&"*".to_owned()));
                    rights.extend(
                        verbs
                            .iter()
                            .map(|verb| (resource.clone(), verb.clone(), named)),
                    );
                }
            }
        }
        let has = |resource: &str, verb: &str| {
            let mut own = rights.iter().filter(|(r, ..)| r == resource);
            own.any(|(_, v, _)| v == verb)
        };
        for (resource, verb, named) in &rights {
            if resource == "secrets" || resource == "mutatingwebhookconfigurations" {
                assert_eq!(*named, 1, "{name}: {verb} {resource}");
            }
        }
        assert_eq!(has("secrets", "get"), keeps_certificates, "{name}");
        let may_patch = has("mutatingwebhookconfigurations", "patch");
        assert_eq!(may_patch, keeps_certificates, "{name}");
        assert_eq!(has("pods/eviction", "create"), evicts, "{name}");
        // `pods` may be created by the Pod of `helm test` alone.
        assert!(!has("pods", "get") && !has("pods", "delete"), "{name}");
    }
}
