//! The subject's name and key.

use der::asn1::{ObjectIdentifier, PrintableStringRef, Utf8StringRef};
use x509_cert::TbsCertificate;
use x509_cert::name::{Name, RelativeDistinguishedName};

use super::{mismatch, must};
use crate::cert::oids;
use crate::cert::request::UserCertificateRequest;
use crate::cert::rsa_key::RsaPublicKey;
use crate::der::oid::RSA_ENCRYPTION;
use crate::error::Result;

pub(super) fn name(request: &UserCertificateRequest, subject: &Name) -> Result<()> {
    let fields = request.fields();
    let [country, prefecture, municipality, common_name] = subject.0.as_slice() else {
        return Err(mismatch("subject", "does not have four parts"));
    };
    let printable = attribute(country).is_some_and(|(oid, value)| {
        oid == oids::COUNTRY
            && value
                .decode_as::<PrintableStringRef<'_>>()
                .is_ok_and(|text| text.as_str() == "JP")
    });
    must("subject.C", "is not the PrintableString JP", printable)?;
    for (field, rdn, oid, text) in [
        (
            "subject.L[0]",
            prefecture,
            oids::LOCALITY,
            &fields.prefecture,
        ),
        (
            "subject.L[1]",
            municipality,
            oids::LOCALITY,
            &fields.municipality,
        ),
        (
            "subject.CN",
            common_name,
            oids::COMMON_NAME,
            &fields.common_name,
        ),
    ] {
        let same = attribute(rdn).is_some_and(|(found, value)| {
            found == oid
                && value
                    .decode_as::<Utf8StringRef<'_>>()
                    .is_ok_and(|value| value.as_str() == text)
        });
        must(field, "is not the UTF8String asked for", same)?;
    }
    Ok(())
}

/// The only attribute of a relative distinguished name.
fn attribute(rdn: &RelativeDistinguishedName) -> Option<(ObjectIdentifier, &der::Any)> {
    match rdn.0.as_slice() {
        [only] => Some((only.oid, &only.value)),
        _ => None,
    }
}

pub(super) fn public_key(request: &UserCertificateRequest, parsed: &TbsCertificate) -> Result<()> {
    let info = &parsed.subject_public_key_info;
    let field = "subjectPublicKeyInfo";
    must(
        field,
        "is not rsaEncryption with NULL",
        info.algorithm.oid == RSA_ENCRYPTION
            && info
                .algorithm
                .parameters
                .as_ref()
                .is_some_and(|p| p.is_null()),
    )?;
    let octets = info
        .subject_public_key
        .as_bytes()
        .ok_or_else(|| mismatch(field, "is not whole octets"))?;
    let key = RsaPublicKey::from_public_key(octets).map_err(|why| mismatch(field, why))?;
    let asked = RsaPublicKey::from_spki(&request.fields().public_key)
        .map_err(|why| mismatch(field, why))?;
    must(field, "has another modulus", key.modulus == asked.modulus)?;
    must(
        field,
        "has another exponent",
        key.exponent == asked.exponent,
    )
}
