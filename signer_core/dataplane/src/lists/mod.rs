//! Revocation lists that verifiers take over HTTP (R4.1.2): kept in memory, shared by who takes them.
//!
//! A list is fetched when somebody asks for it, and is asked about again once what was heard of it is
//! some seconds old: so nobody gets an older one than the authority has published. While the authority
//! does not answer, the one that is held is sent until it ends; it says itself of when it is. Where the
//! authority has said that there is a newer one, and that can't be had, for a minute only. Which lists
//! there are comes the same way, and is sent by nobody's word but what was heard some seconds ago.

mod list;
mod place;
mod room;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use self::list::most_compressed;
pub(crate) use self::list::{Form, Life, List};
use self::place::{Found, Inside, Place};
use self::room::Room;
use crate::host::{Host, Listed, NotAsked, WhichList};

/// Octets of all that are held, or that somebody still takes.
const ROOM: usize = 256 << 20;
/// What was heard of a list counts for so long.
const FRESH: Duration = Duration::from_secs(5);
/// Where a list in force is held, who asks for it waits no longer for a newer one.
const PATIENCE: Duration = Duration::from_secs(2);
/// Lists that are asked about at once; each takes a thread.
const ASKED_ABOUT: usize = 8;
/// Which lists there are, asked for at once: signed by the authority each time, it may take long.
const SETS: usize = 2;
/// Lists that come at once: each takes memory of its own meanwhile.
const COMING: usize = 2;
/// Lists that are compressed at once.
const COMPRESSED: usize = 1;

/// Why there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NoList {
    /// There is no such list, by the reason's name.
    None(&'static str),
    /// It can't be had now.
    Away,
    /// There is no room for it now.
    Full,
}

/// Nothing until it is known.
type Outcome = Option<Result<Arc<List>, NoList>>;

/// Lists by what they are of.
pub(crate) struct Lists {
    host: Arc<dyn Host>,
    room: Room,
    asked_about: Arc<Semaphore>,
    sets: Arc<Semaphore>,
    coming: Arc<Semaphore>,
    compressed: Arc<Semaphore>,
    places: Mutex<HashMap<WhichList, Arc<Place>>>,
    uses: AtomicU64,
}

impl Lists {
    pub(crate) fn new(host: Arc<dyn Host>) -> Self {
        Self {
            host,
            room: Room::new(ROOM),
            asked_about: Arc::new(Semaphore::new(ASKED_ABOUT)),
            sets: Arc::new(Semaphore::new(SETS)),
            coming: Arc::new(Semaphore::new(COMING)),
            compressed: Arc::new(Semaphore::new(COMPRESSED)),
            places: Mutex::default(),
            uses: AtomicU64::new(0),
        }
    }

