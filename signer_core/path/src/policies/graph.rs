//! The policy graph of RFC 9618, which gives what the tree of RFC 5280 6.1 gives without its growth:
//! a policy is one node at each depth, with as many parents as lead to it.

use std::collections::HashMap;

use super::{ANY_POLICY, PolicySets};
use crate::Oid;

/// Nodes by depth; depth 0 is the anchor's anyPolicy. What grows with a certificate is a depth, by
/// no more than its policies and mappings. Policies stay where the certificates have them.
pub(super) struct Graph<'a> {
    depths: Vec<Depth<'a>>,
    /// Nodes, and edges to those above them.
    size: usize,
}

/// The most that a graph may have of both: where anyPolicy counts, every certificate adds what there
/// was at the depth above once more.
const LARGEST: usize = 100_000;

#[derive(Default)]
struct Depth<'a> {
    nodes: Vec<Node<'a>>,
    places: HashMap<&'a [u8], usize>,
    /// What nodes here were mapped to, with the places of those that were.
    mapped: HashMap<&'a [u8], Vec<usize>>,
}

struct Node<'a> {
    policy: &'a Oid,
    /// What a certificate below must assert to be a child, where that is not the policy itself:
    /// what it was mapped to.
    mapped: Option<Vec<&'a Oid>>,
    /// Places at the depth above.
    parents: Vec<usize>,
    /// Taken out because mapping it is inhibited.
    deleted: bool,
}

impl<'a> Graph<'a> {
    pub(super) fn new() -> Self {
        let mut top = Depth::default();
        top.add(&ANY_POLICY, Vec::new());
        Self {
            depths: vec![top],
            size: 1,
        }
    }

    /// Nodes and edges there are.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// Whether it is larger than allowed.
    pub(super) fn is_too_large(&self) -> bool {
        self.size > LARGEST
    }

    /// Whether no node is left at the last depth: the graph is NULL from here on.
    pub(super) fn is_null(&self) -> bool {
        self.last().nodes.iter().all(|node| node.deleted)
    }

    /// RFC 5280 6.1.3 (d), with RFC 9618's nodes: takes the policies of the next certificate.
    pub(super) fn descend(&mut self, policies: &'a [Oid], any_allowed: bool) {
        let above = self.last();
        let any_above = above.find(&ANY_POLICY);
        let mut next = Depth::default();
        for policy in policies.iter().filter(|policy| **policy != ANY_POLICY) {
            let mut parents = above.expecting(policy);
            if parents.is_empty() {
                parents.extend(any_above);
            }
            if !parents.is_empty() {
                next.add(policy, parents);
            }
        }
        if any_allowed && policies.contains(&ANY_POLICY) {
            for policy in above.alive().flat_map(Node::expected) {
                if next.find(policy).is_none() {
                    next.add(policy, above.expecting(policy));
                }
            }
        }
        self.size += next.size();
        self.depths.push(next);
    }

    /// RFC 5280 6.1.4 (b) (1): the mapped policies expect what they are mapped to.
    pub(super) fn map(&mut self, mappings: &'a [(Oid, Oid)]) {
        let any_above = self
            .depths
            .len()
            .checked_sub(2)
            .and_then(|above| self.depths[above].find(&ANY_POLICY));
        let Some(last) = self.depths.last_mut() else {
            return;
        };
        self.size -= last.size();
        for (issuer, targets) in grouped(mappings) {
            match (last.find(issuer), last.find(&ANY_POLICY), any_above) {
                (Some(place), _, _) => last.map(place, targets),
                (None, Some(_), Some(any)) => {
                    let place = last.add(issuer, vec![any]);
                    last.map(place, targets);
                }
                _ => (),
            }
        }
        self.size += last.size();
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
            for (node, _) in self.depths[depth]
                .nodes
                .iter()
                .zip(&reached)
                .filter(|(_, reached)| **reached)
            {
                for parent in &node.parents {
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
    fn add(&mut self, policy: &'a Oid, parents: Vec<usize>) -> usize {
        let place = self.nodes.len();
        self.places.insert(policy.as_der(), place);
        self.nodes.push(Node {
            policy,
            mapped: None,
            parents,
            deleted: false,
        });
        place
    }

    /// Nodes and edges to those above.
    fn size(&self) -> usize {
        let edges = |node: &Node<'_>| node.parents.len();
        self.nodes.len() + self.nodes.iter().map(edges).sum::<usize>()
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
    fn expecting(&self, policy: &Oid) -> Vec<usize> {
        let mapped = self.mapped.get(policy.as_der()).into_iter().flatten();
        let mapped = mapped.filter(|place| !self.nodes[**place].deleted);
        let itself = self
            .find(policy)
            .filter(|place| self.nodes[*place].mapped.is_none());
        mapped.copied().chain(itself).collect()
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

/// RFC 9618's user-constrained-policy-set.
fn constrained(authority: &[Oid], initial: &[Oid]) -> Vec<Oid> {
    if initial.contains(&ANY_POLICY) {
        return authority.to_vec();
    }
    let any = authority.contains(&ANY_POLICY);
    let mut user: Vec<Oid> = initial
        .iter()
        .filter(|policy| any || authority.contains(policy))
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

    /// What anyPolicy hands down is there again at each depth, and whoever is above it pays for none.
    #[test]
    fn a_graph_grows_by_what_any_policy_hands_down() {
        let arcs: Vec<Oid> = (1..=2000_u32)
            .map(|number| Oid::from_string(&format!("1.3.{number}")).unwrap())
            .collect();
        let any = [ANY_POLICY];
        let mut graph = Graph::new();
        graph.descend(&arcs, true);
        let mut depth = 1;
        while !graph.is_too_large() {
            graph.descend(&any, true);
            depth += 1;
            assert_eq!(graph.size(), 1 + depth * 4000);
        }
        assert_eq!(depth, 25);
    }
}
