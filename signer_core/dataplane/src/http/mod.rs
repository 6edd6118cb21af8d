//! OCSP over HTTP: GET, HEAD and POST (RFC 6960 appendix A, RFC 9919); and revocation lists ([`lists`]).
//!
//! Nothing of a request is logged. Whoever is refused is told an id, in the header `X-Request-Id`,
//! under which the log has why; a UUID that came in that header is taken.

mod answer;
mod conditions;
pub(crate) mod ids;
mod lists;
mod sent;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use formats::ocsp::{ErrorStatus, OcspRequest, ResponseData, request_of};
use http_body_util::{BodyExt, Either, Full};
use hyper::body::{Body as _, Incoming};
use hyper::header::{
    CONNECTION, CONTENT_TYPE, EXPECT, HOST, HeaderMap, HeaderValue, TRANSFER_ENCODING,
};
use hyper::http::request::Parts;
use hyper::{Method, Request, Response, StatusCode, Version};
use status::Status;
use tokio::time::timeout;

pub(crate) use self::answer::etag;
use self::answer::{Answer, cached, plain, uncached, without_answer, without_body};
use self::ids::{REQUEST_ID, id_of};
use self::sent::Sent;
use crate::answering::{self, Answer as Says, Refused, Unsigned};
use crate::host::Said;
use crate::kept::Kept;
use crate::plane::Plane;
use crate::registry::{Access, Asker, Via, Way};
use crate::responder::Responder;
use crate::server::guests::Share;
use crate::server::{Caller, Shared};
use crate::signing::NotSigned;

/// Octets of a request's DER; a signed request with its certificates has about three thousand.
const MAX_REQUEST: usize = 16 * 1024;
/// Octets of a target. RFC 6960 A.1 has no request of over 255 octets in one.
const MAX_TARGET: usize = 8190;
const REQUEST_TYPE: &[u8] = b"application/ocsp-request";
const CLOSE: HeaderValue = HeaderValue::from_static("close");

/// Why there is no OCSPResponse that says something.
enum NoAnswer {
    Ocsp(Refused),
    Http(StatusCode),
}

impl From<Refused> for NoAnswer {
    fn from(refused: Refused) -> Self {
        Self::Ocsp(refused)
    }
}

/// Of an answer, whatever it is to.
pub(crate) type Body = Either<Full<Bytes>, Sent>;

/// A list where one is asked for; OCSP otherwise.
pub(crate) async fn serve(
    shared: Arc<Shared>,
    request: Request<Incoming>,
    caller: Caller,
) -> Result<Response<Body>, Infallible> {
    let version = request.version();
    // Should it have had a Content-Length too, that counts for nothing, and the connection must end
    // (RFC 9112 6.1).
    let chunked = request.headers().contains_key(TRANSFER_ENCODING);
    let mut response = match lists::path_of(request.uri()).map(str::to_owned) {
        Some(path) => lists::serve(&shared, &request.into_parts().0, &path, &caller).await,
        None => ocsp(shared, request, caller).await.map(Either::Left),
    };
    if chunked && version < Version::HTTP_2 {
        response.headers_mut().insert(CONNECTION, CLOSE);
    }
    Ok(response)
}

/// An OCSPResponse with 200, also one that says why there is no answer; 400, 405, 408, 413, 414, 415
/// and 417 for what is no OCSP over HTTP at all.
async fn ocsp(shared: Arc<Shared>, request: Request<Incoming>, caller: Caller) -> Answer {
    let said = request.headers().get(REQUEST_ID);
    let id = said.map(|said| said.as_bytes().to_vec());
    let (version, is_head) = (request.version(), request.method() == Method::HEAD);
    let response = match answered(&shared, request, &caller).await {
        Ok(response) => response,
        Err(NoAnswer::Ocsp(refused)) => {
            let (name, via) = (refused.name(), refused.via.name());
            shared.plane.counts.refused(name, via);
            let id = id_of(id.as_deref());
            let told = shared.told(Said::Ocsp(name), via, refused.reason, &id);
            told.await;
            if refused.status == ErrorStatus::InternalError {
                shared.failed(refused.reason.unwrap_or("INTERNAL"), &id);
            }
            named(without_answer(refused.status, refused.again), &id)
        }
        Err(NoAnswer::Http(status)) => {
            let (id, via) = (id_of(id.as_deref()), Via::Nobody.name());
            shared.plane.counts.http(status.as_u16());
            shared
                .told(Said::Http(status.as_u16()), via, None, &id)
                .await;
            named(plain(status, version), &id)
        }
    };
    if is_head {
        without_body(response)
    } else {
        response
    }
}

