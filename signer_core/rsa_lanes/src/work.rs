//! What the lanes are given to do.

use std::fmt;

use super::{PrivateNumbers, PublicNumbers};

/// The numbers of a private key as PKCS #1 has them (RFC 8017 A.1.2), big-endian.
pub struct KeyOctets<'a> {
    /// n.
    pub modulus: &'a [u8],
    /// e.
    pub exponent: &'a [u8],
    /// p, then q.
    pub primes: [&'a [u8]; 2],
    /// d modulo p - 1, then modulo q - 1.
    pub exponents: [&'a [u8]; 2],
    /// 1/q modulo p.
    pub coefficient: &'a [u8],
}

/// One encoded message to sign, as long as the modulus and below it.
pub struct Job<'a> {
    /// Whose.
    pub key: &'a PrivateNumbers,
    /// What to raise to the power d.
    pub encoded: &'a [u8],
}

/// One signature to check, and the encoded message it must give.
pub struct Check<'a> {
    /// Whose.
    pub key: &'a PublicNumbers,
    /// What to raise to the power e.
    pub signature: &'a [u8],
    /// What must come out.
    pub encoded: &'a [u8],
}

/// Why nothing was signed: no number to blind a message with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlindingError {
    /// The system gives no randomness.
    NoRandomness,
    /// The number drawn shares a factor with the modulus: whoever draws one has broken the key.
    NoInverse,
}

impl fmt::Display for BlindingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoRandomness => "the system gives no randomness",
            Self::NoInverse => "a blinding number has no inverse",
        })
    }
}

impl std::error::Error for BlindingError {}
