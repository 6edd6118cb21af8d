//! A private key in this process's memory: for development and short-lived responders.

mod encrypted;

use std::sync::Arc;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{
    KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RsaEncoding,
};
use der::asn1::UintRef;
use der::{Decode, Sequence};
use formats::der::oid;
use formats::error::{Error, Result};
use formats::signing::{Digest, Hash, PublicKey, Signer};
use pkcs8::PrivateKeyInfo;
use rsa_lanes::{KeyOctets, PrivateNumbers};

pub use self::encrypted::{MIN_ITERATIONS, encrypt_pkcs8};
use crate::signer::BatchSigner;
use crate::verifying_key::VerifyingKey;

const MIN_BITS: usize = 2048;
const MAX_BITS: usize = 4096;

/// An RSA key of 2048 to 4096 bits. AWS-LC holds its numbers, and so do the lanes of a vector where
/// the processor has them; both wipe them when they free them. It has neither `Debug` nor `Clone`.
pub struct SoftwareKey(Arc<Parts>);

/// What threads share of a key.
struct Parts {
    pair: KeyPair,
    public: VerifyingKey,
    lanes: Option<Box<PrivateNumbers>>,
}

impl SoftwareKey {
    /// Makes a new key with AWS-LC's generator.
    ///
    /// # Errors
    /// `InvalidArgument` unless `bits` is 2048, 3072 or 4096; `Key` when generation fails.
    pub fn generate(bits: usize) -> Result<Self> {
        let size = match bits {
            2048 => KeySize::Rsa2048,
            3072 => KeySize::Rsa3072,
            4096 => KeySize::Rsa4096,
            _ => {
                return Err(Error::invalid("bits", "must be 2048, 3072 or 4096"));
            }
        };
        let pair = KeyPair::generate(size).map_err(|_| Error::key("RSA generation failed"))?;
        let der = pair
            .as_der()
            .map_err(|_| Error::key("the private key can't be encoded"))?;
        Self::from_pkcs8(der.as_ref())
    }

    /// Reads an unencrypted PKCS#8 `PrivateKeyInfo` (RFC 5208). The caller wipes its own buffer.
    ///
    /// # Errors
    /// `Malformed` when it does not parse, trailing octets included; `Key` when it is not an RSA
    /// key of 2048 to 4096 bits, its numbers do not fit together, or its exponent is below 65537
    /// or even. No error repeats any of the octets.
    pub fn from_pkcs8(pkcs8: &[u8]) -> Result<Self> {
        let info = PrivateKeyInfo::from_der(pkcs8).map_err(|_| {
            Error::malformed("PrivateKeyInfo", "not DER of an unencrypted PKCS#8 key")
        })?;
        if info.algorithm.oid != oid::RSA_ENCRYPTION {
            return Err(Error::key("the private key is not RSA"));
        }
        let pair = KeyPair::from_pkcs8(pkcs8)
            .map_err(|_| Error::key("not a consistent RSA private key of 2048 bits or more"))?;
        let lanes = lanes(info.private_key).map(Box::new);
        Self::from_pair(pair, lanes)
    }

    pub(super) fn to_pkcs8(&self) -> Result<Pkcs8V1Der<'static>> {
        self.0
            .pair
            .as_der()
            .map_err(|_| Error::key("the private key can't be encoded"))
    }

    fn from_pair(pair: KeyPair, lanes: Option<Box<PrivateNumbers>>) -> Result<Self> {
        let spki = pair
            .public_key()
            .as_der()
            .map_err(|_| Error::key("the public key can't be encoded"))?;
        let public = VerifyingKey::from_spki(spki.as_ref())?;
        if !(MIN_BITS..=MAX_BITS).contains(&public.bits()) {
            return Err(Error::key(format!(
                "the modulus has {} bits; {MIN_BITS} to {MAX_BITS} are taken",
                public.bits()
            )));
        }
        // FIPS 186-5 A.1.1: an odd exponent above 2^16.
        let exponent = public.exponent();
        let odd = exponent.last().is_some_and(|last| last & 1 == 1);
        if !odd || exponent.len() < 3 {
            return Err(Error::key(
                "the public exponent must be odd and at least 65537",
            ));
        }
        Ok(Self(Arc::new(Parts {
            pair,
            public,
            lanes,
        })))
    }
}

impl BatchSigner for SoftwareKey {
    fn verifying_key(&self) -> &VerifyingKey {
        self.0.verifying_key()
    }

    fn private_numbers(&self) -> Option<&PrivateNumbers> {
        self.0.private_numbers()
    }

    fn shared(&self) -> Option<Arc<dyn BatchSigner>> {
        Some(Arc::clone(&self.0) as Arc<dyn BatchSigner>)
    }

    fn verifies_itself(&self) -> bool {
        self.0.verifies_itself()
    }

