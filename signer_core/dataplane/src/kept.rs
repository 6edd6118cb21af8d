//! Signed answers without nonce, kept to be given again.
//!
//! Nothing need be taken out when a certificate is revoked: each request looks the status up first,
//! and a kept answer is given only while it says what the index says at that moment.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use hyper::header::HeaderValue;
use status::Status;

use crate::clock::{Micros, SECOND};
use crate::responder::Responder;

/// So many answers are kept, twice over: some 2 KB each.
const MOST: usize = 16 * 1024;
/// Octets of a CertID; one with SHA-512 has some 170.
const LONGEST: usize = 256;
/// An answer is given again for so long, and no longer than half of its life.
const REUSED: Micros = 60 * SECOND;

/// A signed answer.
pub(crate) struct Kept {
    pub(crate) body: Bytes,
    pub(crate) etag: HeaderValue,
    pub(crate) status: Status,
    pub(crate) made: Micros,
    pub(crate) this_update: Micros,
    pub(crate) next_update: Micros,
    pub(crate) responder: Arc<Responder>,
}

/// What an answer made at this moment would say.
pub(crate) struct Wanted<'a> {
    pub(crate) now: Micros,
    pub(crate) status: Status,
    pub(crate) this_update: Micros,
    pub(crate) next_update: Micros,
    pub(crate) responder: &'a Arc<Responder>,
}

impl Kept {
    /// Whether it says nothing else than an answer made now, and nothing that is newer.
    fn serves(&self, wanted: &Wanted<'_>) -> bool {
        let reused = REUSED.min((self.next_update - self.made) / 2);
        Arc::ptr_eq(&self.responder, wanted.responder)
            && self.status == wanted.status
            && self.this_update <= wanted.this_update
            && self.next_update <= wanted.next_update
            && (self.made..=self.made + reused).contains(&wanted.now)
    }
}

/// Two halves: when the young one is full it becomes the old one, and what nobody asked for since is
/// forgotten.
#[derive(Default)]
struct Halves {
    young: HashMap<Box<[u8]>, Arc<Kept>>,
    old: HashMap<Box<[u8]>, Arc<Kept>>,
}

impl Halves {
    fn put(&mut self, cert_id: Box<[u8]>, answer: Arc<Kept>) {
        if self.young.len() >= MOST / PARTS && !self.young.contains_key(&cert_id) {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(cert_id, answer);
    }
}

const PARTS: usize = 16;

/// The answers that are kept, in parts with a lock each.
#[derive(Default)]
pub(crate) struct Cache {
    parts: [Mutex<Halves>; PARTS],
}

impl Cache {
    pub(crate) fn get(&self, cert_id: &[u8], wanted: &Wanted<'_>) -> Option<Arc<Kept>> {
        let mut part = self
            .part(cert_id)?
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = part.young.get(cert_id) {
            return found.serves(wanted).then(|| Arc::clone(found));
        }
        let (cert_id, found) = part.old.remove_entry(cert_id)?;
        if !found.serves(wanted) {
            return None;
        }
        part.put(cert_id, Arc::clone(&found));
        Some(found)
    }

    pub(crate) fn put(&self, cert_id: &[u8], answer: Arc<Kept>) {
        if cert_id.len() <= LONGEST
            && let Some(part) = self.part(cert_id)
        {
            let mut part = part.lock().unwrap_or_else(PoisonError::into_inner);
            part.put(cert_id.into(), answer);
        }
    }

    /// By the last octets, which are a serial number's: they are random, and only spread the locks.
    fn part(&self, cert_id: &[u8]) -> Option<&Mutex<Halves>> {
        self.parts.get(usize::from(*cert_id.last()?) % PARTS)
    }
}
