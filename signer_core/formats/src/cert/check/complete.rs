//! The complete check: the bytes taken apart by `x509-cert` into its own types, every one of them
//! compared with the request and the template's inputs.

use der::Decode;
use x509_cert::TbsCertificate;
use x509_cert::certificate::Version;
use x509_cert::time::Time;

use super::{der_is, extensions, mismatch, must, subject};
use crate::cert::inputs::TemplateInputs;
use crate::cert::request::{END_OF_DAY_IN_JAPAN, UserCertificateRequest, serial_fault};
use crate::der::oid::SHA256_WITH_RSA;
use crate::error::Result;

/// 2050-01-01T00:00:00Z, from where RFC 5280 4.1.2.5 asks for GeneralizedTime.
const GENERALIZED_FROM: u64 = 2_524_608_000;

/// Refuses to-be-signed bytes that differ from what was asked in any field.
pub(in crate::cert) fn check(
    inputs: &TemplateInputs,
    request: &UserCertificateRequest,
    tbs: &[u8],
) -> Result<()> {
    let parsed = TbsCertificate::from_der(tbs)
        .map_err(|_| mismatch("tbsCertificate", "does not read back"))?;
    // The other encoder's bytes must be ours: nothing unread, no DEFAULT written, lengths minimal.
    must("tbsCertificate", "is not DER", der_is(&parsed, tbs))?;
    basics(inputs, request, &parsed)?;
    subject::name(request, &parsed.subject)?;
    subject::public_key(request, &parsed)?;
    extensions::check(inputs, request, &parsed)
}

fn basics(
    inputs: &TemplateInputs,
    request: &UserCertificateRequest,
    parsed: &TbsCertificate,
) -> Result<()> {
    let fields = request.fields();
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
        digits == fields.serial,
    )?;
    if let Some(why) = serial_fault(digits) {
        return Err(mismatch("serialNumber", why));
    }
    let algorithm = &parsed.signature;
    let null = algorithm.parameters.as_ref().is_some_and(|p| p.is_null());
    must(
        "signature",
        "is not sha256WithRSAEncryption with NULL",
        algorithm.oid == SHA256_WITH_RSA && null,
    )?;
    must(
        "issuer",
        "is not the authority's name",
        der_is(&parsed.issuer, &inputs.issuer),
    )?;
    let not_after = time("notAfter", &parsed.validity.not_after, fields.not_after)?;
    time("notBefore", &parsed.validity.not_before, fields.not_before)?;
    must(
        "notAfter",
        "is not the end of a day in Japan",
        not_after.rem_euclid(86_400) == END_OF_DAY_IN_JAPAN,
    )?;
    must(
        "uniqueID",
        "must be absent",
        parsed.issuer_unique_id.is_none() && parsed.subject_unique_id.is_none(),
    )
}

pub(super) fn time(field: &str, parsed: &Time, asked: i64) -> Result<i64> {
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
