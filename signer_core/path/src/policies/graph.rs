//! The policy graph of RFC 9618, which gives what the tree of RFC 5280 6.1 gives without its growth:
//! a policy is one node at each depth, with as many parents as lead to it.

use std::collections::HashMap;

use super::{ANY_POLICY, PolicySets};
use crate::Oid;

/// Nodes by depth; depth 0 is the anchor's anyPolicy. What grows with a certificate is a depth, by
/// no more than its policies and mappings.
pub(super) struct Graph {
    depths: Vec<Depth>,
}

#[derive(Default)]
struct Depth {
    nodes: Vec<Node>,
    places: HashMap<Oid, usize>,
}

struct Node {
    policy: Oid,
    /// What a certificate below must assert to be a child: the policy itself, or what it was mapped
    /// to.
    expected: Option<Vec<Oid>>,
    /// Places at the depth above.
    parents: Vec<usize>,
    /// Taken out because mapping it is inhibited.
    deleted: bool,
}

impl Graph {
    pub(super) fn new() -> Self {
        let mut top = Depth::default();
        top.add(&ANY_POLICY, Vec::new());
        Self { depths: vec![top] }
    }

    /// Whether no node is left at the last depth: the graph is NULL from here on.
    pub(super) fn is_null(&self) -> bool {
        self.last().nodes.iter().all(|node| node.deleted)
    }

    /// RFC 5280 6.1.3 (d), with RFC 9618's nodes: takes the policies of the next certificate.
    pub(super) fn descend(&mut self, policies: &[Oid], any_allowed: bool) {
        let above = self.last();
        let mut expecting: HashMap<&Oid, Vec<usize>> = HashMap::new();
        for (place, node) in above.alive() {
            for policy in node.expected() {
                expecting.entry(policy).or_default().push(place);
            }
        }
        let any_above = above.find(&ANY_POLICY);
        let mut next = Depth::default();
        for policy in policies.iter().filter(|policy| **policy != ANY_POLICY) {
            let parents = match (expecting.get(policy), any_above) {
                (Some(parents), _) => parents.clone(),
                (None, Some(any)) => vec![any],
                (None, None) => continue,
            };
            next.add(policy, parents);
        }
        if any_allowed && policies.contains(&ANY_POLICY) {
            for (policy, parents) in &expecting {
                if next.find(policy).is_none() {
                    next.add(policy, parents.clone());
                }
            }
        }
        self.depths.push(next);
    }

    /// RFC 5280 6.1.4 (b) (1): the mapped policies expect what they are mapped to.
    pub(super) fn map(&mut self, mappings: &[(Oid, Oid)]) {
        let any_above = self
            .depths
            .len()
            .checked_sub(2)
            .and_then(|above| self.depths[above].find(&ANY_POLICY));
        let Some(last) = self.depths.last_mut() else {
            return;
        };
        for (issuer, targets) in grouped(mappings) {
            match (last.find(issuer), last.find(&ANY_POLICY), any_above) {
                (Some(place), _, _) => last.nodes[place].expected = Some(targets),
                (None, Some(_), Some(any)) => {
                    let place = last.add(issuer, vec![any]);
                    last.nodes[place].expected = Some(targets);
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
            for (node, _) in self.depths[depth]
                .nodes
                .iter()
                .zip(&reached)
                .filter(|(_, reached)| **reached)
            {
                for parent in &node.parents {
                    reached_above[*parent] = true;
                    let top = above.nodes[*parent].policy == ANY_POLICY;
                    if top && node.policy != ANY_POLICY {
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

    fn last(&self) -> &Depth {
        // There always is one: the anchor's.
        &self.depths[self.depths.len() - 1]
    }
}

impl Depth {
    fn add(&mut self, policy: &Oid, parents: Vec<usize>) -> usize {
        let place = self.nodes.len();
        self.places.insert(policy.clone(), place);
        self.nodes.push(Node {
            policy: policy.clone(),
            expected: None,
            parents,
            deleted: false,
        });
        place
    }

    fn find(&self, policy: &Oid) -> Option<usize> {
        let place = *self.places.get(policy)?;
        (!self.nodes[place].deleted).then_some(place)
    }

    fn alive(&self) -> impl Iterator<Item = (usize, &Node)> {
        self.nodes
            .iter()
            .enumerate()
            .filter(|(_, node)| !node.deleted)
    }
}

impl Node {
    fn expected(&self) -> &[Oid] {
        match &self.expected {
            Some(mapped) => mapped,
            None => std::slice::from_ref(&self.policy),
        }
    }
}

/// Each issuerDomainPolicy with everything it is mapped to, none twice.
fn grouped(mappings: &[(Oid, Oid)]) -> HashMap<&Oid, Vec<Oid>> {
    let mut groups: HashMap<&Oid, Vec<Oid>> = HashMap::new();
    for (issuer, subject) in mappings {
        groups.entry(issuer).or_default().push(subject.clone());
    }
    groups.values_mut().for_each(sort);
    groups
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
