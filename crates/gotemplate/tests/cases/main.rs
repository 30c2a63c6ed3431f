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
use std::time::SystemTime;

use engine::Answer;
use files::{CaseFile, folder, read_all};
use oracle::Oracle;
use outrigger_gotemplate::Functions;
use outrigger_gotemplate::sprig::{self, Capabilities, CertificateRequest, Keys, Pair};
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

/// What is kept from one execution to the next is what the next would come to, and errors name the same places.
#[test]
fn what_is_kept_is_right() {
    for file in read_all().expect("the case files can be read") {
        for case in file.cases {
            let want = engine::answer(&case.request, typed::value);
            let got = engine::answers(&case.request, typed::value, true);
            let (name, line, template) = (&file.name, case.line, &case.template);
            assert_eq!(got, [want.clone(), want], "{name}.txt:{line}: {template}");
        }
    }
}

/// Nothing of sprig is missing, and nothing is there that sprig has not.
#[test]
fn sprig_has_the_names_of_sprig() {
    let path = folder().join("sprig.names");
    if std::env::var_os("UPDATE").is_some() {
        let names = run_oracle("names").expect("the oracle answers");
        fs::write(&path, names).expect("the names can be written");
    }
    let want = fs::read_to_string(&path).expect("the names are there");
    let everything = Capabilities::none()
        .with_clock(SystemTime::now)
        .with_environment(|_| None)
        .with_hosts(|_| Vec::new())
        .with_keys(NoKeys)
        .with_random(|_| ());
    let mut functions = Functions::none();
    sprig::add_with(&mut functions, &everything);
    assert_eq!(functions.names(), want.lines().collect::<Vec<_>>());
}

/// Makes no keys, but could.
struct NoKeys;

impl Keys for NoKeys {
    fn private_key(&self, kind: &str) -> Result<String, String> {
        Err(format!("no {kind} key is made here"))
    }

    fn certificate(&self, request: &CertificateRequest) -> Result<Pair, String> {
        Err(format!(
            "no certificate of {} is made here",
            request.common_name
        ))
    }

    fn check(&self, _: &Pair) -> Result<(), String> {
        Ok(())
    }
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
    let versions = run_oracle("version")?;
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

/// What a subcommand of the oracle prints.
fn run_oracle(subcommand: &str) -> Result<String, String> {
    let output = Command::new(Oracle::build()?)
        .arg(subcommand)
        .output()
        .map_err(|error| error.to_string())?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
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
