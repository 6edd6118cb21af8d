//! Which keys and algorithms are allowed.

use super::identifier::Hash;

/// Which keys and signature algorithms are allowed. RSA (PKCS#1 and PSS) and ECDSA on P-256, P-384
/// and P-521, each with SHA-256, SHA-384 and SHA-512, always are; DSA never.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignaturePolicy {
    /// The least size of an RSA modulus, in bits: 2048 unless said otherwise, never under
    /// [`super::MINIMUM_RSA_BITS`].
    pub minimum_rsa_bits: usize,
    /// SHA-1 with RSA (PKCS#1) or ECDSA. For test suites that were made with it.
    pub sha1_for_tests: bool,
}

impl SignaturePolicy {
    pub(super) fn allows(&self, hash: Hash) -> bool {
        hash != Hash::Sha1 || self.sha1_for_tests
    }
}

impl Default for SignaturePolicy {
    fn default() -> Self {
        Self {
            minimum_rsa_bits: key_rule::MINIMUM_BITS,
            sha1_for_tests: false,
        }
    }
}
