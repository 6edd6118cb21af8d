//! A key made ready for the cryptographic library, and verifying with it.

use std::sync::Arc;

use aws_lc_rs::signature::{self as lc, RsaParameters, RsaPssSaltLength, VerificationAlgorithm};

use super::{Info, Kind, OFF_CURVE, PublicKey};
use crate::signature::algorithm::Algorithm;
use crate::signature::identifier::Hash;
use crate::signature::known_keys::KnownKeys;
use crate::signature::pss::Pss;
use crate::signature::ready::{Message, ReadyKey};
use crate::verdict::Reason;

impl PublicKey {
    /// Whether the signature is this key's over these octets.
    pub(in crate::signature) fn verify(
        &self,
        algorithm: Algorithm,
        message: Message<'_>,
        signature: &[u8],
        known: Option<&KnownKeys>,
    ) -> Result<(), Reason> {
        if !self.makes(algorithm) {
            return Err(Reason::AlgorithmRefused);
        }
        let holds = match algorithm {
            Algorithm::Pss(pss) if pss.salt != digest_octets(pss.hash) => {
                self.verify_with_salt(pss, message, signature)
            }
            _ => self.verify_ready(algorithm, message, signature, known),
        };
        holds.then_some(()).ok_or(Reason::SignatureInvalid)
    }

    /// The cryptographic library checks the point. The key is made ready for the first algorithm that
    /// it is used with, and kept: `usual` is the one that goes with the curve.
    pub(super) fn on_curve(
        &self,
        usual: Hash,
        known: Option<&KnownKeys>,
    ) -> Result<(), &'static str> {
        let algorithm = Algorithm::Ecdsa(usual);
        let (_, ready) = self
            .ready
            .get_or_init(|| (algorithm, self.make(algorithm, known)));
        ready.as_ref().map(|_| ()).ok_or(OFF_CURVE)
    }

    fn verify_ready(
        &self,
        algorithm: Algorithm,
        message: Message<'_>,
        signature: &[u8],
        known: Option<&KnownKeys>,
    ) -> bool {
        let (kept_for, kept) = self
            .ready
            .get_or_init(|| (algorithm, self.make(algorithm, known)));
        let other;
        let key = if *kept_for == algorithm {
            kept
        } else {
            other = self.make(algorithm, known);
            &other
        };
        key.as_ref()
            .is_some_and(|key| key.verify(message, signature))
    }

    /// The key ready for an algorithm, made unless it is known.
    fn make(&self, algorithm: Algorithm, known: Option<&KnownKeys>) -> Option<Arc<ReadyKey>> {
        match known {
            Some(known) => known.get_or_make(self.sha256(), algorithm, || self.parse(algorithm)),
            None => self.parse(algorithm),
        }
    }

    fn parse(&self, algorithm: Algorithm) -> Option<Arc<ReadyKey>> {
        let (library, key) = (self.library(algorithm)?, self.octets_for_library()?);
        ReadyKey::new(algorithm, library, key, self.rsa_numbers()).map(Arc::new)
    }

    /// RSA keys as `RSAPublicKey`, so that one of id-RSASSA-PSS is taken too; others as they came.
    fn octets_for_library(&self) -> Option<&[u8]> {
        match self.kind {
            Kind::Rsa { .. } => {
                let info = Info::read(&self.spki).ok()?;
                Some(info.key.as_bytes())
            }
            _ => Some(&self.spki),
        }
    }

    fn verify_with_salt(&self, pss: Pss, message: Message<'_>, signature: &[u8]) -> bool {
        let salt = RsaPssSaltLength::Custom(pss.salt);
        let Some(parameters) = pss_parameters(pss.hash).map(|it| it.with_pss_salt_length(salt))
        else {
            return false;
        };
        self.octets_for_library().is_some_and(|key| {
            match message {
                Message::Octets(octets) => parameters.verify_sig(key, octets, signature),
                Message::Hashed(digest) => parameters.verify_digest_sig(key, digest, signature),
            }
            .is_ok()
        })
    }

    fn library(&self, algorithm: Algorithm) -> Option<&'static dyn VerificationAlgorithm> {
        Some(match (self.kind, algorithm) {
            (Kind::Rsa { .. }, Algorithm::Pkcs1(hash)) => match hash {
                Hash::Sha1 => &lc::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
                Hash::Sha256 => &lc::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
                Hash::Sha384 => &lc::RSA_PKCS1_2048_8192_SHA384,
                Hash::Sha512 => &lc::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
            },
            (Kind::Rsa { .. }, Algorithm::Pss(pss)) => match pss.hash {
                Hash::Sha256 => &lc::RSA_PSS_2048_8192_SHA256,
                Hash::Sha384 => &lc::RSA_PSS_2048_8192_SHA384,
                Hash::Sha512 => &lc::RSA_PSS_2048_8192_SHA512,
                Hash::Sha1 => return None,
            },
            (Kind::P256, Algorithm::Ecdsa(hash)) => match hash {
                Hash::Sha1 => &lc::ECDSA_P256_SHA1_ASN1,
                Hash::Sha256 => &lc::ECDSA_P256_SHA256_ASN1,
                Hash::Sha384 => &lc::ECDSA_P256_SHA384_ASN1,
                Hash::Sha512 => &lc::ECDSA_P256_SHA512_ASN1,
            },
            (Kind::P384, Algorithm::Ecdsa(hash)) => match hash {
                Hash::Sha1 => return None,
                Hash::Sha256 => &lc::ECDSA_P384_SHA256_ASN1,
                Hash::Sha384 => &lc::ECDSA_P384_SHA384_ASN1,
                Hash::Sha512 => &lc::ECDSA_P384_SHA512_ASN1,
            },
            (Kind::P521, Algorithm::Ecdsa(hash)) => match hash {
                Hash::Sha1 => &lc::ECDSA_P521_SHA1_ASN1,
                Hash::Sha256 => &lc::ECDSA_P521_SHA256_ASN1,
                Hash::Sha384 => &lc::ECDSA_P521_SHA384_ASN1,
                Hash::Sha512 => &lc::ECDSA_P521_SHA512_ASN1,
            },
            _ => return None,
        })
    }
}

fn pss_parameters(hash: Hash) -> Option<RsaParameters> {
    match hash {
        Hash::Sha256 => Some(lc::RSA_PSS_2048_8192_SHA256),
        Hash::Sha384 => Some(lc::RSA_PSS_2048_8192_SHA384),
        Hash::Sha512 => Some(lc::RSA_PSS_2048_8192_SHA512),
        Hash::Sha1 => None,
    }
}

fn digest_octets(hash: Hash) -> u16 {
    match hash {
        Hash::Sha1 => 20,
        Hash::Sha256 => 32,
        Hash::Sha384 => 48,
        Hash::Sha512 => 64,
    }
}
