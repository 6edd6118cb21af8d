//! `OcspServer`: OCSP over HTTP, or StatusService over gRPC, started and stopped from Python.

use std::io;
use std::net::{IpAddr, SocketAddrV4, SocketAddrV6};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use dataplane::clock::Micros;
use dataplane::host::{
    Credentials, EndedCall, Host, Listed, NotAsked, Peer, Refusal, Said, Shown, WhichList,
};
use dataplane::server::{Limits, Listen, Most, Server};
use formats::error::Error;
use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::ocsp_grpc::OcspCalls;
use super::ocsp_plane::OcspPlane;
use crate::error::Result;

/// The control plane, as an object of Python. Called on threads that answer nobody.
pub(super) struct PythonHost(pub(super) Py<PyAny>);

impl PythonHost {
    /// What fails is told of and left out: a line of the log, or a peer that nobody knows then.
    fn ask<T>(&self, ask: impl FnOnce(&Bound<'_, PyAny>) -> PyResult<T>) -> Option<T> {
        Python::attach(|py| {
            let asked = ask(self.0.bind(py));
            asked
                .inspect_err(|error| error.clone_ref(py).write_unraisable(py, None))
                .ok()
        })
    }
}

impl Host for PythonHost {
    fn refused(&self, refusal: &Refusal) {
        let (via, reason, id) = (refusal.via, refusal.reason, &refusal.request_id);
        self.ask(|host| {
            match refusal.said {
                Said::Ocsp(status) => host.call_method1("refused", (status, via, reason, id)),
                Said::Http(status) => host.call_method1("refused", (status, via, reason, id)),
            }
            .map(|_| ())
        });
    }

    fn failed(&self, reason: &'static str, request_id: &str) {
        self.ask(|host| {
            host.call_method1("failed", (reason, request_id))
                .map(|_| ())
        });
    }

    fn peer(&self, der: &[u8]) -> std::result::Result<Shown, NotAsked> {
        let asked = self.ask(|host| {
            let der = PyBytes::new(host.py(), der);
            let shown: Read = host.call_method1("peer", (der,))?.extract()?;
            Ok(match shown {
                Read::Peer(role, scope, (id, fingerprint), not_after) => {
                    Shown::Peer(Arc::new(Peer {
                        role,
                        scope,
                        names: [id, fingerprint],
                        not_after,
                    }))
                }
                Read::Nobody(why) => Shown::Nobody(why.into()),
            })
        });
        asked.ok_or(NotAsked)
    }

    fn credentials(&self) -> Option<Credentials> {
        self.ask(|host| {
            let (chain, key, trusted, until, settled) =
                host.call_method0("credentials")?.extract()?;
            Ok(Credentials {
                chain,
                key,
                trusted,
                until,
                settled,
            })
        })
    }

    fn refused_credentials(&self, why: &str) {
        self.ask(|host| host.call_method1("refused_credentials", (why,)).map(|_| ()));
    }

    fn list(
        &self,
        which: &WhichList,
        held: Option<(&[u8; 32], usize)>,
    ) -> std::result::Result<Listed, NotAsked> {
        let asked = self.ask(|host| {
            let held = held.map(|(sha256, length)| (PyBytes::new(host.py(), sha256), length));
            let wanted = (&which.authority, which.generation, &which.partition, held);
            let said: Found = host.call_method1("newest_list", wanted)?.extract()?;
            Ok(match said {
                Found::New(octets) if octets.as_bytes().is_empty() => Listed::Newer,
                Found::New(octets) => Listed::New(octets.as_bytes().to_vec()),
                Found::None(reason) => Listed::None(known(&reason)),
                Found::Other(true) => Listed::Same,
                Found::Other(false) => Listed::Away,
            })
        });
        asked.ok_or(NotAsked)
    }

    fn list_not_had(&self, which: &WhichList) {
        let named = (&which.authority, which.generation, &which.partition);
        self.ask(|host| host.call_method1("list_not_had", named).map(|_| ()));
    }

    fn call_ended(&self, call: &EndedCall) {
        let (method, took) = (&*call.method, call.took.as_secs_f64());
        let ended = (method, &call.peer, call.reason, &call.field, took);
        self.ask(|host| host.call_method1("call_ended", ended).map(|_| ()));
    }

    fn call_failed(&self, method: &str, reference: &str) {
        self.ask(|host| {
            host.call_method1("call_failed", (method, reference))
                .map(|_| ())
        });
    }

