//! The examples of `docs/templates.md` do what they say. A unit test of `src/inject/functions/` holds that no function is
//! without one.

use std::{env, fmt::Write as _, fs, path::PathBuf};

use outrigger::{
    config::{Settings, Snapshot, Sources, Text},
    inject::{Injector, Outcome, Reason, Request, Way},
};
use outrigger_json::Value;

fn document() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/templates.md")
}

/// The Pod that the examples speak of.
const POD: &str = r#"{"metadata": {"name": "web", "annotations": {"team": "blue"}, "labels": {"app": "web"}},
    "spec": {"containers": [{"name": "web", "image": "web:1", "ports": [
        {"containerPort": 8080}, {"containerPort": 9053, "protocol": "UDP"}]}]}}"#;

/// What becomes of [`POD`] with this template.
fn outcome(template: &str) -> Outcome<Value<'static>> {
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
    let pod = Value::parse(POD.as_bytes()).unwrap().into_owned();
    let request = Request {
        pod: &pod,
        namespace: "",
        owner: None,
        variables: &[],
        way: Way::Offline,
    };
    injector.apply(&request)
}

/// The Pod that an injector with this template makes of [`POD`].
fn injected(template: &str) -> Value<'static> {
    let outcome = outcome(template);
    assert_eq!(outcome.reason, Reason::Injected, "{}", outcome.detail);
    outcome.result.unwrap()
}

#[test]
fn the_example_template_does_what_it_says() {
    let text = fs::read_to_string(document()).unwrap();
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

/// A row of a table of functions.
struct Row {
    /// The line, from 0.
    at: usize,
    cells: Vec<String>,
}

impl Row {
    /// The names of the functions that the row is about.
    fn names(&self) -> Vec<&str> {
        self.cells[1].split('`').skip(1).step_by(2).collect()
    }

    /// The example for each of them: that of the first, with the others in its place.
    fn expressions(&self) -> Vec<String> {
        let example = self.cells[2].trim().trim_matches('`').replace("\\|", "|");
        let names = self.names();
        let first = names.first().unwrap();
        let (before, after) = split_word(&example, first)
            .unwrap_or_else(|| panic!("the example does not call {first}: {example}"));
        let with = |name: &&str| format!("{before}{name}{after}");
        names.iter().map(with).collect()
    }

    fn gives(&self) -> &str {
        self.cells[3].trim()
    }
}

/// What stands before a word and behind it.
fn split_word<'t>(text: &'t str, word: &str) -> Option<(&'t str, &'t str)> {
    text.match_indices(word).find_map(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + word.len()..]);
        let ends = before.is_empty() || before.ends_with(['(', ' ']);
        (ends && !after.starts_with(char::is_alphanumeric)).then_some((before, after))
    })
}

fn rows(text: &str) -> Vec<Row> {
    let (before, tables) = text.split_once("## Functions").unwrap();
    let first = before.lines().count();
    let lines = tables.lines().enumerate();
    let rows = lines.filter(|(_, line)| line.starts_with("| `"));
    rows.map(|(at, line)| Row {
        at: first + at,
        cells: line
            .replace("\\|", "\0")
            .split('|')
            .map(|cell| cell.replace('\0', "\\|"))
            .collect(),
    })
    .collect()
}

/// What an expression gives, as the tables write it.
fn given(expression: &str) -> String {
    let template = format!("metadata:\n  annotations:\n    {}", entry("e", expression));
    let outcome = outcome(&template);
    if let Some(pod) = &outcome.result {
        return shown(pod, "e");
    }
    let detail = &outcome.detail;
    let (_, message) = detail.split_once(">: ").unwrap_or(("", detail));
    format!("fails: `{message}`")
}

fn entry(key: &str, expression: &str) -> String {
    format!("{key}: {{{{ {expression} | toString | quote }}}}\n")
}

fn shown(pod: &Value<'_>, key: &str) -> String {
    let annotation = pod.at(&["metadata", "annotations", key]);
    let text = annotation.and_then(Value::as_str).unwrap_or_default();
    match text.replace('\n', "\\n").replace('|', "\\|") {
        text if text.is_empty() => text,
        text => format!("`{text}`"),
    }
}

#[test]
fn functions_do_what_their_examples_say() {
    let mut text = fs::read_to_string(document()).unwrap();
    if env::var_os("UPDATE_DOCS").is_some() {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        for row in rows(&text) {
            let mut cells = row.cells.clone();
            cells[3] = format!(" {} ", given(&row.expressions()[0]));
            lines[row.at] = cells.join("|");
        }
        text = lines.join("\n") + "\n";
        fs::write(document(), &text).unwrap();
    }
    let rows = rows(&text);
    assert!(
        rows.len() > 100,
        "the tables of functions are not where they were"
    );

    // One Pod for all that succeed: to build an injector takes long.
    let examples: Vec<(String, String)> = rows
        .iter()
        .flat_map(|row| {
            let gives = row.gives().to_owned();
            row.expressions()
                .into_iter()
                .map(move |e| (e, gives.clone()))
        })
        .collect();
    let mut template = String::from("metadata:\n  annotations:\n");
    for (at, (expression, gives)) in examples.iter().enumerate() {
        if !gives.starts_with("fails: ") {
            write!(template, "    {}", entry(&format!("e{at}"), expression)).unwrap();
        }
    }
    let pod = injected(&template);
    let wrong: Vec<_> = examples
        .iter()
        .enumerate()
        .filter_map(|(at, (expression, gives))| {
            let given = if gives.starts_with("fails: ") {
                given(expression)
            } else {
                shown(&pod, &format!("e{at}"))
            };
            (given != *gives).then_some((expression, gives, given))
        })
        .collect();
    assert!(
        wrong.is_empty(),
        "expression, documented, given: {wrong:#?}"
    );
}
