//! Which issuers are tried first (RFC 4158 3.5). Nothing here decides whether a path is valid.

use std::cmp::Reverse;

use crate::Sha256;
use crate::certificate::{Certificate, KEY_CERT_SIGN};
use crate::names::{Name, first_directories};

/// What issuers are ordered by; the least is tried first.
pub(super) type Preference = (u8, u8, u32, Reverse<i64>, Sha256);

/// Whether a certificate can be an issuer's on any path that is valid at that time. Those that
/// cannot are walked through only to explain a refusal.
pub(super) fn usable(certificate: &Certificate, at: i64) -> bool {
    certificate.not_before() <= at
        && at <= certificate.not_after()
        && certificate.is_authority()
        && certificate.key_usage_allows(KEY_CERT_SIGN)
        && certificate.fault().is_none()
}

/// What a certificate says of its issuer.
pub(super) struct Child<'a> {
    key_identifier: Option<&'a [u8]>,
    /// The first few names and the serial number of the issuer's own certificate.
    issuers: Vec<Name>,
    serial: Option<&'a [u8]>,
}

impl<'a> Child<'a> {
    pub(super) fn new(certificate: &'a Certificate) -> Self {
        let said = certificate.authority_key_identifier().unwrap_or_default();
        Self {
            key_identifier: said.key_identifier,
            issuers: first_directories(said.issuer.unwrap_or_default()),
            serial: said.serial,
        }
    }

    /// Where an issuer stands in the order: key identifiers that agree, first of those whose is a hash of
    /// the key; serial number and issuer that agree, nearer to an anchor, issued later. What differs
    /// comes last and is tried all the same (RFC 4158 3.5.12).
    pub(super) fn preferred(&self, issuer: &Certificate, distance: Option<u32>) -> Preference {
        (
            self.by_key(issuer),
            self.by_serial(issuer),
            distance.unwrap_or(u32::MAX),
            Reverse(issuer.not_before()),
            *issuer.sha256(),
        )
    }

    /// Whether key identifiers agree, and it is a hash of this issuer's key.
    pub(super) fn is_of_key_of(&self, issuer: &Certificate) -> bool {
        self.key_identifier.is_some()
            && self.key_identifier == issuer.subject_key_identifier()
            && issuer.has_identifier_of_key()
    }

    fn by_key(&self, issuer: &Certificate) -> u8 {
        match (self.key_identifier, issuer.subject_key_identifier()) {
            _ if self.is_of_key_of(issuer) => IS_THE_KEY,
            (Some(asked), Some(own)) if asked == own => AGREES,
            (Some(_), Some(_)) => DIFFERS,
            _ => SAYS_NOTHING,
        }
    }

    fn by_serial(&self, issuer: &Certificate) -> u8 {
        let Some(serial) = self.serial else {
            return SAYS_NOTHING;
        };
        let named = self.issuers.contains(issuer.issuer());
        if named && serial == issuer.serial() {
            AGREES
        } else {
            DIFFERS
        }
    }
}

/// Whoever copied the identifier has another key.
const IS_THE_KEY: u8 = 0;
const AGREES: u8 = 1;
const SAYS_NOTHING: u8 = 2;
const DIFFERS: u8 = 3;
