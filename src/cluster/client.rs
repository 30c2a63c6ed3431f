//! The one client of the API server, from a Pod's service account or a kubeconfig.
//!
//! Source of truth: <https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/>.

use std::{path::PathBuf, time::Duration};

use kube::{
    Client, Config,
    config::{InClusterError, KubeConfigOptions, Kubeconfig, KubeconfigError},
};

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
    /// The kubeconfig that was asked for is of no use.
    #[error("cannot use the kubeconfig {}", path.display())]
    Kubeconfig {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: KubeconfigError,
    },
    /// No kubeconfig was asked for, and the usual one is of no use.
    #[error(
        "no service account to run as (this is no Pod, or its token is not mounted), and no kubeconfig; give --kubeconfig"
    )]
    Nowhere(#[source] KubeconfigError),
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
    Client::try_from(config).map_err(|error| ConnectionError::Client(Box::new(error)))
}

async fn config(connection: &Connection) -> Result<Config, ConnectionError> {
    let options = KubeConfigOptions {
        context: connection.context.clone(),
        ..KubeConfigOptions::default()
    };
    if let Some(path) = &connection.kubeconfig {
        let failed = |source| ConnectionError::Kubeconfig {
            path: path.clone(),
            source,
        };
        let kubeconfig = Kubeconfig::read_from(path).map_err(failed)?;
        return Config::from_custom_kubeconfig(kubeconfig, &options)
            .await
            .map_err(failed);
    }
    match Config::incluster() {
        Ok(config) if connection.context.is_none() => Ok(config),
        Err(InClusterError::ReadEnvironmentVariable(_)) | Ok(_) => {
            Config::from_kubeconfig(&options)
                .await
                .map_err(ConnectionError::Nowhere)
        }
        Err(error) => Err(ConnectionError::ServiceAccount(error)),
    }
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
