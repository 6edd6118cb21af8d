//! One candidate path, judged as RFC 5280 section 6.1 says.
//!
//! The order is not the RFC's: what costs nothing comes first, then signatures from the anchor down,
//! then names and policies, which only certificates that somebody above has signed are worth, and
//! revocation last. A path that breaks no rule is the same in any order; of one that breaks several,
//! the first in this order is named.

mod purposes;
mod revocation;
mod shape;
#[cfg(test)]
mod tests;

use crate::certificate::Certificate;
use crate::names::{Constraints, Work, admits};
use crate::policies::{PathPolicy, PolicySets, PolicyState};
use crate::signature::Signatures;
use crate::verdict::{Evidence, Reason, Refusal};

pub use revocation::{Asked, Revocation};

/// The longest path that is looked at.
pub const MAXIMUM_LENGTH: usize = 256;

/// The most policies and mappings of all certificates of a path together: nine authorities that map
/// sixty policies to sixty each state 33,000.
pub const MAXIMUM_POLICIES: usize = 50_000;

/// What a valid path gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Validated {
    /// The resulting policy sets.
    pub policies: PolicySets,
    /// What said that they were not revoked, a place for each certificate of the path; empty when
    /// revocation was not asked about.
    pub evidence: Vec<Evidence>,
}

/// Judges one candidate path at a time.
///
/// `path` begins with the certificate that `anchor` issued and ends with the target; the anchor is
/// not in it. `at` is in seconds since 1970. Without `revocation` nothing is asked about it.
///
/// The anchor is trusted for its name and key; that it is self-signed is not asked. What its
/// certificate says against itself is applied as if it stood above the path: its validity,
/// basicConstraints and pathLenConstraint, keyUsage, nameConstraints, policyConstraints,
/// inhibitAnyPolicy, extKeyUsage and the rules of RFC 5280 section 4. Its certificatePolicies are not.
///
/// # Errors
/// The first rule that the path breaks, with the certificate's place in it; no place when it is the
/// anchor that breaks it.
pub fn validate_path(
    anchor: &Certificate,
    path: &[Certificate],
    at: i64,
    policy: &PathPolicy,
    revocation: Option<&dyn Revocation>,
    signatures: &mut Signatures,
) -> Result<Validated, Refusal> {
    shape::check(anchor, path, at, signatures.policy())?;
    verify(anchor, path, signatures)?;
    names(anchor, path)?;
    purposes::check(anchor, path)?;
    let policies = policies(anchor, path, policy)?;
    let evidence = match revocation {
        Some(revocation) => evidence(anchor, path, at, revocation, signatures)?,
        None => Vec::new(),
    };
    Ok(Validated { policies, evidence })
}

/// Each certificate with the one that issued it.
fn issued<'a>(
    anchor: &'a Certificate,
    path: &'a [Certificate],
) -> impl Iterator<Item = (usize, &'a Certificate, &'a Certificate)> {
    let issuers = std::iter::once(anchor).chain(path);
    issuers
        .zip(path)
        .enumerate()
        .map(|(index, (issuer, certificate))| (index, issuer, certificate))
}

fn verify(
    anchor: &Certificate,
    path: &[Certificate],
    signatures: &mut Signatures,
) -> Result<(), Refusal> {
    issued(anchor, path).try_for_each(|(index, issuer, certificate)| {
        signatures
            .verify(issuer.key(), &certificate.signed())
            .map_err(|reason| {
                Refusal::new(reason, rule_of_signature(reason)).at(index, certificate.sha256())
            })
    })
}

fn rule_of_signature(reason: Reason) -> &'static str {
    match reason {
        Reason::AlgorithmRefused => "signatureAlgorithm: not one that is used here",
        Reason::KeyRefused => "signatureValue: the issuer's key is not one that is used here",
        Reason::LimitReached => "signatureValue: more signatures than allowed",
        _ => "signatureValue: not the issuer's over these octets",
    }
}

fn names(anchor: &Certificate, path: &[Certificate]) -> Result<(), Refusal> {
    let mut constraints: Vec<&Constraints> = anchor.constraints().into_iter().collect();
    let mut work = Work::new();
    for (index, certificate) in path.iter().enumerate() {
        let last = index + 1 == path.len();
        if last || !certificate.is_self_issued() {
            admits(&constraints, certificate, &mut work)
                .map_err(|refusal| refusal.at(index, certificate.sha256()))?;
        }
        constraints.extend(certificate.constraints());
    }
    Ok(())
}

fn policies(
    anchor: &Certificate,
    path: &[Certificate],
    policy: &PathPolicy,
) -> Result<PolicySets, Refusal> {
    let stated = |one: &Certificate| one.policies().map_or(0, <[_]>::len) + one.mappings().len();
    if path.iter().map(stated).sum::<usize>() > MAXIMUM_POLICIES {
        return Err(Refusal::new(
            Reason::LimitReached,
            "certificatePolicies: more policies and mappings than allowed",
        ));
    }
    let mut state = PolicyState::new(policy, anchor, path.len());
    let mut steps = path.iter().enumerate().peekable();
    while let Some((index, certificate)) = steps.next() {
        let place = |refusal: Refusal| refusal.at(index, certificate.sha256());
        let last = steps.peek().is_none();
        state.take(certificate, last).map_err(place)?;
        if last {
            return state.finish(certificate).map_err(place);
        }
        state.prepare(certificate).map_err(place)?;
    }
    Err(shape::empty())
}

fn evidence(
    anchor: &Certificate,
    path: &[Certificate],
    at: i64,
    revocation: &dyn Revocation,
    signatures: &mut Signatures,
) -> Result<Vec<Evidence>, Refusal> {
    issued(anchor, path)
        .map(|(index, issuer, certificate)| {
            let asked = Asked {
                certificate,
                issuer,
                anchor,
                path,
                index,
                at,
            };
            revocation
                .check(&asked, signatures)
                .map_err(|refusal| refusal.at(index, certificate.sha256()))
        })
        .collect()
}
