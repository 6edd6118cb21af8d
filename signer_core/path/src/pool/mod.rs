//! What paths are built from and judged with: certificates, lists, OCSP responses.

mod distances;
mod index;
mod left_out;
mod lists;
mod material;
pub mod pem;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::certificate::Certificate;
use crate::names::Name;
use crate::ocsp::OcspResponse;

pub(crate) use distances::{Distances, WHOLE};
pub(crate) use index::{CertificateId, EntityId, Index, NameId};
pub(crate) use lists::{IssuersLists, Row, is_as_high};

pub use left_out::LeftOut;
pub use material::Material;

/// Everything a search may use, indexed. Immutable: any number of threads share one.
#[derive(Default)]
pub struct Pool {
    index: Index,
    left_out: Vec<LeftOut>,
    distances: distances::Known,
}

impl Pool {
    /// What all these hold together, each object once. Objects are shared with `materials`, so that
    /// pools over the same files cost an index each.
    #[must_use]
    pub fn new(materials: &[Arc<Material>]) -> Self {
        let mut pool = Self::default();
        for material in materials {
            pool.index.take(material);
            pool.left_out.extend(material.left_out().iter().cloned());
        }
        pool.index.sort();
        pool
    }

    /// How many certificates there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What could not be read, and why.
    #[must_use]
    pub fn left_out(&self) -> &[LeftOut] {
        &self.left_out
    }

    /// The revocation lists of this issuer, if there are any.
    pub(crate) fn lists_of(&self, issuer: &Name) -> Option<&IssuersLists> {
        self.index.lists_of(issuer)
    }

    /// The OCSP responses that say something of a certificate with this serial number.
    #[must_use]
    pub fn responses_for(&self, serial: &[u8]) -> &[OcspResponse] {
        self.index.responses_for(serial)
    }

    /// The certificates of this subject.
    pub fn named(&self, subject: &Name) -> impl Iterator<Item = &Certificate> {
        let named = self.index.name(subject).map(|name| self.index.named(name));
        named
            .unwrap_or_default()
            .iter()
            .map(|id| self.index.certificate(*id))
    }

    pub(crate) fn index(&self) -> &Index {
        &self.index
    }

    /// How far certificates are from an anchor of this name.
    pub(crate) fn distances(&self, anchor: NameId) -> Arc<Distances> {
        self.distances.from(anchor, &self.index)
    }
}
