//! Where the entries wait for the last of them: in memory while they are few, then in the file.

use std::path::Path;

use super::super::entry::SLOT;
use super::draft::Draft;
use super::seals::Seals;
use crate::error::{Error, Result};

/// Octets of entries kept in memory at first. From here on their length takes four octets.
pub(super) const HELD: usize = 1 << 24;
/// Octets written, sealed and read back at once: what stays in the cache of a core between.
pub(super) const BLOCK: usize = 256 * 1024;
/// Octets of entries that leave room for what is around them below 2^32, from where lengths would
/// take five octets.
const MOST: usize = (1 << 32) - (1 << 20);
const _: () = assert!(HELD.is_multiple_of(BLOCK));

/// The entries of a list, one after the other.
pub(super) struct Spool {
    draft: Draft,
    /// Octets in front of the entries in the file.
    gap: usize,
    /// What is not in the file yet, and room behind it.
    buffer: Vec<u8>,
    filled: usize,
    /// How much of the buffer is filled before it goes into the file.
    limit: usize,
    /// One for each block in the file.
    seals: Seals,
}

impl Spool {
    /// # Errors
    /// `InvalidArgument` and `File` of the draft, `Key` when there is no randomness.
    pub(super) fn create(target: &Path, gap: usize) -> Result<Self> {
        Ok(Self {
            draft: Draft::create(target)?,
            gap,
            buffer: Vec::new(),
            filled: 0,
            limit: HELD,
            seals: Seals::new()?,
        })
    }

    /// Octets of all entries.
    pub(super) fn len(&self) -> usize {
        self.in_file() + self.filled
    }

    /// Room for the next entry.
    ///
    /// # Errors
    /// `File` when the entries before had to be written and could not be; `InvalidArgument` when
    /// they are too many.
    #[inline]
    pub(super) fn slot(&mut self) -> Result<&mut [u8; SLOT]> {
        if self.filled >= self.limit {
            self.spill()?;
        }
        if self.buffer.len() < self.filled + SLOT {
            self.buffer.resize(self.filled + SLOT + BLOCK, 0);
        }
        let (_, rest) = self.buffer.split_at_mut(self.filled);
        rest.first_chunk_mut()
            .ok_or_else(|| Error::InvalidArgument("the list has no room left".into()))
    }

    /// Keeps so many octets of the slot.
    #[inline]
    pub(super) fn keep(&mut self, len: usize) {
        self.filled += len;
    }

    /// Writes the whole blocks of the buffer and keeps the rest.
    #[cold]
    fn spill(&mut self) -> Result<()> {
        let whole = self.filled / BLOCK * BLOCK;
        for block in self.buffer[..whole].chunks_exact(BLOCK) {
            self.draft.write(block, self.place(self.seals.len()))?;
            self.seals.put(block)?;
        }
        self.buffer.copy_within(whole..self.filled, 0);
        self.filled -= whole;
        if self.limit > BLOCK {
            self.limit = BLOCK;
            self.buffer.truncate(BLOCK + SLOT);
            self.buffer.shrink_to_fit();
        }
        if self.len() > MOST {
            return Err(Error::InvalidArgument(
                "the list would have 4 GiB; divide its scope".into(),
            ));
        }
        Ok(())
    }

    /// Hands over all entries, block after block, those of the file once their seals are checked.
    ///
    /// # Errors
    /// `File`, `ProfileMismatch`.
    pub(super) fn read_back(&self, mut take: impl FnMut(&[u8])) -> Result<()> {
        let mut block = vec![0; if self.seals.len() == 0 { 0 } else { BLOCK }];
        for number in 0..self.seals.len() {
            self.draft.read(&mut block, self.place(number))?;
            self.seals.check(number, &block)?;
            take(&block);
        }
        take(&self.buffer[..self.filled]);
        Ok(())
    }

    /// Writes what is in front of the entries and behind them, and puts the file in its place.
    ///
    /// # Errors
    /// `File`; `InvalidArgument` when `front` does not fill the gap.
    pub(super) fn publish(self, front: &[u8], back: &[u8]) -> Result<()> {
        if self.seals.len() > 0 && front.len() != self.gap {
            return Err(Error::InvalidArgument(format!(
                "{} octets do not fit a gap of {}",
                front.len(),
                self.gap
            )));
        }
        let end = [&self.buffer[..self.filled], back].concat();
        self.draft.write(front, 0)?;
        self.draft
            .write(&end, (front.len() + self.in_file()) as u64)?;
        self.draft.publish()
    }

    fn in_file(&self) -> usize {
        self.seals.len() * BLOCK
    }

    fn place(&self, number: usize) -> u64 {
        (self.gap + number * BLOCK) as u64
    }
}
