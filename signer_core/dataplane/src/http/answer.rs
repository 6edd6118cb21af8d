//! Responses of HTTP (RFC 9919 section 6.2, RFC 9110).

use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use formats::ocsp::{ErrorStatus, error_response};
use http_body_util::Full;
use hyper::body::Body;
use hyper::header::{
    ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, ETAG, EXPIRES, HeaderMap,
    HeaderValue, LAST_MODIFIED, RETRY_AFTER,
};
use hyper::{Response, StatusCode, Version};

use super::conditions;
use crate::clock::{Micros, seconds};
use crate::kept::Kept;

pub(super) type Answer = Response<Full<Bytes>>;

const RESPONSE_TYPE: HeaderValue = HeaderValue::from_static("application/ocsp-response");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// An OCSPResponse that no cache may keep.
pub(super) fn uncached(body: Bytes) -> Answer {
    let mut response = Response::new(Full::new(body));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, RESPONSE_TYPE);
    headers.insert(CACHE_CONTROL, NO_STORE);
    response
}

/// One that says why there is no answer.
pub(super) fn without_answer(status: ErrorStatus, again: Option<u32>) -> Answer {
    let mut response = uncached(error_response(status).into());
    if let Some(seconds) = again {
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    response
}

/// An OCSPResponse that its asker may keep, and nobody who shares a cache with it: it is for this
/// verifier (R4.2).
pub(super) fn cached(kept: &Kept, now: Micros, asked: &HeaderMap) -> Answer {
    let left = seconds(kept.next_update - now).max(0);
    let has_it = conditions::has(asked, &kept.etag);
    let body = if has_it {
        Bytes::new()
    } else {
        kept.body.clone()
    };
    let mut response = Response::new(Full::new(body));
    if has_it {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let headers = response.headers_mut();
    if !has_it {
        headers.insert(CONTENT_TYPE, RESPONSE_TYPE);
    }
    let control = format!("max-age={left}, private, no-transform, must-revalidate");
    if let Ok(control) = HeaderValue::try_from(control) {
        headers.insert(CACHE_CONTROL, control);
    }
    headers.insert(LAST_MODIFIED, kept.last_modified.clone());
    headers.insert(EXPIRES, kept.expires.clone());
    headers.insert(ETAG, kept.etag.clone());
    response
}

/// Texts of headers and a body, in one piece of memory that they count the users of together. Where many
/// are asked about, none of it is in a cache of the processor when it is sent: apart, each text would have
/// to be waited for, and its count as well.
pub(super) fn together<const N: usize>(
    texts: [HeaderValue; N],
    body: &[u8],
) -> ([HeaderValue; N], Bytes) {
    let before: usize = texts.iter().map(HeaderValue::len).sum();
    let mut octets = Vec::with_capacity(before + body.len());
    texts
        .iter()
        .for_each(|it| octets.extend_from_slice(it.as_bytes()));
    octets.extend_from_slice(body);
    let mut octets = Bytes::from(octets);
    let texts = texts.map(|it| {
        let text = octets.split_to(it.len());
        HeaderValue::from_maybe_shared(text).unwrap_or(it)
    });
    (texts, octets)
}

/// A moment as headers say it.
pub(super) fn date_header(moment: Micros) -> HeaderValue {
    // It has no character that a header may not have.
    HeaderValue::try_from(http_date(seconds(moment))).unwrap_or(NO_STORE)
}

/// The entity tag of an answer.
pub(crate) fn etag(body: &[u8]) -> HeaderValue {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, body);
    let mut text = String::with_capacity(66);
    text.push('"');
    for octet in digest.as_ref() {
        for digit in [octet >> 4, octet & 15] {
            text.extend(char::from_digit(u32::from(digit), 16));
        }
    }
    text.push('"');
    HeaderValue::from_str(&text).unwrap_or(NO_STORE)
}

/// What is no OCSP over HTTP at all. The connection ends, as the rest of the request may not have
/// been read.
pub(super) fn plain(status: StatusCode, version: Version) -> Answer {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, NO_STORE);
    if version < Version::HTTP_2 {
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    if status == StatusCode::METHOD_NOT_ALLOWED {
        headers.insert(ALLOW, HeaderValue::from_static("GET, HEAD, POST"));
    }
    response
}

/// The same without its body, whose length it says (RFC 9110 9.3.2).
pub(super) fn without_body(mut response: Answer) -> Answer {
    let length = response.body().size_hint().exact().unwrap_or(0);
    if length > 0 {
        response.headers_mut().insert(CONTENT_LENGTH, length.into());
        *response.body_mut() = Full::default();
    }
    response
}

/// IMF-fixdate (RFC 9110 5.6.7), of seconds since 1970.
pub(super) fn http_date(moment: i64) -> String {
    let since = Duration::from_secs(u64::try_from(moment).unwrap_or(0));
    httpdate::fmt_http_date(UNIX_EPOCH + since)
}