    fn sign_digests(&self, digests: &[Digest]) -> Result<Vec<Vec<u8>>> {
        self.0.sign_digests(digests)
    }
}

impl Signer for SoftwareKey {
    fn public_key(&self) -> &PublicKey {
        &self.0.public
    }

    fn sign_digest(&self, digest: &Digest) -> Result<Vec<u8>> {
        crate::sign_digest(self, digest)
    }

    fn sign_messages(
        &self,
        hash: Hash,
        messages: &[Vec<u8>],
        threads: Option<usize>,
    ) -> Result<Vec<Vec<u8>>> {
        crate::sign_batch(self, hash, messages, threads)
    }
}

impl BatchSigner for Parts {
    fn verifying_key(&self) -> &VerifyingKey {
        &self.public
    }

    fn private_numbers(&self) -> Option<&PrivateNumbers> {
        self.lanes.as_deref()
    }

    /// AWS-LC raises what the Chinese remainder theorem gave to the power e before it takes the
    /// blinding off and lets go of it: `tests/faults.rs` flips bits of its numbers in memory.
    fn verifies_itself(&self) -> bool {
        true
    }

    fn sign_digests(&self, digests: &[Digest]) -> Result<Vec<Vec<u8>>> {
        digests
            .iter()
            .map(|digest| {
                let mut signature = vec![0; self.public.signature_len()];
                self.pair
                    .sign_digest(padding(digest.hash()), digest.value(), &mut signature)
                    .map_err(|_| Error::key("the private operation failed"))?;
                Ok(signature)
            })
            .collect()
    }
}

fn padding(hash: Hash) -> &'static dyn RsaEncoding {
    match hash {
        Hash::Sha256 => &RSA_PKCS1_SHA256,
        Hash::Sha384 => &RSA_PKCS1_SHA384,
        Hash::Sha512 => &RSA_PKCS1_SHA512,
    }
}

/// `RSAPrivateKey` (RFC 8017 A.1.2) of two primes.
#[derive(Sequence)]
struct RsaPrivateKey<'a> {
    version: u8,
    modulus: UintRef<'a>,
    public_exponent: UintRef<'a>,
    private_exponent: UintRef<'a>,
    prime1: UintRef<'a>,
    prime2: UintRef<'a>,
    exponent1: UintRef<'a>,
    exponent2: UintRef<'a>,
    coefficient: UintRef<'a>,
}

/// The numbers for the lanes, which AWS-LC does not show: read from the same octets it checked.
fn lanes(private_key: &[u8]) -> Option<PrivateNumbers> {
    let numbers = RsaPrivateKey::from_der(private_key).ok()?;
    PrivateNumbers::new(&KeyOctets {
        modulus: numbers.modulus.as_bytes(),
        exponent: numbers.public_exponent.as_bytes(),
        primes: [numbers.prime1.as_bytes(), numbers.prime2.as_bytes()],
        exponents: [numbers.exponent1.as_bytes(), numbers.exponent2.as_bytes()],
        coefficient: numbers.coefficient.as_bytes(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign;
    use formats::signing::Hash;

    #[test]
    fn other_sizes_are_refused() {
        for bits in [0, 1024, 2047, 2056, 8192] {
            assert!(SoftwareKey::generate(bits).is_err(), "{bits}");
        }
    }

    #[test]
    fn all_three_hashes_sign_and_verify() {
        let key = SoftwareKey::generate(3072).unwrap();
        assert_eq!(key.verifying_key().bits(), 3072);
        for hash in [Hash::Sha256, Hash::Sha384, Hash::Sha512] {
            let signature = sign(&key, hash, b"message").unwrap();
            assert_eq!(signature.len(), 384);
            let digest = hash.digest(b"message");
            assert!(key.verifying_key().verifies(&digest, &signature));
            let other = hash.digest(b"massage");
            assert!(!key.verifying_key().verifies(&other, &signature));
        }
    }

    #[test]
    fn a_damaged_private_key_is_refused_at_every_octet() {
        let key = SoftwareKey::generate(2048).unwrap();
        let der = key.to_pkcs8().unwrap().as_ref().to_vec();
        assert!(SoftwareKey::from_pkcs8(&der).is_ok());
        // Every 40th octet lands in each of the numbers: n, e, d, p, q, dP, dQ, qInv.
        for at in (0..der.len()).step_by(40) {
            let mut damaged = der.clone();
            damaged[at] ^= 0x04;
            assert!(SoftwareKey::from_pkcs8(&damaged).is_err(), "octet {at}");
        }
        let mut trailing = der.clone();
        trailing.push(0);
        assert!(SoftwareKey::from_pkcs8(&trailing).is_err());
        assert!(SoftwareKey::from_pkcs8(&der[..der.len() - 1]).is_err());
        assert!(SoftwareKey::from_pkcs8(&[]).is_err());
    }
}
