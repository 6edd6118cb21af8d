//! That no more is told than is leased, and what was not told is given back.

use std::thread;

use super::*;
use crate::clock::SECOND;

fn of(unit: Unit) -> Of {
    ("bank".into(), "signing-13".into(), unit)
}

fn quotas() -> (Quotas, Arc<Meter>) {
    let usage = Arc::<Usage>::default();
    let meter = usage.meter("bank", "signing-13");
    (Quotas::new(usage), meter)
}

fn tells(meter: &Meter, way: Way) -> bool {
    match meter.reserve(way, 1, 0) {
        Ok(reserved) => {
            meter.tell(way, 1, reserved);
            true
        }
        Err(_) => false,
    }
}

#[test]
fn what_is_not_bounded_is_told() {
    let (quotas, meter) = quotas();
    assert!(tells(&meter, Way::Grpc));
    quotas.bound(of(Unit::Statuses));
    assert!(!tells(&meter, Way::Grpc));
    assert!(!tells(&meter, Way::OcspHttp));
    // Who was told its statuses can learn what is revoked.
    assert!(tells(&meter, Way::Lists));
    quotas.add(&of(Unit::Statuses), 5);
    assert_eq!(quotas.free(&of(Unit::Statuses)), 5);
    assert!(tells(&meter, Way::Grpc));
    assert_eq!(quotas.take_refused(), [2, 0]);
    assert_eq!(quotas.take_refused(), [0, 0]);
}

#[test]
fn of_many_threads_as_many_are_told_as_are_leased() {
    let (quotas, meter) = quotas();
    quotas.bound(of(Unit::Statuses));
    quotas.add(&of(Unit::Statuses), 999);
    let told = AtomicU64::new(0);
    thread::scope(|scope| {
        for number in 0..64 {
            let (meter, told) = (&meter, &told);
            scope.spawn(move || {
                for _ in 0..100 {
                    // Some are not told after all, and others have it.
                    if number % 2 == 0 {
                        drop(meter.reserve(Way::Grpc, 3, 0));
                    }
                    if tells(meter, Way::OcspHttp) {
                        told.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    while tells(&meter, Way::Grpc) {
        told.fetch_add(1, Ordering::Relaxed);
    }
    assert_eq!(told.into_inner(), 999);
}

#[test]
fn several_are_taken_whole_or_not_at_all_and_given_back_where_not_told() {
    let (quotas, meter) = quotas();
    quotas.bound(of(Unit::Statuses));
    quotas.add(&of(Unit::Statuses), 10);
    assert_eq!(meter.reserve(Way::Grpc, 11, 0).unwrap_err().left, 10);
    let reserved = meter.reserve(Way::Grpc, 10, 0).unwrap();
    assert!(!tells(&meter, Way::Grpc));
    meter.tell(Way::Grpc, 7, reserved);
    let left = quotas.all();
    assert_eq!((left[0].left, left[0].asked, left[0].needed), (3, 22, 11));
    // More at once than is left is seen, however much that is.
    assert_eq!(meter.reserve(Way::Grpc, 4, 0).unwrap_err().left, 3);
    assert_eq!(quotas.low()[0].needed, 4);
}

#[test]
fn what_a_day_leaves_is_not_of_the_next() {
    let (quotas, meter) = quotas();
    quotas.bound(of(Unit::Statuses));
    quotas.add(&of(Unit::Statuses), 10);
    let reserved = meter.reserve(Way::Grpc, 4, 0).unwrap();
    assert_eq!(quotas.open(&of(Unit::Statuses), 2), 6);
    drop(reserved);
    assert_eq!(quotas.all()[0].left, 2);
    assert_eq!(quotas.take_back(&of(Unit::Statuses), 5), 2);
    assert_eq!(quotas.take_back(&of(Unit::Statuses), 5), 0);
}

#[test]
fn who_has_little_left_and_is_asked_for_is_looked_at() {
    let (quotas, meter) = quotas();
    let statuses = of(Unit::Statuses);
    quotas.bound(statuses.clone());
    assert!(quotas.low().is_empty());
    assert!(!tells(&meter, Way::Grpc));
    assert_eq!(quotas.low().len(), 1);
    assert!(quotas.low().is_empty());
    quotas.add(&statuses, 10);
    quotas.expect(&statuses, 8, 0);
    assert!(tells(&meter, Way::Grpc));
    assert!(quotas.low().is_empty());
    assert!(tells(&meter, Way::Grpc));
    assert_eq!(quotas.low()[0].left, 8);
}

#[test]
fn who_is_refused_comes_again_when_there_is_more() {
    let (quotas, meter) = quotas();
    quotas.bound(of(Unit::Statuses));
    let again = |now| meter.reserve(Way::Grpc, 1, now).unwrap_err().again;
    assert_eq!(again(0), SOON);
    quotas.expect(&of(Unit::Statuses), 0, 100 * SECOND);
    // One after another, or all would come in the same second.
    let waits = [again(0), again(0)];
    assert!(waits.iter().all(|it| (101..161).contains(it)));
    assert_ne!(waits[0], waits[1]);
    assert!(again(-10_000 * SECOND) <= 3661);
    assert!(again(200 * SECOND) <= 61);
}

#[test]
fn lists_that_others_send_pass_the_same_gate() {
    let (quotas, _) = quotas();
    let whom = ("bank", "signing-13");
    quotas.bound(of(Unit::Downloads));
    quotas.add(&of(Unit::Downloads), 1);
    let reserved = quotas.reserve(whom, Way::Lists, 0).unwrap();
    assert!(quotas.reserve(whom, Way::Lists, 0).is_err());
    // There was no such list.
    drop(reserved);
    assert_eq!(quotas.usage.all(), []);
    quotas.reserve(whom, Way::Lists, 0).unwrap().tell();
    assert!(quotas.reserve(whom, Way::Lists, 0).is_err());
    assert_eq!(quotas.usage.all()[0].total, 1);
}
