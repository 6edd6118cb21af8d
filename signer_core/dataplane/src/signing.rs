//! Has answers signed, together with others that are asked for at the same time.
//!
//! Keys in this process's memory are signed with in groups by the queue of the crate `keys`; a thread
//! waits for a device, one answer at a time.

mod kept_back;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use formats::error::{Error, Kind, Result};
use formats::ocsp::ResponseData;
use formats::signing::{Digest, Hash, Signer};
use keys::{BatchSigner, Listener};
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, oneshot};

use self::kept_back::KeptBack;
use crate::counts::Counts;
use crate::responder::{Key, Responder, Waiting};

/// Answers of one responder that are being signed or wait for it; a request beyond is told to try
/// later.
const MAX_WAITING: usize = 2048;
/// Answers that wait for a device at once: it signs as many as it has sessions.
const AT_DEVICES: usize = 32;

/// Why an answer was not signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotSigned {
    /// Its name in the catalogue of refusals.
    pub(crate) reason: &'static str,
    /// Whether asking again may help.
    pub(crate) again: bool,
}

impl NotSigned {
    pub(crate) const TOO_MANY: Self = Self {
        reason: "TOO_MANY_CALLS",
        again: true,
    };
    const OURS: Self = Self {
        reason: "INTERNAL",
        again: false,
    };
}

impl From<Error> for NotSigned {
    fn from(error: Error) -> Self {
        match error.kind() {
            Kind::DeviceUnavailable => Self {
                reason: "KEY_DEVICE_UNAVAILABLE",
                again: true,
            },
            Kind::KeyNotFound => Self {
                reason: "KEY_NOT_FOUND",
                again: false,
            },
            Kind::CredentialRefused => Self {
                reason: "KEY_CREDENTIAL_REFUSED",
                again: false,
            },
            Kind::InvalidArgument => Self {
                reason: "INVALID_FIELD",
                again: false,
            },
            _ => Self::OURS,
        }
    }
}

type Made = oneshot::Sender<Result<Vec<u8>>>;

/// An answer in the line: who waits for its signature, and its place among those of its responder,
/// which it keeps until it is made, though its asker may go away before.
struct Asked {
    made: Made,
    place: Waiting,
    began: Instant,
    runtime: Handle,
}

/// On their way to who waits for them. Told when they are dropped, so that a runtime that ends loses
/// none.
struct Outcomes(Vec<(Made, Result<Vec<u8>>)>);

impl Drop for Outcomes {
    fn drop(&mut self) {
        for (made, outcome) in self.0.drain(..) {
            // Nobody may wait for it any more.
            let _ = made.send(outcome);
        }
    }
}

#[derive(Default)]
struct Inside {
    asked: HashMap<u64, Asked>,
    unsent: Vec<(u64, Arc<Responder>, Digest)>,
    told: Vec<(u64, Result<Vec<u8>>)>,
    kept_back: KeptBack,
}

/// The line.
pub(crate) struct Signing {
    own: Weak<Self>,
    numbers: AtomicU64,
    inside: Mutex<Inside>,
    devices: Arc<Semaphore>,
    waiting: Arc<AtomicU64>,
    counts: Arc<Counts>,
}

impl Signing {
    pub(crate) fn new(counts: Arc<Counts>) -> Arc<Self> {
        Arc::new_cyclic(|own| Self {
            own: Weak::clone(own),
            numbers: AtomicU64::new(0),
            inside: Mutex::default(),
            devices: Arc::new(Semaphore::new(AT_DEVICES)),
            waiting: Arc::default(),
            counts,
        })
    }

    pub(crate) fn waiting(&self) -> usize {
        let at_devices = self.waiting.load(Ordering::Relaxed);
        self.lock().asked.len() + usize::try_from(at_devices).unwrap_or(usize::MAX)
    }

