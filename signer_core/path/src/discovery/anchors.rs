//! The anchors of a search.

use crate::certificate::Certificate;
use crate::names::Name;
use crate::pool::{EntityId, Index, NameId};

/// The anchors, and where they are in a pool.
pub(super) struct Anchors<'a> {
    certificates: &'a [Certificate],
    names: Vec<NameId>,
    /// A place for each.
    entities: Vec<Option<EntityId>>,
}

impl<'a> Anchors<'a> {
    pub(super) fn new(certificates: &'a [Certificate], index: &Index) -> Self {
        let mut names = Vec::new();
        let mut entities = Vec::with_capacity(certificates.len());
        for anchor in certificates {
            let name = index.name(anchor.subject());
            entities.push(name.and_then(|name| index.entity_of(name, anchor.key().sha256())));
            names.extend(name.filter(|name| !names.contains(name)));
        }
        Self {
            certificates,
            names,
            entities,
        }
    }

    /// Their names, as far as the pool knows them.
    pub(super) fn names(&self) -> impl Iterator<Item = NameId> {
        self.names.iter().copied()
    }

    /// The places of those of this name.
    pub(super) fn named(&self, name: &Name) -> impl Iterator<Item = usize> {
        let all = self.certificates.iter().enumerate();
        all.filter(move |(_, anchor)| anchor.subject() == name)
            .map(|(place, _)| place)
    }

    /// The anchor at this place.
    pub(super) fn at(&self, place: usize) -> &'a Certificate {
        &self.certificates[place]
    }

    /// The name and key of an anchor, if the pool has a certificate for them.
    pub(super) fn entity(&self, place: usize) -> Option<EntityId> {
        self.entities.get(place).copied().flatten()
    }

    /// Whether there is one anchor, and this is its name and key.
    pub(super) fn only(&self, entity: EntityId) -> bool {
        self.entities == [Some(entity)]
    }
}
