//! The lists that guests are kept in.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::{Most, Seat, Share, Since};

/// Who has no more than so many has few: of those whoever is idle longest makes room.
const FEW: usize = 8;

/// Whoever is idle longest comes first.
type Listed = BTreeMap<Since, Arc<Seat>>;

#[derive(Default)]
pub(super) struct Inside {
    numbers: u64,
    pub(super) seats: usize,
    pub(super) idle: Listed,
    pub(super) silent: Listed,
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
    idle: Listed,
    silent: Listed,
}

fn longest(of: &Listed) -> Option<Arc<Seat>> {
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
    pub(super) fn in_the_way(
        &mut self,
        whose: IpAddr,
        most: &Most,
        now: u64,
    ) -> Option<Vec<Arc<Seat>>> {
        let mut ended = Vec::new();
        let (mut seats, mut silent) = (self.seats, self.silent.len());
        if let Some(own) = self.groups.get(&whose) {
            if own.silent.len() >= most.silent_of_one {
                ended.extend(longest(&own.silent));
                silent -= ended.len();
            } else if own.seats >= most.of_one {
                let idle = self.settled(Some(whose), now)?;
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
            ended.push(self.first_to_go(most, now)?);
        }
        Some(ended)
    }

    /// Who makes room where all together are too many.
    pub(super) fn first_to_go(&mut self, most: &Most, now: u64) -> Option<Arc<Seat>> {
        let silent = self.silent_longest().filter(|_| most.silent_first);
        silent.or_else(|| self.idle_longest(now))
    }

    /// Of those who have most, where anybody has more than few.
    fn idle_longest(&mut self, now: u64) -> Option<Arc<Seat>> {
        let mut of_most = self.of_most(&self.by_seats);
        let whose = of_most.find_map(|(it, group)| (!group.idle.is_empty()).then_some(it));
        drop(of_most);
        self.settled(whose, now)
    }

    /// Who is idle longest, of an address or of all. Those who asked since they were listed go to where
    /// they belong first: each of them once for any number of requests, and none for what it asks from
    /// now on, so that this ends.
    fn settled(&mut self, whose: Option<IpAddr>, now: u64) -> Option<Arc<Seat>> {
        loop {
            let idle = match whose {
                Some(whose) => &self.groups.get(&whose)?.idle,
                None => &self.idle,
            };
            let ((since, _), seat) = idle.first_key_value()?;
            let asked_at = seat.asked_at.load(Ordering::Relaxed).min(now);
            if asked_at <= *since {
                return Some(Arc::clone(seat));
            }
            let seat = Arc::clone(seat);
            self.rise(&seat);
            self.rest(&seat, asked_at);
        }
    }

    fn silent_longest(&self) -> Option<Arc<Seat>> {
        let of_most = self
            .of_most(&self.by_silent)
            .find_map(|(_, it)| longest(&it.silent));
        of_most.or_else(|| longest(&self.silent))
    }

    fn of_most<'a>(
        &'a self,
        ranks: &'a BTreeSet<(usize, IpAddr)>,
    ) -> impl Iterator<Item = (IpAddr, &'a Group)> {
        let most_first = ranks.iter().rev().take_while(|(count, _)| *count > FEW);
        most_first.filter_map(|(_, it)| Some((*it, self.groups.get(it)?)))
    }

    pub(super) fn next(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    pub(super) fn add(&mut self, seat: &Arc<Seat>, now: u64) {
        self.seats += 1;
        let group = self.groups.entry(seat.whose).or_default();
        let before = group.seats;
        group.seats += 1;
        moved(&mut self.by_seats, seat.whose, before, group.seats);
        self.rest(seat, now);
    }

    pub(super) fn rest(&mut self, seat: &Arc<Seat>, now: u64) {
        let since = (now, seat.number);
        seat.place().idle = Some(since);
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

    pub(super) fn asks(&mut self, seat: &Arc<Seat>, now: u64) {
        seat.asked.store(true, Ordering::Relaxed);
        let idle = seat.place().idle.is_some();
        if idle {
            self.rise(seat);
            self.rest(seat, now);
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
