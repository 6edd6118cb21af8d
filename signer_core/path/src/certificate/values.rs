//! The values of the extensions that validation reads (RFC 5280 4.2.1), each of which is one DER
//! object, nothing after it.

use crate::names::{GeneralName, ParsedGeneralName, Subtree, Subtrees, general_names};
use crate::octets::{
    BIT_STRING, BOOLEAN, Elements, IDENTIFIER, INTEGER, OCTET_STRING, SEQUENCE, bits, boolean,
    identifier, integer, oid, only, unsigned,
};
use crate::{Oid, Unreadable};

/// What an authorityKeyIdentifier says (4.2.1.1).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuthorityKeyIdentifier<'a> {
    /// keyIdentifier.
    pub key_identifier: Option<&'a [u8]>,
    /// authorityCertIssuer: content of its GeneralNames.
    pub issuer: Option<&'a [u8]>,
    /// authorityCertSerialNumber, content octets.
    pub serial: Option<&'a [u8]>,
}

impl<'a> AuthorityKeyIdentifier<'a> {
    /// The same, and every name in it.
    pub(crate) fn read_whole(value: &'a [u8]) -> Result<Self, Unreadable> {
        let read = Self::read(value)?;
        general_names(read.issuer.unwrap_or_default())?;
        Ok(read)
    }

    pub(crate) fn read(value: &'a [u8]) -> Result<Self, Unreadable> {
        let mut fields = Elements::within(value, SEQUENCE)?;
        let key_identifier = fields.optional(0x80)?.map(|field| field.content);
        let issuer = fields.optional(0xA1)?.map(|field| field.content);
        let serial = match fields.optional(0x82)? {
            Some(field) => Some(integer(field.content)?),
            None => None,
        };
        fields.end()?;
        Ok(Self {
            key_identifier,
            issuer,
            serial,
        })
    }
}

/// subjectKeyIdentifier (4.2.1.2).
pub(super) fn key_identifier(value: &[u8]) -> Result<&[u8], Unreadable> {
    only(value, OCTET_STRING)
}

/// The first sixteen bits of keyUsage (4.2.1.3), which has nine.
pub(super) fn key_usage(value: &[u8]) -> Result<u16, Unreadable> {
    let found = bits(only(value, BIT_STRING)?)?;
    let mut octets = [0; 2];
    for (to, from) in octets.iter_mut().zip(found.as_bytes()) {
        *to = *from;
    }
    Ok(u16::from_be_bytes(octets))
}

pub(super) struct Policies {
    pub(super) named: Vec<Oid>,
    /// Whether every qualifier is one of RFC 5280's.
    pub(super) known_qualifiers: bool,
}

/// certificatePolicies (4.2.1.4).
pub(super) fn policies(value: &[u8]) -> Result<Policies, Unreadable> {
    let mut policies = Policies {
        named: Vec::new(),
        known_qualifiers: true,
    };
    each(value, |mut parts| {
        policies.named.push(oid(parts.expect(IDENTIFIER)?)?);
        if let Some(qualifiers) = parts.optional(SEQUENCE)? {
            each_in(qualifiers.content, |mut parts| {
                let kind = identifier(parts.expect(IDENTIFIER)?)?;
                policies.known_qualifiers &= is_known_qualifier(kind);
                parts.any()?;
                parts.end()
            })?;
        }
        parts.end()
    })?;
    Ok(policies)
}

/// id-qt-cps and id-qt-unotice, which are 1 and 2 of 1.3.6.1.5.5.7.2.
fn is_known_qualifier(oid: &[u8]) -> bool {
    matches!(oid, [0x2b, 6, 1, 5, 5, 7, 2, 1 | 2])
}

/// policyMappings (4.2.1.5): issuerDomainPolicy and subjectDomainPolicy of each.
pub(super) fn mappings(value: &[u8]) -> Result<Vec<(Oid, Oid)>, Unreadable> {
    let mut mappings = Vec::new();
    each(value, |mut parts| {
        let issuer_domain = oid(parts.expect(IDENTIFIER)?)?;
        let subject_domain = oid(parts.expect(IDENTIFIER)?)?;
        mappings.push((issuer_domain, subject_domain));
        parts.end()
    })?;
    Ok(mappings)
}

/// subjectAltName (4.2.1.6).
pub(super) fn alt_names(value: &[u8]) -> Result<Vec<GeneralName>, Unreadable> {
    general_names(only(value, SEQUENCE)?)
}

#[derive(Clone, Copy)]
pub(super) struct Basic {
    pub(super) authority: bool,
    pub(super) path_length: Option<u32>,
}

