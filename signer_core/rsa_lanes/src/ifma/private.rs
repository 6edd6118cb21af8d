//! Eight private operations at once, by the Chinese remainder theorem (RFC 8017 5.1.2).

use crypto_bigint::BoxedUint;
use zeroize::Zeroizing;

use super::blinding::{Blinding, Waiting};
use super::eight::{Eight, Eights, LANES};
use super::layout::{PAIRS, halves_exchanged, spread};
use super::limbs::{Limbs, from_octets, from_uint, limbs_for, to_octets};
use super::modulus::{Modulus, ModulusNumbers, Scratch, lane, side_by_side, sum};
use super::public::PublicNumbers;
use super::tiles;
use super::window::{Power, power, windows};
use crate::BlindingError;
use crate::work::{Job, KeyOctets};

/// A private key as the lanes take it; wiped when dropped.
pub struct PrivateNumbers {
    pub(super) public: PublicNumbers,
    pub(super) waiting: Waiting,
    /// p, then q.
    primes: [PrimeNumbers; 2],
    /// 1/q modulo p, in Montgomery's form.
    coefficient: Limbs,
}

struct PrimeNumbers {
    modulus: ModulusNumbers,
    limbs: Limbs,
    windows: Zeroizing<Vec<u8>>,
}

impl PrivateNumbers {
    /// `None` when the key is of a kind the lanes do not take: primes that are not both exactly
    /// half as long as the modulus, or what [`PublicNumbers`] refuses. The numbers fit together:
    /// AWS-LC checked them.
    pub fn new(octets: &KeyOctets<'_>) -> Option<Self> {
        let public = PublicNumbers::new(octets.modulus, octets.exponent)?;
        let half = octets.modulus.len() / 2;
        let even_halves = octets.modulus.len().is_multiple_of(2)
            && octets.primes.iter().all(|prime| {
                prime.len() == half && prime.first().is_some_and(|octet| octet & 0x80 != 0)
            });
        if !even_halves || limbs_for(half * 8) * 2 != public.limbs {
            return None;
        }
        let count = public.limbs / 2;
        let prime = |number: usize| -> Option<PrimeNumbers> {
            let value = uint(octets.primes[number], half)?;
            Some(PrimeNumbers {
                limbs: from_uint(&value, count),
                modulus: ModulusNumbers::new(value.as_nz_vartime()?, count),
                windows: windows(octets.exponents[number], half * 8),
            })
        };
        let primes = [prime(0)?, prime(1)?];
        let p = uint(octets.primes[0], half)?;
        let form = primes[0].modulus.one_as_uint(half)?;
        let coefficient = uint(octets.coefficient, half)?.mul_mod(&form, p.as_nz_vartime()?);
        Some(Self {
            coefficient: from_uint(&Zeroizing::new(coefficient), count),
            primes,
            waiting: Waiting::default(),
            public,
        })
    }

    /// Whether the two can share a group: lanes take the same steps.
    pub fn goes_with(&self, other: &Self) -> bool {
        self.public.goes_with(&other.public)
    }
}

fn uint(octets: &[u8], length: usize) -> Option<Zeroizing<BoxedUint>> {
    let number = BoxedUint::from_be_slice(octets, u32::try_from(length * 8).ok()?);
    number.ok().map(Zeroizing::new)
}

