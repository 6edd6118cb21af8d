//! Keys for tests: AWS-LC's, and what the lanes make of the same numbers.

use aws_lc_rs::digest;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use der::asn1::UintRef;
use der::{Decode, Sequence};
use pkcs8::PrivateKeyInfo;

use crate::{KeyOctets, PrivateNumbers, PublicNumbers};

/// What stands in front of a digest in the `DigestInfo` of SHA-256 (RFC 8017 9.2, note 1).
const PREFIX: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x20,
];

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

pub(crate) struct Key {
    pair: KeyPair,
    modulus: Vec<u8>,
    /// `None` where the processor has no lanes.
    pub(crate) private: Option<PrivateNumbers>,
    /// `None` where the processor has no lanes.
    pub(crate) public: Option<PublicNumbers>,
}

impl Key {
    pub(crate) fn generate(bits: usize) -> Self {
        Self::from_pkcs8(&pkcs8(bits))
    }

    pub(crate) fn from_pkcs8(octets: &[u8]) -> Self {
        let pair = KeyPair::from_pkcs8(octets).unwrap();
        let public = pair.public_key();
        let modulus = public.modulus().big_endian_without_leading_zero().to_vec();
        let exponent = public.exponent().big_endian_without_leading_zero().to_vec();
        let info = PrivateKeyInfo::from_der(octets).unwrap();
        let numbers = RsaPrivateKey::from_der(info.private_key).unwrap();
        let private = PrivateNumbers::new(&KeyOctets {
            modulus: numbers.modulus.as_bytes(),
            exponent: numbers.public_exponent.as_bytes(),
            primes: [numbers.prime1.as_bytes(), numbers.prime2.as_bytes()],
            exponents: [numbers.exponent1.as_bytes(), numbers.exponent2.as_bytes()],
            coefficient: numbers.coefficient.as_bytes(),
        });
        Self {
            public: PublicNumbers::new(&modulus, &exponent),
            private,
            modulus,
            pair,
        }
    }

    pub(crate) fn modulus(&self) -> &[u8] {
        &self.modulus
    }

    /// The signature by AWS-LC.
    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let mut signature = vec![0; self.modulus.len()];
        let random = SystemRandom::new();
        self.pair
            .sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
            .unwrap();
        signature
    }

    /// The number whose e-th root that signature is (RFC 8017 9.2).
    pub(crate) fn encoded(&self, message: &[u8]) -> Vec<u8> {
        let digest = digest::digest(&digest::SHA256, message);
        let info = [&PREFIX, digest.as_ref()].concat();
        let padding = vec![0xff; self.modulus.len() - info.len() - 3];
        [&[0, 1], &padding[..], &[0], &info].concat()
    }
}

/// A new key, as PKCS#8.
pub(crate) fn pkcs8(bits: usize) -> Vec<u8> {
    let size = match bits {
        2048 => KeySize::Rsa2048,
        3072 => KeySize::Rsa3072,
        _ => KeySize::Rsa4096,
    };
    let der: Pkcs8V1Der<'_> = KeyPair::generate(size).unwrap().as_der().unwrap();
    der.as_ref().to_vec()
}
