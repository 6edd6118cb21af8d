//! Who is connected. Room is made by ending who has been idle longest, so idle connections keep no
//! one out, however many there are.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// How many there may be.
#[derive(Debug, Clone, Copy)]
pub struct Most {
    /// Connections that have not asked yet.
    pub silent: usize,
    /// Connections.
    pub connections: usize,
    /// Connections of one address.
    pub of_one: usize,
}

/// One connection's.
pub(super) struct Seat {
    pub(super) address: IpAddr,
    asked: AtomicBool,
    ended: Notify,
    guests: Arc<Guests>,
    place: Mutex<Place>,
}

/// What a seat is listed under. Changes under the lock of the guests only.
#[derive(Default)]
struct Place {
    /// Since when it is idle, in the order of all.
    idle: Option<u64>,
    /// Requests in progress.
    busy: usize,
    gone: bool,
}

#[derive(Default)]
struct Inside {
    next: u64,
    seats: usize,
    idle: BTreeMap<u64, Arc<Seat>>,
    silent: BTreeMap<u64, Arc<Seat>>,
    of_one: HashMap<IpAddr, Group>,
}

#[derive(Default)]
struct Group {
    seats: usize,
    idle: BTreeMap<u64, Arc<Seat>>,
}

/// Everybody who is connected.
pub(super) struct Guests {
    most: Most,
    inside: Mutex<Inside>,
}

impl Guests {
    pub(super) fn new(most: Most) -> Arc<Self> {
        Arc::new(Self {
            most,
            inside: Mutex::default(),
        })
    }

    /// A seat for a new connection; nothing when all others are busy.
    pub(super) fn enter(self: &Arc<Self>, address: IpAddr) -> Option<Arc<Seat>> {
        let mut inside = self.lock();
        if inside.silent.len() >= self.most.silent {
            let longest = inside.silent.values().next().cloned();
            end(&mut inside, longest);
        }
        let group = inside.of_one.get(&address);
        if let Some(group) = group.filter(|it| it.seats >= self.most.of_one) {
            let longest = group.idle.values().next().cloned();
            end(&mut inside, Some(longest?));
        }
        if inside.seats >= self.most.connections {
            let longest = inside.idle.values().next().cloned();
            end(&mut inside, Some(longest?));
        }
        let seat = Arc::new(Seat {
            address,
            asked: AtomicBool::new(false),
            ended: Notify::new(),
            guests: Arc::clone(self),
            place: Mutex::default(),
        });
        inside.seats += 1;
        inside.of_one.entry(address).or_default().seats += 1;
        rest(&mut inside, &seat);
        Some(seat)
    }

    /// Ends whoever has been idle longest: the system has no more room.
    pub(super) fn make_room(&self) {
        let mut inside = self.lock();
        let longest = inside.idle.values().next().cloned();
        end(&mut inside, longest);
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    /// A request begins; it ends when what is returned is dropped.
    pub(super) fn busy(self: &Arc<Self>) -> Busy {
        let mut inside = self.guests.lock();
        self.asked.store(true, Ordering::Relaxed);
        self.place().busy += 1;
        rise(&mut inside, self);
        Busy(Arc::clone(self))
    }

    pub(super) fn has_asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }

    /// Until it must make room.
    pub(super) async fn ended(&self) {
        self.ended.notified().await;
    }

    /// Whose connection ends, however it ends, when what is returned is dropped.
    pub(super) fn kept(self: &Arc<Self>) -> Kept {
        Kept(Arc::clone(self))
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
        remove(&mut inside, &self.0);
    }
}

/// A request in progress.
pub(super) struct Busy(Arc<Seat>);

impl Drop for Busy {
    fn drop(&mut self) {
        let mut inside = self.0.guests.lock();
        let mut place = self.0.place();
        place.busy = place.busy.saturating_sub(1);
        let idle = place.busy == 0 && !place.gone;
        drop(place);
        if idle {
            rest(&mut inside, &self.0);
        }
    }
}

fn rest(inside: &mut Inside, seat: &Arc<Seat>) {
    inside.next += 1;
    let since = inside.next;
    seat.place().idle = Some(since);
    inside.idle.insert(since, Arc::clone(seat));
    if let Some(group) = inside.of_one.get_mut(&seat.address) {
        group.idle.insert(since, Arc::clone(seat));
    }
    if !seat.has_asked() {
        inside.silent.insert(since, Arc::clone(seat));
    }
}

fn rise(inside: &mut Inside, seat: &Arc<Seat>) {
    let Some(since) = seat.place().idle.take() else {
        return;
    };
    inside.idle.remove(&since);
    inside.silent.remove(&since);
    if let Some(group) = inside.of_one.get_mut(&seat.address) {
        group.idle.remove(&since);
    }
}

fn end(inside: &mut Inside, seat: Option<Arc<Seat>>) {
    if let Some(seat) = seat {
        remove(inside, &seat);
        seat.ended.notify_one();
    }
}

fn remove(inside: &mut Inside, seat: &Arc<Seat>) {
    rise(inside, seat);
    if std::mem::replace(&mut seat.place().gone, true) {
        return;
    }
    inside.seats = inside.seats.saturating_sub(1);
    if let Some(group) = inside.of_one.get_mut(&seat.address) {
        group.seats = group.seats.saturating_sub(1);
        if group.seats == 0 {
            inside.of_one.remove(&seat.address);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
    const OTHER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));

    fn guests(silent: usize, connections: usize, of_one: usize) -> Arc<Guests> {
        Guests::new(Most {
            silent,
            connections,
            of_one,
        })
    }

    fn is_gone(seat: &Seat) -> bool {
        seat.place().gone
    }

    #[test]
    fn who_is_silent_longest_makes_room() {
        let guests = guests(2, 10, 10);
        let asking = guests.enter(ONE).unwrap();
        let _busy = asking.busy();
        let first = guests.enter(ONE).unwrap();
        let second = guests.enter(OTHER).unwrap();
        let third = guests.enter(OTHER).unwrap();
        assert_eq!(
            [&asking, &first, &second, &third].map(|seat| is_gone(seat)),
            [false, true, false, false]
        );
    }

    #[test]
    fn an_address_makes_room_for_itself_and_for_no_other() {
        let guests = guests(10, 10, 2);
        let other = guests.enter(OTHER).unwrap();
        let first = guests.enter(ONE).unwrap();
        let second = guests.enter(ONE).unwrap();
        let busy = first.busy();
        let third = guests.enter(ONE).unwrap();
        assert!(is_gone(&second) && !is_gone(&first) && !is_gone(&other));
        let _busy = third.busy();
        assert!(guests.enter(ONE).is_none());
        drop(busy);
        assert!(guests.enter(ONE).is_some());
        assert!(is_gone(&first));
    }

    #[test]
    fn nothing_is_left_of_who_has_left() {
        let guests = guests(1, 1, 1);
        for _ in 0..5 {
            let seat = guests.enter(ONE).unwrap();
            let kept = seat.kept();
            drop(seat.busy());
            drop(kept);
            drop(seat.kept());
        }
        let inside = guests.lock();
        assert_eq!((inside.seats, inside.idle.len()), (0, 0));
        assert!(inside.of_one.is_empty() && inside.silent.is_empty());
    }
}
