//! Counting the instructions of an injection, which do not depend on what else the machine does: a benchmark runs itself
//! under valgrind.

use std::{env, hint::black_box, process::Command};

use outrigger::admission::Core;

/// How often a case runs before it is counted: what is kept from one injection to the next is there then.
const BEFORE: usize = 3;
/// How often it is counted.
const COUNTED: u64 = 10;

/// The instructions of one answer in a process of its own, which is started with `arguments` and [`run`]s it.
pub(crate) fn count(arguments: &[&str]) -> Result<u64, Box<dyn std::error::Error>> {
    let out = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(format!("--toggle-collect={}::counted", module_path!()))
        .arg(env::current_exe()?)
        .args(arguments)
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
        _ => Err(format!("{}: {}\n{told}", arguments.join(" "), out.status).into()),
    }
}

/// Answers a review for valgrind to count, after as many as it takes for everything to be there that is kept.
pub(crate) fn run(core: &dyn Core, review: &[u8]) {
    for _ in 0..BEFORE {
        once(core, review);
    }
    counted(core, review);
}

#[inline(never)]
pub(crate) fn counted(core: &dyn Core, review: &[u8]) {
    for _ in 0..COUNTED {
        once(core, review);
    }
}

pub(crate) fn once(core: &dyn Core, review: &[u8]) {
    black_box(core.answer(black_box(review), "/inject", &mut |_| {}));
}
