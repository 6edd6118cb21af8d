mod telling;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, LazyLock};
use std::thread;

use formats::signing::{Digest, Hash};

use rsa_lanes::LANES;

use super::*;
use crate::choice::Costs;
use crate::{BatchSigner, PrivateNumbers, SoftwareKey, VerifyingKey};

/// As on a processor where two together are sooner made than two apart.
fn gaining(_: usize) -> Choice {
    of_microseconds(200, 280, 540)
}

/// As on one where three are, and two are not.
fn gaining_less(_: usize) -> Choice {
    of_microseconds(240, 660, 1_200)
}

fn gaining_nothing(_: usize) -> Choice {
    of_microseconds(200, 800, 1_600)
}

fn of_microseconds(single: u64, few: u64, all: u64) -> Choice {
    Choice::of(Costs {
        single: single * 1_000,
        few: few * 1_000,
        all: all * 1_000,
    })
}

/// For a core, in groups of eight.
const PATIENCE: Duration = Duration::from_micros(200);

fn with_cores(cores: usize) -> Scheduler {
    choosing(gaining, cores)
}

fn choosing(choices: Choices, cores: usize) -> Scheduler {
    Scheduler {
        cores,
        ..Scheduler::new(choices, None)
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
        assert_eq!(scheduler.lock().crowd.most(), 1, "nobody to wait for");
    }
    assert_eq!(key.calls.load(Ordering::Relaxed), 5);
}

#[test]
fn free_cores_share_what_waits() {
    let orders = [0, 1, 2, 3, 4, 5, 8, 16, 100];
    let shares = |threads| orders.map(|orders| share(&gaining(2048), orders, threads));
    assert_eq!(shares(1), [1, 1, 2, 3, 4, 4, 8, 8, 8]);
    assert_eq!(shares(2), [1, 1, 1, 2, 2, 3, 4, 8, 8]);
    assert_eq!(shares(16), [1, 1, 1, 1, 1, 1, 1, 1, 7]);
}

/// The key of orders that only wait: making one takes longer than all else that such a test does.
static WAITED_FOR: LazyLock<Arc<Counting>> = LazyLock::new(|| Counting::new(false));

fn state(most: usize, in_work: usize, waiting: usize, since: Instant) -> State {
    let mut crowd = Crowd::default();
    crowd.notice(most, since, |_| Duration::from_secs(1));
    let mut state = State {
        crowd,
        in_work,
        signing: in_work.div_ceil(LANES),
        ..State::default()
    };
    for message in 0..waiting {
        let caller = Arc::new(Caller::of(1));
        state.queue.put(Waiting::all(
            &caller,
            vec![WAITED_FOR.order(message)],
            since,
        ));
    }
    state
}

#[test]
fn a_group_is_held_back_only_for_those_who_may_come() {
    let now = Instant::now();
    let choice = gaining(2048);
    let stepped = |state: State, gathering, at| state.step(&choice, 2, gathering, at);
    let step = |crowd, in_work, waiting| stepped(state(crowd, in_work, waiting, now), None, now);
    assert_eq!(step(1, 0, 1), Step::Sign(1), "alone");
    assert_eq!(step(2, 0, 1), Step::Sign(1), "a core each");
    assert_eq!(step(16, 0, 3), Step::Watch(PATIENCE));
    assert_eq!(step(16, 8, 7), Step::Watch(PATIENCE));
    assert_eq!(step(16, 8, 8), Step::Sign(8));
    assert_eq!(
        step(9, 8, 1),
        Step::Sign(1),
        "the other eight are being served"
    );
    assert_eq!(step(8, 0, 8), Step::Sign(4), "a half for the other core");
    assert_eq!(step(8, 8, 0), Step::Wait);
    assert_eq!(
        stepped(state(16, 9, 8, now), None, now),
        Step::Wait,
        "both cores busy"
    );
    let late = stepped(state(16, 0, 3, now), None, now + PATIENCE);
    assert_eq!(late, Step::Sign(8), "long enough");
    let mut watched = state(16, 0, 3, now);
    watched.watched = true;
    assert_eq!(
        stepped(watched, None, now),
        Step::Wait,
        "one watches for all"
    );
    let set = |wait| stepped(state(16, 0, 3, now), Some(wait), now);
    assert_eq!(set(Duration::ZERO), Step::Sign(8), "nobody waits");
    assert_eq!(set(PATIENCE * 9), Step::Watch(PATIENCE * 9), "as was set");
}

#[test]
fn nobody_waits_for_a_group_that_gains_nothing() {
    let now = Instant::now();
    let choice = gaining_less(2048);
    let step = |crowd, in_work, waiting| {
        let state = state(crowd, in_work, waiting, now);
        state.step(&choice, 2, None, now)
    };
    assert_eq!(step(4, 0, 1), Step::Sign(1), "two for each core");
    assert_eq!(step(16, 14, 1), Step::Wait, "both cores busy");
    assert_eq!(step(10, 8, 1), Step::Sign(1), "two may come");
    let three = Step::Watch(Duration::from_micros(60));
    assert_eq!(step(6, 0, 1), three, "what three save is not much");
    let gathers = |choices: Choices, crowd| state(crowd, 0, 0, now).gathers(&choices(2048), 2);
    let crowds = |choices| (0..40).filter(move |crowd| gathers(choices, *crowd));
    assert!(crowds(gaining).eq(3..40));
    assert!(crowds(gaining_less).eq(5..40));
    assert_eq!(crowds(gaining_nothing).count(), 0);
}

