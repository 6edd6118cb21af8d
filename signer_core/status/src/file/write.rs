//! Writing one, shard by shard: no more is held twice than a shard.

use std::io::{self, BufWriter, IntoInnerError, Write};

use aws_lc_rs::digest::{Context, SHA256};

use super::super::base::Base;
use super::super::key::SHARDS;
use super::super::store::StatusIndex;
use super::{FileError, MAGIC, MANY, MOST_ABOUT, Result, VERSION};

impl StatusIndex {
    /// [`StatusIndex::save`] to anywhere.
    ///
    /// # Errors
    /// As [`StatusIndex::save`].
    pub fn write_to(&self, out: &mut impl Write, about: &[u8]) -> Result<()> {
        if about.len() > MOST_ABOUT {
            return Err(FileError::Refused("what is said of it is too long"));
        }
        let digest = Context::new(&SHA256);
        let mut into = BufWriter::with_capacity(MANY, Digesting { out, digest });
        into.write_all(MAGIC)?;
        into.write_all(&VERSION.to_le_bytes())?;
        counted(&mut into, about)?;
        for word in self.mixing().words() {
            into.write_all(&word.to_le_bytes())?;
        }
        for number in 0..SHARDS {
            shard(&mut into, &self.settled(number))?;
        }
        let Digesting { out, digest } = into.into_inner().map_err(IntoInnerError::into_error)?;
        out.write_all(digest.finish().as_ref())?;
        Ok(out.flush()?)
    }
}

/// What is written on, and its digest so far.
struct Digesting<'a, W> {
    out: &'a mut W,
    digest: Context,
}

impl<W: Write> Write for Digesting<'_, W> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        let count = self.out.write(octets)?;
        self.digest.update(&octets[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn counted(into: &mut impl Write, octets: &[u8]) -> io::Result<()> {
    into.write_all(&(octets.len() as u32).to_le_bytes())?;
    into.write_all(octets)
}

fn shard(into: &mut impl Write, base: &Base) -> io::Result<()> {
    into.write_all(&[base.form.bits as u8])?;
    into.write_all(&(base.cohorts.len() as u32).to_le_bytes())?;
    for cohort in &base.cohorts {
        into.write_all(&cohort.generation.get().to_le_bytes())?;
        into.write_all(&cohort.not_after.to_le_bytes())?;
    }
    let (lengths, sum) = lengths(base);
    counted(into, &lengths)?;
    into.write_all(&(sum as u32).to_le_bytes())?;
    for bucket in 0..base.form.buckets() {
        into.write_all(base.bucket(base.place(bucket)))?;
    }
    Ok(())
}

/// The length of each bucket, and of all together.
fn lengths(base: &Base) -> (Vec<u8>, usize) {
    let (mut octets, mut sum) = (Vec::with_capacity(base.form.buckets()), 0);
    for bucket in 0..base.form.buckets() {
        let mut length = base.bucket(base.place(bucket)).len();
        sum += length;
        while length >= 0x80 {
            octets.push(length as u8 | 0x80);
            length >>= 7;
        }
        octets.push(length as u8);
    }
    (octets, sum)
}
