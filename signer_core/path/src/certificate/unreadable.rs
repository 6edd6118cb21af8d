//! Why octets are not read.

use std::fmt;

/// What could not be read, and the rule it broke. No octet of the input is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unreadable {
    /// The field of the structure, in RFC 5280's words.
    pub field: &'static str,
    /// The rule.
    pub rule: &'static str,
}

impl Unreadable {
    /// This field, against this rule.
    #[must_use]
    pub const fn new(field: &'static str, rule: &'static str) -> Self {
        Self { field, rule }
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.field, self.rule)
    }
}

impl std::error::Error for Unreadable {}
