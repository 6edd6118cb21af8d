//! The index against a plain map, and under threads.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use formats::der::{SerialColumn, SerialNumber};
use proptest::prelude::*;

use super::{Reason, SnapshotColumns, Status, StatusIndex};

fn serial(number: u64) -> SerialNumber {
    SerialNumber::from_unsigned(&number.to_be_bytes()).unwrap()
}

fn revoked(reason: u8, at: i64) -> Status {
    Status::Revoked {
        reason: Reason::try_from(reason).unwrap(),
        at,
    }
}

#[derive(Debug, Clone)]
enum Event {
    Issue(u32, u64),
    Revoke(u32, u64, i64),
    Remove(u32, u64),
}

fn event() -> impl Strategy<Value = Event> {
    let key = (0_u32..3, 1_u64..6);
    prop_oneof![
        key.clone().prop_map(|(a, s)| Event::Issue(a, s)),
        (key.clone(), 0_i64..100).prop_map(|((a, s), at)| Event::Revoke(a, s, at)),
        key.prop_map(|(a, s)| Event::Remove(a, s)),
    ]
}

proptest! {
    #[test]
    fn any_history_answers_like_a_plain_map(events in proptest::collection::vec(event(), 0..60)) {
        let index = StatusIndex::new();
        let mut plain: BTreeMap<(u32, u64), Status> = BTreeMap::new();
        for event in events {
            match event {
                Event::Issue(a, s) => {
                    index.issue(a, serial(s), None).unwrap();
                    plain.entry((a, s)).or_insert(Status::Good);
                }
                Event::Revoke(a, s, at) => {
                    index.revoke(a, serial(s), Reason::try_from(1).unwrap(), at).unwrap();
                    plain.insert((a, s), revoked(1, at));
                }
                Event::Remove(a, s) => {
                    prop_assert_eq!(index.remove(a, &serial(s)), plain.remove(&(a, s)).is_some());
                }
            }
        }
        prop_assert_eq!(index.len(None), plain.len());
        for a in 0..4 {
            for s in 1..7 {
                let expected = plain.get(&(a, s)).copied().unwrap_or(Status::Unknown);
                prop_assert_eq!(index.lookup(a, &serial(s)), expected);
                prop_assert_eq!(index.try_lookup(a, &serial(s)), Some(expected));
            }
        }
    }
}

#[test]
fn a_replayed_issue_never_makes_a_revoked_certificate_good() {
    let index = StatusIndex::new();
    index
        .revoke(1, serial(7), Reason::try_from(3).unwrap(), 50)
        .unwrap();
    index.issue(1, serial(7), Some(2_000)).unwrap();
    assert_eq!(index.lookup(1, &serial(7)), revoked(3, 50));
    // The end of validity was taken in nevertheless.
    assert_eq!(index.expire(1, 2_001), 1);
}

#[test]
fn only_what_is_known_to_have_ended_expires() {
    let index = StatusIndex::new();
    index.issue(1, serial(1), Some(100)).unwrap();
    index.issue(1, serial(2), Some(101)).unwrap();
    index.issue(1, serial(3), None).unwrap();
    index.issue(2, serial(1), Some(100)).unwrap();
    assert_eq!(index.expire(1, 101), 1);
    assert_eq!(index.lookup(1, &serial(1)), Status::Unknown);
    assert_eq!(index.lookup(1, &serial(2)), Status::Good);
    assert_eq!(index.lookup(1, &serial(3)), Status::Good);
    assert_eq!(index.lookup(2, &serial(1)), Status::Good);
}

#[test]
fn a_page_with_one_bad_row_changes_nothing() {
    let serials = [1_u8, 2, 3];
    let revoked_at = [0_i64, 9, 0].map(i64::to_le_bytes).concat();
    let page = |statuses: &'static [u8], reasons: &'static [u8]| SnapshotColumns {
        serials: SerialColumn::new(&serials, &[1, 1, 1]).unwrap(),
        statuses,
        reasons,
        revoked_at: &revoked_at,
        not_after: None,
    };
    let index = StatusIndex::new();
    assert!(index.apply(1, &page(&[1, 2, 0], &[0, 5, 0])).is_err());
    assert!(index.apply(1, &page(&[1, 2, 1], &[0, 8, 0])).is_err());
    assert!(index.apply(1, &page(&[1, 2], &[0, 5, 0])).is_err());
    assert_eq!(index.len(None), 0);
    index.apply(1, &page(&[1, 2, 1], &[0, 5, 0])).unwrap();
    assert_eq!(index.lookup(1, &serial(1)), Status::Good);
    assert_eq!(index.lookup(1, &serial(2)), revoked(5, 9));
    assert_eq!(index.len(Some(1)), 3);
    assert_eq!(index.len(Some(2)), 0);
}

#[test]
fn times_the_table_can_not_hold_are_refused() {
    let index = StatusIndex::new();
    let reason = Reason::try_from(1).unwrap();
    assert!(index.revoke(1, serial(1), reason, -1).is_err());
    assert!(
        index
            .revoke(1, serial(1), reason, i64::from(u32::MAX) + 1)
            .is_err()
    );
    assert!(index.issue(1, serial(1), Some(i64::MAX)).is_err());
    assert_eq!(index.len(None), 0);
}

#[test]
fn readers_see_every_number_good_or_revoked_while_writers_work() {
    let index = StatusIndex::new();
    for number in 1..=2_000 {
        index.issue(1, serial(number), None).unwrap();
    }
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut seen = 0;
            while !done.load(Ordering::Relaxed) {
                let numbers: Vec<_> = (1..=2_000).map(|number| Some(serial(number))).collect();
                let mut now = 0;
                index.lookup_batch(1, &numbers, |status| {
                    assert_ne!(status, Status::Unknown);
                    now += usize::from(status != Status::Good);
                });
                assert!(now >= seen, "a revocation was taken back");
                seen = now;
            }
        });
        for number in 1..=2_000 {
            index
                .revoke(1, serial(number), Reason::try_from(5).unwrap(), 9)
                .unwrap();
        }
        done.store(true, Ordering::Relaxed);
        reader.join().unwrap();
    });
    assert_eq!(index.lookup(1, &serial(2_000)), revoked(5, 9));
}

#[test]
fn a_look_up_that_would_wait_for_a_writer_says_so() {
    let index = StatusIndex::new();
    index.issue(1, serial(1), None).unwrap();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // The lock is held nearly all of the time: there is much to look through.
            for number in 2..=20_000 {
                index.issue(1, serial(number), None).unwrap();
            }
            while !done.load(Ordering::Relaxed) {
                index.expire(1, 1);
            }
        });
        let end = Instant::now() + Duration::from_secs(20);
        let mut waited_for = false;
        while !waited_for && Instant::now() < end {
            match index.try_lookup(1, &serial(1)) {
                Some(status) => assert_eq!(status, Status::Good),
                None => waited_for = true,
            }
        }
        assert_eq!(index.lookup(1, &serial(1)), Status::Good);
        done.store(true, Ordering::Relaxed);
        assert!(waited_for, "the lock was never found held");
    });
}
