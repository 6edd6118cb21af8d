//! DER elements one after the other, read by `der`; every refusal names the field being read.

use der::asn1::UintRef;
use der::{Decode, Length, Reader, SliceReader, Tag};

use crate::certificate::faults::{mismatch, must};
use crate::error::{Error, Result};

/// The elements of one content, in order. Lengths are minimal: `der` sees to it. One reader serves
/// all depths, because the check beside each signature would spend more on making readers than on
/// reading; that a content ends where its header says is looked at when it has been read.
pub(super) struct Elements<'a> {
    field: &'static str,
    reader: SliceReader<'a>,
    /// Where the content ends that is being read.
    end: Length,
}

impl<'a> Elements<'a> {
    /// Reads `octets` from the first to the last: what `read` leaves over is refused.
    #[inline]
    pub(super) fn read(
        field: &'static str,
        octets: &'a [u8],
        read: impl FnOnce(&mut Self) -> Result<()>,
    ) -> Result<()> {
        let reader = SliceReader::new(octets).map_err(|_| unreadable(field))?;
        let end = reader.input_len();
        let mut elements = Self { field, reader, end };
        elements.to(end, read)
    }

    /// Names what is read from here on.
    #[inline]
    pub(super) fn at(&mut self, field: &'static str) -> &mut Self {
        self.field = field;
        self
    }

    /// Reads the content of the next element, which must have this tag.
    #[inline]
    pub(super) fn inside(
        &mut self,
        tag: Tag,
        read: impl FnOnce(&mut Self) -> Result<()>,
    ) -> Result<()> {
        let length = self.header(tag)?;
        let end = (self.reader.position() + length).map_err(|_| unreadable(self.field))?;
        self.to(end, read)
    }

    /// The next element must be primitive in effect: this tag and exactly this content.
    #[inline]
    pub(super) fn value(&mut self, tag: Tag, asked: &[u8]) -> Result<()> {
        let length = self.header(tag)?;
        let same = self
            .reader
            .read_slice(length)
            .is_ok_and(|found| found == asked);
        must(self.field, "is not what was asked for", same)
    }

    /// The next elements must be these, octet for octet; `elements` are whole ones.
    #[inline]
    pub(super) fn exactly(&mut self, elements: &[u8]) -> Result<()> {
        let same = Length::try_from(elements.len())
            .and_then(|length| self.reader.read_slice(length))
            .is_ok_and(|found| found == elements);
        must(self.field, "is not what was asked for", same)
    }

    /// The next element must be the INTEGER of this positive number, without leading zeros.
    #[inline]
    pub(super) fn unsigned(&mut self, asked: &[u8]) -> Result<()> {
        let found: UintRef<'a> = self.decode()?;
        must(
            self.field,
            "is not the one asked for",
            found.as_bytes() == asked,
        )
    }

    /// Passes over what is left, which has been looked at elsewhere.
    #[inline]
    pub(super) fn skip(&mut self) -> Result<()> {
        let left = (self.end - self.reader.position()).map_err(|_| unreadable(self.field))?;
        let there = self.reader.read_slice(left).is_ok();
        must(self.field, "does not read back", there)
    }

    /// The next element as one of the parser's own types.
    #[inline]
    pub(super) fn decode<T: Decode<'a>>(&mut self) -> Result<T> {
        T::decode(&mut self.reader).map_err(|_| unreadable(self.field))
    }

    /// Reads what must end at `end`: positions only grow, so nothing read inside passed it.
    #[inline]
    fn to(&mut self, end: Length, read: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        let around = (self.field, std::mem::replace(&mut self.end, end));
        read(self)?;
        (self.field, self.end) = around;
        let all = self.reader.position() == end;
        must(self.field, "holds more or less than was asked", all)
    }

    /// Length of the next element's content, which must have this tag.
    #[inline]
    fn header(&mut self, tag: Tag) -> Result<Length> {
        // The identifier octet as it stands: turning it into a `Tag` first costs more than this.
        let same = self
            .reader
            .read_byte()
            .is_ok_and(|found| found == tag.octet());
        must(self.field, "is of another type", same)?;
        self.decode()
    }
}

#[cold]
fn unreadable(field: &'static str) -> Error {
    mismatch(field, "does not read back")
}
