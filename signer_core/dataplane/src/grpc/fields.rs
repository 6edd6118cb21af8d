//! What is asked: an authority and serial numbers.

use bytes::Bytes;

use super::Method;
use super::wire::{Field, NoMessage, Reader};

/// A request as it came; whether it keeps the rules is another question.
pub(super) struct Asked {
    pub(super) authority: String,
    /// Of [`Method::Check`] one, which may be empty.
    pub(super) serials: Vec<Bytes>,
}

const AUTHORITY: u32 = 1;
const SERIALS: u32 = 2;

impl Asked {
    /// Fields of other numbers, and of another type, are passed over; of what there may be one of,
    /// the last counts.
    pub(super) fn read(method: Method, octets: &Bytes) -> Result<Self, NoMessage> {
        let mut authority: &[u8] = &[];
        let mut serials = Vec::new();
        let mut reader = Reader(octets);
        while let Some(field) = reader.field()? {
            match field {
                Field::Octets(AUTHORITY, text) => {
                    std::str::from_utf8(text).map_err(|_| NoMessage)?;
                    authority = text;
                }
                Field::Octets(SERIALS, serial) => {
                    if method == Method::Check {
                        serials.clear();
                    }
                    serials.push(octets.slice_ref(serial));
                }
                Field::Octets(..) | Field::Other => {}
            }
        }
        if method == Method::Check && serials.is_empty() {
            serials.push(Bytes::new());
        }
        let authority = String::from_utf8(authority.to_vec()).map_err(|_| NoMessage)?;
        Ok(Self { authority, serials })
    }
}
