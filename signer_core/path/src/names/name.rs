//! Distinguished names.

use std::sync::Arc;

use asn1::{Asn1Read, Tlv};

use super::prepare::prepared;
use crate::Oid;
use crate::certificate::Unreadable;

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

    /// The values of this attribute, contents as received, in every RDN.
    pub(super) fn values(&self, of: &Oid) -> Vec<&[u8]> {
        let mut found = Vec::new();
        // It was read when the name was made.
        if let Ok(rdns) = asn1::parse_single::<asn1::SequenceOf<'_, Rdn<'_>>>(&self.der) {
            for rdn in rdns {
                let _ = each_attribute(&rdn, |attribute| {
                    if attribute.kind == *of {
                        found.push(attribute.value.data());
                    }
                });
            }
        }
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

fn each_attribute<'a>(
    rdn: &Rdn<'a>,
    mut act: impl FnMut(Attribute<'a>),
) -> asn1::ParseResult<usize> {
    asn1::parse(rdn.0, |set| {
        let mut count = 0;
        while !set.is_empty() {
            act(set.read_element()?);
            count += 1;
        }
        Ok(count)
    })
}

fn form(der: &[u8]) -> asn1::ParseResult<Vec<u8>> {
    let rdns: asn1::SequenceOf<'_, Rdn<'_>> = asn1::parse_single(der)?;
    let mut out = Vec::with_capacity(der.len() + 16);
    for rdn in rdns {
        append(&mut out, &rdn)?;
    }
    Ok(out)
}

fn append(out: &mut Vec<u8>, rdn: &Rdn<'_>) -> asn1::ParseResult<()> {
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    let mut first = true;
    let mut several: Vec<Vec<u8>> = Vec::new();
    each_attribute(rdn, |attribute| {
        if first {
            first = false;
            put(out, &attribute);
        } else {
            let mut one = Vec::new();
            put(&mut one, &attribute);
            several.push(one);
        }
    })?;
    if !several.is_empty() {
        several.push(out.split_off(start + 4));
        several.sort_unstable();
        several.iter().for_each(|one| out.extend_from_slice(one));
    }
    let length = u32::try_from(out.len() - start - 4).unwrap_or(u32::MAX);
    out[start..start + 4].copy_from_slice(&length.to_be_bytes());
    Ok(())
}

/// Type, whether prepared or as received, length and value of one attribute. Lengths are in front,
/// so that no value can be read as the end of another.
fn put(out: &mut Vec<u8>, attribute: &Attribute<'_>) {
    let kind = attribute.kind.as_der();
    // At most 63 octets.
    out.push(kind.len().to_le_bytes()[0]);
    out.extend_from_slice(kind);
    let text = text(&attribute.value);
    let prepared = text.as_deref().and_then(prepared);
    let (mark, value) = match &prepared {
        Some(text) => (1, text.as_bytes()),
        None => (0, attribute.value.full_data()),
    };
    out.push(mark);
    out.extend_from_slice(&u32::try_from(value.len()).unwrap_or(u32::MAX).to_be_bytes());
    out.extend_from_slice(value);
}

/// The characters of a value of a string type; nothing for other types, and for octets that are no
/// characters of their type. TeletexString is read as Latin-1, which is what it is used for.
fn text<'a>(value: &Tlv<'a>) -> Option<std::borrow::Cow<'a, str>> {
    let data = value.data();
    match value.tag().as_u8()? {
        0x0c => std::str::from_utf8(data).ok().map(Into::into),
        // NumericString, PrintableString, IA5String, VisibleString.
        0x12 | 0x13 | 0x16 | 0x1a if data.is_ascii() => {
            std::str::from_utf8(data).ok().map(Into::into)
        }
        0x14 => Some(data.iter().map(|octet| char::from(*octet)).collect()),
        0x1e => {
            let (units, []) = data.as_chunks::<2>() else {
                return None;
            };
            char::decode_utf16(units.iter().map(|unit| u16::from_be_bytes(*unit)))
                .collect::<Result<_, _>>()
                .ok()
        }
        0x1c => {
            let (units, []) = data.as_chunks::<4>() else {
                return None;
            };
            units
                .iter()
                .map(|unit| char::from_u32(u32::from_be_bytes(*unit)))
                .collect()
        }
        _ => None,
    }
}
