//! Room for calls and for streams, by whose it is; the rules are those of
//! `openjpki.rpc.server.room`: one caller gets a part of it and never all, and what is left at the
//! end is for callers who have next to nothing.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::refusal::Refusal;

/// Whoever has fewer may have of what is kept for newcomers.
const NEXT_TO_NOTHING: usize = 2;

/// How much there is.
#[derive(Debug, Clone, Copy)]
pub struct Share {
    /// At once.
    pub total: usize,
    /// Of one caller.
    pub of_one_caller: usize,
    /// Of all, kept for callers who have next to nothing.
    pub for_newcomers: usize,
}

#[derive(Default)]
struct Taken {
    by_caller: HashMap<Arc<str>, usize>,
    in_use: usize,
}

pub(super) struct Room {
    kind: &'static str,
    share: Share,
    taken: Arc<Mutex<Taken>>,
    of_the_caller: AtomicU64,
    of_the_service: AtomicU64,
}

/// A place, until it is dropped.
pub(super) struct Place {
    caller: Arc<str>,
    taken: Arc<Mutex<Taken>>,
}

fn lock(taken: &Mutex<Taken>) -> MutexGuard<'_, Taken> {
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Room {
    pub(super) fn new(kind: &'static str, share: Share) -> Self {
        Self {
            kind,
            share,
            taken: Arc::default(),
            of_the_caller: AtomicU64::new(0),
            of_the_service: AtomicU64::new(0),
        }
    }

    pub(super) fn in_use(&self) -> usize {
        lock(&self.taken).in_use
    }

    pub(super) fn take_refused(&self) -> Vec<(&'static str, &'static str, u64)> {
        let whose = [
            ("caller", &self.of_the_caller),
            ("service", &self.of_the_service),
        ];
        whose
            .map(|(whose, counted)| (self.kind, whose, counted.swap(0, Ordering::Relaxed)))
            .into()
    }

    /// One more for a caller, by SPIFFE id.
    pub(super) fn take(&self, caller: &str) -> Result<Place, Refusal> {
        let mut taken = lock(&self.taken);
        let (caller, has) = match taken.by_caller.get_key_value(caller) {
            Some((known, has)) => (Arc::clone(known), *has),
            None => (Arc::from(caller), 0),
        };
        let share = &self.share;
        let kept = if has < NEXT_TO_NOTHING {
            0
        } else {
            share.for_newcomers
        };
        if has < share.of_one_caller && taken.in_use + kept < share.total {
            taken.by_caller.insert(Arc::clone(&caller), has + 1);
            taken.in_use += 1;
            drop(taken);
            let taken = Arc::clone(&self.taken);
            return Ok(Place { caller, taken });
        }
        drop(taken);
        let (counted, reason, text) = if has >= share.of_one_caller {
            let text = format!("this caller has as many {} as one may", self.kind);
            (&self.of_the_caller, "CALLER_QUOTA_EXCEEDED", text)
        } else {
            let text = format!("no more {} can be served", self.kind);
            (&self.of_the_service, "TOO_MANY_CALLS", text)
        };
        counted.fetch_add(1, Ordering::Relaxed);
        Err(Refusal::new(reason, text))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = lock(&self.taken);
        taken.in_use -= 1;
        if let Some(has) = taken.by_caller.get_mut(&self.caller) {
            *has -= 1;
            if *has == 0 {
                // Callers come and go for months.
                taken.by_caller.remove(&self.caller);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `tests/unit/rpc/server/test_room_cases.py` holds the other room to the same table.
    const CASES: &str = include_str!("room_cases.txt");

    fn reason(refused: &Result<Place, Refusal>) -> &'static str {
        refused
            .as_ref()
            .err()
            .map_or("OK", |refusal| refusal.reason)
    }

    fn room(numbers: &[&str]) -> Room {
        let numbers: Vec<usize> = numbers.iter().map(|it| it.parse().unwrap()).collect();
        let [total, of_one_caller, for_newcomers] = numbers[..] else {
            panic!("{numbers:?}");
        };
        let share = Share {
            total,
            of_one_caller,
            for_newcomers,
        };
        Room::new("calls", share)
    }

    #[test]
    fn the_cases_hold() {
        let mut now = room(&["0", "0", "0"]);
        let mut held: Vec<(&str, Place)> = Vec::new();
        let mut rooms = 0;
        for line in CASES.lines() {
            let words: Vec<_> = line.split_whitespace().collect();
            match words[..] {
                [] | ["#", ..] => {}
                ["room", ref numbers @ ..] => {
                    held.clear();
                    now = room(numbers);
                    rooms += 1;
                }
                ["+", who, told] => {
                    let taken = now.take(who);
                    assert_eq!(reason(&taken), told, "{line}, with {} taken", held.len());
                    held.extend(taken.ok().map(|place| (who, place)));
                    assert_eq!(now.in_use(), held.len());
                }
                ["-", who] => {
                    let place = held.iter().position(|(whose, _)| *whose == who);
                    held.remove(place.unwrap());
                    assert_eq!(now.in_use(), held.len());
                }
                _ => panic!("{line}"),
            }
        }
        assert!(rooms > 4);
    }

    #[test]
    fn what_is_given_back_leaves_nothing_and_refusals_are_counted() {
        let room = room(&["2", "1", "0"]);
        let held = [room.take("one"), room.take("other")];
        assert_eq!(reason(&room.take("one")), "CALLER_QUOTA_EXCEEDED");
        assert_eq!(reason(&room.take("third")), "TOO_MANY_CALLS");
        drop(held);
        assert_eq!(room.in_use(), 0);
        assert!(lock(&room.taken).by_caller.is_empty());
        assert_eq!(
            room.take_refused(),
            [("calls", "caller", 1), ("calls", "service", 1)]
        );
    }
}
