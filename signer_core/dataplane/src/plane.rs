//! What answers are made of: fed by the control plane, read by whoever answers.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, Instant};

use crate::clock::{Clock, Micros};
use crate::counts::Counts;
use crate::host::Peer;
use crate::issuers::Issuers;
use crate::kept::Cache;
use crate::known::Authority;
use crate::maps::Map;
use crate::questions::Questions;
use crate::registry::{Asker, Registry};
use crate::responder::Responder;
use crate::signing::Signing;
use crate::swap::Swap;
use crate::usage::Usage;

/// The role of who may ask.
const VERIFIER: &str = "verifier";

/// Authorities' status by their ids.
pub type Authorities = HashMap<String, Arc<Authority>>;

/// Why a client is not served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotServed {
    /// Its certificate's time is over.
    Ended,
    /// An operator denied it.
    Denied,
    /// Who is denied is not known.
    NotKnown,
}

type Responders = Map<(Arc<str>, u16), Arc<Responder>>;

/// The state of one replica.
pub struct Plane {
    clock: Box<dyn Clock>,
    registry: RwLock<Registered>,
    /// Nothing until it was said once which there are.
    pub(crate) issuers: Swap<Option<Issuers>>,
    authorities: Swap<Option<Authorities>>,
    responders: Swap<Responders>,
    denied: Swap<Option<Denied>>,
    pub(crate) kept: Cache,
    pub(crate) questions: Questions,
    pub(crate) signing: Arc<Signing>,
    pub(crate) counts: Arc<Counts>,
    usage: Arc<Usage>,
}

struct Registered {
    registry: Arc<Registry>,
    /// Until when what was read of it counts; nothing: it was not said.
    until: Option<Instant>,
}

struct Denied {
    names: HashSet<String>,
    until: Instant,
}

impl Plane {
    /// Without anything to say. `bounds`: of times, in seconds.
    #[must_use]
    pub fn new(clock: Box<dyn Clock>, bounds: Vec<f64>) -> Self {
        let counts = Arc::new(Counts::new(bounds));
        let usage = Arc::<Usage>::default();
        Self {
            clock,
            registry: RwLock::new(Registered {
                registry: Arc::new(Registry::new(Arc::clone(&usage))),
                until: None,
            }),
            issuers: Swap::new(None),
            authorities: Swap::new(None),
            responders: Swap::new(Responders::default()),
            denied: Swap::new(None),
            kept: Cache::default(),
            questions: Questions::default(),
            signing: Signing::new(Arc::clone(&counts)),
            counts,
            usage,
        }
    }

    /// What verifiers were told: registries have their meters from here.
    #[must_use]
    pub fn usage(&self) -> &Arc<Usage> {
        &self.usage
    }

