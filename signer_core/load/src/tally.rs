//! What was seen.

use std::collections::BTreeMap;
use std::time::Duration;

use hdrhistogram::Histogram;

/// Decimal digits that latencies keep.
const DIGITS: u8 = 3;
/// A day of nanoseconds: what takes longer is told as this.
const MOST: u64 = 86_400_000_000_000;

/// One interval of a run.
#[derive(Debug, Clone, Copy)]
pub struct Interval {
    /// Answers.
    pub answers: u64,
    /// Latencies in nanoseconds: half were within the first, 99 of 100 within the second, all within
    /// the third.
    pub latency: [u64; 3],
}

/// Counts of a run.
pub struct Tally {
    /// From the moment a request was meant to be sent to its answer, in nanoseconds.
    pub latency: Histogram<u64>,
    /// From the moment it was sent.
    pub since_sent: Histogram<u64>,
    /// How long after it was meant to be.
    pub sent_late: Histogram<u64>,
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
    /// Each second.
    pub intervals: Vec<Interval>,
    current: Histogram<u64>,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            latency: histogram(),
            since_sent: histogram(),
            sent_late: histogram(),
            kinds: BTreeMap::new(),
            wrong: BTreeMap::new(),
            opened: 0,
            sent_again: 0,
            unsent: 0,
            seconds: 0.0,
            busy: None,
            intervals: Vec::new(),
            current: histogram(),
        }
    }
}

impl Tally {
    /// A right answer.
    pub fn right(&mut self, kind: &str, latency: Duration, since_sent: Duration) {
        record(&mut self.latency, latency);
        record(&mut self.current, latency);
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

    /// Ends an interval.
    pub fn turn(&mut self) -> Interval {
        let value = |quantile| self.current.value_at_quantile(quantile);
        let interval = Interval {
            answers: self.current.len(),
            latency: [value(0.5), value(0.99), self.current.max()],
        };
        self.current.reset();
        self.intervals.push(interval);
        interval
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

    /// Whether any answer was wrong, or there was none.
    #[must_use]
    pub fn failed(&self) -> bool {
        !self.wrong.is_empty() || self.unsent > 0 || self.answers() == 0
    }
}

fn histogram() -> Histogram<u64> {
    let histogram = Histogram::new_with_bounds(1, MOST, DIGITS);
    histogram.unwrap_or_else(|_| unreachable!("digits from 0 to 5, bounds that rise"))
}

fn record(histogram: &mut Histogram<u64>, took: Duration) {
    histogram.saturating_record(u64::try_from(took.as_nanos()).unwrap_or(MOST));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_have_three_digits() {
        let mut tally = Tally::default();
        for milliseconds in 1..=1000 {
            let took = Duration::from_millis(milliseconds);
            tally.right("good", took, took / 2);
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
    fn an_interval_has_its_own() {
        let mut tally = Tally::default();
        tally.right("good", Duration::from_secs(2), Duration::ZERO);
        assert_eq!(tally.turn().answers, 1);
        tally.right("good", Duration::from_millis(2), Duration::ZERO);
        assert!(tally.turn().latency[2] < 3_000_000);
        assert_eq!(tally.answers(), 2);
    }

    #[test]
    fn a_run_fails_by_one_wrong_answer_or_by_none_at_all() {
        let mut tally = Tally::default();
        assert!(tally.failed());
        tally.right("good", Duration::ZERO, Duration::ZERO);
        assert!(!tally.failed());
        tally.wrong("status 500".into());
        assert!(tally.failed());
    }
}
