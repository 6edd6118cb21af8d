//! The search: from the target upwards, shortest paths first (RFC 4158 2.3, 3.5).
//!
//! Every path is cut where the anchor cannot be reached any more in its length, where a key comes
//! twice, where a certificate was refused for its own sake, and where a signature does not hold.
//! What is left is judged as a whole, by [`validate_path`] and nothing else.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;
use std::rc::Rc;
use std::sync::Arc;

use super::anchors::Anchors;
use super::closest::Closest;
use super::order::{Child, usable};
use super::{Query, Settings, Spent, Verdict};
use crate::certificate::Certificate;
use crate::pool::{CertificateId, Distances, EntityId, Index};
use crate::signature::Signatures;
use crate::validate::{Revocation, Validated, validate_path};
use crate::verdict::{Reason, Refusal};

/// Which certificates a walk enters.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Walk {
    /// Those that can be on a valid path at that time.
    Usable,
    /// All: to find what to say when there is no valid path.
    Any,
}

/// Complete paths that are judged only to find what to say.
const PATHS_TO_EXPLAIN: u32 = 8;

/// What ends a walk.
enum End {
    Valid(Certificate, Vec<Certificate>, Validated),
    /// The target is refused for its own sake, on whatever path.
    Hopeless,
    Limit(&'static str),
}

pub(super) struct Search<'a> {
    query: &'a Query,
    settings: &'a Settings,
    index: &'a Index,
    anchors: Anchors<'a>,
    distances: Vec<Arc<Distances>>,
    revocation: Option<&'a dyn Revocation>,
    signatures: &'a mut Signatures,
    spent: Spent,
    paths_left: u32,
    walk: Walk,
    /// Whether a longer path might exist than those of the length looked for.
    longer: bool,
    issuers: HashMap<Node, Rc<[CertificateId]>>,
    /// Whether a key signed a certificate, where that was tried.
    edges: HashMap<(Key, Node), bool>,
    /// Refused for their own sake.
    barred: HashSet<Node>,
    /// So were these anchors.
    barred_anchors: HashSet<usize>,
    /// Beginnings of paths, from the anchor, that were refused.
    refused: HashSet<(usize, Vec<Node>)>,
    closest: Closest,
}

/// A certificate on a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Node {
    Target,
    Pooled(CertificateId),
}

/// Whose key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    Anchor(usize),
    Entity(EntityId),
}

impl<'a> Search<'a> {
    pub(super) fn new(
        query: &'a Query,
        settings: &'a Settings,
        revocation: Option<&'a dyn Revocation>,
        signatures: &'a mut Signatures,
    ) -> Self {
        let index = query.pool.index();
        let anchors = Anchors::new(&query.anchors, index);
        let distances = anchors
            .names()
            .map(|name| query.pool.distances(name))
            .collect();
        Self {
            query,
            settings,
            index,
            anchors,
            distances,
            revocation,
            signatures,
            spent: Spent::default(),
            paths_left: settings.limits.paths,
            walk: Walk::Usable,
            longer: false,
            issuers: HashMap::new(),
            edges: HashMap::new(),
            barred: HashSet::new(),
            barred_anchors: HashSet::new(),
            refused: HashSet::new(),
            closest: Closest::default(),
        }
    }

    pub(super) fn run(mut self) -> Verdict {
        let before = self.signatures.left();
        let mut end = self.lengths();
        if end.is_none() && self.closest.is_none() {
            self.walk = Walk::Any;
            self.issuers.clear();
            self.paths_left = self.paths_left.min(PATHS_TO_EXPLAIN);
            end = match self.lengths() {
                // Every path that could be valid had been seen.
                Some(End::Limit(_)) if !self.closest.is_none() => None,
                end => end,
            };
        }
        self.spent.signatures = before - self.signatures.left();
        let (anchor, path, outcome) = match end {
            Some(End::Valid(anchor, path, validated)) => (Some(anchor), path, Ok(validated)),
            Some(End::Limit(rule)) => {
                let refusal = Refusal::new(Reason::LimitReached, rule);
                let (anchor, path, _) = self.closest.into_parts();
                (anchor, path, Err(refusal))
            }
            Some(End::Hopeless) | None => {
                let (anchor, path, refusal) = self.closest.into_parts();
                let refusal = refusal.unwrap_or_else(|| {
                    Refusal::new(
                        Reason::NoPath,
                        "no chain of names and keys reaches an anchor",
                    )
                });
                (anchor, path, Err(refusal))
            }
        };
        Verdict {
            anchor,
            path,
            outcome,
            spent: self.spent,
        }
    }

