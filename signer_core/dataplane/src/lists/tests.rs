use std::sync::atomic::AtomicUsize;

use super::*;
use crate::host::{Credentials, EndedCall, NotAsked, Refusal, Shown};

/// Says what it is told to, and counts how often it was asked.
#[derive(Default)]
struct Ca {
    says: Mutex<Option<Listed>>,
    asked: AtomicUsize,
    held: Mutex<Option<usize>>,
}

impl Ca {
    fn says(&self, listed: Listed) {
        *self.says.lock().unwrap() = Some(listed);
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl Host for Ca {
    fn refused(&self, _: &Refusal) {}
    fn failed(&self, _: &'static str, _: &str) {}
    fn peer(&self, _: &[u8]) -> Result<Shown, NotAsked> {
        Err(NotAsked)
    }
    fn credentials(&self) -> Option<Credentials> {
        None
    }
    fn refused_credentials(&self, _: &str) {}
    fn list(&self, _: &WhichList, held: Option<(&[u8; 32], usize)>) -> Result<Listed, NotAsked> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        *self.held.lock().unwrap() = held.map(|(_, length)| length);
        self.says.lock().unwrap().clone().ok_or(NotAsked)
    }
    fn call_ended(&self, _: &EndedCall) {}
    fn call_failed(&self, _: &str, _: &str) {}
    fn lines_left_out(&self, _: u64) {}
}

fn which(partition: usize) -> WhichList {
    WhichList {
        authority: "signing-13".into(),
        generation: 1,
        partition: partition.to_string(),
    }
}

fn wanted(ca: &Arc<Ca>) -> Lists {
    Lists::new(Arc::clone(ca) as Arc<dyn Host>)
}

/// As if it had been heard of long ago.
async fn forget_when(lists: &Lists) {
    let places: Vec<_> = lists.places().values().cloned().collect();
    for place in places {
        if let Some(found) = &mut *place.found.lock().await {
            found.heard = found.heard.checked_sub(2 * FRESH).unwrap();
        }
    }
}

fn list() -> Vec<u8> {
    include_bytes!("../../../../docs/profile/examples/users.crl").to_vec()
}

const NOW: i64 = 0;

#[tokio::test]
async fn a_list_is_fetched_once_and_asked_about_again_later() {
    let ca = Arc::new(Ca::default());
    let lists = wanted(&ca);
    ca.says(Listed::New(list()));
    let first = lists.newest(&which(1), NOW).await.ok().unwrap();
    let second = lists.newest(&which(1), NOW).await.ok().unwrap();
    assert!(Arc::ptr_eq(&first, &second));
    assert_eq!(ca.asked(), 1);
    forget_when(&lists).await;
    ca.says(Listed::Same);
    let third = lists.newest(&which(1), NOW).await.ok().unwrap();
    assert!(Arc::ptr_eq(&first, &third));
    assert_eq!(
        (ca.asked(), *ca.held.lock().unwrap()),
        (2, Some(list().len()))
    );
}

#[tokio::test]
async fn while_nobody_can_be_asked_the_one_that_is_held_is_sent_until_it_ends() {
    let ca = Arc::new(Ca::default());
    let lists = wanted(&ca);
    ca.says(Listed::Away);
    assert_eq!(lists.newest(&which(1), NOW).await.err(), Some(NoList::Away));
    ca.says(Listed::New(list()));
    let first = lists.newest(&which(1), NOW).await.ok().unwrap();
    forget_when(&lists).await;
    ca.says(Listed::Away);
    let end = first.next_update;
    assert!(lists.newest(&which(1), end - 1).await.is_ok());
    forget_when(&lists).await;
    assert_eq!(lists.newest(&which(1), end).await.err(), Some(NoList::Away));
}

#[tokio::test]
async fn nothing_is_kept_of_what_there_is_none_of() {
    let ca = Arc::new(Ca::default());
    let lists = wanted(&ca);
    for (says, why) in [
        (Listed::None("CRL_NOT_FOUND"), NoList::None("CRL_NOT_FOUND")),
        (Listed::New(b"no list".to_vec()), NoList::Away),
        (Listed::Same, NoList::Away),
    ] {
        ca.says(says);
        assert_eq!(lists.newest(&which(1), NOW).await.err(), Some(why));
        assert!(lists.places().is_empty());
    }
    // One that was there and is not any more.
    ca.says(Listed::New(list()));
    assert!(lists.newest(&which(1), NOW).await.is_ok());
    forget_when(&lists).await;
    ca.says(Listed::None("CRL_NOT_FOUND"));
    assert!(lists.newest(&which(1), NOW).await.is_err());
    assert!(lists.places().is_empty());
}

#[tokio::test]
async fn lists_that_somebody_takes_count_and_others_make_room() {
    let ca = Arc::new(Ca::default());
    let mut lists = wanted(&ca);
    let length = list().len();
    lists.room = Room::new(2 * length.next_multiple_of(1024));
    ca.says(Listed::New(list()));
    let taken = lists.newest(&which(1), NOW).await.ok().unwrap();
    assert!(lists.newest(&which(2), NOW).await.is_ok());
    // The second one goes for the third; the first is taken, though nobody can find it any more.
    assert!(lists.newest(&which(3), NOW).await.is_ok());
    let held = lists.newest(&which(4), NOW).await.ok().unwrap();
    assert_eq!(lists.newest(&which(5), NOW).await.err(), Some(NoList::Full));
    let piece = taken.plain.octets.slice(3..);
    drop((taken, held));
    assert!(lists.newest(&which(5), NOW).await.is_ok());
    assert_eq!(lists.places().len(), 1);
    drop(piece);
    assert!(lists.newest(&which(6), NOW).await.is_ok());
    assert_eq!(lists.places().len(), 2);
}
