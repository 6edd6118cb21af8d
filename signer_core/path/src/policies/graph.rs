//! The policy graph of RFC 9618, which gives what the tree of RFC 5280 6.1 gives without its growth:
//! a policy is one node at each depth, with as many parents as lead to it.

use std::collections::HashMap;
use std::ops::Range;

use super::{ANY_POLICY, PolicySets};
use crate::Oid;

/// Nodes by depth; depth 0 is the anchor's anyPolicy. What grows with a certificate is a depth, by
/// no more than its policies and mappings. Policies stay where the certificates have them.
pub(super) struct Graph<'a> {
    depths: Vec<Depth<'a>>,
    /// Looks that all of it took, and the most that it may take: where anyPolicy counts, every
    /// certificate adds what there was at the depth above once more.
    looks: usize,
    most: usize,
}

/// Looks that a node takes: it is looked for at its depth and at the one above, kept, walked past when
/// the sets are made, and given back. An edge takes one.
const NODE: usize = 5;

#[derive(Default)]
struct Depth<'a> {
    nodes: Vec<Node<'a>>,
    /// Places at the depth above, those of each node in a row.
    parents: Vec<usize>,
    places: HashMap<&'a [u8], usize>,
    /// What nodes here were mapped to, with the places of those that were.
    mapped: HashMap<&'a [u8], Vec<usize>>,
}

struct Node<'a> {
    policy: &'a Oid,
    /// What a certificate below must assert to be a child, where that is not the policy itself:
    /// what it was mapped to.
    mapped: Option<Vec<&'a Oid>>,
    /// Where its own begin and end among its depth's.
    parents: Range<usize>,
    /// Taken out because mapping it is inhibited.
    deleted: bool,
}

impl<'a> Graph<'a> {
    /// It may take as many looks.
    pub(super) fn new(most: usize) -> Self {
        let mut top = Depth::default();
        top.add(&ANY_POLICY, 0);
        Self {
            depths: vec![top],
            looks: 0,
            most,
        }
    }

    /// Looks that all of it took until now.
    pub(super) fn looks(&self) -> usize {
        self.looks
    }

    /// Whether it took more than allowed.
    pub(super) fn is_too_large(&self) -> bool {
        self.looks > self.most
    }

    /// Whether no node is left at the last depth: the graph is NULL from here on.
    pub(super) fn is_null(&self) -> bool {
        self.last().nodes.iter().all(|node| node.deleted)
    }

    /// RFC 5280 6.1.3 (d), with RFC 9618's nodes: takes the policies of the next certificate. A graph
    /// that takes more than allowed ends there.
    pub(super) fn descend(&mut self, policies: &'a [Oid], any_allowed: bool) {
        let above = self.last();
        let any_above = above.find(&ANY_POLICY);
        let room = self.most.saturating_sub(self.looks);
        let mut next = Depth::with_room(policies.len());
        for policy in policies.iter().filter(|policy| **policy != ANY_POLICY) {
            let Some(left) = room.checked_sub(next.looks()) else {
                break;
            };
            let first = next.parents.len();
            next.parents
                .extend(above.expecting(policy).take(left.saturating_add(1)));
            if next.parents.len() == first {
                next.parents.extend(any_above);
            }
            if next.parents.len() > first {
                next.add(policy, first);
            }
        }
        if any_allowed && policies.contains(&ANY_POLICY) {
            for policy in above.alive().flat_map(Node::expected) {
                let Some(left) = room.checked_sub(next.looks()) else {
                    break;
                };
                if next.find(policy).is_none() {
                    let first = next.parents.len();
                    next.parents
                        .extend(above.expecting(policy).take(left.saturating_add(1)));
                    next.add(policy, first);
                }
            }
        }
        self.looks += next.looks();
        self.depths.push(next);
    }

