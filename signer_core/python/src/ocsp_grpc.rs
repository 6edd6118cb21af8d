//! `OcspCalls`: the edge of StatusService over gRPC, and what it counted.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use dataplane::grpc::{Contract, Edge, Limits, Method, Reason, Share, Unfit};
use formats::error::Error;
use formats::status_calls::{Asked, broken};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::ocsp_server::{PythonHost, seconds};
use crate::error::Result;

/// Of a reason: the number of its code, whether it may succeed a moment later.
type Told = (u8, bool);
/// Total, of one caller, kept for newcomers.
type Room = (usize, usize, usize);
/// Of a method: begun, ended by code, times and their sum.
type Counts = (&'static str, u64, Vec<(&'static str, u64)>, (Vec<u64>, f64));

/// StatusService over gRPC.
#[pyclass(frozen, module = "openjpki.signer_core")]
pub(super) struct OcspCalls(pub(super) Arc<Edge>);

/// The codes of gRPC, by number.
const CODES: [&str; 17] = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];

fn reason((code, retryable): Told) -> Result<Reason> {
    let name = CODES.get(usize::from(code));
    let name = name.ok_or_else(|| Error::invalid("reasons", "must have codes of gRPC"))?;
    Ok(Reason {
        code,
        name,
        retryable,
    })
}

fn share((total, of_one_caller, for_newcomers): Room) -> Share {
    Share {
        total,
        of_one_caller,
        for_newcomers,
    }
}

#[pymethods]
impl OcspCalls {
    #[new]
    #[allow(clippy::too_many_arguments)] // Each is a limit.
    #[pyo3(signature = (
        host, *, service, domain, reasons, roles, tells_all, bounds, behind, secret, max_request,
        message_patience, deadline_cap, of_one_connection, keep_alive, keep_alive_timeout, age_grace,
        most_behind, stuck, calls, streams
    ))]
    fn new(
        host: Py<PyAny>,
        service: String,
        domain: String,
        reasons: HashMap<String, Told>,
        roles: HashMap<String, HashSet<String>>,
        tells_all: bool,
        bounds: Vec<f64>,
        behind: PathBuf,
        secret: Vec<u8>,
        max_request: usize,
        message_patience: f64,
        deadline_cap: f64,
        of_one_connection: u32,
        keep_alive: f64,
        keep_alive_timeout: f64,
        age_grace: f64,
        most_behind: f64,
        stuck: f64,
        calls: Room,
        streams: Room,
    ) -> Result<Self> {
        let reasons = reasons.into_iter();
        let reasons = reasons.map(|(name, told)| Ok((name, reason(told)?)));
        let contract = Contract {
            service,
            domain,
            reasons: reasons.collect::<Result<_>>()?,
            roles,
            tells_all,
        };
        let limits = Limits {
            max_request,
            message_patience: seconds("message_patience", message_patience)?,
            deadline_cap: seconds("deadline_cap", deadline_cap)?,
            of_one_connection,
            keep_alive: seconds("keep_alive", keep_alive)?,
            keep_alive_timeout: seconds("keep_alive_timeout", keep_alive_timeout)?,
            age_grace: seconds("age_grace", age_grace)?,
            most_behind: seconds("most_behind", most_behind)?,
            stuck: seconds("stuck", stuck)?,
            calls: share(calls),
            streams: share(streams),
        };
        let host = Arc::new(PythonHost(host));
        let edge = Edge::new(contract, limits, host, &bounds, (behind, &secret));
        let edge = edge.map_err(|why| {
            PyValueError::new_err(match why {
                Unfit::Reason(name) => format!("the catalogue has no reason {name}"),
                Unfit::Methods => "the contract has other methods than are served".to_owned(),
            })
        })?;
        Ok(Self(Arc::new(edge)))
    }

    fn take_counts(&self) -> Vec<Counts> {
        let counted = self.0.take_counts().into_iter();
        counted
            .map(|(method, it)| {
                let handled = it.handled.into_iter().collect();
                (method, it.started, handled, (it.took.counts, it.took.sum))
            })
            .collect()
    }

    fn take_refused(&self) -> Vec<(&'static str, &'static str, u64)> {
        self.0.take_refused()
    }

    fn take_connections(&self) -> Vec<(&'static str, u64)> {
        self.0.take_connections().into_iter().collect()
    }

    fn take_handed_on(&self) -> Vec<(&'static str, u64)> {
        self.0.take_handed_on().into_iter().collect()
    }

    #[getter]
    fn in_use(&self) -> (usize, usize) {
        self.0.in_use()
    }
}

fn method(name: &str) -> Result<Method> {
    let found = Method::ALL.into_iter().find(|it| it.name() == name);
    Ok(found.ok_or_else(|| Error::invalid("method", "must be one of StatusService"))?)
}

/// An authority, and serial numbers.
type Question<'py, 'a> = (&'a str, Vec<Bound<'py, PyBytes>>);

/// What a request of `StatusService` asks; None: it is none.
#[pyfunction]
fn read_status_request<'py, 'a>(
    py: Python<'py>,
    name: &str,
    octets: &'a [u8],
) -> Result<Option<Question<'py, 'a>>> {
    let asked = Asked::read(method(name)?, octets).ok();
    Ok(asked.map(|asked| {
        let serials = asked.serials.iter().map(|it| PyBytes::new(py, it));
        (asked.authority, serials.collect())
    }))
}

/// The rules that a request breaks, with the fields; None: it is none.
#[pyfunction]
fn judge_status_request(name: &str, octets: &[u8]) -> Result<Option<Vec<(String, String)>>> {
    let method = method(name)?;
    Ok(Asked::read(method, octets)
        .ok()
        .map(|asked| broken(method, &asked)))
}

/// Adds them to the module.
pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<OcspCalls>()?;
    module.add_function(wrap_pyfunction!(read_status_request, module)?)?;
    module.add_function(wrap_pyfunction!(judge_status_request, module)?)
}
