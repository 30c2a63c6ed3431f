//! `outrigger serve`.

use std::{
    io::{self, IsTerminal as _, Write as _},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::PathBuf,
    process::ExitCode,
    str::FromStr,
    sync::Arc,
    thread,
    time::Duration,
};

use anyhow::{Context as _, bail};
use hyper::http::{Uri, uri::InvalidUri};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::watch,
};
use tracing::level_filters::LevelFilter;

use crate::{
    admission::Remembering,
    cluster::{self, Certificates, Install, Published, Watched},
    pki::{Authority, Name, Pair},
    server::{
        Certificate, ClientCertificates, Configuration, Limits, Options, Server, Starting,
        TlsVersion, Traces, configuration,
    },
    telemetry::{self, LogFormat, LogLevel},
};

use super::{
    certs::usual_names,
    cluster::{ClusterOptions, events},
    missed::MissedOptions,
    options::ConfigOptions,
    reload,
};

/// How often the certificate's files are looked at.
const RELOAD_INTERVAL: Duration = Duration::from_secs(5);

/// How long endpoints of a Service take to forget a replica.
const CLUSTER_DRAIN_DELAY: Duration = Duration::from_secs(5);

/// The most threads that serve connections: a call is short, and more threads cost memory for nothing.
const MAX_WORKERS: usize = 4;

/// The most threads for large reviews.
const MAX_BLOCKING: usize = 8;

/// Run the webhook: HTTPS in, AdmissionReviews answered.
///
/// The configuration is that of the cluster: Istio's ConfigMaps istio-sidecar-injector and istio, and what namespaces,
/// nodes and ProxyConfig resources say; it is watched, and a change is served without a restart. With files of one's own
/// (--injector-config, --values, --mesh-config, --namespaces, --proxy-configs), or with --standalone, the cluster is not
/// asked, and the files are read again when they change. What cannot be served leaves the configuration before in place.
///
/// Without --tls-cert the server makes an authority and a serving certificate, keeps them in a Secret, renews them, and
/// keeps the caBundle of its MutatingWebhookConfiguration.
///
/// Stops on SIGTERM or SIGINT: says that it is not ready, waits for the drain delay, takes no more connections, answers
/// the calls under way, and exits with status 0.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  Try it without a cluster, with a certificate made on the spot:
    outrigger serve --standalone
    curl -k -H content-type:application/json -d @examples/review.json https://127.0.0.1:15017/inject

  With a certificate of one's own:
    outrigger certs --dir certs
    outrigger serve --standalone --tls-cert certs/tls.crt --tls-key certs/tls.key

  By the configuration of the cluster that kubectl is at:
    outrigger serve --tls-cert certs/tls.crt --tls-key certs/tls.key --log-level debug")]
pub(super) struct Args {
    /// Run without a cluster: configuration from files or built in, and a certificate made on the spot if none is given
    #[arg(long)]
    standalone: bool,

    /// Where the webhook listens [default: [::]:15017, with --standalone 127.0.0.1:15017]
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,

    /// Where health and metrics are, over plain HTTP [default: [::]:15014, with --standalone nowhere]
    #[arg(long, value_name = "ADDR")]
    health_listen: Option<SocketAddr>,

    /// The serving certificate, PEM; read again when it changes [default: that of --certificate-secret]
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,

    /// The key of the serving certificate, PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,

    /// Let only clients in that show a certificate of these authorities, PEM; read again when it changes
    #[arg(long, value_name = "FILE")]
    client_ca: Option<PathBuf>,

    /// The common name or DNS name of a client that is let in [default: all of --client-ca]. May be repeated
    #[arg(long = "client-name", value_name = "NAME", requires = "client_ca")]
    client_names: Vec<String>,

    /// The oldest version of TLS that clients may speak
    #[arg(long, value_name = "VERSION", value_enum, default_value_t)]
    tls_min_version: TlsVersion,

    /// How long to go on taking calls once asked to stop, in seconds [default: 5, with --standalone 0]
    #[arg(long, value_name = "SECONDS")]
    drain_delay: Option<u64>,

    /// How log lines are written
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    log_format: LogFormat,

    /// How much is logged: off, error, warn, info, debug or trace
    #[arg(long, value_name = "LEVEL", default_value = "info")]
    log_level: LevelFilter,

    /// Send a trace of each call to the OpenTelemetry collector at this URL, in OTLP over http:// [default: none]
    #[arg(
        long,
        value_name = "URL",
        env = "OTEL_EXPORTER_OTLP_ENDPOINT",
        default_value = "",
        hide_default_value = true
    )]
    otlp_endpoint: Endpoint,

    #[command(flatten)]
    config: ConfigOptions,

    #[command(flatten)]
    cluster: ClusterOptions,

    #[command(flatten)]
    missed: MissedOptions,
}

