//! The edge: sockets, connections, and what a stranger may take of either.

mod ahead;
mod at_once;
mod caller;
mod calls;
mod connection;
mod gathered;
pub(crate) mod guests;
mod lingering;
mod preface;
mod seldom;
mod tls;
mod unread;
pub(crate) mod untaken;

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, sleep, timeout};

pub(crate) use self::caller::Caller;
use self::connection::Ends;
use self::guests::Guests;
pub use self::guests::Most;
use self::tls::Tls;
use crate::counts::Ended;
use crate::grpc::Edge;
use crate::host::{Host, Refusal, Said};
use crate::lists::Lists;
use crate::plane::Plane;

const BACKLOG: i32 = 1024;
/// Threads for what may take its time: devices, signatures to verify, what Python is asked.
const BESIDE: usize = 64;
/// Refusals a second that the log tells of: strangers are refused as often as they like. The metric
/// counts all.
const LOGGED: u32 = 20;
/// An answer waits for its line of the log no longer.
const LOGGING: Duration = Duration::from_secs(1);
/// Signed requests verified at once: whoever sends them takes no more than a processor.
const VERIFIERS: usize = 1;
/// Signed requests in line for their signature; more are told to come again.
const VERIFIED: usize = 256;
/// Requests being answered; more are told to come again.
const UNDER_WAY: usize = 8192;
/// New files of TLS are looked for this often, whoever connects or doesn't: new connections get what
/// was found last, and older ones end where others are trusted.
const LOOKS: Duration = Duration::from_secs(1);
/// For lines of the log that are left when the time to stop is over.
const LAST_LINES: Duration = Duration::from_secs(1);
/// What Linux says when there are no more sockets: ENOMEM, ENFILE, EMFILE, ENOBUFS.
const NO_ROOM: [i32; 4] = [12, 23, 24, 105];

/// How long things may take, and how many there may be.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// For a new connection to complete TLS, and to send its first request's header.
    pub first_request: Duration,
    /// For the header of the next request on a connection, from the answer before.
    pub next_request: Duration,
    /// For a request's body to arrive.
    pub read: Duration,
    /// For its answer to be signed.
    pub sign: Duration,
    /// For requests in progress to end when the server stops.
    pub drain: Duration,
    /// For a list to be taken.
    pub list: Duration,
    /// For a connection, from its first octet.
    pub age: Duration,
    /// Connections.
    pub most: Most,
}

/// What all connections of a server share.
pub(crate) struct Shared {
    pub(crate) plane: Arc<Plane>,
    pub(crate) limits: Limits,
    pub(crate) under_way: Semaphore,
    pub(crate) verified: Semaphore,
    pub(crate) verifying: Semaphore,
    pub(crate) lists: Arc<Lists>,
    host: Arc<dyn Host>,
    guests: Arc<Guests>,
    lines: Mutex<(Instant, u32)>,
    /// What is served over gRPC; nothing: OCSP over HTTP is.
    pub(crate) grpc: Option<Arc<Edge>>,
}

impl Shared {
    /// A connection was ended, or not begun: counted where its port is.
    fn ended(&self, why: Ended) {
        match &self.grpc {
            Some(edge) => edge.connections.ended(why),
            None => self.plane.counts.ended(why),
        }
    }

    /// Has a refusal logged, where there are not too many; when this returns it is.
    pub(crate) async fn told(
        &self,
        said: Said,
        via: &'static str,
        reason: Option<&'static str>,
        request_id: &str,
    ) {
        if !self.takes_a_line() {
            return;
        }
        let refusal = Refusal {
            said,
            via,
            reason,
            request_id: request_id.to_owned(),
        };
        let host = Arc::clone(&self.host);
        let logging = tokio::task::spawn_blocking(move || host.refused(&refusal));
        let _ = timeout(LOGGING, logging).await;
    }

    /// Has a fault of ours logged.
    pub(crate) fn failed(&self, reason: &'static str, request_id: &str) {
        if self.takes_a_line() {
            let (host, request_id) = (Arc::clone(&self.host), request_id.to_owned());
            tokio::task::spawn_blocking(move || host.failed(reason, &request_id));
        }
    }

    fn takes_a_line(&self) -> bool {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.0.elapsed() >= Duration::from_secs(1) {
            *lines = (Instant::now(), LOGGED);
        }
        let left = lines.1.checked_sub(1);
        lines.1 = left.unwrap_or(0);
        left.is_some()
    }
}

