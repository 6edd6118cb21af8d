//! Eight moduli side by side, and Montgomery's product by them.

use crypto_bigint::{BoxedUint, NonZero};
use zeroize::{Zeroize, Zeroizing};

use super::eight::{
    Eight, Eights, LANES, add, and, broadcast, choose, load, signed_carry, store, sub, zero,
};
use super::eight::{LIMB_BITS, LIMB_MASK};
use super::limbs::{Limbs, friendly, from_uint, negative_inverse, power_of_two, to_octets};
use super::table::Read;
use super::tiles;
use super::twenty::{self, Friendly};

/// One odd modulus and the constants its products need.
pub(super) struct ModulusNumbers {
    limbs: Limbs,
    negative_inverse: u64,
    /// For twenty limbs: (k·m + 1) / 2^52, where k·m is -1 modulo 2^52.
    friend: Option<Limbs>,
    /// R modulo m: 1 in Montgomery's form.
    pub(super) one: Limbs,
    /// R² modulo m: takes a number below R into that form.
    pub(super) square: Limbs,
    /// R³ modulo m: takes a number there that stands R higher.
    pub(super) cube: Limbs,
}

impl ModulusNumbers {
    /// Of an odd number that fits so many limbs with 16 bits to spare.
    pub(super) fn new(modulus: &NonZero<BoxedUint>, count: usize) -> Self {
        let limbs = from_uint(modulus, count);
        let k = negative_inverse(limbs.first().copied().unwrap_or(1));
        let bits = LIMB_BITS * u32::try_from(count).unwrap_or(0);
        let power = |times| from_uint(&power_of_two(times * bits, modulus), count);
        Self {
            friend: (count == twenty::LIMBS).then(|| friendly(&limbs, k)),
            negative_inverse: k,
            one: power(1),
            square: power(2),
            cube: power(3),
            limbs,
        }
    }

    /// R modulo m, as a number of so many octets.
    pub(super) fn one_as_uint(&self, octets: usize) -> Option<Zeroizing<BoxedUint>> {
        let one = Zeroizing::new(to_octets(&self.one, octets));
        let number = BoxedUint::from_be_slice(&one, u32::try_from(octets * 8).ok()?);
        number.ok().map(Zeroizing::new)
    }
}

/// Room for the columns of a product; holds secrets, wiped when dropped.
pub(super) struct Scratch {
    columns: Eights,
    doubled: Eights,
}

impl Scratch {
    /// For numbers of up to so many limbs.
    pub(super) fn new(limbs: usize) -> Self {
        Self {
            columns: Eights::new(vec![Eight::default(); 2 * limbs]),
            doubled: Eights::new(vec![Eight::default(); limbs]),
        }
    }
}

/// Eight moduli of one size, one a lane.
pub(super) struct Modulus {
    limbs: Eights,
    negative_inverse: Eight,
    friendly: Option<Box<Friendly>>,
}

impl Drop for Modulus {
    fn drop(&mut self) {
        self.negative_inverse.zeroize();
        if let Some(friendly) = &mut self.friendly {
            friendly.limbs.zeroize();
            friendly.friend.zeroize();
            friendly.negative_inverse.zeroize();
        }
    }
}

impl Modulus {
    /// Puts eight of them side by side.
    pub(super) fn of(lanes: [&ModulusNumbers; LANES]) -> Self {
        let limbs = side_by_side(lanes.map(|lane| &lane.limbs[..]));
        let negative_inverse = Eight(lanes.map(|lane| lane.negative_inverse));
        let friends = lanes.map(|lane| lane.friend.as_deref().map_or(&[][..], |limbs| limbs));
        let friends = side_by_side(friends);
        let friendly = match (limbs.as_chunks(), friends.as_chunks()) {
            (([limbs], []), ([friend], [])) => Some(Box::new(Friendly {
                limbs: *limbs,
                friend: *friend,
                negative_inverse,
            })),
            _ => None,
        };
        Self {
            limbs,
            negative_inverse,
            friendly,
        }
    }

