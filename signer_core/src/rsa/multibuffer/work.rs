//! What the lanes are given to do.
#![cfg_attr(
    any(not(target_arch = "x86_64"), feature = "portable"),
    expect(dead_code, reason = "nobody reads it where there are no lanes")
)]

use super::{PrivateNumbers, PublicNumbers};

/// The numbers of a private key as PKCS #1 has them (RFC 8017 A.1.2), big-endian.
pub(in crate::rsa) struct KeyOctets<'a> {
    pub(in crate::rsa) modulus: &'a [u8],
    pub(in crate::rsa) exponent: &'a [u8],
    /// p, then q.
    pub(in crate::rsa) primes: [&'a [u8]; 2],
    /// d modulo p - 1, then modulo q - 1.
    pub(in crate::rsa) exponents: [&'a [u8]; 2],
    /// 1/q modulo p.
    pub(in crate::rsa) coefficient: &'a [u8],
}

/// One encoded message to sign, as long as the modulus and below it.
pub(in crate::rsa) struct Job<'a> {
    pub(in crate::rsa) key: &'a PrivateNumbers,
    pub(in crate::rsa) encoded: &'a [u8],
}

/// One signature to check, and the encoded message it must give.
pub(in crate::rsa) struct Check<'a> {
    pub(in crate::rsa) key: &'a PublicNumbers,
    pub(in crate::rsa) signature: &'a [u8],
    pub(in crate::rsa) encoded: &'a [u8],
}
