//! Request extensions: the nonce, the accepted response types, and the refusal of what is critical
//! and not understood (RFC 6960 4.4).

use der::Decode;
use der::asn1::{ObjectIdentifier, OctetStringRef};
use x509_cert::ext::Extension;

pub(super) const NONCE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.2");
const ACCEPTABLE_RESPONSES: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.4");
pub(super) const BASIC_RESPONSE: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.1");

/// RFC 9654 section 2.1.
const NONCE_OCTETS: std::ops::RangeInclusive<usize> = 1..=128;

/// The nonce of a request's extensions, all of them checked; `Err` names the rule.
pub(super) fn read_request_extensions(
    extensions: &[Extension],
) -> Result<Option<Vec<u8>>, &'static str> {
    let mut nonce = None;
    for extension in extensions {
        match extension.extn_id {
            NONCE if nonce.is_some() => return Err("has two nonces"),
            NONCE => nonce = Some(read_nonce(extension)?),
            ACCEPTABLE_RESPONSES => accepts_basic(extension)?,
            _ => refuse_critical(extension)?,
        }
    }
    Ok(nonce)
}

/// No extension of a single request is acted on, so none may be critical.
pub(super) fn check_single_extensions(extensions: &[Extension]) -> Result<(), &'static str> {
    extensions.iter().try_for_each(refuse_critical)
}

fn read_nonce(extension: &Extension) -> Result<Vec<u8>, &'static str> {
    let nonce = OctetStringRef::from_der(extension.extn_value.as_bytes())
        .map_err(|_| "has a nonce that is not an OCTET STRING")?
        .as_bytes();
    if !NONCE_OCTETS.contains(&nonce.len()) {
        return Err("has a nonce that is not 1 to 128 octets long");
    }
    Ok(nonce.to_vec())
}

fn accepts_basic(extension: &Extension) -> Result<(), &'static str> {
    let accepted = Vec::<ObjectIdentifier>::from_der(extension.extn_value.as_bytes())
        .map_err(|_| "has acceptable response types that do not parse")?;
    if accepted.contains(&BASIC_RESPONSE) {
        Ok(())
    } else {
        Err("does not accept the basic response type")
    }
}

fn refuse_critical(extension: &Extension) -> Result<(), &'static str> {
    if extension.critical {
        Err("has a critical extension that is not known here")
    } else {
        Ok(())
    }
}