fn named<T>(mut response: Response<T>, id: &str) -> Response<T> {
    if let Ok(id) = id.parse() {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

/// Told to try later by a bound.
fn full(shared: &Shared, via: Via, bound: &'static str) -> Refused {
    shared.plane.counts.full(bound);
    Refused::new(ErrorStatus::TryLater, via, None)
}

async fn answered(
    shared: &Shared,
    request: Request<Incoming>,
    caller: &Caller,
) -> Result<Answer, NoAnswer> {
    let (head, body) = request.into_parts();
    let der = asked(shared, &head, body, caller).await?;
    let began = Instant::now();
    let question = answering::read(&der)?;
    // Whoever asks is looked at when all has come: a credential may be denied meanwhile.
    let asker = caller.asker(&shared.plane);
    let access = access(shared, &question, &asker, caller).await?;
    // A place is taken by what can be answered now, and not by what is still waited for.
    let place = shared.under_way.try_acquire();
    let _place = place.map_err(|_| full(shared, access.via, "under_way"))?;
    let _busy = caller.seat.busy();
    let plane = &shared.plane;
    let (answer, meter, reserved) = answering::answer(plane, question, &access)?;
    // What is not needed any more goes before a signature is waited for: afterwards it would have to be
    // fetched into the processor's caches only to be freed.
    drop(der);
    let conditions = conditions_of(head);
    // Called where nothing keeps the answer from the connection any more.
    let counted = |statuses: &[Status]| {
        meter.tell(Way::OcspHttp, statuses.len(), reserved);
        let names = statuses.iter().map(|it| answering::name(*it));
        plane
            .counts
            .answered(names, access.via.name(), began.elapsed());
    };
    let (kept, now) = match answer {
        Says::Kept(kept) => {
            counted(&[kept.status]);
            (kept, plane.now())
        }
        Says::New(unsigned, data) => {
            let body = signed(shared, &unsigned.responder, data, access.via).await?;
            if caller.asker(plane) != asker {
                let reason = Some("UNKNOWN_VERIFIER");
                return Err(Refused::new(ErrorStatus::Unauthorized, Via::Nobody, reason).into());
            }
            counted(&unsigned.statuses);
            match keep(plane, body, unsigned) {
                Ok(kept) => (kept, plane.now()),
                Err(body) => return Ok(uncached(body)),
            }
        }
    };
    let Some(conditions) = conditions else {
        return Ok(uncached(kept.body.clone()));
    };
    let (body, etag) = (kept.body.clone(), kept.etag.clone());
    let response = cached(
        body,
        etag,
        kept.this_update,
        kept.next_update,
        now,
        &conditions,
    );
    Ok(response)
}

/// What an answer that may be kept is asked for under; nothing of a POST, whose answer may not.
fn conditions_of(head: Parts) -> Option<HeaderMap> {
    (head.method != Method::POST).then_some(head.headers)
}

/// The request's DER, once all of it is there.
async fn asked(
    shared: &Shared,
    head: &Parts,
    body: Incoming,
    caller: &Caller,
) -> Result<Vec<u8>, NoAnswer> {
    if head.version == Version::HTTP_11 && head.headers.get_all(HOST).iter().count() != 1 {
        // RFC 9112 3.2.
        return Err(NoAnswer::Http(StatusCode::BAD_REQUEST));
    }
    match head.method {
        Method::GET | Method::HEAD => {
            let target = head.uri.path_and_query().map_or("/", |it| it.as_str());
            if target.len() > MAX_TARGET {
                return Err(NoAnswer::Http(StatusCode::URI_TOO_LONG));
            }
            Ok(request_of(target).ok_or(malformed())?)
        }
        Method::POST => {
            acceptable(head, &body).map_err(NoAnswer::Http)?;
            let _waited_for = caller
                .seat
                .takes(Share::Body)
                .ok_or_else(|| full(shared, Via::Nobody, "bodies"))?;
            let read = timeout(shared.limits.read, collected(caller, body)).await;
            let read = read.unwrap_or(Err(StatusCode::REQUEST_TIMEOUT));
            read.map_err(NoAnswer::Http)
        }
        _ => Err(NoAnswer::Http(StatusCode::METHOD_NOT_ALLOWED)),
    }
}

fn malformed() -> Refused {
    Refused::new(
        ErrorStatus::MalformedRequest,
        Via::Nobody,
        Some("MALFORMED_DER"),
    )
}

fn acceptable(head: &Parts, body: &Incoming) -> Result<(), StatusCode> {
    let kind = head
        .headers
        .get(CONTENT_TYPE)
        .map_or(&b""[..], |it| it.as_bytes());
    let kind = kind
        .split(|octet| *octet == b';')
        .next()
        .unwrap_or_default();
    if !kind.trim_ascii().eq_ignore_ascii_case(REQUEST_TYPE) {
        return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
    if body.size_hint().lower() > MAX_REQUEST as u64 {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    let expected = head
        .headers
        .get(EXPECT)
        .filter(|_| head.version >= Version::HTTP_11);
    match expected {
        Some(it) if !it.as_bytes().eq_ignore_ascii_case(b"100-continue") => {
            Err(StatusCode::EXPECTATION_FAILED)
        }
        _ => Ok(()),
    }
}

/// The whole body, in its turn; to read it is what asks for it (RFC 9110 10.1.1).
async fn collected(caller: &Caller, mut body: Incoming) -> Result<Vec<u8>, StatusCode> {
    let turn = caller.seat.bodies.acquire().await;
    let _turn = turn.map_err(|_| StatusCode::REQUEST_TIMEOUT)?;
    let mut whole = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| StatusCode::BAD_REQUEST)?;
        let piece = frame.into_data().unwrap_or_default();
        if whole.len() + piece.len() > MAX_REQUEST {
            return Err(StatusCode::PAYLOAD_TOO_LARGE);
        }
        whole.extend_from_slice(&piece);
    }
    Ok(whole)
}

/// From memory, so at once; a signature is verified where nobody else waits for it.
async fn access(
    shared: &Shared,
    question: &OcspRequest,
    asker: &Asker,
    caller: &Caller,
) -> Result<Access, Refused> {
    let plane = &shared.plane;
    let registry = plane.registry();
    if !registry.is_some_and(|it| it.verifies(question, asker)) {
        return answering::access(plane, question, asker);
    }
    let later = Refused::new(ErrorStatus::TryLater, Via::Nobody, None);
    let taken = caller.seat.takes(Share::Signature);
    let (Some(_taken), Ok(_place)) = (taken, shared.verified.try_acquire()) else {
        return Err(full(shared, Via::Nobody, "verified"));
    };
    let _turn = shared.verifying.acquire().await.map_err(|_| later)?;
    let (plane, question, asker) = (Arc::clone(plane), question.clone(), asker.clone());
    let found = tokio::task::spawn_blocking(move || answering::access(&plane, &question, &asker));
    found.await.unwrap_or(Err(later))
}

/// The answer, signed.
async fn signed(
    shared: &Shared,
    responder: &Arc<Responder>,
    data: ResponseData,
    via: Via,
) -> Result<Bytes, Refused> {
    let signing = shared.plane.signing.sign(responder, data);
    match timeout(shared.limits.sign, signing).await {
        Ok(Ok(signed)) => Ok(signed.into()),
        Ok(Err(NotSigned::TOO_MANY)) => {
            shared.plane.counts.full("signing");
            let reason = Some(NotSigned::TOO_MANY.reason);
            Err(Refused::new(ErrorStatus::TryLater, via, reason))
        }
        Ok(Err(NotSigned { reason, again })) => {
            let status = if again {
                ErrorStatus::TryLater
            } else {
                ErrorStatus::InternalError
            };
            Err(Refused::new(status, via, Some(reason)))
        }
        Err(_) => Err(full(shared, via, "signing_time")),
    }
}

/// Keeps what may be kept; gives back what may not.
fn keep(plane: &Plane, body: Bytes, unsigned: Unsigned) -> Result<Arc<Kept>, Bytes> {
    let (true, Some(status)) = (unsigned.cacheable(), unsigned.statuses.first()) else {
        return Err(body);
    };
    let kept = Arc::new(Kept {
        etag: etag(&body),
        body,
        status: *status,
        made: unsigned.now,
        this_update: unsigned.this_update,
        next_update: unsigned.next_update,
        responder: unsigned.responder,
    });
    if let (Some(asked), 1) = (unsigned.asked, unsigned.statuses.len()) {
        plane.kept.put(&asked.der, Arc::clone(&kept));
    }
    Ok(kept)
}
