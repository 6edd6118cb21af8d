use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::*;
use crate::rsa::{Hash, PrivateNumbers, SoftwareKey, VerifyingKey};

/// Counts the calls of a real key, and fails when told.
struct Counting {
    key: SoftwareKey,
    calls: AtomicUsize,
    fails: bool,
}

impl Counting {
    fn new(fails: bool) -> Arc<Self> {
        Arc::new(Self {
            key: SoftwareKey::generate(2048).unwrap(),
            calls: AtomicUsize::new(0),
            fails,
        })
    }

    fn order(self: &Arc<Self>, message: usize) -> Order {
        let signer = Arc::clone(self) as Arc<dyn BatchSigner>;
        (signer, Hash::Sha256.digest(&message.to_le_bytes()))
    }

    fn expected(&self, message: usize) -> Vec<u8> {
        let digest = Hash::Sha256.digest(&message.to_le_bytes());
        self.key.sign_digests(&[digest]).unwrap().remove(0)
    }
}

impl BatchSigner for Counting {
    fn verifying_key(&self) -> &VerifyingKey {
        self.key.verifying_key()
    }

    fn private_numbers(&self) -> Option<&PrivateNumbers> {
        self.key.private_numbers()
    }

    fn sign_digests(&self, digests: &[Digest]) -> Result<Vec<Vec<u8>>> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        if self.fails {
            return Err(Error::Key("out of order".into()));
        }
        self.key.sign_digests(digests)
    }
}

#[test]
fn a_caller_alone_signs_at_once_and_singly() {
    let (scheduler, key) = (Scheduler::with_cores(2), Counting::new(false));
    for message in 0..5 {
        let signed = scheduler.sign(vec![key.order(message)]).unwrap();
        assert_eq!(signed, [key.expected(message)]);
        assert_eq!(scheduler.lock().crowd, 1, "nobody to wait for");
    }
    assert_eq!(key.calls.load(Ordering::Relaxed), 5);
}

#[test]
fn cores_that_are_free_sign_singly() {
    let orders = [1, 3, 4, 5, 8, 16, 100];
    assert_eq!(orders.map(|orders| share(orders, 1)), [1, 1, 4, 5, 8, 8, 8]);
    assert_eq!(orders.map(|orders| share(orders, 2)), [1, 1, 1, 5, 8, 8, 8]);
    assert_eq!(
        orders.map(|orders| share(orders, 16)),
        [1, 1, 1, 1, 1, 1, 8]
    );
}

#[test]
fn every_caller_gets_its_own_signatures_and_groups_form() {
    const CALLERS: usize = 16;
    const ROUNDS: usize = 20;
    let scheduler = Scheduler::with_cores(2);
    let keys = [
        Counting::new(false),
        Counting::new(false),
        Counting::new(false),
    ];
    let ready = Barrier::new(CALLERS);
    thread::scope(|scope| {
        for caller in 0..CALLERS {
            let (scheduler, keys, ready) = (&scheduler, &keys, &ready);
            scope.spawn(move || {
                ready.wait();
                for round in 0..ROUNDS {
                    let message = caller * ROUNDS + round;
                    let key = &keys[message % keys.len()];
                    let orders = (0..=round % 3).map(|extra| key.order(message + extra));
                    let signed = scheduler.sign(orders.collect()).unwrap();
                    let expected = (0..=round % 3).map(|extra| key.expected(message + extra));
                    assert!(signed.into_iter().eq(expected));
                }
            });
        }
    });
    let state = scheduler.lock();
    assert_eq!((state.queue.len(), state.signing, state.in_work), (0, 0, 0));
    let apart: usize = keys
        .iter()
        .map(|key| key.calls.load(Ordering::Relaxed))
        .sum();
    if keys[0].private_numbers().is_some() {
        let all: usize = (0..ROUNDS).map(|round| CALLERS * (round % 3 + 1)).sum();
        assert!(apart < all / 2, "{apart} of {all} were signed singly");
    }
}

#[test]
fn a_key_that_fails_spoils_no_other_signature() {
    let scheduler = Scheduler::with_cores(1);
    let (sound, broken) = (Counting::new(false), Counting::new(true));
    let outcomes = sign_each(&[
        sound.order(1),
        (
            Arc::new(Tokenlike(Arc::clone(&broken))) as Arc<dyn BatchSigner>,
            sound.order(2).1,
        ),
        sound.order(3),
    ]);
    assert_eq!(outcomes[0], Ok(sound.expected(1)));
    assert_eq!(outcomes[1], Err(Error::Key("out of order".into())));
    assert_eq!(broken.calls.load(Ordering::Relaxed), 1, "asked once");
    assert_eq!(outcomes[2], Ok(sound.expected(3)));
    assert_eq!(
        scheduler.sign(vec![sound.order(4)]),
        Ok(vec![sound.expected(4)])
    );
}

/// A key without lanes.
struct Tokenlike(Arc<Counting>);

impl BatchSigner for Tokenlike {
    fn verifying_key(&self) -> &VerifyingKey {
        self.0.verifying_key()
    }

    fn sign_digests(&self, digests: &[Digest]) -> Result<Vec<Vec<u8>>> {
        self.0.sign_digests(digests)
    }
}

/// Ends the thread that signs.
struct Panicking(SoftwareKey);

impl BatchSigner for Panicking {
    fn verifying_key(&self) -> &VerifyingKey {
        self.0.verifying_key()
    }

    fn sign_digests(&self, _: &[Digest]) -> Result<Vec<Vec<u8>>> {
        panic!("a fault in the signer");
    }
}

#[test]
fn a_thread_that_ends_leaves_nobody_waiting() {
    let scheduler = Scheduler::with_cores(1);
    let panicking = Arc::new(Panicking(SoftwareKey::generate(2048).unwrap()));
    let digest = Hash::Sha256.digest(b"x");
    thread::scope(|scope| {
        let ended = scope.spawn(|| {
            scheduler.sign(vec![(
                Arc::clone(&panicking) as Arc<dyn BatchSigner>,
                digest,
            )])
        });
        assert!(ended.join().is_err());
    });
    let key = Counting::new(false);
    assert!(scheduler.sign(vec![key.order(1)]).is_ok());
}

#[test]
fn keys_take_turns() {
    let (many, one) = (Counting::new(false), Counting::new(false));
    let (mut queue, now) = (Queue::default(), Instant::now());
    let busy: Vec<_> = (0..20)
        .map(|message| queue.put(many.order(message), now))
        .collect();
    let single = queue.put(one.order(0), now);
    let group: Vec<_> = queue
        .take(8)
        .into_iter()
        .map(|(ticket, _)| ticket)
        .collect();
    assert_eq!(group.len(), 8);
    assert!(
        group.contains(&single),
        "the single order is in the first group"
    );
    assert_eq!(queue.len(), 13);
    queue.done(single, Ok(Vec::new()));
    assert!(
        queue.collect(&[single, busy[0]]).is_none(),
        "not all are there"
    );
    queue.done(busy[0], Ok(Vec::new()));
    assert_eq!(
        queue.collect(&[single, busy[0]]).map(|all| all.len()),
        Some(2)
    );
}