    /// x <- x·y/R modulo m. Takes x·y < 2^16 R m, leaves x < 2m + x·y/R.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn multiply(&self, x: &mut [Eight], y: &[Eight], scratch: &mut Scratch) {
        if let (Some(friendly), [x], [y]) = (&self.friendly, x.as_chunks_mut().0, y.as_chunks().0) {
            return twenty::multiply(x, y, friendly);
        }
        let columns = &mut scratch.columns[..2 * x.len()];
        tiles::product(columns, x, y);
        tiles::reduce(x, columns, &self.limbs, &self.negative_inverse);
    }

    /// x <- x²/R modulo m; bounds as of [`Self::multiply`].
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn square(&self, x: &mut [Eight], scratch: &mut Scratch) {
        let doubled = &mut scratch.doubled[..x.len()];
        if let (Some(friendly), [x], [doubled]) = (
            &self.friendly,
            x.as_chunks_mut().0,
            doubled.as_chunks_mut().0,
        ) {
            return twenty::square(x, doubled, friendly);
        }
        let columns = &mut scratch.columns[..2 * x.len()];
        tiles::square(columns, x, doubled);
        tiles::reduce(x, columns, &self.limbs, &self.negative_inverse);
    }

    /// The same, and reads beside it the limbs of one pass of the power that each lane wants.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn square_and_read(
        &self,
        x: &mut [Eight],
        scratch: &mut Scratch,
        read: &mut Read<'_>,
        pass: usize,
    ) {
        let doubled = &mut scratch.doubled[..x.len()];
        if let (Some(friendly), [x], [doubled], Some(mut part)) = (
            &self.friendly,
            x.as_chunks_mut().0,
            doubled.as_chunks_mut().0,
            read.part(pass),
        ) {
            return twenty::square_and_read(x, doubled, friendly, &mut part);
        }
        read.pick(pass);
        self.square(x, scratch);
    }

    /// x <- x - m where x >= m, for x < 2m. Both outcomes take the same steps.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn subtract_once(&self, x: &mut [Eight], scratch: &mut Scratch) {
        let difference = &mut scratch.doubled[..x.len()];
        let mut borrow = zero();
        for ((difference, limb), modulus) in difference.iter_mut().zip(&*x).zip(self.limbs.iter()) {
            let total = add(sub(load(limb), load(modulus)), borrow);
            store(difference, and(total, broadcast(LIMB_MASK)));
            borrow = signed_carry(total);
        }
        // A borrow left over is -1, all ones: x was smaller.
        for (limb, difference) in x.iter_mut().zip(difference) {
            store(limb, choose(borrow, load(limb), load(difference)));
        }
    }

    /// x <- x - y + 2m, for y < 2m.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn subtract(&self, x: &mut [Eight], y: &[Eight]) {
        let mut handed_up = zero();
        for ((limb, other), modulus) in x.iter_mut().zip(y).zip(self.limbs.iter()) {
            let twice = add(load(modulus), load(modulus));
            let total = add(add(sub(load(limb), load(other)), twice), handed_up);
            store(limb, and(total, broadcast(LIMB_MASK)));
            handed_up = signed_carry(total);
        }
    }
}

/// Eight rows of limbs, equally long, as one row of [`Eight`]s.
pub(super) fn side_by_side(lanes: [&[u64]; LANES]) -> Eights {
    let limb = |place: usize| Eight(lanes.map(|lane| lane[place]));
    Eights::new((0..lanes[0].len()).map(limb).collect())
}

/// The limbs of one lane.
pub(super) fn lane(eights: &[Eight], lane: usize) -> Limbs {
    Limbs::new(eights.iter().map(|eight| eight.0[lane]).collect())
}

/// x <- x + y, limb by limb, carries handed up.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn sum(x: &mut [Eight], y: &[Eight]) {
    let mut handed_up = zero();
    for (limb, other) in x.iter_mut().zip(y) {
        let total = add(add(load(limb), load(other)), handed_up);
        store(limb, and(total, broadcast(LIMB_MASK)));
        handed_up = signed_carry(total);
    }
}

#[cfg(test)]
mod tests;
