//! Revocation lists over HTTP (R4.1.2): GET and HEAD, of one that changed only, and of a part of it.
//!
//! `/lists/<authority>/<generation>/<partition>.crl`, and `/lists/<authority>/set.pb`: which there are, as
//! ListRevocationLists answers over gRPC. Who may have them is who agreed on lists with their authority, as
//! over gRPC.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{Either, Full};
use hyper::header::{
    ACCEPT_RANGES, ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE,
    CONTENT_TYPE, ETAG, EXPIRES, HOST, HeaderMap, HeaderName, HeaderValue, LAST_MODIFIED,
    RETRY_AFTER, VARY,
};
use hyper::http::request::Parts;
use hyper::{Method, Response, StatusCode, Uri, Version};
use tokio::time::timeout;

use super::answer::http_date;
use super::conditions::{Condition, Part, condition, has, is_named, is_wanted, part, takes_gzip};
use super::ids::{REQUEST_ID, id_of};
use super::sent::{Held, Sent};
use super::{Body, MAX_TARGET, named};
use crate::clock::seconds;
use crate::host::{Said, WhichList};
use crate::lists::{Form, Life, List, NoList};
use crate::registry::{Via, Way};
use crate::server::guests::{Share, Taken};
use crate::server::{Caller, Shared};
use crate::usage::Meter;

const PREFIX: &str = "/lists/";
const SUFFIX: &str = ".crl";
const SET: &str = "/set.pb";
/// Behind the partition, where its delta list is meant.
const DELTA: &str = ".delta";
const LIST_TYPE: HeaderValue = HeaderValue::from_static("application/pkix-crl");
const SET_TYPE: HeaderValue = HeaderValue::from_static("application/x-protobuf");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
/// For a list to be fetched from where it is made, others before it included.
const FETCHED: Duration = Duration::from_secs(60);
/// Whoever finds no list now comes again after so many seconds.
const AGAIN: HeaderValue = HeaderValue::from_static("10");

/// Why none is sent.
struct Refused {
    status: StatusCode,
    via: Via,
    reason: Option<&'static str>,
    /// Seconds after which to ask again, where that is known.
    again: Option<u32>,
}

impl Refused {
    fn new(status: StatusCode, via: Via, reason: &'static str) -> Self {
        Self {
            status,
            via,
            reason: Some(reason),
            again: None,
        }
    }
}

/// What stands behind the beginning that all lists' addresses have; nothing: it is no list that is
/// asked for. No request of OCSP begins like this: its first octet makes it an `M`.
pub(super) fn path_of(target: &Uri) -> Option<&str> {
    target.path_and_query()?.as_str().strip_prefix(PREFIX)
}

pub(super) async fn serve(
    shared: &Arc<Shared>,
    head: &Parts,
    path: &str,
    caller: &Caller,
) -> Response<Body> {
    let (response, via, reason) = match answered(shared, head, path, caller).await {
        Ok((response, via)) => (response, via, None),
        Err(refused) => {
            let mut response = without(refused.status);
            if let Some(seconds) = refused.again {
                response.headers_mut().insert(RETRY_AFTER, seconds.into());
            }
            (response, refused.via, refused.reason)
        }
    };
    let status = response.status();
    shared.plane.counts.list(status.as_u16());
    if !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let id = id_of(head.headers.get(REQUEST_ID).map(HeaderValue::as_bytes));
    let said = Said::Http(status.as_u16());
    shared.told(said, via.name(), reason, &id).await;
    named(response, &id)
}

async fn answered(
    shared: &Arc<Shared>,
    head: &Parts,
    path: &str,
    caller: &Caller,
) -> Result<(Response<Body>, Via), Refused> {
    let http = |status| Refused {
        status,
        via: Via::Nobody,
        reason: None,
        again: None,
    };
    if head.version == Version::HTTP_11 && head.headers.get_all(HOST).iter().count() != 1 {
        // RFC 9112 3.2.
        return Err(http(StatusCode::BAD_REQUEST));
    }
    if !matches!(head.method, Method::GET | Method::HEAD) {
        return Err(http(StatusCode::METHOD_NOT_ALLOWED));
    }
    if path.len() > MAX_TARGET {
        return Err(http(StatusCode::URI_TOO_LONG));
    }
    let (which, via, _) = permitted(shared, path, caller)?;
    let full = |bound| {
        shared.plane.counts.full(bound);
        Refused::new(StatusCode::SERVICE_UNAVAILABLE, via, "TOO_MANY_CALLS")
    };
    let taken = caller.seat.takes(Share::List);
    let taken = Arc::new(taken.ok_or_else(|| full("lists"))?);
    let busy = caller.seat.busy();
    let found = timeout(FETCHED, found(shared, head, &which, &taken)).await;
    let found = match found {
        Ok(Ok(found)) => found,
        Ok(Err(NoList::None(reason))) => {
            return Err(Refused::new(StatusCode::NOT_FOUND, via, reason));
        }
        Ok(Err(NoList::Full)) => return Err(full("lists_room")),
        Ok(Err(NoList::Away)) | Err(_) => {
            let status = StatusCode::SERVICE_UNAVAILABLE;
            return Err(Refused::new(status, via, "SERVICE_UNAVAILABLE"));
        }
    };
    // While it was fetched an agreement may have ended, or a certificate been denied.
    let (_, _, meter) = permitted(shared, path, caller)?;
    let until = Instant::now() + shared.limits.list;
    let waits = caller.untaken.add(until);
    let held = Held {
        _list: Arc::clone(&found.list),
        _taken: taken,
        _busy: busy,
        _waits: waits,
    };
    let response = response(head, found, held);
    let begins = matches!(
        response.status(),
        StatusCode::OK | StatusCode::PARTIAL_CONTENT
    );
    // Which there are is told for nothing, as over gRPC.
    if begins && head.method == Method::GET && !which.is_set() {
        let reserved = meter.reserve(Way::Lists, 1, shared.plane.now());
        let reserved = reserved.map_err(|it| Refused {
            again: Some(it.again),
            ..Refused::new(
                StatusCode::TOO_MANY_REQUESTS,
                via,
                "AGREEMENT_QUOTA_EXCEEDED",
            )
        })?;
        meter.tell(Way::Lists, 1, reserved);
    }
    Ok((response, via))
}