    /// What was counted.
    #[must_use]
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Answers that wait for their signature or are being signed.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.signing.waiting()
    }

    /// Takes in who is registered, whatever bound there was. [`Self::hold_registry`] says for how long
    /// that counts.
    pub fn set_registry(&self, registry: Registry) {
        let registry = Arc::new(registry);
        let before = std::mem::replace(&mut self.registered_mut().registry, registry);
        // Not under the lock: it may be large.
        drop(before);
    }

    /// Takes in what has changed of some verifiers. One thread at a time, or the change of another
    /// is lost.
    pub fn change_registry(&self, change: impl FnOnce(&mut Registry)) {
        let held = Arc::clone(&self.registered().registry);
        let mut fresh = (*held).clone();
        drop(held);
        change(&mut fresh);
        self.set_registry(fresh);
    }

    /// Has who is registered count for so long from now: it was read, or found as it was.
    pub fn hold_registry(&self, longest: Duration) {
        // One that would count for ever is none.
        let until = Instant::now().checked_add(longest);
        self.registered_mut().until = Some(until.unwrap_or_else(Instant::now));
    }

    /// Who is registered; nothing when that was read too long ago.
    pub(crate) fn registry(&self) -> Option<Arc<Registry>> {
        self.registry_at(Instant::now())
    }

    /// The same by a clock that was looked at a moment ago.
    pub(crate) fn registry_at(&self, now: Instant) -> Option<Arc<Registry>> {
        let held = self.registered();
        let counts = held.until.is_none_or(|until| now <= until);
        counts.then(|| Arc::clone(&held.registry))
    }

    fn registered(&self) -> RwLockReadGuard<'_, Registered> {
        self.registry.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn registered_mut(&self) -> RwLockWriteGuard<'_, Registered> {
        self.registry
            .write()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in which issuers there are. One thread at a time. Those that are there already stay: what is
    /// kept for them is looked into faster.
    pub fn set_issuers(&self, issuers: Issuers) {
        let held = self.issuers.get();
        if held.as_ref().as_ref().is_some_and(|it| it.says(&issuers)) {
            return;
        }
        self.issuers.put(Some(issuers));
    }

    /// Has answers for a generation of an authority's key signed by this one from now on; nothing:
    /// by none.
    pub fn set_responder(&self, authority: &str, generation: u16, responder: Option<Responder>) {
        self.responders.update(|held| {
            let mut held = held.clone();
            let issuer = (Arc::from(authority), generation);
            match responder {
                Some(responder) => held.insert(issuer, Arc::new(responder)),
                None => held.remove(&issuer),
            };
            held
        });
    }

    /// Takes in which clients of mutual TLS are refused, by ids and fingerprints. Once that is older
    /// than `max_age`, none is served.
    pub fn deny(&self, names: HashSet<String>, max_age: Duration) {
        // One that would hold for ever is none.
        let until = Instant::now().checked_add(max_age);
        self.denied.put(until.map(|until| Denied { names, until }));
    }

    pub(crate) fn now(&self) -> Micros {
        self.clock.now()
    }

    pub(crate) fn responder(
        &self,
        authority: &Arc<str>,
        generation: u16,
        now: Micros,
    ) -> Option<Arc<Responder>> {
        let held = self.responders.get();
        let found = held.get(&(Arc::clone(authority), generation))?;
        found.holds(now).then(|| Arc::clone(found))
    }

    /// A client of mutual TLS. One that is no verifier, or whose certificate has ended or was denied
    /// since the connection was opened, is not given a second chance by a signed request or by its
    /// address.
    pub(crate) fn asker(&self, peer: Option<&Peer>) -> Asker {
        let served = peer.filter(|peer| peer.role == VERIFIER && self.stands(peer).is_ok());
        Asker::Verifier(served.map_or_else(String::new, |peer| peer.scope.clone()))
    }

    /// Whether a client's certificate holds, and is not denied.
    ///
    /// # Errors
    /// [`NotServed`].
    pub(crate) fn stands(&self, peer: &Peer) -> Result<(), NotServed> {
        if self.now() > peer.not_after {
            return Err(NotServed::Ended);
        }
        match self.denied.get().as_ref() {
            Some(denied) if Instant::now() <= denied.until => {
                match peer.names.iter().any(|it| denied.names.contains(it)) {
                    true => Err(NotServed::Denied),
                    false => Ok(()),
                }
            }
            _ => Err(NotServed::NotKnown),
        }
    }

    /// Which authorities' status there is, by id; nothing before it was said once.
    pub(crate) fn authorities(&self) -> Arc<Option<Authorities>> {
        self.authorities.get()
    }

    /// Takes in which authorities there are.
    pub fn set_authorities(&self, authorities: Authorities) {
        self.authorities.put(Some(authorities));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SECOND;

    struct At(Micros);

    impl Clock for At {
        fn now(&self) -> Micros {
            self.0
        }
    }

    const NOW: Micros = 1_800_000_000 * SECOND;
    const LONG: Duration = Duration::from_secs(3600);

    fn plane() -> Plane {
        Plane::new(Box::new(At(NOW)), Vec::new())
    }

    fn peer(not_after: Micros) -> Peer {
        Peer {
            role: VERIFIER.into(),
            scope: "tax-office".into(),
            names: ["spiffe://it".into(), "sha256:of it".into()],
            not_after,
        }
    }

    fn known(plane: &Plane, peer: Option<&Peer>) -> bool {
        plane.asker(peer) == Asker::Verifier("tax-office".into())
    }

    fn names<const N: usize>(names: [&str; N]) -> HashSet<String> {
        names.map(String::from).into()
    }

    #[test]
    fn who_is_registered_counts_as_long_as_it_was_said_to() {
        let plane = plane();
        assert!(plane.registry().is_some());
        for longest in [Duration::ZERO, Duration::MAX] {
            plane.hold_registry(LONG);
            plane.change_registry(|it| it.remove("tax-office"));
            assert!(plane.registry().is_some());
            plane.hold_registry(longest);
            std::thread::sleep(Duration::from_millis(1));
            assert!(plane.registry().is_none());
        }
    }

    #[test]
    fn a_peer_is_who_its_certificate_says() {
        let plane = plane();
        plane.deny(names(["spiffe://other"]), LONG);
        assert!(known(&plane, Some(&peer(NOW))));
        assert!(!known(&plane, Some(&peer(NOW - 1))));
        assert_eq!(plane.asker(None), Asker::Verifier(String::new()));
    }

    #[test]
    fn who_is_denied_by_id_or_certificate_is_nobody() {
        for name in ["spiffe://it", "sha256:of it"] {
            let plane = plane();
            plane.deny(names([name, "spiffe://other"]), LONG);
            assert!(!known(&plane, Some(&peer(NOW))), "{name}");
            plane.deny(names([]), LONG);
            assert!(known(&plane, Some(&peer(NOW))));
        }
    }

    #[test]
    fn without_a_list_that_is_new_enough_nobody_is_served() {
        let plane = plane();
        assert!(!known(&plane, Some(&peer(NOW))));
        for age in [Duration::ZERO, Duration::MAX] {
            plane.deny(names([]), LONG);
            assert!(known(&plane, Some(&peer(NOW))));
            plane.deny(names([]), age);
            std::thread::sleep(Duration::from_millis(1));
            assert!(!known(&plane, Some(&peer(NOW))));
        }
    }
}
