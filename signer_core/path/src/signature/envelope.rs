//! The outermost structure of everything that is signed in X.509.

use std::ops::Range;
use std::sync::Arc;

use super::remembered::Remembered;
use super::{PublicKey, Signatures, sha256};
use crate::octets::{BIT_STRING, Elements, SEQUENCE, bits, range_of};
use crate::verdict::Reason;
use crate::{Sha256, Unreadable};

/// A signed object, as `signatures` wants it.
#[derive(Debug, Clone, Copy)]
pub struct Signed<'a> {
    /// The octets that are signed, as received.
    pub octets: &'a [u8],
    /// DER of the outer AlgorithmIdentifier. That the inner one is equal is the reader's to check.
    pub algorithm: &'a [u8],
    /// The signature.
    pub signature: &'a [u8],
    /// SHA-256 of the whole object.
    pub sha256: &'a Sha256,
}

/// What begins `SEQUENCE { tbs, AlgorithmIdentifier, BIT STRING, ... }`: a certificate, a list, the
/// inside of an OCSP response. Every part is a piece of the octets that were read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Envelope<'a> {
    /// The content of what is signed, which is a SEQUENCE.
    pub(crate) content: &'a [u8],
    /// The element that is signed, header included.
    tbs: &'a [u8],
    /// DER of the AlgorithmIdentifier.
    pub(crate) algorithm: &'a [u8],
    /// The signature; empty when it is no whole number of octets.
    pub(super) signature: &'a [u8],
}

impl<'a> Envelope<'a> {
    /// Reads the envelope, nothing after it.
    ///
    /// # Errors
    /// [`Unreadable`], naming `field`, when it is none.
    pub(crate) fn read(octets: &'a [u8], field: &'static str) -> Result<Self, Unreadable> {
        let fault = Unreadable::new(field, "is not DER of it");
        let mut parts = Elements::within(octets, SEQUENCE).map_err(|_| fault)?;
        let envelope = Self::begin(&mut parts, field)?;
        parts.end().map_err(|_| fault)?;
        Ok(envelope)
    }

    /// As `signatures` wants it, of an object with this SHA-256.
    pub(crate) fn signed<'b>(&'b self, sha256: &'b Sha256) -> Signed<'b> {
        Signed {
            octets: self.tbs,
            algorithm: self.algorithm,
            signature: self.signature,
            sha256,
        }
    }

    /// Reads what an envelope begins with; what comes after it is left in `parts`.
    ///
    /// # Errors
    /// [`Unreadable`], naming `field`, when it is none.
    pub(crate) fn begin(parts: &mut Elements<'a>, field: &'static str) -> Result<Self, Unreadable> {
        let fault = Unreadable::new(field, "is not DER of it");
        let tbs = parts.any().map_err(|_| fault)?;
        let algorithm = parts.any().map_err(|_| fault)?;
        let signature = parts.any().map_err(|_| fault)?;
        let signature = signature
            .of(BIT_STRING)
            .map_err(|_| Unreadable::new("signatureValue", "is not a BIT STRING"))?;
        Ok(Self {
            content: tbs.of(SEQUENCE).map_err(|_| fault)?,
            tbs: tbs.whole,
            algorithm: algorithm.whole,
            // Every signature is a whole number of octets. One with unused bits is nobody's, and to
            // say so is verification's part.
            signature: match bits(signature) {
                Ok(bits) if bits.padding_bits() == 0 => bits.as_bytes(),
                _ => &[],
            },
        })
    }
}

/// A signed object as it came, and where in it is what a verification needs.
pub(crate) struct Received {
    octets: Arc<[u8]>,
    sha256: Sha256,
    parts: Parts,
    remembered: Remembered,
}

/// Where the parts of an envelope are in the octets that it was read out of.
pub(crate) struct Parts {
    tbs: Range<usize>,
    algorithm: Range<usize>,
    signature: Range<usize>,
}

impl Envelope<'_> {
    /// The places of its parts in `octets`, out of which it was read.
    pub(crate) fn parts(&self, octets: &[u8]) -> Parts {
        Parts {
            tbs: range_of(octets, self.tbs),
            algorithm: range_of(octets, self.algorithm),
            signature: range_of(octets, self.signature),
        }
    }
}

impl Received {
    /// Keeps an object.
    pub(crate) fn new(octets: Arc<[u8]>, parts: Parts) -> Self {
        let part = |range: &Range<usize>| octets.get(range.clone()).unwrap_or_default();
        Self {
            sha256: sha256(&octets),
            remembered: Remembered::new(part(&parts.tbs), part(&parts.algorithm)),
            octets,
            parts,
        }
    }

    /// The DER, as received.
    pub(crate) fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// SHA-256 of the DER.
    pub(crate) fn sha256(&self) -> &Sha256 {
        &self.sha256
    }

    /// What is at this place.
    #[inline]
    pub(crate) fn part(&self, range: &Range<usize>) -> &[u8] {
        self.octets.get(range.clone()).unwrap_or_default()
    }

    /// Verifies its signature, once with each key for as long as it is kept.
    ///
    /// # Errors
    /// As [`Signatures::verify`].
    pub(crate) fn verify(
        &self,
        key: &PublicKey,
        signatures: &mut Signatures,
    ) -> Result<(), Reason> {
        self.remembered.verify(key, &self.signed(), signatures)
    }

    /// SHA-256 of the key whose its signature was found to be.
    pub(crate) fn known_maker(&self) -> Option<&Sha256> {
        self.remembered.of()
    }

    /// What is signed, with what, and the signature.
    pub(crate) fn signed(&self) -> Signed<'_> {
        Signed {
            octets: self.part(&self.parts.tbs),
            algorithm: self.part(&self.parts.algorithm),
            signature: self.part(&self.parts.signature),
            sha256: &self.sha256,
        }
    }
}
