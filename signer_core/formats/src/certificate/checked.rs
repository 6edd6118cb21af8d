//! To-be-signed bytes that passed the check: the one thing that can be signed, once.

use std::sync::Arc;

use super::asked::SignatureAlgorithm;
use super::faults::require;
use crate::der::{Writer, tag, tlv_len};
use crate::error::{Error, Result};
use crate::signing::Signer;

/// `TBSCertificate` DER of which every field was compared with what was asked.
///
/// Only this room's checks make one. It can't be copied, and [`Self::sign`] takes it: what was
/// signed can't be signed again, and neither can what a device failed on. Whoever stored the octets
/// gets another one by having them checked again.
#[must_use]
pub struct CheckedTbs {
    octets: Vec<u8>,
    algorithm: SignatureAlgorithm,
    signer: Arc<[u8]>,
}

impl CheckedTbs {
    /// For the checks alone, after they have passed. `signer` is the key that is to sign,
    /// SubjectPublicKeyInfo DER.
    pub(super) fn passed(
        octets: Vec<u8>,
        algorithm: SignatureAlgorithm,
        signer: Arc<[u8]>,
    ) -> Self {
        Self {
            octets,
            algorithm,
            signer,
        }
    }

    /// The bytes, to be stored as an intent before they are signed.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// What must sign them.
    #[must_use]
    pub fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    /// The public key of what must sign them, SubjectPublicKeyInfo DER.
    #[must_use]
    pub fn signer(&self) -> &[u8] {
        &self.signer
    }

    /// The finished object: the bytes with the signature that `signer` makes of them and verifies
    /// (`Certificate`, RFC 5280 4.1; `CertificationRequest`, RFC 2986 4.2).
    ///
    /// # Errors
    /// `Key` for another key than the issuer's, before anything is signed; what `signer` fails with.
    pub fn sign(self, signer: &dyn Signer) -> Result<Vec<u8>> {
        self.require_signer(signer)?;
        let digest = self.algorithm.hash().digest(&self.octets);
        finished(self.algorithm, &self.octets, &signer.sign_digest(&digest)?)
    }

    /// The same for many, signed together on up to `threads` cores.
    ///
    /// # Errors
    /// As [`Self::sign`]; also `InvalidArgument` when they are not all of one algorithm. Nothing is
    /// returned then.
    pub fn sign_all(
        all: Vec<Self>,
        signer: &dyn Signer,
        threads: Option<usize>,
    ) -> Result<Vec<Vec<u8>>> {
        let Some(algorithm) = all.first().map(Self::algorithm) else {
            return Ok(Vec::new());
        };
        for one in &all {
            one.require_signer(signer)?;
            require(
                "signature",
                "must be of one algorithm throughout",
                one.algorithm == algorithm,
            )?;
        }
        let octets: Vec<Vec<u8>> = all.into_iter().map(|one| one.octets).collect();
        let signatures = signer.sign_messages(algorithm.hash(), &octets, threads)?;
        signatures
            .iter()
            .zip(&octets)
            .map(|(signature, octets)| finished(algorithm, octets, signature))
            .collect()
    }

    fn require_signer(&self, signer: &dyn Signer) -> Result<()> {
        if *self.signer == *signer.public_key().spki() {
            return Ok(());
        }
        Err(Error::key("is not the issuer's of these bytes"))
    }
}

fn finished(algorithm: SignatureAlgorithm, octets: &[u8], signature: &[u8]) -> Result<Vec<u8>> {
    require(
        "signature",
        "must have at least 2048 bits",
        signature.len() >= 256,
    )?;
    let oid = algorithm.oid();
    let identifier = tlv_len(tlv_len(oid.as_bytes().len()) + tlv_len(0));
    let content = octets.len() + identifier + tlv_len(signature.len() + 1);
    let mut w = Writer::with_capacity(tlv_len(content));
    w.header(tag::SEQUENCE, content);
    w.raw(octets);
    w.algorithm_with_null(&oid);
    w.bit_string(signature);
    Ok(w.into_vec())
}