/// The list that a path names, where whoever asks may have it now, and what counts it.
fn permitted(
    shared: &Shared,
    path: &str,
    caller: &Caller,
) -> Result<(WhichList, Via, Arc<Meter>), Refused> {
    let plane = &shared.plane;
    let asker = caller.asker(plane);
    let registry = plane.registry().ok_or(Refused::new(
        StatusCode::SERVICE_UNAVAILABLE,
        Via::Nobody,
        "SERVICE_UNAVAILABLE",
    ))?;
    let forbidden = |via, reason| Refused::new(StatusCode::FORBIDDEN, via, reason);
    let access = registry
        .unsigned(&asker)
        .ok_or(forbidden(Via::Nobody, "UNKNOWN_VERIFIER"))?;
    let via = access.via;
    let missing = |reason| Refused::new(StatusCode::NOT_FOUND, via, reason);
    let which = which(path).ok_or(missing("INVALID_FIELD"))?;
    let meter = access.meter(&which.authority, Way::Lists, plane.now());
    let meter = Arc::clone(meter.ok_or(forbidden(via, "OUT_OF_SCOPE"))?);
    let authorities = plane.authorities();
    let is_here = authorities
        .as_ref()
        .as_ref()
        .is_some_and(|it| it.contains_key(&which.authority));
    is_here
        .then_some((which, via, meter))
        .ok_or(missing("AUTHORITY_NOT_FOUND"))
}

fn which(path: &str) -> Option<WhichList> {
    let is_name = |it: &str| {
        let plain =
            |octet: u8| octet.is_ascii_lowercase() || octet.is_ascii_digit() || octet == b'-';
        (1..=32).contains(&it.len()) && it.bytes().all(plain)
    };
    if let Some(authority) = path.strip_suffix(SET) {
        return is_name(authority).then(|| WhichList::set(authority));
    }
    let mut parts = path.strip_suffix(SUFFIX)?.split('/');
    let (authority, generation, partition) = (parts.next()?, parts.next()?, parts.next()?);
    let number: u16 = generation.parse().ok()?;
    let is_one = parts.next().is_none()
        && is_name(authority)
        && is_name(partition.strip_suffix(DELTA).unwrap_or(partition))
        && number > 0
        && number.to_string() == generation;
    is_one.then(|| WhichList {
        authority: authority.to_owned(),
        generation: number,
        partition: partition.to_owned(),
    })
}

/// What there is for who asks.
struct Found {
    list: Arc<List>,
    /// It goes out for a minute more, and nobody is to keep it.
    is_superseded: bool,
    condition: Condition,
    form: Form,
    /// Seconds since 1970, once the list was there.
    now: i64,
}

async fn found(
    shared: &Shared,
    head: &Parts,
    which: &WhichList,
    taken: &Arc<Taken>,
) -> Result<Found, NoList> {
    let (lists, plane, asked) = (&shared.lists, &shared.plane, &head.headers);
    let list = lists.newest(which, seconds(plane.now()), taken).await?;
    let is_superseded = lists.is_superseded(which, &list);
    let now = seconds(plane.now());
    let condition = condition(asked, &list.tags(), list.modified(now));
    let takes = takes_gzip(asked) && !is_named(asked, &list.plain.etag);
    let compressed = match (takes, condition) {
        (true, Condition::Holds) => lists.compressed(which, &list).await,
        (true, _) => list.made_compressed(),
        (false, _) => None,
    };
    let form = compressed.unwrap_or_else(|| list.plain.clone());
    Ok(Found {
        list,
        is_superseded,
        condition,
        form,
        now,
    })
}

