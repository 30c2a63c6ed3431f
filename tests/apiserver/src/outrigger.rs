//! The binary under test as a child process that serves the webhook.

use std::{
    fs::{self, File},
    io::{Read, Write},
    net::{Ipv4Addr, TcpStream},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, ensure};
use kube::{Client, Config};
use serde_json::Value;
use tempfile::TempDir;

use crate::{assets, ports, process::Process};

/// How much of its log a failed test shows.
const LOG_LINES: usize = 30;

/// `outrigger serve --standalone` with a certificate from `outrigger certs`. It is
/// killed when the value is dropped.
pub struct Outrigger {
    process: Process,
    dir: TempDir,
    port: u16,
    /// Of its health, over plain HTTP.
    health: u16,
    args: Vec<String>,
    /// The command that runs the program, with the limits or the clock that it is to have; empty: nothing does.
    wrapper: Vec<String>,
    /// Whether the end of its log is printed when it is dropped.
    prints_log: bool,
    /// Base64 of the CA's PEM, as `outrigger certs` prints it; `None`: the server sees to it.
    pub(crate) ca_bundle: Option<String>,
}

impl Outrigger {
    /// Starts the server with more arguments and waits until it is ready.
    ///
    /// # Errors
    /// When the binary is missing, ends early, or is not ready within a minute.
    pub async fn serve(args: &[&str]) -> Result<Self> {
        let standalone = ["serve", "--standalone"];
        let mut outrigger = Self::with_certificate(&[&standalone, args].concat())?;
        outrigger.wait_until_ready().await?;
        Ok(outrigger)
    }

    /// Starts the server with the API server that a kubeconfig names and with more arguments; does not wait.
    ///
    /// # Errors
    /// When the binary is missing.
    pub fn serve_in(kubeconfig: &Path, args: &[&str]) -> Result<Self> {
        let kubeconfig = kubeconfig.to_str().context("a path in UTF-8")?;
        let clustered = ["serve", "--drain-delay", "0", "--kubeconfig", kubeconfig];
        Self::with_certificate(&[&clustered, args].concat())
    }

    /// As [`serve_in`](Self::serve_in), but with a certificate that the server keeps in a Secret, and without waiting.
    ///
    /// # Errors
    /// When the binary is missing.
    pub fn serve_kept(kubeconfig: &Path, args: &[&str]) -> Result<Self> {
        let kubeconfig = kubeconfig.to_str().context("a path in UTF-8")?;
        let clustered = ["serve", "--drain-delay", "0", "--kubeconfig", kubeconfig];
        let name = ["--certificate-name", "127.0.0.1"];
        let args = [&clustered[..], &name, args].concat();
        Self::new(tempfile::tempdir()?, None, &args, &[])
    }

    /// A replica as the chart runs it, with a certificate that it shares with others, run by `wrapper`, a command that
    /// takes another as its last arguments. Does not wait. Its log is for the caller to show.
    ///
    /// # Errors
    /// When the binary is missing.
    pub fn replica(kubeconfig: &Path, args: &[&str], wrapper: &[&str]) -> Result<Self> {
        let kubeconfig = kubeconfig.to_str().context("a path in UTF-8")?;
        let clustered = ["serve", "--kubeconfig", kubeconfig];
        let name = ["--certificate-name", "127.0.0.1"];
        let args = [&clustered[..], &name, args].concat();
        let mut replica = Self::new(tempfile::tempdir()?, None, &args, wrapper)?;
        replica.prints_log = false;
        Ok(replica)
    }

    /// Waits until the server is ready.
    ///
    /// # Errors
    /// When it ends early or is not ready within a minute.
    pub async fn wait_until_ready(&mut self) -> Result<()> {
        let health = self.health;
        let ready = async || get(health, "/readyz").is_some_and(|a| a.starts_with("HTTP/1.1 200"));
        self.process.wait_until(ready).await
    }

    /// What `/readyz?verbose` says, a line for each part; empty while the server does not answer.
    pub fn health(&self) -> String {
        get(self.health, "/readyz?verbose").unwrap_or_default()
    }

    /// Whether `/livez` answers that it is.
    pub fn is_alive(&self) -> bool {
        get(self.health, "/livez").is_some_and(|answer| answer.starts_with("HTTP/1.1 200"))
    }

