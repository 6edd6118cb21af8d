//! Who may have issued a certificate, the likeliest first, and each in its turn.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;
use std::rc::Rc;

use super::{End, Node, Search, Walk};
use crate::certificate::Certificate;
use crate::discovery::order::{Child, usable};
use crate::pool::{CertificateId, EntityId, NameId, WHOLE};

/// Looks that ordering one candidate takes.
const ORDERING: usize = 6;

/// Who may have issued a certificate.
pub(super) struct Issuers {
    /// Those of the pool from which an anchor can be reached, the likeliest first.
    pub(super) pooled: Vec<CertificateId>,
    /// Whose key the certificate names by a hash of it: one, or the same numbers as keys of several
    /// algorithms.
    pub(super) the_key: HashSet<EntityId>,
    /// Places of anchors.
    pub(super) anchors: Vec<usize>,
}

impl Issuers {
    /// Whether there is no choice.
    pub(super) fn is_alone(&self) -> bool {
        self.pooled.len() + self.anchors.len() <= 1
    }
}

impl Search<'_> {
    /// Those that may have issued it.
    pub(super) fn issuers(&mut self, child: Node) -> ControlFlow<End, Rc<Issuers>> {
        if let Some(known) = self.issuers.get(&child) {
            return ControlFlow::Continue(Rc::clone(known));
        }
        let certificate = self.certificate(child);
        let name = match child {
            Node::Target => self.index.name(certificate.issuer()),
            Node::Pooled(id) => Some(self.index.issuer(id)),
        };
        let all = name.map_or(&[][..], |name| self.index.named(name));
        self.look(ORDERING * all.len())?;
        let mut found: Vec<CertificateId> = all
            .iter()
            .copied()
            .filter(|id| {
                let one = self.index.certificate(*id);
                // What says that it is signed with what is used nowhere is signed by nobody.
                let is_usable = usable(one, self.query.at) && self.signatures.takes(&one.signed());
                is_usable || self.walk != Walk::Usable
            })
            // A single anchor's own certificate leads nowhere that the anchor does not.
            .filter(|id| !self.anchors.only(self.index.entity(*id)))
            .filter(|id| self.distance(*id).is_some())
            .collect();
        let mut the_key = HashSet::new();
        if found.len() > 1 {
            let child = Child::new(certificate);
            found.sort_by_cached_key(|id| {
                child.preferred(self.index.certificate(*id), self.distance(*id))
            });
            // They are the first.
            let named = found
                .iter()
                .take_while(|id| child.is_of_key_of(self.index.certificate(**id)));
            the_key = named.map(|id| self.index.entity(*id)).collect();
            found = self.in_turns(&found);
        }
        let found = Rc::new(Issuers {
            pooled: found,
            the_key,
            anchors: self.anchors.named(certificate.issuer()).collect(),
        });
        self.issuers.insert(child, Rc::clone(&found));
        ControlFlow::Continue(found)
    }

    /// The best of each issuer's before the second best of any, and in between by the issuers' shares:
    /// however many certificates somebody makes for an authority of others, and under however many
    /// names of his own, theirs are tried, if they are no further from an anchor. What is nearer is on
    /// shorter paths, which are walked first, and is tried before them.
    fn in_turns(&self, sorted: &[CertificateId]) -> Vec<CertificateId> {
        let mut turns = HashMap::new();
        let mut ranked: Vec<_> = sorted
            .iter()
            .map(|id| {
                let issuer = self.index.issuer(*id);
                let turn = turns.entry(issuer).or_insert(0_u64);
                *turn += 1;
                let late = u128::from(*turn) * u128::from(WHOLE) / u128::from(self.share(issuer));
                (*turn, late, *id)
            })
            .collect();
        ranked.sort_by_key(|(turn, _, _)| *turn);
        let by_turn: Vec<_> = ranked.iter().map(|(_, _, id)| *id).collect();
        ranked.sort_by_key(|(_, late, _)| *late);
        let mut met = HashSet::with_capacity(ranked.len());
        by_turn
            .into_iter()
            .zip(ranked)
            .flat_map(|(one, (_, _, other))| [one, other])
            .filter(|id| met.insert(*id))
            .collect()
    }

    /// The largest share that a name has of an anchor.
    fn share(&self, name: NameId) -> u64 {
        let shares = self.distances.iter().map(|one| one.share(name));
        shares.max().unwrap_or_default().max(1)
    }

    /// How many certificates there are at least from an anchor to this one, itself included.
    pub(super) fn distance(&self, id: CertificateId) -> Option<u32> {
        let issuer = self.index.issuer(id);
        self.distances
            .iter()
            .filter_map(|distances| distances.of(issuer))
            .min()
            .map(|distance| distance + 1)
    }

    /// How many there are at least between an anchor and this certificate.
    pub(super) fn least(&self, certificate: &Certificate) -> Option<u32> {
        if self.anchors.named(certificate.issuer()).next().is_some() {
            return Some(0);
        }
        let issuer = self.index.name(certificate.issuer())?;
        self.distances
            .iter()
            .filter_map(|distances| distances.of(issuer))
            .min()
    }
}
