//! The extensions that validation reads.

use std::ops::Range;

use asn1::{Asn1Readable, BitString};

use super::kind::Kind;
use super::structure::{self, count};
use super::{AuthorityKeyIdentifier, Unreadable, oids, within};
use crate::Oid;
use crate::names::{GeneralName, ParsedGeneralName, Subtree, Subtrees};
use crate::sequence::{Content, each};

/// What the extensions of one certificate say.
#[derive(Default)]
pub(super) struct Extensions {
    pub(super) all: Vec<Extension>,
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

/// One extension: where its value is in the certificate.
pub(super) struct Extension {
    pub(super) oid: Oid,
    pub(super) kind: Kind,
    pub(super) critical: bool,
    pub(super) value: Range<usize>,
}

#[derive(Clone, Copy)]
pub(super) struct Basic {
    pub(super) authority: bool,
    pub(super) path_length: Option<u32>,
}

pub(super) struct Policies {
    pub(super) named: Vec<Oid>,
    /// Whether every qualifier is one of RFC 5280's.
    pub(super) known_qualifiers: bool,
}

#[derive(Clone, Copy)]
pub(super) struct PolicyConstraints {
    pub(super) require_explicit: Option<u32>,
    pub(super) inhibit_mapping: Option<u32>,
}

impl Extensions {
    /// Reads all of them. Of an extension that is there twice the first counts; that it is refused is
    /// another rule's part.
    pub(super) fn read(content: Content<'_>, certificate: &[u8]) -> Result<Self, Unreadable> {
        let mut read = Self::default();
        each(content.0, |one: structure::Extension<'_>| {
            let kind = Kind::of(&one.oid);
            read.decode(kind, one.value)
                .map_err(|error| error.in_field(kind.name()))?;
            read.all.push(Extension {
                oid: one.oid,
                kind,
                critical: one.critical.unwrap_or(false),
                value: within(certificate, one.value),
            });
            Ok::<_, Unreadable>(())
        })
        .map_err(|error| error.in_field("extensions"))?;
        Ok(read)
    }

    pub(super) fn find(&self, oid: &Oid) -> Option<&Extension> {
        self.all.iter().find(|one| one.oid == *oid)
    }

    pub(super) fn of_kind(&self, kind: Kind) -> Option<&Extension> {
        self.all.iter().find(|one| one.kind == kind)
    }

    fn decode(&mut self, kind: Kind, value: &[u8]) -> Result<(), Unreadable> {
        match kind {
            Kind::SubjectKeyIdentifier => {
                let _: &[u8] = asn1::parse_single(value)?;
            }
            Kind::AuthorityKeyIdentifier => {
                AuthorityKeyIdentifier::read(value)?;
            }
            Kind::BasicConstraints => {
                let found: structure::BasicConstraints<'_> = asn1::parse_single(value)?;
                self.basic.get_or_insert(Basic {
                    authority: found.authority.unwrap_or(false),
                    path_length: found.path_length.as_ref().map(count),
                });
            }
            Kind::KeyUsage => {
                let found: BitString<'_> = asn1::parse_single(value)?;
                let mut octets = [0; 2];
                for (to, from) in octets.iter_mut().zip(found.as_bytes()) {
                    *to = *from;
                }
                self.key_usage.get_or_insert(u16::from_be_bytes(octets));
            }
            Kind::SubjectAltName => {
                let found = list(value, |one: ParsedGeneralName<'_>| one.try_into())?;
                self.alt_names.get_or_insert(found);
            }
            Kind::NameConstraints => {
                let found = subtrees(value)?;
                self.names.get_or_insert(found);
            }
            Kind::CertificatePolicies => {
                let found = policies(value)?;
                self.policies.get_or_insert(found);
            }
            Kind::PolicyMappings => {
                self.mappings = list(value, |pair: structure::Mapping| {
                    Ok((pair.issuer_domain, pair.subject_domain))
                })?;
            }
            Kind::PolicyConstraints => {
                let found: structure::PolicyConstraints<'_> = asn1::parse_single(value)?;
                self.constraints.get_or_insert(PolicyConstraints {
                    require_explicit: found.require_explicit.as_ref().map(count),
                    inhibit_mapping: found.inhibit_mapping.as_ref().map(count),
                });
            }
            Kind::InhibitAnyPolicy => {
                let found: asn1::BigUint<'_> = asn1::parse_single(value)?;
                self.inhibit_any.get_or_insert(count(&found));
            }
            Kind::CrlDistributionPoints | Kind::FreshestCrl => {
                let points = list(value, |_: structure::DistributionPoint<'_>| Ok(()))?;
                if points.is_empty() {
                    self.no_points.get_or_insert(kind);
                }
            }
            Kind::ExtendedKeyUsage => {
                let found = list(value, Ok)?;
                self.purposes.get_or_insert(found);
            }
            _ => (),
        }
        Ok(())
    }
}

/// A `SEQUENCE OF`, nothing after it.
fn list<'a, T: Asn1Readable<'a>, U>(
    value: &'a [u8],
    make: impl Fn(T) -> Result<U, Unreadable>,
) -> Result<Vec<U>, Unreadable> {
    let content: Content<'_> = asn1::parse_single(value)?;
    elements(content, make)
}

fn elements<'a, T: Asn1Readable<'a>, U>(
    content: Content<'a>,
    make: impl Fn(T) -> Result<U, Unreadable>,
) -> Result<Vec<U>, Unreadable> {
    let mut found = Vec::new();
    each(content.0, |one| {
        found.push(make(one)?);
        Ok::<_, Unreadable>(())
    })?;
    Ok(found)
}

fn subtrees(value: &[u8]) -> Result<Subtrees, Unreadable> {
    let found: structure::NameConstraints<'_> = asn1::parse_single(value)?;
    let list = |content: Option<Content<'_>>| {
        content
            .map(|content| elements(content, subtree))
            .transpose()
    };
    Ok(Subtrees {
        permitted: list(found.permitted)?,
        excluded: list(found.excluded)?,
    })
}

fn subtree(found: structure::GeneralSubtree<'_>) -> Result<Subtree, Unreadable> {
    Ok(Subtree {
        base: found.base.try_into()?,
        whole: found.minimum.is_none_or(|it| it.as_bytes() == [0]) && found.maximum.is_none(),
    })
}

fn policies(value: &[u8]) -> Result<Policies, Unreadable> {
    let content: Content<'_> = asn1::parse_single(value)?;
    let mut policies = Policies {
        named: Vec::new(),
        known_qualifiers: true,
    };
    each(content.0, |one: structure::PolicyInformation<'_>| {
        if let Some(qualifiers) = one.qualifiers {
            each(qualifiers.0, |one: structure::Qualifier<'_>| {
                policies.known_qualifiers &= oids::QUALIFIERS.contains(&one.kind);
                Ok::<_, Unreadable>(())
            })?;
        }
        policies.named.push(one.policy);
        Ok::<_, Unreadable>(())
    })?;
    Ok(policies)
}
