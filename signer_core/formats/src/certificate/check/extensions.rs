//! The extensions: which, in what order, how critical, and what each says.

use der::asn1::{Null, OctetStringRef};
use der::{Decode, Encode, Tagged};
use sha1::{Digest, Sha1};
use x509_cert::TbsCertificate;
use x509_cert::ext::Extension as Found;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{
    AuthorityInfoAccessSyntax, AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage,
};

use super::der_is;
use super::values::{self, is_directory, url};
use crate::certificate::asked::{AltName, Asked};
use crate::certificate::bounds::is_asked;
use crate::certificate::faults::{mismatch, must};
use crate::certificate::oids;
use crate::certificate::profile::{Extension, Profile};
use crate::error::Result;

pub(super) fn check(profile: &Profile, asked: &Asked, parsed: &TbsCertificate) -> Result<()> {
    let wanted: Vec<_> = profile
        .extensions
        .iter()
        .filter(|rule| is_asked(&rule.extension, &asked.values))
        .collect();
    let found = parsed.extensions.as_deref().unwrap_or_default();
    // Exactly these, in this order: so no unknown extension, and none twice.
    must(
        "extensions",
        "are not the profile's, in its order and with its criticality",
        found.iter().map(|e| (e.extn_id, e.critical)).eq(wanted
            .iter()
            .map(|rule| (rule.extension.oid(), rule.critical))),
    )?;
    found
        .iter()
        .zip(wanted)
        .try_for_each(|(found, rule)| one(&rule.extension, asked, parsed, found))
}

fn one(extension: &Extension, asked: &Asked, parsed: &TbsCertificate, found: &Found) -> Result<()> {
    let field = extension.name();
    let values = &asked.values;
    match extension {
        Extension::KeyUsage(bits) => {
            let usage: KeyUsage = read(field, found)?;
            must(field, "is not the profile's", usage.0.bits() == *bits)
        }
        Extension::Authority => {
            let constraints: BasicConstraints = read(field, found)?;
            must(
                field,
                "is not CA:TRUE with the pathLenConstraint asked for",
                constraints.ca && constraints.path_len_constraint == values.path_length,
            )
        }
        Extension::ExtendedKeyUsage(purpose) => {
            let purposes: ExtendedKeyUsage = read(field, found)?;
            must(
                field,
                "is not the profile's alone",
                purposes.0 == [*purpose],
            )
        }
        Extension::OcspNoCheck => read::<Null>(field, found).map(|_| ()),
        Extension::DirectoryAltName | Extension::PersonAltName => {
            alt_name(field, values.subject_alt_name.as_ref(), found)
        }
        Extension::IssuerAltName => {
            let names: Vec<GeneralName> = read(field, found)?;
            let same = matches!((names.as_slice(), &values.issuer_alt_name),
                ([name], Some(asked)) if is_directory(name, asked));
            must(field, "is not the authority's directoryName", same)
        }
        Extension::CertificatePolicies(_) => {
            values::policies(field, values.policies.as_ref(), &read(field, found)?)
        }
        Extension::PolicyMappings => {
            values::mappings(field, &values.mappings, &read(field, found)?)
        }
        Extension::PolicyConstraints => {
            values::constraints(field, values.inhibit_mapping, &read(field, found)?)
        }
        Extension::NameConstraints => {
            values::subtrees(field, values.names.as_ref(), &read(field, found)?)
        }
        Extension::DistributionPoint(_) => values::distribution_point(
            field,
            values.distribution_point.as_deref(),
            values.distribution_url.as_deref(),
            &read(field, found)?,
        ),
        Extension::OcspAccess => {
            let access: AuthorityInfoAccessSyntax = read(field, found)?;
            let same = matches!(access.0.as_slice(), [only]
                if only.access_method == oids::ACCESS_OCSP
                    && url(&only.access_location) == values.ocsp_url.as_deref());
            must(field, "is not the authority's OCSP address", same)
        }
        Extension::AuthorityKeyIdentifier => {
            let stated: AuthorityKeyIdentifier = read(field, found)?;
            let identifier = stated.key_identifier.as_ref().map(|id| id.as_bytes());
            must(
                field,
                "is not the authority's key identifier alone",
                identifier == values.authority_key_identifier.as_deref()
                    && stated.authority_cert_issuer.is_none()
                    && stated.authority_cert_serial_number.is_none(),
            )
        }
        Extension::OwnKeyIdentifier => {
            let key = &parsed.subject_public_key_info.subject_public_key;
            // Another library's digest than the writer's.
            let identifier = Sha1::digest(key.raw_bytes());
            identifier_is(field, "is not the SHA-1 of the key", &identifier, found)
        }
        Extension::StatedKeyIdentifier => {
            let stated = values.subject_key_identifier.as_deref().unwrap_or_default();
            identifier_is(field, "is not the subject's own", stated, found)
        }
    }
}

fn alt_name(field: &'static str, asked: Option<&AltName>, found: &Found) -> Result<()> {
    let names: Vec<GeneralName> = read(field, found)?;
    match asked {
        Some(AltName::Directory(asked)) => must(
            field,
            "is not the directoryName asked for",
            matches!(names.as_slice(), [name] if is_directory(name, asked)),
        ),
        Some(AltName::Person(texts)) => person(field, texts, &names),
        None => Err(mismatch(field, "was not asked for")),
    }
}

fn person(field: &'static str, texts: &[String; 6], names: &[GeneralName]) -> Result<()> {
    must(
        field,
        "does not have exactly six names",
        names.len() == texts.len(),
    )?;
    for ((name, arc), text) in names.iter().zip(oids::OTHER_NAMES).zip(texts) {
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

fn identifier_is(
    field: &'static str,
    rule: &'static str,
    asked: &[u8],
    found: &Found,
) -> Result<()> {
    let stated = OctetStringRef::from_der(found.extn_value.as_bytes())
        .map_err(|_| mismatch(field, "does not read back"))?;
    must(field, rule, stated.as_bytes() == asked)
}

/// An extension's value as another encoder writes it too.
pub(in crate::certificate) fn read<'a, T: Decode<'a> + Encode>(
    field: &'static str,
    found: &'a Found,
) -> Result<T> {
    let der = found.extn_value.as_bytes();
    let value = T::from_der(der).map_err(|_| mismatch(field, "does not read back"))?;
    must(field, "is not DER", der_is(&value, der))?;
    Ok(value)
}
