//! Octets in a header whose name ends in `-bin`: Base64 without padding, which a reader takes with
//! and without it.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

pub(super) fn written(octets: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(octets.len().div_ceil(3) * 4);
    for three in octets.chunks(3) {
        let bits = three
            .iter()
            .enumerate()
            .fold(0_u32, |bits, (place, octet)| {
                bits | u32::from(*octet) << (16 - 8 * place)
            });
        for place in 0..=three.len() {
            text.push(ALPHABET[(bits >> (18 - 6 * place)) as usize & 63]);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_in_rfc_4648_but_for_its_padding() {
        for (octets, text) in [
            ("", ""),
            ("f", "Zg"),
            ("fo", "Zm8"),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg"),
            ("fooba", "Zm9vYmE"),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(written(octets.as_bytes()), text.as_bytes());
        }
        assert_eq!(written(&[0xff, 0xfe, 0xfd]), b"//79");
    }
}
