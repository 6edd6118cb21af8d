//! The search: from the target upwards, shortest paths first (RFC 4158 2.3, 3.5).
//!
//! Every path is cut where the anchor cannot be reached any more in its length, where a key comes
//! twice, where a certificate was refused for its own sake, and where a signature does not hold.
//! What is left is judged as a whole, by [`validate_path`] and nothing else.

mod issuers;
mod rounds;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;
use std::rc::Rc;
use std::sync::Arc;

use super::anchors::Anchors;
use super::beginnings::Beginnings;
use super::closest::Closest;
use super::{Query, Settings, Spent, Verdict};
use crate::certificate::Certificate;
use crate::pool::{CertificateId, Distances, EntityId, Index};
use crate::signature::Signatures;
use crate::validate::{Revocation, Validated, validate_anchor, validate_path};
use crate::verdict::{Reason, Refusal};
use issuers::Issuers;
use rounds::Round;

/// Which certificates a walk enters.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Walk {
    /// Those that can be on a valid path at that time.
    Usable,
    /// All but what another key signed, as far as that was found out: to find what to say beside that.
    NotForged,
    /// All: to find what to say when there is no valid path.
    Any,
}

/// What came of trying a key on a certificate.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tried {
    Held,
    /// It is not this key's.
    OtherKeys,
    /// The key is none that is used.
    NoKey,
}

/// Complete paths that are judged only to find what to say.
const PATHS_TO_EXPLAIN: u32 = 8;

/// A path that would cost more than one may counts as this part of all paths: it took milliseconds.
const AS_LONG_AS: u32 = 4;

/// Looks that it takes to ask what costs no verification.
const ALLOWING: usize = 4;

