//! When requests are meant to be sent.

use std::time::Duration;

/// Moments at a rate that stays, or goes evenly to another one, since the beginning.
#[derive(Debug, Clone, Copy)]
pub struct Schedule {
    from: f64,
    to: f64,
    warm_up: f64,
    seconds: f64,
}

impl Schedule {
    /// `from` requests a second for as long as `warm_up`, then on the way to `to` within `measured`.
    #[must_use]
    pub fn new(from: f64, to: f64, warm_up: Duration, measured: Duration) -> Self {
        Self {
            from,
            to,
            warm_up: warm_up.as_secs_f64(),
            seconds: measured.as_secs_f64(),
        }
    }

    /// When the request of this number, from 0, is meant to be sent; nothing after the end.
    #[must_use]
    pub fn at(&self, number: u64) -> Option<Duration> {
        // Exact as far as a run can go: 10,000,000 a second for a day are less than 2^53.
        let number = number as f64;
        let before = self.from * self.warm_up;
        let seconds = if number < before {
            number / self.from
        } else {
            self.warm_up + self.ramp(number - before)
        };
        (seconds < self.warm_up + self.seconds).then(|| Duration::from_secs_f64(seconds))
    }

    /// Seconds after which so many were sent: `from·t + (to − from)·t² / 2·seconds`, solved for t. In
    /// this form it has no difference of what is nearly equal where both rates are.
    fn ramp(&self, sent: f64) -> f64 {
        if self.seconds == 0.0 {
            return 0.0;
        }
        let bend = (self.to - self.from) / self.seconds;
        let root = (self.from * self.from + 2.0 * bend * sent).max(0.0).sqrt();
        let until = 2.0 * sent / (self.from + root);
        // A falling rate that never sends so many.
        if self.from * self.from + 2.0 * bend * sent < 0.0 {
            return f64::INFINITY;
        }
        until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn all(schedule: &Schedule) -> Vec<f64> {
        let moments = (0..).map_while(|number| schedule.at(number));
        moments.map(|at| at.as_secs_f64()).collect()
    }

    fn within(moments: &[f64], from: f64, to: f64) -> usize {
        moments.iter().filter(|at| (from..to).contains(at)).count()
    }

    #[test]
    fn a_rate_is_evenly_spaced() {
        let moments = all(&Schedule::new(1000.0, 1000.0, SECOND, 2 * SECOND));
        assert_eq!(moments.len(), 3000);
        for (number, at) in moments.iter().enumerate() {
            assert!((at - number as f64 / 1000.0).abs() < 1e-9);
        }
    }

    #[test]
    fn a_ramp_goes_from_one_rate_to_the_other() {
        for (from, to) in [(1000.0, 3000.0), (3000.0, 1000.0)] {
            let moments = all(&Schedule::new(from, to, Duration::ZERO, 10 * SECOND));
            assert!(moments.len().abs_diff(20_000) <= 1, "{}", moments.len());
            assert!(moments.is_sorted());
            let (first, last) = (within(&moments, 0.0, 1.0), within(&moments, 9.0, 10.0));
            let turn = if from < to { 100 } else { -100 };
            assert!(
                first.abs_diff((from as i64 + turn) as usize) <= 1,
                "{first}"
            );
            assert!(last.abs_diff((to as i64 - turn) as usize) <= 1, "{last}");
        }
    }

    #[test]
    fn before_a_ramp_the_first_rate_stays() {
        let moments = all(&Schedule::new(100.0, 300.0, SECOND, SECOND));
        assert_eq!(within(&moments, 0.0, 1.0), 100);
        assert!(within(&moments, 1.0, 2.0).abs_diff(200) <= 1);
    }
}
