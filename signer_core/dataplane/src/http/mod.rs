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
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Instant;

use bytes::Bytes;
use formats::ocsp::{ErrorStatus, ResponseData};
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
use self::answer::{
    Answer, cached, date_header, plain, together, uncached, without_answer, without_body,
};
use self::ids::{REQUEST_ID, id_of};
use self::sent::Sent;
use crate::answering::{self, Answer as Says, Refused, Unsigned};
use crate::host::Said;
use crate::kept::Kept;
use crate::plane::Plane;
use crate::questions::{Octets, Question};
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

/// A list where one is asked for; OCSP otherwise. `came`: when its header had come.
pub(crate) async fn serve(
    shared: Arc<Shared>,
    request: Request<Incoming>,
    caller: Arc<Caller>,
    came: Instant,
) -> Result<Response<Body>, Infallible> {
    let version = request.version();
    // Should it have had a Content-Length too, that counts for nothing, and the connection must end
    // (RFC 9112 6.1).
    let chunked = request.headers().contains_key(TRANSFER_ENCODING);
    let mut response = match lists::path_of(request.uri()).map(str::to_owned) {
        Some(path) => {
            let head = request.into_parts().0;
            aside(lists::serve(&shared, &head, &path, &caller)).await
        }
        None => ocsp(&shared, request, &caller, came)
            .await
            .map(Either::Left),
    };
    if chunked && version < Version::HTTP_2 {
        response.headers_mut().insert(CONNECTION, CLOSE);
    }
    Ok(response)
}

/// What most answers never come to is kept apart from them: else its room would be made, and moved with
/// all else that an answer takes, for each of them.
fn aside<'a, T>(
    work: impl Future<Output = T> + Send + 'a,
) -> Pin<Box<dyn Future<Output = T> + Send + 'a>> {
    Box::pin(work)
}

/// An OCSPResponse with 200, also one that says why there is no answer; 400, 405, 408, 413, 414, 415
/// and 417 for what is no OCSP over HTTP at all.
async fn ocsp(
    shared: &Shared,
    request: Request<Incoming>,
    caller: &Caller,
    came: Instant,
) -> Answer {
    let said = request.headers().get(REQUEST_ID);
    let id = said.map(|said| said.as_bytes().to_vec());
    let (version, is_head) = (request.version(), request.method() == Method::HEAD);
    let response = match answered(shared, request, caller, came).await {
        Ok(response) => response,
        Err(why) => aside(told(shared, why, id_of(id.as_deref()), version)).await,
    };
    if is_head {
        without_body(response)
    } else {
        response
    }
}

