//! The check every certificate passes before it is signed: one walk over the octets, constant parts
//! compared with the proven ones, everything else decoded and compared with the request.

use der::asn1::BitStringRef;
use der::{Tag, TagNumber};
use sha1::{Digest, Sha1};

use super::elements::Elements;
use super::proven::Proven;
use super::request::UserCertificateRequest;
use crate::certificate::check::time;
use crate::certificate::oids;
use crate::der::oid::ObjectIdentifier;
use crate::error::Result;

/// Refuses every string of octets but the one that says what was asked.
pub(super) fn check(proven: &Proven, request: &UserCertificateRequest, tbs: &[u8]) -> Result<()> {
    let asked = request.fields();
    Elements::read("tbsCertificate", tbs, |outer| {
        outer.inside(Tag::Sequence, |t| {
            t.at("version").exactly(&proven.version)?;
            // The request's serial is positive and takes at most 20 octets: so does an equal one.
            t.at("serialNumber").unsigned(&asked.serial)?;
            t.at("signature or issuer")
                .exactly(&proven.signature_and_issuer)?;
            t.at("validity").inside(Tag::Sequence, |v| {
                time("notBefore", &v.at("notBefore").decode()?, asked.not_before)?;
                time("notAfter", &v.at("notAfter").decode()?, asked.not_after)?;
                Ok(())
            })?;
            t.at("subject")
                .inside(Tag::Sequence, |s| subject(proven, request, s))?;
            // The request took this very DER apart when it was made.
            t.at("subjectPublicKeyInfo").exactly(&asked.public_key)?;
            // Nothing between the key and the extensions: unique identifiers must be absent.
            t.at("extensions").inside(context(TagNumber::N3), |e| {
                e.inside(Tag::Sequence, |e| extensions(proven, request, e))
            })
        })
    })
}

fn subject(
    proven: &Proven,
    request: &UserCertificateRequest,
    names: &mut Elements<'_>,
) -> Result<()> {
    let asked = request.fields();
    names.at("subject.C").exactly(&proven.country)?;
    for (field, attribute, text) in [
        ("subject.L[0]", oids::LOCALITY, &asked.prefecture),
        ("subject.L[1]", oids::LOCALITY, &asked.municipality),
        ("subject.CN", oids::COMMON_NAME, &asked.common_name),
    ] {
        names.at(field).inside(Tag::Set, |rdn| {
            rdn.inside(Tag::Sequence, |pair| {
                pair.value(Tag::ObjectIdentifier, attribute.as_bytes())?;
                pair.value(Tag::Utf8String, text.as_bytes())
            })
        })?;
    }
    Ok(())
}

/// In this order, so that none is missing, added or there twice.
fn extensions(
    proven: &Proven,
    request: &UserCertificateRequest,
    e: &mut Elements<'_>,
) -> Result<()> {
    e.at("keyUsage").exactly(&proven.before_names)?;
    extension(e.at("subjectAltName"), &oids::SUBJECT_ALT_NAME, |value| {
        value.inside(Tag::Sequence, |names| other_names(request, names))
    })?;
    e.at("certificatePolicies or issuerAltName")
        .exactly(&proven.before_points)?;
    extension(
        e.at("cRLDistributionPoints"),
        &oids::CRL_DISTRIBUTION_POINTS,
        |value| distribution_point(request, value),
    )?;
    e.at("authorityInfoAccess or authorityKeyIdentifier")
        .exactly(&proven.before_identifier)?;
    let identifier = key_identifier(&request.fields().public_key)?;
    extension(
        e.at("subjectKeyIdentifier"),
        &oids::SUBJECT_KEY_IDENTIFIER,
        |value| value.value(Tag::OctetString, &identifier),
    )
}

/// `Extension` that is not critical: DER leaves the DEFAULT out, so the value follows the type.
fn extension<'a>(
    extensions: &mut Elements<'a>,
    oid: &ObjectIdentifier,
    value: impl FnOnce(&mut Elements<'a>) -> Result<()>,
) -> Result<()> {
    extensions.inside(Tag::Sequence, |extension| {
        extension.value(Tag::ObjectIdentifier, oid.as_bytes())?;
        extension.inside(Tag::OctetString, value)
    })
}

fn other_names(request: &UserCertificateRequest, names: &mut Elements<'_>) -> Result<()> {
    for (arc, text) in oids::OTHER_NAMES.iter().zip(request.other_names()) {
        names.inside(context(TagNumber::N0), |name| {
            name.value(Tag::ObjectIdentifier, arc.as_bytes())?;
            name.inside(context(TagNumber::N0), |value| {
                value.value(Tag::Utf8String, text.as_bytes())
            })
        })?;
    }
    Ok(())
}

/// One DistributionPoint with a fullName alone: neither reasons nor an issuer.
fn distribution_point(request: &UserCertificateRequest, value: &mut Elements<'_>) -> Result<()> {
    let asked = request.fields();
    value.inside(Tag::Sequence, |points| {
        points.inside(Tag::Sequence, |point| {
            point.inside(context(TagNumber::N0), |name| {
                name.inside(context(TagNumber::N0), |names| {
                    names.inside(context(TagNumber::N4), |directory_name| {
                        directory_name.exactly(&asked.partition)
                    })?;
                    match &asked.partition_url {
                        Some(url) => names.value(URL, url.as_bytes()),
                        None => Ok(()),
                    }
                })
            })
        })
    })
}

/// RFC 5280 4.2.1.2 method (1), computed with another library than the writer's.
fn key_identifier(spki: &[u8]) -> Result<[u8; 20]> {
    let mut identifier = [0; 20];
    Elements::read("subjectPublicKeyInfo", spki, |outer| {
        outer.inside(Tag::Sequence, |info| {
            info.inside(Tag::Sequence, Elements::skip)?;
            let key: BitStringRef<'_> = info.decode()?;
            identifier = Sha1::digest(key.raw_bytes()).into();
            Ok(())
        })
    })?;
    Ok(identifier)
}

/// GeneralName.uniformResourceIdentifier: `[6]` IMPLICIT IA5String.
const URL: Tag = Tag::ContextSpecific {
    constructed: false,
    number: TagNumber::N6,
};

const fn context(number: TagNumber) -> Tag {
    Tag::ContextSpecific {
        constructed: true,
        number,
    }
}
