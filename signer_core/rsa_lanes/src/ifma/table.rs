//! The powers of a base, and how one of them is read without telling which.
//!
//! All powers are read, from end to end, and masks keep the one that each lane wants. A read comes
//! in passes, one for each square of a window, so that it can be spread over those squares.

use zeroize::Zeroize;

use super::eight::{Eight, Eights, broadcast, equal, gather, load, store, zero};

pub(super) const WINDOW_BITS: usize = 5;
/// Powers of a table.
pub(super) const POWERS: usize = 1 << WINDOW_BITS;

/// The powers of a base up to the 31st; secret, wiped when dropped. Limb by limb: the lowest limbs
/// of all powers first, so that whoever reads a few limbs of each reads one piece of memory from
/// end to end, which is what processors fetch ahead of need.
pub(super) struct Table(pub(super) Vec<Eight>);

impl Drop for Table {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl Table {
    /// Of numbers of so many limbs, all zero.
    pub(super) fn of_limbs(limbs: usize) -> Self {
        Self(vec![Eight::default(); limbs * POWERS])
    }

    pub(super) fn put(&mut self, number: usize, power: &[Eight]) {
        for (limbs, limb) in self.0.chunks_exact_mut(POWERS).zip(power) {
            limbs[number] = *limb;
        }
    }

    pub(super) fn get(&self, number: usize) -> Eights {
        let limbs = self.0.chunks_exact(POWERS).map(|limbs| limbs[number]);
        Eights::new(limbs.collect())
    }
}

/// What one pass reads: a few limbs of all powers.
pub(super) struct Part<'a, const LIMBS: usize> {
    /// Limb by limb.
    pub(super) powers: &'a [[Eight; POWERS]; LIMBS],
    /// All ones in the lanes that want the power of this number, zeros in the others.
    pub(super) masks: &'a [Eight; POWERS],
    /// Where the limbs of the power that is wanted go.
    pub(super) wanted: &'a mut [Eight; LIMBS],
}

/// A read of a table in five passes, a fifth of the limbs each.
pub(super) struct Read<'a> {
    pub(super) table: &'a Table,
    pub(super) masks: &'a [Eight],
    /// Where the power that each lane wants goes.
    pub(super) wanted: &'a mut [Eight],
}

impl Read<'_> {
    /// What one pass reads; `None` unless that is so many limbs.
    pub(super) fn part<const LIMBS: usize>(&mut self, pass: usize) -> Option<Part<'_, LIMBS>> {
        let limbs = self.table.0.as_chunks::<POWERS>().0;
        let limbs = limbs.chunks(self.wanted.len() / WINDOW_BITS).nth(pass)?;
        Some(Part {
            powers: limbs.try_into().ok()?,
            masks: self.masks.try_into().ok()?,
            wanted: self.wanted.as_chunks_mut().0.get_mut(pass)?,
        })
    }

    /// Reads the limbs of one pass.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn pick(&mut self, pass: usize) {
        let part = self.wanted.len() / WINDOW_BITS;
        let limbs = self.table.0.as_chunks::<POWERS>().0;
        let wanted = &mut self.wanted[pass * part..][..part];
        for (wanted, limb) in wanted.iter_mut().zip(&limbs[pass * part..]) {
            let mut kept = zero();
            for (mask, limb) in self.masks.iter().zip(limb) {
                kept = gather(kept, load(mask), load(limb));
            }
            store(wanted, kept);
        }
    }
}

/// A mask for each power of a table: all ones in the lanes that want it.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn mask_for_each(masks: &mut [Eight], wanted: &Eight) {
    let wanted = load(wanted);
    for (number, mask) in (0..).zip(masks) {
        store(mask, equal(wanted, broadcast(number)));
    }
}

#[cfg(test)]
mod tests;
