//! The lists that guests are kept in.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use super::{Most, Seat, Share};

#[derive(Default)]
pub(super) struct Inside {
    next: u64,
    pub(super) seats: usize,
    pub(super) silent: usize,
    pub(super) groups: HashMap<IpAddr, Group>,
    /// Of each group with any: how many seats, how many silent ones.
    by_seats: BTreeSet<(usize, IpAddr)>,
    by_silent: BTreeSet<(usize, IpAddr)>,
}

/// What one address has.
#[derive(Default)]
pub(super) struct Group {
    seats: usize,
    bodies: usize,
    signatures: usize,
    idle: BTreeMap<u64, Arc<Seat>>,
    silent: BTreeMap<u64, Arc<Seat>>,
}

impl Group {
    fn taken(&mut self, share: Share) -> &mut usize {
        match share {
            Share::Body => &mut self.bodies,
            Share::Signature => &mut self.signatures,
        }
    }

    fn idle_longest(&self) -> Option<Arc<Seat>> {
        self.idle.values().next().cloned()
    }

    fn silent_longest(&self) -> Option<Arc<Seat>> {
        self.silent.values().next().cloned()
    }
}

impl Inside {
    /// Who must end that somebody else may come; nothing where nobody may. Whoever has too many
    /// makes room of their own.
    pub(super) fn in_the_way(&self, whose: IpAddr, most: &Most) -> Option<Vec<Arc<Seat>>> {
        let mut ended = Vec::new();
        let (mut seats, mut silent) = (self.seats, self.silent);
        if let Some(own) = self.groups.get(&whose) {
            if own.silent.len() >= most.silent_of_one {
                ended.extend(own.silent_longest());
                silent -= ended.len();
            } else if own.seats >= most.of_one {
                let longest = own.idle_longest()?;
                silent -= usize::from(!longest.has_asked());
                ended.push(longest);
            }
            seats -= ended.len();
        }
        if silent >= most.silent {
            let longest = self
                .by_silent
                .last()
                .and_then(|(_, it)| self.groups.get(it));
            let longest = longest.and_then(Group::silent_longest)?;
            if ended.iter().all(|it| !Arc::ptr_eq(it, &longest)) {
                ended.push(longest);
                seats -= 1;
            }
        }
        if seats >= most.connections {
            ended.push(self.idle_longest()?);
        }
        Some(ended)
    }

    /// Of those who have most.
    pub(super) fn idle_longest(&self) -> Option<Arc<Seat>> {
        let most_first = self.by_seats.iter().rev();
        let mut groups = most_first.filter_map(|(_, it)| self.groups.get(it));
        groups.find_map(Group::idle_longest)
    }

    pub(super) fn add(&mut self, seat: &Arc<Seat>) {
        self.seats += 1;
        let group = self.groups.entry(seat.whose).or_default();
        let before = group.seats;
        group.seats += 1;
        moved(&mut self.by_seats, seat.whose, before, group.seats);
        self.rest(seat);
    }

    pub(super) fn rest(&mut self, seat: &Arc<Seat>) {
        self.next += 1;
        let since = self.next;
        {
            let mut place = seat.place();
            place.idle = Some(since);
            place.since = Instant::now();
        }
        let Some(group) = self.groups.get_mut(&seat.whose) else {
            return;
        };
        group.idle.insert(since, Arc::clone(seat));
        if !seat.has_asked() {
            let before = group.silent.len();
            group.silent.insert(since, Arc::clone(seat));
            self.silent += group.silent.len() - before;
            moved(&mut self.by_silent, seat.whose, before, group.silent.len());
        }
    }

    pub(super) fn rise(&mut self, seat: &Arc<Seat>) {
        let Some(since) = seat.place().idle.take() else {
            return;
        };
        let Some(group) = self.groups.get_mut(&seat.whose) else {
            return;
        };
        group.idle.remove(&since);
        let before = group.silent.len();
        group.silent.remove(&since);
        self.silent -= before - group.silent.len();
        moved(&mut self.by_silent, seat.whose, before, group.silent.len());
    }

    pub(super) fn asks(&mut self, seat: &Arc<Seat>) {
        seat.asked.store(true, Ordering::Relaxed);
        let idle = seat.place().idle.is_some();
        if idle {
            self.rise(seat);
            self.rest(seat);
        }
    }

    pub(super) fn end(&mut self, seat: &Arc<Seat>) {
        self.remove(seat);
        seat.ended.notify_one();
    }

    pub(super) fn remove(&mut self, seat: &Arc<Seat>) {
        self.rise(seat);
        if std::mem::replace(&mut seat.place().gone, true) {
            return;
        }
        self.seats = self.seats.saturating_sub(1);
        if let Some(group) = self.groups.get_mut(&seat.whose) {
            let before = group.seats;
            group.seats = before.saturating_sub(1);
            moved(&mut self.by_seats, seat.whose, before, group.seats);
        }
        self.forget(seat.whose);
    }

    pub(super) fn takes(&mut self, seat: &Seat, share: Share, most: usize) -> bool {
        let taken = self.groups.entry(seat.whose).or_default().taken(share);
        let takes = *taken < most;
        *taken += usize::from(takes);
        self.forget(seat.whose);
        takes
    }

    pub(super) fn gives_back(&mut self, seat: &Seat, share: Share) {
        if let Some(group) = self.groups.get_mut(&seat.whose) {
            let taken = group.taken(share);
            *taken = taken.saturating_sub(1);
        }
        self.forget(seat.whose);
    }

    fn forget(&mut self, whose: IpAddr) {
        let empty = |it: &Group| it.seats + it.bodies + it.signatures == 0;
        if self.groups.get(&whose).is_some_and(empty) {
            self.groups.remove(&whose);
        }
    }
}

fn moved(ranks: &mut BTreeSet<(usize, IpAddr)>, whose: IpAddr, before: usize, now: usize) {
    if before != now {
        ranks.remove(&(before, whose));
        if now > 0 {
            ranks.insert((now, whose));
        }
    }
}
