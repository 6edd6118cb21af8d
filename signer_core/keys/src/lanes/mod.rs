//! Whether signatures are made together, decided by what they cost on the processor that is here.
//!
//! How much eight lanes gain differs by half an order between processors that all have them, so no
//! size of a group and no time to wait for one is written down: both follow from three costs
//! (`choice`), measured once in each process with a key that is nobody's (`measured`). Until they
//! are known, where there are none, and where lanes are switched off, AWS-LC makes every signature.

mod measured;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rsa_lanes::LANES;

use self::measured::{check_costs, costs};
use crate::choice::{Choice, Costs, NOISE};

static SWITCHED_ON: AtomicBool = AtomicBool::new(true);

/// What was chosen for keys of one size, for people and metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lanes {
    /// Of the smallest group that is made together; `None`: every signature is made singly.
    pub smallest_group: Option<usize>,
    /// The longest that a signature waits for others, unless a wait was set.
    pub wait: Duration,
    /// What was measured; `None` where there are no lanes, or they are switched off.
    pub costs: Option<Costs>,
}

/// Switches the lanes on, as they are from the start, or off: for the whole process, from the next
/// signature on.
pub fn switch_lanes(on: bool) {
    SWITCHED_ON.store(on, Ordering::Relaxed);
}

/// Whether lanes may be used.
pub(super) fn switched_on() -> bool {
    SWITCHED_ON.load(Ordering::Relaxed)
}

/// What is chosen for keys of so many bits; measures first, where nobody has or does. A service asks
/// at its start, so that its first caller doesn't wait for that.
#[must_use]
pub fn lanes(bits: usize) -> Lanes {
    let costs = switched_on().then(|| costs(bits));
    let costs = costs.flatten();
    let choice = costs.map_or(Choice::SINGLY, Choice::of);
    let waits = (2..=LANES).map(|size| choice.patience(size));
    Lanes {
        smallest_group: choice.smallest_group(),
        wait: waits.max().unwrap_or_default(),
        costs,
    }
}

/// Whether so many signatures of a key of so many bits are sooner verified in the lanes than one by
/// one, by more than noise. `ready`: the key was in the lanes before.
pub(super) fn checks_pay(bits: usize, size: usize, ready: bool) -> bool {
    // One alone never does, and is not worth a measurement.
    if size < 2 || !switched_on() {
        return false;
    }
    check_costs(bits).is_some_and(|[single, group, preparing]| {
        let together = group.saturating_add(if ready { 0 } else { preparing });
        together.saturating_add(together / u64::from(NOISE)) < single.saturating_mul(size as u64)
    })
}

/// For keys of so many bits.
pub(super) fn choice(bits: usize) -> Choice {
    if !switched_on() {
        return Choice::SINGLY;
    }
    costs(bits).map_or(Choice::SINGLY, Choice::of)
}
