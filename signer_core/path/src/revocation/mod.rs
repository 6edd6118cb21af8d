//! Whether a certificate was revoked at a time, by the evidence of that time.
//!
//! Lists are chosen as RFC 5280 6.3.3 says: by scope, by reasons, by issuer; a list counts from its
//! thisUpdate until before its nextUpdate, so that superseded lists in the pool answer for their
//! time. Whatever may speak and says "revoked" is believed; that nothing speaks is a refusal.

mod lists;
mod points;
mod responses;
mod rules;
mod signer;
#[cfg(test)]
mod tests;
mod windows;

use std::cell::RefCell;
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
    /// Answers, by certificate and issuer's certificate: candidate paths ask the same again.
    known: RefCell<HashMap<(Sha256, Sha256), Result<Evidence, Refusal>>>,
}

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
        }
    }

    /// The same, for the path of somebody who signs lists, while these statuses are looked for.
    pub(crate) fn below(mut self, pending: &[Sha256]) -> Self {
        self.pending = pending.to_vec();
        self
    }

    fn look(&self, asked: &Asked<'_>, signatures: &mut Signatures) -> Result<Evidence, Refusal> {
        let response = self.response(asked, signatures)?;
        let lists = self.lists(asked, signatures);
        match (response, lists) {
            (Some(response), Err(refusal)) if !windows::decides(refusal.reason) => Ok(response),
            (_, lists) => lists,
        }
    }
}

impl Revocation for PoolRevocation<'_> {
    fn check(&self, asked: &Asked<'_>, signatures: &mut Signatures) -> Result<Evidence, Refusal> {
        let pair = (*asked.certificate.sha256(), *asked.issuer.sha256());
        if let Some(known) = self.known.borrow().get(&pair) {
            return known.clone();
        }
        let answer = self.look(asked, signatures);
        self.known.borrow_mut().insert(pair, answer.clone());
        answer
    }
}