    /// RFC 5280 6.1.4 (b) (1): the mapped policies expect what they are mapped to. Ends where
    /// [`Self::descend`] does.
    pub(super) fn map(&mut self, mappings: &'a [(Oid, Oid)]) {
        let any_above = self
            .depths
            .len()
            .checked_sub(2)
            .and_then(|above| self.depths[above].find(&ANY_POLICY));
        let Some(last) = self.depths.last_mut() else {
            return;
        };
        for (issuer, targets) in grouped(mappings) {
            if self.looks > self.most {
                break;
            }
            match (last.find(issuer), last.find(&ANY_POLICY), any_above) {
                (Some(place), _, _) => last.map(place, targets),
                (None, Some(_), Some(any)) => {
                    last.parents.push(any);
                    let place = last.add(issuer, last.parents.len() - 1);
                    last.map(place, targets);
                    // Its one edge too.
                    self.looks += NODE + 1;
                }
                _ => (),
            }
        }
    }

    /// RFC 5280 6.1.4 (b) (2): policies whose mapping is inhibited end here.
    pub(super) fn delete_mapped(&mut self, mappings: &[(Oid, Oid)]) {
        let Some(last) = self.depths.last_mut() else {
            return;
        };
        for (issuer, _) in mappings {
            if let Some(place) = last.find(issuer) {
                last.nodes[place].deleted = true;
            }
        }
    }

    /// RFC 9618's valid policy nodes: those that anyPolicy alone led to, and whose descendants reach
    /// the last depth; and anyPolicy if it is still there.
    pub(super) fn sets(&self, initial: &[Oid]) -> PolicySets {
        let mut authority: Vec<Oid> = Vec::new();
        let mut reached: Vec<bool> = self.last().nodes.iter().map(|node| !node.deleted).collect();
        for depth in (1..self.depths.len()).rev() {
            let above = &self.depths[depth - 1];
            let mut reached_above = vec![false; above.nodes.len()];
            let here = &self.depths[depth];
            for (node, _) in here
                .nodes
                .iter()
                .zip(&reached)
                .filter(|(_, reached)| **reached)
            {
                for parent in &here.parents[node.parents.clone()] {
                    reached_above[*parent] = true;
                    let top = *above.nodes[*parent].policy == ANY_POLICY;
                    if top && *node.policy != ANY_POLICY {
                        authority.push(node.policy.clone());
                    }
                }
            }
            reached = reached_above;
        }
        if self.last().find(&ANY_POLICY).is_some() {
            authority.push(ANY_POLICY);
        }
        sort(&mut authority);
        let user = constrained(&authority, initial);
        PolicySets { authority, user }
    }

    fn last(&self) -> &Depth<'a> {
        // There always is one: the anchor's.
        &self.depths[self.depths.len() - 1]
    }
}

impl<'a> Depth<'a> {
    fn with_room(nodes: usize) -> Self {
        Self {
            nodes: Vec::with_capacity(nodes),
            parents: Vec::with_capacity(nodes),
            places: HashMap::with_capacity(nodes),
            mapped: HashMap::new(),
        }
    }

    /// Adds a node whose parents are those from `first` on.
    fn add(&mut self, policy: &'a Oid, first: usize) -> usize {
        let place = self.nodes.len();
        self.places.insert(policy.as_der(), place);
        self.nodes.push(Node {
            policy,
            mapped: None,
            parents: first..self.parents.len(),
            deleted: false,
        });
        place
    }

    /// What it takes, its edges to those above included.
    fn looks(&self) -> usize {
        NODE * self.nodes.len() + self.parents.len()
    }

    fn map(&mut self, place: usize, targets: Vec<&'a Oid>) {
        for target in &targets {
            self.mapped.entry(target.as_der()).or_default().push(place);
        }
        self.nodes[place].mapped = Some(targets);
    }

    fn find(&self, policy: &Oid) -> Option<usize> {
        let place = *self.places.get(policy.as_der())?;
        (!self.nodes[place].deleted).then_some(place)
    }

