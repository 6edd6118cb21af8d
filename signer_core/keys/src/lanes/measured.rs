//! What signatures cost here, measured once in each process.
//!
//! The key is one of three that lie beside this file: made for this purpose with `openssl genpkey`,
//! known to everybody who reads this, and therefore nobody's. Whatever a neighbour on the processor
//! learns by timing these signatures, he could have read; no user's key is ever measured with. What
//! the lanes do takes the same time for every key of a size (`docs/signing-core.md`), so these
//! stand for all.
//!
//! Signature and group are made in turns, and the least of several times counts: whoever else uses
//! the processor only ever makes them longer.

use std::process;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::Instant;

use formats::signing::{Digest, Hash};
use rsa_lanes::{LANES, PAIRS, PublicNumbers};

use crate::choice::Costs;
use crate::release::{sign_apart, sign_together};
use crate::signer::BatchSigner;
use crate::software::SoftwareKey;

/// How often each is made, after the first time, which fetches code and draws blinding numbers.
const ROUNDS: usize = 5;

const KEYS: [(usize, &[u8]); 3] = [
    (2048, include_bytes!("throwaway/2048.der")),
    (3072, include_bytes!("throwaway/3072.der")),
    (4096, include_bytes!("throwaway/4096.der")),
];
/// A single signature, a few, all.
static KNOWN: [Known<3>; 3] = [
    Known::of(KEYS[0], measure),
    Known::of(KEYS[1], measure),
    Known::of(KEYS[2], measure),
];
/// One signature checked singly, a group of them in the lanes, a key made ready for these.
static CHECKS: [Known<3>; 3] = [
    Known::of(KEYS[0], measure_checks),
    Known::of(KEYS[1], measure_checks),
    Known::of(KEYS[2], measure_checks),
];

/// Of keys with so many bits; `None` where there are no lanes, for sizes nobody makes keys of, and
/// for as long as another thread measures.
///
/// A forked child keeps what its parent knew, as the processor is the same, and measures for itself
/// what a thread of its parent was measuring. Nothing here is locked, so nothing stays locked.
pub(super) fn costs(bits: usize) -> Option<Costs> {
    let [single, few, all] = found(&KNOWN, bits)?;
    Some(Costs { single, few, all })
}

/// What it costs to verify one signature singly, any number of them up to [`LANES`] in the lanes,
/// and to make a key ready for these, once: in nanoseconds; `None` as above.
pub(super) fn check_costs(bits: usize) -> Option<[u64; 3]> {
    found(&CHECKS, bits)
}

fn found<const N: usize>(known: &[Known<N>], bits: usize) -> Option<[u64; N]> {
    let known = known.iter().find(|known| known.bits == bits)?;
    known.get().unwrap_or_else(|| known.measure_once())
}

/// What is known of one size of keys.
struct Known<const N: usize> {
    bits: usize,
    key: &'static [u8],
    measure: fn(&[u8]) -> Option<[u64; N]>,
    /// The process whose thread measures, or has; 0 at first.
    measurer: AtomicU32,
    /// Whether what follows is there.
    done: AtomicBool,
    /// In nanoseconds; 0 where there are no lanes.
    costs: [AtomicU64; N],
}

impl<const N: usize> Known<N> {
    const fn of(
        (bits, key): (usize, &'static [u8]),
        measure: fn(&[u8]) -> Option<[u64; N]>,
    ) -> Self {
        Self {
            bits,
            key,
            measure,
            measurer: AtomicU32::new(0),
            done: AtomicBool::new(false),
            costs: [const { AtomicU64::new(0) }; N],
        }
    }

    fn get(&self) -> Option<Option<[u64; N]>> {
        if !self.done.load(Ordering::Acquire) {
            return None;
        }
        let costs = self
            .costs
            .each_ref()
            .map(|cost| cost.load(Ordering::Relaxed));
        Some(costs.iter().all(|cost| *cost > 0).then_some(costs))
    }

    fn measure_once(&self) -> Option<[u64; N]> {
        let (this, before) = (process::id(), self.measurer.load(Ordering::Relaxed));
        let exchanged =
            self.measurer
                .compare_exchange(before, this, Ordering::Relaxed, Ordering::Relaxed);
        if before == this || exchanged.is_err() {
            return None;
        }
        let costs = (self.measure)(self.key);
        for (place, number) in self.costs.iter().zip(costs.unwrap_or([0; N])) {
            place.store(number, Ordering::Relaxed);
        }
        self.done.store(true, Ordering::Release);
        costs
    }
}

/// `None` where there are no lanes, and where they do not make what AWS-LC makes: none are used then.
fn measure(key: &[u8]) -> Option<[u64; 3]> {
    let key = SoftwareKey::from_pkcs8(key).ok()?;
    key.private_numbers()?;
    let digests = [Hash::Sha256.digest(b"nobody's"); LANES];
    let signers = [&key as &dyn BatchSigner; LANES];
    let singly = |digests: &[Digest]| sign_apart(&key, &digests[..1]);
    let group =
        |size: usize| move |digests: &[Digest]| sign_together(&signers[..size], &digests[..size]);
    let (few, all) = (group(PAIRS), group(LANES));
    let expected = singly(&digests).ok()?;
    let alike = |made: Vec<Vec<u8>>| made.iter().all(|signature| *signature == expected[0]);
    if !alike(few(&digests).ok()?) || !alike(all(&digests).ok()?) {
        return None;
    }
    let mut least = [u64::MAX; 3];
    for _ in 0..ROUNDS {
        let times = [
            nanoseconds(|| singly(&digests).is_ok()),
            nanoseconds(|| few(&digests).is_ok()),
            nanoseconds(|| all(&digests).is_ok()),
        ];
        for (least, time) in least.iter_mut().zip(times) {
            *least = time?.min(*least);
        }
    }
    Some(least)
}

/// The same of verifying: the lanes must find a signature right that is.
fn measure_checks(key: &[u8]) -> Option<[u64; 3]> {
    let key = SoftwareKey::from_pkcs8(key).ok()?;
    let (digest, verifying) = (Hash::Sha256.digest(b"nobody's"), key.verifying_key());
    verifying.public_numbers()?;
    let signature = sign_apart(&key, &[digest]).ok()?.pop()?;
    let (digests, signatures) = ([digest; LANES], [&signature[..]; LANES]);
    // As many as the lanes have, since the first one waits for what the others find in the cache.
    let singly = || {
        digests
            .iter()
            .all(|digest| verifying.verifies(digest, &signature))
    };
    let together = || {
        let found = verifying.verify_together(&digests, &signatures);
        found.is_some_and(|found| found == [true; LANES])
    };
    let ready = || PublicNumbers::new(verifying.modulus(), verifying.exponent()).is_some();
    nanoseconds(together)?;
    let mut least = [u64::MAX; 3];
    for _ in 0..ROUNDS {
        least[0] = (nanoseconds(singly)? / LANES as u64).max(1).min(least[0]);
        least[1] = nanoseconds(together)?.min(least[1]);
        least[2] = nanoseconds(ready)?.min(least[2]);
    }
    Some(least)
}

/// How long it takes, where it succeeds.
fn nanoseconds(work: impl FnOnce() -> bool) -> Option<u64> {
    let began = Instant::now();
    let done = work();
    let elapsed = u64::try_from(began.elapsed().as_nanos()).ok()?;
    done.then_some(elapsed.max(1))
}

#[cfg(test)]
mod tests;
