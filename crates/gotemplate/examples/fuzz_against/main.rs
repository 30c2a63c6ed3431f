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

use std::collections::BTreeSet;
use std::process::ExitCode;

use engine::Answer;
use generate::{Sample, sample};
use oracle::Oracle;
use random::Random;
use serde_json::Value as Json;

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

/// Templates that the oracle is asked at once: few enough for the buffer of a pipe.
const BATCH: usize = 24;

/// Compares so many templates, and stops at `most` differences. Gives the number of differences.
fn run(count: u64, seed: u64, most: usize) -> Result<usize, String> {
    let mut oracle = Oracle::start()?;
    let mut tally = Tally::default();
    for start in (0..count).step_by(BATCH) {
        let numbers: Vec<u64> = (start..count).take(BATCH).collect();
        let samples = numbers.iter().map(|number| {
            let own_seed = seed.wrapping_mul(1_000_000_007).wrapping_add(*number);
            sample(&mut Random::new(own_seed))
        });
        let samples: Vec<Sample> = samples.collect();
        let requests: Vec<Json> = samples.iter().map(Sample::request).collect();
        let answers = oracle.ask_all(&requests)?;
        for ((number, sample), want) in numbers.into_iter().zip(samples).zip(answers) {
            if let Some(found) = tally.compare(&mut oracle, sample, &want)? {
                println!("seed {seed}, template {number}: {found}");
            }
        }
        if tally.differences >= most {
            println!("stopped after {} differences", tally.differences);
            break;
        }
    }
    let Tally {
        compared,
        outputs,
        listed,
        differences,
        ..
    } = tally;
    println!(
        "seed {seed}: {compared} templates, {outputs} with output, {listed} listed differences, {differences} others"
    );
    Ok(differences)
}

/// What came of the comparisons so far.
#[derive(Default)]
struct Tally {
    compared: u64,
    outputs: u64,
    listed: u64,
    differences: usize,
    /// The smallest templates found, to print each once.
    seen: BTreeSet<String>,
}

impl Tally {
    /// Gives a new difference, as small as it could be made.
    fn compare(
        &mut self,
        oracle: &mut Oracle,
        sample: Sample,
        want: &Answer,
    ) -> Result<Option<String>, String> {
        self.compared += 1;
        self.outputs += u64::from(want.ok);
        let got = engine::answer(&sample.request(), |_| None);
        if *want == got {
            return Ok(None);
        }
        if listed(&sample, want, &got).is_some() {
            self.listed += 1;
            return Ok(None);
        }
        let smallest = shrink::shrink(sample, |candidate| {
            both(oracle, candidate)
                .is_ok_and(|(want, got)| want != got && listed(candidate, &want, &got).is_none())
        });
        if !self.seen.insert(smallest.template.clone()) {
            return Ok(None);
        }
        self.differences += 1;
        let (want, got) = both(oracle, &smallest)?;
        let (want, got) = (shown(&want), shown(&got));
        Ok(Some(format!(
            "{}\n  want {want}\n  got  {got}",
            smallest.request()
        )))
    }
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

/// Functions that cut strings at a byte.
const CUTS: [&str; 7] = [
    "substr", "trunc", "abbrev", "wrap", "initials", "nospace", "slice",
];

/// Why a difference is to be expected, if it is.
fn listed(sample: &Sample, want: &Answer, got: &Answer) -> Option<&'static str> {
    if want.out.contains('\u{fffd}')
        || want.error.contains('\u{fffd}')
        || got.out.contains('\u{fffd}')
    {
        return Some("Go's strings may be any bytes, the engine's are UTF-8");
    }
    let is_cut = CUTS.iter().any(|cut| sample.template.contains(cut));
    let decodes = ["b64dec", "b32dec"]
        .iter()
        .any(|f| sample.template.contains(f));
    if decodes && want.ok == got.ok && want.stage == got.stage {
        return Some("Go decodes to any bytes");
    }
    if is_cut && !sample.request().to_string().is_ascii() {
        return Some("Go cuts through characters");
    }
    if want.stage == "crash" || want.error.contains("oracle: ") || got.error.contains("more than ")
    {
        return Some("the engine has limits, Go has none");
    }
    if got.error.contains("the map would contain itself") {
        return Some("the engine has no maps that contain themselves");
    }
    let without_digits = |text: &str| text.replace(|c: char| c.is_ascii_digit(), "");
    let shows_date = sample.template.contains("date") || sample.template.contains("Date");
    let same = without_digits(&want.out) == without_digits(&got.out)
        && without_digits(&want.error) == without_digits(&got.error);
    if shows_date && want.ok == got.ok && same {
        return Some("what is no date shows the present, which goes on");
    }
    if sample.template.contains("slice") && got.error.contains("slice index out of bounds") {
        return Some("Go's slices reach into their capacity");
    }
    None
}
