use std::sync::atomic::AtomicUsize;

use super::place::SUPERSEDED;
use super::*;
use crate::host::{Credentials, EndedCall, NotAsked, Refusal, Shown};

/// Says what it is told to, and counts how often it was asked.
#[derive(Default)]
struct Ca {
    says: Mutex<Option<Listed>>,
    asked: AtomicUsize,
    held: Mutex<Option<usize>>,
    told: AtomicUsize,
    /// Who has this keeps every answer waiting.
    hangs: tokio::sync::Mutex<()>,
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
        drop(self.hangs.blocking_lock());
        *self.held.lock().unwrap() = held.map(|(_, length)| length);
        self.says.lock().unwrap().clone().ok_or(NotAsked)
    }
    fn list_not_had(&self, _: &WhichList) {
        self.told.fetch_add(1, Ordering::SeqCst);
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

fn wanted(ca: &Arc<Ca>) -> Arc<Lists> {
    Arc::new(Lists::new(Arc::clone(ca) as Arc<dyn Host>))
}

/// As if it had been heard of long ago.
fn forget_when(lists: &Lists) {
    for place in lists.places().values() {
        if let Some(found) = &mut place.lock().found {
            found.heard = found.heard.checked_sub(2 * FRESH).unwrap();
        }
    }
}

/// As if a minute had gone by since.
fn superseded_long_ago(lists: &Lists) {
    for place in lists.places().values() {
        if let Some(found) = &mut place.lock().found
            && let Some((since, _)) = &mut found.superseded
        {
            *since = since.checked_sub(SUPERSEDED).unwrap();
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
    let first = lists.newest(&which(1), NOW, &()).await.ok().unwrap();
    let second = lists.newest(&which(1), NOW, &()).await.ok().unwrap();
    assert!(Arc::ptr_eq(&first, &second));
    assert_eq!(ca.asked(), 1);
    forget_when(&lists);
    ca.says(Listed::Same);
    let third = lists.newest(&which(1), NOW, &()).await.ok().unwrap();
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
    assert_eq!(
        lists.newest(&which(1), NOW, &()).await.err(),
        Some(NoList::Away)
    );
    ca.says(Listed::New(list()));
    let first = lists.newest(&which(1), NOW, &()).await.ok().unwrap();
    forget_when(&lists);
    ca.says(Listed::Away);
    let end = first.life.unwrap().next_update;
    assert!(lists.newest(&which(1), end - 1, &()).await.is_ok());
    forget_when(&lists);
    assert_eq!(
        lists.newest(&which(1), end, &()).await.err(),
        Some(NoList::Away)
    );
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
        assert_eq!(lists.newest(&which(1), NOW, &()).await.err(), Some(why));
        assert!(lists.places().is_empty());
    }
    // One that was there and is not any more.
    ca.says(Listed::New(list()));
    assert!(lists.newest(&which(1), NOW, &()).await.is_ok());
    forget_when(&lists);
    ca.says(Listed::None("CRL_NOT_FOUND"));
    assert!(lists.newest(&which(1), NOW, &()).await.is_err());
    assert!(lists.places().is_empty());
}

#[tokio::test]
async fn lists_that_somebody_takes_count_and_others_make_room() {
    let ca = Arc::new(Ca::default());
    let mut lists = wanted(&ca);
    let length = list().len();
    Arc::get_mut(&mut lists).unwrap().room = Room::new(2 * length.next_multiple_of(1024));
    ca.says(Listed::New(list()));
    let taken = lists.newest(&which(1), NOW, &()).await.ok().unwrap();
    assert!(lists.newest(&which(2), NOW, &()).await.is_ok());
    // The second one goes for the third; the first is taken, though nobody can find it any more.
    assert!(lists.newest(&which(3), NOW, &()).await.is_ok());
    let held = lists.newest(&which(4), NOW, &()).await.ok().unwrap();
    assert_eq!(
        lists.newest(&which(5), NOW, &()).await.err(),
        Some(NoList::Full)
    );
    let piece = taken.plain.octets.slice(3..);
    drop((taken, held));
    assert!(lists.newest(&which(5), NOW, &()).await.is_ok());
    assert_eq!(lists.places().len(), 1);
    drop(piece);
    assert!(lists.newest(&which(6), NOW, &()).await.is_ok());
    assert_eq!(lists.places().len(), 2);
}

#[tokio::test]
async fn an_authority_that_does_not_answer_keeps_nobody_from_what_is_held() {
    let ca = Arc::new(Ca::default());
    let lists = wanted(&ca);
    ca.says(Listed::New(list()));
    let held = lists.newest(&which(1), NOW, &()).await.ok().unwrap();
    forget_when(&lists);
    let hangs = ca.hangs.lock().await;
    // Others wait for lists that are not there.
    let waiting: Vec<_> = (2..2 + 2 * COMING)
        .map(|partition| {
            let lists = Arc::clone(&lists);
            tokio::spawn(async move { lists.newest(&which(partition), NOW, &()).await.is_ok() })
        })
        .collect();
    let found = lists.newest(&which(1), NOW, &()).await.ok().unwrap();
    assert!(Arc::ptr_eq(&found, &held));
    let form = lists.compressed(&which(1), &held).await;
    assert_eq!(form.is_none(), held.plain.octets.len() < 2048);
    drop(hangs);
    for one in waiting {
        assert!(one.await.unwrap());
    }
}

/// As which lists there are: nothing is looked into.
async fn long(ca: &Arc<Ca>, lists: &Arc<Lists>, of: &str) -> Arc<List> {
    ca.says(Listed::New(of.repeat(100 * 1024 / of.len()).into_bytes()));
    let set = WhichList::set(of);
    lists.newest(&set, NOW, &()).await.ok().unwrap()
}

#[tokio::test]
async fn a_list_is_compressed_though_others_have_all_room() {
    let ca = Arc::new(Ca::default());
    let mut lists = wanted(&ca);
    Arc::get_mut(&mut lists).unwrap().room = Room::new(200 * 1024);
    let first = long(&ca, &lists, "one").await;
    // Nobody takes this one, so it goes; who has taken one keeps it.
    drop(long(&ca, &lists, "other").await);
    assert_eq!(lists.room.left(), 0);
    let form = lists.compressed(&WhichList::set("one"), &first).await;
    let form = form.unwrap();
    assert_eq!(form.encoding, Some("gzip"));
    assert_eq!(first.tags(), [first.plain.etag.clone(), form.etag]);
    assert!(lists.places().keys().all(|it| it.authority == "one"));
    // It has the room that it needs, and no more.
    assert!(lists.room.left() > 90 * 1024);
}

#[tokio::test]
async fn who_has_to_wait_too_long_takes_it_as_it_is() {
    let ca = Arc::new(Ca::default());
    let lists = wanted(&ca);
    let list = long(&ca, &lists, "one").await;
    let turn = turn(&lists.compressed).await.unwrap();
    let set = WhichList::set("one");
    assert!(lists.compressed(&set, &list).await.is_none());
    drop(turn);
    assert!(lists.compressed(&set, &list).await.is_some());
}

#[tokio::test]
async fn what_comes_is_kept_though_nobody_waits_for_it_any_more() {
    let ca = Arc::new(Ca::default());
    let lists = wanted(&ca);
    ca.says(Listed::New(list()));
    let hangs = ca.hangs.lock().await;
    let gone = timeout(Duration::from_millis(1), lists.newest(&which(1), NOW, &())).await;
    assert!(gone.is_err());
    drop(hangs);
    assert!(lists.newest(&which(1), NOW, &()).await.is_ok());
    assert_eq!(ca.asked(), 1);
}

#[tokio::test]
async fn who_goes_away_keeps_the_share_until_the_authority_has_answered() {
    let ca = Arc::new(Ca::default());
    let lists = wanted(&ca);
    ca.says(Listed::New(list()));
    let share = Arc::new(());
    let hangs = ca.hangs.lock().await;
    let gone = timeout(
        Duration::from_millis(1),
        lists.newest(&which(1), NOW, &share),
    )
    .await;
    assert!(gone.is_err());
    assert_eq!(Arc::strong_count(&share), 2);
    drop(hangs);
    assert!(lists.newest(&which(1), NOW, &share).await.is_ok());
    assert_eq!(Arc::strong_count(&share), 1);
    // Of one that is held there is one question at most.
    forget_when(&lists);
    let hangs = ca.hangs.lock().await;
    let held = timeout(
        Duration::from_millis(1),
        lists.newest(&which(1), NOW, &share),
    )
    .await;
    assert!(held.is_err());
    assert_eq!(Arc::strong_count(&share), 1);
    drop(hangs);
}

#[tokio::test]
async fn a_date_tells_a_list_from_another_or_is_not_said() {
    let ca = Arc::new(Ca::default());
    let lists = wanted(&ca);
    ca.says(Listed::New(list()));
    let first = lists.newest(&which(1), NOW, &()).await.ok().unwrap();
    let made = first.life.unwrap().this_update;
    assert_eq!(first.modified(made + 9), None);
    assert_eq!(first.modified(made + 10), Some(made));
    // Another one of the same second.
    forget_when(&lists);
    ca.says(Listed::Newer);
    assert_eq!(
        lists
            .newest(&which(1), made, &())
            .await
            .ok()
            .unwrap()
            .sha256,
        first.sha256
    );
    let room = lists.room.take(list().len()).unwrap();
    let second = List::read(list(), room, Some(made)).unwrap();
    assert_eq!(second.modified(made + 1000), None);
}

#[tokio::test]
async fn which_lists_there_are_is_true_when_it_is_heard_and_no_longer() {
    let ca = Arc::new(Ca::default());
    let lists = wanted(&ca);
    let set = WhichList::set("signing-13");
    ca.says(Listed::New(b"no list".to_vec()));
    let first = lists.newest(&set, NOW, &()).await.ok().unwrap();
    assert!(!first.is_in_force(NOW));
    assert_eq!(
        (first.modified(NOW), first.modified(i64::MAX)),
        (None, None)
    );
    // What was heard just now counts.
    ca.says(Listed::Away);
    let second = lists.newest(&set, NOW, &()).await.ok().unwrap();
    assert!(Arc::ptr_eq(&first, &second));
    assert_eq!(ca.asked(), 1);
    forget_when(&lists);
    for _ in 0..2 {
        let why = lists.newest(&set, NOW, &()).await.err();
        assert_eq!(why, Some(NoList::Away));
    }
    // It is asked for anew, not about.
    ca.says(Listed::New(b"another".to_vec()));
    assert!(lists.newest(&set, NOW, &()).await.is_ok());
    assert_eq!((ca.asked(), *ca.held.lock().unwrap()), (4, None));
}

#[tokio::test]
async fn which_lists_there_are_waits_for_no_list() {
    let ca = Arc::new(Ca::default());
    let lists = wanted(&ca);
    ca.says(Listed::New(list()));
    let coming = Arc::clone(&lists.coming).acquire_many_owned(COMING as u32);
    let _coming = coming.await.unwrap();
    let set = WhichList::set("signing-13");
    assert!(lists.newest(&set, NOW, &()).await.is_ok());
}

#[tokio::test]
async fn a_list_that_is_superseded_is_not_sent_to_its_end() {
    let ca = Arc::new(Ca::default());
    let lists = wanted(&ca);
    ca.says(Listed::New(list()));
    let first = lists.newest(&which(1), NOW, &()).await.ok().unwrap();
    assert!(!lists.is_superseded(&which(1), &first));
    // Of the newer one nothing comes.
    ca.says(Listed::Newer);
    for _ in 0..2 {
        forget_when(&lists);
        let held = lists.newest(&which(1), NOW, &()).await.ok().unwrap();
        assert!(Arc::ptr_eq(&held, &first));
        assert!(lists.is_superseded(&which(1), &first));
    }
    superseded_long_ago(&lists);
    // Also where nobody can be asked any more.
    for says in [Listed::Newer, Listed::Away] {
        ca.says(says);
        let why = lists.newest(&which(1), NOW, &()).await.err();
        assert_eq!(why, Some(NoList::Away));
    }
    let told = async {
        while ca.told.load(Ordering::SeqCst) != 1 {
            tokio::task::yield_now().await;
        }
    };
    timeout(Duration::from_secs(60), told).await.unwrap();
    // Where it is the newest after all, it is.
    ca.says(Listed::Same);
    assert!(lists.newest(&which(1), NOW, &()).await.is_ok());
    assert!(!lists.is_superseded(&which(1), &first));
    ca.says(Listed::Away);
    forget_when(&lists);
    assert!(lists.newest(&which(1), NOW, &()).await.is_ok());
}

#[tokio::test]
async fn what_there_is_no_room_for_is_not_fetched_again_and_again() {
    let ca = Arc::new(Ca::default());
    let mut lists = wanted(&ca);
    let length = list().len().next_multiple_of(1024);
    Arc::get_mut(&mut lists).unwrap().room = Room::new(2 * length);
    ca.says(Listed::New(list()));
    let first = lists.newest(&which(1), NOW, &()).await.ok().unwrap();
    let taken = lists.room.take(length).unwrap();
    for _ in 0..3 {
        let why = lists.newest(&which(2), NOW, &()).await.err();
        assert_eq!(why, Some(NoList::Full));
        assert_eq!(ca.asked(), 2);
    }
    // The one that is held goes out meanwhile, though there is a newer one.
    forget_when(&lists);
    ca.says(Listed::Newer);
    let held = lists.newest(&which(1), NOW, &()).await.ok().unwrap();
    assert!(Arc::ptr_eq(&held, &first));
    assert_eq!(ca.asked(), 3);
    superseded_long_ago(&lists);
    let why = lists.newest(&which(1), NOW, &()).await.err();
    assert_eq!(why, Some(NoList::Full));
    drop((first, held, taken));
    ca.says(Listed::New(list()));
    assert!(lists.newest(&which(1), NOW, &()).await.is_ok());
    assert!(lists.newest(&which(2), NOW, &()).await.is_ok());
    assert_eq!(lists.room.left(), 0);
}
