//! The profile check: the bytes about to be signed, read back by `x509-cert` and compared with the
//! request and the template's inputs. Nothing here uses what the writer prepared.

use der::asn1::{Ia5StringRef, OctetStringRef, PrintableStringRef, Utf8StringRef};
use der::{Decode, Encode, Tagged};
use sha1::{Digest, Sha1};
use x509_cert::TbsCertificate;
use x509_cert::certificate::Version;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName};
use x509_cert::ext::pkix::{
    AuthorityInfoAccessSyntax, AuthorityKeyIdentifier, CertificatePolicies, CrlDistributionPoints,
    KeyUsage, KeyUsages,
};
use x509_cert::name::{Name, RelativeDistinguishedName};
use x509_cert::time::Time;

use super::oids;
use super::request::{END_OF_DAY_IN_JAPAN, UserCertificateRequest, serial_fault};
use super::rsa_key::RsaPublicKey;
use super::template::TemplateInputs;
use crate::der::oid::{AUTHORITY_KEY_IDENTIFIER, ObjectIdentifier, SHA256_WITH_RSA};
use crate::error::{Error, Result};

/// 2050-01-01T00:00:00Z, from where RFC 5280 4.1.2.5 asks for GeneralizedTime.
const GENERALIZED_FROM: u64 = 2_524_608_000;