fn response(head: &Parts, found: Found, held: Held) -> Response<Body> {
    let Found {
        list,
        is_superseded,
        condition,
        form,
        now,
    } = found;
    let asked = &head.headers;
    let length = form.octets.len();
    let mut etag = form.etag.clone();
    let mut response = match condition {
        Condition::Failed => return without(StatusCode::PRECONDITION_FAILED),
        Condition::NotModified => {
            // Of the form that the asker has, whichever would be sent.
            etag = list
                .tags()
                .into_iter()
                .find(|it| has(asked, it))
                .unwrap_or(etag);
            without(StatusCode::NOT_MODIFIED)
        }
        Condition::Holds if !is_wanted(asked, &etag) => {
            return without(StatusCode::PRECONDITION_FAILED);
        }
        Condition::Holds => {
            // Of HEAD a range means nothing (RFC 9110 14.2).
            let part = match head.method {
                Method::GET => part(asked, &etag, length),
                _ => Part::Whole,
            };
            let (status, octets) = match part {
                Part::None => {
                    let mut response = without(StatusCode::RANGE_NOT_SATISFIABLE);
                    put(
                        response.headers_mut(),
                        CONTENT_RANGE,
                        &format!("bytes */{length}"),
                    );
                    return response;
                }
                Part::Whole => (StatusCode::OK, 0..length),
                Part::Some(octets) => (StatusCode::PARTIAL_CONTENT, octets),
            };
            let mut response = match head.method {
                Method::HEAD => without(status),
                _ => Response::new(Either::Right(Sent::new(
                    form.octets.slice(octets.clone()),
                    held,
                ))),
            };
            *response.status_mut() = status;
            let headers = response.headers_mut();
            headers.insert(CONTENT_TYPE, list.life.map_or(SET_TYPE, |_| LIST_TYPE));
            headers.insert(CONTENT_LENGTH, octets.len().into());
            if let Some(encoding) = form.encoding {
                headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
            }
            if status == StatusCode::PARTIAL_CONTENT {
                let (first, last) = (octets.start, octets.end - 1);
                put(
                    headers,
                    CONTENT_RANGE,
                    &format!("bytes {first}-{last}/{length}"),
                );
            }
            response
        }
    };
    let headers = response.headers_mut();
    headers.insert(ETAG, etag);
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(modified) = list.modified(now) {
        put(headers, LAST_MODIFIED, &http_date(modified));
    }
    let kept = list.life.filter(|_| !is_superseded);
    if let Some(life) = kept {
        put(headers, EXPIRES, &http_date(life.next_update));
    }
    put(headers, CACHE_CONTROL, &cache_control(kept, now));
    response
}

/// Nobody who shares a cache gets it: it is for this verifier (R4.2). It is asked for anew from the
/// middle of its life on, by when there is a newer one, and is not used past its end. Which lists there
/// are is asked for anew each time, and so is what has no life that counts.
fn cache_control(kept: Option<Life>, now: i64) -> String {
    let middle = |it: Life| it.this_update + (it.next_update - it.this_update) / 2;
    let left = kept.map_or(0, |it| (middle(it) - now).max(0));
    format!("max-age={left}, private, no-transform, must-revalidate")
}

/// Nothing but what its header says.
fn without(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Either::Left(Full::<Bytes>::default()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, NO_STORE);
    match status {
        StatusCode::METHOD_NOT_ALLOWED => {
            headers.insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        }
        StatusCode::SERVICE_UNAVAILABLE => {
            headers.insert(RETRY_AFTER, AGAIN);
        }
        _ => {}
    }
    response
}

fn put(headers: &mut HeaderMap, name: HeaderName, text: &str) {
    if let Ok(value) = HeaderValue::from_str(text) {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_one_list() {
        let found = which("signing-13/2/13101-1.crl").unwrap();
        let WhichList {
            authority,
            generation,
            partition,
        } = found;
        assert_eq!(
            (&*authority, generation, &*partition),
            ("signing-13", 2, "13101-1")
        );
        let delta = which("signing-13/2/13101-1.delta.crl").unwrap();
        assert_eq!(delta.partition, "13101-1.delta");
        for other in [
            "",
            ".crl",
            "signing-13/2/13101",
            "signing-13/2/.crl",
            "signing-13/2/.delta.crl",
            "signing-13/2/13101.delta",
            "signing-13/2/13101.delta.delta.crl",
            "signing-13/2/13101.DELTA.crl",
            "signing-13/0/13101.crl",
            "signing-13/+2/13101.crl",
            "signing-13/02/13101.crl",
            "signing-13/65536/13101.crl",
            "signing-13/2/13101.crl?x",
            "signing-13/2/../13101.crl",
            "signing-13/2/13101.crl/x.crl",
            "SIGNING-13/2/13101.crl",
            "signing-13/2/1%33101.crl",
        ] {
            assert!(which(other).is_none(), "{other}");
        }
        let set = which("signing-13/set.pb").unwrap();
        assert!(set.is_set() && set.authority == "signing-13");
        for other in ["/set.pb", "set.pb", "a/1/set.pb", "a/set.pb?x", "A/set.pb"] {
            assert!(which(other).is_none(), "{other}");
        }
        let uri: Uri = "/lists/signing-13/2/13101.crl".parse().unwrap();
        assert_eq!(path_of(&uri), Some("signing-13/2/13101.crl"));
        assert_eq!(path_of(&"/MEEwPw".parse().unwrap()), None);
    }
}
