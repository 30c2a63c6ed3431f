//! The reference cases beside the repository, where there are any: their inputs injected here, and their results, which
//! Istio injected.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use outrigger_json::{Object, Value};

use super::{by_rule, documents, uncommented};

/// Runs the program and gives its standard output; `Err` if it says something, or fails.
fn run(args: &[String]) -> Result<String, String> {
    let output = Command::new(env!("CARGO_BIN_EXE_outrigger"))
        .args(args)
        .output()
        .unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    if !output.status.success() || args[0] == "uninject" && !told.is_empty() {
        return Err(format!("{:?}: {told}", output.status.code()));
    }
    Ok(String::from_utf8(output.stdout).unwrap())
}

struct Case {
    name: String,
    input: PathBuf,
    expected: PathBuf,
    options: Vec<String>,
}

/// The cases whose injection succeeds.
fn cases(folder: &Path, scratch: &Path) -> Vec<Case> {
    let mut cases = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let folder = entry.unwrap().path();
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        let text = fs::read(folder.join("case.json")).unwrap();
        let case = Value::parse(&text).unwrap();
        if case.get("errorContains").is_some() {
            continue;
        }
        let file = |name: &str| folder.join(name).display().to_string();
        let mut options = vec![
            "--mesh-config".to_owned(),
            file("mesh.yaml"),
            "--values".to_owned(),
            file("values.json"),
        ];
        let native = case.get("nativeSidecars").and_then(Value::as_bool);
        options.extend([
            "--native-sidecars".to_owned(),
            native.unwrap_or_default().to_string(),
        ]);
        for (key, option) in [
            ("platform", "--platform"),
            ("compliancePolicy", "--compliance-policy"),
        ] {
            if let Some(value) = case
                .get(key)
                .and_then(Value::as_str)
                .filter(|v| !v.is_empty())
            {
                options.extend([option.to_owned(), value.to_owned()]);
            }
        }
        let mut written = |option: &str, value: &Value<'_>| {
            let path = scratch.join(format!("{name}{option}"));
            fs::write(&path, value.to_string()).unwrap();
            options.extend([option.to_owned(), path.display().to_string()]);
        };
        if let Some(config) = case.get("config").filter(|c| !super::says_nothing(c)) {
            written("--injector-config", config);
        }
        if let Some(annotations) = case
            .get("namespaceAnnotations")
            .filter(|a| !super::says_nothing(a))
        {
            let metadata: Object<'_> = [
                ("name", "test-ns".into()),
                ("annotations", annotations.clone()),
            ]
            .into_iter()
            .collect();
            let namespace: Object<'_> = [
                ("kind", Value::from("Namespace")),
                ("metadata", metadata.into()),
            ]
            .into_iter()
            .collect();
            written("--namespaces", &namespace.into());
        }
        cases.push(Case {
            name,
            input: folder.join("input.yaml"),
            expected: folder.join("expected.yaml"),
            options,
        });
    }
    cases
}

/// A manifest as Kubernetes' types decode it: what they leave out left out, and quantities in their one spelling.
fn typed(value: &Value<'_>, of_resources: bool) -> Value<'static> {
    const ZEROS: [&str; 3] = ["initialDelaySeconds", "hostNetwork", "creationTimestamp"];
    match value {
        Value::Object(object) => {
            let is_zero = |key: &str, value: &Value<'_>| {
                value.is_null()
                    || ZEROS.contains(&key)
                        && [Some(0), None].contains(&value.as_i64())
                        && value.as_bool() != Some(true)
            };
            let entries = object.iter().filter(|(key, value)| !is_zero(key, value));
            let entries = entries.map(|(key, value)| {
                (
                    key.to_owned(),
                    typed(value, of_resources || key == "resources"),
                )
            });
            entries.collect::<Object<'_>>().into()
        }
        Value::Array(items) => items
            .iter()
            .map(|item| typed(item, false))
            .collect::<Vec<_>>()
            .into(),
        Value::String(_) | Value::Number(_) if of_resources => {
            let text = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            outrigger::inject::view::canonical_quantity(&text)
                .into_owned()
                .into()
        }
        other => other.clone().into_owned(),
    }
}

#[test]
fn the_reference_cases_come_back() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/golden/cases");
    if !folder.is_dir() {
        println!("left out: there is no ../shared/golden");
        return;
    }
    let scratch = tempfile::tempdir().unwrap();
    let written = scratch.path().join("injected.yaml");
    let file = written.display().to_string();
    let mut faults = Vec::new();
    let (mut by_rule_alone, mut of_istio, mut count) = (0, 0, 0);
    for case in cases(&folder, scratch.path()) {
        count += 1;
        let author = documents(&fs::read_to_string(&case.input).unwrap());
        let mut fault = |what: &str| faults.push(format!("{}: {what}", case.name));
        let inject = |path: &str| {
            let args = ["inject", "-f", path].map(str::to_owned);
            run(&[args.as_slice(), &case.options].concat()).unwrap()
        };
        let injected = inject(case.input.to_str().unwrap());
        fs::write(&written, &injected).unwrap();
        match run(&["uninject", "-f", &file].map(str::to_owned)) {
            Ok(back) if documents(&back) == author => {}
            Ok(back) => fault(&format!("comes back as\n{back}")),
            Err(told) => fault(&told),
        }
        if inject(&file) != injected {
            fault("a second injection changes something");
        }

        let without = uncommented(&injected);
        let mut exact = true;
        for (injected, author) in documents(&without).iter().zip(&author) {
            let (unlisted, differs) = by_rule(injected, author);
            exact &= !differs;
            if !unlisted.is_empty() {
                fault(&format!("by rule alone, and not listed: {unlisted:?}"));
            }
        }
        by_rule_alone += usize::from(exact);
        fs::write(&written, &without).unwrap();
        if documents(&inject(&file)) != documents(&injected) {
            fault("without the comment a second injection changes something");
        }

        let mut exact = true;
        let expected = documents(&fs::read_to_string(&case.expected).unwrap());
        for (injected, author) in expected.iter().zip(&author) {
            let (unlisted, differs) = by_rule(&typed(injected, false), &typed(author, false));
            exact &= !differs;
            if !unlisted.is_empty() {
                fault(&format!("injected by Istio, and not listed: {unlisted:?}"));
            }
        }
        of_istio += usize::from(exact);
    }
    println!(
        "{count} cases: {by_rule_alone} come back exactly without the comment, {of_istio} of Istio's"
    );
    assert!(count > 50);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
