//! What is counted, and for whom.

use std::thread;

use super::*;

fn told(usage: &Usage) -> Vec<(String, String, Way, u64)> {
    let mut taken = usage.take();
    taken.sort();
    let plain = taken.into_iter();
    plain
        .map(|it| {
            (
                it.verifier.to_string(),
                it.authority.to_string(),
                it.way,
                it.total,
            )
        })
        .collect()
}

fn of(verifier: &str, way: Way, total: u64) -> (String, String, Way, u64) {
    (verifier.into(), "signing-13".into(), way, total)
}

#[test]
fn what_grew_is_taken_with_its_whole_count() {
    let usage = Usage::default();
    assert!(told(&usage).is_empty());
    usage.add("bank", "signing-13", Way::Grpc, 3);
    usage.add("tax-office", "signing-13", Way::OcspHttp, 1);
    let both = [of("bank", Way::Grpc, 3), of("tax-office", Way::OcspHttp, 1)];
    assert_eq!(told(&usage), both);
    assert!(told(&usage).is_empty());
    usage.add("bank", "signing-13", Way::Grpc, 2);
    usage.add("bank", "signing-13", Way::Lists, 1);
    let grown = [of("bank", Way::Lists, 1), of("bank", Way::Grpc, 5)];
    assert_eq!(told(&usage), grown);
    assert_eq!(usage.all().len(), 3);
}

#[test]
fn a_meter_is_one_however_often_it_is_asked_for() {
    let usage = Usage::default();
    let (one, again) = (
        usage.meter("bank", "signing-13"),
        usage.meter("bank", "signing-13"),
    );
    assert!(Arc::ptr_eq(&one, &again));
    for (verifier, authority) in [("bank", "signing-14"), ("tax-office", "signing-13")] {
        assert!(!Arc::ptr_eq(&one, &usage.meter(verifier, authority)));
    }
    // Nothing was told, so there is nothing to take.
    assert!(told(&usage).is_empty());
}

#[test]
fn none_of_many_threads_counts_is_lost() {
    let usage = Usage::default();
    let meter = usage.meter("bank", "signing-13");
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..1000).for_each(|_| meter.add(Way::OcspHttp, 2)));
        }
        let mut last = 0;
        for _ in 0..100 {
            for it in usage.take() {
                assert!(it.total > last);
                last = it.total;
            }
        }
    });
    let all: Vec<_> = usage.all().iter().map(|it| it.total).collect();
    assert_eq!(all, [8000]);
}
