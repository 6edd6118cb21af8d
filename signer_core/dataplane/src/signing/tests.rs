//! Answers asked for at the same time: each asker gets its own, or is told to try later.

use std::future::Future;

use formats::ocsp::{CertStatus, ResponderTemplate, SingleResponse, parse_request};
use keys::SoftwareKey;
use tokio::task::{JoinHandle, yield_now};

use super::*;

const NOW: i64 = 1_800_000_000;
const LONG: Duration = Duration::from_secs(60);
/// What is asked about, and a certificate: neither matters.
const SAMPLE: &[u8] =
    include_bytes!("../../../../tests/conformance/data/ocsp/ocsp_signed_rsa3072e.der");

struct Made {
    responder: Arc<Responder>,
    key: Arc<SoftwareKey>,
}

impl Made {
    fn new() -> Self {
        let certificates = parse_request(SAMPLE, 100).unwrap().signature.unwrap();
        let template = ResponderTemplate::new(&certificates.certificates[0]).unwrap();
        let key = Arc::new(SoftwareKey::generate(2048).unwrap());
        let in_memory = Key::Memory(Arc::clone(&key));
        let responder = Responder::new(Arc::new(template), in_memory, "responder", 0, i64::MAX);
        Self {
            responder: Arc::new(responder),
            key,
        }
    }

    /// What it answers: a signature of PKCS#1 v1.5 is always the same.
    fn answers(&self, data: &ResponseData) -> Vec<u8> {
        let template = &self.responder.template;
        let signed = template.sign_responses(&[data], self.key.as_ref(), None);
        signed.unwrap().remove(0)
    }
}

fn data(number: u8) -> ResponseData {
    let asked = parse_request(SAMPLE, 100).unwrap();
    ResponseData {
        produced_at: NOW,
        responses: vec![SingleResponse {
            cert_id: Arc::clone(&asked.cert_ids[0]),
            status: CertStatus::Good,
            this_update: NOW,
            next_update: Some(NOW + 60),
        }],
        nonce: Some(vec![number; 16]),
    }
}

fn signing() -> (Arc<Signing>, Arc<Counts>) {
    let counts = Arc::new(Counts::new(vec![1.0]));
    (Signing::new(Arc::clone(&counts)), counts)
}

type Outcome = std::result::Result<Vec<u8>, NotSigned>;

/// Asked for on a thread that turns to each in its order, and to this one when all have had a turn.
fn ask(signing: &Arc<Signing>, made: &Made, data: ResponseData) -> JoinHandle<Outcome> {
    let (signing, responder) = (Arc::clone(signing), Arc::clone(&made.responder));
    tokio::spawn(async move { signing.sign(&responder, data).await })
}

fn on_one_thread<T>(what: impl Future<Output = T>) -> T {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_all().build().unwrap();
    runtime.block_on(what)
}

/// Requests to keys that have begun and not ended, since it was asked last.
fn under_way(counts: &Counts) -> i64 {
    counts.take().under_way
}

#[test]
fn everybody_gets_their_own_answer() {
    let made = [Made::new(), Made::new(), Made::new()];
    let (signing, counts) = signing();
    on_one_thread(async {
        let asked: Vec<_> = (0..120_u8)
            .zip(made.iter().cycle())
            .map(|(number, made)| (number, made, ask(&signing, made, data(number))))
            .collect();
        for (number, made, answer) in asked {
            let answer = answer.await.unwrap();
            assert_eq!(answer, Ok(made.answers(&data(number))));
        }
    });
    assert_eq!(signing.waiting(), 0);
    let counted = counts.take();
    assert_eq!(counted.under_way, 0);
    assert_eq!(
        counted.signatures,
        [((Arc::from("responder"), "ok"), 120)].into()
    );
}

#[test]
fn what_cannot_be_encoded_spoils_no_other() {
    let (made, (signing, counts)) = (Made::new(), signing());
    on_one_thread(async {
        let asked = (0..8).map(|number| {
            let mut said = data(number);
            if number == 3 {
                said.produced_at = -1_000_000_000_000_000;
            }
            ask(&signing, &made, said)
        });
        for (number, answer) in (0..).zip(asked.collect::<Vec<_>>()) {
            match answer.await.unwrap() {
                Err(error) => assert_eq!((number, error.reason), (3, "INVALID_FIELD")),
                Ok(answer) => assert_eq!(answer, made.answers(&data(number))),
            }
        }
    });
    assert_eq!((signing.waiting(), under_way(&counts)), (0, 0));
}

