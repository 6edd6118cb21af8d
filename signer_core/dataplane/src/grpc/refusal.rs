//! A refusal as a status of gRPC, with the details of `google.rpc` (`openjpki.rpc.status`).

use std::borrow::Cow;
use std::collections::HashMap;

use formats::status_calls::{Broken, Writer};
use hyper::HeaderMap;
use hyper::header::HeaderValue;

use super::base64;
use crate::quota::Exceeded;

/// What the catalogue says of a reason.
#[derive(Debug, Clone, Copy)]
pub struct Reason {
    /// The number of the code of gRPC.
    pub code: u8,
    /// Its name, as calls are counted by it.
    pub name: &'static str,
    /// Whether the same call may succeed a moment later.
    pub retryable: bool,
}

/// The catalogue lacks this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct UnknownReason(pub(super) &'static str);

/// The reasons that are given here.
const GIVEN: [&str; 20] = [
    "UNAUTHENTICATED",
    "CREDENTIAL_DENIED",
    "ROLE_NOT_ALLOWED",
    "INVALID_FIELD",
    "MESSAGE_TOO_LARGE",
    "DEADLINE_REQUIRED",
    "DEADLINE_EXCEEDED",
    "TOO_MANY_CALLS",
    "CALLER_QUOTA_EXCEEDED",
    "AGREEMENT_QUOTA_EXCEEDED",
    "SERVICE_UNAVAILABLE",
    "INTERNAL",
    "UNKNOWN_VERIFIER",
    "OUT_OF_SCOPE",
    "AUTHORITY_NOT_FOUND",
    "FEED_NOT_READY",
    "CERTIFICATE_NOT_HEARD_OF",
    "READER_TOO_SLOW",
    "CANCELLED",
    "NOT_IMPLEMENTED",
];
const RETRY_DELAY_MS: u64 = 200;
const UNAVAILABLE: u8 = 14;
const INTERNAL: Reason = Reason {
    code: 13,
    name: "INTERNAL",
    retryable: false,
};
/// The most that one answer lists.
const MOST: usize = 20;
/// Characters of one text.
const MAX_TEXT: usize = 500;

/// Why a call is not answered.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    pub(super) reason: &'static str,
    text: Cow<'static, str>,
    /// Fields and rules.
    broken: Vec<Broken>,
    /// What programs may go by.
    told: Option<(&'static str, Box<str>)>,
    /// The code that counts have, where it is another.
    counted: Option<&'static str>,
    /// Of a quota: seconds after which there may be more.
    again: Option<u32>,
}

impl Refusal {
    pub(super) fn new(reason: &'static str, text: impl Into<Cow<'static, str>>) -> Self {
        Self {
            reason,
            text: short(text.into()),
            broken: Vec::new(),
            told: None,
            counted: None,
            again: None,
        }
    }

    /// The verifier was told as much as was agreed, or would be told more than is left.
    pub(super) fn exceeded(why: Exceeded) -> Self {
        let refused = match why.left {
            0 => Self::new(
                "AGREEMENT_QUOTA_EXCEEDED",
                "as much was told as the agreement's quota lets",
            ),
            left => {
                let text = format!("of these only {left} may be told now by the agreement's quota");
                Self::new("AGREEMENT_QUOTA_EXCEEDED", text).with("left", &left.to_string())
            }
        };
        Self {
            again: Some(why.again),
            ..refused
        }
    }

    /// The field is to blame, by the rule that the text is.
    pub(super) fn of(self, field: &str) -> Self {
        let broken = vec![(field.to_owned(), self.text.clone().into_owned())];
        Self { broken, ..self }
    }

    pub(super) fn broken(mut broken: Vec<Broken>) -> Self {
        broken.truncate(MOST);
        let text = broken.first().map(|(_, rule)| rule.clone());
        Self {
            broken,
            ..Self::new("INVALID_FIELD", text.unwrap_or_default())
        }
    }

    pub(super) fn with(self, name: &'static str, said: &str) -> Self {
        let told = Some((name, said.into()));
        Self { told, ..self }
    }

    pub(super) fn counted_as(self, code: &'static str) -> Self {
        let counted = Some(code);
        Self { counted, ..self }
    }

    pub(super) fn field(&self) -> Option<&str> {
        self.broken.first().map(|(field, _)| field.as_str())
    }
}

pub(super) struct Reasons {
    domain: String,
    known: HashMap<String, Reason>,
}

impl Reasons {
    pub(super) fn new(
        domain: String,
        known: HashMap<String, Reason>,
    ) -> Result<Self, UnknownReason> {
        match GIVEN.into_iter().find(|it| !known.contains_key(*it)) {
            Some(missing) => Err(UnknownReason(missing)),
            None => Ok(Self { domain, known }),
        }
    }