    /// Waits for what is being signed, when nobody is left who asks: it is counted when it is made.
    pub(crate) fn finish(&self, longest: Duration) {
        self.send();
        let until = Instant::now() + longest;
        while self.waiting() > 0 && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// An `OCSPResponse`, DER.
    pub(crate) async fn sign(
        &self,
        responder: &Arc<Responder>,
        data: ResponseData,
    ) -> std::result::Result<Vec<u8>, NotSigned> {
        let place = responder.enter(MAX_WAITING).ok_or(NotSigned::TOO_MANY)?;
        if let Key::Device(key) = &responder.key {
            return self.by_device(place, Arc::clone(key), data).await;
        }
        let tbs = responder.template.encode(&data)?;
        drop(data);
        let signature = self.ask(place, Hash::Sha256.digest(&tbs)).await;
        let signature = signature.map_err(|_| NotSigned::OURS)??;
        Ok(responder.template.assemble(&tbs, &signature))
    }

    fn ask(&self, place: Waiting, digest: Digest) -> oneshot::Receiver<Result<Vec<u8>>> {
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        let (made, told) = oneshot::channel();
        let responder = Arc::clone(&place.0);
        let asked = Asked {
            made,
            place,
            began: Instant::now(),
            runtime: Handle::current(),
        };
        let mut inside = self.lock();
        let first = inside.unsent.is_empty();
        inside.asked.insert(number, asked);
        inside.unsent.push((number, responder, digest));
        drop(inside);
        self.counts.add(|it| it.under_way += 1);
        if first && let Some(own) = self.own.upgrade() {
            // What threads get to in this turn is asked for together: handed over one by one, the
            // first ones would be signed in groups of one or two while the next are still read.
            tokio::spawn(async move {
                tokio::task::yield_now().await;
                own.send();
            });
        }
        told
    }

    fn send(&self) {
        let unsent = std::mem::take(&mut self.lock().unsent);
        if unsent.is_empty() {
            return;
        }
        let wanted = unsent.iter().filter_map(|(number, responder, digest)| {
            let Key::Memory(key) = &responder.key else {
                return None;
            };
            let signer: &dyn BatchSigner = key.as_ref();
            Some((*number, signer, *digest))
        });
        let Some(own) = self.own.upgrade() else {
            return;
        };
        let listener: Arc<dyn Listener> = own;
        if let Err(error) = keys::sign_later(wanted, &listener) {
            for (number, _, _) in &unsent {
                self.told(*number, Err(error.clone()));
            }
            self.told_all();
        }
    }

    async fn by_device(
        &self,
        place: Waiting,
        key: Arc<dyn Signer + Send>,
        data: ResponseData,
    ) -> std::result::Result<Vec<u8>, NotSigned> {
        let waiting = Counted::new(&self.waiting);
        let devices = Arc::clone(&self.devices);
        let permit = devices.acquire_owned().await;
        let counts = Arc::clone(&self.counts);
        let signed = tokio::task::spawn_blocking(move || {
            let (began, _kept) = (Instant::now(), (permit, waiting));
            counts.add(|it| it.under_way += 1);
            let signed = place
                .0
                .template
                .sign_responses(&[&data], key.as_ref(), None);
            let outcome = (Arc::clone(&place.0.label), signed.is_ok());
            counts.signed(began.elapsed(), &[outcome]);
            signed
        });
        let signed = signed.await.map_err(|_| NotSigned::OURS)??;
        signed.into_iter().next().ok_or(NotSigned::OURS)
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Listener for Signing {
    fn told(&self, number: u64, outcome: Result<Vec<u8>>) {
        self.lock().told.push((number, outcome));
    }

    fn told_all(&self) {
        let mut inside = self.lock();
        let made = inside.told.len();
        // Not what waits for its thread to hand it over: nobody knows how long that takes.
        let waiting = inside.unsent.len() + made;
        let left = inside.asked.len().saturating_sub(waiting);
        if inside.kept_back.waits(made, left, Instant::now()) {
            return;
        }
        let told = std::mem::take(&mut inside.told);
        let told: Vec<_> = told
            .into_iter()
            .filter_map(|(number, outcome)| Some((inside.asked.remove(&number)?, outcome)))
            .collect();
        let Some(began) = told.iter().map(|(asked, _)| asked.began).min() else {
            return;
        };
        let outcomes: Vec<_> = told
            .iter()
            .map(|(asked, outcome)| (Arc::clone(&asked.place.0.label), outcome.is_ok()))
            .collect();
        self.counts.signed(began.elapsed(), &outcomes);
        let runtime = told.first().map(|(asked, _)| asked.runtime.clone());
        let told = told
            .into_iter()
            .map(|(asked, outcome)| (asked.made, outcome));
        let told = Outcomes(told.collect());
        // Whoever sees that nothing waits any more finds it counted, and the places given back.
        drop(inside);
        if let Some(runtime) = runtime {
            // From here each would wake a thread, which would take the processor from the next
            // signatures, once for each answer and not once for all.
            runtime.spawn(async move { drop(told) });
        }
    }
}

/// Counted while it lives.
struct Counted(Arc<AtomicU64>);

impl Counted {
    fn new(counter: &Arc<AtomicU64>) -> Self {
        counter.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(counter))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