/// What a requester is told that gets no answer, once the log has it.
async fn told(shared: &Shared, why: NoAnswer, id: String, version: Version) -> Answer {
    let response = match why {
        NoAnswer::Ocsp(refused) => {
            let (name, via) = (refused.name(), refused.via.name());
            shared.plane.counts.refused(name, via);
            let told = shared.told(Said::Ocsp(name), via, refused.reason, &id);
            told.await;
            if refused.status == ErrorStatus::InternalError {
                shared.failed(refused.reason.unwrap_or("INTERNAL"), &id);
            }
            without_answer(refused.status, refused.again)
        }
        NoAnswer::Http(status) => {
            shared.plane.counts.http(status.as_u16());
            let said = Said::Http(status.as_u16());
            shared.told(said, Via::Nobody.name(), None, &id).await;
            plain(status, version)
        }
    };
    named(response, &id)
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
    came: Instant,
) -> Result<Answer, NoAnswer> {
    let (head, body) = request.into_parts();
    let (body, began) = asked(shared, &head, body, caller, came).await?;
    let octets = match &body {
        Some(der) => Octets::Der(der),
        None => Octets::Target(target(&head)),
    };
    let question = shared.plane.questions.read(octets)?;
    // Whoever asks is looked at when all has come: a credential may be denied meanwhile.
    let asker = caller.asker(&shared.plane);
    let (access, at) = access(shared, &question, &asker, caller, began).await?;
    let plane = &shared.plane;
    let now = plane.now();
    let (answer, meter, reserved) = answering::answer(plane, &question, &access, now, at)?;
    let keeps = matches!(&answer, Says::New(unsigned, _) if unsigned.cacheable);
    let asked = keeps.then(|| (octets.key().unwrap_or_default().into(), question));
    // What is not needed any more goes before a signature is waited for: afterwards it would have to be
    // fetched into the processor's caches only to be freed. And a body may be a small part of all that
    // was read with it.
    drop(body);
    let conditions = conditions_of(head);
    // Called where nothing keeps the answer from the connection any more.
    let counted = |statuses: &[Status]| {
        meter.tell(Way::OcspHttp, statuses.len(), reserved);
        plane.counts.answered(statuses, access.via, began.elapsed());
    };
    let (kept, now) = match answer {
        Says::Kept(kept) => {
            counted(&[kept.status]);
            (kept, now)
        }
        Says::New(unsigned, data) => {
            // A place is taken by what waits for its signature, and by nothing that waits for its
            // asker, or for nothing: what was signed before is answered in this turn.
            let place = shared.under_way.try_acquire();
            let _place = place.map_err(|_| full(shared, access.via, "under_way"))?;
            let _busy = caller.seat.busy();
            let signing = signed(shared, &unsigned.responder, data, access.via);
            let body = aside(signing).await?;
            if caller.asker(plane) != asker {
                let reason = Some("UNKNOWN_VERIFIER");
                return Err(Refused::new(ErrorStatus::Unauthorized, Via::Nobody, reason).into());
            }
            counted(&unsigned.statuses);
            match keep(plane, body, unsigned, asked) {
                Ok(kept) => (kept, plane.now()),
                Err(body) => return Ok(uncached(body)),
            }
        }
    };
    let Some(conditions) = conditions else {
        return Ok(uncached(kept.body.clone()));
    };
    Ok(cached(&kept, now, &conditions))
}

/// What an answer that may be kept is asked for under; nothing of a POST, whose answer may not.
fn conditions_of(head: Parts) -> Option<HeaderMap> {
    (head.method != Method::POST).then_some(head.headers)
}

fn target(head: &Parts) -> &str {
    head.uri.path_and_query().map_or("/", |it| it.as_str())
}

