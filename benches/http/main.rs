//! What the built server reaches over HTTPS, beside a server that does the same but decide: see `docs/performance.md`.
//!
//! ```sh
//! just bench-http       # rates, latencies, what takes the time, start, the program's size
//! just bench-load       # latencies against connections; writes docs/performance/latency.svg
//! just bench-memory     # resident memory over a million injections
//! ```
//!
//! The server runs on one core and `wrk` on another. All servers are measured in turns, and of each figure the best
//! turn is taken: what else the machine does can only make it worse. What is printed are rows of the page's tables.

#![expect(clippy::print_stdout, reason = "a table for people")]

use std::{env, fs};

#[path = "../cases/mod.rs"]
mod cases;
mod client;
mod floor;
mod load;
#[path = "../plot/mod.rs"]
mod plot;
mod process;

use floor::Floor;
use load::{Load, Measured};
use plot::{Axis, Line};
use process::Server;

type Failure = Box<dyn std::error::Error>;

/// How often each server is measured, and for how many seconds.
const TURNS: usize = 3;
const SECONDS: u32 = 3;

/// The connections of the plot.
const CONNECTIONS: [u32; 8] = [1, 2, 4, 8, 16, 32, 64, 128];

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = env::args().collect();
    match arguments.get(1).map(String::as_str) {
        Some("--floor") => {
            let name = arguments.get(2).ok_or("which floor?")?;
            floor::serve(Floor::named(name).ok_or("there is no such floor")?)
        }
        Some("load") => load(),
        Some("memory") => memory(),
        _ => speed(),
    }
}

fn speed() -> Result<(), Failure> {
    let anew = Load::anew("typical")?;
    let known = Load::known("typical")?;
    let skipped = Load::anew("skipped")?;
    let servers = [
        (Server::outrigger()?, &anew),
        (Server::outrigger()?, &known),
        (Server::outrigger()?, &skipped),
        (Server::floor(Floor::Whole)?, &anew),
        (Server::floor(Floor::Silent)?, &anew),
        (Server::floor(Floor::Plain)?, &anew),
    ];
    let mut one = [Measured::NONE; 6];
    let mut many = [Measured::NONE; 6];
    for _ in 0..TURNS {
        for (i, (server, load)) in servers.iter().enumerate() {
            one[i].better(&load.run(server, 1, SECONDS)?);
            many[i].better(&load.run(server, 64, SECONDS)?);
        }
    }
    drop(servers);

    let how = "`just bench-http`";
    let [one_anew, one_known, _, one_floor, ..] = &one;
    let [anew, known, skipped, floor, silent, plain] = &many;
    for (what, one, many) in [
        ("Pods that differ", one_anew, anew),
        ("Pods of one text", one_known, known),
    ] {
        println!(
            "| answers a second of one core over HTTPS, {what} | 9,000, and half of the floor's | {:.0}, {:.2} of the floor's {:.0} | {how} |",
            many.rate,
            many.rate / floor.rate,
            floor.rate
        );
        println!(
            "| latency at 1 connection, {what}, p50 and p99 | 2 times the floor's | {:.0} and {:.0} µs, {:.1} and {:.1} times | {how} |",
            one.p50,
            one.p99,
            one.p50 / one_floor.p50,
            one.p99 / one_floor.p99
        );
        println!(
            "| latency at 64 connections, {what}, p99 | 2.5 times the floor's | {:.1} ms, {:.1} times | {how} |",
            many.p99 / 1e3,
            many.p99 / floor.p99
        );
    }
    println!(
        "| a skipped Pod, beside an injected one | 1.5 times as fast | {:.1} times | {how} |",
        skipped.rate / anew.rate
    );
    let mut start = f64::INFINITY;
    for _ in 0..20 {
        start = start.min(Server::outrigger()?.started.as_secs_f64() * 1e3);
    }
    println!("| start to first injection, `--standalone` | 30 ms | {start:.0} ms | {how} |");
    let size = megabytes(fs::metadata(process::PROGRAM)?.len());
    println!("| the program, stripped | 12 MB | {size:.1} MB | {how} |");

    println!();
    for (what, time) in [
        ("an answer to a Pod that is injected anew", anew.time),
        ("an answer to a Pod that is recognised", known.time),
        ("an answer to a Pod that is skipped", skipped.time),
        ("an answer of the floor", floor.time),
        ("of it TLS", floor.time - plain.time),
        ("of it the log line", floor.time - silent.time),
        (
            "of it HTTP, routing and counting",
            plain.time + silent.time - floor.time,
        ),
    ] {
        println!("| {what} | {time:.1} µs |");
    }
    Ok(())
}

/// Latencies against the number of connections.
fn load() -> Result<(), Failure> {
    let anew = Load::anew("typical")?;
    let known = Load::known("typical")?;
    let servers = [
        ("differing Pods", Server::outrigger()?, &anew),
        ("Pods of one text", Server::outrigger()?, &known),
        ("the floor", Server::floor(Floor::Whole)?, &anew),
    ];
    let mut lines = Vec::new();
    for (name, server, load) in &servers {
        let (mut p50, mut p99) = (Vec::new(), Vec::new());
        for connections in CONNECTIONS {
            let mut best = Measured::NONE;
            for _ in 0..TURNS {
                best.better(&load.run(server, connections, SECONDS)?);
            }
            println!(
                "| {name} | {connections} | {:.0} | {:.0} µs | {:.0} µs |",
                best.rate, best.p50, best.p99
            );
            p50.push((f64::from(connections), best.p50));
            p99.push((f64::from(connections), best.p99));
        }
        for (quantile, points) in [("p50", p50), ("p99", p99)] {
            let name = format!("{name}, {quantile}");
            lines.push(Line { name, points });
        }
    }
    let across = Axis {
        name: "connections",
        number: |n| format!("{n}"),
    };
    let up = Axis {
        name: "latency",
        number: |us| {
            if us < 1e3 {
                format!("{us} µs")
            } else {
                format!("{} ms", us / 1e3)
            }
        },
    };
    let title = "Latency of an answer against load, server on one core";
    let plot = plot::svg(title, [across, up], &lines);
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/performance/latency.svg");
    Ok(fs::write(path, plot)?)
}

fn memory() -> Result<(), Failure> {
    let how = "`just bench-memory`";
    let load = Load::anew("typical")?;
    let server = Server::outrigger()?;
    let idle = server.resident()?;
    println!(
        "| resident memory at rest, after one injection | 12 MB | {:.1} MB | {how} |",
        megabytes(idle)
    );
    let mut answered = 0;
    let mut resident = Vec::new();
    for until in [100_000, 1_000_000] {
        while answered < until {
            answered += load.run(&server, 4, 10)?.answers;
        }
        resident.push(megabytes(server.resident()?));
    }
    if let [early, late] = &*resident {
        println!(
            "| resident memory after 1,000,000 injections | within 2 MB of after 100,000 | {late:.1} MB, {:+.1} MB | {how} |",
            late - early
        );
    }
    let server = Server::outrigger()?;
    load.run(&server, 64, 10)?;
    println!(
        "| resident memory after 10 s of 64 connections | 25 MB | {:.1} MB | {how} |",
        megabytes(server.resident()?)
    );
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "to a tenth")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
