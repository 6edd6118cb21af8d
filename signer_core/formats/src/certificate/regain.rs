//! From stored bytes to what can be signed again, when not all that was asked is still known.

use aws_lc_rs::digest::{SHA256, digest};

use super::asked::Asked;
use super::bounds::{require_fitting, significant};
use super::check::{compare, parse};
use super::checked::CheckedTbs;
use super::faults::must;
use super::profile::Profile;
use super::read;
use crate::error::Result;

/// What is stored beside an intent, and what is known of its issuer.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Serial number, big-endian unsigned.
    pub serial: Vec<u8>,
    /// Issuer DN (`Name` DER).
    pub issuer: Vec<u8>,
    /// The issuer's public key, SubjectPublicKeyInfo DER.
    pub issuer_key: Vec<u8>,
    /// The issuer's subjectKeyIdentifier.
    pub issuer_key_identifier: Vec<u8>,
    /// Seconds since 1970 UTC.
    pub not_before: i64,
    /// Seconds since 1970 UTC.
    pub not_after: i64,
    /// SHA-256 of the subject's SubjectPublicKeyInfo.
    pub key_sha256: Vec<u8>,
    /// The distribution point's directoryName (`Name` DER), where the kind has one.
    pub distribution_point: Option<Vec<u8>>,
}

/// Checks stored bytes against the facts and the whole profile: a crash between intent and
/// signature leaves no more. A person's attributes are stored nowhere but in these bytes; their
/// shape and place are checked, and that the certificate says nothing else.
///
/// # Errors
/// `ProfileMismatch` naming the field, `InvalidArgument` when a value breaks the profile's bounds.
pub fn regain(profile: &Profile, facts: &Facts, tbs: &[u8]) -> Result<CheckedTbs> {
    let parsed = parse(tbs)?;
    let asked = read::asked(profile, &parsed, facts.issuer_key.clone())?;
    against(facts, &asked)?;
    require_fitting(profile, &asked)?;
    compare(profile, &asked, &parsed)?;
    Ok(CheckedTbs::passed(
        tbs.to_vec(),
        asked.signature,
        asked.issuer_key.into(),
    ))
}

fn against(facts: &Facts, asked: &Asked) -> Result<()> {
    let rule = "is not what was stored";
    let values = &asked.values;
    let key = digest(&SHA256, &asked.public_key);
    // A self-signed certificate has no authorityKeyIdentifier; its issuer is its own subject.
    let identifier = values.authority_key_identifier.as_ref();
    for (field, same) in [
        (
            "serialNumber",
            significant(&asked.serial) == significant(&facts.serial),
        ),
        ("issuer", asked.issuer == facts.issuer),
        ("notBefore", asked.not_before == facts.not_before),
        ("notAfter", asked.not_after == facts.not_after),
        ("subjectPublicKeyInfo", key.as_ref() == facts.key_sha256),
        (
            "authorityKeyIdentifier",
            identifier.is_none_or(|stated| *stated == facts.issuer_key_identifier),
        ),
        (
            "cRLDistributionPoints",
            values.distribution_point == facts.distribution_point,
        ),
    ] {
        must(field, rule, same)?;
    }
    Ok(())
}
