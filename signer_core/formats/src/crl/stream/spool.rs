//! Where the entries wait for the last of them: a block in memory, whole blocks in the file.

use std::path::Path;

use super::super::block::ROOM;
use super::draft::Draft;
use super::seals::Seals;
use crate::error::{Error, Result};

/// Octets written, sealed and read back at once: what stays in the cache of a core between.
pub(super) const BLOCK: usize = 256 * 1024;
/// Octets of entries that leave room for what is around them below 2^32, from where lengths would
/// take five octets.
const MOST: usize = (1 << 32) - (1 << 20);

/// The entries of a list, one after the other.
pub(super) struct Spool {
    draft: Draft,
    /// Octets left in front of the entries, part of the first block: blocks then begin at multiples
    /// of their size, where the system caches each as one.
    gap: usize,
    /// The block that is being filled, and room behind it.
    buffer: Box<[u8]>,
    filled: usize,
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
            buffer: vec![0; BLOCK + ROOM].into_boxed_slice(),
            filled: gap,
            seals: Seals::new()?,
        })
    }

    /// Octets of all entries.
    pub(super) fn len(&self) -> usize {
        self.seals.len() * BLOCK + self.filled - self.gap
    }

    /// Adds entries that `write` puts at the start of the room it is given; it says how many
    /// octets they have.
    ///
    /// # Errors
    /// Those of `write`; `File` when a block can't be written; `InvalidArgument` when entries
    /// are too many.
    #[inline]
    pub(super) fn add(
        &mut self,
        write: impl FnOnce(&mut [u8; ROOM]) -> Result<usize>,
    ) -> Result<()> {
        let Some(room) = self.buffer[self.filled..].first_chunk_mut() else {
            return Err(Error::InvalidArgument("the list has no room left".into()));
        };
        self.filled += write(room)?;
        if self.filled >= BLOCK {
            self.spill()?;
        }
        Ok(())
    }

    /// Writes a block and keeps what is behind it.
    #[cold]
    fn spill(&mut self) -> Result<()> {
        let block = &self.buffer[..BLOCK];
        self.draft.write(block, place(self.seals.len()))?;
        self.seals.put(block)?;
        self.buffer.copy_within(BLOCK..self.filled, 0);
        self.filled -= BLOCK;
        if self.len() > MOST {
            return Err(Error::InvalidArgument(
                "the list would have 4 GiB; divide its scope".into(),
            ));
        }
        Ok(())
    }

    /// Hands over all entries, block after block, those of the file once their seals are checked.
    /// In the file they then follow `front` octets, which are the gap or less.
    ///
    /// Meanwhile the system writes the file to the disk, which takes a device, not a processor.
    ///
    /// # Errors
    /// `File`, `ProfileMismatch`.
    pub(super) fn read_back(&self, front: usize, take: impl FnMut(&[u8])) -> Result<()> {
        if self.seals.len() == 0 {
            return self.hand_over(front, take);
        }
        self.draft.while_syncing(|| self.hand_over(front, take))
    }

    fn hand_over(&self, front: usize, mut take: impl FnMut(&[u8])) -> Result<()> {
        let shift = self.gap - front;
        let mut gap = self.gap;
        let mut block = vec![0; if self.seals.len() == 0 { 0 } else { BLOCK }];
        for number in 0..self.seals.len() {
            self.draft.read(&mut block, place(number))?;
            self.seals.check(number, &block)?;
            let entries = &block[std::mem::take(&mut gap)..];
            take(entries);
            if shift > 0 {
                // Never onto a block that was not read yet: they move towards the front.
                let at = place(number + 1) - (entries.len() + shift) as u64;
                self.draft.write(entries, at)?;
            }
        }
        take(&self.buffer[gap..self.filled]);
        Ok(())
    }

    /// Writes what is in front of the entries and behind them, and puts the file in its place.
    ///
    /// # Errors
    /// `File`.
    pub(super) fn publish(self, front: &[u8], back: &[u8]) -> Result<()> {
        let gap = if self.seals.len() == 0 { self.gap } else { 0 };
        let end = [&self.buffer[gap..self.filled], back].concat();
        let at = front.len() + self.len() + back.len() - end.len();
        self.draft.write(front, 0)?;
        self.draft.write(&end, at as u64)?;
        self.draft.publish()
    }
}

/// Where the block of that number begins.
fn place(number: usize) -> u64 {
    (number * BLOCK) as u64
}