#[test]
fn one_beyond_the_bound_is_told_to_try_later() {
    let (full, other, (signing, _)) = (Made::new(), Made::new(), signing());
    let places = (2..MAX_WAITING).map(|_| full.responder.enter(MAX_WAITING).unwrap());
    let places: Vec<_> = places.collect();
    on_one_thread(async {
        let asked: Vec<_> = (0..4).map(|it| ask(&signing, &full, data(it))).collect();
        let beside = ask(&signing, &other, data(4));
        let mut outcomes = Vec::new();
        for answer in asked {
            outcomes.push(answer.await.unwrap());
        }
        assert!(outcomes[..2].iter().all(Outcome::is_ok));
        let later = NotSigned {
            reason: "TOO_MANY_CALLS",
            again: true,
        };
        assert_eq!(outcomes[2..], [Err(later), Err(later)]);
        assert!(beside.await.unwrap().is_ok());
        // There is room again, once they are made.
        for _ in 0..2 {
            assert!(ask(&signing, &full, data(5)).await.unwrap().is_ok());
        }
    });
    drop(places);
    assert_eq!(full.responder.waiting.load(Ordering::Relaxed), 0);
}

#[test]
fn who_went_away_takes_no_room_for_ever() {
    let (made, (signing, counts)) = (Made::new(), signing());
    on_one_thread(async {
        let gone = ask(&signing, &made, data(1));
        yield_now().await;
        gone.abort();
        assert!(gone.await.is_err_and(|error| error.is_cancelled()));
        let answer = ask(&signing, &made, data(2)).await.unwrap();
        assert_eq!(answer, Ok(made.answers(&data(2))));
    });
    signing.finish(LONG);
    assert_eq!((signing.waiting(), under_way(&counts)), (0, 0));
    assert_eq!(made.responder.waiting.load(Ordering::Relaxed), 0);
}

/// One by one, the first would be signed alone while the next are still read.
#[test]
fn what_is_asked_for_in_one_turn_is_handed_over_at_once() {
    let (made, (signing, _)) = (Made::new(), signing());
    on_one_thread(async {
        for together in [20, 1, 7] {
            let asked: Vec<_> = (0..together)
                .map(|number| ask(&signing, &made, data(number)))
                .collect();
            // Turned to after all of them, and before who hands over.
            let seen = Arc::clone(&signing);
            let seen = tokio::spawn(async move { seen.lock().unsent.len() });
            assert_eq!(seen.await.unwrap(), usize::from(together));
            for answer in asked {
                assert!(answer.await.unwrap().is_ok());
            }
            assert!(signing.lock().unsent.is_empty());
        }
    });
}

/// Before what was asked for is handed over, and after.
#[test]
fn nothing_is_under_way_once_it_has_finished() {
    for turns in 0..4 {
        let (made, (signing, counts)) = (Made::new(), signing());
        on_one_thread(async {
            for number in 0..3 {
                drop(ask(&signing, &made, data(number)));
            }
            for _ in 0..turns {
                yield_now().await;
            }
        });
        // Whatever the thread had still to do is let go of with it.
        signing.finish(LONG);
        assert_eq!((signing.waiting(), under_way(&counts)), (0, 0), "{turns}");
        assert_eq!(made.responder.waiting.load(Ordering::Relaxed), 0);
    }
}

#[test]
fn a_fault_of_ours_takes_no_room_for_ever() {
    let (made, (signing, counts)) = (Made::new(), signing());
    on_one_thread(async {
        let asked: Vec<_> = (0..3).map(|it| ask(&signing, &made, data(it))).collect();
        yield_now().await;
        // As when they could not be handed over.
        let numbers: Vec<_> = signing.lock().unsent.drain(..).collect();
        assert_eq!(numbers.len(), 3);
        for (number, _, _) in numbers {
            signing.told(number, Err(Error::signature_check_failed()));
        }
        signing.told_all();
        for answer in asked {
            assert_eq!(answer.await.unwrap(), Err(NotSigned::OURS));
        }
        assert_eq!((signing.waiting(), under_way(&counts)), (0, 0));
        assert!(ask(&signing, &made, data(3)).await.unwrap().is_ok());
    });
    assert_eq!(made.responder.waiting.load(Ordering::Relaxed), 0);
}