    /// What it answers to a review that is posted to it past the API server.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn answer(&self, review: &Value) -> Result<Value> {
        let mut config = Config::new(format!("https://127.0.0.1:{}", self.port).parse()?);
        config.accept_invalid_certs = true;
        let request = http::Request::post("/inject")
            .header("content-type", "application/json")
            .body(review.to_string().into_bytes())?;
        Ok(Client::try_from(config)?.request(request).await?)
    }

    /// What it exposes; empty while it does not answer.
    pub fn metrics(&self) -> String {
        get(self.health, "/metrics").unwrap_or_default()
    }

    /// The value of a metric without labels, or with those that are in the name.
    pub fn metric(&self, name: &str) -> Option<f64> {
        self.metrics()
            .lines()
            .find_map(|line| line.strip_prefix(name)?.trim().parse().ok())
    }

    /// Base64 of its authority's certificate, unless the server sees to it.
    #[must_use]
    pub fn bundle(&self) -> Option<String> {
        self.ca_bundle.clone()
    }

    /// The program, to be given arguments.
    ///
    /// # Errors
    /// When it is missing.
    pub fn program() -> Result<Command> {
        Ok(Command::new(assets::outrigger()?))
    }

    /// The process's id.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    fn with_certificate(args: &[&str]) -> Result<Self> {
        let binary = assets::outrigger()?;
        let dir = tempfile::tempdir()?;
        let certs = Command::new(binary)
            .args(["certs", "--ip", "127.0.0.1", "--dir"])
            .arg(dir.path())
            .stderr(Stdio::inherit())
            .output()?;
        ensure!(certs.status.success(), "outrigger certs failed");
        let ca_bundle = String::from_utf8(certs.stdout)?.trim().to_owned();
        let [certificate, key] = ["tls.crt", "tls.key"].map(|name| dir.path().join(name));
        let files = [
            "--tls-cert",
            certificate.to_str().context("a path in UTF-8")?,
            "--tls-key",
            key.to_str().context("a path in UTF-8")?,
        ];
        let args = [args, &files].concat();
        Self::new(dir, Some(ca_bundle), &args, &[])
    }

    fn new(
        dir: TempDir,
        ca_bundle: Option<String>,
        args: &[&str],
        wrapper: &[&str],
    ) -> Result<Self> {
        let (port, health) = (ports::free(), ports::free());
        let owned = |list: &[&str]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
        let (args, wrapper) = (owned(args), owned(wrapper));
        Ok(Self {
            process: start(&dir, port, health, &wrapper, &args)?,
            dir,
            port,
            health,
            args,
            wrapper,
            prints_log: true,
            ca_bundle,
        })
    }

    /// Starts the server again after [`kill`](Self::kill), with the same address and certificate.
    ///
    /// # Errors
    /// As for [`serve`](Self::serve).
    pub async fn restart(&mut self) -> Result<()> {
        let (port, health) = (self.port, self.health);
        self.process = start(&self.dir, port, health, &self.wrapper, &self.args)?;
        self.wait_until_ready().await
    }

    /// Asks the server to end, as a kubelet does, and waits until it has.
    ///
    /// # Errors
    /// When it ends with a status that says that something went wrong, or not within a minute.
    pub async fn stop(&mut self) -> Result<()> {
        self.process.stop().await
    }

    /// Kills the server; its port then refuses connections.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// The file with its authority's certificate.
    #[must_use]
    pub fn ca_file(&self) -> PathBuf {
        self.dir.path().join("ca.crt")
    }

    /// Where the API server calls it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("https://127.0.0.1:{}/inject", self.port)
    }

    /// The port that it listens on.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The port of its health, over plain HTTP.
    #[must_use]
    pub fn health_port(&self) -> u16 {
        self.health
    }

    /// What it has written.
    pub fn log(&self) -> String {
        fs::read_to_string(self.dir.path().join("log")).unwrap_or_default()
    }

    /// The end of what it has written.
    fn log_end(&self) -> String {
        let log = self.log();
        let lines: Vec<_> = log.lines().collect();
        lines[lines.len().saturating_sub(LOG_LINES)..].join("\n")
    }
}

/// The program ends with the thread that starts it, even if that is killed.
fn start(
    dir: &TempDir,
    port: u16,
    health: u16,
    wrapper: &[String],
    args: &[String],
) -> Result<Process> {
    let log = File::options()
        .create(true)
        .append(true)
        .open(dir.path().join("log"))?;
    let mut command = Command::new("setpriv");
    command
        .args(["--pdeathsig", "KILL"])
        .args(wrapper)
        .arg(assets::outrigger()?)
        .args(args)
        .args(["--listen", &format!("127.0.0.1:{port}")])
        .args(["--health-listen", &format!("127.0.0.1:{health}")])
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log);
    Process::start("outrigger serve", &mut command)
}

impl Drop for Outrigger {
    fn drop(&mut self) {
        if self.prints_log {
            // Captured by the test runner, and shown when the test fails.
            print_log(&self.log_end());
        }
    }
}

#[expect(clippy::print_stderr, reason = "part of a failed test's output")]
fn print_log(log: &str) {
    eprintln!("--- the end of outrigger's log\n{log}\n---");
}

/// The answer to a request; one by hand needs no HTTP client.
fn get(port: u16, path: &str) -> Option<String> {
    let ask = || {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        std::io::Result::Ok(answer)
    };
    ask().ok()
}
