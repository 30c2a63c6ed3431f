//! Every case of `tests/data/` gives what Go gives, byte for byte, errors included.
//!
//! Go's results lie beside the cases, so that this needs no Go. After a change to the cases, with Go installed:
//!
//! ```console
//! $ UPDATE=1 cargo test -p outrigger-gotemplate --test cases
//! ```
//!
//! `known.tsv` lists the cases that differ, with the reason; a case of it that agrees fails the test as well.

#[path = "../shared/engine.rs"]
mod engine;
mod files;
#[path = "../shared/oracle.rs"]
mod oracle;
mod typed;

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::process::Command;

use engine::Answer;
use files::{CaseFile, folder, read_all};
use oracle::Oracle;
use serde_json::Value as Json;

#[test]
fn cases_give_what_go_gives() {
    let files = read_all().expect("the case files can be read");
    if std::env::var_os("UPDATE").is_some() {
        update(&files).expect("the oracle answers");
    }
    let known = read_known();
    let mut report = String::new();
    let (mut cases, mut agree, mut errors, mut same_errors) = (0, 0, 0, 0);
    let mut wrong = 0;
    for file in &files {
        let golden = fs::read_to_string(&file.golden).unwrap_or_default();
        let answers: Vec<Answer> = golden.lines().skip(1).map(parse_golden).collect();
        assert_eq!(
            answers.len(),
            file.cases.len(),
            "{}: the cases have changed; see the head of this file for how to ask Go",
            file.name
        );
        for (case, want) in file.cases.iter().zip(answers) {
            let got = engine::answer(&case.request, typed::value);
            cases += 1;
            errors += usize::from(!want.ok);
            same_errors += usize::from(!want.ok && want == got);
            let is_known = known.contains(&(file.name.clone(), case.template.clone()));
            if want == got {
                agree += 1;
            }
            if (want == got) == is_known {
                wrong += 1;
                let (name, line, template) = (&file.name, case.line, &case.template);
                let _ = write!(
                    report,
                    "\n{name}.txt:{line}: {template}\n  want {want:?}\n  got  {got:?}\n"
                );
            }
        }
    }
    println!("{cases} cases, {agree} agree; {same_errors} of {errors} error texts are Go's");
    assert!(
        wrong == 0,
        "{wrong} unlisted differences, or listed agreements{report}"
    );
}

/// The cases that are known to differ, as file and template; each line of the list has the reason before them.
fn read_known() -> BTreeSet<(String, String)> {
    let text = fs::read_to_string(folder().join("known.tsv")).unwrap_or_default();
    text.lines()
        .filter_map(|line| {
            let mut columns = line.splitn(3, '\t').skip(1);
            Some((columns.next()?.to_owned(), columns.next()?.to_owned()))
        })
        .collect()
}

/// Asks the oracle for every case and stores what it says.
fn update(files: &[CaseFile]) -> Result<(), String> {
    let versions = Command::new(Oracle::build()?)
        .arg("version")
        .output()
        .map_err(|error| error.to_string())?;
    let versions = String::from_utf8_lossy(&versions.stdout);
    let mut oracle = Oracle::start()?;
    for file in files {
        let mut golden = format!("# {}\n", versions.trim());
        for case in &file.cases {
            let answer = oracle.ask(&case.request)?;
            let (kind, text) = if answer.ok {
                ("ok", &answer.out)
            } else {
                (answer.stage.as_str(), &answer.error)
            };
            let _ = writeln!(
                golden,
                "{}\t{kind}\t{}",
                case.line,
                Json::from(text.as_str())
            );
        }
        fs::write(&file.golden, golden).map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// A line of a golden file: the case's line, `ok` or the stage of the error, the text as JSON.
fn parse_golden(line: &str) -> Answer {
    let mut columns = line.splitn(3, '\t').skip(1);
    let kind = columns.next().unwrap_or_default();
    let text: String = serde_json::from_str(columns.next().unwrap_or_default()).unwrap_or_default();
    let ok = kind == "ok";
    let (out, error) = if ok {
        (text, String::new())
    } else {
        (String::new(), text)
    };
    Answer {
        ok,
        out,
        error,
        stage: if ok { String::new() } else { kind.to_owned() },
    }
}