/// The request's DER, once all of it is there; nothing where it is in the target. And when that was.
async fn asked(
    shared: &Shared,
    head: &Parts,
    body: Incoming,
    caller: &Caller,
    came: Instant,
) -> Result<(Option<Bytes>, Instant), NoAnswer> {
    if head.version == Version::HTTP_11 && head.headers.get_all(HOST).iter().count() != 1 {
        // RFC 9112 3.2.
        return Err(NoAnswer::Http(StatusCode::BAD_REQUEST));
    }
    // Over HTTP/2 it may have waited for its turn.
    let is_now = head.version < Version::HTTP_2;
    match head.method {
        Method::GET | Method::HEAD => {
            if target(head).len() > MAX_TARGET {
                return Err(NoAnswer::Http(StatusCode::URI_TOO_LONG));
            }
            Ok((None, if is_now { came } else { Instant::now() }))
        }
        Method::POST => {
            acceptable(head, &body).map_err(NoAnswer::Http)?;
            let mut reading = pin!(collected(body));
            // Most come with their header. Only who has to be waited for takes what is bounded, and
            // has a time-out. Over HTTP/2 many may have begun to come, and each has its turn.
            if is_now {
                let now = poll_fn(|context| Poll::Ready(reading.as_mut().poll(context)));
                if let Poll::Ready(read) = now.await {
                    let read = read.map(|body| (Some(body), came));
                    return read.map_err(NoAnswer::Http);
                }
            }
            let _waited_for = caller
                .seat
                .takes(Share::Body)
                .ok_or_else(|| full(shared, Via::Nobody, "bodies"))?;
            let in_turn = async {
                let turn = caller.seat.bodies.acquire().await;
                let _turn = turn.map_err(|_| StatusCode::REQUEST_TIMEOUT)?;
                reading.await
            };
            let read = aside(timeout(shared.limits.read, in_turn)).await;
            let read = read.unwrap_or(Err(StatusCode::REQUEST_TIMEOUT));
            read.map(|body| (Some(body), Instant::now()))
                .map_err(NoAnswer::Http)
        }
        _ => Err(NoAnswer::Http(StatusCode::METHOD_NOT_ALLOWED)),
    }
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

/// The whole body; to read it is what asks for it (RFC 9110 10.1.1).
async fn collected(mut body: Incoming) -> Result<Bytes, StatusCode> {
    let Some(first) = piece(&mut body, 0).await? else {
        return Ok(Bytes::new());
    };
    // Most come in one, which is not copied.
    let Some(second) = piece(&mut body, first.len()).await? else {
        return Ok(first);
    };
    let mut whole = [first, second].concat();
    while let Some(piece) = piece(&mut body, whole.len()).await? {
        whole.extend_from_slice(&piece);
    }
    Ok(whole.into())
}

/// What comes next, after so many octets.
async fn piece(body: &mut Incoming, before: usize) -> Result<Option<Bytes>, StatusCode> {
    let Some(frame) = body.frame().await else {
        return Ok(None);
    };
    let frame = frame.map_err(|_| StatusCode::BAD_REQUEST)?;
    let piece = frame.into_data().unwrap_or_default();
    if before + piece.len() > MAX_REQUEST {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    Ok(Some(piece))
}

/// From memory, so at once; a signature is verified where nobody else waits for it. And when it was
/// looked at, which `began` is where it was at once.
async fn access(
    shared: &Shared,
    question: &Arc<Question>,
    asker: &Asker,
    caller: &Caller,
    began: Instant,
) -> Result<(Access, Instant), Refused> {
    let plane = &shared.plane;
    let registry = plane.registry_at(began);
    let verifies = registry
        .as_ref()
        .is_some_and(|it| it.verifies(&question.asks, asker));
    if !verifies {
        let found = answering::access(plane, registry.as_deref(), &question.asks, asker);
        return found.map(|access| (access, began));
    }
    let found = aside(verified(shared, question, asker, caller)).await;
    found.map(|access| (access, Instant::now()))
}

/// By a signature.
async fn verified(
    shared: &Shared,
    question: &Arc<Question>,
    asker: &Asker,
    caller: &Caller,
) -> Result<Access, Refused> {
    let plane = &shared.plane;
    let later = Refused::new(ErrorStatus::TryLater, Via::Nobody, None);
    let taken = caller.seat.takes(Share::Signature);
    let (Some(_taken), Ok(_place)) = (taken, shared.verified.try_acquire()) else {
        return Err(full(shared, Via::Nobody, "verified"));
    };
    let _turn = shared.verifying.acquire().await.map_err(|_| later)?;
    let (plane, question, asker) = (Arc::clone(plane), Arc::clone(question), asker.clone());
    let found = tokio::task::spawn_blocking(move || {
        answering::access(&plane, plane.registry().as_deref(), &question.asks, &asker)
    });
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

/// Keeps what may be kept; gives back what may not. `asked`: what a request is remembered by, and what it says.
fn keep(
    plane: &Plane,
    body: Bytes,
    unsigned: Unsigned,
    asked: Option<(Box<[u8]>, Arc<Question>)>,
) -> Result<Arc<Kept>, Bytes> {
    let (Some((key, question)), Some(status)) = (asked, unsigned.statuses.first()) else {
        return Err(body);
    };
    let texts = [
        etag(&body),
        date_header(unsigned.this_update),
        date_header(unsigned.next_update),
    ];
    let ([etag, last_modified, expires], body) = together(texts, &body);
    let kept = Arc::new(Kept {
        body,
        etag,
        last_modified,
        expires,
        status: *status,
        made: unsigned.now,
        this_update: unsigned.this_update,
        next_update: unsigned.next_update,
        responder: unsigned.responder,
        found: unsigned.found,
    });
    if let [cert_id] = question.asks.cert_ids.as_slice() {
        question.give(&kept);
        plane.kept.put(&cert_id.der, Arc::clone(&kept));
        plane.questions.put(&key, question);
    }
    Ok(kept)
}
