//! A call of a method of this service, from its header to its answer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use formats::status_calls::{Asked, Method, broken};
use hyper::body::Incoming;
use hyper::{Request, Response};

use super::answer::{Answer, Held, with_message, with_stream, without_message};
use super::panics::caught;
use super::refusal::Refusal;
use super::room::Place;
use super::watch::{self, Watched};
use super::{Client, Edge, Known, message, status, timeout};
use crate::host::{EndedCall, Peer, Shown};
use crate::plane::{NotServed, Plane};
use crate::registry::Way;
use crate::server::Shared;
use crate::server::guests::Busy;
use crate::usage::Meter;

/// What is told of a call, however it ends: that of one whose caller goes is, too.
pub(super) struct Passing {
    edge: Arc<Edge>,
    known: Arc<Known>,
    began: Instant,
    peer: Option<Arc<Peer>>,
    ended: bool,
}

impl Passing {
    fn begin(edge: &Arc<Edge>, known: Arc<Known>, peer: Option<Arc<Peer>>) -> Self {
        known.counts.started();
        Self {
            edge: Arc::clone(edge),
            known,
            began: Instant::now(),
            peer,
            ended: false,
        }
    }

    pub(super) fn method(&self) -> &Known {
        &self.known
    }

    /// It ended, with an answer or a refusal.
    pub(super) fn end(mut self, refusal: Option<&Refusal>) {
        self.tell(refusal);
    }

    fn tell(&mut self, refusal: Option<&Refusal>) {
        self.ended = true;
        let took = self.began.elapsed();
        let code = refusal.map_or("OK", |it| self.edge.reasons.counted(it));
        self.known.counts.ended(code, took);
        if refusal.is_some() || self.edge.lines.tells_all {
            self.edge.lines.write(EndedCall {
                method: Arc::clone(&self.known.name),
                peer: self.peer.as_ref().map(|it| it.names[0].clone()),
                reason: refusal.map(|it| it.reason),
                field: refusal.and_then(|it| it.field().map(String::from)),
                took,
            });
        }
    }
}

impl Drop for Passing {
    fn drop(&mut self) {
        if !self.ended {
            let why = if std::thread::panicking() {
                Refusal::new("INTERNAL", "the service failed")
            } else {
                gone()
            };
            self.tell(Some(&why));
        }
    }
}

pub(super) fn gone() -> Refusal {
    Refusal::new("CANCELLED", "the caller went away")
}

/// Whoever calls, and until when.
pub(super) struct Caller {
    pub(super) peer: Arc<Peer>,
    pub(super) until: Option<Instant>,
    /// Counts what it is told.
    pub(super) meter: Arc<Meter>,
}

enum Outcome {
    /// With when it should have been taken.
    Message(Bytes, Place, Instant),
    Stream(Caller, Watched, Place),
}

pub(super) async fn serve(
    edge: &Arc<Edge>,
    shared: &Arc<Shared>,
    client: &Arc<Client>,
    known: Arc<Known>,
    request: Request<Incoming>,
    busy: Busy,
) -> Response<Answer> {
    let peer = match &client.shown {
        Shown::Peer(peer) => Some(Arc::clone(peer)),
        Shown::Nobody(_) => None,
    };
    let passing = Passing::begin(edge, Arc::clone(&known), peer);
    let outcome = caught(answered(edge, shared, client, &known, request)).await;
    match outcome.unwrap_or_else(|| Err(edge.fault(&known))) {
        Ok(Outcome::Message(message, place, until)) => {
            passing.end(None);
            let held = Held {
                _place: place,
                _busy: busy,
                // Whoever waited for it gave up by then, and had time to say so.
                _waits: client.untaken.add(until + edge.limits.stuck),
            };
            with_message(message, held)
        }
        Ok(Outcome::Stream(caller, watched, place)) => with_stream(watch::begin(
            edge,
            shared,
            client,
            (caller, watched),
            (passing, place, busy),
        )),
        Err(refusal) => {
            passing.end(Some(&refusal));
            without_message(edge.reasons.trailers(&refusal))
        }
    }
}

