//! What the built server reaches over HTTPS, beside a server that does the same but decide: see `docs/performance.md`.
//!
//! ```sh
//! cargo bench --bench http               # rates, latencies, start
//! cargo bench --bench http -- memory     # resident memory over a million injections
//! ```
//!
//! The server runs on one core and `wrk` on another. Both servers are measured in turns, and of each figure the best
//! turn is taken: what else the machine does can only make it worse.

#![expect(clippy::print_stdout, reason = "a table for people")]

use std::{env, fs};

#[path = "../cases/mod.rs"]
mod cases;
mod client;
mod floor;
mod load;
mod process;

use load::{Load, Measured};
use process::Server;

type Failure = Box<dyn std::error::Error>;

/// How often each server is measured, and for how many seconds.
const TURNS: usize = 3;
const SECONDS: u32 = 4;

fn main() -> Result<(), Failure> {
    match env::args().nth(1).as_deref() {
        Some("--floor") => floor::serve(),
        Some("memory") => memory(),
        _ => speed(),
    }
}

fn speed() -> Result<(), Failure> {
    let injected = Load::new("typical")?;
    let skipped = Load::new("skipped")?;
    let servers = [
        (Server::outrigger()?, &injected),
        (Server::floor()?, &injected),
        (Server::outrigger()?, &skipped),
    ];
    let mut one = [Measured::NONE; 3];
    let mut many = [Measured::NONE; 3];
    for _ in 0..TURNS {
        for (i, (server, load)) in servers.iter().enumerate() {
            one[i].better(&load.run(server, 1, SECONDS)?);
            many[i].better(&load.run(server, 64, SECONDS)?);
        }
    }
    println!("{:<44}{:>10}{:>10}{:>8}", "", "outrigger", "floor", "ratio");
    let row = |what: &str, of: fn(&Measured) -> f64, measured: &[Measured; 3]| {
        let (ours, floor) = (of(&measured[0]), of(&measured[1]));
        println!("{what:<44}{ours:>10.1}{floor:>10.1}{:>8.2}", ours / floor);
    };
    row("answers a second of one core", |m| m.rate, &many);
    row("time of the processor for an answer, µs", |m| m.time, &many);
    row("latency at 1 connection, p50, µs", |m| m.p50, &one);
    row("latency at 1 connection, p99, µs", |m| m.p99, &one);
    row("latency at 64 connections, p50, µs", |m| m.p50, &many);
    row("latency at 64 connections, p99, µs", |m| m.p99, &many);
    println!(
        "{:<44}{:>10.1}{:>10.1}{:>8.2}",
        "a skipped Pod, answers a second; and injected",
        many[2].rate,
        many[0].rate,
        many[2].rate / many[0].rate
    );
    drop(servers);

    let mut start = f64::INFINITY;
    for _ in 0..10 {
        start = start.min(Server::outrigger()?.started.as_secs_f64() * 1e3);
    }
    println!("{:<44}{start:>10.1}", "start to first injection, ms");
    let program = fs::metadata(process::PROGRAM)?.len();
    println!(
        "{:<44}{:>10.1}",
        "the program, MB (the bench's has its symbols)",
        megabytes(program)
    );
    Ok(())
}

fn memory() -> Result<(), Failure> {
    let load = Load::new("typical")?;
    let server = Server::outrigger()?;
    println!(
        "{:<36}{:>8.1} MB",
        "after the first injection",
        megabytes(server.resident()?)
    );
    let mut answered = 0;
    for until in [100_000, 1_000_000] {
        while answered < until {
            answered += load.run(&server, 4, 10)?.answers;
        }
        println!(
            "{:<36}{:>8.1} MB",
            format!("after {answered} injections"),
            megabytes(server.resident()?)
        );
    }
    let server = Server::outrigger()?;
    load.run(&server, 64, 10)?;
    println!(
        "{:<36}{:>8.1} MB",
        "after 10 s of 64 connections",
        megabytes(server.resident()?)
    );
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "to a tenth")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
