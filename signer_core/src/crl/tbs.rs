//! `TBSCertList`: sized from the columns, then written once.

use super::columns::RevocationColumns;
use super::duplicates::refuse_duplicates;
use super::entry::{COPY, Entry, ROOM};
use super::fields::CrlFields;
use crate::der::{header_len, put_header, tag, tlv_len};
use crate::error::{Error, Result};
use crate::rsa::{Digest, Hash, Hasher, with_pool};

/// Octets, about, of one piece: large against the cost of handing it to another core, small
/// against the cache it is hashed from.
const PIECE: usize = 256 * 1024;
/// From this many entries on, encoding, hashing and finding duplicates share the cores.
const MANY: usize = 20_000;

/// A list ready to be written: every field checked, every length known.
pub struct TbsCertList<'a> {
    columns: RevocationColumns<'a>,
    /// Everything in front of the first entry, headers included.
    head: Vec<u8>,
    entries_len: usize,
    /// Everything behind the last entry.
    tail: Vec<u8>,
}

impl<'a> TbsCertList<'a> {
    /// Checks fields and entries and works out the size.
    ///
    /// # Errors
    /// `Malformed` when the issuer or the distribution point does not parse; `InvalidArgument`
    /// for an empty issuer or key identifier, a next update that is not later, and entries that
    /// are none (the error names the row). Duplicates are found when the list is written.
    pub fn new(fields: &CrlFields<'_>, columns: RevocationColumns<'a>) -> Result<Self> {
        let mut entries_len = 0;
        for (row, entry) in columns.entries().enumerate() {
            entries_len += entry?
                .checked_len()
                .map_err(|error| Error::InvalidArgument(format!("row {row}: {error}")))?;
        }
        let opening = fields.opening()?;
        let tail = fields.extensions()?;
        // RFC 5280 5.1.2.6: the list of entries is absent, not empty, when nothing is revoked.
        let list_len = if columns.is_empty() {
            0
        } else {
            tlv_len(entries_len)
        };
        let content_len = opening.len() + list_len + tail.len();
        let mut head = Vec::with_capacity(header_len(content_len) + opening.len() + 8);
        put_header(&mut head, tag::SEQUENCE, content_len);
        head.extend_from_slice(&opening);
        if !columns.is_empty() {
            put_header(&mut head, tag::SEQUENCE, entries_len);
        }
        Ok(Self {
            columns,
            head,
            entries_len,
            tail,
        })
    }

    /// Octets of the whole structure.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        self.head.len() + self.entries_len + self.tail.len()
    }

    /// The structure in a buffer of its own.
    ///
    /// # Errors
    /// As [`Self::encode_into`].
    pub fn encode(&self) -> Result<Vec<u8>> {
        let mut out = vec![0; self.encoded_len()];
        self.encode_into(&mut out)?;
        Ok(out)
    }

    /// Fills `out`, which has [`Self::encoded_len`] octets, and returns its SHA-256.
    ///
    /// # Errors
    /// `InvalidArgument` when a serial number is listed twice or `out` has another size; what is
    /// in `out` is of no use then.
    pub fn encode_into(&self, out: &mut [u8]) -> Result<Digest> {
        if out.len() != self.encoded_len() {
            return Err(Error::InvalidArgument(format!(
                "the list has {} octets, the buffer {}",
                self.encoded_len(),
                out.len()
            )));
        }
        let serials = self.columns.serials();
        if self.columns.len() < MANY {
            refuse_duplicates(serials)?;
            return self.write(out, &InTurn);
        }
        let (written, distinct) = with_pool(|| {
            rayon::join(
                || self.write(out, &OnTwoCores),
                || refuse_duplicates(serials),
            )
        })?;
        distinct.and(written)
    }

    /// Encodes one piece while the one before it is hashed.
    fn write(&self, out: &mut [u8], run: &impl Both) -> Result<Digest> {
        let mut hasher = Hasher::new(Hash::Sha256);
        let mut entries = self.columns.entries();
        let (mut encoded, mut rest) = out.split_at_mut(self.head.len());
        encoded.copy_from_slice(&self.head);
        loop {
            let (written, ()) = run.both(|| fill(&mut entries, rest), || hasher.update(encoded));
            let written = written?;
            if written == 0 {
                break;
            }
            (encoded, rest) = rest.split_at_mut(written);
        }
        rest.copy_from_slice(&self.tail);
        hasher.update(rest);
        Ok(hasher.finish())
    }
}

/// Writes entries at the start of `out` until there is a [`PIECE`] or none is left, and says how
/// many octets they take. Octets behind that may be overwritten.
fn fill(entries: &mut impl Iterator<Item = Result<Entry>>, out: &mut [u8]) -> Result<usize> {
    let mut room = [0; ROOM];
    let mut at = 0;
    while at < PIECE
        && let Some(entry) = entries.next()
    {
        let place = entry?.write(&mut room)?;
        if let Some(wide) = out.get_mut(at..at + COPY) {
            wide.copy_from_slice(&room[place.start..place.start + COPY]);
        } else {
            out[at..at + place.len()].copy_from_slice(&room[place.clone()]);
        }
        at += place.len();
    }
    Ok(at)
}

/// How two parts of the work run: one after the other, or at the same time.
trait Both {
    fn both<A: Send, B: Send>(
        &self,
        a: impl FnOnce() -> A + Send,
        b: impl FnOnce() -> B + Send,
    ) -> (A, B);
}

struct InTurn;

impl Both for InTurn {
    fn both<A: Send, B: Send>(
        &self,
        a: impl FnOnce() -> A + Send,
        b: impl FnOnce() -> B + Send,
    ) -> (A, B) {
        (a(), b())
    }
}

struct OnTwoCores;

impl Both for OnTwoCores {
    fn both<A: Send, B: Send>(
        &self,
        a: impl FnOnce() -> A + Send,
        b: impl FnOnce() -> B + Send,
    ) -> (A, B) {
        rayon::join(a, b)
    }
}
