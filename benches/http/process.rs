//! A server in a process of its own, on one core.

use std::{
    env, fs,
    io::{BufRead as _, BufReader, Read as _},
    net::SocketAddr,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::{Failure, cases, client, floor::Floor};

/// The built program.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_outrigger");

/// A server that has answered once.
pub(crate) struct Server {
    process: Child,
    pub(crate) scheme: &'static str,
    pub(crate) address: SocketAddr,
    /// From the start of its process to the first answer.
    pub(crate) started: Duration,
}

impl Server {
    pub(crate) fn outrigger() -> Result<Self, Failure> {
        let mut command = pinned(PROGRAM);
        command.args(["serve", "--standalone", "--listen", "127.0.0.1:0"]);
        Self::start(command, "https")
    }

    pub(crate) fn floor(floor: Floor) -> Result<Self, Failure> {
        let program = env::current_exe()?;
        let mut command = pinned(program.to_str().ok_or("the program's path is not UTF-8")?);
        command.args(["--floor", floor.name()]);
        Self::start(command, floor.scheme())
    }

    fn start(mut command: Command, scheme: &'static str) -> Result<Self, Failure> {
        let began = Instant::now();
        let mut process = command.stderr(Stdio::piped()).spawn()?;
        let mut log = BufReader::new(process.stderr.take().ok_or("no standard error")?);
        let mut line = String::new();
        let address = loop {
            line.clear();
            if log.read_line(&mut line)? == 0 {
                return Err("the server ended before it listened".into());
            }
            let after = line.split("address=").nth(1);
            if let Some(address) = after.and_then(|rest| rest.split_whitespace().next()) {
                break address.parse()?;
            }
        };
        let answer = client::post(scheme, address, cases::REVIEW)?;
        let started = began.elapsed();
        if !answer.starts_with(b"HTTP/1.1 200") {
            return Err("the server does not answer".into());
        }
        // A log that nobody reads would stop the server.
        thread::spawn(move || {
            let mut rest = log.into_inner();
            let mut buffer = [0; 8 << 10];
            while rest.read(&mut buffer).is_ok_and(|n| n > 0) {}
        });
        Ok(Self {
            process,
            scheme,
            address,
            started,
        })
    }

    /// The time that all its threads had of a processor.
    pub(crate) fn time(&self) -> Result<Duration, Failure> {
        let mut nanoseconds = 0;
        for task in fs::read_dir(format!("/proc/{}/task", self.process.id()))? {
            let text = fs::read_to_string(task?.path().join("schedstat"))?;
            let running = text.split(' ').next().unwrap_or_default();
            nanoseconds += running.parse::<u64>()?;
        }
        Ok(Duration::from_nanos(nanoseconds))
    }

    /// Its resident memory in bytes.
    pub(crate) fn resident(&self) -> Result<u64, Failure> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:"));
        let kilobytes = line.and_then(|l| l.split_whitespace().next());
        Ok(kilobytes.ok_or("no VmRSS")?.parse::<u64>()? * 1024)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A program that runs on the first core.
fn pinned(program: &str) -> Command {
    let mut command = Command::new("taskset");
    command.args(["--cpu-list", "0", program]);
    command
}
