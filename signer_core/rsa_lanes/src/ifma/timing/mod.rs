//! Whether time tells anything about secrets: `make constant-time`.
//!
//! The method is dudect's (Reparaz, Balasch, Verbauwhede, *Dude, is my code constant time?*, DATE
//! 2017): two classes of inputs, drawn at random before every measurement, and Welch's t-test over
//! their times, whole and cropped. `docs/signing-core.md` says what this shows and what it can't.

mod measure;
mod subjects;
mod welch;

use super::eight::available;
use measure::{Subject, measure};
use subjects::{picks, powers, signs, subtractions};
use welch::Comparison;

/// Measurements of one half of a comparison, unless `TIMING_SAMPLES` says another number.
const SAMPLES: usize = 20_000;

fn samples() -> usize {
    let number = std::env::var("TIMING_SAMPLES").ok();
    number.map_or(SAMPLES, |number| number.parse().expect("TIMING_SAMPLES"))
}

type Maker = fn() -> Box<dyn Subject>;

/// Two independent halves of so many measurements each.
fn compare(subject: &mut dyn Subject, samples: usize) -> Comparison {
    let halves = [measure(subject, samples), measure(subject, samples)];
    let comparison = Comparison::of(&halves);
    println!("{:52} {samples:>7}  {comparison}", subject.name());
    comparison
}

#[test]
#[ignore = "minutes, on a quiet machine"]
fn time_says_nothing_about_secrets() {
    assert!(available(), "this processor has no lanes to time");
    let samples = samples();
    println!(
        "{:52} {:>7}  {}",
        "classes",
        "samples",
        Comparison::HEADINGS
    );
    // What must be found, first: a harness that sees nothing would pass everything.
    for mut control in [powers::skips_zero_windows(), picks::stops_when_found()] {
        let found = compare(&mut *control, samples / 2);
        assert!(found.leaks(), "{} was not seen", control.name());
    }
    let mut leaks = Vec::new();
    // With the part of the samples that each is given.
    let subjects: [(Maker, usize); 10] = [
        (signs::messages, 1),
        (signs::keys, 1),
        (signs::few_keys, 1),
        (powers::bases, 1),
        (powers::exponents, 1),
        (powers::sparse_exponents, 1),
        (powers::sparse_exponents_of_larger_keys, 4),
        (picks::ends_of_the_table, 1),
        (picks::one_digit_or_many, 1),
        (subtractions::needed_or_not, 1),
    ];
    let only = std::env::var("TIMING_ONLY").unwrap_or_default();
    for (subject, part) in subjects {
        let mut subject = subject();
        if !subject.name().contains(&only) {
            continue;
        }
        if compare(&mut *subject, samples / part).leaks() {
            leaks.push(subject.name());
        }
    }
    // Told, not judged: a processor may take a thousandth longer for operands of zeros only,
    // which is found in some runs and not in others. No base can be that: docs/signing-core.md.
    compare(&mut *powers::zero_bases(), samples);
    assert!(leaks.is_empty(), "time depends on secrets: {leaks:?}");
}

/// The harness itself, where it runs with every other test: a coarse leak, few measurements.
#[test]
fn a_table_read_that_stops_early_is_seen() {
    if !crate::testing::are_missing() {
        assert!(compare(&mut *picks::stops_when_found(), 500).leaks());
    }
}
