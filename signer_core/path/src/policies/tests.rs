//! The graph against the tree of RFC 5280 6.1, written down as the RFC has it.

use proptest::prelude::*;

use super::ANY_POLICY;
use super::graph::Graph;
use crate::Oid;

/// What one certificate does: its policies, whether anyPolicy counts, its mappings, and whether
/// mapping is inhibited.
#[derive(Debug, Clone)]
struct Step {
    policies: Vec<Oid>,
    any_allowed: bool,
    mappings: Vec<(Oid, Oid)>,
    inhibited: bool,
}

/// A node of the tree; the same policy is one for each parent.
#[derive(Debug, Clone)]
struct Leaf {
    policy: Oid,
    expected: Vec<Oid>,
    parent: usize,
    depth: usize,
    gone: bool,
}

struct Tree {
    nodes: Vec<Leaf>,
    depth: usize,
}

impl Tree {
    fn new() -> Self {
        let root = Leaf {
            policy: ANY_POLICY,
            expected: vec![ANY_POLICY],
            parent: 0,
            depth: 0,
            gone: false,
        };
        Self {
            nodes: vec![root],
            depth: 0,
        }
    }

    fn at(&self, depth: usize) -> Vec<usize> {
        (0..self.nodes.len())
            .filter(|place| self.nodes[*place].depth == depth && !self.nodes[*place].gone)
            .collect()
    }

    fn add(&mut self, parent: usize, policy: &Oid, expected: Vec<Oid>) {
        self.nodes.push(Leaf {
            policy: policy.clone(),
            expected,
            parent,
            depth: self.nodes[parent].depth + 1,
            gone: false,
        });
    }

    /// 6.1.3 (d).
    fn descend(&mut self, step: &Step) {
        let above = self.at(self.depth);
        for policy in step.policies.iter().filter(|policy| **policy != ANY_POLICY) {
            let own = vec![policy.clone()];
            let mut matched = false;
            for parent in &above {
                if self.nodes[*parent].expected.contains(policy) {
                    matched = true;
                    self.add(*parent, policy, own.clone());
                }
            }
            let any = above
                .iter()
                .find(|one| self.nodes[**one].policy == ANY_POLICY);
            if let (false, Some(any)) = (matched, any) {
                self.add(*any, policy, own);
            }
        }
        if step.any_allowed && step.policies.contains(&ANY_POLICY) {
            for parent in &above {
                for policy in self.nodes[*parent].expected.clone() {
                    let there = self.at(self.depth + 1).iter().any(|child| {
                        self.nodes[*child].parent == *parent && self.nodes[*child].policy == policy
                    });
                    if !there {
                        self.add(*parent, &policy, vec![policy.clone()]);
                    }
                }
            }
        }
        self.depth += 1;
        self.prune();
    }

    /// 6.1.4 (b).
    fn map(&mut self, step: &Step) {
        for (issuer, _) in &step.mappings {
            let own: Vec<usize> = self.at(self.depth);
            let of = |policy: &Oid| -> Vec<usize> {
                own.iter()
                    .copied()
                    .filter(|one| self.nodes[*one].policy == *policy)
                    .collect()
            };
            let (mapped, any) = (of(issuer), of(&ANY_POLICY));
            let targets: Vec<Oid> = step
                .mappings
                .iter()
                .filter(|(from, _)| from == issuer)
                .map(|(_, to)| to.clone())
                .collect();
            if step.inhibited {
                mapped.iter().for_each(|one| self.nodes[*one].gone = true);
                self.prune();
            } else if mapped.is_empty() {
                if let Some(any) = any.first() {
                    self.add(self.nodes[*any].parent, issuer, targets);
                }
            } else {
                mapped
                    .iter()
                    .for_each(|one| self.nodes[*one].expected = targets.clone());
            }
        }
    }

    fn prune(&mut self) {
        for depth in (0..self.depth).rev() {
            let kept: Vec<usize> = self
                .at(depth + 1)
                .iter()
                .map(|one| self.nodes[*one].parent)
                .collect();
            for place in self.at(depth) {
                self.nodes[place].gone = !kept.contains(&place);
            }
        }
    }

    /// 6.1.5 (g) (iii) 1, and anyPolicy where it is left.
    fn authority(&self) -> Vec<Oid> {
        let mut found: Vec<Oid> = (1..=self.depth)
            .flat_map(|depth| self.at(depth))
            .map(|place| &self.nodes[place])
            .filter(|node| {
                node.policy != ANY_POLICY && self.nodes[node.parent].policy == ANY_POLICY
            })
            .map(|node| node.policy.clone())
            .collect();
        if self
            .at(self.depth)
            .iter()
            .any(|one| self.nodes[*one].policy == ANY_POLICY)
        {
            found.push(ANY_POLICY);
        }
        found.sort_by(|left, right| left.as_der().cmp(right.as_der()));
        found.dedup();
        found
    }
}

fn named(number: u8) -> Oid {
    match number {
        0 => ANY_POLICY,
        number => Oid::from_der(&[0x2a, 3, number]).unwrap(),
    }
}

fn step() -> impl Strategy<Value = Step> {
    let policies = proptest::collection::btree_set(0_u8..5, 0..4);
    let mappings = proptest::collection::vec((1_u8..5, 1_u8..5), 0..4);
    (
        policies,
        any::<bool>(),
        mappings,
        proptest::bool::weighted(0.2),
    )
        .prop_map(|(policies, any_allowed, mappings, inhibited)| Step {
            policies: policies.into_iter().map(named).collect(),
            any_allowed,
            mappings: mappings
                .into_iter()
                .map(|(a, b)| (named(a), named(b)))
                .collect(),
            inhibited,
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn the_graph_gives_what_the_tree_gives(steps in proptest::collection::vec(step(), 1..5)) {
        let (mut graph, mut tree) = (Graph::new(usize::MAX), Tree::new());
        for (number, step) in steps.iter().enumerate() {
            graph.descend(&step.policies, step.any_allowed);
            tree.descend(step);
            prop_assert_eq!(graph.is_null(), tree.at(tree.depth).is_empty());
            if number + 1 < steps.len() {
                match step.inhibited {
                    true => graph.delete_mapped(&step.mappings),
                    false => graph.map(&step.mappings),
                }
                tree.map(step);
                prop_assert_eq!(graph.is_null(), tree.at(tree.depth).is_empty());
            }
        }
        let sets = graph.sets(&[ANY_POLICY]);
        prop_assert_eq!(&sets.authority, &tree.authority());
        prop_assert_eq!(sets.authority, sets.user);
    }
}
