//! Ages, at their bounds.

use proptest::prelude::*;

use super::*;
use crate::clock::SECOND;

const GENERATION: Generation = Generation::MIN;
const LIFETIME: Micros = 300 * SECOND;
const NOW: Micros = 1_800_000_000 * SECOND + 250_000;
const BOUNDS: Bounds = Bounds {
    freshness: 5 * SECOND,
    max_staleness: 3_600 * SECOND,
};

struct Fixed(Status);

impl Index for Fixed {
    fn status(&self, _: &SerialNumber, _: Generation) -> Status {
        self.0
    }

    fn version(&self) -> u64 {
        0
    }

    fn statuses(&self, serials: &[&[u8]]) -> Vec<Status> {
        vec![self.0; serials.len()]
    }
}

fn known(status: Status, age: Micros) -> Known {
    Known {
        index: Arc::new(Fixed(status)),
        bounds: BOUNDS,
        clock: NOW,
        as_of: NOW - age,
        said: Said {
            sequence: 9,
            as_of: NOW - age,
        },
    }
}

fn revoked() -> Status {
    Status::Revoked {
        reason: status::Reason::try_from(1).unwrap(),
        at: 7,
    }
}

#[test]
fn a_revocation_is_told_for_ever() {
    let told = known(revoked(), 40 * 86_400 * SECOND).tell(&[6], GENERATION, LIFETIME);
    assert_eq!(told, Ok((revoked(), whole_second(NOW) + LIFETIME)));
}

#[test]
fn good_is_told_until_the_bound_and_never_past_it() {
    for age in [0, SECOND, 3_500 * SECOND, 3_599 * SECOND] {
        let (_, next) = known(Status::Good, age)
            .tell(&[5], GENERATION, LIFETIME)
            .unwrap();
        assert!(NOW < next && next <= whole_second(NOW) + LIFETIME);
        assert!(next <= whole_second(NOW - age) + BOUNDS.max_staleness);
    }
    let told = known(Status::Good, 3_600 * SECOND).tell(&[5], GENERATION, LIFETIME);
    assert_eq!(told, Err("FEED_NOT_READY"));
}

proptest! {
    #[test]
    fn an_answer_is_of_use_and_within_every_bound(
        age in 0..400 * 86_400 * SECOND,
        lifetime in (1..86_400_i64).prop_map(|it| it * SECOND),
        freshness in SECOND / 2..3_600 * SECOND,
        max_staleness in (1..86_400_i64).prop_map(|it| it * SECOND),
        part in 1..10_i64,
    ) {
        let bounds = Bounds { freshness, max_staleness };
        // Within the bounds as often as beyond them.
        for age in [age, max_staleness * part / 5, freshness * part / 5] {
            for status in [Status::Good, Status::Unknown, revoked()] {
                let known = Known { bounds, ..known(status, age) };
                let (this, now) = (whole_second(known.as_of), known.clock);
                let Ok((told, next)) = known.tell(&[5], GENERATION, lifetime) else {
                    prop_assert!(status != revoked());
                    continue;
                };
                prop_assert_eq!(told, status);
                prop_assert!(this <= known.as_of && known.as_of <= now && now < next);
                prop_assert!(next <= now + lifetime);
                let for_ever = status == revoked();
                prop_assert!(for_ever || next <= this + max_staleness);
                prop_assert!(for_ever || age < max_staleness);
                prop_assert!(status != Status::Unknown || age <= freshness);
            }
        }
    }

    /// Also in the last second before the bound, by a clock that was set back by less than one.
    #[test]
    fn whatever_may_be_told_holds_for_a_while(
        age in 0..BOUNDS.max_staleness + 2 * SECOND,
        heard in 0..SECOND,
        back in 0..8 * 3_600 * SECOND,
    ) {
        let as_of = whole_second(NOW) + heard;
        for status in [Status::Good, Status::Unknown] {
            // As the clock says it, which was set back meanwhile.
            let known = Known { clock: as_of + age - back, as_of: as_of - back, ..known(status, 0) };
            if let Ok((_, next)) = known.tell(&[5], GENERATION, LIFETIME) {
                prop_assert!(known.as_of <= known.clock && known.clock < next);
                prop_assert!(next <= known.clock + LIFETIME);
                prop_assert!(next - known.as_of <= BOUNDS.max_staleness);
            }
        }
    }
}

#[test]
fn unknown_is_told_while_it_is_current() {
    let ask = |age| known(Status::Unknown, age).tell(&[7], GENERATION, LIFETIME);
    assert!(ask(5 * SECOND).is_ok());
    assert_eq!(ask(5 * SECOND + 1), Err("CERTIFICATE_NOT_HEARD_OF"));
}

#[test]
fn that_a_number_is_no_certificates_is_told_at_every_age() {
    let long = [&[1], &[0; 20][..]].concat();
    for serial in [&[0][..], &[0xff], &long, &[]] {
        let told = known(Status::Good, 86_400 * SECOND).tell(serial, GENERATION, LIFETIME);
        assert_eq!(told, Ok((Status::Unknown, whole_second(NOW) + LIFETIME)));
    }
}

#[test]
fn a_clock_set_back_makes_nothing_newer() {
    let authority = Authority::default();
    assert!(authority.known(NOW).is_none());
    authority.bound(BOUNDS);
    let hour = std::time::Duration::from_secs(3_600);
    authority.tell(Some(Position {
        index: Arc::new(Fixed(Status::Good)),
        sequence: 9,
        heard: Instant::now().checked_sub(hour).unwrap(),
        as_of: NOW - 3_600 * SECOND,
    }));
    let known = authority.known(NOW - 8 * 3_600 * SECOND).unwrap();
    assert_eq!(
        known.tell(&[5], GENERATION, LIFETIME),
        Err("FEED_NOT_READY")
    );
}
