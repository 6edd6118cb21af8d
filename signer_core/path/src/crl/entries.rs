//! The entries of a list, found by serial number.
//!
//! A list of 64 MB has nearly two million entries. They stay in the octets that were received; the
//! index says only where each begins, in the order of the low octets of the serial numbers. It is
//! sorted, not hashed, so nobody's choice of serial numbers makes it slow. What is asked for is mostly not
//! there, which [`Ends`] tells without a search.

use std::ops::Range;

use super::ends::Ends;
use super::extensions::{UNKNOWN_IN_ENTRY, entry_extensions};
use crate::Unreadable;
use crate::names::Name;
use crate::octets::{Element, Elements, INTEGER, SEQUENCE, integer};
use crate::time::time;

const SHAPE: Unreadable = Unreadable::new(
    "revokedCertificates",
    "must be entries of serial number, date and extensions",
);

/// Entries of one list whose serial numbers end alike. An indirect list has one for each issuer that
/// counts from 1.
const MOST_ALIKE: usize = 1 << 16;

/// What a list says of one certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Since when it is revoked, seconds since 1970.
    pub revoked_at: i64,
    /// CRLReason (RFC 5280 5.3.1); none: unspecified.
    pub reason: Option<u8>,
}

/// An entry, and which certificate it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed<'a> {
    /// Content octets of the serial number's INTEGER.
    pub serial: &'a [u8],
    /// What it says.
    pub entry: Entry,
}

/// Where the entries are.
#[derive(Debug, Default)]
pub(super) struct Entries {
    slots: Box<[Slot]>,
    /// Of the slots.
    ends: Ends,
    /// Issuers that entries of an indirect list name; the list's own is not among them.
    issuers: Vec<Name>,
    /// Whether any has a critical extension that is not processed.
    unprocessed: bool,
}

#[derive(Debug, Clone, Copy)]
struct Slot {
    /// The low eight octets of the serial number.
    low: u64,
    /// Where the entry begins in the content of revokedCertificates.
    at: u32,
    /// Whose certificate it is: 0 the list's issuer's, else one more than a place in `issuers`.
    issuer: u32,
}

impl Entries {
    /// Reads the content of revokedCertificates, every entry of it.
    pub(super) fn read(content: &[u8], indirect: bool) -> Result<Self, Unreadable> {
        let mut slots = Vec::with_capacity(content.len() / 24);
        let mut issuers: Vec<Name> = Vec::new();
        // An entry without certificateIssuer is of the issuer of the entry before (5.3.3).
        let mut issuer = 0;
        let unprocessed = each(content, indirect, |at, serial, named| {
            if let Some(named) = named {
                issuer = place(&mut issuers, named)?;
            }
            slots.push(Slot {
                low: low(serial),
                at: u32::try_from(at).map_err(|_| SHAPE)?,
                issuer,
            });
            Ok(())
        })?;
        slots.sort_unstable_by_key(|slot| (slot.low, slot.at));
        // All that are alike are looked at for each question about one of them.
        if slots
            .chunk_by(|one, next| one.low == next.low)
            .any(|alike| alike.len() > MOST_ALIKE)
        {
            return Err(Unreadable::new(
                "revokedCertificates",
                "has more entries of one serial number than are looked at",
            ));
        }
        Ok(Self {
            ends: Ends::of(slots.iter().map(|slot| slot.low)),
            slots: slots.into_boxed_slice(),
            issuers,
            unprocessed,
        })
    }

    /// Whether any has a critical extension that is not processed.
    pub(super) fn are_unprocessed(&self) -> bool {
        self.unprocessed
    }

    /// Reads the same, and keeps only how many there are.
    ///
    /// # Errors
    /// When any has a critical extension that is not processed, too.
    pub(super) fn count(content: &[u8], indirect: bool) -> Result<usize, Unreadable> {
        let mut entries = 0;
        let unprocessed = each(content, indirect, |_, _, _| {
            entries += 1;
            Ok(())
        })?;
        if unprocessed {
            return Err(UNKNOWN_IN_ENTRY);
        }
        Ok(entries)
    }

    /// How many there are whose serial numbers end like this one.
    pub(super) fn alike(&self, serial: &[u8]) -> usize {
        let low = low(serial);
        self.since(low).partition_point(|slot| slot.low == low)
    }

