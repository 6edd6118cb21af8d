//! Definite lengths (X.690 8.1.3), computed before anything is written.

/// Octets of the tag and the length field in front of `content_len` octets.
#[must_use]
pub const fn header_len(content_len: usize) -> usize {
    if content_len < 0x80 {
        2
    } else {
        2 + significant_octets(content_len)
    }
}

/// Octets of the whole element: header and content.
#[must_use]
pub const fn tlv_len(content_len: usize) -> usize {
    header_len(content_len) + content_len
}

/// Octets of an INTEGER's content for this big-endian unsigned number, redundant leading zeros
/// dropped and one zero added when the top bit is set (X.690 8.3).
#[must_use]
pub fn unsigned_content_len(big_endian: &[u8]) -> usize {
    let digits = strip_leading_zeros(big_endian);
    digits.len() + usize::from(digits.first().is_none_or(|first| first & 0x80 != 0))
}

/// Appends tag and definite length.
#[inline]
pub fn put_header(out: &mut Vec<u8>, tag: u8, content_len: usize) {
    if content_len < 0x80 {
        out.extend_from_slice(&[tag, content_len.to_le_bytes()[0]]);
    } else {
        let octets = significant_octets(content_len);
        out.extend_from_slice(&[tag, 0x80 | octets.to_le_bytes()[0]]);
        let digits = content_len.to_be_bytes();
        out.extend_from_slice(&digits[digits.len() - octets..]);
    }
}

/// The number without its redundant leading zero octets; empty for zero.
#[inline]
pub(super) fn strip_leading_zeros(big_endian: &[u8]) -> &[u8] {
    let zeros = big_endian.iter().take_while(|octet| **octet == 0).count();
    &big_endian[zeros..]
}

pub(super) const fn significant_octets(value: usize) -> usize {
    (usize::BITS - value.leading_zeros()).div_ceil(8) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_match_the_der_crate_around_every_boundary() {
        for len in [
            0_usize, 1, 127, 128, 129, 255, 256, 65_535, 65_536, 16_777_215, 16_777_216,
        ] {
            let mut ours = Vec::new();
            put_header(&mut ours, 0x04, len);
            let header =
                der::Header::new(der::Tag::OctetString, der::Length::try_from(len).unwrap())
                    .unwrap();
            let mut theirs = Vec::new();
            der::Encode::encode_to_vec(&header, &mut theirs).unwrap();
            assert_eq!(ours, theirs, "length {len}");
            assert_eq!(ours.len(), header_len(len), "length {len}");
        }
    }

    #[test]
    fn unsigned_content_len_counts_the_sign_octet() {
        assert_eq!(unsigned_content_len(&[]), 1);
        assert_eq!(unsigned_content_len(&[0, 0]), 1);
        assert_eq!(unsigned_content_len(&[0x7f]), 1);
        assert_eq!(unsigned_content_len(&[0x80]), 2);
        assert_eq!(unsigned_content_len(&[0, 0x80, 1]), 3);
    }
}
