//! The extensions: which, in what order, how critical, and what each says.

use der::asn1::{Ia5StringRef, OctetStringRef};
use der::{Decode, Encode, Tagged};
use sha1::{Digest, Sha1};
use x509_cert::TbsCertificate;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName};
use x509_cert::ext::pkix::{
    AuthorityInfoAccessSyntax, AuthorityKeyIdentifier, CertificatePolicies, CrlDistributionPoints,
    KeyUsage, KeyUsages,
};

use super::{der_is, mismatch, must};
use crate::cert::inputs::TemplateInputs;
use crate::cert::oids;
use crate::cert::request::UserCertificateRequest;
use crate::der::oid::AUTHORITY_KEY_IDENTIFIER;
use crate::error::Result;

pub(super) fn check(
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
