//! An OCSPRequest in the path of a GET (RFC 6960 A.1).

use base64ct::{Base64, Encoding};

/// The DER: base64, percent-encoded or not; nothing where it is neither.
///
/// Base64 uses `/` and `+`: clients that join it to a URL ending in `/` send `//`, and no
/// OCSPRequest's base64 begins with `/`, so every leading one belongs to the URL; a `+` that a form
/// decoder took for a space is put back.
#[must_use]
pub fn request_of(path: &str) -> Option<Vec<u8>> {
    let octets = unquoted(path.as_bytes());
    let leading = octets.iter().take_while(|octet| **octet == b'/').count();
    let text: Vec<u8> = octets
        .get(leading..)?
        .iter()
        .map(|octet| if *octet == b' ' { b'+' } else { *octet })
        .collect();
    Base64::decode_vec(std::str::from_utf8(&text).ok()?).ok()
}

/// What is no percent-encoding stays, and is no base64 either.
fn unquoted(path: &[u8]) -> Vec<u8> {
    let mut octets = Vec::with_capacity(path.len());
    let mut rest = path;
    while let Some((first, after)) = rest.split_first() {
        let quoted = match (first, after) {
            (b'%', [high, low, ..]) => digit(*high).zip(digit(*low)),
            _ => None,
        };
        match quoted {
            Some((high, low)) => {
                octets.push(high << 4 | low);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                octets.push(*first);
                rest = after;
            }
        }
    }
    octets
}

fn digit(octet: u8) -> Option<u8> {
    let digit = char::from(octet).to_digit(16)?;
    u8::try_from(digit).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DER: &[u8] = b"0\x82\x01\xfb\xef\xbe\xff\xff\xff";

    #[test]
    fn however_it_is_encoded() {
        let text = Base64::encode_string(DER);
        assert!(text.contains('+') && text.contains('/'));
        let quoted = text
            .replace('/', "%2F")
            .replace('+', "%2b")
            .replace('=', "%3D");
        for path in [
            format!("/{text}"),
            format!("//{text}"),
            format!("/{quoted}"),
            format!("//{quoted}"),
            format!("/{}", text.replace('+', "%20")),
        ] {
            assert_eq!(request_of(&path).as_deref(), Some(DER), "{path}");
        }
    }

    #[test]
    fn garbage_is_none() {
        for path in [
            "/MFQw!",
            "/MFQwU",
            "/MF%zzQw",
            "/%00",
            "/é",
            "/MFQw?x=1",
            "/%",
            "/%4",
            "/%ff",
        ] {
            assert_eq!(request_of(path), None, "{path}");
        }
    }

    /// Each octet as it is, or percent-encoded where it is chosen.
    fn quoted(text: &str, chosen: u64) -> String {
        let octet = |(number, octet): (usize, char)| {
            if chosen >> (number % 64) & 1 == 1 {
                format!("%{:02X}", u32::from(octet))
            } else {
                octet.to_string()
            }
        };
        text.chars().enumerate().map(octet).collect()
    }

    proptest! {
        #[test]
        fn whatever_is_encoded_is_read(
            content in proptest::collection::vec(any::<u8>(), 1..400),
            chosen in any::<u64>(),
            lead in prop_oneof![Just("/"), Just("//")],
        ) {
            // The base64 of a SEQUENCE begins with M, never with a slash.
            let der = [&b"0\x82"[..], &content].concat();
            let path = format!("{lead}{}", quoted(&Base64::encode_string(&der), chosen));
            prop_assert_eq!(request_of(&path), Some(der));
        }

        /// What is read is what its base64 says, and anything else is none.
        #[test]
        fn any_path_is_read_or_none(path in any::<String>()) {
            if let Some(der) = request_of(&path) {
                prop_assert_eq!(request_of(&format!("/{}", Base64::encode_string(&der))), Some(der));
            }
        }

        #[test]
        fn whatever_is_near_base64_is_read_or_none(path in "/{0,3}[A-Za-z0-9+/=% ]{0,40}") {
            if let Some(der) = request_of(&path) {
                prop_assert!(der.len() <= path.len());
            }
        }
    }
}
