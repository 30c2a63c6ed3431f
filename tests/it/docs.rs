//! The documents say what the program does: those made from it are not stale, those written by hand name what is there.

use std::{
    env,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use outrigger::{
    inject::Reason,
    server::{Limits, Shared},
};
use outrigger_json::Value;

use crate::{documents::texts, standin::Standin};

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

fn documents() -> Vec<(String, String)> {
    texts(Path::new(env!("CARGO_MANIFEST_DIR")))
}

/// What a heading is linked by, as GitHub makes it.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter_map(|c| match c {
        ' ' => Some('-'),
        c if c.is_alphanumeric() || "-_".contains(c) => Some(c.to_ascii_lowercase()),
        _ => None,
    });
    kept.collect()
}

#[test]
fn links_lead_somewhere() {
    let documents = documents();
    for (name, text) in &documents {
        let folder = file(name).parent().unwrap().to_owned();
        for target in text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
            .filter(|target| !target.contains("://"))
        {
            let (path, part) = target.split_once('#').unwrap_or((target, ""));
            let path = if path.is_empty() {
                file(name)
            } else {
                folder.join(path)
            };
            assert!(
                path.exists(),
                "{name} links to {target}, which is not there"
            );
            if !part.is_empty() {
                let text = fs::read_to_string(&path).unwrap();
                let headings = text.lines().filter(|line| line.starts_with('#'));
                let mut anchors = headings.map(|h| anchor(h.trim_start_matches('#').trim()));
                assert!(
                    anchors.any(|anchor| anchor == part),
                    "{name} links to {target}, which has no such heading"
                );
            }
        }
    }
}

#[test]
fn the_readme_leads_to_every_document() {
    let readme = fs::read_to_string(file("README.md")).unwrap();
    for (name, _) in documents() {
        assert!(
            !name.starts_with("docs/") || readme.contains(&format!("]({name})")),
            "README.md does not lead to {name}"
        );
    }
}

/// Paths in back-quotes, such as `src/inject/`, are there: a document that names a file outlives no move of it.
#[test]
fn named_paths_exist() {
    const FOLDERS: &[&str] = &[
        "benches/",
        "certs/",
        "charts/",
        "contrib/",
        "crates/",
        "docs/",
        "examples/",
        "fuzz/",
        "src/",
        "templates/",
        "tests/",
    ];
    for (name, text) in documents() {
        for path in text.split('`').skip(1).step_by(2) {
            if FOLDERS.iter().any(|folder| path.starts_with(folder))
                && !path.contains(['*', '<', ' ', '{'])
            {
                let beside = file(&name).parent().unwrap().join(path);
                assert!(
                    file(path).exists() || beside.exists(),
                    "{name} names {path}, which is not there"
                );
            }
        }
    }
}

/// What no test holds is a rumour: in a table whose last column is `test`, each row names some that there are.
#[test]
fn what_tables_say_is_held_by_tests() {
    let mut sources = String::new();
    for folder in ["src", "tests", "crates"] {
        read_rust(&file(folder), &mut sources);
    }
    for cases in fs::read_dir(file("tests/data/rules")).unwrap() {
        sources.push_str(&fs::read_to_string(cases.unwrap().path()).unwrap());
    }
    let mut held = Vec::new();
    for (name, text) in documents() {
        let tables = text.split("| test |\n|").skip(1);
        let rows_of = |table: &'_ str| {
            let lines = table.lines().skip(1);
            let rows = lines.take_while(|line| line.starts_with("| "));
            rows.map(str::to_owned).collect::<Vec<_>>()
        };
        for row in tables.flat_map(rows_of) {
            let tests = row.rsplit(" | ").next().unwrap_or_default();
            assert!(tests.contains('`'), "{name} names no test: {row}");
            for test in tests.split('`').skip(1).step_by(2) {
                assert!(
                    sources.contains(&format!("fn {test}("))
                        || sources.contains(&format!("case: \"{test}\"")),
                    "{name} names the test {test}, which is not there"
                );
            }
            held.push(name.clone());
        }
    }
    held.dedup();
    assert_eq!(
        held,
        [
            "docs/compatibility.md",
            "docs/operations.md",
            "docs/security.md"
        ]
    );
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