    /// Walks to all paths of each length in turn.
    fn lengths(&mut self) -> Option<End> {
        let least = self.least(&self.query.target)? + 1;
        for length in least as usize..=self.settings.limits.path_length {
            self.longer = false;
            let mut path = vec![Node::Target];
            let mut entities = self.entity(Node::Target).into_iter().collect();
            if let ControlFlow::Break(end) = self.climb(&mut path, &mut entities, length) {
                return Some(end);
            }
            if !self.longer {
                return None;
            }
        }
        Some(End::Limit("the path is longer than allowed"))
    }

    /// Climbs from the last certificate of `path`, which is the topmost, to anchors that are
    /// `length` certificates above the target.
    fn climb(
        &mut self,
        path: &mut Vec<Node>,
        entities: &mut Vec<EntityId>,
        length: usize,
    ) -> ControlFlow<End> {
        let Some(&top) = path.last() else {
            return ControlFlow::Continue(());
        };
        if path.len() == length {
            self.at_the_top(path, entities, top)?;
            let issuers = self.issuers(top);
            self.longer |= issuers.iter().any(|one| self.distance(*one).is_some());
            return ControlFlow::Continue(());
        }
        for &issuer in &*self.issuers(top) {
            self.step()?;
            let Some(distance) = self.distance(issuer) else {
                continue;
            };
            if path.len() + distance as usize > length {
                self.longer = true;
                continue;
            }
            let entity = self.index.entity(issuer);
            let node = Node::Pooled(issuer);
            if entities.contains(&entity)
                || self.barred.contains(&node)
                || !self.signed(Key::Entity(entity), self.index.certificate(issuer), top)?
            {
                continue;
            }
            path.push(node);
            entities.push(entity);
            self.climb(path, entities, length)?;
            entities.pop();
            path.pop();
        }
        ControlFlow::Continue(())
    }

    /// Judges the path with every anchor that may have issued its topmost certificate.
    fn at_the_top(&mut self, path: &[Node], entities: &[EntityId], top: Node) -> ControlFlow<End> {
        let issuer = self.certificate(top).issuer();
        let anchors: Vec<_> = self.anchors.named(issuer).collect();
        for (number, anchor) in anchors {
            self.step()?;
            // Through the anchor's own key again: the shorter path was judged already.
            let above = entities.get(1..).unwrap_or_default();
            let own = self.anchors.entity(number);
            if path.len() > 1 && own.is_some_and(|own| above.contains(&own))
                || self.barred_anchors.contains(&number)
            {
                continue;
            }
            if self.signed(Key::Anchor(number), anchor, top)? {
                self.judge(number, anchor, path)?;
            }
        }
        ControlFlow::Continue(())
    }

    fn judge(&mut self, number: usize, anchor: &Certificate, path: &[Node]) -> ControlFlow<End> {
        let nodes: Vec<Node> = path.iter().rev().copied().collect();
        if nodes.iter().any(|node| self.barred.contains(node)) || self.known_refused(number, &nodes)
        {
            return ControlFlow::Continue(());
        }
        if self.paths_left == 0 {
            return ControlFlow::Break(End::Limit("more paths than allowed were refused"));
        }
        self.paths_left -= 1;
        self.spent.paths += 1;
        let certificates: Vec<Certificate> = nodes
            .iter()
            .map(|node| self.certificate(*node).clone())
            .collect();
        let outcome = validate_path(
            anchor,
            &certificates,
            self.query.at,
            &self.query.policy,
            self.revocation,
            self.signatures,
        );
        let refusal = match outcome {
            Ok(validated) => {
                return ControlFlow::Break(End::Valid(anchor.clone(), certificates, validated));
            }
            Err(refusal) if refusal.reason == Reason::LimitReached => {
                return ControlFlow::Break(End::Limit(refusal.rule));
            }
            Err(refusal) => refusal,
        };
        let own = for_its_own_sake(refusal.reason);
        if own && refusal.index.is_none() {
            // The anchor's. Another of the same name and key may be trusted beside it.
            self.barred_anchors.insert(number);
            self.closest.consider(anchor, certificates, refusal, 0);
            return ControlFlow::Continue(());
        }
        let at = refusal
            .index
            .unwrap_or(nodes.len() - 1)
            .min(nodes.len() - 1);
        let node = nodes[at];
        if refusal.reason == Reason::SignatureInvalid {
            let key = match at.checked_sub(1).map(|above| nodes[above]) {
                Some(Node::Pooled(issuer)) => Key::Entity(self.index.entity(issuer)),
                _ => Key::Anchor(number),
            };
            self.edges.insert((key, node), false);
        }
        if own {
            self.barred.insert(node);
        } else if at + 1 < nodes.len() {
            self.refused.insert((number, nodes[..=at].to_vec()));
        }
        self.closest.consider(anchor, certificates, refusal, at);
        if own && node == Node::Target {
            return ControlFlow::Break(End::Hopeless);
        }
        ControlFlow::Continue(())
    }

