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

/// The lines of the installation's guide that begin with a word, without it.
fn documented(program: &str) -> Vec<String> {
    let guide = fs::read_to_string(file("docs/install.md")).unwrap();
    let blocks = guide.split("```sh\n").skip(1);
    let lines = blocks.flat_map(|rest| rest.split("```").next().unwrap_or_default().lines());
    lines
        .filter_map(|line| line.strip_prefix(program)?.strip_prefix(' '))
        .map(str::to_owned)
        .collect()
}

#[test]
fn documented_commands_are_commands() {
    let lines = documented("outrigger");
    assert!(lines.len() > 5, "{lines:?}");
    for line in lines {
        if let Err(error) = Cli::try_parse_from(["outrigger"].into_iter().chain(line.split(' '))) {
            panic!("outrigger {line}: {error}");
        }
    }
    for line in documented("helm") {
        let mut words = line.split(' ');
        while let Some(word) = words.next() {
            if word == "--values" || word == "-f" {
                let values = words.next().unwrap();
                assert!(file(values).exists(), "helm {line}: no {values}");
            }
        }
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
