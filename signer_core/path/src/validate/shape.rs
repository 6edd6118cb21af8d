//! What needs no arithmetic: that the certificates make a path, and may.

use super::{MAXIMUM_LENGTH, issued};
use crate::certificate::{Certificate, KEY_CERT_SIGN};
use crate::signature::Signatures;
use crate::verdict::{Reason, Refusal};

pub(super) fn empty() -> Refusal {
    Refusal::new(Reason::NoPath, "path: no certificate in it")
}

pub(super) fn check(
    anchor: &Certificate,
    path: &[Certificate],
    at: i64,
    signatures: &Signatures,
) -> Result<(), Refusal> {
    if path.is_empty() {
        return Err(empty());
    }
    if path.len() > MAXIMUM_LENGTH {
        return Err(Refusal::new(
            Reason::LimitReached,
            "path: more than 256 certificates",
        ));
    }
    self::anchor(anchor, at, signatures)?;
    let mut room = anchor.path_length();
    for (index, issuer, certificate) in issued(anchor, path) {
        let last = index + 1 == path.len();
        let here = |refusal: Refusal| refusal.at(index, certificate.sha256());
        alone(certificate, at, signatures).map_err(here)?;
        chains(issuer, certificate).map_err(here)?;
        if !last {
            issues(certificate).map_err(here)?;
            room = below(certificate, room).map_err(here)?;
        }
    }
    Ok(())
}

/// What an anchor must be, whoever is below it.
pub(super) fn anchor(
    anchor: &Certificate,
    at: i64,
    signatures: &Signatures,
) -> Result<(), Refusal> {
    alone(anchor, at, signatures)?;
    if anchor.is_version_3() {
        issues(anchor)?;
    }
    Ok(())
}

/// What a certificate must be wherever it stands: the anchor too.
fn alone(certificate: &Certificate, at: i64, signatures: &Signatures) -> Result<(), Refusal> {
    if let Some(fault) = certificate.fault() {
        return Err(fault.clone());
    }
    // A point is looked at with what its signatures cost: what nobody signed may have any, and many.
    signatures
        .judge_kind(certificate.key())
        .map_err(|rule| Refusal::new(Reason::KeyRefused, rule))?;
    // RFC 5280 4.1.2.5: inclusive at both ends.
    if at < certificate.not_before() {
        return Err(Refusal::new(
            Reason::NotYetValid,
            "validity: before notBefore",
        ));
    }
    if at > certificate.not_after() {
        return Err(Refusal::new(Reason::Expired, "validity: after notAfter"));
    }
    Ok(())
}

/// RFC 5280 6.1.3 (a) (4).
fn chains(issuer: &Certificate, certificate: &Certificate) -> Result<(), Refusal> {
    if issuer.subject() == certificate.issuer() {
        return Ok(());
    }
    Err(Refusal::new(
        Reason::IssuerMismatch,
        "issuer: not the subject of the certificate above",
    ))
}

/// RFC 5280 6.1.4 (k), (n). A certificate before version 3 cannot say that it is an authority's; an
/// anchor may be of one, for whoever trusts it knows.
fn issues(certificate: &Certificate) -> Result<(), Refusal> {
    if !certificate.is_authority() {
        return Err(Refusal::new(
            Reason::NotAnAuthority,
            "basicConstraints: the issuer is no authority",
        ));
    }
    if !certificate.key_usage_allows(KEY_CERT_SIGN) {
        return Err(Refusal::new(
            Reason::KeyUsage,
            "keyUsage: the issuer may not sign certificates",
        ));
    }
    Ok(())
}

/// RFC 5280 6.1.4 (l), (m): how many more may come below; nothing when no limit was stated.
fn below(certificate: &Certificate, room: Option<u32>) -> Result<Option<u32>, Refusal> {
    let room = match room {
        Some(room) if !certificate.is_self_issued() => {
            Some(room.checked_sub(1).ok_or(Refusal::new(
                Reason::PathTooLong,
                "basicConstraints: more authorities than a pathLenConstraint allows",
            ))?)
        }
        room => room,
    };
    Ok(match (room, certificate.path_length()) {
        (Some(room), Some(stated)) => Some(room.min(stated)),
        (room, stated) => room.or(stated),
    })
}
