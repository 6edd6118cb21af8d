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
use crate::names::{Constraints, TOO_MUCH, Work, admits};
use crate::policies::{PathPolicy, PolicySets, PolicyState};
use crate::signature::Signatures;
use crate::verdict::{Evidence, Reason, Refusal};

pub use revocation::{Asked, Revocation};

/// The longest path that is looked at.
pub const MAXIMUM_LENGTH: usize = 256;

/// What the policies of a path may take, in looks: those that its certificates state, their mappings,
/// and the graph of them. It is an eighth of what a question may cost unless the caller says otherwise:
/// what one path takes is missing for others. Nine authorities that map twenty-four policies to
/// twenty-four each take little more than half of it.
const MOST_FOR_POLICIES: usize = 32_000;

/// Looks that a policy or a mapping takes that is stated.
const STATED: usize = 2;

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
    let costs = "path: more certificates than allowed";
    let passing = path.iter().map(|one| PASSING + one.issuer().looks());
    look(signatures, passing.sum(), costs)?;
    shape::check(anchor, path, at, signatures)?;
    verify(anchor, path, signatures)?;
    names(anchor, path, signatures)?;
    let costs = "extKeyUsage: more purposes than allowed";
    look(signatures, purposes::stated(anchor, path), costs)?;
    purposes::check(anchor, path)?;
    let policies = policies(anchor, path, policy, signatures)?;
    let evidence = match revocation {
        Some(revocation) => evidence(anchor, path, at, revocation, signatures)?,
        None => Vec::new(),
    };
    Ok(Validated { policies, evidence })
}

/// Judges an anchor that is asked about itself and that its own key did not sign.
///
/// RFC 5280 6.1 has no path without a certificate below the anchor. Whoever trusts a certificate knows
/// what it binds; what it says against itself counts all the same, its policies are a target's, and
/// nothing stands below it that its constraints could be about. Whoever issued it is trusted by nobody
/// here, so nothing can show that it was not revoked.
///
/// # Errors
/// The first rule that it breaks.
pub fn validate_anchor(
    anchor: &Certificate,
    at: i64,
    policy: &PathPolicy,
    revocation: bool,
    signatures: &mut Signatures,
) -> Result<Validated, Refusal> {
    shape::anchor(anchor, at, signatures)?;
    key(anchor, signatures)?;
    let policies = policies(anchor, std::slice::from_ref(anchor), policy, signatures)?;
    if revocation {
        return Err(Refusal::new(
            Reason::RevocationUnknown,
            "nobody who is trusted can tell whether the anchor was revoked",
        ));
    }
    Ok(Validated {
        policies,
        evidence: Vec::new(),
    })
}

/// Looks that passing a certificate of a path takes where its signature was verified before.
const PASSING: usize = 16;

/// Counts what is no verification. One path is bounded by its own rules; a search judges many.
fn look(signatures: &mut Signatures, times: usize, rule: &'static str) -> Result<(), Refusal> {
    signatures
        .look(times)
        .map_err(|reason| Refusal::new(reason, rule))
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
        let Err(reason) = certificate.verify(issuer.key(), signatures) else {
            return Ok(());
        };
        // Its point was looked at now, as that was paid for, and it is the issuer that is refused.
        if reason == Reason::KeyRefused
            && let Err(rule) = signatures.judge(issuer.key())
        {
            let refusal = Refusal::new(reason, rule);
            return Err(match index.checked_sub(1) {
                Some(above) => refusal.at(above, issuer.sha256()),
                None => refusal,
            });
        }
        Err(Refusal::new(reason, rule_of_signature(reason)).at(index, certificate.sha256()))
    })?;
    let Some(target) = path.last() else {
        return Err(shape::empty());
    };
    key(target, signatures).map_err(|refusal| refusal.at(path.len() - 1, target.sha256()))
}

/// Looks at the key of a certificate, a point too: it verifies nothing here that would.
fn key(certificate: &Certificate, signatures: &mut Signatures) -> Result<(), Refusal> {
    let key = certificate.key();
    look(signatures, key.looks(), "the path costs more than allowed")?;
    let judged = signatures.judge(key);
    judged.map_err(|rule| Refusal::new(Reason::KeyRefused, rule))
}

fn rule_of_signature(reason: Reason) -> &'static str {
    match reason {
        Reason::AlgorithmRefused => "signatureAlgorithm: not one that is used here",
        Reason::LimitReached => "signatureValue: more signatures than allowed",
        _ => "signatureValue: not the issuer's over these octets",
    }
}

fn names(
    anchor: &Certificate,
    path: &[Certificate],
    signatures: &mut Signatures,
) -> Result<(), Refusal> {
    let mut work = Work::new();
    let outcome = within(anchor, path, &mut work);
    // Two look-ups take as long as a look.
    look(signatures, work.spent() / 2, TOO_MUCH)?;
    outcome
}

/// Whether all names are within the constraints above them.
fn within(anchor: &Certificate, path: &[Certificate], work: &mut Work) -> Result<(), Refusal> {
    let mut constraints: Vec<&Constraints> = anchor.constraints().into_iter().collect();
    for (index, certificate) in path.iter().enumerate() {
        let last = index + 1 == path.len();
        if last || !certificate.is_self_issued() {
            admits(&constraints, certificate, work)
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
    signatures: &mut Signatures,
) -> Result<PolicySets, Refusal> {
    let costs = "certificatePolicies: more policies and mappings than allowed";
    let stated = |one: &Certificate| one.policies().map_or(0, <[_]>::len) + one.mappings().len();
    let stated = STATED * path.iter().map(stated).sum::<usize>();
    let Some(room) = MOST_FOR_POLICIES.checked_sub(stated) else {
        return Err(Refusal::new(Reason::LimitReached, costs).of_path());
    };
    look(signatures, stated, costs)?;
    let mut state = PolicyState::new(policy, anchor, path.len(), room);
    let mut steps = path.iter().enumerate().peekable();
    while let Some((index, certificate)) = steps.next() {
        let place = |refusal: Refusal| refusal.at(index, certificate.sha256());
        let last = steps.peek().is_none();
        let mut taken = state.take(certificate, last);
        if !last {
            taken = taken.and_then(|()| state.prepare(certificate));
        }
        look(signatures, state.looks(), costs)?;
        taken.map_err(place)?;
        if last {
            return state.finish(certificate).map_err(place);
        }
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
