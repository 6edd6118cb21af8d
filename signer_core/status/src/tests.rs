//! The index against a plain map, and under threads.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use formats::der::{SerialColumn, SerialNumber};
use proptest::prelude::*;

use super::{Columns, Generation, Reason, Status, StatusIndex};

const LATE: i64 = 4_000_000_000;
/// Digits of pi, as nobody chose them.
pub(super) const SEED: [u64; 4] = [
    0x243f_6a88_85a3_08d3,
    0x1319_8a2e_0370_7344,
    0xa409_3822_299f_31d0,
    0x082e_fa98_ec4e_6c89,
];

fn serial(number: u64) -> SerialNumber {
    SerialNumber::from_unsigned(&number.to_be_bytes()).unwrap()
}

fn revoked(reason: u8, at: i64) -> Status {
    Status::Revoked {
        reason: Reason::try_from(reason).unwrap(),
        at,
    }
}

/// One row.
fn tell(
    index: &StatusIndex,
    number: u64,
    generation: u16,
    not_after: i64,
    status: Status,
) -> formats::error::Result<()> {
    let (reason, at) = match status {
        Status::Revoked { reason, at } => (reason.code(), at),
        _ => (0, 0),
    };
    index.apply(&Columns {
        serials: SerialColumn::new(&number.to_be_bytes(), &[8]).unwrap(),
        generations: &generation.to_le_bytes(),
        not_after: &not_after.to_le_bytes(),
        statuses: &[status.code()],
        reasons: &[reason],
        revoked_at: &at.to_le_bytes(),
    })
}

pub(super) fn issue(index: &StatusIndex, number: u64) {
    tell(index, number, 1, LATE, Status::Good).unwrap();
}

fn ask(index: &StatusIndex, number: u64) -> Status {
    index.lookup(&serial(number), None)
}

#[derive(Debug, Clone)]
enum Event {
    Issue(u64, u16, i64),
    Revoke(u64, u16, i64, i64),
    Forget(i64),
}

fn event() -> impl Strategy<Value = Event> {
    let key = (1_u64..6, 1_u16..4, 100_i64..200);
    prop_oneof![
        4 => key.clone().prop_map(|(s, g, end)| Event::Issue(s, g, end)),
        4 => (key, 0_i64..100).prop_map(|((s, g, end), at)| Event::Revoke(s, g, end, at)),
        1 => (90_i64..210).prop_map(Event::Forget),
    ]
}

/// What a set of certificates with one number says of it.
fn worst(found: impl Iterator<Item = Status>) -> Status {
    found.fold(Status::Unknown, |worst, status| match worst {
        Status::Revoked { .. } => worst,
        _ => status,
    })
}

proptest! {
    #[test]
    fn any_history_answers_like_a_plain_map(events in proptest::collection::vec(event(), 0..60)) {
        let index = StatusIndex::seeded(SEED);
        let mut plain: BTreeMap<(u64, u16), (Status, i64)> = BTreeMap::new();
        for event in events {
            match event {
                Event::Issue(s, g, end) => {
                    tell(&index, s, g, end, Status::Good).unwrap();
                    let held = plain.entry((s, g)).or_insert((Status::Good, end));
                    held.1 = held.1.max(end);
                }
                Event::Revoke(s, g, end, at) => {
                    tell(&index, s, g, end, revoked(1, at)).unwrap();
                    let held = plain.entry((s, g)).or_insert((Status::Good, end));
                    *held = (revoked(1, at), held.1.max(end));
                }
                Event::Forget(before) => {
                    let held = plain.len();
                    plain.retain(|_, (_, end)| *end >= before);
                    prop_assert_eq!(index.forget_ended(before), held - plain.len());
                }
            }
        }
        prop_assert_eq!(index.len(), plain.len());
        for s in 1..7 {
            for g in 1..5 {
                let expected = plain.get(&(s, g)).map_or(Status::Unknown, |held| held.0);
                let generation = Generation::new(g);
                prop_assert_eq!(index.lookup(&serial(s), generation), expected);
                prop_assert_eq!(index.try_lookup(&serial(s), generation), Some(expected));
            }
            let all = plain.iter().filter(|((held, _), _)| *held == s);
            let any = worst(all.map(|(_, held)| held.0));
            // Which of two revocations is told is not said; that it is one, is.
            prop_assert_eq!(ask(&index, s).code(), any.code());
            prop_assert_eq!(index.lookup_batch([Some(serial(s)), None])[0].code(), any.code());
        }
    }
}

#[test]
fn a_replayed_issue_never_makes_a_revoked_certificate_good() {
    let index = StatusIndex::seeded(SEED);
    tell(&index, 7, 1, 100, revoked(3, 50)).unwrap();
    tell(&index, 7, 1, 2_000, Status::Good).unwrap();
    assert_eq!(ask(&index, 7), revoked(3, 50));
    // The later end of validity was taken in nevertheless.
    assert_eq!(index.forget_ended(2_000), 0);
    assert_eq!(index.forget_ended(2_001), 1);
}

