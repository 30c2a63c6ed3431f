//! The floor: the same server, which reads the same body and gives an answer that is there already.

use std::{
    io::{self, Write as _},
    net::Ipv4Addr,
    thread,
    time::Duration,
};

use outrigger::{
    admission::{self, Answer, Core},
    inject::{Outcome, Request},
    pki::{Authority, Name, Pair},
    server::{Certificate, Limits, Options, Server, TlsVersion},
    telemetry::{self, LogFormat},
};
use tracing::level_filters::LevelFilter;

use crate::{Failure, cases};

struct Constant(Answer);

impl Core for Constant {
    fn run(&self, request: &Request<'_>) -> Outcome<Vec<u8>> {
        cases::injector().run(request)
    }

    fn answer(&self, _: &[u8], _: &str) -> Answer {
        self.0.clone()
    }
}

/// Serves as `outrigger serve --standalone` does, on a port that it tells on standard error.
pub(crate) fn serve() -> Result<(), Failure> {
    telemetry::start(LogFormat::Text, LevelFilter::INFO);
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
    let answer = admission::handle(cases::REVIEW, "/inject", &cases::injector());
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(thread::available_parallelism()?.get())
        .enable_all()
        .build()?
        .block_on(async {
            let server = Server::bind(options, Box::new(Constant(answer))).await?;
            writeln!(io::stderr(), "address={}", server.address()?)?;
            server.run(std::future::pending()).await;
            Ok(())
        })
}
