//! Times the engine and Go on the same templates and data, in one run. `tests/oracle/bench.sh` runs it.
//!
//! The arguments are template and data files in turn. Needs Go, which the oracle in `tests/oracle` is built with.

#![expect(
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a program for the terminal"
)]

#[expect(dead_code, reason = "the comparison of answers is for the tests")]
#[path = "../../tests/shared/engine.rs"]
mod engine;
mod injection;
#[expect(dead_code, reason = "only the build of the oracle is needed")]
#[path = "../../tests/shared/oracle.rs"]
mod oracle;

use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::sync::LazyLock;
use std::thread;
use std::time::{Duration, Instant};

use oracle::Oracle;
use outrigger_gotemplate::{Functions, Limits, Options, Template, sprig};
use serde_json::Value as Json;

/// How often each is measured, and how much processor time it takes at least; the fastest round counts, as in the oracle.
const ROUNDS: usize = 9;
const ROUND: Duration = Duration::from_millis(50);

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

fn run(files: &[String]) -> Result<(), String> {
    let go = bench_go(files)?;
    println!(
        "| template | | Go µs | engine µs | times as fast | Go allocations | engine allocations |"
    );
    println!("|---|---|---|---|---|---|---|");
    for (pair, go) in files.chunks_exact(2).zip(&go) {
        let [template, data] = pair else { continue };
        let ours = bench_engine(template, data)?;
        let name = Path::new(template)
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy();
        if go["output_bytes"] != ours.output_bytes {
            return Err(format!("{name}: the outputs differ in length"));
        }
        for (step, measured) in [("parse", &ours.parse), ("execute", &ours.execute)] {
            let number = |key: &str| go[format!("{step}_{key}")].as_f64().unwrap_or(f64::NAN);
            let (theirs, own) = (number("ns") / 1000.0, measured.seconds * 1e6);
            println!(
                "| {name} | {step} | {theirs:.1} | {own:.1} | {:.1} | {:.0} | {} |",
                theirs / own,
                number("allocs"),
                measured.allocations
            );
        }
    }
    Ok(())
}

/// One JSON object for each pair of files.
fn bench_go(files: &[String]) -> Result<Vec<Json>, String> {
    let output = Command::new(Oracle::build()?)
        .arg("bench")
        .args(files)
        .output()
        .map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let lines = String::from_utf8_lossy(&output.stdout).into_owned();
    let parsed: Result<_, _> = lines.lines().map(serde_json::from_str).collect();
    parsed.map_err(|error| error.to_string())
}

struct Bench {
    parse: Measured,
    execute: Measured,
    output_bytes: usize,
}

struct Measured {
    seconds: f64,
    allocations: u64,
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
        output_bytes: output.len(),
    })
}

fn measure<T>(run: impl Fn() -> T) -> Measured {
    let counted = allocation_counter::measure(|| drop(black_box(run())));
    let batch = |runs: u32| {
        let start = processor_time();
        for _ in 0..runs {
            drop(black_box(run()));
        }
        processor_time().saturating_sub(start)
    };
    // So many that asking for the time does not count.
    let mut runs = 1;
    while batch(runs) < ROUND {
        runs *= 2;
    }
    let fastest = (0..ROUNDS).map(|_| batch(runs)).min().unwrap_or_default();
    Measured {
        seconds: fastest.as_secs_f64() / f64::from(runs),
        allocations: counted.count_total,
    }
}

/// What this thread has used, so that other work on the machine does not count; where that cannot be told, the clock.
fn processor_time() -> Duration {
    // The system brings the figure up to date when a thread gives way, else only now and then.
    thread::yield_now();
    let schedule = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanos = schedule
        .split(' ')
        .next()
        .and_then(|nanos| nanos.parse().ok());
    nanos.map_or_else(|| START.elapsed(), Duration::from_nanos)
}

static START: LazyLock<Instant> = LazyLock::new(Instant::now);
