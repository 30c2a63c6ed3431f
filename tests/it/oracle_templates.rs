//! A made-up configuration that uses whatever the language has: each Pod comes out as it does with Go's output.
//!
//! What Go's `text/template` makes of the templates of `tests/data/oracle/configmap.yaml` for the Pods beside it is
//! stored there, so that this needs no Go. After a change to them, with Go installed:
//!
//! ```console
//! $ UPDATE=1 cargo test --test it oracle_templates
//! ```
//!
//! Go's output is text. It is made a template without any action, so that a Pod which is injected with it shows what
//! the same YAML gives when nothing was filled in.

use std::{
    collections::BTreeMap,
    env, fs,
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use outrigger::{
    config::{Settings, Snapshot, Sources, Text},
    inject::{Injector, Request, Way},
};
use outrigger_json::{Object, Value};

/// Where Pods are that name no namespace.
const NAMESPACE: &str = "shop";

/// Go's output, or its error, by Pod and template.
type Answers = BTreeMap<(String, String), Result<String, String>>;

#[test]
fn pods_are_injected_as_with_the_output_of_go() {
    let map = outrigger_yaml::parse(&read("configmap.yaml")).unwrap();
    let part = |name| outrigger_yaml::parse(map.at(&["data", name]).unwrap().as_str().unwrap());
    let (config, values) = (part("config").unwrap(), part("values").unwrap());
    let templates = config.get("templates").unwrap().as_object().unwrap();
    let pods: Vec<Value<'_>> = read("pods.yaml")
        .split("\n---\n")
        .map(|pod| outrigger_yaml::parse(pod).unwrap())
        .collect();
    if env::var_os("UPDATE").is_some() {
        ask_go(&pods, templates, &values);
    }
    let answers = stored();
    assert_eq!(
        answers.len(),
        pods.len() * templates.len(),
        "see the head of this file"
    );

    let injector = injector(&read("configmap.yaml"));
    let defaults: Vec<&str> = config
        .get("defaultTemplates")
        .unwrap()
        .as_array()
        .unwrap()
        .iter()
        .map(|name| name.as_str().unwrap())
        .collect();
    assert_eq!(defaults.len(), 10);
    let mut compared = 0;
    for pod in &pods {
        for names in templates
            .keys()
            .map(|name| vec![name])
            .chain([defaults.clone()])
        {
            let answers = names.iter().map(|name| {
                let answer = &answers[&(title(pod), (*name).to_owned())];
                (*name, answer.as_ref())
            });
            let pod = asking_for(pod, &names.join(","));
            let got = inject(&injector, &pod);
            match literal(answers) {
                Ok(config) => assert_eq!(got, inject(&self::injector(&config), &pod), "{names:?}"),
                Err(error) => assert_eq!(got, Err(format!("failed:template: {error}"))),
            }
            compared += 1;
        }
    }
    assert_eq!(compared, pods.len() * (templates.len() + 1));
}

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/oracle"))
}

fn read(name: &str) -> String {
    fs::read_to_string(folder().join(name)).unwrap()
}

/// An injector with this configuration and the values of the ConfigMap.
fn injector(config: &str) -> Injector {
    let text = |text: &str| {
        Some(Text {
            name: "config".to_owned(),
            text: text.to_owned(),
        })
    };
    let sources = Sources {
        injector: text(config),
        values: text(&read("configmap.yaml")),
        ..Sources::default()
    };
    Injector::new(Snapshot::build(&sources, Settings::default()).unwrap()).unwrap()
}

/// A configuration whose templates are Go's output, or the first error.
fn literal<'t>(
    answers: impl Iterator<Item = (&'t str, Result<&'t String, &'t String>)>,
) -> Result<String, String> {
    let mut templates = Object::new();
    for (name, answer) in answers {
        let text = answer.map_err(|error| {
            error
                .replacen("template: t:", &format!("template: {name}:"), 1)
                .replacen("executing \"t\"", &format!("executing {name:?}"), 1)
        })?;
        templates.push(name, text.replace("{{", "{{`{{`}}"));
    }
    Ok(Value::from(Object::from_iter([("templates", templates)])).to_string())
}

