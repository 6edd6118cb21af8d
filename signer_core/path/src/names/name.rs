//! Distinguished names.

use std::sync::Arc;

use super::prepare::prepare;
use super::text::text;
use crate::octets::{Element, Elements, IDENTIFIER, SEQUENCE, SET, identifier};
use crate::{Oid, Unreadable};

/// A distinguished name: its DER, and the form it is compared in. Two names are equal, and hash
/// alike, when RFC 5280 7.1 says that they match; string types, case and spaces do not matter.
///
/// The compared form is made of one element for each RDN, its length in front: a name is within the
/// subtree of another exactly when its form begins with the other's.
#[derive(Debug, Clone)]
pub struct Name {
    /// The compared form, and the DER after it.
    octets: Arc<[u8]>,
    /// How long the compared form is.
    prepared: usize,
}

impl Name {
    /// Reads one DER `Name`, nothing after it.
    ///
    /// # Errors
    /// [`Unreadable`] when it is none.
    pub fn read(der: &[u8]) -> Result<Self, Unreadable> {
        Self::read_within(der, &mut { MOST_PREPARED })
    }

    /// The same, with so much room for texts beyond ASCII as others of the same structure have left.
    pub(super) fn read_within(der: &[u8], room: &mut usize) -> Result<Self, Unreadable> {
        // A form is hardly longer than its DER: four octets and a few for each RDN.
        let mut octets = Vec::with_capacity(2 * der.len() + 64);
        form(der, &mut octets, room).map_err(|why| match why {
            TOO_LONG => why,
            _ => Unreadable::new("name", "is not DER of a Name"),
        })?;
        let prepared = octets.len();
        octets.extend_from_slice(der);
        Ok(Self {
            octets: octets.into(),
            prepared,
        })
    }

    /// The DER, as received.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.octets[self.prepared..]
    }

    /// The octets that names are compared by: those of equal names are equal.
    #[must_use]
    pub fn prepared(&self) -> &[u8] {
        &self.octets[..self.prepared]
    }

    /// Looks that comparing it with an equal one takes, or finding it in a table.
    pub(crate) fn looks(&self) -> usize {
        1 + self.prepared / 128
    }

    /// Whether it has no RDN at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.prepared == 0
    }

    /// The places where the compared form of an RDN ends.
    pub(super) fn ends(&self) -> impl Iterator<Item = usize> {
        let mut end = 0;
        std::iter::from_fn(move || {
            let length = self.prepared().get(end..)?.first_chunk::<4>()?;
            end += 4 + usize::try_from(u32::from_be_bytes(*length)).ok()?;
            Some(end)
        })
    }

    /// The attributes of every RDN.
    pub(super) fn rdns(&self) -> impl Iterator<Item = impl Iterator<Item = Attribute<'_>>> {
        // It was read when the name was made, so nothing fails here.
        let mut rdns = Elements::within(self.der(), SEQUENCE).unwrap_or(Elements::new(&[]));
        std::iter::from_fn(move || {
            let mut attributes = Elements::new(rdns.next_element().ok()?.content);
            Some(std::iter::from_fn(move || {
                Attribute::next(&mut attributes).ok()?
            }))
        })
    }

    /// The values of this attribute, contents as received, in every RDN.
    pub(super) fn values(&self, of: &Oid) -> impl Iterator<Item = &[u8]> {
        self.rdns()
            .flatten()
            .filter(|attribute| attribute.kind == of.as_der())
            .map(|attribute| attribute.value.content)
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.prepared() == other.prepared()
    }
}

impl Eq for Name {}

impl std::hash::Hash for Name {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.prepared().hash(state);
    }
}

/// One attribute of an RDN, as received.
pub(super) struct Attribute<'a> {
    /// Content octets of its type.
    pub(super) kind: &'a [u8],
    pub(super) value: Element<'a>,
}

impl<'a> Attribute<'a> {
    #[inline]
    fn next(attributes: &mut Elements<'a>) -> Result<Option<Self>, Unreadable> {
        let Some(element) = attributes.next_if_any()? else {
            return Ok(None);
        };
        let mut parts = Elements::new(element.of(SEQUENCE)?);
        let kind = identifier(parts.expect(IDENTIFIER)?)?;
        let value = parts.next_element()?;
        parts.end()?;
        Ok(Some(Self { kind, value }))
    }
}

/// Appends the compared form.
fn form(der: &[u8], out: &mut Vec<u8>, room: &mut usize) -> Result<(), Unreadable> {
    let mut rdns = Elements::within(der, SEQUENCE)?;
    while let Some(rdn) = rdns.next_if_any()? {
        append(out, rdn.of(SET)?, room)?;
    }
    Ok(())
}

/// Octets of texts beyond ASCII that one name, or names of one structure together, may have: to
/// normalize them takes a microsecond for each in the worst case. A name that has more is not read;
/// to compare what is left by octets would lead around what excludes it.
pub(super) const MOST_PREPARED: usize = 8 << 10;

/// Appends the compared form of one RDN. The order of its SET is not looked at: neither a signature
/// nor a comparison depends on it.
fn append(out: &mut Vec<u8>, rdn: &[u8], room: &mut usize) -> Result<(), Unreadable> {
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    let mut attributes = Elements::new(rdn);
    let first = Attribute::next(&mut attributes)?.ok_or(EMPTY)?;
    put(out, &first, room)?;
    if !attributes.is_empty() {
        let mut ends = vec![out.len()];
        while let Some(attribute) = Attribute::next(&mut attributes)? {
            put(out, &attribute, room)?;
            ends.push(out.len());
        }
        sort(out, start + 4, &ends);
    }
    let length = u32::try_from(out.len() - start - 4).unwrap_or(u32::MAX);
    out[start..start + 4].copy_from_slice(&length.to_be_bytes());
    Ok(())
}

const TOO_LONG: Unreadable = Unreadable::new("name", "has more text than is compared");
const EMPTY: Unreadable = Unreadable::new("name", "must have an attribute in every RDN");

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

/// Type, whether prepared, as characters or as received, length and value of one attribute. Lengths
/// are in front, so that no value can be read as the end of another.
fn put(out: &mut Vec<u8>, attribute: &Attribute<'_>, room: &mut usize) -> Result<(), Unreadable> {
    let kind = attribute.kind;
    // At most 63 octets.
    out.push(kind.len().to_le_bytes()[0]);
    out.extend_from_slice(kind);
    let mark = out.len();
    out.extend_from_slice(&[1, 0, 0, 0, 0]);
    let start = out.len();
    let text = text(kind, &attribute.value)?;
    if let Some(text) = text.as_ref().filter(|text| !text.is_ascii()) {
        *room = room.checked_sub(text.len()).ok_or(TOO_LONG)?;
    }
    match text {
        Some(text) => {
            if !prepare(&text, out) {
                // The same characters are the same in whatever string type, or what a constraint
                // excludes would pass in another one.
                out[mark] = 2;
                out.truncate(start);
                out.extend_from_slice(text.as_bytes());
            }
        }
        None => {
            out[mark] = 0;
            out.extend_from_slice(attribute.value.whole);
        }
    }
    let length = u32::try_from(out.len() - start).unwrap_or(u32::MAX);
    out[mark + 1..start].copy_from_slice(&length.to_be_bytes());
    Ok(())
}
