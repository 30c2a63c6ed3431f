//! The one client of the API server, from a Pod's service account or a kubeconfig.
//!
//! Source of truth: <https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/>.

use std::{path::PathBuf, time::Duration};

use kube::{
    Client, Config,
    client::AuthError,
    config::{InClusterError, KubeConfigOptions, Kubeconfig},
};

use super::kubeconfig::{self, KubeconfigError};

/// How long a connection to the API server may take.
const CONNECT_TIME: Duration = Duration::from_secs(5);

/// How long the API server may say nothing: one that takes connections and never answers is as one that is away.
/// Watches end before, see [`WATCH_SECONDS`](super::follow::WATCH_SECONDS).
const READ_TIME: Duration = Duration::from_secs(30);

/// How to reach the API server; nothing given: as the service account in a Pod, else by `KUBECONFIG` or
/// `~/.kube/config`.
#[derive(clap::Args, Clone, Debug, Default)]
#[command(next_help_heading = "Cluster")]
pub struct Connection {
    /// How to reach the API server [default: the Pod's service account; outside of a Pod $KUBECONFIG, ~/.kube/config]
    #[arg(long, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,

    /// The context of the kubeconfig [default: its current one]
    #[arg(long, value_name = "NAME")]
    pub context: Option<String>,
}

/// Why there is no client of the API server.
#[derive(Debug, thiserror::Error)]
pub enum ConnectionError {
    /// A kubeconfig is of no use.
    #[error("cannot use the kubeconfig {}", path.display())]
    Kubeconfig {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: KubeconfigError,
    },
    /// No kubeconfig was asked for, and the usual one is not there or of no use.
    #[error(
        "no service account to run as (this is no Pod, or its token is not mounted), and no kubeconfig; give --kubeconfig"
    )]
    Nowhere(#[source] KubeconfigError),
    /// What the command prints that the kubeconfig has for the user's credentials is none. It is not shown.
    #[error(
        "the command that the kubeconfig has in the user's `exec` does not print an ExecCredential"
    )]
    Exec,
    /// The service account's files are there in part.
    #[error("cannot use the Pod's service account")]
    ServiceAccount(#[source] InClusterError),
    /// What the configuration says makes no client.
    #[error("cannot make a client of the API server")]
    Client(#[source] Box<kube::Error>),
}

/// Makes a client; it connects when it is used. Its default namespace is the Pod's or the kubeconfig's.
pub async fn client(connection: &Connection) -> Result<Client, ConnectionError> {
    // There is one provider in the program; that it is set already is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut config = config(connection).await?;
    config.connect_timeout = Some(CONNECT_TIME);
    config.read_timeout = Some(READ_TIME);
    config.reset_reader_on_write = true;
    // Whoever asks knows when to ask again; an eviction that a budget forbids now would be asked for minutes.
    config.default_retry = false;
    Client::try_from(config).map_err(|error| match error {
        kube::Error::Auth(AuthError::AuthExecParse(_)) => ConnectionError::Exec,
        other => ConnectionError::Client(Box::new(other)),
    })
}

async fn config(connection: &Connection) -> Result<Config, ConnectionError> {
    let options = KubeConfigOptions {
        context: connection.context.clone(),
        ..KubeConfigOptions::default()
    };
    let failed = |path: &PathBuf, source: KubeconfigError| ConnectionError::Kubeconfig {
        path: path.clone(),
        source,
    };
    let read = |path: &PathBuf| kubeconfig::read(path).map_err(|source| failed(path, source));
    if let Some(path) = &connection.kubeconfig {
        return Config::from_custom_kubeconfig(read(path)?, &options)
            .await
            .map_err(|source| failed(path, source.into()));
    }
    match Config::incluster() {
        Ok(config) if connection.context.is_none() => return Ok(config),
        Err(InClusterError::ReadEnvironmentVariable(_)) | Ok(_) => {}
        Err(error) => return Err(ConnectionError::ServiceAccount(error)),
    }
    let nowhere = |error: kube::config::KubeconfigError| ConnectionError::Nowhere(error.into());
    let mut usual = Kubeconfig::default();
    for path in kubeconfig::usual_files() {
        usual = usual.merge(read(&path)?).map_err(nowhere)?;
    }
    Config::from_custom_kubeconfig(usual, &options)
        .await
        .map_err(nowhere)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn faults_name_the_file() {
        let connection = Connection {
            kubeconfig: Some("/nowhere/config".into()),
            context: None,
        };
        let error = client(&connection).await.err().unwrap();
        assert_eq!(
            error.to_string(),
            "cannot use the kubeconfig /nowhere/config"
        );
    }

    #[tokio::test]
    async fn the_context_of_a_kubeconfig_can_be_chosen() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config");
        let text = "{apiVersion: v1, kind: Config, current-context: a, users: [],
            clusters: [{name: c, cluster: {server: 'https://localhost:1', insecure-skip-tls-verify: true}}],
            contexts: [{name: a, context: {cluster: c, user: ''}},
                       {name: b, context: {cluster: c, user: '', namespace: shop}}]}";
        std::fs::write(&path, text).unwrap();
        for (context, namespace) in [(None, "default"), (Some("b"), "shop")] {
            let connection = Connection {
                kubeconfig: Some(path.clone()),
                context: context.map(str::to_owned),
            };
            let client = client(&connection).await.unwrap();
            assert_eq!(client.default_namespace(), namespace);
        }
    }
}
