//! What is known of the certificates that are asked about, in the contract's messages.

use std::sync::Arc;

use bytes::Bytes;
use formats::status_calls::Writer;
use status::Status;

use super::answer::framed;
use super::refusal::Refusal;
use crate::clock::seconds;
use crate::known::{Authority, Known, NOT_READY, NotTold, Said};
use crate::plane::Plane;
use crate::registry::Way;
use crate::usage::Meter;

/// Octets of a message about one certificate.
const ONE: usize = 64;

/// That a verifier may ask about an authority now, over gRPC, and what counts its answers: with the
/// rules of lists, which Python answers (`services/ocsp/registry/entries.py`).
pub(super) fn allowed(
    plane: &Plane,
    verifier: &str,
    authority: &str,
) -> Result<Arc<Meter>, Refusal> {
    let Some(registry) = plane.registry() else {
        let text = "who may ask can't be read";
        return Err(Refusal::new("SERVICE_UNAVAILABLE", text));
    };
    let Some(scope) = registry.scope_of(verifier) else {
        return Err(Refusal::new(
            "UNKNOWN_VERIFIER",
            "the verifier is not registered",
        ));
    };
    let text = match scope.get(authority) {
        Some(agreed) => match agreed.meter(Way::Grpc, plane.now()) {
            Some(meter) => return Ok(Arc::clone(meter)),
            None => {
                "no agreement with this authority in force now lets this verifier ask in this way"
            }
        },
        None => "is not among the authorities this verifier may ask about",
    };
    Err(Refusal::new("OUT_OF_SCOPE", text).of("authority_id"))
}

pub(super) fn authority(plane: &Plane, id: &str) -> Result<Arc<Authority>, Refusal> {
    let known = plane.authorities();
    let known = known.as_ref().as_ref().ok_or_else(|| refusal(NOT_READY))?;
    known.get(id).cloned().ok_or_else(|| {
        Refusal::new("AUTHORITY_NOT_FOUND", "is not an authority here").of("authority_id")
    })
}

pub(super) fn known(plane: &Plane, authority: &Authority) -> Result<Known, Refusal> {
    let known = authority.known(plane.now());
    known.ok_or_else(|| refusal(NOT_READY))
}

/// What may be told to who watches.
pub(super) fn current(plane: &Plane, authority: &Authority) -> Result<Known, Refusal> {
    let known = known(plane, authority)?;
    if known.is_current() {
        Ok(known)
    } else {
        Err(refusal(NOT_READY))
    }
}

pub(super) fn refusal(reason: NotTold) -> Refusal {
    if reason == NOT_READY {
        let text = "this replica has no status new enough to say";
        return Refusal::new(reason, text).of("authority_id");
    }
    let text = "is not known, and may have been issued since";
    Refusal::new(reason, text)
}

pub(super) fn one(known: &Known, serial: &[u8]) -> Result<Status, Refusal> {
    let found = known.statuses(&[serial]);
    let status = found.first().copied().unwrap_or(Status::Unknown);
    known.may_tell(status).map_err(refusal)?;
    Ok(status)
}

/// `CheckResponse`.
pub(super) fn check(known: &Known, status: Status) -> Bytes {
    framed(ONE, |w| write_check(w, status, known.said))
}

fn write_check(w: &mut Writer, status: Status, said: Said) {
    let (code, reason, at) = told(status);
    w.number(1, code.into());
    w.number(2, reason.into());
    w.number(3, at.cast_unsigned());
    w.number(4, said.sequence);
    w.number(5, seconds(said.as_of).cast_unsigned());
}

/// `WatchResponse`.
pub(super) fn watched(known: &Known, serial: &[u8], status: Status) -> Bytes {
    let mut inner = Writer(Vec::with_capacity(ONE));
    write_check(&mut inner, status, known.said);
    framed(ONE + serial.len(), |w| {
        w.octets(1, serial);
        w.embedded(2, &inner.0);
    })
}

/// `CheckBatchResponse`, and how many rows of it say a status: what may not be told is 0 in its row.
pub(super) fn batch(known: &Known, serials: &[&[u8]]) -> (Bytes, usize) {
    let found = known.statuses(serials);
    let tells = |status| known.may_tell(status).is_ok();
    let code = |status: Status| if tells(status) { status.code() } else { 0 };
    let (good, unknown) = (code(Status::Good), code(Status::Unknown));
    let (mut codes, mut reasons) = (vec![0; found.len()], vec![0; found.len()]);
    let mut times = Writer(Vec::with_capacity(found.len() * 5));
    for ((code, reason), status) in codes.iter_mut().zip(&mut reasons).zip(found) {
        let at;
        (*code, *reason, at) = match status {
            Status::Good => (good, 0, 0),
            Status::Unknown => (unknown, 0, 0),
            Status::Revoked { .. } => told(status),
        };
        times.varint(at.cast_unsigned());
    }
    let says = codes.iter().filter(|code| **code != 0).count();
    let room = codes.len() * 2 + times.0.len() + ONE;
    let message = framed(room, |w| {
        w.octets(1, &codes);
        w.octets(2, &reasons);
        w.octets(3, &times.0);
        w.number(4, known.said.sequence);
        w.number(5, seconds(known.said.as_of).cast_unsigned());
    });
    (message, says)
}

fn told(status: Status) -> (u8, u8, i64) {
    match status {
        Status::Unknown | Status::Good => (status.code(), 0, 0),
        Status::Revoked { reason, at } => (status.code(), reason.code(), at),
    }
}
