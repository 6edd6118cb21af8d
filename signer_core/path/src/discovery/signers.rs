//! Paths to those who sign revocation lists for others.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;

use super::search::Search;
use super::{Limits, Query, Settings};
use crate::Sha256;
use crate::certificate::Certificate;
use crate::policies::PathPolicy;
use crate::revocation::{PoolRevocation, RevocationRules, SignerPaths};
use crate::signature::Signatures;
use crate::validate::Asked;
use crate::verdict::{Reason, Refusal};

/// Searches for signers that one question may start.
const MAX_SEARCHES: u32 = 32;

/// Searches the pool of a question for paths to signers.
pub(super) struct Signers<'a> {
    query: &'a Query,
    settings: Settings,
    rules: RevocationRules,
    searches: Cell<u32>,
    /// Signers whose path held, with its anchor.
    held: RefCell<HashSet<(Sha256, Sha256)>>,
}

impl<'a> Signers<'a> {
    pub(super) fn new(query: &'a Query, settings: &Settings, rules: RevocationRules) -> Self {
        let limits = settings.limits;
        Self {
            query,
            settings: Settings {
                limits: Limits {
                    steps: limits.steps / 8,
                    paths: limits.paths / 8,
                    ..limits
                },
                ..settings.clone()
            },
            rules,
            searches: Cell::new(0),
            held: RefCell::default(),
        }
    }
}

impl SignerPaths for Signers<'_> {
    fn hold(
        &self,
        signer: &Certificate,
        asked: &Asked<'_>,
        pending: &[Sha256],
        signatures: &mut Signatures,
    ) -> Result<(), Refusal> {
        let pair = (*signer.sha256(), *asked.anchor.sha256());
        if self.held.borrow().contains(&pair) {
            return Ok(());
        }
        if self.searches.get() >= MAX_SEARCHES {
            return Err(Refusal::new(
                Reason::LimitReached,
                "too many signers of lists need a path",
            ));
        }
        self.searches.set(self.searches.get() + 1);
        let query = Query {
            target: signer.clone(),
            anchors: [asked.anchor.clone()].into(),
            // A list is a list under whatever policy (6.3.3 (f) asks for the path alone).
            policy: PathPolicy::default(),
            ..self.query.clone()
        };
        let revocation = PoolRevocation::new(&query.pool, self.rules.clone(), self).below(pending);
        let search = Search::new(&query, &self.settings, Some(&revocation), signatures);
        search.run().outcome?;
        self.held.borrow_mut().insert(pair);
        Ok(())
    }
}
