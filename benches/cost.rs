//! Instructions of one injection, which do not depend on what else the machine does.
//!
//! The program runs itself under valgrind, case by case, and compares the counts with those in `benches/cost.tsv`: it
//! fails where one grew by more than a twentieth. `-- --update` writes them anew; `-- growth` counts how the cost grows
//! instead.

#![expect(clippy::print_stdout, reason = "a table for people")]

use std::{env, fmt::Write as _, fs};

use outrigger::admission::Remembering;

mod cases;
mod count;
mod growth;
mod plot;

type Failure = Box<dyn std::error::Error>;

const STORED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/cost.tsv");
/// The typical Pod before a core that has answered the like before; all the others are injected anew every time.
const RECOGNISED: &str = "recognised";

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = env::args().collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match &*arguments {
        [_, "--run", name] => {
            run(name);
            return Ok(());
        }
        [_, "--grown", name, count] => return growth::run(name, count.parse()?),
        [_, "growth", ..] => return growth::all(),
        _ => {}
    }

    let before = fs::read_to_string(STORED).unwrap_or_default();
    let mut table = String::from("case\tinstructions\n");
    let mut grown = Vec::new();
    println!("{:<20}{:>14}{:>9}", "case", "instructions", "change");
    let names = cases::all().into_iter().map(|case| case.name);
    for name in names.chain([RECOGNISED]) {
        let now = count::count(&["--run", name])?;
        let change = stored(&before, name).map_or(0.0, |then| (ratio(now, then) - 1.0) * 100.0);
        println!("{name:<20}{now:>14}{change:>+8.1}%");
        if change > 5.0 {
            grown.push(name);
        }
        writeln!(table, "{name}\t{now}")?;
    }
    if arguments.contains(&"--update") {
        fs::write(STORED, table)?;
    } else if !grown.is_empty() {
        return Err(format!(
            "{} cost more than 5 % more; if it must be, `cargo bench --bench cost -- --update` and say why",
            grown.join(", ")
        )
        .into());
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "a ratio need not be exact")]
fn ratio(now: u64, then: u64) -> f64 {
    now as f64 / then as f64
}

fn stored(table: &str, name: &str) -> Option<u64> {
    let line = table
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix('\t'));
    line?.parse().ok()
}

/// Runs one case for valgrind to count.
fn run(name: &str) {
    let injector = cases::injector();
    if name == RECOGNISED {
        // Another of the workload's Pods came before.
        let other = String::from_utf8_lossy(cases::REVIEW)
            .replace("kube-api-access-x2v8k", "kube-api-access-9bqwz");
        let core = Remembering::new(injector);
        count::once(&core, other.as_bytes());
        count::counted(&core, cases::REVIEW);
    } else if let Some(case) = cases::all().into_iter().find(|case| case.name == name) {
        count::run(&injector, &case.review);
    }
}
