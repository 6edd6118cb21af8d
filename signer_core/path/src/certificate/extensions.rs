//! The extensions that validation reads.

use std::ops::Range;

use asn1::{Asn1Readable, BitString, SequenceOf};

use super::structure::{self, count};
use super::{Unreadable, oids};
use crate::Oid;
use crate::names::{GeneralName, ParsedGeneralName, Subtree, Subtrees};

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
}

/// One extension: where its value is in the certificate.
pub(super) struct Extension {
    pub(super) oid: Oid,
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
    /// Takes one more. Of an extension that is there twice the first counts; that it is refused is
    /// another rule's part.
    pub(super) fn take(
        &mut self,
        oid: Oid,
        critical: bool,
        value: &[u8],
        place: Range<usize>,
    ) -> Result<(), Unreadable> {
        self.decode(&oid, value)?;
        self.all.push(Extension {
            oid,
            critical,
            value: place,
        });
        Ok(())
    }

    pub(super) fn find(&self, oid: &Oid) -> Option<&Extension> {
        self.all.iter().find(|one| one.oid == *oid)
    }

    fn decode(&mut self, oid: &Oid, value: &[u8]) -> Result<(), Unreadable> {
        match oid {
            _ if *oid == oids::SUBJECT_KEY_IDENTIFIER => {
                let _: &[u8] = read(value, "subjectKeyIdentifier")?;
            }
            _ if *oid == oids::AUTHORITY_KEY_IDENTIFIER => {
                let found: structure::AuthorityKeyIdentifier<'_> =
                    read(value, "authorityKeyIdentifier")?;
                for name in found.issuer.into_iter().flatten() {
                    GeneralName::try_from(name)?;
                }
            }
            _ if *oid == oids::BASIC_CONSTRAINTS => {
                let found: structure::BasicConstraints<'_> = read(value, "basicConstraints")?;
                self.basic.get_or_insert(Basic {
                    authority: found.authority.unwrap_or(false),
                    path_length: found.path_length.as_ref().map(count),
                });
            }
            _ if *oid == oids::KEY_USAGE => {
                let found: BitString<'_> = read(value, "keyUsage")?;
                let mut octets = [0; 2];
                for (to, from) in octets.iter_mut().zip(found.as_bytes()) {
                    *to = *from;
                }
                self.key_usage.get_or_insert(u16::from_be_bytes(octets));
            }
            _ if *oid == oids::SUBJECT_ALT_NAME => {
                let found = general_names(value)?;
                self.alt_names.get_or_insert(found);
            }
            _ if *oid == oids::NAME_CONSTRAINTS => {
                let found = subtrees(value)?;
                self.names.get_or_insert(found);
            }
            _ if *oid == oids::CERTIFICATE_POLICIES => {
                let found = policies(value)?;
                self.policies.get_or_insert(found);
            }
            _ if *oid == oids::POLICY_MAPPINGS => {
                let found: SequenceOf<'_, structure::Mapping> = read(value, "policyMappings")?;
                self.mappings
                    .extend(found.map(|pair| (pair.issuer_domain, pair.subject_domain)));
            }
            _ if *oid == oids::POLICY_CONSTRAINTS => {
                let found: structure::PolicyConstraints<'_> = read(value, "policyConstraints")?;
                self.constraints.get_or_insert(PolicyConstraints {
                    require_explicit: found.require_explicit.as_ref().map(count),
                    inhibit_mapping: found.inhibit_mapping.as_ref().map(count),
                });
            }
            _ if *oid == oids::INHIBIT_ANY_POLICY => {
                let found: asn1::BigUint<'_> = read(value, "inhibitAnyPolicy")?;
                self.inhibit_any.get_or_insert(count(&found));
            }
            _ if *oid == oids::EXTENDED_KEY_USAGE => {
                let found: SequenceOf<'_, Oid> = read(value, "extKeyUsage")?;
                self.purposes.get_or_insert_with(|| found.collect());
            }
            _ => (),
        }
        Ok(())
    }
}

fn read<'a, T: Asn1Readable<'a>>(value: &'a [u8], field: &'static str) -> Result<T, Unreadable> {
    asn1::parse_single(value).map_err(|_| Unreadable::new(field, "is not DER of it"))
}

fn general_names(value: &[u8]) -> Result<Vec<GeneralName>, Unreadable> {
    let found: SequenceOf<'_, ParsedGeneralName<'_>> = read(value, "subjectAltName")?;
    found.map(GeneralName::try_from).collect()
}

fn subtrees(value: &[u8]) -> Result<Subtrees, Unreadable> {
    let found: structure::NameConstraints<'_> = read(value, "nameConstraints")?;
    let list = |list: Option<SequenceOf<'_, structure::GeneralSubtree<'_>>>| {
        list.map(|list| list.map(subtree).collect::<Result<Vec<_>, _>>())
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
    let found: SequenceOf<'_, structure::PolicyInformation<'_>> =
        read(value, "certificatePolicies")?;
    let mut known_qualifiers = true;
    let named = found
        .map(|one| {
            for qualifier in one.qualifiers.into_iter().flatten() {
                known_qualifiers &= oids::QUALIFIERS.contains(&qualifier.kind);
            }
            one.policy
        })
        .collect();
    Ok(Policies {
        named,
        known_qualifiers,
    })
}
