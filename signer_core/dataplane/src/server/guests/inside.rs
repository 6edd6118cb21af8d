//! The lists that guests are kept in.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use super::{Most, Seat, Share};

/// Who has no more than so many has few: of those whoever is idle longest makes room.
const FEW: usize = 8;

#[derive(Default)]
pub(super) struct Inside {
    next: u64,
    pub(super) seats: usize,
    pub(super) idle: BTreeMap<u64, Arc<Seat>>,
    pub(super) silent: BTreeMap<u64, Arc<Seat>>,
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
    lists: usize,
    idle: BTreeMap<u64, Arc<Seat>>,
    silent: BTreeMap<u64, Arc<Seat>>,
}

fn longest(of: &BTreeMap<u64, Arc<Seat>>) -> Option<Arc<Seat>> {
    of.values().next().cloned()
}

impl Group {
    fn taken(&mut self, share: Share) -> &mut usize {
        match share {
            Share::Body => &mut self.bodies,
            Share::Signature => &mut self.signatures,
            Share::List => &mut self.lists,
        }
    }
}

impl Inside {
    /// Who must end that somebody else may come; nothing where nobody may. Whoever has too many
    /// makes room of their own.
    pub(super) fn in_the_way(&self, whose: IpAddr, most: &Most) -> Option<Vec<Arc<Seat>>> {
        let mut ended = Vec::new();
        let (mut seats, mut silent) = (self.seats, self.silent.len());
        if let Some(own) = self.groups.get(&whose) {
            if own.silent.len() >= most.silent_of_one {
                ended.extend(longest(&own.silent));
                silent -= ended.len();
            } else if own.seats >= most.of_one {
                let idle = longest(&own.idle)?;
                silent -= usize::from(!idle.has_asked());
                ended.push(idle);
            }
            seats -= ended.len();
        }
        if silent >= most.silent {
            let idle = self.silent_longest()?;
            if ended.iter().all(|it| !Arc::ptr_eq(it, &idle)) {
                ended.push(idle);
                seats -= 1;
            }
        }
        if seats >= most.connections {
            ended.push(self.first_to_go(most)?);
        }
        Some(ended)
    }

    /// Who makes room where all together are too many.
    pub(super) fn first_to_go(&self, most: &Most) -> Option<Arc<Seat>> {
        let silent = self.silent_longest().filter(|_| most.silent_first);
        silent.or_else(|| self.idle_longest())
    }

    /// Of those who have most, where anybody has more than few.
    pub(super) fn idle_longest(&self) -> Option<Arc<Seat>> {
        let of_most = self
            .of_most(&self.by_seats)
            .find_map(|it| longest(&it.idle));
        of_most.or_else(|| longest(&self.idle))
    }

    fn silent_longest(&self) -> Option<Arc<Seat>> {
        let of_most = self
            .of_most(&self.by_silent)
            .find_map(|it| longest(&it.silent));
        of_most.or_else(|| longest(&self.silent))
    }

    fn of_most<'a>(
        &'a self,
        ranks: &'a BTreeSet<(usize, IpAddr)>,
    ) -> impl Iterator<Item = &'a Group> {
        let most_first = ranks.iter().rev().take_while(|(count, _)| *count > FEW);
        most_first.filter_map(|(_, it)| self.groups.get(it))
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
        self.idle.insert(since, Arc::clone(seat));
        if !seat.has_asked() {
            let before = group.silent.len();
            group.silent.insert(since, Arc::clone(seat));
            self.silent.insert(since, Arc::clone(seat));
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
        self.idle.remove(&since);
        self.silent.remove(&since);
        group.idle.remove(&since);
        let before = group.silent.len();
        group.silent.remove(&since);
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
        let empty = |it: &Group| it.seats + it.bodies + it.signatures + it.lists == 0;
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
