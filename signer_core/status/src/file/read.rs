//! Reading one: each row is looked at, whoever wrote it.

use std::io::Read;

use aws_lc_rs::digest::{Context, SHA256, SHA256_OUTPUT_LEN};

use super::super::base::{Base, Cohort, Form};
use super::super::mixing::Mixing;
use super::super::record::{Generation, Reason};
use super::super::shard::Shard;
use super::super::store::StatusIndex;
use super::{FileError, MAGIC, MANY, MOST_ABOUT, Result, VERSION};

/// Bits that number the buckets of a shard at most: what a key's first 64 leave, and more than any
/// memory has room for.
const MOST_BITS: u8 = 40;
/// Octets of a shard's rows: places of rows, with the gaps between pieces, are numbers of 32 bits.
const MOST_OCTETS: usize = 1 << 31;

impl StatusIndex {
    /// [`StatusIndex::load`] from anywhere.
    ///
    /// # Errors
    /// As [`StatusIndex::load`].
    pub fn read_from(from: &mut impl Read, most: usize) -> Result<(Self, Vec<u8>)> {
        let mut from = Digesting {
            from,
            digest: Context::new(&SHA256),
        };
        if &from.octets::<8>()? != MAGIC {
            return Err(FileError::Refused("it is no index"));
        }
        if from.number()? != VERSION as usize {
            return Err(FileError::Refused("it is of another version"));
        }
        let length = from.number()?;
        if length > MOST_ABOUT {
            return Err(FileError::Refused("what is said of it is too long"));
        }
        let about = from.many(length)?;
        let mut words = [0; 4];
        for word in &mut words {
            *word = u64::from_le_bytes(from.octets()?);
        }
        let (mut shards, mut left) = (std::array::from_fn(|_| Shard::default()), most);
        for (number, shard) in shards.iter_mut().enumerate() {
            let base = from.shard(number)?;
            left = left.checked_sub(base.count).ok_or(FileError::Refused(
                "it has more certificates than are taken",
            ))?;
            *shard = Shard::new(base);
        }
        let Digesting { from, digest } = from;
        let mut expected = [0; SHA256_OUTPUT_LEN];
        from.read_exact(&mut expected)?;
        if digest.finish().as_ref() != expected {
            return Err(FileError::Refused(
                "its digest is not that of what it holds",
            ));
        }
        if from.read(&mut [0])? != 0 {
            return Err(FileError::Refused("more follows its end"));
        }
        Ok((Self::of(Mixing::of(words), shards), about))
    }
}

/// What is read, and its digest so far.
struct Digesting<'a, R> {
    from: &'a mut R,
    digest: Context,
}

impl<R: Read> Digesting<'_, R> {
    fn octets<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut octets = [0; N];
        self.from.read_exact(&mut octets)?;
        self.digest.update(&octets);
        Ok(octets)
    }

    fn number(&mut self) -> Result<usize> {
        Ok(u32::from_le_bytes(self.octets()?) as usize)
    }

    /// So many octets. Room is made for little more than there are, whatever the file says.
    fn many(&mut self, count: usize) -> Result<Vec<u8>> {
        let mut octets = Vec::new();
        while octets.len() < count {
            let (had, more) = (octets.len(), (count - octets.len()).min(MANY));
            octets.resize(had + more, 0);
            self.from.read_exact(&mut octets[had..])?;
            self.digest.update(&octets[had..]);
        }
        Ok(octets)
    }

    fn shard(&mut self, number: usize) -> Result<Base> {
        let [bits] = self.octets()?;
        if !(1..=MOST_BITS).contains(&bits) {
            return Err(FileError::Refused("a shard has no or too many buckets"));
        }
        let count = self.number()?;
        let cohorts = self.many(count * 6)?;
        let cohorts: Option<Vec<Cohort>> = cohorts.chunks_exact(6).map(cohort).collect();
        let cohorts = cohorts.ok_or(FileError::Refused("a cohort has no generation"))?;
        let form = Form::new(u32::from(bits), cohorts.len());
        let count = self.number()?;
        let lengths = decoded(form, &self.many(count)?)?;
        let count = self.number()?;
        if count > MOST_OCTETS {
            return Err(FileError::Refused("a shard is too long"));
        }
        base(number, form, cohorts, &lengths, &self.many(count)?)
    }
}

fn cohort(octets: &[u8]) -> Option<Cohort> {
    let &[low, high, a, b, c, d] = octets else {
        return None;
    };
    Some(Cohort {
        generation: Generation::new(u16::from_le_bytes([low, high]))?,
        not_after: u32::from_le_bytes([a, b, c, d]),
    })
}

/// The shard's base; every row of it is looked at.
fn base(
    shard: usize,
    form: Form,
    cohorts: Vec<Cohort>,
    lengths: &[u32],
    octets: &[u8],
) -> Result<Base> {
    let (mut base, mut count, mut rest) = (Base::begun(form, cohorts), 0, octets);
    for (bucket, length) in lengths.iter().enumerate() {
        let (octets, after) = rest
            .split_at_checked(*length as usize)
            .ok_or(FileError::Refused("lengths are not those of the buckets"))?;
        rest = after;
        count += form
            .count(octets)
            .ok_or(FileError::Refused("a bucket is not made of rows"))?;
        for (row, revocation) in base.rows(octets) {
            if !base.may_have(shard, bucket, row) {
                return Err(FileError::Refused("a row is another bucket's or cohort's"));
            }
            if revocation.is_some_and(|(reason, _)| Reason::try_from(reason.code()).is_err()) {
                return Err(FileError::Refused("a reason can't be"));
            }
        }
        base.push(octets);
    }
    if !rest.is_empty() {
        return Err(FileError::Refused("lengths are not those of the buckets"));
    }
    Ok(base.finished(count))
}

/// The length of each bucket.
fn decoded(form: Form, octets: &[u8]) -> Result<Vec<u32>> {
    let wrong = FileError::Refused("lengths are not as many as buckets");
    if octets.len() < form.buckets() {
        return Err(wrong);
    }
    let (mut lengths, mut length, mut shift) = (Vec::with_capacity(form.buckets()), 0_u32, 0);
    for octet in octets {
        // More than 28 bits, which no bucket has, are lost, and then the lengths don't add up.
        length |= u32::from(octet & 0x7f).checked_shl(shift).unwrap_or(0);
        shift += 7;
        if octet & 0x80 == 0 {
            lengths.push(length);
            (length, shift) = (0, 0);
        }
    }
    if lengths.len() != form.buckets() || shift != 0 {
        return Err(wrong);
    }
    Ok(lengths)
}
