//! Welch's t-test (Biometrika 34, 1947), whole, cropped and of the second order.

use std::fmt;

use super::measure::Times;

/// As in the leakage assessments of Goodwill, Jun, Jaffe and Rohatgi (2011): one measurement in
/// 150,000 exceeds it by chance.
const THRESHOLD: f64 = 4.5;
/// Crops leave out ever more of the slow runs, which interrupts and neighbours made slow.
const CROPS: i32 = 100;

/// The t values of two independent halves, crop by crop.
pub(super) struct Comparison {
    values: Vec<[f64; 2]>,
    /// Median of all, and by how much the cropped mean of the second class differs, nanoseconds.
    median: f64,
    difference: f64,
}

impl Comparison {
    pub(super) const HEADINGS: &str = "max|t| max|t|  median ns   diff ns  verdict";

    pub(super) fn of(halves: &[Times; 2]) -> Self {
        let [one, other] = halves.each_ref().map(values);
        let all = pooled(&halves[0]);
        let bound = quantile(&all, 0.9);
        Self {
            values: one.into_iter().zip(other).map(Into::into).collect(),
            median: quantile(&all, 0.5),
            difference: moments(&below(&halves[0].second, bound)).0
                - moments(&below(&halves[0].first, bound)).0,
        }
    }

    /// Whether any crop exceeds the threshold in both halves, in the same direction.
    pub(super) fn leaks(&self) -> bool {
        self.values.iter().any(|[one, other]| {
            one.abs() >= THRESHOLD && other.abs() >= THRESHOLD && one.signum() == other.signum()
        })
    }

    fn largest(&self, half: usize) -> f64 {
        let sizes = self.values.iter().map(|values| values[half].abs());
        sizes.fold(0.0, f64::max)
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.leaks() { "differs" } else { "alike" };
        write!(
            f,
            "{:>6.2} {:>6.2} {:>10.0} {:>9.1}  {verdict}",
            self.largest(0),
            self.largest(1),
            self.median,
            self.difference
        )
    }
}

/// t of the whole, of each crop, and of the squared distances from the mean.
fn values(times: &Times) -> Vec<f64> {
    let all = pooled(times);
    let crop = |number: i32| 1.0 - 0.5_f64.powf(f64::from(10 * number) / f64::from(CROPS));
    let mut values = vec![t(&times.first, &times.second)];
    for number in 1..=CROPS {
        let bound = quantile(&all, crop(number));
        values.push(t(&below(&times.first, bound), &below(&times.second, bound)));
    }
    let bound = quantile(&all, 0.95);
    let spread = |times: &[f64]| -> Vec<f64> {
        let kept = below(times, bound);
        let (mean, _) = moments(&kept);
        kept.iter().map(|time| (time - mean).powi(2)).collect()
    };
    values.push(t(&spread(&times.first), &spread(&times.second)));
    values
}

fn pooled(times: &Times) -> Vec<f64> {
    let mut all = [&times.first[..], &times.second].concat();
    all.sort_unstable_by(f64::total_cmp);
    all
}

fn quantile(sorted: &[f64], part: f64) -> f64 {
    let place = (sorted.len() as f64 * part) as usize;
    sorted[place.min(sorted.len() - 1)]
}

fn below(times: &[f64], bound: f64) -> Vec<f64> {
    times
        .iter()
        .copied()
        .filter(|time| *time <= bound)
        .collect()
}

/// Mean and variance.
fn moments(times: &[f64]) -> (f64, f64) {
    let count = times.len() as f64;
    let mean = times.iter().sum::<f64>() / count;
    let squares: f64 = times.iter().map(|time| (time - mean).powi(2)).sum();
    (mean, squares / (count - 1.0))
}

/// Zero where one side is too small, or neither varies, to say anything.
fn t(first: &[f64], second: &[f64]) -> f64 {
    if first.len() < 30 || second.len() < 30 {
        return 0.0;
    }
    let ((mean_1, variance_1), (mean_2, variance_2)) = (moments(first), moments(second));
    let error = (variance_1 / first.len() as f64 + variance_2 / second.len() as f64).sqrt();
    if error > 0.0 {
        (mean_1 - mean_2) / error
    } else if mean_1 == mean_2 {
        0.0
    } else {
        f64::INFINITY.copysign(mean_1 - mean_2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Times that vary, from a plain generator, and a share of outliers.
    fn times(shift: f64, outliers: usize) -> Times {
        let mut state = 1_u64;
        let mut draw = |shift: f64| -> Vec<f64> {
            let mut next = || {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                (state >> 33) as f64 / f64::from(1_u32 << 31)
            };
            (0..4_000)
                .map(|number| {
                    let slow = number % 100 < outliers;
                    1_000.0 + shift + 10.0 * next() + if slow { 9_000.0 * next() } else { 0.0 }
                })
                .collect()
        };
        Times {
            first: draw(0.0),
            second: draw(shift),
        }
    }

    #[test]
    fn t_is_welchs() {
        let first: Vec<f64> = (0..40).map(f64::from).collect();
        let second: Vec<f64> = (0..60).map(|number| f64::from(number) + 3.0).collect();
        // Means 19.5 and 32.5, variances 136.667 and 305.
        let expected = -13.0 / (136.666_666_7_f64 / 40.0 + 305.0 / 60.0).sqrt();
        assert!((t(&first, &second) - expected).abs() < 1e-6);
    }

    #[test]
    fn a_shift_is_seen_through_outliers_and_chance_is_not() {
        for outliers in [0, 5] {
            let alike = Comparison::of(&[times(0.0, outliers), times(0.0, outliers)]);
            assert!(!alike.leaks(), "{alike}");
            let shifted = Comparison::of(&[times(0.7, outliers), times(0.7, outliers)]);
            assert!(shifted.leaks(), "{shifted}");
            assert!((shifted.difference - 0.7).abs() < 0.3, "{shifted}");
        }
    }

    #[test]
    fn both_halves_must_agree() {
        let mixed = Comparison::of(&[times(5.0, 0), times(-5.0, 0)]);
        assert!(!mixed.leaks());
        let once = Comparison::of(&[times(5.0, 0), times(0.0, 0)]);
        assert!(!once.leaks());
    }

    #[test]
    fn times_without_any_spread_are_compared() {
        let even = |first, second| Times {
            first: vec![first; 100],
            second: vec![second; 100],
        };
        assert!(!Comparison::of(&[even(5.0, 5.0), even(5.0, 5.0)]).leaks());
        assert!(Comparison::of(&[even(5.0, 6.0), even(5.0, 6.0)]).leaks());
    }
}
