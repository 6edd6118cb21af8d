//! EMSA-PKCS1-v1_5 (RFC 8017 9.2): the number whose e-th root a signature is.

use super::digest_info::digest_info;
use super::hash::Digest;

/// `00 01 FF … FF 00 DigestInfo`, as many octets as the modulus has: at least 256.
#[must_use]
pub fn encoded_message(digest: &Digest, length: usize) -> Vec<u8> {
    let info = digest_info(digest);
    let mut encoded = vec![0xff; length];
    encoded[..2].copy_from_slice(&[0x00, 0x01]);
    let start = length - info.len();
    encoded[start - 1] = 0x00;
    encoded[start..].copy_from_slice(&info);
    encoded
}
