//! Paths to those who sign revocation lists for others.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};

use super::search::Search;
use super::{Limits, Query, Settings};
use crate::Sha256;
use crate::certificate::Certificate;
use crate::policies::PathPolicy;
use crate::revocation::{PoolRevocation, RevocationRules, SignerPaths};
use crate::signature::Signatures;
use crate::validate::Asked;
use crate::verdict::{Reason, Refusal};

/// Searches for signers that one question may start. Each counts as one signature at least.
const MAX_SEARCHES: u32 = 256;

/// Looks that beginning a search takes.
const BEGINNING: usize = 256;

/// A signer, the anchor of the path asked about, and whose status was being looked for, in order: all
/// that the answer depends on.
type Sought = (Sha256, Sha256, Vec<Sha256>);

/// Searches the pool of a question for paths to signers.
pub(super) struct Signers<'a> {
    query: &'a Query,
    settings: Settings,
    rules: RevocationRules,
    searches: Cell<u32>,
    /// What came of them: a signer of many lists is asked about for each.
    known: RefCell<HashMap<Sought, Result<(), Refusal>>>,
    /// Signers whose path held, with its anchor: so it does whoever asks.
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
            known: RefCell::default(),
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
        let mut sought = (pair.0, pair.1, pending.to_vec());
        sought.2.sort_unstable();
        if let Some(known) = self.known.borrow().get(&sought) {
            return known.clone();
        }
        let too_many = Refusal::new(
            Reason::LimitReached,
            "too many signers of lists need a path",
        );
        if self.searches.get() >= MAX_SEARCHES || signatures.look(BEGINNING).is_err() {
            return Err(too_many);
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
        let search =
            Search::new(&query, &self.settings, Some(&revocation), signatures).without_why();
        let outcome = search.run().outcome.map(|_| ());
        if outcome.is_ok() {
            self.held.borrow_mut().insert(pair);
        }
        self.known.borrow_mut().insert(sought, outcome.clone());
        outcome
    }
}