const TOO_COSTLY: &str = "the search cost more signatures than allowed";

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
    /// Whether it is asked why, if there is no valid path.
    explains: bool,
    /// Whether a longer path might exist than those of the length looked for.
    longer: bool,
    issuers: HashMap<Node, Rc<Issuers>>,
    /// Whether a key signed a certificate, where that was tried.
    edges: HashMap<(Key, Node), Tried>,
    /// Whether a walk to what is usable left out what somebody else than a stranger may have made.
    left_out: bool,
    /// Refused for their own sake.
    barred: HashSet<Node>,
    /// So were these anchors.
    barred_anchors: HashSet<usize>,
    refused: Beginnings<usize, Node>,
    /// Whole paths that were, which a later round comes upon again.
    judged: HashSet<(usize, Vec<Node>)>,
    round: Round,
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
            explains: true,
            longer: false,
            issuers: HashMap::new(),
            edges: HashMap::new(),
            left_out: false,
            barred: HashSet::new(),
            barred_anchors: HashSet::new(),
            refused: Beginnings::default(),
            judged: HashSet::new(),
            round: Round::default(),
            closest: Closest::default(),
        }
    }

    /// The same for whoever only asks whether there is a valid path.
    pub(super) fn without_why(mut self) -> Self {
        self.explains = false;
        self
    }

    pub(super) fn run(mut self) -> Verdict {
        let before = self.signatures.left();
        let itself = self.anchor_itself();
        if let Some((anchor, Ok(validated))) = itself {
            return Verdict {
                anchor: Some(anchor),
                path: Vec::new(),
                outcome: Ok(validated),
                spent: self.spent,
            };
        }
        let mut end = self.rounds();
        if self.explains && end.is_none() {
            end = self.explain();
        }
        self.spent.signatures = before - self.signatures.left();
        let (anchor, path, outcome) = match end {
            Some(End::Valid(anchor, path, validated)) => (Some(anchor), path, Ok(validated)),
            Some(End::Limit(rule)) => {
                let refusal = Refusal::new(Reason::LimitReached, rule);
                let (anchor, path, _) = self.closest.into_parts();
                (anchor, path, Err(refusal))
            }
            Some(End::Hopeless) | None => match (self.closest.into_parts(), itself) {
                ((anchor, path, Some(refusal)), _) => (anchor, path, Err(refusal)),
                (_, Some((anchor, outcome))) => (Some(anchor), Vec::new(), outcome),
                _ => {
                    let rule = "no chain of names and keys reaches an anchor";
                    (None, Vec::new(), Err(Refusal::new(Reason::NoPath, rule)))
                }
            },
        };
        Verdict {
            anchor,
            path,
            outcome,
            spent: self.spent,
        }
    }

    /// Walks to what can't be on a valid path, if nothing else tells why there is none: what strangers
    /// forged tells nothing of what was left out beside it.
    fn explain(&mut self) -> Option<End> {
        self.walk = if self.closest.is_none() {
            Walk::Any
        } else if self.left_out && self.closest.is_forged() {
            Walk::NotForged
        } else {
            return None;
        };
        self.round.last();
        self.issuers.clear();
        self.paths_left = self.paths_left.min(PATHS_TO_EXPLAIN);
        match self.lengths() {
            // Every path that could be valid had been seen.
            Some(End::Limit(_)) if !self.closest.is_none() => None,
            end => end,
        }
    }

    /// Judges the target where it is an anchor that somebody else certified: no path leads from its
    /// key to it. One that signed itself is the last certificate of a path like any other.
    fn anchor_itself(&mut self) -> Option<(Certificate, Result<Validated, Refusal>)> {
        let target = &self.query.target;
        if !self.query.anchors.contains(target) {
            return None;
        }
        let own = target.is_self_issued() && target.verify(target.key(), self.signatures).is_ok();
        if own {
            return None;
        }
        let outcome = validate_anchor(
            target,
            self.query.at,
            &self.query.policy,
            self.revocation.is_some(),
            self.signatures,
        );
        Some((target.clone(), outcome))
    }

    /// Walks to all paths of each length in turn.
    fn lengths(&mut self) -> Option<End> {
        let least = self.least(&self.query.target)? + 1;
        let itself = self.entity(Node::Target);
        for length in least as usize..=self.settings.limits.path_length {
            self.longer = false;
            let until = self.round.next_length();
            let mut path = vec![Node::Target];
            let mut entities = itself.into_iter().collect();
            if let ControlFlow::Break(end) = self.climb(&mut path, &mut entities, 0, length, until)
            {
                return Some(end);
            }
            if !self.longer {
                return None;
            }
        }
        Some(End::Limit("the path is longer than allowed"))
    }

    /// Climbs from the last certificate of `path`, which is the topmost, to anchors that are
    /// `length` certificates above the target. `counted` of its authorities count for a
    /// pathLenConstraint. Issuers have their turn until as many paths of this length were refused.
    fn climb(
        &mut self,
        path: &mut Vec<Node>,
        entities: &mut Vec<EntityId>,
        counted: u32,
        length: usize,
        until: usize,
    ) -> ControlFlow<End> {
        let Some(&top) = path.last() else {
            return ControlFlow::Continue(());
        };
        let issuers = self.issuers(top)?;
        if path.len() == length {
            self.longer |= !issuers.pooled.is_empty();
            return self.at_the_top(path, entities, counted, &issuers.anchors);
        }
        for (place, &issuer) in issuers.pooled.iter().enumerate() {
            self.go_on()?;
            let Some(distance) = self.distance(issuer) else {
                continue;
            };
            let entity = self.index.entity(issuer);
            let node = Node::Pooled(issuer);
            let certificate = self.index.certificate(issuer);
            let too_far = path.len() + distance as usize > length;
            let left_out = !too_far
                && (entities.contains(&entity)
                    || self.barred.contains(&node)
                    || self.has_no_room(certificate, counted));
            if !too_far
                && !left_out
                && (self.round.has_used(until)
                    || !issuers.the_key.contains(&entity)
                        && self.postpones(Key::Entity(entity), top))
            {
                self.look(1)?;
                continue;
            }
            self.step()?;
            if too_far {
                self.longer = true;
                continue;
            }
            let left = self.signatures.left();
            if left_out || !self.signed(Key::Entity(entity), certificate, top)? {
                if self.signatures.left() < left && !issuers.is_alone() {
                    self.round.in_vain(top);
                }
                continue;
            }
            path.push(node);
            entities.push(entity);
            let more = u32::from(!certificate.is_self_issued());
            let is_last = place + 1 == issuers.pooled.len();
            let share = if is_last {
                until
            } else {
                self.round.share(until)
            };
            self.climb(path, entities, counted + more, length, share)?;
            entities.pop();
            path.pop();
        }
        ControlFlow::Continue(())
    }

    /// Whether it allows fewer authorities below it than there are. What nobody signed says so as well:
    /// the judge would be asked about each.
    fn has_no_room(&mut self, issuer: &Certificate, counted: u32) -> bool {
        let has_none =
            self.walk == Walk::Usable && issuer.path_length().is_some_and(|most| most < counted);
        self.left_out |= has_none;
        has_none
    }

    /// Judges the path with every anchor that may have issued its topmost certificate.
    fn at_the_top(
        &mut self,
        path: &[Node],
        entities: &[EntityId],
        counted: u32,
        anchors: &[usize],
    ) -> ControlFlow<End> {
        let Some(&top) = path.last() else {
            return ControlFlow::Continue(());
        };
        for &number in anchors {
            self.step()?;
            let anchor = self.anchors.at(number);
            // Through the anchor's own key again: the shorter path was judged already.
            let above = entities.get(1..).unwrap_or_default();
            let own = self.anchors.entity(number);
            if path.len() > 1 && own.is_some_and(|own| above.contains(&own))
                || self.barred_anchors.contains(&number)
                || self.has_no_room(anchor, counted)
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
        self.look(path.len())?;
        let nodes: Vec<Node> = path.iter().rev().copied().collect();
        if nodes.iter().any(|node| self.barred.contains(node))
            || self.refused.begin(&number, &nodes)
            || self.was_judged(number, &nodes)
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
            Err(refusal) if refusal.reason == Reason::LimitReached && !refusal.of_path => {
                return ControlFlow::Break(End::Limit(refusal.rule));
            }
            Err(refusal) => refusal,
        };
        if self.round.is_followed && self.walk == Walk::Usable {
            self.judged.insert((number, nodes.clone()));
        }
        if refusal.reason == Reason::LimitReached {
            // It took as long as many others, and hides none that takes less.
            let many = self.settings.limits.paths / AS_LONG_AS;
            self.paths_left = self.paths_left.saturating_sub(many);
        }
        let certificate = refusal.index.and_then(|index| certificates.get(index));
        let other_key = certificate.is_some_and(|it| self.is_of_another_key(refusal.reason, it));
        let own = for_its_own_sake(refusal.reason) && !other_key && !refusal.of_path;
        if refusal.index.is_none() && (own || is_no_anchors(refusal.reason)) {
            // The anchor's. Another of the same name and key may be trusted beside it.
            self.barred_anchors.insert(number);
            self.give_back();
            self.closest
                .consider(anchor, certificates, refusal, 0, false);
            return ControlFlow::Continue(());
        }
        let at = refusal
            .index
            .unwrap_or(nodes.len() - 1)
            .min(nodes.len() - 1);
        let node = nodes[at];
        if other_key {
            let key = match at.checked_sub(1).map(|above| nodes[above]) {
                Some(Node::Pooled(issuer)) => Key::Entity(self.index.entity(issuer)),
                _ => Key::Anchor(number),
            };
            self.edges.insert((key, node), Tried::OtherKeys);
        }
        if own {
            self.barred.insert(node);
        } else if at + 1 < nodes.len() {
            self.refused.refuse(number, &nodes[..=at]);
        }
        if other_key || own && node != Node::Target {
            self.give_back();
        }
        if !other_key {
            self.round.refused();
        }
        let unsigned = match self.walk {
            // What could be valid is refused for anything else after its signatures held.
            Walk::Usable => other_key.then_some(at),
            Walk::NotForged | Walk::Any => self.first_unsigned(anchor, &certificates[..=at]),
        };
        let (at, forged) = (unsigned.unwrap_or(at), unsigned.is_some());
        self.closest
            .consider(anchor, certificates, refusal, at, forged);
        if own && node == Node::Target {
            return ControlFlow::Break(End::Hopeless);
        }
        ControlFlow::Continue(())
    }

    /// Whether this key signed that certificate. It is tried here only where there is a choice: a
    /// path without one is verified when it is judged, and so is one that only has to be explained.
    fn signed(&mut self, key: Key, issuer: &Certificate, child: Node) -> ControlFlow<End, bool> {
        let known = self.edges.get(&(key, child)).copied();
        match (self.walk, known) {
            (Walk::Usable, Some(known)) => return ControlFlow::Continue(known == Tried::Held),
            (Walk::Usable, None) => {}
            (Walk::NotForged, known) => {
                return ControlFlow::Continue(known != Some(Tried::OtherKeys));
            }
            (Walk::Any, _) => return ControlFlow::Continue(true),
        }
        let is_alone = self.issuers(child)?.is_alone();
        let certificate = self.certificate(child);
        let tried = if is_alone {
            // What costs no verification is asked here too.
            self.look(ALLOWING)?;
            self.signatures.allow(issuer.key(), &certificate.signed())
        } else {
            certificate.verify(issuer.key(), self.signatures)
        };
        let tried = match tried {
            Ok(()) => Tried::Held,
            Err(Reason::LimitReached) => return ControlFlow::Break(End::Limit(TOO_COSTLY)),
            // Anybody can write what is no key, as a point on no curve: 256 such would be all paths.
            Err(Reason::KeyRefused) => Tried::NoKey,
            Err(reason) if self.is_of_another_key(reason, certificate) => Tried::OtherKeys,
            // An algorithm that is refused is told by the judge.
            Err(_) => Tried::Held,
        };
        self.left_out |= tried == Tried::NoKey;
        if !is_alone || tried != Tried::Held {
            self.edges.insert((key, child), tried);
        }
        ControlFlow::Continue(tried == Tried::Held)
    }

    /// The first certificate of a path from the anchor down that nobody above signed: what it is refused
    /// for anybody may have written.
    fn first_unsigned(&mut self, anchor: &Certificate, path: &[Certificate]) -> Option<usize> {
        let issuers = std::iter::once(anchor).chain(path);
        let mut signed = issuers
            .zip(path)
            .map(|(issuer, one)| one.verify(issuer.key(), self.signatures));
        signed.position(|verified| verified.is_err())
    }

    /// Gives back the path that was judged, as what it was refused for is entered no more: a stranger can
    /// make as many, and of anchors there may be as many. What it cost was counted.
    fn give_back(&mut self) {
        if self.walk == Walk::Usable {
            self.paths_left += 1;
            self.spent.paths -= 1;
        }
    }

    /// Whether a signature is refused for the key that it was tried with, and not for its own sake: a
    /// key that is not its maker's, or of a kind that makes no such signatures, as where an authority
    /// went from RSA to a curve.
    fn is_of_another_key(&self, reason: Reason, certificate: &Certificate) -> bool {
        match reason {
            Reason::SignatureInvalid => true,
            Reason::AlgorithmRefused => self.signatures.takes(&certificate.signed()),
            _ => false,
        }
    }

    fn step(&mut self) -> ControlFlow<End> {
        if self.spent.steps >= self.round.most_steps {
            return ControlFlow::Break(End::Limit("the search took more steps than allowed"));
        }
        self.spent.steps += 1;
        self.look(1)
    }

    fn look(&mut self, times: usize) -> ControlFlow<End> {
        match self.signatures.look(times) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(End::Limit(TOO_COSTLY)),
        }
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
            | Reason::KeyRefused
            | Reason::AlgorithmRefused
            | Reason::NotYetValid
            | Reason::Expired
            | Reason::UnknownCriticalExtension
            | Reason::Revoked
    )
}

/// Whether an anchor that is refused for this is, whatever is below it.
fn is_no_anchors(reason: Reason) -> bool {
    matches!(reason, Reason::NotAnAuthority | Reason::KeyUsage)
}
