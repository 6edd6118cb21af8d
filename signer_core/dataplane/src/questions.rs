//! Requests that were read before, by their octets.
//!
//! Who asks without a nonce sends the same octets each time, and to read them costs more than all the
//! looking up. What they say does not change: a request from here is looked into as if it had been read
//! now, by the rights, the status and the clock of this moment. Only those are remembered whose answers
//! are kept, too ([`crate::kept`]): a stranger's is not, and each of them has cost a signature.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use formats::ocsp::{OcspRequest, request_of};

use crate::answering::{self, MALFORMED, Refused};
use crate::halves::Halves;
use crate::kept::Kept;

/// Octets of a request; one about one certificate has some hundred.
const LONGEST: usize = 512;

/// A request that is not read yet.
#[derive(Clone, Copy)]
pub(crate) enum Octets<'a> {
    /// In the target of a GET.
    Target(&'a str),
    /// The DER.
    Der(&'a [u8]),
}

impl<'a> Octets<'a> {
    /// What it is remembered by. A target begins with a slash, a request's DER with its tag: neither is
    /// taken for the other. Nothing for what is neither.
    pub(crate) fn key(self) -> Option<&'a [u8]> {
        match self {
            Self::Target(target) if target.starts_with('/') => Some(target.as_bytes()),
            Self::Der(der) if !der.starts_with(b"/") => Some(der),
            _ => None,
        }
    }
}

/// A request that was read.
pub(crate) struct Question {
    pub(crate) asks: OcspRequest,
    last: Mutex<Option<Arc<Kept>>>,
}

impl Question {
    /// The answer it was given last, whether that serves or not. It is [`crate::kept`]'s too, which has it
    /// for who asks the same by other octets; from here it is had without looking for it.
    pub(crate) fn last(&self) -> Option<Arc<Kept>> {
        self.held().clone()
    }

    /// It is given this one.
    pub(crate) fn give(&self, kept: &Arc<Kept>) {
        let before = self.held().replace(Arc::clone(kept));
        drop(before);
    }

    fn held(&self) -> MutexGuard<'_, Option<Arc<Kept>>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Some 700 octets each.
#[derive(Default)]
pub(crate) struct Questions(Halves<Arc<Question>>);

impl Questions {
    /// What these octets ask.
    pub(crate) fn read(&self, octets: Octets<'_>) -> Result<Arc<Question>, Refused> {
        let key = octets.key().ok_or(MALFORMED)?;
        if let Some(known) = self.0.get(key, |_| true) {
            return Ok(known);
        }
        let asks = match octets {
            Octets::Target(target) => answering::read(&request_of(target).ok_or(MALFORMED)?)?,
            Octets::Der(der) => answering::read(der)?,
        };
        let last = Mutex::default();
        Ok(Arc::new(Question { asks, last }))
    }

    /// `question`: what was read of the octets of this key.
    pub(crate) fn put(&self, key: &[u8], question: Arc<Question>) {
        if key.len() <= LONGEST {
            self.0.put(key, question);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// About a certificate by four octets of SHA-1 of its issuer each.
    const DER: [u8; 39] = [
        0x30, 0x25, 0x30, 0x23, 0x30, 0x21, 0x30, 0x1f, 0x30, 0x1d, 0x30, 0x09, 0x06, 0x05, 0x2b,
        0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x04, 1, 2, 3, 4, 0x04, 0x04, 5, 6, 7, 8, 0x02,
        0x04, 9, 9, 9, 9,
    ];
    const TARGET: &str = "/MCUwIzAhMB8wHTAJBgUrDgMCGgUABAQBAgMEBAQFBgcIAgQJCQkJ";

    #[test]
    fn what_is_remembered_is_what_would_be_read_again() {
        let questions = Questions::default();
        for octets in [Octets::Der(&DER), Octets::Target(TARGET)] {
            let first = questions.read(octets).unwrap();
            assert_eq!(first.asks.cert_ids[0].serial(), [9; 4]);
            assert!(!Arc::ptr_eq(&first, &questions.read(octets).unwrap()));
            questions.put(octets.key().unwrap(), Arc::clone(&first));
            assert!(Arc::ptr_eq(&first, &questions.read(octets).unwrap()));
        }
    }

    /// Else a body would be read as a target once somebody had asked by that.
    #[test]
    fn a_body_is_no_target_and_a_target_no_body() {
        let questions = Questions::default();
        let asked = questions.read(Octets::Target(TARGET)).unwrap();
        questions.put(TARGET.as_bytes(), asked);
        let others = [
            Octets::Der(TARGET.as_bytes()),
            Octets::Der(b""),
            Octets::Target("*"),
            Octets::Target("/"),
        ];
        for octets in others {
            assert_eq!(questions.read(octets).err(), Some(MALFORMED));
        }
    }
}
