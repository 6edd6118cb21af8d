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

    /// The same, of this field unless it already names one.
    #[must_use]
    pub fn in_field(mut self, field: &'static str) -> Self {
        if self.field.is_empty() {
            self.field = field;
        }
        self
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.field, self.rule)
    }
}

impl std::error::Error for Unreadable {}

/// Whoever knows the field says it; see [`Unreadable::in_field`].
impl From<asn1::ParseError> for Unreadable {
    fn from(_: asn1::ParseError) -> Self {
        Self::new("", "is not DER of it")
    }
}