/// Where to listen.
#[derive(Debug, Clone)]
pub struct Listen {
    /// The address.
    pub address: SocketAddr,
    /// On both families, where it is IPv6's every one.
    pub both: bool,
    /// The files of TLS credentials; without, plain HTTP is served.
    pub tls: Option<Vec<PathBuf>>,
}

/// A running server.
pub struct Server {
    runtime: Option<Runtime>,
    shared: Arc<Shared>,
    stop: watch::Sender<bool>,
    threads: usize,
    listening: Mutex<JoinSet<()>>,
}

impl Server {
    /// With so many threads; `grpc`: instead of OCSP over HTTP.
    ///
    /// # Errors
    /// When the system has none.
    pub fn new(
        plane: Arc<Plane>,
        host: Arc<dyn Host>,
        limits: Limits,
        threads: usize,
        grpc: Option<Arc<Edge>>,
    ) -> io::Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(threads)
            .max_blocking_threads(BESIDE)
            .thread_name(if grpc.is_some() {
                "ocsp-grpc"
            } else {
                "ocsp-http"
            })
            .enable_all()
            .build()?;
        let shared = Shared {
            plane,
            limits,
            under_way: Semaphore::new(UNDER_WAY),
            verified: Semaphore::new(VERIFIED),
            verifying: Semaphore::new(VERIFIERS),
            lists: Arc::new(Lists::new(Arc::clone(&host))),
            host,
            guests: Guests::new(limits.most),
            lines: Mutex::new((Instant::now(), LOGGED)),
            grpc,
        };
        Ok(Self {
            runtime: Some(runtime),
            shared: Arc::new(shared),
            stop: watch::channel(false).0,
            threads,
            listening: Mutex::default(),
        })
    }

    /// Listens at one more address; its port.
    ///
    /// # Errors
    /// When the address can't be had, or the credentials can't be used.
    pub fn listen(&self, listen: &Listen) -> io::Result<u16> {
        let runtime = self.runtime.as_ref().ok_or(io::ErrorKind::NotConnected)?;
        let tls = match &listen.tls {
            None => None,
            Some(files) => {
                let (host, plane) = (&self.shared.host, &self.shared.plane);
                let turns = (self.threads / 2).max(1);
                let protocols: &[&[u8]] = match &self.shared.grpc {
                    Some(_) => &[b"h2"],
                    None => &[b"h2", b"http/1.1"],
                };
                let (host, plane) = (Arc::clone(host), Arc::clone(plane));
                let tls = Tls::new(files.clone(), host, plane, protocols, turns);
                Some(Arc::new(tls.map_err(io::Error::other)?))
            }
        };
        let socket = bound(listen)?;
        let _inside = runtime.enter();
        let listener = TcpListener::from_std(socket.into())?;
        let port = listener.local_addr()?.port();
        let (shared, stop) = (Arc::clone(&self.shared), self.stop.subscribe());
        let mut listening = self
            .listening
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        listening.spawn_on(accept(listener, shared, tls, stop), runtime.handle());
        Ok(port)
    }

    /// Stops listening, lets requests in progress end, closes.
    pub fn stop(&mut self) {
        let Some(runtime) = self.runtime.take() else {
            return;
        };
        let until = Instant::now() + self.shared.limits.drain;
        let _ = self.stop.send(true);
        let listening = std::mem::take(
            &mut *self
                .listening
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        );
        runtime.block_on(listening.join_all());
        runtime.shutdown_timeout(until.saturating_duration_since(Instant::now()));
        let left = until.saturating_duration_since(Instant::now());
        match &self.shared.grpc {
            // Those that were cut off at the very end are told of too.
            Some(edge) => edge.finish(left.max(LAST_LINES)),
            None => self.shared.plane.signing.finish(left),
        }
    }
}

