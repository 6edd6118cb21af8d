//! Instants as DER, most of them looked up: the dates of a nation's entries lie in a few thousand
//! days, and the calendar is only worked out once for each.

use crate::der::{GENERALIZED_TIME_LEN, Time, UTC_TIME_LEN, tag};
use crate::error::Result;

const SECONDS_PER_DAY: i64 = 86_400;
/// Days kept: five and a half years, longer than certificates are valid, in 32 KB.
const DAYS: usize = 2_048;
/// A day of no calendar.
const NO_DAY: i64 = i64::MIN;

/// The two digits of every number below 100.
const PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[0; 2]; 100];
    let mut number: u8 = 0;
    while number < 100 {
        pairs[number as usize] = [b'0' + number / 10, b'0' + number % 10];
        number += 1;
    }
    pairs
};

/// A `Time` element in room for the longer of its two types.
pub(super) type TimeElement = [u8; GENERALIZED_TIME_LEN];

/// Turns instants into `Time` elements.
pub(super) struct Dates {
    /// The day number and its `YYYYMMDD`, each day at its place modulo [`DAYS`].
    days: Box<[(i64, [u8; 8])]>,
}

impl Dates {
    pub(super) fn new() -> Self {
        Self {
            days: vec![(NO_DAY, [0; 8]); DAYS].into_boxed_slice(),
        }
    }

    /// The element RFC 5280 asks for and how many octets of it count.
    ///
    /// # Errors
    /// As [`Time::from_unix`].
    #[inline]
    pub(super) fn element(&mut self, seconds: i64) -> Result<(TimeElement, usize)> {
        let len = Time::rfc5280_len(seconds)?;
        let day = seconds.div_euclid(SECONDS_PER_DAY);
        let place = &mut self.days[day.unsigned_abs() as usize % DAYS];
        if place.0 != day {
            let midnight = Time::from_unix(day * SECONDS_PER_DAY)?;
            place.0 = day;
            place.1.copy_from_slice(&midnight.generalized()[..8]);
        }
        let of_day = seconds.rem_euclid(SECONDS_PER_DAY) as u32;
        let mut time = [b'Z'; 7];
        time[..2].copy_from_slice(&PAIRS[(of_day / 3600) as usize]);
        time[2..4].copy_from_slice(&PAIRS[(of_day / 60 % 60) as usize]);
        time[4..6].copy_from_slice(&PAIRS[(of_day % 60) as usize]);
        let mut element = [0; GENERALIZED_TIME_LEN];
        if len == UTC_TIME_LEN {
            element[..2].copy_from_slice(&[tag::UTC_TIME, 13]);
            element[2..8].copy_from_slice(&place.1[2..]);
            element[8..15].copy_from_slice(&time);
        } else {
            element[..2].copy_from_slice(&[tag::GENERALIZED_TIME, 15]);
            element[2..10].copy_from_slice(&place.1);
            element[10..].copy_from_slice(&time);
        }
        Ok((element, len))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn elements_are_those_of_the_calendar(
            instants in proptest::collection::vec(-700_000_000_i64..253_402_400_000, 1..200),
            near in -700_000_000_i64..2_600_000_000,
        ) {
            let mut dates = Dates::new();
            // Near ones share days, and some meet another day in their place.
            let near = instants.iter().map(|instant| near + instant % 10_000_000);
            for seconds in near.chain(instants.iter().copied()) {
                match Time::from_unix(seconds) {
                    Err(_) => prop_assert!(dates.element(seconds).is_err()),
                    Ok(time) => {
                        let (tag, digits) = time.rfc5280();
                        let (element, len) = dates.element(seconds).unwrap();
                        prop_assert_eq!(element[0], tag);
                        prop_assert_eq!(usize::from(element[1]), digits.len());
                        prop_assert_eq!(&element[2..len], digits);
                    }
                }
            }
        }
    }
}