/// Refuses to-be-signed bytes that differ from what was asked in any field.
pub(super) fn check(
    inputs: &TemplateInputs,
    request: &UserCertificateRequest,
    tbs: &[u8],
) -> Result<()> {
    let parsed = TbsCertificate::from_der(tbs)
        .map_err(|_| mismatch("tbsCertificate", "does not read back"))?;
    // The other encoder's bytes must be ours: nothing unread, no DEFAULT written, lengths minimal.
    must("tbsCertificate", "is not DER", der_is(&parsed, tbs))?;
    basics(inputs, request, &parsed)?;
    subject(request, &parsed.subject)?;
    public_key(request, &parsed)?;
    extensions(inputs, request, &parsed)
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

fn time(field: &str, parsed: &Time, asked: i64) -> Result<i64> {
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

fn subject(request: &UserCertificateRequest, subject: &Name) -> Result<()> {
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

fn public_key(request: &UserCertificateRequest, parsed: &TbsCertificate) -> Result<()> {
    let info = &parsed.subject_public_key_info;
    let field = "subjectPublicKeyInfo";
    must(
        field,
        "is not rsaEncryption with NULL",
        info.algorithm.oid == crate::der::oid::RSA_ENCRYPTION
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
    must(
        field,
        "has another modulus",
        key.modulus == request.key().modulus,
    )?;
    must(
        field,
        "has another exponent",
        key.exponent == request.key().exponent,
    )
}

fn extensions(
    inputs: &TemplateInputs,
    request: &UserCertificateRequest,
    parsed: &TbsCertificate,
) -> Result<()> {
    let mut expected = vec![
        (oids::KEY_USAGE, true),
        (oids::SUBJECT_ALT_NAME, false),
        (oids::CERTIFICATE_POLICIES, true),
        (oids::ISSUER_ALT_NAME, false),
        (oids::CRL_DISTRIBUTION_POINTS, false),
        (oids::AUTHORITY_INFO_ACCESS, false),
        (AUTHORITY_KEY_IDENTIFIER, false),
        (oids::SUBJECT_KEY_IDENTIFIER, false),
    ];
    if inputs.ocsp_url.is_none() {
        expected.retain(|(oid, _)| *oid != oids::AUTHORITY_INFO_ACCESS);
    }
    let found = parsed.extensions.as_deref().unwrap_or_default();
    // Exactly these, in this order: so no CA flag, no unknown extension and none twice.
    must(
        "extensions",
        "are not the profile's, in its order and with its criticality",
        found
            .iter()
            .map(|e| (e.extn_id, e.critical))
            .eq(expected.iter().copied()),
    )?;
    for extension in found {
        match extension.extn_id {
            oids::KEY_USAGE => key_usage(extension)?,
            oids::SUBJECT_ALT_NAME => subject_alt_name(request, extension)?,
            oids::CERTIFICATE_POLICIES => policies(inputs, extension)?,
            oids::ISSUER_ALT_NAME => issuer_alt_name(inputs, extension)?,
            oids::CRL_DISTRIBUTION_POINTS => distribution_points(request, extension)?,
            oids::AUTHORITY_INFO_ACCESS => ocsp_access(inputs, extension)?,
            AUTHORITY_KEY_IDENTIFIER => authority_key(inputs, extension)?,
            oids::SUBJECT_KEY_IDENTIFIER => subject_key(parsed, extension)?,
            _ => return Err(mismatch("extensions", "holds an unknown one")),
        }
    }
    Ok(())
}

fn key_usage(extension: &Extension) -> Result<()> {
    let usage: KeyUsage = value("keyUsage", extension)?;
    must(
        "keyUsage",
        "is not digitalSignature and nonRepudiation",
        usage.0 == (KeyUsages::DigitalSignature | KeyUsages::NonRepudiation),
    )
}

fn subject_alt_name(request: &UserCertificateRequest, extension: &Extension) -> Result<()> {
    let field = "subjectAltName";
    let names: Vec<GeneralName> = value(field, extension)?;
    let asked = request.other_names();
    must(
        field,
        "does not have exactly six names",
        names.len() == asked.len(),
    )?;
    for ((name, arc), text) in names.iter().zip(oids::OTHER_NAMES).zip(asked) {
        let GeneralName::OtherName(other) = name else {
            return Err(mismatch(field, "holds something else than otherName"));
        };
        must(
            field,
            "has its names in another order",
            other.type_id == arc,
        )?;
        must(
            field,
            "has a value that is not the UTF8String asked for",
            other.value.tag() == der::Tag::Utf8String && other.value.value() == text.as_bytes(),
        )?;
    }
    Ok(())
}

fn policies(inputs: &TemplateInputs, extension: &Extension) -> Result<()> {
    let field = "certificatePolicies";
    let policies: CertificatePolicies = value(field, extension)?;
    let [policy] = policies.0.as_slice() else {
        return Err(mismatch(field, "does not hold exactly one policy"));
    };
    must(
        field,
        "is not the authority's policy",
        policy.policy_identifier.to_string() == inputs.policy,
    )?;
    let [qualifier] = policy.policy_qualifiers.as_deref().unwrap_or_default() else {
        return Err(mismatch(field, "does not have exactly one qualifier"));
    };
    let same_url = qualifier.qualifier.as_ref().is_some_and(|url| {
        url.decode_as::<Ia5StringRef<'_>>()
            .is_ok_and(|url| url.as_str() == inputs.cps_url)
    });
    must(
        field,
        "does not point to the authority's CPS",
        qualifier.policy_qualifier_id == oids::QUALIFIER_CPS && same_url,
    )
}

fn issuer_alt_name(inputs: &TemplateInputs, extension: &Extension) -> Result<()> {
    let names: Vec<GeneralName> = value("issuerAltName", extension)?;
    let same = matches!(names.as_slice(), [GeneralName::DirectoryName(name)]
        if der_is(name, &inputs.issuer_alt_name));
    must(
        "issuerAltName",
        "is not the authority's directoryName",
        same,
    )
}

fn distribution_points(request: &UserCertificateRequest, extension: &Extension) -> Result<()> {
    let field = "cRLDistributionPoints";
    let points: CrlDistributionPoints = value(field, extension)?;
    let [point] = points.0.as_slice() else {
        return Err(mismatch(field, "does not hold exactly one point"));
    };
    must(
        field,
        "limits its reasons or its issuer",
        point.reasons.is_none() && point.crl_issuer.is_none(),
    )?;
    let Some(DistributionPointName::FullName(names)) = &point.distribution_point else {
        return Err(mismatch(field, "has no full name"));
    };
    let Some((GeneralName::DirectoryName(name), urls)) = names.split_first() else {
        return Err(mismatch(field, "does not begin with a directoryName"));
    };
    must(
        field,
        "names another partition",
        der_is(name, &request.fields().partition),
    )?;
    let asked = request.fields().partition_url.as_deref();
    must(
        field,
        "does not have the URI asked for",
        urls.len() == usize::from(asked.is_some()) && urls.iter().all(|u| url(u) == asked),
    )
}

fn ocsp_access(inputs: &TemplateInputs, extension: &Extension) -> Result<()> {
    let access: AuthorityInfoAccessSyntax = value("authorityInfoAccess", extension)?;
    let same = matches!(access.0.as_slice(), [only]
        if only.access_method == oids::ACCESS_OCSP
            && url(&only.access_location) == inputs.ocsp_url.as_deref());
    must(
        "authorityInfoAccess",
        "is not the authority's OCSP address",
        same,
    )
}

fn authority_key(inputs: &TemplateInputs, extension: &Extension) -> Result<()> {
    let field = "authorityKeyIdentifier";
    let found: AuthorityKeyIdentifier = value(field, extension)?;
    let identifier = found.key_identifier.as_ref().map(|id| id.as_bytes());
    must(
        field,
        "is not the authority's key identifier alone",
        identifier == Some(&inputs.authority_key_identifier)
            && found.authority_cert_issuer.is_none()
            && found.authority_cert_serial_number.is_none(),
    )
}

fn subject_key(parsed: &TbsCertificate, extension: &Extension) -> Result<()> {
    let field = "subjectKeyIdentifier";
    let found = OctetStringRef::from_der(extension.extn_value.as_bytes())
        .map_err(|_| mismatch(field, "does not read back"))?;
    let key = parsed
        .subject_public_key_info
        .subject_public_key
        .raw_bytes();
    must(
        field,
        "is not the SHA-1 of the key",
        found.as_bytes() == Sha1::digest(key).as_slice(),
    )
}

fn url(name: &GeneralName) -> Option<&str> {
    match name {
        GeneralName::UniformResourceIdentifier(url) => Some(url.as_str()),
        _ => None,
    }
}

fn value<'a, T: Decode<'a> + Encode>(field: &str, extension: &'a Extension) -> Result<T> {
    let der = extension.extn_value.as_bytes();
    let value = T::from_der(der).map_err(|_| mismatch(field, "does not read back"))?;
    must(field, "is not DER", der_is(&value, der))?;
    Ok(value)
}

fn der_is(parsed: &impl Encode, der: &[u8]) -> bool {
    parsed.to_der().is_ok_and(|encoded| encoded == der)
}

fn must(field: &str, why: &str, holds: bool) -> Result<()> {
    if holds {
        Ok(())
    } else {
        Err(mismatch(field, why))
    }
}

fn mismatch(field: &str, why: &str) -> Error {
    Error::ProfileMismatch(format!("{field} {why}"))
}
