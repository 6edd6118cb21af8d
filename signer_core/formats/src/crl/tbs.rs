//! `TBSCertList`: sized from the columns, then written once.

use threads::with_pool;

use super::block::{Block, ROOM};
use super::columns::RevocationColumns;
use super::duplicates::refuse_duplicates;
use super::fields::CrlFields;
use super::frame::Frame;
use super::survey::Survey;
use crate::error::{Error, Result};
use crate::signing::{Digest, Hash, Hasher};

/// Octets, about, of one piece. Reasoned, not measured on each processor: a piece takes more than a
/// hundred microseconds, against the few that handing it to another core costs, and two of them are
/// in a core's second cache, which has half a megabyte at the least.
const PIECE: usize = 256 * 1024;
/// From this many entries on, encoding, hashing and finding duplicates share the cores: from some four
/// pieces on. Reasoned too, as there is little to win below it on any processor: all of these entries
/// take less than a millisecond on one core, and the signature that follows takes as long.
const MANY: usize = 20_000;

/// A list ready to be written: every field checked, every length known.
pub struct TbsCertList<'a> {
    columns: RevocationColumns<'a>,
    /// Everything in front of the first entry, headers included.
    head: Vec<u8>,
    survey: Survey,
    frame: Frame,
    hash: Hash,
}

impl<'a> TbsCertList<'a> {
    /// Checks fields and entries and works out the size.
    ///
    /// # Errors
    /// `Malformed` when the issuer or the distribution point does not parse; `InvalidArgument`
    /// for an empty issuer or key identifier, a next update that is not later, and entries that
    /// are none (the error names the row). Duplicates are found when the list is written.
    pub fn new(fields: &CrlFields<'_>, columns: RevocationColumns<'a>) -> Result<Self> {
        let survey = Survey::of(&columns)?;
        let frame = Frame::new(fields)?;
        Ok(Self {
            columns,
            head: frame.head(survey.octets),
            survey,
            frame,
            hash: fields.hash,
        })
    }

    /// Octets of the whole structure.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        self.head.len() + self.survey.octets + self.frame.tail().len()
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

    /// Fills `out`, which has [`Self::encoded_len`] octets, and returns its digest.
    ///
    /// # Errors
    /// `InvalidArgument` when a serial number is listed twice or `out` has another size; what is
    /// in `out` is of no use then.
    pub fn encode_into(&self, out: &mut [u8]) -> Result<Digest> {
        if out.len() != self.encoded_len() {
            return Err(Error::invalid(
                "out",
                format!("has {} octets, the list {}", out.len(), self.encoded_len()),
            ));
        }
        if self.columns.len() < MANY {
            self.refuse_duplicates()?;
            return self.write(out, &InTurn);
        }
        let (written, distinct) = with_pool(|| {
            rayon::join(|| self.write(out, &OnTwoCores), || self.refuse_duplicates())
        })?;
        distinct.and(written)
    }

    /// Numbers that rise, as an index gives them, need no further look.
    fn refuse_duplicates(&self) -> Result<()> {
        if self.survey.rises {
            return Ok(());
        }
        refuse_duplicates(self.columns.serials())
    }

    /// Encodes one piece while the one before it is hashed.
    fn write(&self, out: &mut [u8], run: &impl Both) -> Result<Digest> {
        let mut hasher = Hasher::new(self.hash);
        let mut blocks = self.columns.blocks();
        let (mut encoded, mut rest) = out.split_at_mut(self.head.len());
        encoded.copy_from_slice(&self.head);
        loop {
            let (written, ()) = run.both(|| fill(&mut blocks, rest), || hasher.update(encoded));
            let written = written?;
            if written == 0 {
                break;
            }
            (encoded, rest) = rest.split_at_mut(written);
        }
        rest.copy_from_slice(self.frame.tail());
        hasher.update(rest);
        Ok(hasher.finish())
    }
}

/// Writes entries at the start of `out` until there is a [`PIECE`] or none is left, and says how
/// many octets they take. Octets behind that may be overwritten.
fn fill<'a>(blocks: &mut impl Iterator<Item = Block<'a>>, out: &mut [u8]) -> Result<usize> {
    let mut at = 0;
    while at < PIECE
        && let Some(block) = blocks.next()
    {
        let rest = &mut out[at..];
        if let Some(room) = rest.first_chunk_mut() {
            at += block.write(room)?;
        } else {
            // The last of the list: no room to write too much.
            let mut room = [0; ROOM];
            let len = block.write(&mut room)?;
            rest[..len].copy_from_slice(&room[..len]);
            at += len;
        }
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
