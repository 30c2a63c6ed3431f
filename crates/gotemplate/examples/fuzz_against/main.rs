//! Runs random templates through the engine and through Go, and says where the two differ.
//!
//! ```console
//! $ cargo run --release -p outrigger-gotemplate --example fuzz_against -- --count 50000 --seed 1
//! ```
//!
//! Needs Go, which the oracle in `tests/oracle` is built with. Each difference is made as small as possible and printed
//! with its seed; the exit status is 1 if there is one that is not listed in `listed`.

#![expect(
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a program for the terminal"
)]

#[path = "../../tests/shared/engine.rs"]
mod engine;
mod functions;
mod generate;
#[path = "../../tests/shared/oracle.rs"]
mod oracle;
mod random;
mod shrink;

use std::collections::BTreeMap;
use std::process::ExitCode;

use engine::Answer;
use generate::{Sample, sample};
use oracle::Oracle;
use random::Random;

fn main() -> ExitCode {
    let (count, seed, most) = match arguments() {
        Ok(arguments) => arguments,
        Err(message) => {
            eprintln!("{message}\nusage: fuzz_against [--count N] [--seed N] [--most N]");
            return ExitCode::from(2);
        }
    };
    match run(count, seed, most) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
    }
}

fn arguments() -> Result<(u64, u64, usize), String> {
    let (mut count, mut seed, mut most) = (50_000, 1, 20);
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value = arguments
            .next()
            .ok_or_else(|| format!("{name} needs a number"))?;
        let number: u64 = value
            .parse()
            .map_err(|_| format!("{name}: {value} is no number"))?;
        match name.as_str() {
            "--count" => count = number,
            "--seed" => seed = number,
            "--most" => most = usize::try_from(number).unwrap_or(usize::MAX),
            other => return Err(format!("unknown argument {other}")),
        }
    }
    Ok((count, seed, most))
}

/// Compares so many templates, and stops at `most` differences. Gives the number of differences.
fn run(count: u64, seed: u64, most: usize) -> Result<usize, String> {
    let mut oracle = Oracle::start()?;
    let (mut outputs, mut listed_count, mut differences) = (0, 0, 0);
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for number in 0..count {
        let own_seed = seed.wrapping_mul(1_000_000_007).wrapping_add(number);
        let sample = sample(&mut Random::new(own_seed));
        let (want, got) = both(&mut oracle, &sample)?;
        outputs += u64::from(want.ok);
        if want == got {
            continue;
        }
        if listed(&sample, &want, &got).is_some() {
            listed_count += 1;
            continue;
        }
        let smallest = shrink::shrink(sample, |candidate| {
            both(&mut oracle, candidate)
                .is_ok_and(|(want, got)| want != got && listed(candidate, &want, &got).is_none())
        });
        let (want, got) = both(&mut oracle, &smallest)?;
        let times = seen.entry(smallest.template.clone()).or_default();
        *times += 1;
        if *times > 1 {
            continue;
        }
        differences += 1;
        println!("seed {seed}, template {number}: {}", smallest.request());
        println!("  want {}\n  got  {}", shown(&want), shown(&got));
        if differences >= most {
            println!("stopped after {differences} differences");
            break;
        }
    }
    println!(
        "seed {seed}: {count} templates, {outputs} with output, {listed_count} listed differences, {differences} others"
    );
    Ok(differences)
}

fn both(oracle: &mut Oracle, sample: &Sample) -> Result<(Answer, Answer), String> {
    let request = sample.request();
    let want = oracle.ask(&request)?;
    let got = engine::answer(&request, |_| None);
    Ok((want, got))
}

fn shown(answer: &Answer) -> String {
    if answer.ok {
        format!("{:?}", answer.out)
    } else {
        format!("{} error: {}", answer.stage, answer.error)
    }
}

/// Why a difference is to be expected, if it is.
fn listed(sample: &Sample, want: &Answer, got: &Answer) -> Option<&'static str> {
    if want.out.contains('\u{fffd}') || want.error.contains('\u{fffd}') {
        return Some("Go's strings may be any bytes, the engine's are UTF-8");
    }
    if want.stage == "crash" || want.error.contains("oracle: ") || got.error.contains("more than ")
    {
        return Some("the engine has limits, Go has none");
    }
    if got.error.contains("the map would contain itself") {
        return Some("the engine has no maps that contain themselves");
    }
    let asks_date = sample.template.contains("date") || sample.template.contains("Date");
    if asks_date && sample.request().to_string().contains("922337203685477") {
        return Some("Go's calendar overflows");
    }
    if sample.template.contains("slice") && got.error.contains("slice index out of bounds") {
        return Some("Go's slices reach into their capacity");
    }
    None
}
