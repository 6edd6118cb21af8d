//! What is asked: an authority and serial numbers.

use super::Method;
use super::wire::{Field, NoMessage, Reader};

/// A request as it came; whether it keeps the rules is another question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked<'a> {
    /// By its id.
    pub authority: &'a str,
    /// Of [`Method::Check`] one, which may be empty.
    pub serials: Vec<&'a [u8]>,
}

const AUTHORITY: u32 = 1;
const SERIALS: u32 = 2;

impl<'a> Asked<'a> {
    /// Fields of other numbers, and of another type, are passed over; of what there may be one of,
    /// the last counts.
    ///
    /// # Errors
    /// When the octets are no such message.
    pub fn read(method: Method, octets: &'a [u8]) -> Result<Self, NoMessage> {
        let mut authority = "";
        let most = if method == Method::Check {
            1
        } else {
            // As many as there are if each is as long as they mostly are: fields of 22 octets.
            octets.len() / 22
        };
        let mut serials = Vec::with_capacity(most);
        let mut reader = Reader(octets);
        while let Some(field) = reader.field()? {
            match field {
                Field::Octets(AUTHORITY, text) => {
                    authority = std::str::from_utf8(text).map_err(|_| NoMessage)?;
                }
                Field::Octets(SERIALS, serial) => {
                    if method == Method::Check {
                        serials.clear();
                    }
                    serials.push(serial);
                }
                Field::Octets(..) | Field::Other => {}
            }
        }
        if method == Method::Check && serials.is_empty() {
            serials.push(&[]);
        }
        Ok(Self { authority, serials })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::wire::Writer;
    use super::*;

    fn read(method: Method, octets: &[u8]) -> Option<(&str, Vec<&[u8]>)> {
        let asked = Asked::read(method, octets).ok()?;
        Some((asked.authority, asked.serials))
    }

    proptest! {
        #[test]
        fn what_was_written_is_read(
            authority in "\\PC{0,12}",
            serials in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..24), 0..6),
            other in 3_u8..15,
            unknown in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            let mut written = Writer::default();
            written.embedded(other, &unknown);
            for serial in &serials {
                written.embedded(2, serial);
                written.number(other, u64::MAX);
            }
            written.octets(1, authority.as_bytes());
            let expected: Vec<&[u8]> = serials.iter().map(Vec::as_slice).collect();
            let last = expected.last().copied().unwrap_or_default();
            let many = read(Method::Watch, &written.0);
            prop_assert_eq!(many, Some((&*authority, expected)));
            let single = read(Method::Check, &written.0);
            prop_assert_eq!(single, Some((&*authority, vec![last])));
        }

        #[test]
        fn whatever_comes_is_read_or_not(octets in prop::collection::vec(any::<u8>(), 0..400)) {
            for method in Method::ALL {
                let kept = read(method, &octets);
                let longest = kept.iter().flat_map(|(_, all)| all).map(|it| it.len()).max();
                prop_assert!(longest.unwrap_or(0) <= octets.len());
            }
        }
    }
}
