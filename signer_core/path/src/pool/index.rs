//! Where what is in a pool.

use std::collections::{HashMap, HashSet};

use super::{IssuersLists, Material};
use crate::Sha256;
use crate::certificate::Certificate;
use crate::names::Name;
use crate::ocsp::OcspResponse;

/// A name that occurs in a pool's certificates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct NameId(u32);

/// A certificate of a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct CertificateId(u32);

/// A name with one key: what a path may pass once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct EntityId(u32);

impl NameId {
    pub(crate) const fn place(self) -> usize {
        self.0 as usize
    }
}

impl CertificateId {
    pub(crate) const fn place(self) -> usize {
        self.0 as usize
    }
}

struct Row {
    certificate: Certificate,
    subject: NameId,
    issuer: NameId,
    entity: EntityId,
}

/// The index of a pool.
#[derive(Default)]
pub(crate) struct Index {
    rows: Vec<Row>,
    seen: HashSet<Sha256>,
    names: HashMap<Name, NameId>,
    /// By name.
    with_subject: Vec<Vec<CertificateId>>,
    has_namesakes: bool,
    with_issuer: Vec<Vec<CertificateId>>,
    entities: HashMap<(NameId, Sha256), EntityId>,
    lists: HashMap<Name, IssuersLists>,
    /// By the serial numbers that they say something of.
    responses: HashMap<Box<[u8]>, Vec<OcspResponse>>,
    responses_seen: HashSet<Sha256>,
}

impl Index {
    pub(super) fn take(&mut self, material: &Material) {
        for certificate in material.certificates() {
            self.take_certificate(certificate);
        }
        for list in material.lists() {
            let lists = self.lists.entry(list.issuer().clone()).or_default();
            lists.take(list);
        }
        for response in material.responses() {
            if !self.responses_seen.insert(*response.sha256()) {
                continue;
            }
            for serial in response.serials() {
                let responses = self.responses.entry(serial.into()).or_default();
                responses.push(response.clone());
            }
        }
    }

    /// Puts what is looked up by time into its order.
    pub(super) fn sort(&mut self) {
        self.lists.values_mut().for_each(IssuersLists::sort);
    }

    fn take_certificate(&mut self, certificate: &Certificate) {
        // More than four thousand million certificates do not fit into memory.
        let Ok(number) = u32::try_from(self.rows.len()) else {
            return;
        };
        let id = CertificateId(number);
        if !self.seen.insert(*certificate.sha256()) {
            return;
        }
        // It takes as long as many looks, and a question has so many certificates to ask it of.
        certificate.has_identifier_of_key();
        let subject = self.name_or_new(certificate.subject());
        let issuer = self.name_or_new(certificate.issuer());
        let named = &mut self.with_subject[subject.place()];
        named.push(id);
        self.has_namesakes |= named.len() > 1;
        self.with_issuer[issuer.place()].push(id);
        // Fewer than certificates.
        let next = EntityId(u32::try_from(self.entities.len()).unwrap_or(u32::MAX));
        let entity = *self
            .entities
            .entry((subject, *certificate.key().sha256()))
            .or_insert(next);
        self.rows.push(Row {
            certificate: certificate.clone(),
            subject,
            issuer,
            entity,
        });
    }

    fn name_or_new(&mut self, name: &Name) -> NameId {
        if let Some(known) = self.names.get(name) {
            return *known;
        }
        // At most two for each certificate.
        let id = NameId(u32::try_from(self.names.len()).unwrap_or(u32::MAX));
        self.names.insert(name.clone(), id);
        self.with_subject.push(Vec::new());
        self.with_issuer.push(Vec::new());
        id
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn names(&self) -> usize {
        self.names.len()
    }

    pub(crate) fn name(&self, name: &Name) -> Option<NameId> {
        self.names.get(name).copied()
    }

    pub(crate) fn entity_of(&self, name: NameId, key: &Sha256) -> Option<EntityId> {
        self.entities.get(&(name, *key)).copied()
    }

    pub(crate) fn certificate(&self, id: CertificateId) -> &Certificate {
        &self.rows[id.place()].certificate
    }

    pub(crate) fn subject(&self, id: CertificateId) -> NameId {
        self.rows[id.place()].subject
    }

    pub(crate) fn issuer(&self, id: CertificateId) -> NameId {
        self.rows[id.place()].issuer
    }

    pub(crate) fn entity(&self, id: CertificateId) -> EntityId {
        self.rows[id.place()].entity
    }

    /// The certificates of this subject.
    pub(crate) fn named(&self, subject: NameId) -> &[CertificateId] {
        &self.with_subject[subject.place()]
    }

    /// Whether any have the same subject.
    pub(crate) fn has_namesakes(&self) -> bool {
        self.has_namesakes
    }

    /// The certificates of this issuer.
    pub(crate) fn issued_by(&self, issuer: NameId) -> &[CertificateId] {
        &self.with_issuer[issuer.place()]
    }

    pub(super) fn lists_of(&self, issuer: &Name) -> Option<&IssuersLists> {
        self.lists.get(issuer)
    }

    pub(super) fn responses_for(&self, serial: &[u8]) -> &[OcspResponse] {
        self.responses.get(serial).map_or(&[], Vec::as_slice)
    }
}
