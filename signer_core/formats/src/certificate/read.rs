//! What a certificate's own bytes say was asked, read along its profile.

use der::asn1::Utf8StringRef;
use der::{Encode, Tagged};
use x509_cert::TbsCertificate;
use x509_cert::ext::Extension as Found;
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName};
use x509_cert::ext::pkix::{
    AuthorityInfoAccessSyntax, AuthorityKeyIdentifier, BasicConstraints, CertificatePolicies,
    CrlDistributionPoints, NameConstraints, PolicyConstraints, PolicyMappings,
    SubjectKeyIdentifier,
};
use x509_cert::name::Name;

use super::asked::{AltName, Asked, Policies, SignatureAlgorithm, Subject, Subtrees, Values};
use super::check::{attribute, read};
use super::faults::mismatch;
use super::profile::{Extension, Profile};
use crate::error::Result;

/// Reads a parsed certificate as if it had been asked for; whether it says just this, and whether
/// it may, is the check's part. `issuer_key` is in no certificate.
pub(super) fn asked(
    profile: &Profile,
    parsed: &TbsCertificate,
    issuer_key: Vec<u8>,
) -> Result<Asked> {
    let seconds = |time: &x509_cert::time::Time| {
        i64::try_from(time.to_unix_duration().as_secs())
            .map_err(|_| mismatch("validity", "is out of range"))
    };
    let is_person = |extension: &Extension| *extension == Extension::PersonAltName;
    let of_person = profile
        .extensions
        .iter()
        .any(|rule| is_person(&rule.extension));
    Ok(Asked {
        serial: parsed.serial_number.as_bytes().to_vec(),
        signature: SignatureAlgorithm::by_oid(parsed.signature.oid)
            .ok_or_else(|| mismatch("signature", "is not one of the profile's algorithms"))?,
        issuer: der(&parsed.issuer)?,
        issuer_key,
        not_before: seconds(&parsed.validity.not_before)?,
        not_after: seconds(&parsed.validity.not_after)?,
        subject: if of_person {
            person(&parsed.subject)?
        } else {
            Subject::Name(der(&parsed.subject)?)
        },
        public_key: der(&parsed.subject_public_key_info)?,
        values: values(profile, parsed.extensions.as_deref().unwrap_or_default())?,
    })
}

fn der(value: &impl Encode) -> Result<Vec<u8>> {
    value
        .to_der()
        .map_err(|_| mismatch("tbsCertificate", "does not read back"))
}