#[test]
fn a_number_of_another_generation_is_unknown() {
    let index = StatusIndex::seeded(SEED);
    let [first, second] = [1, 2].map(Generation::new);
    tell(&index, 7, 2, LATE, Status::Good).unwrap();
    assert_eq!(index.lookup(&serial(7), first), Status::Unknown);
    assert_eq!(index.lookup(&serial(7), second), Status::Good);
    // Two with one number must not be; if they are, the revoked one shows.
    tell(&index, 7, 1, LATE, revoked(1, 9)).unwrap();
    assert_eq!(ask(&index, 7), revoked(1, 9));
    assert_eq!(index.lookup(&serial(7), second), Status::Good);
}

#[test]
fn only_what_has_ended_is_forgotten() {
    let index = StatusIndex::seeded(SEED);
    tell(&index, 1, 1, 100, Status::Good).unwrap();
    tell(&index, 2, 1, 101, Status::Good).unwrap();
    tell(&index, 3, 1, 100, revoked(1, 5)).unwrap();
    assert_eq!(index.forget_ended(101), 2);
    assert_eq!(ask(&index, 1), Status::Unknown);
    assert_eq!(ask(&index, 2), Status::Good);
    assert_eq!(ask(&index, 3), Status::Unknown);
}

#[test]
fn what_ended_leaves_and_all_else_stays() {
    let index = StatusIndex::seeded(SEED);
    for number in 1..=30_000 {
        let end = if number % 3 == 0 { 100 } else { 200 };
        tell(&index, number, 1, end, Status::Good).unwrap();
    }
    assert_eq!(index.forget_ended(150), 10_000);
    assert_eq!(index.len(), 20_000);
    for number in 1..=30_000 {
        let expected = if number % 3 == 0 {
            Status::Unknown
        } else {
            Status::Good
        };
        assert_eq!(ask(&index, number), expected);
    }
}

#[test]
fn a_page_with_one_bad_row_changes_nothing() {
    let serials = [1_u8, 2, 3];
    let revoked_at = [0_i64, 9, 0].map(i64::to_le_bytes).concat();
    let not_after = [LATE; 3].map(i64::to_le_bytes).concat();
    let good = Columns {
        serials: SerialColumn::new(&serials, &[1, 1, 1]).unwrap(),
        generations: &[1, 0, 1, 0, 2, 0],
        not_after: &not_after,
        statuses: &[1, 2, 1],
        reasons: &[0, 5, 0],
        revoked_at: &revoked_at,
    };
    let index = StatusIndex::seeded(SEED);
    for bad in [
        Columns {
            statuses: &[1, 2, 0],
            ..good
        },
        Columns {
            statuses: &[1, 2, 3],
            ..good
        },
        Columns {
            reasons: &[0, 8, 0],
            ..good
        },
        Columns {
            statuses: &[1, 2],
            ..good
        },
        Columns {
            generations: &[1, 0, 1, 0, 0, 0],
            ..good
        },
        Columns {
            generations: &[1, 0, 1, 0],
            ..good
        },
        Columns {
            not_after: &not_after[..16],
            ..good
        },
    ] {
        assert!(index.apply(&bad).is_err());
    }
    assert!(index.is_empty());
    index.apply(&good).unwrap();
    assert_eq!(ask(&index, 1), Status::Good);
    assert_eq!(ask(&index, 2), revoked(5, 9));
    assert_eq!(index.lookup(&serial(3), Generation::new(2)), Status::Good);
    assert_eq!(index.len(), 3);
}

#[test]
fn times_the_index_can_not_hold_are_refused() {
    let index = StatusIndex::seeded(SEED);
    for (at, end) in [
        (-1, 1),
        (i64::from(u32::MAX) + 1, 1),
        (1, -1),
        (1, i64::MAX),
    ] {
        assert!(tell(&index, 1, 1, end, revoked(1, at)).is_err());
    }
    assert!(tell(&index, 1, 1, i64::MAX, Status::Good).is_err());
    assert_eq!(index.len(), 0);
}

#[test]
fn readers_see_every_number_good_or_revoked_while_writers_work() {
    let index = StatusIndex::seeded(SEED);
    for number in 1..=2_000 {
        issue(&index, number);
    }
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut seen = 0;
            while !done.load(Ordering::Relaxed) {
                let numbers = (1..=2_000).map(|number| Some(serial(number)));
                let mut now = 0;
                for status in index.lookup_batch(numbers) {
                    assert_ne!(status, Status::Unknown);
                    now += usize::from(status != Status::Good);
                }
                assert!(now >= seen, "a revocation was taken back");
                seen = now;
            }
        });
        for number in 1..=2_000 {
            tell(&index, number, 1, LATE, revoked(5, 9)).unwrap();
            // Nothing has ended: nothing may vanish.
            assert_eq!(index.forget_ended(100), 0);
        }
        done.store(true, Ordering::Relaxed);
        reader.join().unwrap();
    });
    assert_eq!(ask(&index, 2_000), revoked(5, 9));
}
