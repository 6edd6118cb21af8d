//! A public key made ready to verify with one algorithm.

use std::fmt;

use aws_lc_rs::digest::Digest;
use aws_lc_rs::signature::{ParsedPublicKey, VerificationAlgorithm};
use rsa_lanes::SingleNumbers;

use super::algorithm::Algorithm;
use super::identifier::Hash;

/// What is signed.
#[derive(Clone, Copy)]
pub(super) enum Message<'a> {
    /// As it came.
    Octets(&'a [u8]),
    /// Hashed as the algorithm says.
    Hashed(&'a Digest),
}

/// The key as the cryptographic library wants it; and beside it the numbers of one of RSA 2048 that signs
/// with PKCS#1 v1.5, where the processor has lanes: they take less than half the time. The library judges
/// the key in either case.
pub(super) struct ReadyKey {
    library: ParsedPublicKey,
    single: Option<(Hash, Box<SingleNumbers>)>,
}

impl ReadyKey {
    /// Of a key as the library takes it, modulus and exponent of an RSA key beside it; nothing when the
    /// library does not take it.
    pub(super) fn new(
        algorithm: Algorithm,
        library: &'static dyn VerificationAlgorithm,
        key: &[u8],
        numbers: Option<[&[u8]; 2]>,
    ) -> Option<Self> {
        let library = ParsedPublicKey::new(library, key).ok()?;
        let single = match (algorithm, numbers) {
            (Algorithm::Pkcs1(hash), Some([modulus, exponent])) if prefix(hash).is_some() => {
                // An INTEGER has a sign octet in front.
                let modulus = modulus.strip_prefix(&[0]).unwrap_or(modulus);
                let numbers = SingleNumbers::new(modulus, exponent);
                numbers.map(|numbers| (hash, Box::new(numbers)))
            }
            _ => None,
        };
        Some(Self { library, single })
    }

    /// Whether the signature is this key's.
    pub(super) fn verify(&self, message: Message<'_>, signature: &[u8]) -> bool {
        let Some((hash, numbers)) = &self.single else {
            return match message {
                Message::Octets(octets) => self.library.verify_sig(octets, signature),
                Message::Hashed(digest) => self.library.verify_digest_sig(digest, signature),
            }
            .is_ok();
        };
        let encoded = match message {
            Message::Octets(octets) => encoded(*hash, &hash.of(octets)),
            Message::Hashed(digest) => encoded(*hash, digest),
        };
        encoded.is_some_and(|encoded| numbers.gives(signature, &encoded))
    }
}

impl fmt::Debug for ReadyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadyKey")
            .field("single", &self.single.is_some())
            .finish_non_exhaustive()
    }
}

/// Octets of a modulus of 2,048 bits.
const OCTETS: usize = 256;

/// EMSA-PKCS1-v1_5 (RFC 8017 9.2) for 2,048 bits: `00 01 FF … FF 00`, prefix and digest. None of a
/// digest that another function made.
fn encoded(hash: Hash, digest: &Digest) -> Option<[u8; OCTETS]> {
    if digest.algorithm() != hash.function() {
        return None;
    }
    let info = [&prefix(hash)?, digest.as_ref()].concat();
    let mut encoded = [0xff; OCTETS];
    (encoded[0], encoded[1]) = (0, 1);
    // At most 83 of them.
    let (padding, at_the_end) = encoded.split_at_mut_checked(OCTETS.checked_sub(info.len())?)?;
    *padding.last_mut()? = 0;
    at_the_end.copy_from_slice(&info);
    Some(encoded)
}

/// What stands in front of a digest in its `DigestInfo` (RFC 8017 9.2, note 1): lengths, the function's
/// arc below 2.16.840.1.101.3.4.2, NULL. SHA-1, which tests alone have, is left to the library.
fn prefix(hash: Hash) -> Option<[u8; 19]> {
    let (total, arc, octets) = match hash {
        Hash::Sha256 => (0x31, 1, 0x20),
        Hash::Sha384 => (0x41, 2, 0x30),
        Hash::Sha512 => (0x51, 3, 0x40),
        Hash::Sha1 => return None,
    };
    Some([
        0x30, total, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, arc,
        0x05, 0x00, 0x04, octets,
    ])
}

#[cfg(test)]
mod tests;
