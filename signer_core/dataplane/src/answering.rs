//! From an OCSPRequest to what its response says (RFC 6960; docs/profile.md section 8).

use std::sync::Arc;
use std::time::Instant;

use formats::error::Kind;
use formats::ocsp::{
    CertStatus, ErrorStatus, OcspRequest, ResponseData, SingleResponse, parse_request,
};
use status::Status;

use crate::clock::{Micros, seconds, whole_second};
use crate::issuers::{Issuer, Issuers};
use crate::kept::{Found, Kept, Wanted};
use crate::plane::Plane;
use crate::questions::Question;
use crate::quota::Reserved;
use crate::registry::{Access, Asker, NoAccess, Registry, Via, Way};
use crate::responder::Responder;
use crate::usage::Meter;

/// Single requests in one OCSPRequest that are answered.
const MOST: usize = 100;

/// Why there is no answer, how the requester was known, and whose reason that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused {
    /// As OCSP says it.
    pub status: ErrorStatus,
    /// How the requester was known.
    pub via: Via,
    /// Its name in the catalogue of refusals.
    pub reason: Option<&'static str>,
    /// Seconds after which to ask again, where that is known.
    pub again: Option<u32>,
}

impl Refused {
    pub(crate) fn new(status: ErrorStatus, via: Via, reason: Option<&'static str>) -> Self {
        Self {
            status,
            via,
            reason,
            again: None,
        }
    }

    /// As metrics and logs call it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self.status {
            ErrorStatus::MalformedRequest => "malformedRequest",
            ErrorStatus::InternalError => "internalError",
            ErrorStatus::TryLater => "tryLater",
            ErrorStatus::SigRequired => "sigRequired",
            ErrorStatus::Unauthorized => "unauthorized",
        }
    }
}

/// By whom an answer is to be signed, and what must be known of it then.
pub(crate) struct Unsigned {
    pub(crate) responder: Arc<Responder>,
    pub(crate) found: Found,
    pub(crate) statuses: Vec<Status>,
    pub(crate) this_update: Micros,
    /// The earliest.
    pub(crate) next_update: Micros,
    pub(crate) now: Micros,
    /// No nonce, and nothing that issuing a certificate could change.
    pub(crate) cacheable: bool,
}

/// What there is to say.
pub(crate) enum Answer {
    /// Signed before.
    Kept(Arc<Kept>),
    /// To be signed now, and what is.
    New(Unsigned, ResponseData),
}

/// What can't be read.
pub(crate) const MALFORMED: Refused = Refused {
    status: ErrorStatus::MalformedRequest,
    via: Via::Nobody,
    reason: Some("MALFORMED_DER"),
    again: None,
};

/// Reads a request.
pub(crate) fn read(der: &[u8]) -> Result<OcspRequest, Refused> {
    parse_request(der, MOST).map_err(|error| match error.kind() {
        Kind::TrailingBytes => Refused {
            reason: Some("TRAILING_BYTES"),
            ..MALFORMED
        },
        _ => MALFORMED,
    })
}

/// What the requester may ask about; while who may ask is not known, nobody may. Takes as long as
/// verifying a signature where [`crate::registry::Registry::verifies`] says so.
pub(crate) fn access(
    plane: &Plane,
    registry: Option<&Registry>,
    request: &OcspRequest,
    asker: &Asker,
) -> Result<Access, Refused> {
    let registry = registry.ok_or_else(|| {
        let reason = Some("SERVICE_UNAVAILABLE");
        Refused::new(ErrorStatus::TryLater, Via::Nobody, reason)
    })?;
    let found = registry.access(request, asker, || plane.now());
    found.map_err(|why| {
        let (status, reason) = match why {
            NoAccess::Unknown => (ErrorStatus::Unauthorized, "UNKNOWN_VERIFIER"),
            NoAccess::NotSigned => (ErrorStatus::SigRequired, "REQUEST_NOT_SIGNED"),
        };
        Refused::new(status, Via::Nobody, Some(reason))
    })
}

