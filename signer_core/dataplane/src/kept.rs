//! Signed answers without nonce, kept to be given again.
//!
//! Nothing need be taken out when a certificate is revoked: each request looks the status up first, or
//! finds that nothing was written to the index since that was done, and a kept answer is given only while
//! it says what the index says at that moment.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use hyper::header::HeaderValue;
use status::Status;

use crate::clock::{Micros, SECOND};
use crate::halves::Halves;
use crate::issuers::Issuer;
use crate::responder::Responder;

/// Octets of a CertID; one with SHA-512 has some 170.
const LONGEST: usize = 256;
/// An answer is given again for so long, and no longer than half of its life.
const REUSED: Micros = 60 * SECOND;

/// A signed answer.
pub(crate) struct Kept {
    pub(crate) body: Bytes,
    /// What its headers say, but for how long it may be kept on.
    pub(crate) etag: HeaderValue,
    pub(crate) last_modified: HeaderValue,
    pub(crate) expires: HeaderValue,
    pub(crate) status: Status,
    pub(crate) made: Micros,
    pub(crate) this_update: Micros,
    pub(crate) next_update: Micros,
    pub(crate) responder: Arc<Responder>,
    pub(crate) found: Found,
}

/// Where its status was found. Neither the issuer nor the status is looked up again while both numbers are
/// the same: what look-ups read is in no cache of the processor where many are asked about.
pub(crate) struct Found {
    issuer: Arc<Issuer>,
    /// Of the issuers that this one is of ([`crate::issuers::Issuers::edition`]).
    edition: u64,
    /// Of the index that said it last ([`crate::known::Index::version`]).
    version: AtomicU64,
}

impl Found {
    /// `version`: as it was before the status was looked up.
    pub(crate) fn new(issuer: &Arc<Issuer>, edition: u64, version: u64) -> Self {
        Self {
            issuer: Arc::clone(issuer),
            edition,
            version: AtomicU64::new(version),
        }
    }

    /// Whose certificate it is, by the issuers of this edition.
    pub(crate) fn issuer(&self, edition: u64) -> Option<&Arc<Issuer>> {
        (self.edition == edition).then_some(&self.issuer)
    }

    /// Whether the status is what the index would say: where the issuer is as well.
    pub(crate) fn stands(&self, edition: u64, version: u64) -> bool {
        self.edition == edition && self.version.load(Ordering::Relaxed) == version
    }

    /// The same status was found there again.
    fn again(&self, version: u64) {
        self.version.store(version, Ordering::Relaxed);
    }
}

/// What an answer made at this moment would say.
pub(crate) struct Wanted<'a> {
    pub(crate) now: Micros,
    pub(crate) status: Status,
    pub(crate) this_update: Micros,
    pub(crate) next_update: Micros,
    pub(crate) responder: &'a Arc<Responder>,
    /// Of the index, before the status was looked up.
    pub(crate) version: u64,
}

impl Kept {
    /// Whether it says nothing else than an answer made now, and nothing that is newer.
    pub(crate) fn serves(&self, wanted: &Wanted<'_>) -> bool {
        let serves = self.says(wanted);
        if serves {
            self.found.again(wanted.version);
        }
        serves
    }

    fn says(&self, wanted: &Wanted<'_>) -> bool {
        let reused = REUSED.min((self.next_update - self.made) / 2);
        Arc::ptr_eq(&self.responder, wanted.responder)
            && self.status == wanted.status
            && self.this_update <= wanted.this_update
            && self.next_update <= wanted.next_update
            && (self.made..=self.made + reused).contains(&wanted.now)
    }
}

/// The answers that are kept, by CertID: some 2 KB each.
#[derive(Default)]
pub(crate) struct Cache(Halves<Arc<Kept>>);

impl Cache {
    pub(crate) fn get(&self, cert_id: &[u8], wanted: &Wanted<'_>) -> Option<Arc<Kept>> {
        self.0.get(cert_id, |kept| kept.serves(wanted))
    }

    pub(crate) fn put(&self, cert_id: &[u8], answer: Arc<Kept>) {
        if cert_id.len() <= LONGEST {
            self.0.put(cert_id, answer);
        }
    }
}
