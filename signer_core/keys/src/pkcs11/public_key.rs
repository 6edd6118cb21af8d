//! The public half of a key on a token, as `SubjectPublicKeyInfo`.

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rsa::PublicKeyComponents;
use cryptoki::object::{Attribute, AttributeType, ObjectHandle};
use cryptoki::session::Session;
use formats::error::{Error, Result};

use super::failure::Failure;

/// The DER, from modulus and exponent of the private key object itself, where they are not secret:
/// so what is published is the key that signs, whatever public objects lie beside it.
pub(super) fn read(
    session: &Session,
    private_key: ObjectHandle,
) -> std::result::Result<Vec<u8>, Failure> {
    let attributes = session.get_attributes(
        private_key,
        &[AttributeType::Modulus, AttributeType::PublicExponent],
    )?;
    let (mut modulus, mut exponent) = (None, None);
    for attribute in attributes {
        match attribute {
            Attribute::Modulus(bytes) => modulus = Some(bytes),
            Attribute::PublicExponent(bytes) => exponent = Some(bytes),
            _ => {}
        }
    }
    match (modulus, exponent) {
        (Some(modulus), Some(exponent)) => Ok(spki(&modulus, &exponent)?),
        _ => Err(Error::key("the device does not tell the public key").into()),
    }
}

fn spki(modulus: &[u8], exponent: &[u8]) -> Result<Vec<u8>> {
    let (n, e) = (significant(modulus), significant(exponent));
    let der: PublicKeyX509Der<'static> = PublicKeyComponents { n, e }
        .as_der()
        .map_err(|_| Error::key("the device's public key is not a valid RSA key"))?;
    Ok(der.as_ref().to_vec())
}

/// Without leading zero octets, which some devices send.
fn significant(big_endian: &[u8]) -> &[u8] {
    let zeros = big_endian.iter().take_while(|octet| **octet == 0).count();
    &big_endian[zeros..]
}

#[cfg(test)]
mod tests {
    use formats::error::Kind;

    use super::*;

    #[test]
    fn leading_zeros_do_not_change_the_key() {
        let mut modulus = vec![0xff; 256];
        let plain = spki(&modulus, &[1, 0, 1]).expect("key");
        modulus.insert(0, 0);
        let padded = spki(&modulus, &[0, 1, 0, 1]).expect("key");
        assert_eq!(plain, padded);
    }

    #[test]
    fn an_empty_modulus_is_refused() {
        assert_eq!(spki(&[0], &[3]).unwrap_err().kind(), Kind::Key);
    }
}
