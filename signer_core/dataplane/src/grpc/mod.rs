//! StatusService over gRPC: from the socket to the answer without Python on the way.
//!
//! Every call passes what the Python edge asks of one, in its order: who calls, whether that role
//! may, room, the message, whether the caller still may, the deadline, the fields' rules. What is
//! called and is no method of this service goes to the server behind ([`behind`]), with the
//! client's certificate.

mod answer;
mod base64;
mod behind;
mod call;
mod counts;
mod lines;
mod message;
mod panics;
mod refusal;
mod room;
mod status;
mod timeout;
mod watch;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

pub use formats::status_calls::Method;
use hyper::body::Incoming;
use hyper::header::HeaderValue;
use hyper::{Request, Response};
use tokio::sync::watch::Receiver;

use self::answer::Answer;
use self::behind::Behind;
use self::counts::MethodCounts;
pub use self::counts::{Counted, Handled};
use self::lines::Lines;
pub use self::refusal::Reason;
use self::refusal::Reasons;
use self::room::Room;
pub use self::room::Share;
use crate::counts::Counts;
use crate::host::{Host, Shown};
use crate::server::Shared;
use crate::server::guests::Seat;
use crate::server::untaken::Untaken;

impl Limits {
    /// For the other side to take an octet.
    pub(crate) fn silence(&self) -> Duration {
        self.keep_alive + self.keep_alive_timeout
    }
}

/// What keeps an edge from being made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unfit {
    /// The catalogue lacks a reason that is given here.
    Reason(&'static str),
    /// The contract has other methods than these.
    Methods,
}

/// How long things may take, and how many there may be.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Octets of a request's message.
    pub max_request: usize,
    /// For a call's message to arrive once its header has.
    pub message_patience: Duration,
    /// For a call, whatever its caller allows.
    pub deadline_cap: Duration,
    /// Calls of one connection at once.
    pub of_one_connection: u32,
    /// Between two questions whether a client is still there.
    pub keep_alive: Duration,
    /// For its answer.
    pub keep_alive_timeout: Duration,
    /// For what is on a connection that is as old as one may be.
    pub age_grace: Duration,
    /// For a change to be read by who watches.
    pub most_behind: Duration,
    /// For a message to be taken by its reader's connection.
    pub stuck: Duration,
    /// Calls.
    pub calls: Share,
    /// Streams.
    pub streams: Share,
}

/// What the control plane says of the service.
pub struct Contract {
    /// Its full name.
    pub service: String,
    /// `ErrorInfo.domain`.
    pub domain: String,
    /// The catalogue of refusals.
    pub reasons: HashMap<String, Reason>,
    /// Which roles may call a method, by its name.
    pub roles: HashMap<String, HashSet<String>>,
    /// Whether every call is told of to the log, and not only those that are refused.
    pub tells_all: bool,
}

struct Known {
    method: Method,
    /// With its service's name, as the log has it.
    name: Arc<str>,
    roles: HashSet<String>,
    counts: MethodCounts,
}

/// The edge of the service.
pub struct Edge {
    pub(crate) limits: Limits,
    methods: HashMap<String, Arc<Known>>,
    reasons: Reasons,
    calls: Room,
    streams: Room,
    behind: Behind,
    lines: Lines,
    host: Arc<dyn Host>,
    /// What became of connections.
    pub(crate) connections: Counts,
    /// Calls that were handed on, and those that could not be by how they ended.
    handed_on: Mutex<Handled>,
}

impl Edge {
    /// `bounds`: of times, in seconds. `behind`: the socket of the server that has the other methods, and
    /// what calls from here are known by there.
    ///
    /// # Errors
    /// [`Unfit`].
    pub fn new(
        contract: Contract,
        limits: Limits,
        host: Arc<dyn Host>,
        bounds: &[f64],
        behind: (PathBuf, &[u8]),
    ) -> Result<Self, Unfit> {
        let Contract {
            service,
            domain,
            reasons,
            mut roles,
            tells_all,
        } = contract;
        if roles.len() != Method::ALL.len()
            || Method::ALL.iter().any(|it| !roles.contains_key(it.name()))
        {
            return Err(Unfit::Methods);
        }
        let known = |method: Method| {
            let name = format!("{service}/{}", method.name());
            let known = Known {
                method,
                name: Arc::from(name.as_str()),
                // Who is not named may not call it.
                roles: roles.remove(method.name()).unwrap_or_default(),
                counts: MethodCounts::new(bounds),
            };
            (format!("/{name}"), Arc::new(known))
        };
        Ok(Self {
            methods: Method::ALL.map(known).into(),
            reasons: Reasons::new(domain, reasons).map_err(|it| Unfit::Reason(it.0))?,
            calls: Room::new("calls", limits.calls),
            streams: Room::new("streams", limits.streams),
            behind: Behind::new(behind, limits.of_one_connection),
            lines: Lines::new(Arc::clone(&host), tells_all),
            host,
            connections: Counts::new(Vec::new()),
            handed_on: Mutex::default(),
            limits,
        })
    }

    /// What was counted since the last time, by method.
    pub fn take_counts(&self) -> Vec<(&'static str, Counted)> {
        let known = self.methods.values();
        known
            .map(|it| (it.method.name(), it.counts.take()))
            .collect()
    }

    /// How often there was no room since the last time: of what, and whose.
    pub fn take_refused(&self) -> Vec<(&'static str, &'static str, u64)> {
        let rooms = [&self.calls, &self.streams];
        rooms.into_iter().flat_map(Room::take_refused).collect()
    }

    /// What became of connections since the last time, by why.
    pub fn take_connections(&self) -> BTreeMap<&'static str, u64> {
        self.connections.take().ended
    }

    /// Calls that were handed on since the last time (OK), and those that could not be by how they ended.
    pub fn take_handed_on(&self) -> Handled {
        let mut counted = self
            .handed_on
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *counted)
    }

    /// Writes what there is to be logged, when nobody calls any more.
    pub(crate) fn finish(&self, longest: Duration) {
        self.lines.finish(longest);
    }

    /// Calls and streams in progress.
    #[must_use]
    pub fn in_use(&self) -> (usize, usize) {
        (self.calls.in_use(), self.streams.in_use())
    }
}

/// The other end of a connection.
pub(crate) struct Client {
    shown: Shown,
    /// Its certificate, as the server behind is told of it.
    header: Option<HeaderValue>,
    seat: Arc<Seat>,
    /// Whether the connection ends.
    ending: Receiver<bool>,
    behind: behind::Connected,
    pub(crate) untaken: Arc<Untaken>,
}

impl Client {
    /// Who showed a certificate, DER.
    pub(crate) fn new(shown: Shown, der: &[u8], seat: Arc<Seat>, ending: Receiver<bool>) -> Self {
        Self {
            shown,
            header: behind::header(der),
            seat,
            ending,
            behind: behind::Connected::default(),
            untaken: Arc::default(),
        }
    }
}

/// One call.
pub(crate) async fn serve(
    edge: Arc<Edge>,
    shared: Arc<Shared>,
    client: Arc<Client>,
    request: Request<Incoming>,
) -> Result<Response<Answer>, Infallible> {
    let busy = client.seat.busy();
    Ok(match edge.methods.get(request.uri().path()).cloned() {
        Some(known) => call::serve(&edge, &shared, &client, known, request, busy).await,
        // Apart: it is larger than what all others need.
        None => Box::pin(behind::pass(&edge, &client, request, busy)).await,
    })
}