    pub(super) fn of(&self, refusal: &Refusal) -> Reason {
        self.known.get(refusal.reason).copied().unwrap_or(INTERNAL)
    }

    /// What the call's end is counted under.
    pub(super) fn counted(&self, refusal: &Refusal) -> &'static str {
        refusal.counted.unwrap_or_else(|| self.of(refusal).name)
    }

    /// What ends the call.
    pub(super) fn trailers(&self, refusal: &Refusal) -> HeaderMap {
        let reason = self.of(refusal);
        let mut told = HeaderMap::with_capacity(4);
        told.insert("grpc-status", HeaderValue::from(u16::from(reason.code)));
        let mut put = |name: &'static str, value: Vec<u8>| {
            if let Ok(value) = HeaderValue::from_maybe_shared(bytes::Bytes::from(value)) {
                told.insert(name, value);
            }
        };
        put("grpc-message", escaped(&refusal.text));
        let details = self.status(refusal, reason);
        put("grpc-status-details-bin", base64::written(&details));
        if reason.retryable && reason.code == UNAVAILABLE {
            // gRPC's own retries read this trailer; they do not look at RetryInfo.
            told.insert("grpc-retry-pushback-ms", HeaderValue::from(RETRY_DELAY_MS));
        }
        told
    }

    /// `google.rpc.Status`.
    fn status(&self, refusal: &Refusal, reason: Reason) -> Vec<u8> {
        let mut status = Writer::default();
        status.number(1, reason.code.into());
        status.octets(2, refusal.text.as_bytes());
        let mut detail = |kind: &str, octets: &[u8]| {
            let mut any = Writer::default();
            any.octets(
                1,
                format!("type.googleapis.com/google.rpc.{kind}").as_bytes(),
            );
            any.octets(2, octets);
            status.embedded(3, &any.0);
        };
        let mut info = Writer::default();
        info.octets(1, refusal.reason.as_bytes());
        info.octets(2, self.domain.as_bytes());
        if let Some((name, said)) = &refusal.told {
            let mut entry = Writer::default();
            entry.octets(1, name.as_bytes());
            entry.octets(2, said.as_bytes());
            info.embedded(3, &entry.0);
        }
        detail("ErrorInfo", &info.0);
        if !refusal.broken.is_empty() {
            let mut bad = Writer::default();
            for (field, rule) in &refusal.broken {
                let mut one = Writer::default();
                one.octets(1, field.as_bytes());
                one.octets(2, rule.as_bytes());
                bad.embedded(1, &one.0);
            }
            detail("BadRequest", &bad.0);
        }
        if refusal.again.is_some() {
            let mut violation = Writer::default();
            violation.octets(1, b"agreement");
            violation.octets(2, refusal.text.as_bytes());
            let mut failure = Writer::default();
            failure.embedded(1, &violation.0);
            detail("QuotaFailure", &failure.0);
        }
        if reason.retryable || refusal.again.is_some() {
            let mut delay = Writer::default();
            match refusal.again {
                Some(seconds) => delay.number(1, seconds.into()),
                None => delay.number(2, RETRY_DELAY_MS * 1_000_000),
            }
            let mut retry = Writer::default();
            retry.embedded(1, &delay.0);
            detail("RetryInfo", &retry.0);
        }
        status.0
    }
}

/// As long as a text in a header may be.
fn short(text: Cow<'static, str>) -> Cow<'static, str> {
    if text.chars().nth(MAX_TEXT).is_none() {
        return text;
    }
    let begins: String = text.chars().take(MAX_TEXT - 1).collect();
    format!("{begins}…").into()
}

/// As gRPC has a text in a header: what is not printable ASCII, and the percent sign, in `%XX`.
fn escaped(text: &str) -> Vec<u8> {
    let mut written = Vec::with_capacity(text.len());
    for octet in text.bytes() {
        match octet {
            b'%' | 0..=0x1f | 0x7f.. => written.extend(format!("%{octet:02X}").bytes()),
            _ => written.push(octet),
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped_and_reasons_known() {
        assert_eq!(escaped("50% é\n"), b"50%25 %C3%A9%0A");
        let missing = Reasons::new("it".into(), HashMap::new());
        let long = Refusal::new("INTERNAL", "é".repeat(501)).text;
        assert_eq!(long.chars().count(), 500);
        assert!(long.ends_with('…'));
        assert_eq!(short("é".repeat(500).into()).chars().count(), 500);
        assert_eq!(missing.err(), Some(UnknownReason("UNAUTHENTICATED")));
    }
}