fn title(pod: &Value<'_>) -> String {
    let name = |key| pod.at(&["metadata", key])?.as_str();
    name("name")
        .or_else(|| name("generateName"))
        .unwrap()
        .to_owned()
}

fn asking_for(pod: &Value<'static>, templates: &str) -> Value<'static> {
    let mut pod = pod.clone();
    let metadata = pod.get_mut("metadata").unwrap().as_object_mut().unwrap();
    let annotations = metadata.entry("annotations", || Object::new().into());
    annotations
        .as_object_mut()
        .unwrap()
        .insert("inject.istio.io/templates", templates.to_owned());
    pod
}

fn inject(injector: &Injector, pod: &Value<'_>) -> Result<Value<'static>, String> {
    let request = Request {
        pod,
        namespace: NAMESPACE,
        owner: None,
        variables: &[],
        way: Way::Webhook,
    };
    let outcome = injector.apply(&request);
    outcome
        .result
        .ok_or_else(|| format!("{}: {}", outcome.reason.code(), outcome.detail))
}

fn stored() -> Answers {
    let lines = read("go.jsonl");
    let lines = lines
        .lines()
        .map(|line| Value::parse(line.as_bytes()).unwrap().into_owned());
    let entry = |line: Value<'_>| {
        let text = |key| line.get(key).and_then(Value::as_str).map(str::to_owned);
        let answer = text("out").ok_or_else(|| text("error").unwrap());
        ((text("pod").unwrap(), text("template").unwrap()), answer)
    };
    lines.map(entry).collect()
}

/// Asks the oracle for every template and every Pod, and stores what it says.
fn ask_go(pods: &[Value<'_>], templates: &Object<'_>, values: &Value<'_>) {
    let pairs: Vec<_> = pods
        .iter()
        .flat_map(|pod| templates.iter().map(move |t| (pod, t)))
        .collect();
    let mut process = Command::new("go")
        .args(["run", "."])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = process.stdin.take().unwrap();
    for (pod, (_, template)) in &pairs {
        let request = Object::from_iter([
            ("template", (*template).clone()),
            ("data", data(pod, values)),
            ("funcs", "istio".into()),
        ]);
        writeln!(input, "{}", Value::from(request)).unwrap();
    }
    drop(input);
    let output = process.wait_with_output().unwrap();
    assert!(output.status.success());
    let mut stored = Vec::new();
    for ((pod, (name, _)), answer) in pairs.iter().zip(output.stdout.split(|byte| *byte == b'\n')) {
        let answer = Value::parse(answer).unwrap();
        let key = if answer.get("ok") == Some(&true.into()) {
            "out"
        } else {
            "error"
        };
        let line = Object::from_iter([
            ("pod", title(pod).into()),
            ("template", (*name).into()),
            (key, answer.get(key).unwrap().clone()),
        ]);
        writeln!(stored, "{}", Value::from(line)).unwrap();
    }
    fs::write(folder().join("go.jsonl"), stored).unwrap();
}

/// What the templates are given of a Pod, as JSON with the names of Go's fields.
fn data(pod: &Value<'_>, values: &Value<'_>) -> Value<'static> {
    let metadata = |key| pod.at(&["metadata", key]).cloned().map(Value::into_owned);
    let containers = pod
        .at(&["spec", "containers"])
        .and_then(Value::as_array)
        .unwrap();
    let names = containers.iter().map(|container| {
        Value::from(Object::from_iter([(
            "Name",
            container.get("name").unwrap().clone(),
        )]))
    });
    let mut meta = Object::new();
    for (name, key, absent) in [("Name", "name", ""), ("Namespace", "namespace", NAMESPACE)] {
        meta.push(name, metadata(key).unwrap_or_else(|| absent.into()));
    }
    for (name, key) in [("Labels", "labels"), ("Annotations", "annotations")] {
        meta.push(name, metadata(key).unwrap_or_else(|| Object::new().into()));
    }
    let spec = Object::from_iter([("Containers", Value::from(names.collect::<Vec<_>>()))]);
    let data = Object::from_iter([
        ("ObjectMeta", Value::from(meta)),
        ("Spec", spec.into()),
        ("Values", values.clone()),
    ]);
    Value::from(data).into_owned()
}
