//! The check: the bytes about to be signed, taken apart by `x509-cert` into its own types, every
//! one of them compared with what was asked and with the profile. Nothing here uses the writer.

mod extensions;
mod values;

pub(super) use extensions::read;

use der::asn1::{ObjectIdentifier, PrintableStringRef, Utf8StringRef};
use der::{Decode, Encode};
use x509_cert::TbsCertificate;
use x509_cert::certificate::Version;
use x509_cert::name::{Name, RelativeDistinguishedName};
use x509_cert::time::Time;

use super::asked::{Asked, Subject};
use super::bounds::{require_fitting, serial_fault, significant, validity_fault};
use super::checked::CheckedTbs;
use super::faults::{mismatch, must};
use super::key::RsaPublicKey;
use super::oids;
use super::profile::Profile;
use crate::der::oid::RSA_ENCRYPTION;
use crate::error::Result;

/// 2050-01-01T00:00:00Z, from where RFC 5280 4.1.2.5 asks for GeneralizedTime.
const GENERALIZED_FROM: u64 = 2_524_608_000;

/// Compares to-be-signed bytes of any origin with what was asked; what passes can be signed.
///
/// # Errors
/// `InvalidArgument` when what was asked does not fit the profile, `ProfileMismatch` naming the
/// field that does not say it and the rule.
pub fn check(profile: &Profile, asked: &Asked, tbs: &[u8]) -> Result<CheckedTbs> {
    require_fitting(profile, asked)?;
    compare(profile, asked, &parse(tbs)?)?;
    Ok(CheckedTbs::passed(
        tbs.to_vec(),
        asked.signature,
        asked.issuer_key.as_slice().into(),
    ))
}

/// The bytes as another program reads them.
pub(super) fn parse(tbs: &[u8]) -> Result<TbsCertificate> {
    let parsed = TbsCertificate::from_der(tbs)
        .map_err(|_| mismatch("tbsCertificate", "does not read back"))?;
    // The other encoder's bytes must be ours: nothing unread, no DEFAULT written, lengths minimal.
    must("tbsCertificate", "is not DER", der_is(&parsed, tbs))?;
    Ok(parsed)
}

/// Every field against what was asked.
pub(super) fn compare(profile: &Profile, asked: &Asked, parsed: &TbsCertificate) -> Result<()> {
    basics(profile, asked, parsed)?;
    match &asked.subject {
        Subject::Name(name) => must(
            "subject",
            "is not the name asked for",
            der_is(&parsed.subject, name),
        )?,
        Subject::Person {
            prefecture,
            municipality,
            common_name,
        } => person([prefecture, municipality, common_name], &parsed.subject)?,
    }
    public_key(profile, asked, parsed)?;
    extensions::check(profile, asked, parsed)
}

fn basics(profile: &Profile, asked: &Asked, parsed: &TbsCertificate) -> Result<()> {
    must("version", "is not v3", parsed.version == Version::V3)?;
    let octets = parsed.serial_number.as_bytes();
    must(
        "serialNumber",
        "is longer than 20 octets",
        octets.len() <= 20,
    )?;
    must("serialNumber", "is not positive", octets[0] & 0x80 == 0)?;
    let digits = octets.strip_prefix(&[0]).unwrap_or(octets);
    must(
        "serialNumber",
        "is not the one asked for",
        digits == significant(&asked.serial),
    )?;
    if let Some(rule) = serial_fault(profile, digits) {
        return Err(mismatch("serialNumber", rule));
    }
    let algorithm = &parsed.signature;
    let null = algorithm.parameters.as_ref().is_some_and(|p| p.is_null());
    must(
        "signature",
        "is not the algorithm that signs, with NULL",
        algorithm.oid == asked.signature.oid() && null,
    )?;
    must(
        "issuer",
        "is not the authority's name",
        der_is(&parsed.issuer, &asked.issuer),
    )?;
    let not_after = time("notAfter", &parsed.validity.not_after, asked.not_after)?;
    let not_before = time("notBefore", &parsed.validity.not_before, asked.not_before)?;
    if let Some(rule) = validity_fault(profile, not_before, not_after) {
        return Err(mismatch("notAfter", rule));
    }
    must(
        "uniqueID",
        "must be absent",
        parsed.issuer_unique_id.is_none() && parsed.subject_unique_id.is_none(),
    )
}

pub(super) fn time(field: &'static str, parsed: &Time, asked: i64) -> Result<i64> {
    let seconds = parsed.to_unix_duration().as_secs();
    let right_type = match parsed {
        Time::UtcTime(_) => seconds < GENERALIZED_FROM,
        Time::GeneralTime(_) => seconds >= GENERALIZED_FROM,
    };
    must(field, "has the wrong time type", right_type)?;
    let seconds = i64::try_from(seconds).map_err(|_| mismatch(field, "is out of range"))?;
    must(field, "is not the one asked for", seconds == asked)?;
    Ok(seconds)
}

fn person(asked: [&str; 3], subject: &Name) -> Result<()> {
    let [country, rest @ ..] = subject.0.as_slice() else {
        return Err(mismatch("subject", "does not have four parts"));
    };
    must("subject", "does not have four parts", rest.len() == 3)?;
    let printable = attribute(country).is_some_and(|(oid, value)| {
        oid == oids::COUNTRY
            && value
                .decode_as::<PrintableStringRef<'_>>()
                .is_ok_and(|text| text.as_str() == "JP")
    });
    must("subject.C", "is not the PrintableString JP", printable)?;
    let attributes = [
        ("subject.L[0]", oids::LOCALITY),
        ("subject.L[1]", oids::LOCALITY),
        ("subject.CN", oids::COMMON_NAME),
    ];
    for ((rdn, (field, oid)), text) in rest.iter().zip(attributes).zip(asked) {
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
pub(super) fn attribute(rdn: &RelativeDistinguishedName) -> Option<(ObjectIdentifier, &der::Any)> {
    match rdn.0.as_slice() {
        [only] => Some((only.oid, &only.value)),
        _ => None,
    }
}

fn public_key(profile: &Profile, asked: &Asked, parsed: &TbsCertificate) -> Result<()> {
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
    let bits = &profile.key_bits;
    let key = RsaPublicKey::from_public_key(octets, bits).map_err(|why| mismatch(field, why))?;
    let asked =
        RsaPublicKey::from_spki(&asked.public_key, bits).map_err(|why| mismatch(field, why))?;
    must(field, "has another modulus", key.modulus == asked.modulus)?;
    must(
        field,
        "has another exponent",
        key.exponent == asked.exponent,
    )
}

pub(super) fn der_is(parsed: &impl Encode, der: &[u8]) -> bool {
    parsed.to_der().is_ok_and(|encoded| encoded == der)
}
