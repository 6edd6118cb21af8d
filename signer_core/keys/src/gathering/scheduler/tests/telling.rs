//! Whoever does not wait for an outcome is told it.

use std::sync::mpsc::{Sender, channel};

use super::*;

type Told = (u64, Result<Vec<u8>>);

/// Hands on what it is told, as it was told together.
struct Telling {
    told: Mutex<Vec<Told>>,
    together: Sender<Vec<Told>>,
}

impl Listener for Telling {
    fn told(&self, number: u64, outcome: Result<Vec<u8>>) {
        self.told.lock().unwrap().push((number, outcome));
    }

    fn told_all(&self) {
        let told = std::mem::take(&mut *self.told.lock().unwrap());
        self.together.send(told).unwrap();
    }
}

/// Somebody who is told; it comes in at the other end.
fn listener() -> (Arc<dyn Listener>, impl Iterator<Item = Told>) {
    let (together, told) = channel();
    let listener = Telling {
        told: Mutex::default(),
        together,
    };
    (Arc::new(listener), told.into_iter().flatten())
}

#[test]
fn whoever_does_not_wait_is_told() {
    const ORDERS: usize = 200;
    for (cores, choices, groups) in [
        (1, gaining as Choices, true),
        (2, gaining, true),
        (2, gaining_less, false),
        (2, gaining_nothing, false),
    ] {
        let scheduler = Arc::new(choosing(choices, cores));
        let keys = [Counting::new(false), Counting::new(false)];
        let (listener, outcomes) = listener();
        thread::scope(|scope| {
            // Beside others that wait.
            scope.spawn(|| {
                for message in 0..20 {
                    let signed = scheduler.sign(vec![keys[0].order(message)]).unwrap();
                    assert_eq!(signed, [keys[0].expected(message)]);
                }
            });
            for few in (0..ORDERS).collect::<Vec<_>>().chunks(3) {
                let order = |number: &usize| (*number as u64, keys[number % 2].order(*number));
                let orders = few.iter().map(order).collect();
                scheduler.submit(orders, &listener).unwrap();
            }
        });
        let mut seen = vec![0; ORDERS];
        for (number, outcome) in outcomes.take(ORDERS) {
            let number = usize::try_from(number).unwrap();
            assert_eq!(outcome, Ok(keys[number % 2].expected(number)));
            seen[number] += 1;
        }
        assert_eq!(seen, [1; ORDERS], "each is told once");
        let apart: usize = keys
            .iter()
            .map(|key| key.calls.load(Ordering::Relaxed))
            .sum();
        if groups && !rsa_lanes::testing::are_missing() {
            assert!(apart < ORDERS / 2, "{apart} were signed singly");
        }
    }
}

/// One by one, an event loop that asks for sixteen responses would be woken sixteen times, and no lane
/// beside the first be used.
#[test]
fn what_is_asked_for_at_once_is_signed_and_told_in_groups() {
    let scheduler = Arc::new(with_cores(1));
    let key = Counting::new(false);
    let (together, told) = channel();
    let listener: Arc<dyn Listener> = Arc::new(Telling {
        told: Mutex::default(),
        together,
    });
    let orders = (0..2 * LANES).map(|message| (message as u64, key.order(message)));
    scheduler.submit(orders.collect(), &listener).unwrap();
    let groups: Vec<_> = told.into_iter().take(2).map(|group| group.len()).collect();
    assert_eq!(groups, [LANES, LANES]);
    let singly = key.calls.load(Ordering::Relaxed);
    let lanes = key.private_numbers().is_some();
    assert_eq!(singly, if lanes { 0 } else { 2 * LANES });
}

#[test]
fn a_fault_is_told_and_the_attendants_go_on() {
    let scheduler = Arc::new(with_cores(1));
    let (listener, mut outcomes) = listener();
    let panicking = Arc::new(Panicking(SoftwareKey::generate(2048).unwrap()));
    let digest = Hash::Sha256.digest(b"x");
    let submit = |orders| scheduler.submit(orders, &listener).unwrap();
    submit(vec![(0, (panicking, digest))]);
    assert!(outcomes.next().unwrap().1.is_err());
    let key = Counting::new(false);
    submit(vec![(1, key.order(1))]);
    assert_eq!(outcomes.next().unwrap(), (1, Ok(key.expected(1))));
}
