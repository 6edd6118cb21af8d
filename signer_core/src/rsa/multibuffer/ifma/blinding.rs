//! Blinding: no private operation ever works on a number that somebody outside knows.
//!
//! A lane signs c·r^e instead of c and multiplies the result by 1/r (Kocher 1996). Each lane has a
//! pair (r^e, 1/r) of its own. Both halves are squared after each use, and the pair is thrown away
//! after 128 uses: a new one takes an inversion, a squaring next to nothing.

use std::sync::{Mutex, PoisonError};

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use crypto_bigint::{BoxedUint, NonZero};
use zeroize::Zeroizing;

use super::eight::LANES;
use super::limbs::{Limbs, from_uint};
use super::modulus::{Eights, Modulus, Scratch, lane, side_by_side};
use super::public::{PublicNumbers, raise};
use crate::error::{Error, Result};

const USES: u32 = 128;

/// Pairs of one key that wait for their next use.
#[derive(Default)]
pub(super) struct Waiting(Mutex<Vec<Pair>>);

impl Waiting {
    fn take(&self) -> Option<Pair> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    fn put_back(&self, pair: Pair) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.push(pair);
    }
}

/// r^e and 1/r modulo n, in Montgomery's form.
struct Pair {
    factor: Limbs,
    inverse: Limbs,
    uses: u32,
}

/// A key's public numbers and its pairs.
pub(super) type Owner<'a> = (&'a PublicNumbers, &'a Waiting);

/// The pairs of eight lanes, in use.
pub(super) struct Blinding {
    pub(super) factors: Eights,
    pub(super) inverses: Eights,
    uses: [u32; LANES],
}

impl Blinding {
    /// Takes the pairs that wait, and makes the missing ones.
    ///
    /// # Errors
    /// `Key` when the system gives no randomness.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn take(
        owners: [Owner<'_>; LANES],
        modulus: &Modulus,
        scratch: &mut Scratch,
    ) -> Result<Self> {
        let mut pairs = owners.map(|(_, waiting)| waiting.take());
        if pairs.iter().any(Option::is_none) {
            complete(&mut pairs, owners, modulus, scratch)?;
        }
        let rows = |half: fn(&Pair) -> &[u64]| {
            side_by_side(
                pairs
                    .each_ref()
                    .map(|pair| pair.as_ref().map_or(&[][..], half)),
            )
        };
        Ok(Self {
            factors: rows(|pair| &pair.factor),
            inverses: rows(|pair| &pair.inverse),
            uses: pairs
                .each_ref()
                .map(|pair| pair.as_ref().map_or(USES, |pair| pair.uses)),
        })
    }

    /// Squares the pairs and lets them wait, or wipes those that served often enough.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn put_back(
        mut self,
        owners: [Owner<'_>; LANES],
        modulus: &Modulus,
        scratch: &mut Scratch,
    ) {
        modulus.square(&mut self.factors, scratch);
        modulus.square(&mut self.inverses, scratch);
        for (number, (_, waiting)) in owners.into_iter().enumerate() {
            let uses = self.uses[number] + 1;
            if uses < USES {
                waiting.put_back(Pair {
                    factor: lane(&self.factors, number),
                    inverse: lane(&self.inverses, number),
                    uses,
                });
            }
        }
    }
}

/// Makes a pair for each lane that has none.
#[target_feature(enable = "avx512f,avx512ifma")]
fn complete(
    pairs: &mut [Option<Pair>; LANES],
    owners: [Owner<'_>; LANES],
    modulus: &Modulus,
    scratch: &mut Scratch,
) -> Result<()> {
    let keys = owners.map(|(key, _)| key);
    let mut drawn: [(Limbs, Limbs); LANES] = Default::default();
    for ((number, key), pair) in drawn.iter_mut().zip(keys).zip(pairs.iter()) {
        *number = match pair {
            None => number_and_inverse(key)?,
            Some(_) => (
                Limbs::new(vec![0; key.limbs]),
                Limbs::new(vec![0; key.limbs]),
            ),
        };
    }
    let into_form = side_by_side(keys.map(|key| &key.modulus.square[..]));
    let mut factors = side_by_side(drawn.each_ref().map(|(number, _)| &number[..]));
    raise(&mut factors, keys, modulus, scratch);
    modulus.multiply(&mut factors, &into_form, scratch);
    let mut inverses = side_by_side(drawn.each_ref().map(|(_, inverse)| &inverse[..]));
    modulus.multiply(&mut inverses, &into_form, scratch);
    for (number, pair) in pairs.iter_mut().enumerate() {
        pair.get_or_insert_with(|| Pair {
            factor: lane(&factors, number),
            inverse: lane(&inverses, number),
            uses: 0,
        });
    }
    Ok(())
}

/// A random number below the modulus, and its inverse. What the inversion sees, and takes its time
/// over, is the number times a second random one, which says nothing about it.
fn number_and_inverse(key: &PublicNumbers) -> Result<(Limbs, Limbs)> {
    let odd = key.number().to_odd().into_option().ok_or_else(no_inverse)?;
    let modulus = odd.as_nz_ref();
    let (number, mask) = (random(modulus)?, random(modulus)?);
    let masked = Zeroizing::new(number.mul_mod(&mask, modulus));
    let inverse = masked
        .invert_odd_mod_vartime(&odd)
        .into_option()
        .ok_or_else(no_inverse)?;
    let inverse = Zeroizing::new(inverse.mul_mod(&mask, modulus));
    Ok((
        from_uint(&number, key.limbs),
        from_uint(&inverse, key.limbs),
    ))
}

/// Evenly distributed below the modulus, but for one part in 2^64.
fn random(modulus: &NonZero<BoxedUint>) -> Result<Zeroizing<BoxedUint>> {
    let precision = modulus.bits_precision();
    let mut octets = Zeroizing::new(vec![0; precision as usize / 8 + 8]);
    SystemRandom::new()
        .fill(&mut octets)
        .map_err(|_| Error::Key("the system gives no randomness".into()))?;
    let wide = Zeroizing::new(BoxedUint::from_be_slice_vartime(&octets));
    Ok(Zeroizing::new(wide.rem(modulus)))
}

/// Whoever draws a number that shares a factor with the modulus has broken the key.
fn no_inverse() -> Error {
    Error::Key("a blinding number has no inverse".into())
}