    /// Whether a path that begins like this one was refused before it differed.
    fn known_refused(&self, anchor: usize, nodes: &[Node]) -> bool {
        !self.refused.is_empty()
            && (1..nodes.len())
                .any(|length| self.refused.contains(&(anchor, nodes[..length].to_vec())))
    }

    /// Whether this key signed that certificate. It is tried here only where there is a choice: a
    /// path without one is verified when it is judged, and so is one that only has to be explained.
    fn signed(&mut self, key: Key, issuer: &Certificate, child: Node) -> ControlFlow<End, bool> {
        if self.walk == Walk::Any {
            return ControlFlow::Continue(true);
        }
        if let Some(known) = self.edges.get(&(key, child)) {
            return ControlFlow::Continue(*known);
        }
        let certificate = self.certificate(child);
        let anchors = self.anchors.named(certificate.issuer()).count();
        if self.issuers(child).len() + anchors <= 1 {
            return ControlFlow::Continue(true);
        }
        let held = match self.signatures.verify(issuer.key(), &certificate.signed()) {
            Ok(()) => true,
            Err(Reason::LimitReached) => {
                return ControlFlow::Break(End::Limit(
                    "the search cost more signatures than allowed",
                ));
            }
            // A key or an algorithm that is refused is told by the judge.
            Err(reason) => reason != Reason::SignatureInvalid,
        };
        self.edges.insert((key, child), held);
        ControlFlow::Continue(held)
    }

    fn step(&mut self) -> ControlFlow<End> {
        if self.spent.steps >= self.settings.limits.steps {
            return ControlFlow::Break(End::Limit("the search took more steps than allowed"));
        }
        self.spent.steps += 1;
        ControlFlow::Continue(())
    }

    /// Those of the pool that may have issued it, the likeliest first.
    fn issuers(&mut self, child: Node) -> Rc<[CertificateId]> {
        if let Some(known) = self.issuers.get(&child) {
            return Rc::clone(known);
        }
        let certificate = self.certificate(child);
        let name = match child {
            Node::Target => self.index.name(certificate.issuer()),
            Node::Pooled(id) => Some(self.index.issuer(id)),
        };
        let all = name.map_or(&[][..], |name| self.index.named(name));
        let mut found: Vec<CertificateId> = all
            .iter()
            .copied()
            .filter(|id| {
                self.walk == Walk::Any || usable(self.index.certificate(*id), self.query.at)
            })
            // A single anchor's own certificate leads nowhere that the anchor does not.
            .filter(|id| !self.anchors.only(self.index.entity(*id)))
            .collect();
        if found.len() > 1 {
            let child = Child::new(certificate);
            found.sort_by_cached_key(|id| {
                child.preferred(self.index.certificate(*id), self.distance(*id))
            });
        }
        let found: Rc<[CertificateId]> = found.into();
        self.issuers.insert(child, Rc::clone(&found));
        found
    }

    /// How many certificates there are at least from an anchor to this one, itself included.
    fn distance(&self, id: CertificateId) -> Option<u32> {
        let issuer = self.index.issuer(id);
        self.distances
            .iter()
            .filter_map(|distances| distances.of(issuer))
            .min()
            .map(|distance| distance + 1)
    }

    /// How many there are at least between an anchor and this certificate.
    fn least(&self, certificate: &Certificate) -> Option<u32> {
        if self.anchors.named(certificate.issuer()).next().is_some() {
            return Some(0);
        }
        let issuer = self.index.name(certificate.issuer())?;
        self.distances
            .iter()
            .filter_map(|distances| distances.of(issuer))
            .min()
    }

    fn certificate(&self, node: Node) -> &'a Certificate {
        match node {
            Node::Target => &self.query.target,
            Node::Pooled(id) => self.index.certificate(id),
        }
    }

    fn entity(&self, node: Node) -> Option<EntityId> {
        let certificate = self.certificate(node);
        let name = self.index.name(certificate.subject())?;
        self.index.entity_of(name, certificate.key().sha256())
    }
}

/// Whether a certificate that is refused for this is refused on every path.
fn for_its_own_sake(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::Unreadable
            | Reason::Malformed
            | Reason::AlgorithmRefused
            | Reason::NotYetValid
            | Reason::Expired
            | Reason::UnknownCriticalExtension
            | Reason::Revoked
    )
}
