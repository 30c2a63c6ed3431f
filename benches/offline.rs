//! How long `outrigger inject` takes over a file of Deployments, and how much memory: rows of `docs/performance.md`.
//!
//! Files of other lengths tell that memory does not grow with the file; one long document, that it grows with that.

#![expect(clippy::print_stdout, reason = "a table for people")]

use std::{
    fmt::Write as _,
    fs,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

type Failure = Box<dyn std::error::Error>;

/// A Service and a Deployment.
const EXAMPLE: &str = include_str!("../examples/deployment.yaml");

/// How often each file is injected; the best counts.
const TURNS: usize = 10;

fn main() -> Result<(), Failure> {
    let how = "`just bench-offline`";
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("manifests.yaml");
    let measure = |text: String| {
        fs::write(&file, text)?;
        best(&file)
    };
    let (_, few) = measure(deployments(100))?;
    let (time, peak) = measure(deployments(1_000))?;
    let (_, many) = measure(deployments(10_000))?;
    println!(
        "| `outrigger inject` of 1,000 Deployments | 250 ms | {:.0} ms | {how} |",
        time.as_secs_f64() * 1e3
    );
    println!(
        "| its memory, for 100, 1,000 and 10,000 Deployments | that of the largest document | {few:.1}, {peak:.1} and {many:.1} MB | {how} |"
    );
    println!();
    for entries in [1_000, 10_000, 100_000] {
        let text = long(entries);
        let size = text.len();
        let (time, peak) = measure(text)?;
        println!(
            "| {entries} | {} KB | {:.0} ms | {peak:.1} MB |",
            size / 1_000,
            time.as_secs_f64() * 1e3
        );
    }
    Ok(())
}

/// The example's Deployment under so many names.
fn deployments(count: usize) -> String {
    let (_, deployment) = EXAMPLE.split_once("---\n").unwrap_or_default();
    let mut text = String::new();
    for i in 0..count {
        text.push_str("---\n");
        text.push_str(&deployment.replace("storefront", &format!("storefront-{i}")));
    }
    text
}

/// The Deployment with so many more entries of `env`.
fn long(entries: usize) -> String {
    let mut more = String::from("        env:\n");
    for i in 0..entries {
        // Writing to a string cannot fail.
        let _ = writeln!(
            more,
            "        - name: VARIABLE_{i}\n          value: value {i}"
        );
    }
    deployments(1).replace("        env:\n", &more)
}

/// The least time and the least memory of several runs, in megabytes.
fn best(file: &Path) -> Result<(Duration, f64), Failure> {
    let mut best = (Duration::MAX, f64::INFINITY);
    for _ in 0..TURNS {
        let (time, peak) = run(file)?;
        best = (best.0.min(time), best.1.min(peak));
    }
    Ok(best)
}

fn run(file: &Path) -> Result<(Duration, f64), Failure> {
    let began = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_outrigger"))
        .args(["inject", "-f"])
        .arg(file)
        .stdout(Stdio::null())
        .spawn()?;
    let mut peak = 0.0;
    let status = loop {
        // It ends as a zombie, which has no memory any more.
        peak = memory(child.id()).unwrap_or(peak);
        if let Some(status) = child.try_wait()? {
            break status;
        }
        thread::sleep(Duration::from_millis(1));
    };
    if !status.success() {
        return Err(format!("outrigger inject: {status}").into());
    }
    Ok((began.elapsed(), peak))
}

/// The most memory that a process has had, in megabytes.
fn memory(id: u32) -> Option<f64> {
    let text = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = text.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    let kilobytes: f64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kilobytes * 1024.0 / 1e6)
}
