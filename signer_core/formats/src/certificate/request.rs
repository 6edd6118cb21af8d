//! The PKCS#10 of a key of ours (RFC 2986): an authority's, for a partner to cross-certify (R4.4),
//! and a responder's.

use der::{Decode, Encode};
use x509_cert::ext::Extensions;
use x509_cert::ext::pkix::BasicConstraints;
use x509_cert::request::{CertReqInfo, Version};

use super::asked::SignatureAlgorithm;
use super::check::der_is;
use super::checked::CheckedTbs;
use super::faults::{mismatch, must, refused};
use super::key::RsaPublicKey;
use super::kinds::AUTHORITY;
use super::name::check_name;
use super::oids;
use crate::der::{Writer, tag};
use crate::error::Result;

/// `CertificationRequestInfo`: a name, a key, and for an `authority` that it asks for CA:TRUE.
///
/// Written and read back as a certificate is; signed by the key it holds, which proves possession.
///
/// # Errors
/// `InvalidArgument` naming the field, `ProfileMismatch` naming what does not say what was asked.
pub fn build_request(subject: &[u8], public_key: &[u8], authority: bool) -> Result<CheckedTbs> {
    check_name("subject", subject)?;
    RsaPublicKey::from_spki(public_key, &AUTHORITY.key_bits)
        .map_err(|rule| refused("public_key", rule))?;
    let info = written(subject, public_key, authority);
    check(subject, public_key, authority, &info)?;
    Ok(CheckedTbs::passed(
        info,
        SignatureAlgorithm::Sha256,
        public_key.into(),
    ))
}

fn written(subject: &[u8], public_key: &[u8], authority: bool) -> Vec<u8> {
    let mut w = Writer::with_capacity(512);
    w.sequence(|w| {
        w.unsigned_u64(0);
        w.raw(subject);
        w.raw(public_key);
        // RFC 2986 4.1: the attributes are there even when there is none.
        w.context(0, |w| {
            if !authority {
                return;
            }
            w.sequence(|w| {
                w.oid(&oids::EXTENSION_REQUEST);
                w.set(|w| {
                    w.sequence(|w| {
                        w.sequence(|w| {
                            w.oid(&oids::BASIC_CONSTRAINTS);
                            w.boolean(true);
                            w.nested(tag::OCTET_STRING, |w| w.sequence(|w| w.boolean(true)));
                        });
                    });
                });
            });
        });
    });
    w.into_vec()
}

fn check(subject: &[u8], public_key: &[u8], authority: bool, info: &[u8]) -> Result<()> {
    let unreadable = |_| mismatch("certificationRequestInfo", "does not read back");
    let parsed = CertReqInfo::from_der(info).map_err(unreadable)?;
    must(
        "certificationRequestInfo",
        "is not DER",
        der_is(&parsed, info),
    )?;
    must("version", "is not v1", parsed.version == Version::V1)?;
    must(
        "subject",
        "is not the name asked for",
        der_is(&parsed.subject, subject),
    )?;
    must(
        "subjectPKInfo",
        "is not the key asked for",
        der_is(&parsed.public_key, public_key),
    )?;
    if !authority {
        return must("attributes", "must be none", parsed.attributes.is_empty());
    }
    let asks = match parsed.attributes.as_slice() {
        [only] if only.oid == oids::EXTENSION_REQUEST => match only.values.as_slice() {
            [value] => value
                .to_der()
                .and_then(|der| Extensions::from_der(&der))
                .map_err(unreadable)?,
            _ => Vec::new(),
        },
        _ => Vec::new(),
    };
    let wanted = BasicConstraints {
        ca: true,
        path_len_constraint: None,
    };
    let same = matches!(asks.as_slice(), [only]
        if only.extn_id == oids::BASIC_CONSTRAINTS
            && only.critical
            && der_is(&wanted, only.extn_value.as_bytes()));
    must("attributes", "do not ask for CA:TRUE alone", same)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certificate::tests::{OURS, THEIRS, name};

    #[test]
    fn no_octet_of_a_request_can_be_any_other() {
        let (subject, key) = (name("O=OpenJPKI,C=JP"), &*OURS);
        for authority in [false, true] {
            let checked = build_request(&subject, key, authority).unwrap();
            assert_eq!(checked.signer(), key.as_slice());
            let info = checked.octets();
            let mut altered = info.to_vec();
            for place in 0..info.len() {
                for bit in 0..8 {
                    altered[place] = info[place] ^ (1 << bit);
                    let read = check(&subject, key, authority, &altered);
                    assert!(read.is_err(), "octet {place}");
                }
                altered[place] = info[place];
                assert!(check(&subject, key, authority, &info[..place]).is_err());
            }
            assert!(check(&subject, &THEIRS, authority, info).is_err());
            assert!(check(&name("O=Other,C=JP"), key, authority, info).is_err());
            assert!(check(&subject, key, !authority, info).is_err());
        }
    }
}