/// A URL, or nothing: OpenTelemetry takes a variable that is empty for one that is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Endpoint(Option<Uri>);

impl FromStr for Endpoint {
    type Err = InvalidUri;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(match text {
            "" => None,
            url => Some(url.parse()?),
        }))
    }
}

impl Args {
    /// What an injector is that is started with these arguments.
    pub(super) fn install(&self) -> Install {
        let settings = self.config.settings();
        let has_files = self.standalone || self.config.has_files();
        Install {
            config_maps: (!has_files)
                .then(|| self.cluster.config_maps.of_revision(&settings.revision)),
            secret: self.cluster.certificate_secret.clone(),
            settings,
        }
    }

    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let Self {
            standalone,
            listen,
            health_listen,
            tls_cert,
            tls_key,
            client_ca,
            client_names,
            tls_min_version,
            drain_delay,
            log_format,
            log_level,
            otlp_endpoint: Endpoint(otlp_endpoint),
            config,
            cluster,
            missed,
        } = self;
        let log_level = telemetry::start(log_format, log_level);
        let (default_listen, default_health, default_delay) = if standalone {
            ((Ipv4Addr::LOCALHOST, 15017).into(), None, Duration::ZERO)
        } else {
            let any = |port| SocketAddr::from((Ipv6Addr::UNSPECIFIED, port));
            (any(15017), Some(any(15014)), CLUSTER_DRAIN_DELAY)
        };
        let listen = listen.unwrap_or(default_listen);
        let certificate = match (tls_cert, tls_key) {
            (Some(certificate), Some(key)) => Some(Certificate::Files {
                certificate,
                key,
                interval: RELOAD_INTERVAL,
            }),
            _ if standalone => Some(Certificate::Given(Box::new(made_on_the_spot(listen.ip())?))),
            _ => None,
        };
        let clients = client_ca.map(|authorities| ClientCertificates {
            authorities,
            names: client_names,
            interval: RELOAD_INTERVAL,
        });
        let serve = Serve {
            watches_configuration: !standalone && !config.has_files(),
            config,
            cluster,
            missed,
            certificate,
            health_listen: health_listen.or(default_health),
            log_level,
            otlp_endpoint,
            options: move |certificate| Options {
                listen,
                health_listen: health_listen.or(default_health),
                certificate,
                clients,
                tls_min_version,
                drain_delay: drain_delay.map_or(default_delay, Duration::from_secs),
                limits: Limits::default(),
            },
        };

        let workers = thread::available_parallelism().map_or(1, usize::from);
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(workers.min(MAX_WORKERS))
            .max_blocking_threads(MAX_BLOCKING)
            .enable_all()
            .build()
            .context("cannot start the runtime")?
            .block_on(serve.run())
    }
}

/// A server to be started.
struct Serve<O> {
    config: ConfigOptions,
    /// Whether the configuration is the cluster's.
    watches_configuration: bool,
    cluster: ClusterOptions,
    missed: MissedOptions,
    /// What is shown to clients; `None`: the certificate of the Secret.
    certificate: Option<Certificate>,
    health_listen: Option<SocketAddr>,
    log_level: LogLevel,
    /// Where traces are sent, if anywhere.
    otlp_endpoint: Option<Uri>,
    options: O,
}

