//! Whether a certificate was revoked at a time, by the evidence of that time.
//!
//! Lists are chosen as RFC 5280 6.3.3 says: by scope, by reasons, by issuer; a list counts from its
//! thisUpdate until before its nextUpdate, so that superseded lists in the pool answer for their
//! time. Whatever may speak and says "revoked" is believed; that nothing speaks is a refusal.

mod generations;
mod lists;
mod points;
mod responses;
mod rules;
mod said;
mod signer;
mod speaking;
#[cfg(test)]
mod tests;
mod windows;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use crate::Sha256;
use crate::pool::Pool;
use crate::signature::Signatures;
use crate::validate::{Asked, Revocation};
use crate::verdict::{Evidence, Refusal};

pub use rules::{RevocationMode, RevocationRules};
pub(crate) use signer::SignerPaths;

/// What a pool knows about revocation.
pub(crate) struct PoolRevocation<'a> {
    pool: &'a Pool,
    rules: RevocationRules,
    /// Finds paths to those who sign lists for others.
    signers: &'a dyn SignerPaths,
    /// The certificates whose status is being looked for. None of them says anything of itself.
    pending: Vec<Sha256>,
    /// Answers, by certificate and by what stands above it: candidate paths ask the same again.
    known: RefCell<HashMap<Above, Result<Evidence, Refusal>>>,
    /// Whether more than the issuer's certificate was looked at for an answer: who else may sign lists
    /// depends on the anchor and on all that stands above.
    looked_higher: Cell<bool>,
}

/// A certificate, and the issuer's or all from the anchor down to that.
type Above = (Sha256, Vec<Sha256>);

impl<'a> PoolRevocation<'a> {
    /// By what is in this pool.
    pub(crate) fn new(
        pool: &'a Pool,
        rules: RevocationRules,
        signers: &'a dyn SignerPaths,
    ) -> Self {
        Self {
            pool,
            rules,
            signers,
            pending: Vec::new(),
            known: RefCell::default(),
            looked_higher: Cell::default(),
        }
    }

    /// The same, for the path of somebody who signs lists, while these statuses are looked for.
    pub(crate) fn below(mut self, pending: &[Sha256]) -> Self {
        self.pending = pending.to_vec();
        self
    }

    fn look(&self, asked: &Asked<'_>, signatures: &mut Signatures) -> Result<Evidence, Refusal> {
        let responses = self.responses(asked, signatures)?;
        responses.and(self.lists(asked, signatures)?)
    }
}

impl Revocation for PoolRevocation<'_> {
    fn check(&self, asked: &Asked<'_>, signatures: &mut Signatures) -> Result<Evidence, Refusal> {
        let own = *asked.certificate.sha256();
        let known = |above: &Above| self.known.borrow().get(above).cloned();
        let issuer = (own, vec![*asked.issuer.sha256()]);
        if let Some(answer) = known(&issuer) {
            return answer;
        }
        signatures
            .look(asked.index)
            .map_err(|reason| Refusal::new(reason, "the path costs more than allowed"))?;
        let higher = std::iter::once(asked.anchor).chain(&asked.path[..asked.index]);
        let all = (own, higher.map(|one| *one.sha256()).collect());
        if let Some(answer) = known(&all) {
            return answer;
        }
        self.looked_higher.set(false);
        let mut answer = self.look(asked, signatures);
        let looked_higher = self.looked_higher.get();
        if looked_higher {
            answer = answer.map_err(Refusal::of_path);
        }
        let above = if looked_higher { all } else { issuer };
        self.known.borrow_mut().insert(above, answer.clone());
        answer
    }
}