    /// The places of the nodes that expect this policy below them.
    fn expecting(&self, policy: &Oid) -> impl Iterator<Item = usize> {
        let any_mapped = !self.mapped.is_empty();
        let mapped = any_mapped.then(|| self.mapped.get(policy.as_der()));
        let mapped = mapped.into_iter().flatten().flatten();
        let mapped = mapped.filter(|place| !self.nodes[**place].deleted);
        let itself = self
            .find(policy)
            .filter(|place| self.nodes[*place].mapped.is_none());
        mapped.copied().chain(itself)
    }

    fn alive(&self) -> impl Iterator<Item = &Node<'a>> {
        self.nodes.iter().filter(|node| !node.deleted)
    }
}

impl<'a> Node<'a> {
    fn expected(&self) -> &[&'a Oid] {
        match &self.mapped {
            Some(mapped) => mapped,
            None => std::slice::from_ref(&self.policy),
        }
    }
}

/// Each issuerDomainPolicy with everything it is mapped to, none twice.
fn grouped(mappings: &[(Oid, Oid)]) -> impl Iterator<Item = (&Oid, Vec<&Oid>)> {
    let mut groups: HashMap<&[u8], (&Oid, Vec<&Oid>)> = HashMap::new();
    for (issuer, subject) in mappings {
        let group = groups.entry(issuer.as_der());
        group.or_insert((issuer, Vec::new())).1.push(subject);
    }
    groups.into_values().map(|(issuer, mut targets)| {
        targets.sort_unstable_by_key(|target| target.as_der());
        targets.dedup();
        (issuer, targets)
    })
}

/// RFC 9618's user-constrained-policy-set; the other is in order.
fn constrained(authority: &[Oid], initial: &[Oid]) -> Vec<Oid> {
    if initial.contains(&ANY_POLICY) {
        return authority.to_vec();
    }
    let held = |policy: &Oid| {
        let der = policy.as_der();
        authority
            .binary_search_by(|one| one.as_der().cmp(der))
            .is_ok()
    };
    let any = held(&ANY_POLICY);
    let mut user: Vec<Oid> = initial
        .iter()
        .filter(|policy| any || held(policy))
        .cloned()
        .collect();
    sort(&mut user);
    user
}

fn sort(policies: &mut Vec<Oid>) {
    policies.sort_unstable_by(|left, right| left.as_der().cmp(right.as_der()));
    policies.dedup();
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: usize = 120_000;

    fn arcs() -> Vec<Oid> {
        (1..=2000_u32)
            .map(|number| Oid::from_string(&format!("1.3.{number}")).unwrap())
            .collect()
    }

    /// What anyPolicy hands down is there again at each depth, and whoever is above it pays for none.
    #[test]
    fn a_graph_grows_by_what_any_policy_hands_down() {
        let (arcs, any) = (arcs(), [ANY_POLICY]);
        let mut graph = Graph::new(MOST);
        graph.descend(&arcs, true);
        let mut depth = 1;
        // A node with its edge takes six looks, whether a certificate states it or anyPolicy does.
        while !graph.is_too_large() {
            assert_eq!(graph.looks(), 6 * 2000 * depth);
            graph.descend(&any, true);
            depth += 1;
        }
        assert_eq!(depth, 11);
        assert_eq!(graph.looks(), MOST + 6);
    }

    #[test]
    fn a_graph_grows_by_what_is_mapped_below_any_policy() {
        let pairs: Vec<_> = arcs()
            .into_iter()
            .map(|arc| (arc, asn1::oid!(1, 2, 3)))
            .collect();
        let any = [ANY_POLICY];
        for (most, looks) in [(MOST, 6 * 2001), (6000, 6006)] {
            let mut graph = Graph::new(most);
            graph.descend(&any, true);
            graph.map(&pairs);
            assert_eq!(graph.looks(), looks);
            assert_eq!(graph.is_too_large(), looks > most);
        }
    }
}
