//! The floor: the same server, which reads the same body and gives an answer that is there already.

use std::{
    io::{self, Write as _},
    net::{Ipv4Addr, SocketAddr},
    thread,
    time::Duration,
};

use hyper::server::conn::http1;
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use outrigger::{
    admission::{self, Answer, Core, Part},
    inject::{Outcome, Request, Stage},
    pki::{Authority, Name, Pair},
    server::{Certificate, Limits, Options, Server, Shared, TlsVersion, webhook_router},
    telemetry::{self, LogFormat},
};
use tokio::net::TcpListener;
use tracing::level_filters::LevelFilter;

use crate::{Failure, cases};

/// What the floor does of what the server does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Floor {
    /// All but decide.
    Whole,
    /// The same without its log line.
    Silent,
    /// The same over HTTP.
    Plain,
}

impl Floor {
    const ALL: [Self; 3] = [Self::Whole, Self::Silent, Self::Plain];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Silent => "silent",
            Self::Plain => "plain",
        }
    }

    pub(crate) const fn scheme(self) -> &'static str {
        match self {
            Self::Whole | Self::Silent => "https",
            Self::Plain => "http",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|floor| floor.name() == name)
    }
}

struct Constant(Answer);

impl Core for Constant {
    fn run(&self, request: &Request<'_>, _: &mut dyn FnMut(Stage)) -> Outcome<Vec<u8>> {
        cases::injector().run(request)
    }

    fn answer(&self, _: &[u8], _: &str, _: &mut dyn FnMut(Part)) -> Answer {
        self.0.clone()
    }
}

/// Serves as `outrigger serve --standalone` does, on a port that it tells on standard error.
pub(crate) fn serve(floor: Floor) -> Result<(), Failure> {
    let level = match floor {
        Floor::Silent => LevelFilter::ERROR,
        Floor::Whole | Floor::Plain => LevelFilter::INFO,
    };
    telemetry::start(LogFormat::Text, level);
    let answer = admission::handle(cases::REVIEW, "/inject", &cases::injector());
    let core = Box::new(Constant(answer));
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(thread::available_parallelism()?.get())
        .enable_all()
        .build()?
        .block_on(async {
            match floor {
                Floor::Whole | Floor::Silent => over_tls(core).await,
                Floor::Plain => over_http(core).await,
            }
        })
}

async fn over_tls(core: Box<Constant>) -> Result<(), Failure> {
    let address = Ipv4Addr::LOCALHOST;
    let issued = Authority::new("floor")?.issue(&[Name::Ip(address.into())])?;
    let pair = Pair::from_pem(issued.certificate.as_bytes(), issued.key.as_bytes())?;
    let options = Options {
        listen: (address, 0).into(),
        health_listen: None,
        certificate: Certificate::Given(Box::new(pair)),
        clients: None,
        tls_min_version: TlsVersion::default(),
        drain_delay: Duration::ZERO,
        limits: Limits::default(),
    };
    let server = Server::bind(options, core).await?;
    tell(server.address()?)?;
    server.run(std::future::pending()).await;
    Ok(())
}

async fn over_http(core: Box<Constant>) -> Result<(), Failure> {
    let router = webhook_router(Shared::new(core, Limits::default()));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    tell(listener.local_addr()?)?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let service = TowerToHyperService::new(router.clone());
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

fn tell(address: SocketAddr) -> Result<(), Failure> {
    Ok(writeln!(io::stderr(), "address={address}")?)
}
