//! The documents say what the program does: those made from it are not stale, those written by hand name what is there.

use std::{
    env,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use outrigger::{
    config::{Settings, Snapshot, Sources, Text},
    inject::{Injector, Reason, Request, Way},
    server::{Limits, Shared},
};
use outrigger_json::Value;

use crate::standin::Standin;

/// The path of a file of the repository.
fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Holds a document equal to what it is made from; `UPDATE_DOCS=1` writes it anew.
fn up_to_date(name: &str, text: &str) {
    if env::var_os("UPDATE_DOCS").is_some() {
        fs::write(file(name), text).unwrap();
    }
    let written = fs::read_to_string(file(name)).unwrap_or_default();
    assert!(
        written == text,
        "{name} is stale: run `UPDATE_DOCS=1 cargo test --test it docs`"
    );
}

#[test]
fn reasons() {
    let mut text = String::from(
        "# Reasons\n\n\
         Made from `src/inject/reason.rs` by `tests/it/docs.rs`; `UPDATE_DOCS=1 cargo test --test it docs` writes it anew.\n\n\
         Every decision has exactly one of these reasons. The code is stable: alerts and scripts may rest on it.\n\
         It is in the server's log, the metric `outrigger_injections_total`, the audit annotation `reason`, the report of\n\
         `outrigger inject` and the answer of `outrigger explain`. The last column says who else is told: whoever creates\n\
         the Pod, by the message of a refusal or a warning, and the workload, by an Event.\n\n\
         | code | what happened | what to do | told by |\n|---|---|---|---|\n",
    );
    for reason in Reason::ALL {
        let told = match (reason.is_told(), reason.is_failure()) {
            (false, _) => "",
            (true, true) => "message, Event `SidecarRefused`",
            (true, false) => "warning, Event `SidecarSkipped`",
        };
        writeln!(
            text,
            "| `{}` | {} | {} | {told} |",
            reason.code(),
            reason.sentence(),
            reason.remedy()
        )
        .unwrap();
    }
    up_to_date("docs/reasons.md", &text);
}

#[test]
fn metrics() {
    let mut text = String::from(
        "# Metrics\n\n\
         Made from `src/server/metrics.rs` by `tests/it/docs.rs`; `UPDATE_DOCS=1 cargo test --test it docs` writes it anew.\n\n\
         Those that begin with `sidecar_` have the names of Istio's injector. The label `reason` of\n\
         `outrigger_injections_total` is a code of [reasons.md](reasons.md), and `decision` what stands before its colon.\n\n\
         | name | type | what |\n|---|---|---|\n",
    );
    let metrics = Shared::new(Box::new(Standin), Limits::default())
        .metrics
        .text();
    let mut lines = metrics.lines();
    while let Some(line) = lines.next() {
        let Some((name, help)) = line.strip_prefix("# HELP ").and_then(|l| l.split_once(' '))
        else {
            continue;
        };
        let kind = lines.next().unwrap().rsplit(' ').next().unwrap();
        let suffix = match kind {
            "counter" => "_total",
            "info" => "_info",
            _ => "",
        };
        writeln!(text, "| `{name}{suffix}` | {kind} | {help} |").unwrap();
    }
    text.push_str(
        "\n## Alerts and a dashboard\n\n\
         `charts/outrigger/rules/outrigger.yaml` has these alerts, for Prometheus' `rule_files`; with\n\
         `prometheusRule.enabled` the chart makes them a PrometheusRule. With `dashboard.enabled` it makes a ConfigMap of\n\
         `charts/outrigger/dashboards/outrigger.json`, which Grafana's sidecar finds by its label `grafana_dashboard`.\n\n\
         | alert | severity | holds for | when |\n|---|---|---|---|\n",
    );
    let rules = fs::read_to_string(file("charts/outrigger/rules/outrigger.yaml")).unwrap();
    let rules = outrigger_yaml::parse(&rules).unwrap();
    let groups = rules.get("groups").and_then(Value::as_array).unwrap();
    for rule in groups[0].get("rules").and_then(Value::as_array).unwrap() {
        let part = |path: &[&str]| rule.at(path).and_then(Value::as_str).unwrap_or_default();
        writeln!(
            text,
            "| `{}` | {} | {} | {} |",
            part(&["alert"]),
            part(&["labels", "severity"]),
            part(&["for"]),
            part(&["annotations", "summary"])
        )
        .unwrap();
    }
    up_to_date("docs/metrics.md", &text);
}

/// The documents written by hand.
const WRITTEN: &[&str] = &[
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "README.md",
    "SECURITY.md",
    "benches/README.md",
    "certs/README.md",
    "charts/README.md",
    "docs/compatibility.md",
    "docs/install.md",
    "docs/restoring.md",
    "docs/performance.md",
    "docs/serving.md",
    "docs/templates.md",
    "fuzz/README.md",
    "templates/README.md",
];

#[test]
fn links_lead_somewhere() {
    for name in WRITTEN {
        let text = fs::read_to_string(file(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
        let folder = file(name).parent().unwrap().to_owned();
        for target in text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            let path = target.split('#').next().unwrap_or_default();
            if !path.is_empty() && !path.contains("://") {
                assert!(
                    folder.join(path).exists(),
                    "{name} links to {path}, which is not there"
                );
            }
        }
    }
}

/// Paths in back-quotes, such as `src/inject/`, are there: a document that names a file outlives no move of it.
#[test]
fn named_paths_exist() {
    const FOLDERS: &[&str] = &[
        "benches/",
        "certs/",
        "charts/",
        "crates/",
        "docs/",
        "examples/",
        "fuzz/",
        "src/",
        "templates/",
        "tests/",
    ];
    for name in WRITTEN {
        let text = fs::read_to_string(file(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
        for path in text.split('`').skip(1).step_by(2) {
            if FOLDERS.iter().any(|folder| path.starts_with(folder))
                && !path.contains(['*', '<', ' ', '{'])
            {
                assert!(
                    file(path).exists(),
                    "{name} names {path}, which is not there"
                );
            }
        }
    }
}

/// The Pod that the examples of `docs/templates.md` speak of.
const POD: &str = r#"{"metadata": {"name": "web", "annotations": {"team": "blue"}, "labels": {"app": "web"}},
    "spec": {"containers": [{"name": "web", "image": "web:1", "ports": [
        {"containerPort": 8080}, {"containerPort": 9053, "protocol": "UDP"}]}]}}"#;

/// The Pod that an injector with this template makes of [`POD`].
fn injected(template: &str) -> Value<'static> {
    let config = format!(
        "templates:\n  sidecar: |\n    {}",
        template.replace('\n', "\n    ")
    );
    let injector = Some(Text {
        name: "examples".to_owned(),
        text: config,
    });
    let sources = Sources {
        injector,
        ..Sources::default()
    };
    let snapshot = Snapshot::build(&sources, Settings::default()).unwrap();
    let injector = Injector::new(snapshot).unwrap();
    let pod = Value::parse(POD.as_bytes()).unwrap();
    let request = Request {
        pod: &pod,
        namespace: "",
        owner: None,
        variables: &[],
        way: Way::Offline,
    };
    let outcome = injector.apply(&request);
    assert_eq!(outcome.reason, Reason::Injected, "{}", outcome.detail);
    outcome.result.unwrap()
}

#[test]
fn the_example_template_does_what_it_says() {
    let text = fs::read_to_string(file("docs/templates.md")).unwrap();
    let example = text.split("```yaml\n").nth(1).unwrap();
    let pod = injected(example.split("```").next().unwrap());
    let names = |list: &str| -> Vec<String> {
        let items = pod.at(&["spec", list]).and_then(Value::as_array).unwrap();
        let name = |item: &Value<'_>| item.get("name").and_then(Value::as_str).unwrap().to_owned();
        items.iter().map(name).collect()
    };
    assert_eq!(names("containers"), ["log-tail", "web"]);
    assert_eq!(names("volumes"), ["logs"]);
}

#[test]
fn functions_do_what_their_examples_say() {
    let text = fs::read_to_string(file("docs/templates.md")).unwrap();
    let (_, rows) = text.split_once("| expression | gives | |").unwrap();
    let mut examples = Vec::new();
    for row in rows.lines().filter(|row| row.starts_with("| `")) {
        let row = row.replace("\\|", "\0");
        let cells: Vec<&str> = row.split('|').collect();
        let cell = |at: usize| cells[at].trim_matches([' ', '`']).replace('\0', "|");
        if !cell(2).is_empty() {
            examples.push((cell(1), cell(2).replace("\\n", "\n")));
        }
    }
    assert!(
        examples.len() > 20,
        "the table of functions is not where it was"
    );

    let mut template = String::from("metadata:\n  annotations:\n");
    for (at, (expression, _)) in examples.iter().enumerate() {
        writeln!(
            template,
            "    example-{at}: {{{{ {expression} | toString | quote }}}}"
        )
        .unwrap();
    }
    let injected = injected(&template);
    let wrong: Vec<_> = examples
        .iter()
        .enumerate()
        .filter_map(|(at, (expression, gives))| {
            let key = format!("example-{at}");
            let given = injected
                .at(&["metadata", "annotations", &key])
                .and_then(Value::as_str);
            (given != Some(gives)).then_some((expression, gives, given))
        })
        .collect();
    assert!(
        wrong.is_empty(),
        "expression, documented, given: {wrong:#?}"
    );
}

/// A difference that no test holds is a rumour.
#[test]
fn differences_are_held_by_tests() {
    let text = fs::read_to_string(file("docs/compatibility.md")).unwrap();
    let mut sources = String::new();
    for folder in ["src", "tests", "crates"] {
        read_rust(&file(folder), &mut sources);
    }
    for cases in fs::read_dir(file("tests/data/rules")).unwrap() {
        sources.push_str(&fs::read_to_string(cases.unwrap().path()).unwrap());
    }
    let rows: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("| ") && !line.ends_with("| test |"))
        .collect();
    assert!(
        rows.len() > 5,
        "the table of differences is not where it was"
    );
    for row in rows {
        let tests = row.rsplit(" | ").next().unwrap_or_default();
        assert!(
            tests.contains('`'),
            "docs/compatibility.md names no test: {row}"
        );
        for test in tests.split('`').skip(1).step_by(2) {
            assert!(
                sources.contains(&format!("fn {test}("))
                    || sources.contains(&format!("case: \"{test}\"")),
                "docs/compatibility.md names the test {test}, which is not there"
            );
        }
    }
}

fn read_rust(folder: &Path, text: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_rust(&path, text);
        } else if path.extension().is_some_and(|e| e == "rs") {
            text.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
}
