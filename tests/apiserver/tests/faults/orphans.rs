//! What a run leaves behind that is killed: nothing.

use std::{
    env,
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, ensure};
use outrigger_apiserver_tests::{Outrigger, Program, Site, eventually};

use crate::scene::Scene;

pub(crate) const NAME: &str = "a run that is killed";

/// The argument by which this program starts everything and stays.
pub(crate) const STAY: &str = "--stay";

/// Starts everything, prints the numbers of the processes, and stays.
pub(crate) async fn stay() -> Result<()> {
    let cluster = Site::alone().await?;
    let scene = Scene::start(&cluster, &[]).await?;
    let (api_server, etcd) = (cluster.id(Program::ApiServer)?, cluster.id(Program::Etcd)?);
    let [one, other] = [0, 1].map(|n| scene.replicas.get(n).map_or(0, Outrigger::id));
    writeln!(std::io::stdout(), "{api_server} {etcd} {one} {other}")?;
    std::future::pending().await
}

/// Kills a run in the middle, and waits until all that it has started is gone.
pub(crate) async fn none_are_left() -> Result<()> {
    let mut run = Command::new(env::current_exe()?)
        .arg(STAY)
        .stdout(Stdio::piped())
        .spawn()?;
    let mut line = String::new();
    let output = run.stdout.take().context("its output")?;
    BufReader::new(output).read_line(&mut line)?;
    let processes: Vec<_> = line.split_whitespace().collect();
    let is_there = |id: &&str| Path::new("/proc").join(id).exists();
    let started = processes.len() == 4 && processes.iter().all(is_there);
    run.kill()?;
    run.wait()?;
    ensure!(started, "not everything was started: {line:?}");
    eventually("everything is gone", async || {
        !processes.iter().any(is_there)
    })
    .await
}