    /// The newest list. `now`: in seconds. `share`: the asker's. Where nothing is held it stays taken
    /// until the authority has answered, though nobody may wait for that any more: else who asks and
    /// goes away would have any number asked for.
    pub(crate) async fn newest<Share: Clone + Send + 'static>(
        self: &Arc<Self>,
        which: &WhichList,
        now: i64,
        share: &Share,
    ) -> Result<Arc<List>, NoList> {
        let (held, mut asked) = {
            let place = self.place(which);
            let mut inside = place.lock();
            let found = inside.found.as_ref();
            let held = found.filter(|it| it.counts(now));
            let held = held.map(|it| Arc::clone(&it.list));
            if let Some(found) = found
                && found.heard.elapsed() < FRESH
                && (found.is_newest || held.is_some())
            {
                return Ok(Arc::clone(&found.list));
            }
            // One whose asker is gone without a word is none.
            let under_way = inside.asked.clone();
            let under_way = under_way.filter(|it| it.has_changed().is_ok());
            let asked = under_way.unwrap_or_else(|| {
                // Of lists that are held there are only so many.
                let share = held.is_none().then(|| share.clone());
                self.ask(which, &place, &mut inside, share)
            });
            (held, asked)
        };
        let told = async {
            let known = asked.wait_for(Option::is_some).await;
            known.ok().and_then(|it| it.clone())
        };
        let told = match &held {
            Some(_) => timeout(PATIENCE, told).await.unwrap_or(None),
            None => told.await,
        };
        match told.unwrap_or(Err(NoList::Away)) {
            Err(why @ (NoList::Away | NoList::Full)) => held.ok_or(why),
            told => told,
        }
    }

    /// Whether the authority has said that there is a newer one than this.
    pub(crate) fn is_superseded(&self, which: &WhichList, list: &Arc<List>) -> bool {
        let places = self.places();
        let place = places.get(which).map(|it| it.lock());
        let found = place.as_ref().and_then(|it| it.found.as_ref());
        found.is_some_and(|it| Arc::ptr_eq(&it.list, list) && it.superseded.is_some())
    }

    /// The list compressed; nothing where that saves nothing, or can't be done now. What is begun is
    /// done, also where nobody waits for it any more.
    pub(crate) async fn compressed(
        self: &Arc<Self>,
        which: &WhichList,
        list: &Arc<List>,
    ) -> Option<Form> {
        if list.compressed.get().is_none() {
            let turn = timeout(PATIENCE, turn(&self.compressed)).await.ok()?.ok()?;
            let (lists, which, list) = (Arc::clone(self), which.clone(), Arc::clone(list));
            // Who had the turn before may have made it.
            let made = spawn_blocking(move || {
                if list.compressed.get().is_none()
                    && let Some(room) = lists.room(most_compressed(&list.plain), &which)
                {
                    let made = list.plain.compressed(|octets| Room::of(room, octets));
                    let _ = list.compressed.set(made);
                }
                drop(turn);
            });
            made.await.ok()?;
        }
        list.made_compressed()
    }

    /// Asks, whoever waits for it or no longer does.
    fn ask<Share: Send + 'static>(
        self: &Arc<Self>,
        which: &WhichList,
        place: &Arc<Place>,
        inside: &mut Inside,
        share: Share,
    ) -> watch::Receiver<Outcome> {
        let (tell, told) = watch::channel(None);
        inside.asked = Some(told.clone());
        let held = inside.found.as_ref().map(|it| Arc::clone(&it.list));
        let (lists, which, place) = (Arc::clone(self), which.clone(), Arc::clone(place));
        tokio::spawn(async move {
            let outcome = lists.said(&which, &place, held).await;
            lists.put(&which, &place, &outcome);
            drop(share);
            tell.send_replace(Some(outcome));
        });
        told
    }

    fn put(&self, which: &WhichList, place: &Arc<Place>, outcome: &Result<Arc<List>, NoList>) {
        let mut inside = place.lock();
        inside.asked = None;
        match outcome {
            Ok(list) => (inside.found, inside.needs) = (Some(Found::new(Arc::clone(list))), 0),
            Err(NoList::None(_)) => (inside.found, inside.needs) = (None, 0),
            Err(NoList::Away | NoList::Full) => {
                if let Some(found) = &mut inside.found
                    && found.not_had()
                {
                    let host = Arc::clone(&self.host);
                    let which = which.clone();
                    spawn_blocking(move || host.list_not_had(&which));
                }
                if matches!(outcome, Err(NoList::Full)) {
                    // What counts no more would only take room from the newer one.
                    inside.found.take_if(|it| !it.counts_still());
                }
            }
        }
        let is_empty = inside.found.is_none() && inside.needs == 0;
        drop(inside);
        if is_empty {
            let mut places = self.places();
            if places.get(which).is_some_and(|it| Arc::ptr_eq(it, place)) {
                places.remove(which);
            }
        }
    }

    /// What control says of it.
    async fn said(
        &self,
        which: &WhichList,
        place: &Place,
        held: Option<Arc<List>>,
    ) -> Result<Arc<List>, NoList> {
        if which.is_set() {
            return self.set(which).await;
        }
        if let Some(held) = &held {
            let turn = turn(&self.asked_about).await?;
            let (of, known) = (which.clone(), Arc::clone(held));
            let asked = self.asked(turn, move |host| {
                host.list(&of, Some((&known.sha256, known.plain.octets.len())))
            });
            match asked.await? {
                Listed::Newer => place.lock().superseded(),
                Listed::Same => return Ok(Arc::clone(held)),
                Listed::None(reason) => return Err(NoList::None(reason)),
                Listed::Away | Listed::New(_) => return Err(NoList::Away),
            }
        }
        let before = held.as_ref().and_then(|it| it.life);
        let before = before.map(|it| it.this_update);
        // About as long as that, or as the one that there was no room for: without room nobody fetches
        // it for nothing.
        let needs = held.map_or_else(|| place.lock().needs, |it| it.plain.octets.len());
        let _turn = turn(&self.coming).await?;
        let room = self.room(needs, which).ok_or(NoList::Full)?;
        let (of, only) = (which.clone(), turn(&self.asked_about).await?);
        let octets = match self.asked(only, move |host| host.list(&of, None)).await? {
            Listed::New(octets) => octets,
            Listed::None(reason) => return Err(NoList::None(reason)),
            Listed::Away | Listed::Same | Listed::Newer => return Err(NoList::Away),
        };
        let Some(room) = self.fitting(room, octets.len(), which) else {
            place.lock().needs = octets.len();
            return Err(NoList::Full);
        };
        let read = spawn_blocking(move || List::read(octets, room, before)).await;
        let list = read.map_err(|_| NoList::Away)?;
        Ok(Arc::new(list.ok_or(NoList::Away)?))
    }

    /// Which lists there are. It waits for no list, and none for it.
    async fn set(&self, which: &WhichList) -> Result<Arc<List>, NoList> {
        let (of, turn) = (which.clone(), turn(&self.sets).await?);
        let octets = match self.asked(turn, move |host| host.list(&of, None)).await? {
            Listed::New(octets) => octets,
            Listed::None(reason) => return Err(NoList::None(reason)),
            Listed::Away | Listed::Same | Listed::Newer => return Err(NoList::Away),
        };
        let room = self.room(octets.len(), which).ok_or(NoList::Full)?;
        Ok(Arc::new(List::set(octets, room)))
    }

    /// On a thread of its own, with its turn until it is done.
    async fn asked(
        &self,
        turn: OwnedSemaphorePermit,
        ask: impl FnOnce(&dyn Host) -> Result<Listed, NotAsked> + Send + 'static,
    ) -> Result<Listed, NoList> {
        let host = Arc::clone(&self.host);
        let asked = spawn_blocking(move || (ask(&*host), turn)).await;
        asked.map_err(|_| NoList::Away)?.0.map_err(|_| NoList::Away)
    }

    /// What was taken, made as much as so many octets need.
    fn fitting(
        &self,
        mut taken: OwnedSemaphorePermit,
        octets: usize,
        which: &WhichList,
    ) -> Option<OwnedSemaphorePermit> {
        taken.merge(self.room(Room::missing(&taken, octets), which)?);
        Some(Room::of(taken, octets))
    }

    /// Room, where need be by letting go of lists that nobody takes, those first that were asked for
    /// least lately; of none where that would not be enough.
    fn room(&self, octets: usize, which: &WhichList) -> Option<OwnedSemaphorePermit> {
        if let Some(room) = self.room.take(octets) {
            return Some(room);
        }
        let mut places = self.places();
        let mut idle: Vec<_> = places
            .iter()
            .filter(|(it, _)| *it != which)
            .filter_map(|(it, place)| {
                let taken = place.lock().found.as_ref().and_then(|it| it.list.idle());
                let used = place.used.load(Ordering::Relaxed);
                taken.map(|octets| (used, it.clone(), octets))
            })
            .collect();
        let all: usize = idle.iter().map(|(_, _, octets)| octets).sum();
        if self.room.left() + all < octets {
            return None;
        }
        idle.sort_unstable_by_key(|(used, _, _)| *used);
        for (_, oldest, _) in idle {
            drop(places.remove(&oldest));
            if let Some(room) = self.room.take(octets) {
                return Some(room);
            }
        }
        None
    }

    fn place(&self, which: &WhichList) -> Arc<Place> {
        let mut places = self.places();
        let place = match places.get(which) {
            Some(place) => Arc::clone(place),
            None => Arc::clone(places.entry(which.clone()).or_default()),
        };
        let uses = self.uses.fetch_add(1, Ordering::Relaxed);
        place.used.store(uses, Ordering::Relaxed);
        place
    }

    fn places(&self) -> MutexGuard<'_, HashMap<WhichList, Arc<Place>>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn turn(of: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, NoList> {
    let turn = Arc::clone(of).acquire_owned().await;
    turn.map_err(|_| NoList::Away)
}

#[cfg(test)]
mod tests;