/// basicConstraints (4.2.1.9).
pub(super) fn basic(value: &[u8]) -> Result<Basic, Unreadable> {
    let mut fields = Elements::within(value, SEQUENCE)?;
    let authority = match fields.optional(BOOLEAN)? {
        Some(field) => boolean(field.content)?,
        None => false,
    };
    let path_length = optional_count(&mut fields, INTEGER)?;
    fields.end()?;
    Ok(Basic {
        authority,
        path_length,
    })
}

/// nameConstraints (4.2.1.10).
pub(super) fn subtrees(value: &[u8]) -> Result<Subtrees, Unreadable> {
    let mut fields = Elements::within(value, SEQUENCE)?;
    let mut room = MOST_CONSTRAINED;
    let mut list = |tag| match fields.optional(tag)? {
        Some(field) => {
            let mut found = Vec::new();
            each_in(field.content, |parts| {
                found.push(subtree(parts, &mut room)?);
                Ok(())
            })?;
            Ok::<_, Unreadable>(Some(found))
        }
        None => Ok(None),
    };
    let permitted = list(0xA0)?;
    let excluded = list(0xA1)?;
    fields.end()?;
    Ok(Subtrees {
        permitted,
        excluded,
    })
}

/// Octets of texts beyond ASCII in all directory names of one nameConstraints.
const MOST_CONSTRAINED: usize = 32 << 10;

fn subtree(mut parts: Elements<'_>, room: &mut usize) -> Result<Subtree, Unreadable> {
    let base = ParsedGeneralName::read(&parts.any()?)?;
    let minimum = parts.optional(0x80)?;
    let maximum = parts.optional(0x81)?;
    for distance in [minimum, maximum].into_iter().flatten() {
        unsigned(distance.content)?;
    }
    parts.end()?;
    Ok(Subtree {
        base: base.kept(room)?,
        whole: minimum.is_none_or(|it| it.content == [0]) && maximum.is_none(),
    })
}

#[derive(Clone, Copy)]
pub(super) struct PolicyConstraints {
    pub(super) require_explicit: Option<u32>,
    pub(super) inhibit_mapping: Option<u32>,
}

/// policyConstraints (4.2.1.11).
pub(super) fn policy_constraints(value: &[u8]) -> Result<PolicyConstraints, Unreadable> {
    let mut fields = Elements::within(value, SEQUENCE)?;
    let require_explicit = optional_count(&mut fields, 0x80)?;
    let inhibit_mapping = optional_count(&mut fields, 0x81)?;
    fields.end()?;
    Ok(PolicyConstraints {
        require_explicit,
        inhibit_mapping,
    })
}

/// extKeyUsage (4.2.1.12).
pub(super) fn purposes(value: &[u8]) -> Result<Vec<Oid>, Unreadable> {
    let mut found = Vec::new();
    let mut all = Elements::within(value, SEQUENCE)?;
    while !all.is_empty() {
        found.push(oid(all.expect(IDENTIFIER)?)?);
    }
    Ok(found)
}

/// inhibitAnyPolicy (4.2.1.14).
pub(super) fn inhibit_any(value: &[u8]) -> Result<u32, Unreadable> {
    Ok(count(unsigned(only(value, INTEGER)?)?))
}

/// Acts on the parts of each SEQUENCE in the SEQUENCE OF them that the value is.
fn each<'a>(
    value: &'a [u8],
    act: impl FnMut(Elements<'a>) -> Result<(), Unreadable>,
) -> Result<(), Unreadable> {
    each_in(only(value, SEQUENCE)?, act)
}

/// The same of the content of a SEQUENCE OF.
fn each_in<'a>(
    content: &'a [u8],
    mut act: impl FnMut(Elements<'a>) -> Result<(), Unreadable>,
) -> Result<(), Unreadable> {
    let mut all = Elements::new(content);
    while !all.is_empty() {
        act(Elements::new(all.expect(SEQUENCE)?))?;
    }
    Ok(())
}

fn optional_count(fields: &mut Elements<'_>, tag: u8) -> Result<Option<u32>, Unreadable> {
    match fields.optional(tag)? {
        Some(field) => Ok(Some(count(unsigned(field.content)?))),
        None => Ok(None),
    }
}

/// A count of certificates: more than fit are as good as the most that fit.
fn count(unsigned: &[u8]) -> u32 {
    unsigned.iter().fold(0_u32, |count, octet| {
        count
            .checked_mul(256)
            .map_or(u32::MAX, |count| count.saturating_add(u32::from(*octet)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_that_do_not_fit_are_the_most_that_does() {
        assert_eq!(count(&[0]), 0);
        assert_eq!(count(&[0x01, 0x00]), 256);
        assert_eq!(count(&[0x00, 0xff, 0xff, 0xff, 0xff]), u32::MAX);
        assert_eq!(count(&[0x01, 0, 0, 0, 0]), u32::MAX);
        assert_eq!(count(&[0x7f, 0, 0, 0, 0, 0, 0, 0, 1]), u32::MAX);
    }
}