    fn lines_left_out(&self, how_many: u64) {
        self.ask(|host| host.call_method1("lines_left_out", (how_many,)).map(|_| ()));
    }
}

/// What Python says of a client's certificate.
#[derive(FromPyObject)]
enum Read {
    Peer(String, String, (String, String), Micros),
    #[pyo3(transparent)]
    Nobody(String),
}

/// What Python says of a list.
#[derive(FromPyObject)]
enum Found<'py> {
    #[pyo3(transparent)]
    New(Bound<'py, PyBytes>),
    #[pyo3(transparent)]
    None(String),
    #[pyo3(transparent)]
    Other(bool),
}

/// Why there is no list.
const NO_LIST: [&str; 6] = [
    "AUTHORITY_NOT_ACTIVE",
    "AUTHORITY_NOT_FOUND",
    "CRL_NOT_FOUND",
    "GENERATION_NOT_FOUND",
    "INVALID_FIELD",
    "PARTITION_NOT_FOUND",
];

fn known(reason: &str) -> &'static str {
    let known = NO_LIST.into_iter().find(|it| *it == reason);
    known.unwrap_or("CRL_NOT_FOUND")
}

/// A running server.
#[pyclass(frozen, module = "openjpki.signer_core")]
struct OcspServer(Mutex<Server>);

impl OcspServer {
    fn server(&self) -> MutexGuard<'_, Server> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) fn seconds(name: &'static str, seconds: f64) -> Result<Duration> {
    let read = Duration::try_from_secs_f64(seconds);
    Ok(read.map_err(|_| Error::invalid(name, "must not be negative"))?)
}

fn os_error(error: &io::Error) -> PyErr {
    let text = error.to_string();
    match error.raw_os_error() {
        Some(number) => PyOSError::new_err((number, text)),
        None => PyOSError::new_err(text),
    }
}

#[pymethods]
impl OcspServer {
    #[new]
    #[allow(clippy::too_many_arguments)] // Each is a limit.
    #[pyo3(signature = (
        plane, host, *, threads, first_request, next_request, read, sign, drain, age, silent,
        silent_of_one, silent_first, connections, of_one, bodies_of_one, signatures_of_one,
        lists_of_one, list_taken, calls = None
    ))]
    fn new(
        plane: &OcspPlane,
        host: Py<PyAny>,
        threads: usize,
        first_request: f64,
        next_request: f64,
        read: f64,
        sign: f64,
        drain: f64,
        age: f64,
        silent: usize,
        silent_of_one: usize,
        silent_first: bool,
        connections: usize,
        of_one: usize,
        bodies_of_one: usize,
        signatures_of_one: usize,
        lists_of_one: usize,
        list_taken: f64,
        calls: Option<&OcspCalls>,
    ) -> Result<Self> {
        let limits = Limits {
            first_request: seconds("first_request", first_request)?,
            next_request: seconds("next_request", next_request)?,
            read: seconds("read", read)?,
            sign: seconds("sign", sign)?,
            drain: seconds("drain", drain)?,
            list: seconds("list_taken", list_taken)?,
            age: seconds("age", age)?,
            most: Most {
                silent,
                silent_of_one,
                silent_first,
                connections,
                of_one,
                bodies_of_one,
                signatures_of_one,
                lists_of_one,
            },
        };
        let host = Arc::new(PythonHost(host));
        let calls = calls.map(|calls| Arc::clone(&calls.0));
        let server = Server::new(Arc::clone(&plane.0), host, limits, threads, calls);
        Ok(Self(Mutex::new(server.map_err(|error| os_error(&error))?)))
    }

    #[pyo3(signature = (host, port, *, scope, both, tls = None))]
    fn listen(
        &self,
        py: Python<'_>,
        host: IpAddr,
        port: u16,
        scope: u32,
        both: bool,
        tls: Option<Vec<PathBuf>>,
    ) -> Result<u16> {
        let address = match host {
            IpAddr::V4(host) => SocketAddrV4::new(host, port).into(),
            IpAddr::V6(host) => SocketAddrV6::new(host, port, 0, scope).into(),
        };
        let listen = Listen { address, both, tls };
        // It asks Python for credentials.
        let port = py.detach(|| self.server().listen(&listen));
        Ok(port.map_err(|error| os_error(&error))?)
    }

    fn stop(&self, py: Python<'_>) {
        // Whatever is in progress may ask Python for something.
        py.detach(|| self.server().stop());
    }
}

/// Adds the class to the module.
pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<OcspServer>()
}
