//! The API server that all tests of one test binary share.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicUsize, Ordering},
};

use anyhow::{Context, Result, ensure};
use kube::{
    Client, Config,
    config::{KubeConfigOptions, Kubeconfig},
};
use tokio::sync::OnceCell;

use crate::{assets, ports, process::Process};

/// How to reach the API server.
pub(crate) struct Cluster {
    config: Config,
    pub(crate) kubeconfig: PathBuf,
    dir: PathBuf,
    /// Whether Pods are given service accounts, which no controller makes.
    pub(crate) has_service_accounts: bool,
    /// Never dropped, as a static is not; `cluster.sh` ends by itself when the pipe to
    /// its standard input closes, which the end of this process does.
    _script: Process,
}

/// A program that `cluster.sh` runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// The API server.
    ApiServer,
    /// Its store.
    Etcd,
}

impl Program {
    const fn name(self) -> &'static str {
        match self {
            Self::ApiServer => "kube-apiserver",
            Self::Etcd => "etcd",
        }
    }
}

/// What `cluster.sh` is told so that Pods are given service accounts.
const ACCOUNTS: (&str, &str) = ("SERVICE_ACCOUNTS", "yes");

impl Cluster {
    /// An API server of its own, which can be taken away.
    pub(crate) async fn alone() -> Result<&'static Self> {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("alone-{}", COUNT.fetch_add(1, Ordering::Relaxed));
        // As the shared one it ends with this process.
        Ok(Box::leak(Box::new(Self::start(&name, &[]).await?)))
    }

    /// An API server of its own that gives every Pod a service account and mounts its token.
    pub(crate) async fn with_service_accounts() -> Result<&'static Self> {
        Ok(Box::leak(Box::new(
            Self::start("accounts", &[ACCOUNTS]).await?,
        )))
    }

    /// An API server of its own that gives Pods service accounts, and reaches what is not on this machine through the
    /// proxy on a port.
    pub(crate) async fn with_network(proxy: u16) -> Result<&'static Self> {
        let address = format!("http://127.0.0.1:{proxy}");
        let variables = [ACCOUNTS, ("HTTPS_PROXY", &address)];
        Ok(Box::leak(Box::new(
            Self::start(&format!("network-{proxy}"), &variables).await?,
        )))
    }

    /// An API server of its own that calls what is not on this machine through a proxy; nobody listens there.
    pub(crate) async fn behind_proxy() -> Result<&'static Self> {
        let proxy = ("HTTPS_PROXY", "http://127.0.0.1:1");
        Ok(Box::leak(Box::new(Self::start("proxy", &[proxy]).await?)))
    }

    /// Takes a program away, in the middle of whatever it does.
    pub(crate) fn take_away(&self, program: Program) -> Result<()> {
        fs::write(self.dir.join("away"), "")?;
        self.signal(program, "-KILL")
    }

    /// Sends a program a signal: `-STOP` has it take connections and answer nothing, `-CONT` go on.
    pub(crate) fn signal(&self, program: Program, signal: &str) -> Result<()> {
        let id = self.id(program)?;
        let sent = process::Command::new("kill")
            .args([signal, &id.to_string()])
            .status()?;
        ensure!(sent.success(), "no {} to send {signal} to", program.name());
        Ok(())
    }

    /// What its audit log says, one JSON object a line.
    pub(crate) fn audit_log(&self) -> Result<String> {
        Ok(fs::read_to_string(self.dir.join("audit.log"))?)
    }

    /// The system's number of a program's process.
    pub(crate) fn id(&self, program: Program) -> Result<u32> {
        let file = format!("{}.pid", program.name());
        let id = fs::read_to_string(self.dir.join(file))?;
        Ok(id.trim().parse()?)
    }

    /// Brings it back, on the same port and with the same objects.
    pub(crate) fn bring_back(&self) -> Result<()> {
        Ok(fs::remove_file(self.dir.join("away"))?)
    }

    /// The API server of this test binary, started by the first caller.
    pub(crate) async fn shared() -> Result<&'static Self> {
        static SHARED: OnceCell<Cluster> = OnceCell::const_new();
        SHARED.get_or_try_init(|| Self::start("shared", &[])).await
    }

    /// A client that tries nothing again, which lives in the caller's runtime.
    pub(crate) fn strict_client(&self) -> Result<Client> {
        let mut config = self.config.clone();
        config.default_retry = false;
        Client::try_from(config).context("cannot make a client")
    }

    /// A client that lives in the caller's runtime.
    pub(crate) fn client(&self) -> Result<Client> {
        Client::try_from(self.config.clone()).context("cannot make a client")
    }

    async fn start(name: &str, variables: &[(&str, &str)]) -> Result<Self> {
        // Errors when another test has installed it before, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let dir = env::temp_dir().join(format!("outrigger-apiserver-{name}-{}", process::id()));
        let mut command = process::Command::new(assets::cluster_script());
        command
            .arg(assets::folder()?)
            .arg(&dir)
            .args([ports::free(), ports::free(), ports::free()].map(|port| port.to_string()))
            .stdin(process::Stdio::piped());
        command.envs(variables.iter().copied());
        let mut script = Process::start("kube-apiserver", &mut command)?;
        script.wait_until(async || ready(&dir).await).await?;
        let config = config(&dir).await.context("kubeconfig of the API server")?;
        Ok(Self {
            config,
            kubeconfig: dir.join("kubeconfig"),
            dir,
            has_service_accounts: variables.contains(&ACCOUNTS),
            _script: script,
        })
    }
}

async fn ready(dir: &Path) -> bool {
    let answer = async {
        let client = Client::try_from(config(dir).await?)?;
        let request = http::Request::get("/readyz").body(Vec::new())?;
        anyhow::Ok(client.request_text(request).await?)
    };
    answer.await.is_ok_and(|text| text == "ok")
}

/// Fails until the API server has written its certificate.
async fn config(dir: &Path) -> Result<Config> {
    let kubeconfig = Kubeconfig::read_from(dir.join("kubeconfig"))?;
    Ok(Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await?)
}