async fn answered(
    edge: &Edge,
    shared: &Shared,
    client: &Client,
    known: &Known,
    request: Request<Incoming>,
) -> Result<Outcome, Refusal> {
    let (began, plane, limits) = (Instant::now(), &shared.plane, &edge.limits);
    let told = timeout::told(request.headers());
    let peer = peer(plane, client)?;
    if !known.roles.contains(&peer.role) {
        let text = format!("role {} may not call this method", peer.role);
        return Err(Refusal::new("ROLE_NOT_ALLOWED", text).with("role", &peer.role));
    }
    let is_stream = known.method == Method::Watch;
    let room = if is_stream {
        &edge.streams
    } else {
        &edge.calls
    };
    let place = room.take(&peer.names[0])?;
    let patience = told.map_or(limits.message_patience, |it| {
        it.min(limits.message_patience)
    });
    let mut body = request.into_body();
    let octets = message::one(&mut body, limits.max_request, patience).await?;
    // For the message it may have waited longer than a denial may take.
    stands(plane, &peer)?;
    let asked = Asked::read(known.method, &octets).map_err(|_| {
        let text = format!("the octets are not a {}", known.method.request());
        Refusal::new("INVALID_FIELD", text)
    })?;
    let until = until(told, began, (!is_stream).then_some(limits.deadline_cap))?;
    let broken = broken(known.method, &asked);
    if !broken.is_empty() {
        return Err(Refusal::broken(broken));
    }
    let meter = status::allowed(plane, &peer.scope, asked.authority)?;
    let authority = status::authority(plane, asked.authority)?;
    // A batch is told whole or not at all.
    let reserve = |wanted| {
        let reserved = meter.reserve(Way::Grpc, wanted, plane.now());
        reserved.map_err(Refusal::exceeded)
    };
    let (message, told, reserved) = match known.method {
        Method::Watch => {
            // What can't be told from the start is refused before anything is sent.
            status::current(plane, &authority)?;
            let watched = Watched::of(&asked);
            return Ok(Outcome::Stream(
                Caller { peer, until, meter },
                watched,
                place,
            ));
        }
        Method::Check => {
            let reserved = reserve(1)?;
            let known = status::known(plane, &authority)?;
            let found = status::one(&known, asked.serials.first().copied().unwrap_or_default())?;
            (status::check(&known, found), 1, reserved)
        }
        Method::CheckBatch => {
            let reserved = reserve(asked.serials.len())?;
            let known = status::known(plane, &authority)?;
            let (message, told) = status::batch(&known, &asked.serials);
            (message, told, reserved)
        }
    };
    let until = until.unwrap_or_else(|| began + limits.deadline_cap);
    meter.tell(Way::Grpc, told, reserved);
    Ok(Outcome::Message(message, place, until))
}

fn peer(plane: &Plane, client: &Client) -> Result<Arc<Peer>, Refusal> {
    match &client.shown {
        Shown::Peer(peer) => {
            stands(plane, peer)?;
            Ok(Arc::clone(peer))
        }
        Shown::Nobody(why) => Err(Refusal::new("UNAUTHENTICATED", why.to_string())),
    }
}

/// That whoever calls may still be served.
pub(super) fn stands(plane: &Plane, peer: &Peer) -> Result<(), Refusal> {
    plane.stands(peer).map_err(|why| match why {
        NotServed::Ended => Refusal::new("UNAUTHENTICATED", "the client certificate has expired"),
        NotServed::Denied => {
            Refusal::new("CREDENTIAL_DENIED", "an operator denied this credential")
        }
        NotServed::NotKnown => Refusal::new(
            "SERVICE_UNAVAILABLE",
            "the list of denied credentials can't be read",
        ),
    })
}

/// When a call ends; `cap` makes a deadline obligatory, and bounds it.
fn until(
    told: Option<Duration>,
    began: Instant,
    cap: Option<Duration>,
) -> Result<Option<Instant>, Refusal> {
    if told.is_some_and(|told| began.elapsed() >= told) {
        let text = "the deadline passed before the call ran";
        return Err(Refusal::new("DEADLINE_EXCEEDED", text));
    }
    match (told, cap) {
        (None, Some(_)) => {
            let text = "the call must carry a deadline";
            Err(Refusal::new("DEADLINE_REQUIRED", text))
        }
        (None, None) => Ok(None),
        (Some(told), cap) => Ok(began.checked_add(cap.map_or(told, |cap| told.min(cap)))),
    }
}