fn person(subject: &Name) -> Result<Subject> {
    let text = |place: usize| {
        subject
            .0
            .get(place)
            .and_then(attribute)
            .and_then(|(_, value)| value.decode_as::<Utf8StringRef<'_>>().ok())
            .map(|text| text.as_str().to_owned())
            .ok_or_else(|| mismatch("subject", "is not a person's"))
    };
    Ok(Subject::Person {
        prefecture: text(1)?,
        municipality: text(2)?,
        common_name: text(3)?,
    })
}

fn values(profile: &Profile, found: &[Found]) -> Result<Values> {
    let mut values = Values::default();
    for rule in profile.extensions {
        let there = found.iter().find(|e| e.extn_id == rule.extension.oid());
        if let Some(there) = there {
            take(&mut values, &rule.extension, there)?;
        }
    }
    Ok(values)
}

fn take(values: &mut Values, extension: &Extension, found: &Found) -> Result<()> {
    let field = extension.name();
    match extension {
        Extension::KeyUsage(_)
        | Extension::ExtendedKeyUsage(_)
        | Extension::OcspNoCheck
        | Extension::OwnKeyIdentifier => (),
        Extension::Authority => {
            values.path_length = read::<BasicConstraints>(field, found)?.path_len_constraint;
        }
        Extension::DirectoryAltName => {
            values.subject_alt_name = Some(AltName::Directory(directory(field, found)?));
        }
        Extension::PersonAltName => values.subject_alt_name = Some(other_names(field, found)?),
        Extension::IssuerAltName => values.issuer_alt_name = Some(directory(field, found)?),
        Extension::CertificatePolicies(_) => values.policies = Some(policies(field, found)?),
        Extension::PolicyMappings => {
            let pairs: PolicyMappings = read(field, found)?;
            values.mappings = pairs
                .0
                .iter()
                .map(|pair| (pair.issuer_domain_policy, pair.subject_domain_policy))
                .collect();
        }
        Extension::PolicyConstraints => {
            let constraints: PolicyConstraints = read(field, found)?;
            values.inhibit_mapping = constraints.inhibit_policy_mapping.is_some();
        }
        Extension::NameConstraints => values.names = Some(subtrees(field, found)?),
        Extension::DistributionPoint(_) => distribution_point(values, field, found)?,
        Extension::OcspAccess => {
            let access: AuthorityInfoAccessSyntax = read(field, found)?;
            values.ocsp_url = access.0.first().and_then(|one| url(&one.access_location));
        }
        Extension::AuthorityKeyIdentifier => {
            let stated: AuthorityKeyIdentifier = read(field, found)?;
            values.authority_key_identifier = stated.key_identifier.map(|id| id.into_bytes());
        }
        Extension::StatedKeyIdentifier => {
            let stated: SubjectKeyIdentifier = read(field, found)?;
            values.subject_key_identifier = Some(stated.0.into_bytes());
        }
    }
    Ok(())
}

fn directory(field: &'static str, found: &Found) -> Result<Vec<u8>> {
    let names: Vec<GeneralName> = read(field, found)?;
    match names.as_slice() {
        [GeneralName::DirectoryName(name)] => der(name),
        _ => Err(mismatch(field, "is not one directoryName")),
    }
}

fn other_names(field: &'static str, found: &Found) -> Result<AltName> {
    let names: Vec<GeneralName> = read(field, found)?;
    let mut texts = Vec::with_capacity(names.len());
    for name in &names {
        let text = match name {
            GeneralName::OtherName(other) if other.value.tag() == der::Tag::Utf8String => {
                std::str::from_utf8(other.value.value()).ok()
            }
            _ => None,
        };
        texts.push(
            text.ok_or_else(|| mismatch(field, "is not a person's"))?
                .to_owned(),
        );
    }
    <[String; 6]>::try_from(texts)
        .map(AltName::Person)
        .map_err(|_| mismatch(field, "does not have exactly six names"))
}

fn policies(field: &'static str, found: &Found) -> Result<Policies> {
    let stated: CertificatePolicies = read(field, found)?;
    let qualifier = stated
        .0
        .first()
        .and_then(|one| one.policy_qualifiers.as_ref()?.first()?.qualifier.as_ref());
    Ok(Policies {
        identifiers: stated.0.iter().map(|one| one.policy_identifier).collect(),
        cps_url: qualifier
            .and_then(|url| url.decode_as::<der::asn1::Ia5StringRef<'_>>().ok())
            .map(|url| url.as_str().to_owned()),
    })
}

fn subtrees(field: &'static str, found: &Found) -> Result<Subtrees> {
    let constraints: NameConstraints = read(field, found)?;
    let names = |subtrees: Option<Vec<_>>| {
        subtrees
            .unwrap_or_default()
            .iter()
            .map(
                |one: &x509_cert::ext::pkix::constraints::name::GeneralSubtree| match &one.base {
                    GeneralName::DirectoryName(name) => der(name),
                    _ => Err(mismatch(field, "holds something else than directoryNames")),
                },
            )
            .collect::<Result<Vec<_>>>()
    };
    Ok(Subtrees {
        permitted: names(constraints.permitted_subtrees)?,
        excluded: names(constraints.excluded_subtrees)?,
    })
}

fn distribution_point(values: &mut Values, field: &'static str, found: &Found) -> Result<()> {
    let points: CrlDistributionPoints = read(field, found)?;
    let Some(DistributionPointName::FullName(names)) = points
        .0
        .first()
        .and_then(|point| point.distribution_point.as_ref())
    else {
        return Err(mismatch(field, "has no full name"));
    };
    if let Some(GeneralName::DirectoryName(name)) = names.first() {
        values.distribution_point = Some(der(name)?);
    }
    values.distribution_url = names.get(1).and_then(url);
    Ok(())
}

fn url(name: &GeneralName) -> Option<String> {
    match name {
        GeneralName::UniformResourceIdentifier(url) => Some(url.as_str().to_owned()),
        _ => None,
    }
}
