//! The id that a refusal is told under.

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use hyper::header::HeaderName;

/// In which header it comes and goes.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The caller's own, where it is a UUID: any other text there is the caller's. Otherwise a new one.
pub(crate) fn id_of(said: Option<&[u8]>) -> String {
    said.and_then(uuid).unwrap_or_else(new_id)
}

/// A random UUID (RFC 9562 5.4).
pub(crate) fn new_id() -> String {
    let mut octets = [0; 16];
    // Without randomness it is told all the same, and names nothing.
    let _ = SystemRandom::new().fill(&mut octets);
    octets[6] = octets[6] & 0x0f | 0x40;
    octets[8] = octets[8] & 0x3f | 0x80;
    written(u128::from_be_bytes(octets))
}

fn uuid(said: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(said).ok()?;
    let digits: String = text.chars().filter(|it| *it != '-').collect();
    let well_formed = digits.len() == 32 && matches!(text.len(), 32 | 36);
    let number = u128::from_str_radix(&digits, 16).ok()?;
    (well_formed && !digits.starts_with('+')).then(|| written(number))
}

fn written(number: u128) -> String {
    let digits = format!("{number:032x}");
    let (a, rest) = digits.split_at(8);
    let (b, rest) = rest.split_at(4);
    let (c, rest) = rest.split_at(4);
    let (d, e) = rest.split_at(4);
    [a, b, c, d, e].join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_is_taken_and_nothing_else() {
        let own = "6a1f2f6e-8f0c-4a4e-9d0e-1f2a3b4c5d6e";
        assert_eq!(id_of(Some(own.as_bytes())), own);
        assert_eq!(id_of(Some(own.to_uppercase().as_bytes())), own);
        for other in ["serial 1234", "", "+a1f2f6e8f0c4a4e9d0e1f2a3b4c5d6e", "é"] {
            let id = id_of(Some(other.as_bytes()));
            assert_eq!(id.len(), 36);
            assert_ne!(id, id_of(None));
        }
    }
}
