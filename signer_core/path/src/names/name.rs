//! Distinguished names.

use std::sync::Arc;

use crate::certificate::Unreadable;

/// A distinguished name: its DER, and the form it is compared in. Two names are equal, and hash
/// alike, when RFC 5280 7.1 says that they match; string types, case and spaces do not matter.
#[derive(Debug, Clone)]
pub struct Name {
    der: Arc<[u8]>,
    prepared: Arc<[u8]>,
}

impl Name {
    /// Reads one DER `Name`, nothing after it.
    ///
    /// # Errors
    /// [`Unreadable`] when it is none.
    pub fn read(_der: &[u8]) -> Result<Self, Unreadable> {
        Err(Unreadable::new("name", "is not read yet"))
    }

    /// The DER, as received.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The octets that names are compared by: those of equal names are equal.
    #[must_use]
    pub fn prepared(&self) -> &[u8] {
        &self.prepared
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.prepared == other.prepared
    }
}

impl Eq for Name {}

impl std::hash::Hash for Name {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.prepared.hash(state);
    }
}
