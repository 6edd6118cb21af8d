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
use rsa_lanes::{LANES, PAIRS};

use super::choice::Costs;
use crate::release::{sign_apart, sign_together};
use crate::signer::BatchSigner;
use crate::software::SoftwareKey;

/// How often each is made, after the first time, which fetches code and draws blinding numbers.
const ROUNDS: usize = 5;

static KNOWN: [Known; 3] = [
    Known::of(2048, include_bytes!("throwaway/2048.der")),
    Known::of(3072, include_bytes!("throwaway/3072.der")),
    Known::of(4096, include_bytes!("throwaway/4096.der")),
];

/// Of keys with so many bits; `None` where there are no lanes, for sizes nobody makes keys of, and
/// for as long as another thread measures.
///
/// A forked child keeps what its parent knew, as the processor is the same, and measures for itself
/// what a thread of its parent was measuring. Nothing here is locked, so nothing stays locked.
pub(super) fn costs(bits: usize) -> Option<Costs> {
    let known = KNOWN.iter().find(|known| known.bits == bits)?;
    known.get().unwrap_or_else(|| known.measure_once())
}

/// What is known of one size of keys.
struct Known {
    bits: usize,
    key: &'static [u8],
    /// The process whose thread measures, or has; 0 at first.
    measurer: AtomicU32,
    /// Whether what follows is there.
    done: AtomicBool,
    /// Single, few, all; 0 where there are no lanes.
    costs: [AtomicU64; 3],
}

impl Known {
    const fn of(bits: usize, key: &'static [u8]) -> Self {
        Self {
            bits,
            key,
            measurer: AtomicU32::new(0),
            done: AtomicBool::new(false),
            costs: [const { AtomicU64::new(0) }; 3],
        }
    }

    fn get(&self) -> Option<Option<Costs>> {
        if !self.done.load(Ordering::Acquire) {
            return None;
        }
        let [single, few, all] = [0, 1, 2].map(|place| self.costs[place].load(Ordering::Relaxed));
        Some((single > 0).then_some(Costs { single, few, all }))
    }

    fn measure_once(&self) -> Option<Costs> {
        let (this, before) = (process::id(), self.measurer.load(Ordering::Relaxed));
        let exchanged =
            self.measurer
                .compare_exchange(before, this, Ordering::Relaxed, Ordering::Relaxed);
        if before == this || exchanged.is_err() {
            return None;
        }
        let costs = measure(self.key);
        let numbers = costs.map_or([0; 3], |costs| [costs.single, costs.few, costs.all]);
        for (place, number) in self.costs.iter().zip(numbers) {
            place.store(number, Ordering::Relaxed);
        }
        self.done.store(true, Ordering::Release);
        costs
    }
}

/// `None` where there are no lanes, and where they do not make what AWS-LC makes: none are used then.
fn measure(key: &[u8]) -> Option<Costs> {
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
    let [single, few, all] = least;
    Some(Costs { single, few, all })
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
