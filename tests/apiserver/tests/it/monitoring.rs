//! The alerts and the dashboard of the chart: promtool takes them, each alert fires at what it should, and whatever they name
//! is there in what a running server exposes.

use std::{collections::BTreeSet, fs, path::PathBuf, process::Command};

use anyhow::{Context, Result, ensure};
use outrigger_apiserver_tests::{Outrigger, chart};
use serde_json::Value;

const RULES: &str = "charts/outrigger/rules/outrigger.yaml";
const DASHBOARD: &str = "charts/outrigger/dashboards/outrigger.json";

/// The words of `PromQL` that are used.
const WORDS: [&str; 17] = [
    "absent",
    "and",
    "by",
    "count",
    "histogram_quantile",
    "increase",
    "label_values",
    "max",
    "min",
    "on",
    "rate",
    "sum",
    "time",
    // Labels to sum by, or to match on.
    "decision",
    "reason",
    "result",
    "state",
];

/// Labels that the program does not give: Prometheus does, or a histogram has them.
const LABELS: [&str; 4] = ["instance", "job", "le", "namespace"];

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(name)
}

fn promtool(args: &[&str]) -> Result<String> {
    let output = Command::new("promtool")
        .args(args)
        .current_dir(file("."))
        .output()
        .context("promtool is missing: apt-get install prometheus")?;
    let told = [output.stdout, output.stderr].concat();
    let told = String::from_utf8_lossy(&told).into_owned();
    ensure!(output.status.success(), "promtool {args:?}: {told}");
    Ok(told)
}

/// The names of the alerts, and the expressions.
fn rules() -> Result<(Vec<String>, Vec<String>)> {
    let objects = chart::objects(&fs::read_to_string(file(RULES))?)?;
    let rules = objects.iter().filter_map(|o| o.pointer("/groups/0/rules"));
    let rules: Vec<_> = rules.filter_map(Value::as_array).flatten().collect();
    let all = |key: &str| {
        let texts = rules.iter().map(|rule| rule[key].as_str());
        texts
            .map(|text| text.map(str::to_owned).context("a rule without it"))
            .collect::<Result<Vec<_>>>()
    };
    Ok((all("alert")?, all("expr")?))
}

/// Every expression in the dashboard, and what its variables are asked for.
fn queries(part: &Value, found: &mut Vec<String>) {
    match part {
        Value::Array(items) => items.iter().for_each(|item| queries(item, found)),
        Value::Object(entries) => {
            for (key, value) in entries {
                match value.as_str() {
                    Some(text) if key == "expr" || key == "query" => found.push(text.to_owned()),
                    _ => queries(value, found),
                }
            }
        }
        _ => {}
    }
}

#[test]
fn promtool_takes_the_rules_and_every_alert_fires() -> Result<()> {
    const CASES: &str = "tests/data/alerts/outrigger.yaml";
    promtool(&["check", "rules", RULES])?;
    promtool(&["test", "rules", CASES])?;
    // An alert without a case that it fires in has not been seen to work.
    let cases = chart::objects(&fs::read_to_string(file(CASES))?)?;
    let mut fired = BTreeSet::new();
    let tests = cases.iter().filter_map(|case| case["tests"].as_array());
    for test in tests.flatten() {
        for case in test["alert_rule_test"].as_array().into_iter().flatten() {
            if !case["exp_alerts"].is_null() {
                fired.extend(case["alertname"].as_str());
            }
        }
    }
    let (alerts, _) = rules()?;
    ensure!(alerts.len() > 3, "{alerts:?}");
    ensure!(
        fired == alerts.iter().map(String::as_str).collect(),
        "{fired:?} of {alerts:?}"
    );
    Ok(())
}

#[tokio::test]
async fn what_alerts_and_dashboard_name_is_exposed() -> Result<()> {
    let outrigger = Outrigger::serve(&[]).await?;
    let exposed = outrigger.metrics();
    let (_, mut expressions) = rules()?;
    queries(
        &serde_json::from_str(&fs::read_to_string(file(DASHBOARD))?)?,
        &mut expressions,
    );
    expressions.retain(|text| text != "prometheus");
    ensure!(expressions.len() > 30, "{}", expressions.len());
    let mut used = BTreeSet::new();
    for expression in &expressions {
        for (name, labels) in named(expression) {
            let mut samples = exposed.lines().filter(|line| {
                let rest = line.strip_prefix(&*name);
                rest.is_some_and(|rest| rest.starts_with(['{', ' ']))
            });
            ensure!(
                samples.any(|sample| labels.iter().all(|label| sample.contains(label))),
                "{expression}: there is no {name} with {labels:?}"
            );
            used.insert(name);
        }
    }
    ensure!(used.len() > 15, "{used:?}");
    Ok(())
}

/// The metrics that an expression names, each with the labels that it must have: those that are compared with a text, and
/// the names of others.
fn named(expression: &str) -> Vec<(String, Vec<String>)> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut found: Vec<(String, Vec<String>)> = Vec::new();
    let mut rest = expression;
    while let Some(start) = rest.find(|c: char| c.is_ascii_alphabetic() || "{[".contains(c)) {
        let (before, at) = rest.split_at(start);
        if at.starts_with(['{', '[']) {
            let end = at.find(['}', ']']).unwrap_or(at.len() - 1);
            if at.starts_with('{')
                && let Some((_, labels)) = found.last_mut()
            {
                labels.extend(matchers(&at[1..end]));
            }
            rest = &at[end + 1..];
            continue;
        }
        let end = at.find(|c| !is_name(c)).unwrap_or(at.len());
        let (name, after) = at.split_at(end);
        if !before.ends_with(is_name) && !WORDS.contains(&name) && !LABELS.contains(&name) {
            found.push((name.to_owned(), Vec::new()));
        }
        rest = after;
    }
    found
}

fn matchers(labels: &str) -> Vec<String> {
    let labels = labels.split(',').filter_map(|label| {
        let (name, value) = label.split_once('=')?;
        if LABELS.contains(&name) {
            None
        } else if value.starts_with('~') {
            Some(format!("{name}="))
        } else {
            Some(format!("{name}={value}"))
        }
    });
    labels.collect()
}

#[test]
fn metrics_and_labels_are_found_in_expressions() {
    let found =
        named(r#"sum by (le) (rate(a_b{c="d",e=~"f",job="x"}[5m]) and on (job) g) > 0.5e1"#);
    let want = [("a_b", vec!["c=\"d\"", "e="]), ("g", vec![])];
    let want = want.map(|(name, labels)| {
        (
            name.to_owned(),
            labels.into_iter().map(str::to_owned).collect(),
        )
    });
    assert_eq!(found, want);
}
