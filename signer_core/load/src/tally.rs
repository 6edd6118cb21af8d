//! What was seen.

use std::collections::BTreeMap;
use std::time::Duration;

use hdrhistogram::{Counter, Histogram};

/// Decimal digits that latencies keep.
const DIGITS: u8 = 3;
/// And those of each second: a histogram with three takes 16 times the memory.
const DIGITS_OF_A_SECOND: u8 = 2;
/// A day of nanoseconds: what takes longer is told as this.
const MOST: u64 = 86_400_000_000_000;

/// One second of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    /// Right answers to what was meant to be sent in it; without a rate, those that came in it.
    pub answers: u64,
    /// Latencies in nanoseconds: half were within the first, 99 of 100 within the second, all within
    /// the third. Nothing where there was no answer: that second is the worst, not the best.
    pub latency: Option<[u64; 3]>,
}

/// Counts of a run.
pub struct Tally {
    /// From the moment a request was meant to be sent to its answer, in nanoseconds.
    pub latency: Histogram<u64>,
    /// From the moment it was sent.
    pub since_sent: Histogram<u64>,
    /// How long after it was meant to be.
    pub sent_late: Histogram<u64>,
    /// How much of that was this process's own doing: there was a connection to send it on.
    pub generator_late: Histogram<u64>,
    /// Requests that were begun.
    pub begun: u64,
    /// Right answers that do not count, such as those of the warm-up.
    pub uncounted: u64,
    /// Right answers by kind.
    pub kinds: BTreeMap<String, u64>,
    /// Answers that were wrong or never came, by why.
    pub wrong: BTreeMap<String, u64>,
    /// Connections that were opened.
    pub opened: u64,
    /// Requests sent once more, as their connection had ended before.
    pub sent_again: u64,
    /// Requests that were meant to be sent, and never were.
    pub unsent: u64,
    /// Seconds that were measured.
    pub seconds: f64,
    /// Share of that time in which this process was at work; unknown where it looks at the clock.
    pub busy: Option<f64>,
    /// Share of it in which this process would have worked and had no processor.
    pub waited: Option<f64>,
    each_second: Vec<Histogram<u32>>,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            latency: histogram(DIGITS),
            since_sent: histogram(DIGITS),
            sent_late: histogram(DIGITS),
            generator_late: histogram(DIGITS),
            begun: 0,
            uncounted: 0,
            kinds: BTreeMap::new(),
            wrong: BTreeMap::new(),
            opened: 0,
            sent_again: 0,
            unsent: 0,
            seconds: 0.0,
            busy: None,
            waited: None,
            each_second: Vec::new(),
        }
    }
}

impl Tally {
    /// A right answer, in which second of the run.
    pub fn right(&mut self, kind: &str, second: u64, latency: Duration, since_sent: Duration) {
        record(&mut self.latency, latency);
        let second = usize::try_from(second).unwrap_or(usize::MAX);
        while self.each_second.len() <= second {
            self.each_second.push(histogram(DIGITS_OF_A_SECOND));
        }
        record(&mut self.each_second[second], latency);
        record(&mut self.since_sent, since_sent);
        record(&mut self.sent_late, latency.saturating_sub(since_sent));
        match self.kinds.get_mut(kind) {
            Some(count) => *count += 1,
            None => {
                self.kinds.insert(kind.to_owned(), 1);
            }
        }
    }

    /// A wrong one, or none.
    pub fn wrong(&mut self, why: String) {
        *self.wrong.entry(why).or_default() += 1;
    }

    /// How late this process was to send what it could have sent.
    pub fn sent(&mut self, late: Duration) {
        record(&mut self.generator_late, late);
    }

    /// A second of the run, as far as it was answered by now.
    #[must_use]
    pub fn second(&self, number: usize) -> Interval {
        let answered = self.each_second.get(number).filter(|it| !it.is_empty());
        Interval {
            answers: answered.map_or(0, Histogram::len),
            latency: answered.map(|it| {
                let value = |quantile| it.value_at_quantile(quantile);
                [value(0.5), value(0.99), it.max()]
            }),
        }
    }

