//! Revocation lists that verifiers take over HTTP (R4.1.2): each once in memory, whoever takes it.
//!
//! A list is fetched when somebody asks for it, and is asked about again once what was heard of it is
//! some seconds old: so nobody gets an older one than the authority has published. While the authority
//! can't be asked, the one that is held is sent until it ends; it says itself of when it is.

mod list;
mod room;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Mutex as Turn, OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;

use self::list::gzip;
pub(crate) use self::list::{Form, List};
use self::room::Room;
use crate::host::{Host, Listed, WhichList};

/// Octets of all that are held, or that somebody still takes.
const ROOM: usize = 256 << 20;
/// What was heard of a list counts for so long.
const FRESH: Duration = Duration::from_secs(5);
/// Lists fetched or compressed at once: each takes a thread, and memory of its own meanwhile.
const AT_WORK: usize = 2;

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

/// Lists by what they are of.
pub(crate) struct Lists {
    host: Arc<dyn Host>,
    room: Room,
    at_work: Arc<Semaphore>,
    places: Mutex<HashMap<WhichList, Arc<Place>>>,
    uses: AtomicU64,
}

/// Of one list.
#[derive(Default)]
struct Place {
    /// Who asks for it waits for its turn: it is fetched once.
    found: Turn<Option<Found>>,
    used: AtomicU64,
}

struct Found {
    list: Arc<List>,
    heard: Instant,
}

/// A place that goes when nobody looks at it any more and no list came.
struct Looking<'a> {
    lists: &'a Lists,
    which: &'a WhichList,
    place: Option<Arc<Place>>,
}

impl Lists {
    pub(crate) fn new(host: Arc<dyn Host>) -> Self {
        Self {
            host,
            room: Room::new(ROOM),
            at_work: Arc::new(Semaphore::new(AT_WORK)),
            places: Mutex::default(),
            uses: AtomicU64::new(0),
        }
    }

    /// The newest list. `now`: in seconds.
    pub(crate) async fn newest(&self, which: &WhichList, now: i64) -> Result<Arc<List>, NoList> {
        let looking = Looking::at(self, which);
        let Some(place) = looking.place.as_ref() else {
            return Err(NoList::Away);
        };
        let mut found = place.found.lock().await;
        if let Some(found) = &*found
            && found.heard.elapsed() < FRESH
        {
            return Ok(Arc::clone(&found.list));
        }
        let held = found.as_ref().map(|it| Arc::clone(&it.list));
        let list = match (self.asked(which, held.clone()).await, held) {
            (Ok(list), _) => list,
            (Err(NoList::Away), Some(held)) if now < held.next_update => held,
            (Err(why), _) => {
                *found = None;
                return Err(why);
            }
        };
        *found = Some(Found {
            list: Arc::clone(&list),
            heard: Instant::now(),
        });
        Ok(list)
    }

    /// The list compressed; nothing where that saves nothing, or there is no room for it now.
    pub(crate) async fn compressed(&self, list: &Arc<List>) -> Option<Form> {
        let made = list.compressed.get_or_try_init(|| async {
            let (of, turn) = (Arc::clone(list), self.turn().await?);
            let made = spawn_blocking(move || (gzip(&of.plain.octets), turn)).await;
            let Some(octets) = made.map_err(|_| NoList::Away)?.0 else {
                return Ok(None);
            };
            let room = self.room(octets.len(), None).ok_or(NoList::Full)?;
            Ok::<_, NoList>(Some(Form::of(octets, room, Some("gzip"))))
        });
        made.await.ok()?.clone()
    }

    async fn turn(&self) -> Result<OwnedSemaphorePermit, NoList> {
        let turn = Arc::clone(&self.at_work).acquire_owned().await;
        turn.map_err(|_| NoList::Away)
    }

    /// What control says of it. It goes on to the end of its work, and keeps its turn so long, also
    /// where nobody waits for it any more.
    async fn asked(&self, which: &WhichList, held: Option<Arc<List>>) -> Result<Arc<List>, NoList> {
        let turn = self.turn().await?;
        let (host, of, known) = (Arc::clone(&self.host), which.clone(), held.clone());
        let asked = spawn_blocking(move || {
            let known = known.as_ref();
            let known = known.map(|it| (&it.sha256, it.plain.octets.len()));
            (host.list(&of, known), turn)
        });
        let (listed, turn) = asked.await.map_err(|_| NoList::Away)?;
        let octets = match listed.map_err(|_| NoList::Away)? {
            Listed::Same => return held.ok_or(NoList::Away),
            Listed::Away => return Err(NoList::Away),
            Listed::None(reason) => return Err(NoList::None(reason)),
            Listed::New(octets) => octets,
        };
        drop(held);
        let room = self.room(octets.len(), Some(which)).ok_or(NoList::Full)?;
        let read = spawn_blocking(move || (List::read(octets, room), turn)).await;
        let list = read.map_err(|_| NoList::Away)?.0;
        Ok(Arc::new(list.ok_or(NoList::Away)?))
    }

    /// Room, where need be by letting go of the lists that were asked for least lately.
    fn room(&self, octets: usize, which: Option<&WhichList>) -> Option<OwnedSemaphorePermit> {
        loop {
            if let Some(room) = self.room.take(octets) {
                return Some(room);
            }
            let mut places = self.places();
            let others = places.iter().filter(|(it, _)| Some(*it) != which);
            let oldest = others.min_by_key(|(_, place)| place.used.load(Ordering::Relaxed));
            let oldest = oldest.map(|(it, _)| it.clone())?;
            let gone = places.remove(&oldest);
            drop(places);
            drop(gone);
        }
    }

    fn places(&self) -> MutexGuard<'_, HashMap<WhichList, Arc<Place>>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<'a> Looking<'a> {
    fn at(lists: &'a Lists, which: &'a WhichList) -> Self {
        let mut places = lists.places();
        let place = match places.get(which) {
            Some(place) => Arc::clone(place),
            None => Arc::clone(places.entry(which.clone()).or_default()),
        };
        let use_ = lists.uses.fetch_add(1, Ordering::Relaxed);
        place.used.store(use_, Ordering::Relaxed);
        drop(places);
        Self {
            lists,
            which,
            place: Some(place),
        }
    }
}

impl Drop for Looking<'_> {
    fn drop(&mut self) {
        let mut places = self.lists.places();
        // Under the lock nobody else begins to look; this one and the map have it.
        let place = self.place.take();
        let is_last = place.is_some_and(|it| {
            places
                .get(self.which)
                .is_some_and(|other| Arc::ptr_eq(other, &it))
                && Arc::strong_count(&it) <= 2
                && it.found.try_lock().is_ok_and(|it| it.is_none())
        });
        if is_last {
            places.remove(self.which);
        }
    }
}

#[cfg(test)]
mod tests;
