use std::sync::atomic::Ordering::Relaxed;
use std::thread;

use super::*;

/// Of the smallest key: the others take a second each without optimisation.
static MEASURED: Known<3> = Known::of(KEYS[0], measure);

#[test]
fn keys_in_the_code_have_the_sizes_that_stand_beside_them() {
    for known in &KNOWN {
        let key = SoftwareKey::from_pkcs8(known.key).unwrap();
        assert_eq!(key.verifying_key().bits(), known.bits);
    }
}

#[test]
fn costs_are_measured_once_and_nobody_waits_for_them() {
    let lanes = SoftwareKey::from_pkcs8(MEASURED.key).unwrap();
    let lanes = lanes.private_numbers().is_some();
    let seen: Vec<_> = thread::scope(|scope| {
        let asked = || MEASURED.get().unwrap_or_else(|| MEASURED.measure_once());
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(asked)).collect();
        threads.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let kept = MEASURED.get().unwrap();
    assert_eq!(kept.is_some(), lanes);
    assert!(seen.contains(&kept));
    assert!(seen.iter().all(|costs| *costs == kept || costs.is_none()));
    assert_eq!(MEASURED.get(), Some(kept));
    assert!(kept.is_none_or(|costs| costs.iter().all(|cost| *cost > 0)));
}

#[test]
fn a_child_does_not_wait_for_what_a_thread_of_its_parent_measured() {
    let known = Known::of((2048, b"no key, so nothing to measure"), measure);
    known.measurer.store(process::id() + 1, Relaxed);
    assert_eq!(known.get(), None);
    assert_eq!(known.measure_once(), None);
    assert_eq!(known.get(), Some(None), "measured by this process");
}

#[test]
fn while_a_thread_measures_others_sign_singly() {
    let known = Known::of((2048, b""), measure);
    known.measurer.store(process::id(), Relaxed);
    assert_eq!((known.measure_once(), known.get()), (None, None));
}

#[test]
fn sizes_that_nobody_measured_have_no_lanes() {
    for bits in [0, 2047, 2056, 8192] {
        assert_eq!(costs(bits), None);
        assert_eq!(check_costs(bits), None);
    }
}

#[test]
fn verifying_is_measured_where_there_are_lanes() {
    let lanes = SoftwareKey::from_pkcs8(KEYS[0].1).unwrap();
    let lanes = lanes.verifying_key().public_numbers().is_some();
    let found = measure_checks(KEYS[0].1);
    assert_eq!(found.is_some(), lanes);
    assert!(found.is_none_or(|costs| costs.iter().all(|cost| *cost > 0)));
    assert_eq!(measure_checks(b"no key"), None);
}

#[test]
fn what_fails_has_no_time() {
    assert_eq!(nanoseconds(|| false), None);
    assert!(nanoseconds(|| true).unwrap() > 0);
}
