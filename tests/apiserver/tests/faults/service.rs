//! What stands for a Service: connections go to the replicas that say that they are ready, in turns.
//!
//! As with a Service, a connection that is open stays where it is. Unlike behind kube-proxy, one that a replica refuses goes
//! to the next at once.

use std::{
    net::Ipv4Addr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use anyhow::Result;
use outrigger_apiserver_tests::Outrigger;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, copy},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::{sleep, timeout},
};

/// How often replicas are asked whether they are ready, and how long they may take to say so.
const INTERVAL: Duration = Duration::from_millis(200);
const PATIENCE: Duration = Duration::from_secs(2);

/// A port that leads to replicas. It closes when the value is dropped.
pub(crate) struct Service {
    port: u16,
    endpoints: Endpoints,
    tasks: [JoinHandle<()>; 2],
}

#[derive(Clone, Default)]
struct Endpoints(Arc<Mutex<Vec<Endpoint>>>);

/// A replica, as the Service knows it.
#[derive(Clone)]
struct Endpoint {
    port: u16,
    health: u16,
    ready: bool,
    /// The connections that are open to it.
    open: Arc<AtomicUsize>,
}

impl Service {
    /// Opens a port that leads nowhere.
    pub(crate) async fn new() -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let endpoints = Endpoints::default();
        Ok(Self {
            port: listener.local_addr()?.port(),
            tasks: [
                tokio::spawn(accept(listener, endpoints.clone())),
                tokio::spawn(ask(endpoints.clone())),
            ],
            endpoints,
        })
    }

    /// Where API servers call it.
    pub(crate) fn url(&self) -> String {
        format!("https://127.0.0.1:{}/inject", self.port)
    }

    /// The port.
    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    /// From now on this ready replica is called, too.
    pub(crate) fn add(&self, replica: &Outrigger) {
        self.endpoints.lock().push(Endpoint {
            port: replica.port(),
            health: replica.health_port(),
            ready: true,
            open: Arc::default(),
        });
    }

    /// From now on this replica is not known.
    pub(crate) fn remove(&self, replica: &Outrigger) {
        let port = replica.port();
        self.endpoints.lock().retain(|e| e.port != port);
    }

    /// Whether a replica has the most connections of all.
    pub(crate) fn is_busiest(&self, replica: &Outrigger) -> bool {
        let endpoints = self.endpoints.lock();
        let busiest = endpoints
            .iter()
            .max_by_key(|e| e.open.load(Ordering::Relaxed));
        busiest.is_some_and(|endpoint| endpoint.port == replica.port())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl Endpoints {
    fn lock(&self) -> MutexGuard<'_, Vec<Endpoint>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The ready ones, beginning with another one each time.
    fn in_turn(&self, turn: usize) -> Vec<Endpoint> {
        let endpoints = self.lock();
        let mut ready: Vec<_> = endpoints.iter().filter(|e| e.ready).cloned().collect();
        if !ready.is_empty() {
            let first = turn % ready.len();
            ready.rotate_left(first);
        }
        ready
    }
}

async fn accept(listener: TcpListener, endpoints: Endpoints) {
    let mut turn = 0_usize;
    loop {
        match listener.accept().await {
            Ok((client, _)) => {
                turn = turn.wrapping_add(1);
                tokio::spawn(pass_on(client, endpoints.in_turn(turn)));
            }
            Err(_) => sleep(INTERVAL).await,
        }
    }
}

/// Passes a connection on to the first that takes it; with none it is closed.
async fn pass_on(mut client: TcpStream, endpoints: Vec<Endpoint>) {
    for endpoint in endpoints {
        let Ok(mut server) = TcpStream::connect((Ipv4Addr::LOCALHOST, endpoint.port)).await else {
            continue;
        };
        // Only costs latency if they fail.
        let _ = (client.set_nodelay(true), server.set_nodelay(true));
        endpoint.open.fetch_add(1, Ordering::Relaxed);
        let (mut from_client, mut to_client) = client.split();
        let (mut from_server, mut to_server) = server.split();
        // Each way for itself: what one side has sent arrives, whatever becomes of what it is sent.
        tokio::join!(
            pass(&mut from_client, &mut to_server),
            pass(&mut from_server, &mut to_client)
        );
        endpoint.open.fetch_sub(1, Ordering::Relaxed);
        return;
    }
}

/// Passes on what comes until it ends, and then that it has ended.
async fn pass(from: &mut (impl AsyncRead + Unpin), to: &mut (impl AsyncWrite + Unpin)) {
    // That one side ends it is how connections end.
    let _ = copy(from, to).await;
    let _ = to.shutdown().await;
}

/// Asks for ever which replicas are ready.
async fn ask(endpoints: Endpoints) {
    loop {
        let known = endpoints.lock().clone();
        for endpoint in known {
            let ready = matches!(timeout(PATIENCE, is_ready(endpoint.health)).await, Ok(true));
            let mut endpoints = endpoints.lock();
            if let Some(known) = endpoints.iter_mut().find(|e| e.port == endpoint.port) {
                known.ready = ready;
            }
        }
        sleep(INTERVAL).await;
    }
}

async fn is_ready(health: u16) -> bool {
    let ask = async {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, health)).await?;
        let request = "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        std::io::Result::Ok(answer)
    };
    ask.await
        .is_ok_and(|answer| answer.starts_with(b"HTTP/1.1 200"))
}