impl<O: FnOnce(Certificate) -> Options> Serve<O> {
    async fn run(self) -> anyhow::Result<ExitCode> {
        let stop = stop()?;
        tokio::pin!(stop);
        tokio::select! {
            started = self.start() => {
                let server = started?;
                let address = server.address()?;
                let health = server.health_address().map(tracing::field::display);
                tracing::info!(%address, health, "listening");
                if io::stderr().is_terminal() {
                    writeln!(io::stderr(), "{}", next_step(address))?;
                }
                let traces = server.shared().traces.get().cloned();
                server.run(stop).await;
                if let Some(traces) = traces {
                    traces.stop().await;
                }
            }
            () = &mut stop => {}
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Answers for its health at once, waits until there are a configuration and a certificate, starts what keeps them in
    /// step, and waits until clients are told what to trust; the tasks end with the runtime.
    async fn start(self) -> anyhow::Result<Server> {
        let Self {
            config,
            watches_configuration,
            cluster,
            missed,
            certificate,
            health_listen,
            log_level,
            otlp_endpoint,
            options,
        } = self;
        let starting = Starting::bind(health_listen, Limits::default()).await?;
        let shared = starting.shared();
        // Nobody has set it before.
        let _ = shared.log_level.set(log_level);
        if let Some(endpoint) = otlp_endpoint {
            let _ = shared.traces.set(Traces::start(&endpoint)?);
        }
        let settings = config.settings();
        let client = if watches_configuration || certificate.is_none() || missed.is_on() {
            Some(cluster::client(&cluster.connection).await?)
        } else {
            None
        };
        if let Some(client) = client.clone() {
            let telling = cluster::tell_owners(client.clone(), events(&client), shared.clone());
            tokio::spawn(telling);
            tokio::spawn(cluster::keep_asking(client, shared.clone()));
        }

        let mut watched = None;
        let mut files = None;
        let injector = if let Some(client) = client.clone().filter(|_| watches_configuration) {
            let events = events(&client);
            let names = cluster.config_maps.of_revision(&settings.revision);
            tracing::info!(?names, "reading the cluster's configuration");
            let mut watch = Watched::new(client, events, names, settings.clone());
            let injector = watch.first(&shared).await;
            watched = Some(watch);
            injector
        } else {
            let sources = config.read()?;
            let injector = configuration::build(&sources, &settings, None)?;
            files = config.has_files().then_some(sources);
            injector
        };

        let mut kept = None;
        let certificate = match (certificate, &client) {
            (Some(certificate), _) => certificate,
            (None, None) => bail!("no certificate and no cluster to keep one in"),
            (None, Some(client)) => {
                let namespace = cluster.own_namespace(client);
                let mut certificates = Certificates::new(
                    client.clone(),
                    namespace,
                    cluster.certificate_secret.clone(),
                    cluster.names(namespace),
                );
                let pair = certificates.first(&shared).await;
                kept = Some((certificates, client.clone()));
                Certificate::Given(Box::new(pair))
            }
        };

        let injector = Arc::new(injector);
        let core = Box::new(Remembering::new(injector.clone()));
        let server = starting.serve(options(certificate), core).await?;
        let configuration = Arc::new(Configuration::new(shared.clone(), injector));
        let webhook = cluster.webhook(&settings.revision);
        if let Some(client) = client.filter(|_| missed.is_on()) {
            let namespace = cluster.own_namespace(&client).to_owned();
            let (configuration, shared) = (configuration.clone(), shared.clone());
            let search = missed.search(client, webhook.clone(), namespace, configuration, shared);
            tokio::spawn(search.keep_looking());
        }
        if let Some(watch) = watched {
            tokio::spawn(watch.keep(configuration, shared.clone()));
        } else if let Some(sources) = files {
            tokio::spawn(reload::keep_reading(config, sources, configuration));
        }
        if let Some((certificates, client)) = kept {
            let (bundle, told) = watch::channel(certificates.bundle());
            let (published, says) = watch::channel(Published::default());
            let mut first = says.clone();
            let keep = cluster::keep_bundle(client, webhook, told, published, shared.clone());
            tokio::spawn(keep);
            let serving = server.certificate();
            tokio::spawn(certificates.keep(serving, bundle, says, shared));
            // Whoever is ready is called, and so has to be trusted. Where that cannot be told, waiting mends nothing.
            let _ = first.wait_for(|said| *said != Published::Unknown).await;
        }
        Ok(server)
    }
}

/// Ends when the process is asked to.
fn stop() -> anyhow::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate()).context("cannot wait for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot wait for SIGINT")?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// A serving certificate of an authority that is forgotten at once.
fn made_on_the_spot(address: IpAddr) -> anyhow::Result<Pair> {
    let mut names = usual_names();
    if !names.contains(&Name::Ip(address)) {
        names.push(Name::Ip(address));
    }
    let issued = Authority::new("outrigger standalone CA")?.issue(&names)?;
    Ok(Pair::from_pem(
        issued.certificate.as_bytes(),
        issued.key.as_bytes(),
    )?)
}

/// What a person at a terminal may want to do now.
fn next_step(address: SocketAddr) -> String {
    format!(
        "Post a review to see what would be injected; Ctrl-C stops:\n  \
         curl -k -H content-type:application/json -d @examples/review.json https://{address}/inject"
    )
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Program {
        #[command(flatten)]
        args: Args,
    }

    #[test]
    fn an_endpoint_that_is_empty_is_none() {
        for (text, expected) in [
            ("", Some(Endpoint(None))),
            (
                "http://collector:4318",
                Some(Endpoint(Some(Uri::from_static("http://collector:4318")))),
            ),
            ("a collector", None),
        ] {
            let program = Program::try_parse_from(["program", "--otlp-endpoint", text]);
            let endpoint = program.ok().map(|program| program.args.otlp_endpoint);
            assert_eq!(endpoint, expected, "{text:?}");
        }
    }
}
