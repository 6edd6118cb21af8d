//! Who is connected, and what each of them may have. Room is made by ending who has been idle longest
//! of those who have most, so idle connections keep no one out, however many there are, and nobody who
//! has few makes room for somebody who has many.

mod inside;

use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, Semaphore};
use tokio::time::sleep;

use self::inside::Inside;

/// Bodies of one connection that are waited for at once; its other requests wait for their turn.
const BODIES: usize = 4;

/// What requests of one address may have so many of at once, together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Share {
    /// A body that is waited for.
    Body,
    /// A signature that is verified, or in line for it.
    Signature,
    /// A list that is fetched or sent.
    List,
}

/// How many there may be.
#[derive(Debug, Clone, Copy)]
pub struct Most {
    /// Connections that have not asked yet.
    pub silent: usize,
    /// Of these, of one address.
    pub silent_of_one: usize,
    /// Connections.
    pub connections: usize,
    /// Connections of one address. IPv6's are taken together by their first 64 bits.
    pub of_one: usize,
    /// Whether those who have not asked make room first, however many an address has.
    pub silent_first: bool,
    /// Requests of one address whose bodies are waited for.
    pub bodies_of_one: usize,
    /// Requests of one address whose signatures are verified, or in line for it.
    pub signatures_of_one: usize,
    /// Lists that one address is sent.
    pub lists_of_one: usize,
}

/// One connection's.
pub(crate) struct Seat {
    pub(super) address: IpAddr,
    whose: IpAddr,
    number: u64,
    asked: AtomicBool,
    /// When it asked last. The lists are not told of each time ([`Inside::settled`]).
    asked_at: AtomicU64,
    ended: Notify,
    /// Of the bodies that are waited for.
    pub(crate) bodies: Semaphore,
    guests: Arc<Guests>,
    place: Mutex<Place>,
}

/// What a seat is listed under. Changes under the lock of the guests only.
struct Place {
    /// Since when it is idle, as far as the lists know.
    idle: Option<Since>,
    /// Requests in progress.
    busy: usize,
    gone: bool,
}

/// A moment, and the number of the seat, which nobody else has. In nanoseconds since there are guests.
type Since = (u64, u64);

/// Everybody who is connected.
pub(super) struct Guests {
    most: Most,
    began: Instant,
    inside: Mutex<Inside>,
}

impl Guests {
    pub(super) fn new(most: Most) -> Arc<Self> {
        Arc::new(Self {
            most,
            began: Instant::now(),
            inside: Mutex::default(),
        })
    }

    /// A seat for a new connection; nothing when all others are busy. Nobody is ended then.
    pub(super) fn enter(self: &Arc<Self>, address: IpAddr) -> Option<Arc<Seat>> {
        let whose = whose(address);
        let mut inside = self.lock();
        let ended = inside.in_the_way(whose, &self.most, self.now())?;
        for seat in ended {
            inside.end(&seat);
        }
        let seat = Arc::new(Seat {
            address,
            whose,
            number: inside.next(),
            asked: AtomicBool::new(false),
            asked_at: AtomicU64::new(0),
            ended: Notify::new(),
            bodies: Semaphore::new(BODIES),
            guests: Arc::clone(self),
            place: Mutex::new(Place {
                idle: None,
                busy: 0,
                gone: false,
            }),
        });
        inside.add(&seat, self.now());
        Some(seat)
    }

    /// Ends one: the system has no more room.
    pub(super) fn make_room(&self) {
        let mut inside = self.lock();
        if let Some(seat) = inside.first_to_go(&self.most, self.now()) {
            inside.end(&seat);
        }
    }

    fn now(&self) -> u64 {
        self.at(Instant::now())
    }

    fn at(&self, moment: Instant) -> u64 {
        let since = moment.saturating_duration_since(self.began);
        u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whoever has an IPv6 address has all that begin with the same 64 bits.
fn whose(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(it) => Ipv6Addr::from_bits(it.to_bits() & !u128::from(u64::MAX)).into(),
    }
}

impl Seat {
    /// A request's header has come. Until it is known what it asks, its connection is idle. Of each
    /// request but the first only the moment is noted, which is returned: no lock that all connections
    /// share is taken.
    pub(crate) fn asks(self: &Arc<Self>) -> Instant {
        let moment = Instant::now();
        let now = self.guests.at(moment);
        self.asked_at.store(now, Ordering::Relaxed);
        if !self.has_asked() {
            let mut inside = self.guests.lock();
            inside.asks(self, now);
        }
        moment
    }

    /// A request is in progress until what is returned is dropped.
    pub(crate) fn busy(self: &Arc<Self>) -> Busy {
        let mut inside = self.guests.lock();
        self.place().busy += 1;
        inside.rise(self);
        Busy(Arc::clone(self))
    }

    /// A share is taken until what is returned is dropped; nothing when its address has too many.
    pub(crate) fn takes(self: &Arc<Self>, share: Share) -> Option<Taken> {
        let most = match share {
            Share::Body => self.guests.most.bodies_of_one,
            Share::Signature => self.guests.most.signatures_of_one,
            Share::List => self.guests.most.lists_of_one,
        };
        let mut inside = self.guests.lock();
        inside
            .takes(self, share, most)
            .then(|| Taken(Arc::clone(self), share))
    }

    /// Whose connection ends, however it ends, when what is returned is dropped.
    pub(super) fn kept(self: &Arc<Self>) -> Kept {
        Kept(Arc::clone(self))
    }

    pub(super) fn has_asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }

    /// Until it must make room.
    pub(super) async fn ended(&self) {
        self.ended.notified().await;
    }

    /// Until it was idle for so long.
    pub(super) async fn idle(&self, longest: Duration) {
        loop {
            let left = {
                match self.place().idle {
                    Some((since, _)) => {
                        let last = since.max(self.asked_at.load(Ordering::Relaxed));
                        let passed = self.guests.now().saturating_sub(last);
                        longest.saturating_sub(Duration::from_nanos(passed))
                    }
                    None => longest,
                }
            };
            if left.is_zero() {
                return;
            }
            sleep(left).await;
        }
    }

    fn place(&self) -> MutexGuard<'_, Place> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection that has not ended.
pub(super) struct Kept(Arc<Seat>);

impl Drop for Kept {
    fn drop(&mut self) {
        let mut inside = self.0.guests.lock();
        inside.remove(&self.0);
    }
}

/// A request in progress.
pub(crate) struct Busy(Arc<Seat>);

impl Drop for Busy {
    fn drop(&mut self) {
        let mut inside = self.0.guests.lock();
        let mut place = self.0.place();
        place.busy = place.busy.saturating_sub(1);
        let idle = place.busy == 0 && !place.gone;
        drop(place);
        if idle {
            inside.rest(&self.0, self.0.guests.now());
        }
    }
}

/// A share of what its address may have.
pub(crate) struct Taken(Arc<Seat>, Share);

impl Drop for Taken {
    fn drop(&mut self) {
        let mut inside = self.0.guests.lock();
        inside.gives_back(&self.0, self.1);
    }
}

#[cfg(test)]
mod tests;