    /// All of them.
    pub fn each_second(&self) -> impl Iterator<Item = Interval> + '_ {
        (0..self.seconds.ceil() as usize).map(|number| self.second(number))
    }

    /// Requests that were begun and are neither answered nor given up.
    #[must_use]
    pub fn under_way(&self) -> u64 {
        let ended = self.answers() + self.uncounted + self.wrong.values().sum::<u64>();
        self.begun.saturating_sub(ended)
    }

    /// Right answers.
    #[must_use]
    pub fn answers(&self) -> u64 {
        self.latency.len()
    }

    /// Answers a second.
    #[must_use]
    pub fn rate(&self) -> f64 {
        if self.seconds > 0.0 {
            self.answers() as f64 / self.seconds
        } else {
            0.0
        }
    }

    /// Whether any answer was wrong or is missing, or there was none.
    #[must_use]
    pub fn failed(&self) -> bool {
        let missing = self.unsent + self.under_way();
        !self.wrong.is_empty() || missing > 0 || self.answers() == 0
    }
}

fn histogram<T: Counter>(digits: u8) -> Histogram<T> {
    let histogram = Histogram::new_with_bounds(1, MOST, digits);
    histogram.unwrap_or_else(|_| unreachable!("digits from 0 to 5, bounds that rise"))
}

fn record<T: Counter>(histogram: &mut Histogram<T>, took: Duration) {
    histogram.saturating_record(u64::try_from(took.as_nanos()).unwrap_or(MOST));
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // A panic is the report.

    use super::*;

    #[test]
    fn percentiles_have_three_digits() {
        let mut tally = Tally::default();
        for milliseconds in 1..=1000 {
            let took = Duration::from_millis(milliseconds);
            tally.begun += 1;
            tally.right("good", 0, took, took / 2);
        }
        for (quantile, milliseconds) in [(0.5, 500.0), (0.99, 990.0), (1.0, 1000.0)] {
            let value = tally.latency.value_at_quantile(quantile) as f64 / 1e6;
            assert!((value / milliseconds - 1.0).abs() < 1e-3, "{value}");
        }
        assert_eq!(tally.kinds["good"], 1000);
        assert!(tally.sent_late.max() > 499_000_000);
        assert!(!tally.failed());
    }

    #[test]
    fn a_second_has_its_own_and_one_without_answers_has_no_latency() {
        let mut tally = Tally {
            seconds: 2.5,
            ..Tally::default()
        };
        tally.right("good", 2, Duration::from_millis(2), Duration::ZERO);
        tally.right("good", 0, Duration::from_secs(2), Duration::ZERO);
        let seconds: Vec<_> = tally.each_second().collect();
        assert_eq!([1, 0, 1], [0, 1, 2].map(|it: usize| seconds[it].answers));
        assert!(seconds[0].latency.unwrap()[0] >= 2_000_000_000);
        assert_eq!(seconds[1].latency, None);
        assert!(seconds[2].latency.unwrap()[2] < 3_000_000);
        assert_eq!((seconds.len(), tally.answers()), (3, 2));
    }

    #[test]
    fn a_run_fails_by_a_request_that_has_no_outcome() {
        let mut tally = Tally {
            begun: 3,
            uncounted: 1,
            ..Tally::default()
        };
        tally.right("good", 0, Duration::ZERO, Duration::ZERO);
        assert_eq!(tally.under_way(), 1);
        assert!(tally.failed());
        tally.begun = 2;
        assert!(!tally.failed());
    }

    #[test]
    fn a_run_fails_by_one_wrong_answer_or_by_none_at_all() {
        let mut tally = Tally::default();
        assert!(tally.failed());
        tally.right("good", 0, Duration::ZERO, Duration::ZERO);
        assert!(!tally.failed());
        tally.wrong("status 500".into());
        assert!(tally.failed());
    }
}
