//! Times the engine, Go and other engines on the same templates and data, in one run. `tests/oracle/bench.sh` runs it.
//!
//! The arguments are the program that times other engines, then template and data files in turn. Needs Go, which the
//! oracle in `tests/oracle` is built with.

#![expect(
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a program for the terminal"
)]

#[expect(dead_code, reason = "the comparison of answers is for the tests")]
#[path = "../../tests/shared/engine.rs"]
mod engine;
mod injection;
mod measure;
#[expect(dead_code, reason = "only the build of the oracle is needed")]
#[path = "../../tests/shared/oracle.rs"]
mod oracle;

use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::process::{Command, ExitCode};

use measure::{Measured, measure};
use oracle::Oracle;
use outrigger_gotemplate::{Functions, Limits, Options, Template, sprig};
use serde_json::Value as Json;

fn main() -> ExitCode {
    let files: Vec<String> = std::env::args().skip(1).collect();
    match run(&files) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &[String]) -> Result<(), String> {
    let Some((rivals, files)) = args.split_first() else {
        return Err("usage: bench_against RIVALS TEMPLATE DATA ...".to_owned());
    };
    let go = lines(Command::new(Oracle::build()?).arg("bench").args(files))?;
    let rivals = lines(Command::new(rivals).args(files))?;
    let cases: Vec<Case> = files
        .chunks_exact(2)
        .zip(go)
        .zip(rivals.chunks_exact(rivals.len() * 2 / files.len().max(1)))
        .map(|((pair, go), rivals)| Case::measure(&pair[0], &pair[1], go, rivals))
        .collect::<Result<_, _>>()?;
    against_go(&cases);
    println!();
    against_rivals(&cases);
    Ok(())
}

/// The JSON objects that a program writes, one a line.
fn lines(command: &mut Command) -> Result<Vec<Json>, String> {
    let output = command.output().map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let lines = String::from_utf8_lossy(&output.stdout).into_owned();
    let parsed: Result<_, _> = lines.lines().map(serde_json::from_str).collect();
    parsed.map_err(|error| error.to_string())
}

/// One template, and what each took for it.
struct Case {
    name: String,
    ours: Bench,
    go: Json,
    rivals: Vec<Json>,
}

impl Case {
    fn measure(template: &str, data: &str, go: Json, rivals: &[Json]) -> Result<Self, String> {
        let name = Path::new(template).file_stem().unwrap_or_default();
        let name = name.to_string_lossy().into_owned();
        let ours = bench_engine(template, data)?;
        if go["output"] != *ours.output {
            return Err(format!("{name}: the engine's output is not Go's"));
        }
        let rivals = rivals.to_vec();
        Ok(Self {
            name,
            ours,
            go,
            rivals,
        })
    }

    /// What each step took the engine.
    fn steps(&self) -> [(&'static str, &Measured); 2] {
        [("parse", &self.ours.parse), ("execute", &self.ours.execute)]
    }
}

fn against_go(cases: &[Case]) {
    println!(
        "| template | step | Go µs | engine µs | times as fast | Go allocations | engine allocations |"
    );
    println!("|---|---|---|---|---|---|---|");
    for case in cases {
        for (step, ours) in case.steps() {
            let number = |key: &str| {
                case.go[format!("{step}_{key}")]
                    .as_f64()
                    .unwrap_or(f64::NAN)
            };
            let (theirs, own) = (number("ns") / 1000.0, ours.seconds * 1e6);
            println!(
                "| {} | {step} | {theirs:.1} | {own:.1} | {:.1} | {:.0} | {} |",
                case.name,
                theirs / own,
                number("allocs"),
                ours.allocations
            );
        }
    }
}

/// A rival whose output is not Go's is not timed, but said to be wrong.
fn against_rivals(cases: &[Case]) {
    let Some(first) = cases.first() else { return };
    let names = first
        .rivals
        .iter()
        .filter_map(|rival| rival["engine"].as_str());
    println!(
        "| template | step | engine µs | {} |",
        names.collect::<Vec<_>>().join(" | ")
    );
    println!("|---|---|---|{}", "---|".repeat(first.rivals.len()));
    let mut failures = Vec::new();
    for case in cases {
        for (step, ours) in case.steps() {
            let own = ours.seconds * 1e6;
            print!("| {} | {step} | {own:.1} |", case.name);
            for rival in &case.rivals {
                match rival[format!("{step}_ns")].as_f64() {
                    Some(_) if rival["output"] != case.go["output"] => print!(" wrong |"),
                    Some(theirs) => {
                        print!(" {:.1} (×{:.1}) |", theirs / 1000.0, theirs / 1000.0 / own);
                    }
                    None => print!(" – |"),
                }
            }
            println!();
        }
        for rival in &case.rivals {
            let problem = match rival["error"].as_str() {
                Some(error) => error,
                None if rival["output"] != case.go["output"] => "the output is not Go's",
                None => continue,
            };
            let engine = rival["engine"].as_str().unwrap_or_default();
            failures.push(format!("{engine}, {}: {problem}", case.name));
        }
    }
    println!();
    for failure in failures {
        println!("- {failure}");
    }
}

struct Bench {
    parse: Measured,
    execute: Measured,
    output: String,
}

fn bench_engine(template: &str, data: &str) -> Result<Bench, String> {
    let read = |path: &str| fs::read_to_string(path).map_err(|error| format!("{path}: {error}"));
    let (text, json) = (read(template)?, read(data)?);
    let json: Json = serde_json::from_str(&json).map_err(|error| format!("{data}: {error}"))?;
    let mut functions = Functions::builtins();
    sprig::add_to(&mut functions);
    injection::add_to(&mut functions);
    let (options, limits) = (Options::default(), Limits::default());
    let parse = || Template::parse("t", black_box(&text), &functions, &options);

    let compiled = parse().map_err(|error| format!("{error:#}"))?;
    let data = engine::value(&json);
    let execute = || compiled.render_text(black_box(&data), &limits);
    let output = execute().map_err(|error| format!("{error:#}"))?;
    Ok(Bench {
        parse: measure(parse),
        execute: measure(execute),
        output,
    })
}
