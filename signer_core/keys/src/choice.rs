//! How many signatures are made together, and how long one waits for others: from what they cost.
//!
//! Pure: costs go in, sizes and times come out. Whatever the costs are, what is chosen takes no
//! longer by them than signatures made one by one.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use rsa_lanes::{LANES, PAIRS};

/// Gains of less than one part in so many are noise.
pub const NOISE: u32 = 32;
/// So many signatures are planned as a whole; of more, the first ones are cut into the pieces that
/// cost least a signature.
const PLANNED: usize = 2 * LANES;

/// What signatures of one key size cost a thread of this processor, in nanoseconds, each verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Costs {
    /// One, by AWS-LC.
    pub single: u64,
    /// A group of up to [`PAIRS`], which is the same for all of these sizes.
    pub few: u64,
    /// A larger group, of up to [`LANES`].
    pub all: u64,
}

/// From the bits of a key's modulus to what is chosen for such keys.
pub type Choices = fn(usize) -> Choice;

/// What follows from the costs of one key size.
#[derive(Debug, Clone, Copy)]
pub struct Choice(Costs);

impl Choice {
    /// Every signature by itself.
    pub const SINGLY: Self = Self(Costs {
        single: 1,
        few: u64::MAX,
        all: u64::MAX,
    });

    /// A group of more signatures never counts as cheaper than one of fewer.
    pub fn of(costs: Costs) -> Self {
        Self(Costs {
            single: costs.single.max(1),
            few: costs.few,
            all: costs.all.max(costs.few),
        })
    }

    /// Whether so many are sooner made together than one by one, by more than noise.
    pub fn pays(&self, size: usize) -> bool {
        let together = self.together(size);
        (2..=LANES).contains(&size)
            && together.saturating_add(together / u64::from(NOISE)) < self.singly(size)
    }

    /// The smallest group that pays.
    pub fn smallest_group(&self) -> Option<usize> {
        (2..=LANES).find(|size| self.pays(*size))
    }

    /// The sizes of the pieces in which one thread has so many made soonest, the largest first.
    /// Pieces of one are made singly, and so is whatever costs the same either way.
    pub fn cut(&self, count: usize) -> Vec<usize> {
        let bulk = self.bulk();
        let beyond = count.saturating_sub(PLANNED).div_ceil(bulk);
        let mut sizes = vec![bulk; beyond];
        let mut rest = count.saturating_sub(beyond * bulk);
        let plan = self.plan();
        while rest > 0 {
            let (_, size) = plan[rest];
            sizes.push(size);
            rest -= size;
        }
        sizes.sort_unstable_by_key(|size| Reverse(*size));
        sizes
    }

    /// The largest of these pieces: how many a thread signs at once when so many are there.
    pub fn largest(&self, count: usize) -> usize {
        self.cut(count.min(PLANNED)).first().copied().unwrap_or(1)
    }

    /// The sizes of the pieces in which so many threads that draw the next one in turn have all
    /// made soonest.
    pub fn spread(&self, count: usize, workers: usize) -> Vec<usize> {
        let workers = workers.max(1);
        let round = workers * LANES;
        let (rounds, bulk) = ((count / round).saturating_sub(1), self.bulk());
        let mut sizes = vec![bulk; rounds * round / bulk];
        let rest = count - rounds * round;
        let before = |worker: usize| worker * rest / workers;
        let shares = (0..workers).map(|worker| before(worker + 1) - before(worker));
        let mut shared: Vec<_> = shares.flat_map(|share| self.cut(share)).collect();
        shared.sort_unstable_by_key(|size| Reverse(*size));
        let best = [vec![1; rest], shared, self.cut(rest)]
            .into_iter()
            .min_by_key(|sizes| (self.ends(sizes, workers), self.total(sizes)));
        sizes.extend(best.unwrap_or_default());
        sizes
    }

    /// How long an order may wait for others that make it a group of so many: never longer than its
    /// own signature takes, and so that the group, wait included, is made no later than its
    /// signatures one by one.
    pub fn patience(&self, size: usize) -> Duration {
        if !self.pays(size) {
            return Duration::ZERO;
        }
        let saved = self.singly(size).saturating_sub(self.together(size));
        Duration::from_nanos(saved.min(self.0.single))
    }

    /// The time in which so many cores make so many signatures one by one.
    pub fn served_singly(&self, count: usize, cores: usize) -> Duration {
        Duration::from_nanos(self.singly(count.div_ceil(cores.max(1))))
    }

    /// When the last of so many threads is done with these pieces, each drawing the next in turn.
    pub(super) fn ends(&self, sizes: &[usize], workers: usize) -> u64 {
        let mut busy_until: BinaryHeap<_> = vec![Reverse(0); workers.max(1)].into();
        let mut last = 0;
        for size in sizes {
            let Reverse(free) = busy_until.pop().unwrap_or_default();
            let done = self.piece(*size).saturating_add(free);
            last = last.max(done);
            busy_until.push(Reverse(done));
        }
        last
    }

    fn total(&self, sizes: &[usize]) -> u64 {
        let costs = sizes.iter().map(|size| self.piece(*size));
        costs.fold(0, u64::saturating_add)
    }

    /// The piece that costs least a signature.
    fn bulk(&self) -> usize {
        let rate = |size: usize| self.piece(size) / size as u64;
        let paying = [LANES, PAIRS].into_iter().filter(|size| self.pays(*size));
        paying.min_by_key(|size| rate(*size)).unwrap_or(1)
    }

    /// For every count up to [`PLANNED`]: the least time, and one of the pieces that give it.
    fn plan(&self) -> [(u64, usize); PLANNED + 1] {
        let mut plan = [(0_u64, 0); PLANNED + 1];
        for count in 1..plan.len() {
            let with = |size: usize| plan[count - size].0.saturating_add(self.piece(size));
            let groups = (2..=LANES.min(count)).filter(|size| self.pays(*size));
            // The first of those that take equally long.
            let best = std::iter::once(1)
                .chain(groups)
                .min_by_key(|size| with(*size));
            let size = best.unwrap_or(1);
            plan[count] = (with(size), size);
        }
        plan
    }

    fn piece(&self, size: usize) -> u64 {
        match size {
            1 => self.0.single,
            _ => self.together(size),
        }
    }

    fn together(&self, size: usize) -> u64 {
        match size {
            ..=PAIRS => self.0.few,
            _ => self.0.all,
        }
    }

    fn singly(&self, count: usize) -> u64 {
        self.0.single.saturating_mul(count as u64)
    }
}

#[cfg(test)]
mod tests;
