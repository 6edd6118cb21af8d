//! A list that is longer than memory: columns in, chunk after chunk, a file out.
//!
//! DER wants a length in front of everything it is the length of, and so does the signature: its
//! hash begins with the header of the to-be-signed part. Neither is known before the last entry.
//! There are three ways out:
//!
//! - *Announce the sizes.* Somebody has to know them: the publisher would have to count octets of
//!   DER in SQL, or read the database twice in one snapshot. Reading ten million rows takes a
//!   database cursor far longer than everything done here, and must not be done twice.
//! - *Leave a gap for the header and move the entries up to it.* DER has no padding, so a gap that
//!   is too wide by one octet moves hundreds of megabytes.
//! - *Leave a gap that fits.* From 2^24 up to 2^32 octets every length around the entries takes
//!   exactly four octets, so the gap is known to the octet, long before the length that goes into
//!   it. Only a list that ends before, of 16 MB at most, has to move.
//!
//! The last is what is done. The rows are read once, from whatever yields them, and nothing needs
//! to be known beforehand. The hash is what has to wait: when the last entry is there, the file is
//! read back a block at a time, from the system's cache as a rule, several times as fast as it is
//! hashed. A signer must sign what it encoded, not what it finds in a file, so every block is
//! sealed with a one-time key when it is written, and checked before it is hashed ([`seals`]).
//!
//! Memory: two blocks, and 16 octets for each block written. Serial numbers must rise from row to
//! row, as an index yields them, so that none can return unseen.
//!
//! The file has a name of its own beside the target until it is whole, signed and on the disk;
//! then it takes the target's place at once ([`draft`]). Whatever goes wrong before leaves the
//! target as it was.

mod draft;
mod seals;
mod spool;
#[cfg(test)]
mod tests;

use std::path::Path;

use self::spool::Spool;
use super::assemble::{content_len, signature_part, signed_len};
use super::block::Block;
use super::columns::RevocationColumns;
use super::fields::CrlFields;
use super::frame::Frame;
use super::order::Rising;
use crate::der::{put_header, tag};
use crate::error::{Error, Result};
use crate::signing::{Hash, Hasher, Signer};

/// The fewest octets of entries for which all lengths around them take four.
const LONG: usize = 1 << 24;
/// Octets of a header whose length takes four.
const LONG_HEADER: usize = 6;

/// A list being written. What fails takes the stream and its file away with it: there is no half
/// of a list to go on with.
pub struct CrlStream {
    frame: Frame,
    spool: Spool,
    order: Rising,
    entries: u64,
}

/// A list that was written, signed and put in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Published {
    /// Entries in the list.
    pub entries: u64,
    /// Octets of the file.
    pub octets: u64,
}

impl CrlStream {
    /// Starts a list that will be at `path`; until then its file is beside that, under another
    /// name.
    ///
    /// # Errors
    /// `Malformed` and `InvalidArgument` for the fields, as [`super::TbsCertList::new`]; `File`
    /// when the file can't be made.
    pub fn create(path: &Path, fields: &CrlFields<'_>) -> Result<Self> {
        let frame = Frame::new(fields)?;
        let gap = LONG_HEADER + frame.head(LONG).len();
        Ok(Self {
            spool: Spool::create(path, gap)?,
            frame,
            order: Rising::new(),
            entries: 0,
        })
    }

    /// Adds the next entries, any number of them.
    ///
    /// # Errors
    /// `InvalidArgument` for what is no entry, for a serial number that is not above the one
    /// before it, and from 4 GiB on; the error names the row of these columns and how many entries
    /// came before them. `File` when the file can't be written.
    pub fn append(mut self, columns: &RevocationColumns<'_>) -> Result<Self> {
        let before = self.entries;
        self.write(columns).map_err(|error| match error {
            Error::InvalidArgument(why) if before > 0 => {
                Error::InvalidArgument(format!("after {before} entries, {why}"))
            }
            other => other,
        })?;
        Ok(self)
    }

    fn write(&mut self, columns: &RevocationColumns<'_>) -> Result<()> {
        for block in columns.blocks() {
            match block.usual() {
                Some(serials) => {
                    let rising = self.order.take_all(serials);
                    if rising < serials.len() {
                        return Err(not_rising(block.row + rising));
                    }
                    self.spool
                        .add(|room| Ok(block.write_usual(serials, room)))?;
                }
                None => {
                    self.check_order(&block)?;
                    self.spool.add(|room| block.write_any(room))?;
                }
            }
        }
        self.entries += columns.len() as u64;
        Ok(())
    }

    fn check_order(&mut self, block: &Block<'_>) -> Result<()> {
        for entry in block.entries() {
            let (row, entry) = entry?;
            if !self.order.take(entry.serial.padded()) {
                return Err(not_rising(row));
            }
        }
        Ok(())
    }

    /// Hashes and signs the list, and puts it at its path, replacing what is there.
    ///
    /// # Errors
    /// The errors of [`Signer::sign_digest`]; `File` when the file can't be written, read back, or
    /// put in its place; `ProfileMismatch` when it holds other octets than were written.
    pub fn finish(self, signer: &dyn Signer) -> Result<Published> {
        let head = self.frame.head(self.spool.len());
        let tail = self.frame.tail();
        let tbs_len = head.len() + self.spool.len() + tail.len();
        let signature_len = signer.public_key().signature_len();
        let mut front = Vec::with_capacity(LONG_HEADER + head.len());
        put_header(
            &mut front,
            tag::SEQUENCE,
            content_len(tbs_len, signature_len),
        );
        front.extend_from_slice(&head);

        let mut hasher = Hasher::new(Hash::Sha256);
        hasher.update(&head);
        self.spool
            .read_back(front.len(), |block| hasher.update(block))?;
        hasher.update(tail);
        let signature = signer.sign_digest(&hasher.finish())?;
        let back = [tail, &signature_part(&signature)].concat();
        self.spool.publish(&front, &back)?;
        Ok(Published {
            entries: self.entries,
            octets: signed_len(tbs_len, signature_len) as u64,
        })
    }
}

#[cold]
fn not_rising(row: usize) -> Error {
    Error::InvalidArgument(format!(
        "row {row}: serial: is not above the one before it; a streamed list is in rising order"
    ))
}
