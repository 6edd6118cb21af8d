//! Blinding: no private operation ever works on a number that somebody outside knows.
//!
//! A lane signs c·r^e instead of c and multiplies the result by 1/r (Kocher 1996). Each message has
//! a pair (r^e, 1/r) of its own. Both halves are squared after each use, and the pair is thrown away
//! after 128 uses: a new one takes an inversion, a squaring next to nothing.

use std::sync::{Mutex, PoisonError};

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use crypto_bigint::{BoxedUint, NonZero};
use zeroize::Zeroizing;

use super::eight::Eights;
use super::layout::spread;
use super::limbs::{Limbs, from_uint};
use super::modulus::{Modulus, Scratch, lane, side_by_side};
use super::public::{PublicNumbers, raise};
use crate::BlindingError;

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

/// The pairs of one to eight messages, in use.
pub(super) struct Blinding {
    pub(super) factors: Eights,
    pub(super) inverses: Eights,
    /// What both were filled from.
    pairs: Vec<Pair>,
}

impl Blinding {
    /// Takes the pairs that wait, one for each message, and makes the missing ones.
    ///
    /// # Errors
    /// [`BlindingError`].
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn take(
        owners: &[Owner<'_>],
        modulus: &Modulus,
        scratch: &mut Scratch,
    ) -> Result<Self, BlindingError> {
        let waiting: Vec<_> = owners.iter().map(|(_, waiting)| waiting.take()).collect();
        let pairs = complete(waiting, owners, modulus, scratch)?;
        let rows = |half: fn(&Pair) -> &[u64]| {
            side_by_side(spread(&pairs.iter().map(half).collect::<Vec<_>>()))
        };
        Ok(Self {
            factors: rows(|pair| &pair.factor),
            inverses: rows(|pair| &pair.inverse),
            pairs,
        })
    }

    /// Squares the pairs and lets them wait, or wipes those that served often enough.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn put_back(
        mut self,
        owners: &[Owner<'_>],
        modulus: &Modulus,
        scratch: &mut Scratch,
    ) {
        modulus.square(&mut self.factors, scratch);
        modulus.square(&mut self.inverses, scratch);
        for (number, ((_, waiting), used)) in owners.iter().zip(self.pairs).enumerate() {
            let uses = used.uses + 1;
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

/// The pairs, with a new one for each message that has none.
#[target_feature(enable = "avx512f,avx512ifma")]
fn complete(
    pairs: Vec<Option<Pair>>,
    owners: &[Owner<'_>],
    modulus: &Modulus,
    scratch: &mut Scratch,
) -> Result<Vec<Pair>, BlindingError> {
    if pairs.iter().all(Option::is_some) {
        return Ok(pairs.into_iter().flatten().collect());
    }
    let drawn: Vec<(Limbs, Limbs)> = pairs
        .iter()
        .zip(owners)
        .map(|(pair, (key, _))| match pair {
            None => number_and_inverse(key),
            Some(_) => {
                let nothing = || Limbs::new(vec![0; key.limbs]);
                Ok((nothing(), nothing()))
            }
        })
        .collect::<Result<_, _>>()?;
    let rows = |half: fn(&(Limbs, Limbs)) -> &[u64]| {
        side_by_side(spread(&drawn.iter().map(half).collect::<Vec<_>>()))
    };
    let keys = spread(&owners.iter().map(|(key, _)| *key).collect::<Vec<_>>());
    let into_form = side_by_side(keys.map(|key| &key.modulus.square[..]));
    let mut factors = rows(|(number, _)| number);
    raise(&mut factors, keys, modulus, scratch);
    modulus.multiply(&mut factors, &into_form, scratch);
    let mut inverses = rows(|(_, inverse)| inverse);
    modulus.multiply(&mut inverses, &into_form, scratch);
    let new = |number| Pair {
        factor: lane(&factors, number),
        inverse: lane(&inverses, number),
        uses: 0,
    };
    let pairs = pairs.into_iter().enumerate();
    Ok(pairs
        .map(|(number, pair)| pair.unwrap_or_else(|| new(number)))
        .collect())
}

/// A random number below the modulus, and its inverse. What the inversion sees, and takes its time
/// over, is the number times a second random one, which says nothing about it.
fn number_and_inverse(key: &PublicNumbers) -> Result<(Limbs, Limbs), BlindingError> {
    let no_inverse = BlindingError::NoInverse;
    let odd = key.number().to_odd().into_option().ok_or(no_inverse)?;
    let modulus = odd.as_nz_ref();
    let (number, mask) = (random(modulus)?, random(modulus)?);
    let masked = Zeroizing::new(number.mul_mod(&mask, modulus));
    let inverse = masked
        .invert_odd_mod_vartime(&odd)
        .into_option()
        .ok_or(no_inverse)?;
    let inverse = Zeroizing::new(inverse.mul_mod(&mask, modulus));
    Ok((
        from_uint(&number, key.limbs),
        from_uint(&inverse, key.limbs),
    ))
}

/// Evenly distributed below the modulus, but for one part in 2^64.
fn random(modulus: &NonZero<BoxedUint>) -> Result<Zeroizing<BoxedUint>, BlindingError> {
    let precision = modulus.bits_precision();
    let mut octets = Zeroizing::new(vec![0; precision as usize / 8 + 8]);
    SystemRandom::new()
        .fill(&mut octets)
        .map_err(|_| BlindingError::NoRandomness)?;
    let wide = Zeroizing::new(BoxedUint::from_be_slice_vartime(&octets));
    Ok(Zeroizing::new(wide.rem(modulus)))
}