    /// The slots from the first with this end on; none when no slot has it.
    fn since(&self, low: u64) -> &[Slot] {
        if !self.ends.may_have(low) {
            return &[];
        }
        let first = self.slots.partition_point(|slot| slot.low < low);
        match self.slots.get(first) {
            Some(slot) if slot.low == low => &self.slots[first..],
            _ => &[],
        }
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    /// Octets of memory, but for the names of other issuers.
    pub(super) fn memory(&self) -> usize {
        size_of_val(&*self.slots) + self.ends.memory()
    }

    /// The entries for this certificate, in the order of the list.
    pub(super) fn find<'a>(
        &'a self,
        content: &'a [u8],
        serial: &'a [u8],
        issuer: &'a Name,
        list_issuer: &'a Name,
    ) -> impl Iterator<Item = Entry> + 'a {
        let low = low(serial);
        // Whether the last one looked at was of this issuer: names may be long, and many entries of one.
        let mut last = None;
        self.since(low)
            .iter()
            .take_while(move |slot| slot.low == low)
            .filter_map(move |slot| {
                let entry = Elements::new(content.get(slot.at as usize..)?)
                    .next_element()
                    .ok()?;
                let (found, revoked_at, extensions) = parts(entry).ok()?;
                if found != serial {
                    return None;
                }
                let ours = match last {
                    Some((place, ours)) if place == slot.issuer => ours,
                    _ => self.issuer(slot, list_issuer) == issuer,
                };
                last = Some((slot.issuer, ours));
                if !ours {
                    return None;
                }
                let reason = match extensions {
                    Some(extensions) => entry_extensions(extensions).ok()?.reason,
                    None => None,
                };
                Some(Entry { revoked_at, reason })
            })
    }

    /// What the entries at these places of the index say.
    pub(super) fn listed<'a>(
        &'a self,
        content: &'a [u8],
        places: Range<usize>,
    ) -> impl Iterator<Item = Listed<'a>> {
        let slots = self.slots.get(places).unwrap_or_default().iter();
        slots.filter_map(move |slot| {
            let entry = Elements::new(content.get(slot.at as usize..)?)
                .next_element()
                .ok()?;
            let (serial, revoked_at, extensions) = parts(entry).ok()?;
            let reason = extensions.and_then(|it| entry_extensions(it).ok()?.reason);
            Some(Listed {
                serial,
                entry: Entry { revoked_at, reason },
            })
        })
    }

    fn issuer<'a>(&'a self, slot: &Slot, list_issuer: &'a Name) -> &'a Name {
        match slot.issuer.checked_sub(1) {
            Some(place) => self.issuers.get(place as usize).unwrap_or(list_issuer),
            None => list_issuer,
        }
    }
}

/// Acts on every entry in these octets: where it begins, its serial number, and its certificateIssuer
/// where it has one. Returns whether any has a critical extension that is not processed.
fn each<'a>(
    content: &'a [u8],
    indirect: bool,
    mut act: impl FnMut(usize, &'a [u8], Option<Name>) -> Result<(), Unreadable>,
) -> Result<bool, Unreadable> {
    let mut elements = Elements::new(content);
    let mut unprocessed = false;
    loop {
        let at = content.len() - elements.left();
        let Some(element) = elements.next_if_any().map_err(|_| SHAPE)? else {
            return Ok(unprocessed);
        };
        let (serial, _, extensions) = parts(element)?;
        let named = match extensions {
            Some(extensions) => {
                let says = entry_extensions(extensions)?;
                unprocessed |= says.unprocessed;
                says.certificate_issuer
            }
            None => None,
        };
        if named.is_some() && !indirect {
            return Err(Unreadable::new(
                "certificateIssuer",
                "must be in indirect lists only (RFC 5280 5.3.3)",
            ));
        }
        act(at, serial, named)?;
    }
}

/// One more than the place of this name. Most lists name few issuers, and one run after another.
fn place(issuers: &mut Vec<Name>, named: Name) -> Result<u32, Unreadable> {
    // Looking back further would make the square of a list that names as many as it has entries.
    let recent = issuers.len().saturating_sub(64);
    let found = issuers[recent..].iter().rposition(|one| *one == named);
    let place = found.map_or(issuers.len(), |back| recent + back);
    if place == issuers.len() {
        issuers.push(named);
    }
    u32::try_from(place + 1).map_err(|_| SHAPE)
}

/// Serial number, date and the content of the extensions.
type Parts<'a> = (&'a [u8], i64, Option<&'a [u8]>);

#[inline]
fn parts(entry: Element<'_>) -> Result<Parts<'_>, Unreadable> {
    let mut parts = Elements::new(entry.of(SEQUENCE).map_err(|_| SHAPE)?);
    let serial = integer(parts.expect(INTEGER).map_err(|_| SHAPE)?).map_err(|_| SHAPE)?;
    let date = parts.next_element().map_err(|_| SHAPE)?;
    let date = time(&date)?;
    let extensions = parts.optional(SEQUENCE).map_err(|_| SHAPE)?;
    parts.end().map_err(|_| SHAPE)?;
    Ok((serial, date, extensions.map(|one| one.content)))
}

/// The low eight octets.
#[inline]
fn low(serial: &[u8]) -> u64 {
    serial
        .iter()
        .rev()
        .take(8)
        .rev()
        .fold(0, |low, octet| low << 8 | u64::from(*octet))
}
