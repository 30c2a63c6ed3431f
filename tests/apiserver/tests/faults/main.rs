//! What becomes of Pods while something goes wrong: a steady load of creations through a real API server, and one fault
//! after the other. No Pod may be created without the sidecar that it should have, and none may fail to be created while a
//! replica lives. See `docs/faults.md`.
//!
//! ```sh
//! cargo test -p outrigger-apiserver-tests --test faults             # some seconds for each fault
//! cargo test -p outrigger-apiserver-tests --test faults -- clock    # those whose names have this in them
//! FAULT_SECONDS=60 cargo test -p outrigger-apiserver-tests --test faults
//! ```

#![expect(clippy::print_stdout, reason = "a table for people")]

use std::{
    env,
    process::{Command, ExitCode},
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use outrigger_apiserver_tests::{Outrigger, Site, fault_length};
use tempfile::TempDir;

mod certificates;
mod clients;
mod clock;
mod cluster;
mod configuration;
mod fault;
mod load;
mod orphans;
mod replicas;
mod scene;
mod service;

use fault::Fault;
use load::{Figures, Load};
use scene::Scene;

/// How much of each replica's log is shown where something went wrong.
const LOG_LINES: usize = 30;

/// How many files this process may have open: clients, what they are passed on by, and the load.
const FILES: u32 = 16_384;

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let words: Vec<_> = env::args().skip(1).collect();
    if words.first().is_some_and(|word| word == orphans::STAY) {
        orphans::stay().await?;
    }
    let wanted: Vec<_> = words.iter().filter(|w| !w.starts_with('-')).collect();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|w| name.contains(&**w));
    let length = fault_length()?;
    let faults: Vec<_> = Fault::ALL
        .into_iter()
        .filter(|fault| is_wanted(fault.name()))
        .collect();
    let (mut passed, mut failed) = (0, 0);
    let mut count = |name: &str, result: Result<()>| match result {
        Ok(()) => passed += 1,
        Err(error) => {
            failed += 1;
            println!("\n{name}: {error:#}\n");
        }
    };
    if !faults.is_empty() {
        allow_files()?;
        let cluster = Site::alone().await?;
        println!(
            "\n| fault | created | failed | cut off | refused by the API server | without a sidecar | a second | p50, ms | p99, ms |\n\
             |---|---|---|---|---|---|---|---|---|"
        );
        for fault in faults {
            let result = suffer(fault, &cluster, length).await;
            count(fault.name(), result);
        }
        println!();
    }
    if is_wanted(orphans::NAME) {
        count(orphans::NAME, orphans::none_are_left().await);
    }
    println!("faults: {passed} passed, {failed} failed");
    Ok(ExitCode::from(u8::from(failed > 0)))
}

/// Creates Pods while a fault goes on, and prints what became of them.
async fn suffer(fault: Fault, cluster: &Site, time: Duration) -> Result<()> {
    let folder = TempDir::new()?;
    let wrapper = fault.wrapper(folder.path())?;
    let mut scene = Scene::start(cluster, &wrapper).await?;
    fault.before(&mut scene).await?;
    scene.register().await?;

    let load = Load::start(&scene.client, &scene.users.name);
    let until = Instant::now() + time;
    let happened = async {
        fault.happen(&mut scene, folder.path(), until).await?;
        scene.wait_until(until).await?;
        scene.recovered().await
    };
    let happened = happened.await;
    let figures = load.stop(&scene.kills).await?;
    print(fault.name(), &figures);
    let result = happened.and_then(|()| judge(fault, &figures));
    result.map_err(|error| {
        let logs: Vec<_> = scene.replicas.iter().map(unusual).collect();
        let said = format!("{:#?}\n{}", figures.said, logs.join("\n---\n"));
        error.context(said)
    })
}

/// The end of a replica's log, without the lines that are in it for every Pod.
fn unusual(replica: &Outrigger) -> String {
    let log = replica.log();
    let lines: Vec<_> = log.lines().filter(|l| !l.contains(" injected ")).collect();
    lines[lines.len().saturating_sub(LOG_LINES)..].join("\n")
}

fn print(name: &str, figures: &Figures) {
    let Figures {
        created,
        failed,
        cut_off,
        away,
        bare,
        rate,
        p50,
        p99,
        said: _,
    } = figures;
    let [p50, p99] = [p50, p99].map(|time| time.as_secs_f64() * 1e3);
    println!(
        "| {name} | {created} | {failed} | {cut_off} | {away} | {bare} | {rate:.0} | {p50:.1} | {p99:.1} |"
    );
}

/// Whether the figures are as they should be.
fn judge(fault: Fault, figures: &Figures) -> Result<()> {
    ensure!(figures.created > 0, "no Pod was created");
    ensure!(figures.bare == 0, "Pods were created without a sidecar");
    ensure!(figures.failed == 0, "Pods were not created");
    ensure!(
        figures.away == 0 || fault.takes_the_api_server_away(),
        "the API server did not do"
    );
    Ok(())
}

/// Lets this process have as many files open as the clients take.
fn allow_files() -> Result<()> {
    let status = Command::new("prlimit")
        .args(["--pid", &std::process::id().to_string()])
        .arg(format!("--nofile={FILES}:"))
        .status()?;
    ensure!(status.success(), "not allowed to have {FILES} files open");
    Ok(())
}
