//! Distinguished names.

use std::sync::Arc;

use asn1::{Asn1Read, Tlv};

use super::prepare::prepare;
use super::text::text;
use crate::Oid;
use crate::certificate::Unreadable;
use crate::sequence::{Content, each};

/// A distinguished name: its DER, and the form it is compared in. Two names are equal, and hash
/// alike, when RFC 5280 7.1 says that they match; string types, case and spaces do not matter.
///
/// The compared form is made of one element for each RDN, its length in front: a name is within the
/// subtree of another exactly when its form begins with the other's.
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
    pub fn read(der: &[u8]) -> Result<Self, Unreadable> {
        let prepared = form(der).map_err(|_| Unreadable::new("name", "is not DER of a Name"))?;
        Ok(Self {
            der: der.into(),
            prepared: prepared.into(),
        })
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

    /// Whether it has no RDN at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.prepared.is_empty()
    }

    /// The places where the compared form of an RDN ends.
    pub(super) fn ends(&self) -> impl Iterator<Item = usize> {
        let mut end = 0;
        std::iter::from_fn(move || {
            let length = self.prepared.get(end..)?.first_chunk::<4>()?;
            end += 4 + usize::try_from(u32::from_be_bytes(*length)).ok()?;
            Some(end)
        })
    }

    /// Every attribute of every RDN, as received: its type, and the DER of its value.
    pub(super) fn attributes(&self) -> Vec<Vec<(Oid, Tlv<'_>)>> {
        let mut found = Vec::new();
        // It was read when the name was made, so nothing fails here.
        let _ = asn1::parse_single::<Content<'_>>(&self.der).and_then(|rdns| {
            each(rdns.0, |rdn: Rdn<'_>| {
                let mut attributes = Vec::new();
                each(rdn.0, |attribute: Attribute<'_>| {
                    attributes.push((attribute.kind, attribute.value));
                    Ok::<_, asn1::ParseError>(())
                })?;
                found.push(attributes);
                Ok::<_, asn1::ParseError>(())
            })
        });
        found
    }

    /// The values of this attribute, contents as received, in every RDN.
    pub(super) fn values(&self, of: &Oid) -> Vec<&[u8]> {
        let mut found = Vec::new();
        // It was read when the name was made, so nothing fails here.
        let _ = asn1::parse_single::<Content<'_>>(&self.der).and_then(|rdns| {
            each(rdns.0, |rdn: Rdn<'_>| {
                each(rdn.0, |attribute: Attribute<'_>| {
                    if attribute.kind == *of {
                        found.push(attribute.value.data());
                    }
                    Ok::<_, asn1::ParseError>(())
                })
            })
        });
        found
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

#[derive(Asn1Read)]
struct Attribute<'a> {
    kind: Oid,
    value: Tlv<'a>,
}

/// A `SET OF` whose order is not looked at: neither a signature nor a comparison depends on it.
struct Rdn<'a>(&'a [u8]);

impl<'a> asn1::SimpleAsn1Readable<'a> for Rdn<'a> {
    const TAG: asn1::Tag = <asn1::SetOf<'a, Tlv<'a>> as asn1::SimpleAsn1Readable<'a>>::TAG;

    fn parse_data(data: &'a [u8]) -> asn1::ParseResult<Self> {
        if data.is_empty() {
            return Err(asn1::ParseError::new(asn1::ParseErrorKind::InvalidValue));
        }
        Ok(Self(data))
    }
}

fn form(der: &[u8]) -> asn1::ParseResult<Vec<u8>> {
    let rdns: Content<'_> = asn1::parse_single(der)?;
    let mut out = Vec::with_capacity(der.len() + 64);
    each(rdns.0, |rdn| append(&mut out, &rdn))?;
    Ok(out)
}

fn append(out: &mut Vec<u8>, rdn: &Rdn<'_>) -> asn1::ParseResult<()> {
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    let mut ends = Vec::new();
    each(rdn.0, |attribute: Attribute<'_>| {
        put(out, &attribute)?;
        ends.push(out.len());
        Ok::<_, asn1::ParseError>(())
    })?;
    if ends.len() > 1 {
        sort(out, start + 4, &ends);
    }
    let length = u32::try_from(out.len() - start - 4).unwrap_or(u32::MAX);
    out[start..start + 4].copy_from_slice(&length.to_be_bytes());
    Ok(())
}

/// Puts what begins at `start` and ends at each of `ends` into the order of its octets.
fn sort(out: &mut Vec<u8>, start: usize, ends: &[usize]) {
    let written = out.split_off(start);
    let mut from = 0;
    let mut parts: Vec<&[u8]> = Vec::with_capacity(ends.len());
    for end in ends {
        parts.push(&written[from..end - start]);
        from = end - start;
    }
    parts.sort_unstable();
    parts.iter().for_each(|part| out.extend_from_slice(part));
}

/// Type, whether prepared or as received, length and value of one attribute. Lengths are in front,
/// so that no value can be read as the end of another.
fn put(out: &mut Vec<u8>, attribute: &Attribute<'_>) -> asn1::ParseResult<()> {
    let kind = attribute.kind.as_der();
    // At most 63 octets.
    out.push(kind.len().to_le_bytes()[0]);
    out.extend_from_slice(kind);
    let mark = out.len();
    out.extend_from_slice(&[1, 0, 0, 0, 0]);
    let start = out.len();
    let text = text(&attribute.kind, &attribute.value)?;
    let prepared = text.is_some_and(|text| prepare(&text, out));
    if !prepared {
        out[mark] = 0;
        out.truncate(start);
        out.extend_from_slice(attribute.value.full_data());
    }
    let length = u32::try_from(out.len() - start).unwrap_or(u32::MAX);
    out[mark + 1..start].copy_from_slice(&length.to_be_bytes());
    Ok(())
}
