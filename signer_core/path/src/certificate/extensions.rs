//! The extensions that validation reads.

use std::ops::Range;

use super::kind::Kind;
use super::values::{
    self, AuthorityKeyIdentifier, Basic, Policies, PolicyConstraints, key_identifier,
};
use crate::Unreadable;
use crate::names::{GeneralName, Subtrees};
use crate::octets::range_of;
use crate::{Oid, distribution, extension};

/// What the extensions of one certificate say.
#[derive(Default)]
pub(super) struct Extensions {
    pub(super) all: Vec<Extension>,
    /// Where in `all` the first of each kind is: there may be thousands that nobody knows.
    places: [Option<usize>; Kind::KNOWN],
    pub(super) basic: Option<Basic>,
    pub(super) key_usage: Option<u16>,
    pub(super) alt_names: Option<Vec<GeneralName>>,
    pub(super) names: Option<Subtrees>,
    pub(super) policies: Option<Policies>,
    pub(super) mappings: Vec<(Oid, Oid)>,
    pub(super) constraints: Option<PolicyConstraints>,
    pub(super) inhibit_any: Option<u32>,
    pub(super) purposes: Option<Vec<Oid>>,
    /// The first extension of distribution points that has none.
    pub(super) no_points: Option<Kind>,
}

/// One extension: where its identifier and value are in the certificate.
pub(super) struct Extension {
    pub(super) oid: Range<usize>,
    pub(super) kind: Kind,
    pub(super) critical: bool,
    pub(super) value: Range<usize>,
}

impl Extensions {
    /// Reads all of them. Of an extension that is there twice the first counts; that it is refused is
    /// another rule's part.
    pub(super) fn read(content: &[u8], certificate: &[u8]) -> Result<Self, Unreadable> {
        let mut read = Self {
            // Most have fewer.
            all: Vec::with_capacity(8),
            ..Self::default()
        };
        extension::each(content, |one| {
            let kind = Kind::of(one.oid);
            read.decode(kind, one.value)
                .map_err(|error| error.in_field(kind.name()))?;
            if let Some(place) = read.places.get_mut(kind as usize) {
                place.get_or_insert(read.all.len());
            }
            read.all.push(Extension {
                oid: range_of(certificate, one.oid),
                kind,
                critical: one.critical,
                value: range_of(certificate, one.value),
            });
            Ok(())
        })?;
        Ok(read)
    }

    /// The first of a kind that is known.
    pub(super) fn of_kind(&self, kind: Kind) -> Option<&Extension> {
        let place = self.places.get(kind as usize).copied().flatten()?;
        self.all.get(place)
    }

    fn decode(&mut self, kind: Kind, value: &[u8]) -> Result<(), Unreadable> {
        match kind {
            Kind::SubjectKeyIdentifier => {
                key_identifier(value)?;
            }
            Kind::AuthorityKeyIdentifier => {
                AuthorityKeyIdentifier::read_whole(value)?;
            }
            Kind::BasicConstraints => {
                let found = values::basic(value)?;
                self.basic.get_or_insert(found);
            }
            Kind::KeyUsage => {
                let found = values::key_usage(value)?;
                self.key_usage.get_or_insert(found);
            }
            Kind::SubjectAltName => {
                let found = values::alt_names(value)?;
                self.alt_names.get_or_insert(found);
            }
            Kind::NameConstraints => {
                let found = values::subtrees(value)?;
                self.names.get_or_insert(found);
            }
            Kind::CertificatePolicies => {
                let found = values::policies(value)?;
                self.policies.get_or_insert(found);
            }
            Kind::PolicyMappings => self.mappings = values::mappings(value)?,
            Kind::PolicyConstraints => {
                let found = values::policy_constraints(value)?;
                self.constraints.get_or_insert(found);
            }
            Kind::InhibitAnyPolicy => {
                let found = values::inhibit_any(value)?;
                self.inhibit_any.get_or_insert(found);
            }
            Kind::CrlDistributionPoints | Kind::FreshestCrl => {
                let mut any = false;
                distribution::each(value, |_| {
                    any = true;
                    Ok(())
                })?;
                if !any {
                    self.no_points.get_or_insert(kind);
                }
            }
            Kind::ExtendedKeyUsage => {
                let found = values::purposes(value)?;
                self.purposes.get_or_insert(found);
            }
            _ => (),
        }
        Ok(())
    }
}
