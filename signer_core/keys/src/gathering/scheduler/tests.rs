use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use formats::signing::{Digest, Hash};

use super::*;
use crate::{BatchSigner, PrivateNumbers, SoftwareKey, VerifyingKey};

fn with_cores(cores: usize) -> Scheduler {
    Scheduler {
        cores,
        ..Scheduler::new(GATHERING)
    }
}

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
            return Err(Error::key("out of order"));
        }
        self.key.sign_digests(digests)
    }
}

#[test]
fn a_caller_alone_signs_at_once_and_singly() {
    let (scheduler, key) = (with_cores(2), Counting::new(false));
    for message in 0..5 {
        let signed = scheduler.sign(vec![key.order(message)]).unwrap();
        assert_eq!(signed, [key.expected(message)]);
        assert_eq!(scheduler.lock().crowd, 1, "nobody to wait for");
    }
    assert_eq!(key.calls.load(Ordering::Relaxed), 5);
}

#[test]
fn free_cores_share_what_waits() {
    let orders = [0, 1, 2, 3, 4, 5, 8, 16, 100];
    let shares = |threads| orders.map(|orders| share(orders, threads));
    assert_eq!(shares(1), [1, 1, 2, 3, 4, 4, 8, 8, 8]);
    assert_eq!(shares(2), [1, 1, 1, 2, 2, 3, 4, 8, 8]);
    assert_eq!(shares(16), [1, 1, 1, 1, 1, 1, 1, 1, 4]);
}

fn state(crowd: usize, in_work: usize, waiting: usize, since: Instant) -> State {
    let mut state = State {
        crowd,
        in_work,
        signing: in_work.div_ceil(LANES),
        ..State::default()
    };
    let key = Counting::new(false);
    for message in 0..waiting {
        let caller = Arc::new(Caller::of(1));
        state.queue.put(&caller, vec![key.order(message)], since);
    }
    state
}

#[test]
fn a_group_is_held_back_only_for_those_who_may_come() {
    let now = Instant::now();
    let step =
        |crowd, in_work, waiting| state(crowd, in_work, waiting, now).step(2, GATHERING, now);
    assert_eq!(step(1, 0, 1), Step::Sign(1), "alone");
    assert_eq!(step(2, 0, 1), Step::Sign(1), "a core each");
    assert_eq!(step(16, 0, 3), Step::Watch(GATHERING));
    assert_eq!(step(16, 8, 7), Step::Watch(GATHERING));
    assert_eq!(step(16, 8, 8), Step::Sign(8));
    assert_eq!(
        step(9, 8, 1),
        Step::Sign(1),
        "the other eight are being served"
    );
    assert_eq!(step(8, 0, 8), Step::Sign(4), "a half for the other core");
    assert_eq!(step(8, 8, 0), Step::Wait);
    assert_eq!(
        state(16, 9, 8, now).step(2, GATHERING, now),
        Step::Wait,
        "both cores busy"
    );
    let late = state(16, 0, 3, now).step(2, GATHERING, now + GATHERING);
    assert_eq!(late, Step::Sign(8), "long enough");
    let mut watched = state(16, 0, 3, now);
    watched.watched = true;
    assert_eq!(
        watched.step(2, GATHERING, now),
        Step::Wait,
        "one watches for all"
    );
    let hurried = state(16, 0, 3, now).step(2, Duration::ZERO, now);
    assert_eq!(hurried, Step::Sign(8), "nobody waits");
}

#[test]
fn a_caller_alone_has_its_few_signed_together() {
    let now = Instant::now();
    let mut state = State::default();
    let key = Counting::new(false);
    let orders = (0..3).map(|message| key.order(message)).collect();
    state.queue.put(&Arc::new(Caller::of(3)), orders, now);
    state.notice_crowd(now);
    assert_eq!(
        state.step(16, GATHERING, now),
        Step::Sign(3),
        "no other thread is there"
    );
}

