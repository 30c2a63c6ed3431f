//! The rules of injection, one case each: data in `tests/data/rules/`, a file a subject.
//!
//! A case says in YAML what differs from a plain Pod under the built-in configuration, and what must come of it:
//!
//! | key | what it says |
//! |---|---|
//! | `case` | the rule that the case shows; it names the case in messages |
//! | `annotations`, `labels`, `metadata`, `spec` | put into the Pod `web` of the namespace `shop`, maps merged |
//! | `app`, `proxy` | put into the container `app`; an `istio-proxy` of the author's own |
//! | `values`, `mesh` | put into the built-in values; the mesh's configuration |
//! | `config`, `proxyConfigs`, `namespaces` | the injector's configuration, resources of the cluster |
//! | `template` | a template that the Pod asks for, unless it asks for others |
//! | `native`, `revision`, `compliance`, `openshift`, `environment` | the program's settings |
//! | `path`, `namespace`, `way` | of the request; `way: offline` is a manifest's |
//! | `want` | places of the injected Pod and what is there, null for nothing: see [`place`] |
//! | `refused`, `skipped` | texts that the refusal has, or the reason's code |
//!
//! Whatever the case, the patch of the webhook must lead to the same Pod, and must replace no list.

mod place;
mod run;

use std::{collections::BTreeSet, fs};

use outrigger::annotations::{Rule, Site, TABLE};
use outrigger_json::Value;

use run::{Came, Case};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/rules");

fn read(subject: &str) -> Value<'static> {
    let text = fs::read_to_string(format!("{FOLDER}/{subject}.yaml")).unwrap();
    outrigger_yaml::parse(&text).unwrap_or_else(|e| panic!("{subject}.yaml: {e}"))
}

/// Runs the cases of a file, and tells all that fail.
fn hold(subject: &str) {
    let cases = read(subject);
    let cases = cases.as_array().unwrap();
    assert!(!cases.is_empty(), "{subject}.yaml has no cases");
    let mut names = BTreeSet::new();
    let mut failures = Vec::new();
    for case in cases {
        let name = case.get("case").and_then(Value::as_str).unwrap();
        assert!(names.insert(name), "{subject}.yaml has {name:?} twice");
        if let Err(failure) = Case::new(case).hold() {
            failures.push(format!("{name}: {failure}"));
        }
    }
    assert!(
        failures.is_empty(),
        "{} of {} cases of {subject}.yaml fail:\n{}",
        failures.len(),
        cases.len(),
        failures.join("\n")
    );
}

macro_rules! subjects {
    ($($subject:ident)*) => {
        const SUBJECTS: &[&str] = &[$(stringify!($subject)),*];

        mod of {
            $(
                #[test]
                fn $subject() {
                    super::hold(stringify!($subject));
                }
            )*
        }
    };
}

subjects! {
    annotations
    decision
    foreign
    functions
    hold
    ids
    images
    merge
    mesh
    overrides
    owner
    path
    ports
    probes
    prometheus
    typing
    values
}

#[test]
fn every_file_of_cases_is_run() {
    let files: BTreeSet<String> = fs::read_dir(FOLDER)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let run = SUBJECTS.iter().map(|subject| format!("{subject}.yaml"));
    assert_eq!(files, run.collect());
}

/// An annotation or label that nobody tried may do anything.
#[test]
fn every_annotation_has_a_case_that_counts_and_every_rule_one_that_is_refused() {
    let cases = SUBJECTS.iter().flat_map(|subject| match read(subject) {
        Value::Array(cases) => cases.into_vec(),
        _ => Vec::new(),
    });
    let cases: Vec<_> = cases.collect();
    let says = |name: &str| {
        let name = name.to_owned();
        cases.iter().filter(move |case| {
            ["annotations", "labels"]
                .iter()
                .any(|key| case.at(&[key, &name]).is_some())
        })
    };
    for entry in TABLE.iter().filter(|e| e.site != Site::Namespace) {
        let name = entry.name;
        assert!(
            says(name).any(|case| case.get("want").is_some()),
            "{name} counts in no case"
        );
        if entry.rule != Rule::Free && entry.site != Site::Label {
            let told = says(name).any(|case| match Case::new(case).run() {
                Ok(Came::Not(_, detail)) => {
                    detail.contains(&format!("'{name}'")) && detail.contains(entry.accepted)
                }
                _ => false,
            });
            assert!(told, "{name} is refused in no case, with what is accepted");
        }
    }
}
