//! Requests that were read before, by their octets.
//!
//! Who asks without a nonce sends the same octets each time, and to read them costs more than all the
//! looking up. What they say does not change: a request from here is looked into as if it had been read
//! now, by the rights, the status and the clock of this moment. Only those are remembered whose answers
//! are kept, too ([`crate::kept`]): a stranger's is not, and each of them has cost a signature.

use std::sync::Arc;

use formats::ocsp::OcspRequest;

use crate::answering::{self, Refused};
use crate::halves::Halves;

/// Octets of a request; one about one certificate has some hundred.
const LONGEST: usize = 512;

/// Some 700 octets each.
#[derive(Default)]
pub(crate) struct Questions(Halves<Arc<OcspRequest>>);

impl Questions {
    /// What these octets ask.
    pub(crate) fn read(&self, der: &[u8]) -> Result<Arc<OcspRequest>, Refused> {
        match self.0.get(der, |_| true) {
            Some(known) => Ok(known),
            None => answering::read(der).map(Arc::new),
        }
    }

    /// `question`: what was read of these octets.
    pub(crate) fn put(&self, der: &[u8], question: Arc<OcspRequest>) {
        if der.len() <= LONGEST {
            self.0.put(der, question);
        }
    }
}