#[test]
fn every_caller_gets_its_own_signatures_and_groups_form() {
    const CALLERS: usize = 16;
    const ROUNDS: usize = 20;
    let scheduler = with_cores(2);
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

/// Signs in no time: what is left is the scheduler.
struct Instantly(SoftwareKey);

impl BatchSigner for Instantly {
    fn verifying_key(&self) -> &VerifyingKey {
        self.0.verifying_key()
    }

    fn verifies_itself(&self) -> bool {
        true
    }

    fn sign_digests(&self, digests: &[Digest]) -> Result<Vec<Vec<u8>>> {
        Ok(digests
            .iter()
            .map(|digest| digest.value().as_ref().to_vec())
            .collect())
    }
}

#[test]
fn nobody_waits_for_ever_however_threads_meet() {
    const CALLERS: usize = 8;
    const ROUNDS: usize = 4_000;
    for cores in 1..=3 {
        let scheduler = with_cores(cores);
        scheduler.set_gathering(Duration::from_micros(20));
        let keys = [2048, 2048].map(|bits| {
            let key = Instantly(SoftwareKey::generate(bits).unwrap());
            Arc::new(key) as Arc<dyn BatchSigner>
        });
        thread::scope(|scope| {
            for caller in 0..CALLERS {
                let (scheduler, keys) = (&scheduler, &keys);
                scope.spawn(move || {
                    for round in 0..ROUNDS {
                        let digests = (0..=(caller + round) % 3).map(|extra| {
                            Hash::Sha256.digest(&[caller, round, extra].map(|n| n as u8))
                        });
                        let digests: Vec<_> = digests.collect();
                        let order = |digest: &Digest| (Arc::clone(&keys[round % 2]), *digest);
                        let signed = scheduler.sign(digests.iter().map(order).collect()).unwrap();
                        for (digest, signature) in digests.iter().zip(signed) {
                            assert_eq!(digest.value().as_ref(), signature);
                        }
                    }
                });
            }
        });
        let state = scheduler.lock();
        assert_eq!((state.queue.len(), state.signing, state.in_work), (0, 0, 0));
        assert!(!state.watched);
    }
}

#[test]
fn a_key_that_fails_spoils_no_other_signature() {
    let scheduler = with_cores(1);
    let (sound, broken) = (Counting::new(false), Counting::new(true));
    let tokenlike = Tokenlike(Arc::clone(&broken));
    let digest = |message| sound.order(message).1;
    let outcomes = sign_each(&[
        (&*sound, digest(1)),
        (&tokenlike, digest(2)),
        (&*sound, digest(3)),
    ]);
    assert_eq!(outcomes[0], Ok(sound.expected(1)));
    assert_eq!(outcomes[1], Err(Error::key("out of order")));
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
    let scheduler = with_cores(1);
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
    let (busy, single) = (Arc::new(Caller::of(20)), Arc::new(Caller::of(1)));
    queue.put(
        &busy,
        (0..20).map(|message| many.order(message)).collect(),
        now,
    );
    queue.put(&single, vec![one.order(0)], now);
    assert_eq!((queue.callers(1), queue.callers(8)), (1, 2));
    let group = queue.take(8);
    assert_eq!(group.len(), 8);
    assert!(
        group
            .iter()
            .any(|waiting| Arc::ptr_eq(&waiting.caller, &single)),
        "the single order is in the first group"
    );
    assert_eq!((queue.len(), queue.callers(8)), (13, 1));
}

#[test]
fn outcomes_are_collected_when_all_are_there() {
    let caller = Caller::of(2);
    assert!(caller.collect().is_none());
    assert!(!caller.keep(1, Ok(vec![1])));
    assert!(!caller.keep(1, Ok(vec![2])), "kept once");
    assert!(caller.collect().is_none());
    assert!(caller.keep(0, Ok(vec![0])));
    assert_eq!(caller.collect(), Some(Ok(vec![vec![0], vec![1]])));
}
