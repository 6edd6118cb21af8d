//! Certificate policies: what is asked for, and what a path grants.

mod graph;
mod state;
#[cfg(test)]
mod tests;

use crate::Oid;

pub(crate) use state::PolicyState;

/// anyPolicy (RFC 5280 4.2.1.4).
pub const ANY_POLICY: Oid = asn1::oid!(2, 5, 29, 32, 0);

/// The policy inputs of RFC 5280 6.1.1: (c), (e), (f), (g).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathPolicy {
    /// user-initial-policy-set. With [`ANY_POLICY`] in it, every policy is acceptable; that is the
    /// default. Empty, none is.
    pub initial: Vec<Oid>,
    /// initial-explicit-policy.
    pub explicit: bool,
    /// initial-policy-mapping-inhibit.
    pub inhibit_mapping: bool,
    /// initial-any-policy-inhibit.
    pub inhibit_any: bool,
}

impl Default for PathPolicy {
    fn default() -> Self {
        Self {
            initial: vec![ANY_POLICY],
            explicit: false,
            inhibit_mapping: false,
            inhibit_any: false,
        }
    }
}

/// The policies a valid path grants, in the order of their octets. anyPolicy may be one of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PolicySets {
    /// The authority-constrained set.
    pub authority: Vec<Oid>,
    /// The user-constrained set.
    pub user: Vec<Oid>,
}