impl Drop for Server {
    /// Whoever did not stop it waits for nothing.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn bound(listen: &Listen) -> io::Result<Socket> {
    let domain = Domain::for_address(listen.address);
    let socket = Socket::new(domain, Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    if listen.address.is_ipv6() {
        socket.set_only_v6(!listen.both)?;
    }
    socket.bind(&listen.address.into())?;
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

async fn accept(
    listener: TcpListener,
    shared: Arc<Shared>,
    tls: Option<Arc<Tls>>,
    mut stop: watch::Receiver<bool>,
) {
    let mut connections = JoinSet::new();
    let mut looks = tokio::time::interval(LOOKS);
    looks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        tokio::select! {
            _ = stop.changed() => break,
            Some(_) = connections.join_next() => {}
            _ = looks.tick() => {
                if let Some(tls) = tls.clone() {
                    connections.spawn(async move {
                        tls.look_again().await;
                    });
                }
            }
            accepted = listener.accept() => match accepted {
                Ok((stream, from)) => {
                    let from = from.ip().to_canonical();
                    // Here, so that who came first is who has been silent longest.
                    let Some(seat) = shared.guests.enter(from) else {
                        shared.ended(Ended::Refused);
                        continue;
                    };
                    let ends = Ends {
                        stop: stop.clone(),
                        trust: None,
                        room: None,
                    };
                    let (kept, shared, tls) = (seat.kept(), Arc::clone(&shared), tls.clone());
                    let served = connection::serve(stream, seat, shared, tls, ends);
                    connections.spawn(async move {
                        served.await;
                        drop(kept);
                    });
                }
                // Who wanted to connect has gone.
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
                Err(error) => {
                    if error.raw_os_error().is_some_and(|it| NO_ROOM.contains(&it)) {
                        shared.guests.make_room();
                    }
                    sleep(Duration::from_millis(10)).await;
                }
            }
        }
    }
    drop(listener);
    let ended = async { while connections.join_next().await.is_some() {} };
    let _ = timeout(shared.limits.drain, ended).await;
    connections.shutdown().await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;
    use crate::host::{Credentials, EndedCall, Listed, NotAsked, Shown, WhichList};

    struct Nobody;

    impl Host for Nobody {
        fn refused(&self, _: &Refusal) {}
        fn failed(&self, _: &'static str, _: &str) {}
        fn peer(&self, _: &[u8]) -> Result<Shown, NotAsked> {
            Err(NotAsked)
        }
        fn credentials(&self) -> Option<Credentials> {
            None
        }
        fn refused_credentials(&self, _: &str) {}
        fn list(&self, _: &WhichList, _: Option<(&[u8; 32], usize)>) -> Result<Listed, NotAsked> {
            Err(NotAsked)
        }
        fn list_not_had(&self, _: &WhichList) {}
        fn call_ended(&self, _: &EndedCall) {}
        fn call_failed(&self, _: &str, _: &str) {}
        fn lines_left_out(&self, _: u64) {}
    }

    const LONG: Duration = Duration::from_secs(600);

    fn server(drain: Duration) -> Server {
        let limits = Limits {
            first_request: LONG,
            next_request: LONG,
            read: LONG,
            sign: LONG,
            drain,
            list: LONG,
            age: LONG,
            most: Most {
                silent: 10,
                silent_of_one: 10,
                connections: 10,
                of_one: 10,
                silent_first: false,
                bodies_of_one: 10,
                signatures_of_one: 10,
                lists_of_one: 10,
            },
        };
        let plane = Plane::new(Box::new(SystemClock), Vec::new());
        Server::new(Arc::new(plane), Arc::new(Nobody), limits, 1, None).unwrap()
    }

    /// Of those, one that waits for what the thread that ends it holds.
    fn with_a_thread_that_works(server: &Server) {
        let runtime = server.runtime.as_ref().unwrap();
        let (begun, begins) = std::sync::mpsc::channel();
        runtime.spawn_blocking(move || {
            begun.send(()).unwrap();
            std::thread::sleep(LONG);
        });
        begins.recv().unwrap();
    }

    #[test]
    fn whoever_was_not_stopped_waits_for_nobody() {
        let server = server(LONG);
        with_a_thread_that_works(&server);
        let began = Instant::now();
        drop(server);
        assert!(began.elapsed() < LONG / 10);
    }

    #[test]
    fn a_stop_has_one_deadline() {
        let mut server = server(Duration::from_millis(10));
        let listen = Listen {
            address: ([127, 0, 0, 1], 0).into(),
            both: false,
            tls: None,
        };
        let port = server.listen(&listen).unwrap();
        let _silent = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
        with_a_thread_that_works(&server);
        let began = Instant::now();
        server.stop();
        assert!(began.elapsed() < LONG / 10);
        assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err());
    }

    #[test]
    fn without_credentials_there_is_no_https() {
        let listen = Listen {
            address: ([127, 0, 0, 1], 0).into(),
            both: false,
            tls: Some(Vec::new()),
        };
        assert!(server(LONG).listen(&listen).is_err());
    }
}
