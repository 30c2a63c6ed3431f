//! Instructions of one injection, which do not depend on what else the machine does.
//!
//! The program runs itself under valgrind, case by case, and compares the counts with those in `benches/cost.tsv`: it
//! fails where one grew by more than a twentieth. `-- --update` writes them anew.

#![expect(clippy::print_stdout, reason = "a table for people")]

use std::{env, fmt::Write as _, fs, hint::black_box, process::Command};

use outrigger::admission::{Core, Remembering};

mod cases;

const STORED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/cost.tsv");
/// The typical Pod before a core that has answered the like before; all the others are injected anew every time.
const RECOGNISED: &str = "recognised";
/// How often a case runs before it is counted: what is kept from one injection to the next is there then.
const BEFORE: usize = 3;
/// How often it is counted.
const COUNTED: u64 = 10;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = env::args().collect();
    if let [_, flag, name] = &*arguments
        && flag == "--run"
    {
        run(name);
        return Ok(());
    }

    let before = fs::read_to_string(STORED).unwrap_or_default();
    let mut table = String::from("case\tinstructions\n");
    let mut grown = Vec::new();
    println!("{:<20}{:>14}{:>9}", "case", "instructions", "change");
    let names = cases::all().into_iter().map(|case| case.name);
    for name in names.chain([RECOGNISED]) {
        let now = cost(name)?;
        let change = stored(&before, name).map_or(0.0, |then| (ratio(now, then) - 1.0) * 100.0);
        println!("{name:<20}{now:>14}{change:>+8.1}%");
        if change > 5.0 {
            grown.push(name);
        }
        writeln!(table, "{name}\t{now}")?;
    }
    if arguments.iter().any(|a| a == "--update") {
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

/// Counts a case, in a process of its own.
fn cost(name: &str) -> Result<u64, Box<dyn std::error::Error>> {
    let out = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(format!("--toggle-collect={}::counted", module_path!()))
        .arg(env::current_exe()?)
        .args(["--run", name])
        .output()
        .map_err(|e| {
            format!("cannot run valgrind, which Debian has in the package of this name: {e}")
        })?;
    let told = String::from_utf8(out.stderr)?;
    let collected = told
        .split("Collected :")
        .nth(1)
        .and_then(|rest| rest.split_whitespace().next());
    match collected.map(str::parse::<u64>) {
        Some(Ok(instructions)) if out.status.success() => Ok(instructions / COUNTED),
        _ => Err(format!("{name}: {}\n{told}", out.status).into()),
    }
}

/// Runs one case for valgrind to count.
fn run(name: &str) {
    let injector = cases::injector();
    if name == RECOGNISED {
        // Another of the workload's Pods came before.
        let other = String::from_utf8_lossy(cases::REVIEW)
            .replace("kube-api-access-x2v8k", "kube-api-access-9bqwz");
        let core = Remembering::new(injector);
        counted_once(&core, other.as_bytes());
        counted(&core, cases::REVIEW);
    } else if let Some(case) = cases::all().into_iter().find(|case| case.name == name) {
        run_by(&injector, &case.review);
    }
}

fn run_by(core: &dyn Core, review: &[u8]) {
    for _ in 0..BEFORE {
        counted_once(core, review);
    }
    counted(core, review);
}

#[inline(never)]
fn counted(core: &dyn Core, review: &[u8]) {
    for _ in 0..COUNTED {
        counted_once(core, review);
    }
}

fn counted_once(core: &dyn Core, review: &[u8]) {
    black_box(core.answer(black_box(review), "/inject"));
}