#[test]
fn who_waited_in_vain_expects_no_more_than_are_there() {
    let now = Instant::now();
    let mut state = state(16, 0, 3, now);
    state.expect_no_more_than(3);
    assert_eq!(state.crowd.expected(), 16);
    state.expect_no_more_than(8);
    assert_eq!((state.crowd.most(), state.crowd.expected()), (16, 3));
}

#[test]
fn who_comes_while_all_cores_sign_waits_for_one() {
    let now = Instant::now();
    let busy = |waiting| State {
        direct: 2,
        signing: 0,
        ..state(3, 2, waiting, now)
    };
    for (choices, gathers) in [
        (gaining as Choices, true),
        (gaining_less, true),
        (gaining_nothing, false),
    ] {
        assert_eq!(busy(0).gathers(&choices(2048), 2), gathers);
    }
    let choice = gaining_less(2048);
    let single = Duration::from_micros(240);
    assert_eq!(
        busy(1).step(&choice, 2, None, now),
        Step::Watch(single),
        "a core is free soon"
    );
    assert_eq!(
        busy(1).step(&choice, 2, None, now + single),
        Step::Sign(1),
        "or not: nobody waits for ever"
    );
    let mut freed = busy(1);
    (freed.direct, freed.signing) = (1, 0);
    freed.in_work = 1;
    assert_eq!(freed.step(&choice, 2, None, now), Step::Sign(1));
}

#[test]
fn whoever_frees_a_core_wakes_who_waits_for_one() {
    let now = Instant::now();
    let mut state = State {
        direct: 2,
        signing: 0,
        watched: true,
        for_a_core: true,
        ..state(3, 2, 0, now)
    };
    let (caller, key) = (Arc::new(Caller::of(1)), Counting::new(false));
    let orders = Waiting::all(&caller, vec![key.order(1)], now);
    state.queue.put(orders);
    let state = Mutex::new(state);
    let woken = |direct| {
        let mut state = state.lock().unwrap();
        state.direct = direct;
        state.unattended(2).is_some()
    };
    thread::scope(|scope| {
        scope.spawn(|| drop(caller.wait(state.lock().unwrap(), None)));
        while !caller.waits() {
            thread::yield_now();
        }
        assert!(!woken(2), "no core is free");
        assert!(woken(1));
        caller.wake();
    });
}

#[test]
fn only_a_lull_ends_a_trial() {
    let now = Instant::now();
    let choice = gaining_less(2048);
    let mut state = state(2, 0, 0, now);
    let made = |state: &mut State| state.trial.made(2, 2, now);
    for _ in 0..2 {
        made(&mut state);
    }
    let begun = |state: &State| state.trial.has_begun();
    for _ in 0..LULL - 1 {
        assert!(!state.gathers(&choice, 2));
        assert!(begun(&state));
    }
    state.direct = 2;
    assert!(state.gathers(&choice, 2), "others are met again");
    state.direct = 0;
    for _ in 0..LULL {
        assert!(begun(&state));
        assert!(!state.gathers(&choice, 2));
    }
    assert!(!begun(&state));
}

#[test]
fn a_caller_alone_has_its_few_signed_together() {
    for cores in [1, 2, 16] {
        let (scheduler, key) = (with_cores(cores), Counting::new(false));
        let orders = (0..3).map(|message| key.order(message)).collect();
        let signed = scheduler.sign(orders).unwrap();
        assert_eq!(signed, [0, 1, 2].map(|message| key.expected(message)));
        let apart = key.calls.load(Ordering::Relaxed);
        let lanes = key.private_numbers().is_some();
        assert_eq!(apart, if lanes { 0 } else { 3 }, "{cores} cores");
    }
}

/// Where two are sooner made apart, two are made apart, whoever asks; and so are all where lanes
/// gain nothing.
#[test]
fn what_gains_nothing_is_made_singly() {
    const CALLERS: usize = 16;
    let (scheduler, key) = (choosing(gaining_less, 1), Counting::new(false));
    let orders = |count: usize| (0..count).map(|message| key.order(message)).collect();
    scheduler.sign(orders(2)).unwrap();
    assert_eq!(key.calls.load(Ordering::Relaxed), 2);
    let (scheduler, ready) = (choosing(gaining_nothing, 1), Barrier::new(CALLERS));
    thread::scope(|scope| {
        for _ in 0..CALLERS {
            scope.spawn(|| {
                ready.wait();
                scheduler.sign(orders(3)).unwrap();
            });
        }
    });
    let calls = key.calls.load(Ordering::Relaxed);
    assert_eq!(calls, 2 + CALLERS * 3);
    let state = scheduler.lock();
    assert_eq!((state.queue.len(), state.signing, state.in_work), (0, 0, 0));
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
    if !rsa_lanes::testing::are_missing() {
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
    for (cores, choices) in [
        (1, gaining as Choices),
        (2, gaining),
        (3, gaining),
        (1, gaining_less),
        (2, gaining_nothing),
    ] {
        let scheduler = choosing(choices, cores);
        scheduler.set_gathering(Some(Duration::from_micros(20)));
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
    let outcomes = sign_each(
        &[
            (&*sound, digest(1)),
            (&tokenlike, digest(2)),
            (&*sound, digest(3)),
        ],
        gaining,
    );
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
    let orders = (0..20).map(|message| many.order(message));
    queue.put(Waiting::all(&busy, orders, now));
    queue.put(Waiting::all(&single, vec![one.order(0)], now));
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