/// An issuer that is none of the authorities here, or not one the requester may ask about now and
/// over HTTP, is `unauthorized`; so are CertIDs of several issuers in one request, which no single
/// responder could sign for. A request is answered whole (RFC 6960 4.2.1): where one status may not
/// be told, it is `tryLater`. With what counts the answer, and what was taken of a quota for it.
/// `now` and `began` are one moment, by both clocks.
pub(crate) fn answer<'a>(
    plane: &Plane,
    question: &Question,
    access: &'a Access,
    now: Micros,
    began: Instant,
) -> Result<(Answer, &'a Meter, Reserved), Refused> {
    let (request, via) = (&question.asks, access.via);
    let later = |reason| Refused::new(ErrorStatus::TryLater, via, reason);
    let unauthorized = Refused::new(ErrorStatus::Unauthorized, via, None);
    let issuers = plane.issuers.get();
    let issuers = issuers.as_ref().as_ref().ok_or(later(None))?;
    let (last, edition) = (question.last(), issuers.edition());
    let issuer = last.as_ref().and_then(|it| it.found.issuer(edition));
    let issuer = issuer.or_else(|| one_issuer(issuers, request));
    let issuer = issuer.ok_or(unauthorized)?;
    let meter = access.meter(&issuer.authority, Way::OcspHttp, now);
    let meter: &Meter = meter.ok_or(unauthorized)?;
    let reserved = meter.reserve(Way::OcspHttp, request.cert_ids.len(), now);
    let reserved = reserved.map_err(|it| Refused {
        again: Some(it.again),
        ..later(Some("AGREEMENT_QUOTA_EXCEEDED"))
    })?;
    let known = issuer.status.known_at(now, began);
    let known = known.ok_or(later(Some("FEED_NOT_READY")))?;
    let responder = plane.responder(&issuer.authority, issuer.generation.get(), now);
    let responder = responder.ok_or(later(Some("KEY_DEVICE_UNAVAILABLE")))?;
    let this_update = whole_second(known.as_of);
    // Before anything is looked up: what is written there meanwhile has another one.
    let version = known.version();
    let wanted = |status: Status, end: Micros| Wanted {
        now,
        status,
        this_update,
        // An answer ends with the responder's certificate at the latest.
        next_update: end.min(responder.not_after),
        responder: &responder,
        version,
    };
    if let Some(kept) = &last
        && kept.found.stands(edition, version)
    {
        let told = known.told(kept.status, issuer.lifetime);
        let (status, end) = told.map_err(|reason| later(Some(reason)))?;
        if kept.serves(&wanted(status, end)) {
            return Ok((Answer::Kept(Arc::clone(kept)), meter, reserved));
        }
    }
    let mut statuses = Vec::with_capacity(request.cert_ids.len());
    let mut ends = Vec::with_capacity(request.cert_ids.len());
    for cert_id in &request.cert_ids {
        let told = known.tell(cert_id.serial(), issuer.generation, issuer.lifetime);
        let (status, end) = told.map_err(|reason| later(Some(reason)))?;
        statuses.push(status);
        ends.push(wanted(status, end).next_update);
    }
    if let ([cert_id], [status], [end], None) = (
        request.cert_ids.as_slice(),
        statuses.as_slice(),
        ends.as_slice(),
        &request.nonce,
    ) {
        let wanted = wanted(*status, *end);
        if let Some(kept) = last.as_ref().filter(|it| it.serves(&wanted)) {
            return Ok((Answer::Kept(Arc::clone(kept)), meter, reserved));
        }
        if let Some(kept) = plane.kept.get(&cert_id.der, &wanted) {
            question.give(&kept);
            return Ok((Answer::Kept(kept), meter, reserved));
        }
    }
    let next_update = ends.iter().copied().min().unwrap_or(now);
    let responses = request.cert_ids.iter().zip(&statuses).zip(ends);
    let responses = responses.map(|((cert_id, status), end)| SingleResponse {
        cert_id: Arc::clone(cert_id),
        status: said(*status),
        this_update: seconds(this_update),
        next_update: Some(seconds(end)),
    });
    let data = ResponseData {
        produced_at: seconds(now),
        responses: responses.collect(),
        nonce: request.nonce.clone(),
    };
    let unsigned = Unsigned {
        cacheable: data.nonce.is_none() && !statuses.contains(&Status::Unknown),
        found: Found::new(issuer, edition, version),
        responder,
        statuses,
        this_update,
        next_update,
        now,
    };
    Ok((Answer::New(unsigned, data), meter, reserved))
}

fn one_issuer<'a>(issuers: &'a Issuers, request: &OcspRequest) -> Option<&'a Arc<Issuer>> {
    let mut asked = request.cert_ids.iter();
    let first = issuers.of(asked.next()?)?;
    asked
        .all(|cert_id| issuers.of(cert_id).is_some_and(|it| Arc::ptr_eq(it, first)))
        .then_some(first)
}

fn said(status: Status) -> CertStatus {
    match status {
        Status::Good => CertStatus::Good,
        Status::Unknown => CertStatus::Unknown,
        Status::Revoked { reason, at } => CertStatus::Revoked {
            at,
            // The reason unspecified is left out of the answer (RFC 5280 5.3.1).
            reason: Some(reason.code()).filter(|code| *code != 0),
        },
    }
}