/// Signatures of one to eight messages, in order, not yet verified. The keys go with each other.
///
/// # Errors
/// [`BlindingError`].
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn sign(jobs: &[Job<'_>]) -> Result<Vec<Vec<u8>>, BlindingError> {
    let owners: Vec<_> = jobs
        .iter()
        .map(|job| (&job.key.public, &job.key.waiting))
        .collect();
    let keys = spread(&jobs.iter().map(|job| job.key).collect::<Vec<_>>());
    let count = keys[0].public.limbs;
    let modulus = Modulus::of(keys.map(|key| &key.public.modulus));
    let mut scratch = Scratch::new(count);

    let encoded: Vec<_> = jobs
        .iter()
        .map(|job| from_octets(job.encoded, count))
        .collect();
    let rows: Vec<_> = encoded.iter().map(|limbs| &limbs[..]).collect();
    let mut x = side_by_side(spread(&rows));
    let blinding = Blinding::take(&owners, &modulus, &mut scratch)?;
    modulus.multiply(&mut x, &blinding.factors, &mut scratch);
    let powers = if jobs.len() <= PAIRS {
        both_powers(&x, keys, &mut scratch)
    } else {
        powers_in_turn(&x, keys, &mut scratch)
    };
    recombine(&mut x, powers, keys, &mut scratch);
    modulus.multiply(&mut x, &blinding.inverses, &mut scratch);
    modulus.subtract_once(&mut x, &mut scratch);
    blinding.put_back(&owners, &modulus, &mut scratch);

    let signature =
        |(number, job): (usize, &Job<'_>)| to_octets(&lane(&x, number), job.encoded.len());
    Ok(jobs.iter().enumerate().map(signature).collect())
}

/// x^d modulo p and modulo q, taking turns in all lanes, for x < 2n.
#[target_feature(enable = "avx512f,avx512ifma")]
fn powers_in_turn(
    x: &Eights,
    keys: [&PrivateNumbers; LANES],
    scratch: &mut Scratch,
) -> [Eights; 2] {
    let primes = |number: usize| keys.map(|key| &key.primes[number]);
    remainder_powers(x, [primes(0), primes(1)], scratch)
}

/// The same at once, modulo p in the lower half of the lanes and modulo q in the upper half. Good
/// in the lower half alone; what stands in the upper one is bounded as if it were.
#[target_feature(enable = "avx512f,avx512ifma")]
fn both_powers(x: &Eights, keys: [&PrivateNumbers; LANES], scratch: &mut Scratch) -> [Eights; 2] {
    let primes = std::array::from_fn(|lane| &keys[lane].primes[lane / PAIRS]);
    let [lower_by_p] = remainder_powers(x, [primes], scratch);
    let lower_by_q = halves_exchanged(&lower_by_p);
    [lower_by_p, lower_by_q]
}

/// x <- x^d modulo n, below n, of x^d modulo p and modulo q (Garner).
#[target_feature(enable = "avx512f,avx512ifma")]
fn recombine(
    x: &mut Eights,
    powers: [Eights; 2],
    keys: [&PrivateNumbers; LANES],
    scratch: &mut Scratch,
) {
    let half = x.len() / 2;
    let [mut by_p, by_q] = powers;
    // h = (x^dP - x^dQ)/q modulo p; the result is x^dQ + h·q. The factor is below 3p, so h may come
    // out at p or a little above: the product modulo n that follows takes care of it.
    let p = Modulus::of(keys.map(|key| &key.primes[0].modulus));
    p.subtract(&mut by_p, &by_q);
    let coefficient = side_by_side(keys.map(|key| &key.coefficient[..]));
    p.multiply(&mut by_p, &coefficient, scratch);
    p.subtract_once(&mut by_p, scratch);
    let q = side_by_side(keys.map(|key| &key.primes[1].limbs[..]));
    let mut columns = Eights::new(vec![Eight::default(); 2 * half]);
    tiles::product(&mut columns, &by_p, &q);
    tiles::normalise(x, &columns);
    // Not `resize`, which leaves the old copy behind.
    let mut lower = Eights::new(vec![Eight::default(); 2 * half]);
    lower[..half].copy_from_slice(&by_q);
    sum(x, &lower);
}

/// x^d modulo one prime or modulo two, completely reduced, for x < 2n.
#[target_feature(enable = "avx512f,avx512ifma")]
fn remainder_powers<const COUNT: usize>(
    x: &Eights,
    primes: [[&PrimeNumbers; LANES]; COUNT],
    scratch: &mut Scratch,
) -> [Eights; COUNT] {
    let moduli = primes.map(|primes| Modulus::of(primes.map(|prime| &prime.modulus)));
    let (low, high) = x.split_at(x.len() / 2);
    let mut results: [Eights; COUNT] = std::array::from_fn(|_| Eights::new(low.to_vec()));
    let ones = primes.map(|primes| side_by_side(primes.map(|prime| &prime.modulus.one[..])));
    for ((base, modulus), primes) in results.iter_mut().zip(&moduli).zip(primes) {
        let row = |pick: fn(&PrimeNumbers) -> &[u64]| side_by_side(primes.map(pick));
        // x = low + high·R: each half is taken into Montgomery's form by its own power of R.
        modulus.multiply(base, &row(|prime| &prime.modulus.square), scratch);
        let mut upper = Eights::new(high.to_vec());
        modulus.multiply(&mut upper, &row(|prime| &prime.modulus.cube), scratch);
        sum(base, &upper);
    }
    let mut made: Vec<_> = results
        .iter_mut()
        .zip(&ones)
        .zip(&moduli)
        .zip(primes)
        .map(|(((x, one), modulus), primes)| Power {
            x,
            one,
            exponents: primes.map(|prime| &prime.windows[..]),
            modulus,
        })
        .collect();
    power(&mut made, scratch);
    let mut plain_one = vec![Eight::default(); low.len()];
    plain_one[0] = Eight([1; LANES]);
    for (base, modulus) in results.iter_mut().zip(&moduli) {
        modulus.multiply(base, &plain_one, scratch);
        modulus.subtract_once(base, scratch);
    }
    results
}
