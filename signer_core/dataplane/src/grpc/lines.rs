//! Lines of the log, written on a thread of their own: nobody is answered later for them, and there are
//! never so many that they take the interpreter from those who need it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::host::{EndedCall, Host};

/// Lines that wait.
const WAITING: usize = 256;
/// Lines a second of one caller, and of all; more are counted and left out.
const OF_ONE: u32 = 20;
const OF_ALL: u32 = 200;
const SECOND: Duration = Duration::from_secs(1);

pub(super) struct Lines {
    waiting: Mutex<Option<SyncSender<EndedCall>>>,
    left_out: Arc<AtomicU64>,
    taken: Mutex<Taken>,
    done: Mutex<Receiver<()>>,
    pub(super) tells_all: bool,
}

/// In this second.
struct Taken {
    since: Instant,
    by_caller: HashMap<Option<String>, u32>,
    all: u32,
}

impl Taken {
    fn takes(&mut self, caller: Option<&String>, now: Instant) -> bool {
        if now.duration_since(self.since) >= SECOND {
            self.since = now;
            self.by_caller.clear();
            self.all = 0;
        }
        if self.all >= OF_ALL {
            return false;
        }
        let own = self.by_caller.entry(caller.cloned()).or_default();
        if *own >= OF_ONE {
            return false;
        }
        *own += 1;
        self.all += 1;
        true
    }
}

impl Lines {
    pub(super) fn new(host: Arc<dyn Host>, tells_all: bool) -> Self {
        let (waiting, lines) = sync_channel(WAITING);
        let (ended, done) = channel();
        let left_out = Arc::new(AtomicU64::new(0));
        let missed = Arc::clone(&left_out);
        let write = move || {
            written(&lines, &missed, &*host);
            // Nobody may wait for it any more.
            let _ = ended.send(());
        };
        let began = std::thread::Builder::new()
            .name("ocsp-lines".into())
            .spawn(write);
        // Without the thread all lines are left out: nobody takes them.
        drop(began);
        Self {
            waiting: Mutex::new(Some(waiting)),
            left_out,
            taken: Mutex::new(Taken {
                since: Instant::now(),
                by_caller: HashMap::new(),
                all: 0,
            }),
            done: Mutex::new(done),
            tells_all,
        }
    }

    pub(super) fn write(&self, line: EndedCall) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let takes = taken.takes(line.peer.as_ref(), Instant::now());
        drop(taken);
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let sent = takes && waiting.as_ref().is_some_and(|it| it.try_send(line).is_ok());
        if !sent {
            self.left_out.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Takes no more, and waits so long for those there are to be written.
    pub(super) fn finish(&self, longest: Duration) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        drop(waiting.take());
        drop(waiting);
        let done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = done.recv_timeout(longest);
    }
}

/// Until nobody sends any more. How many were left out is told once a second at most.
fn written(lines: &Receiver<EndedCall>, missed: &AtomicU64, host: &dyn Host) {
    let mut told = Instant::now();
    loop {
        let line = lines.recv_timeout(SECOND);
        if let Ok(line) = &line {
            host.call_ended(line);
        }
        let is_over = matches!(line, Err(RecvTimeoutError::Disconnected));
        if is_over || told.elapsed() >= SECOND {
            told = Instant::now();
            let missed = missed.swap(0, Ordering::Relaxed);
            if missed > 0 {
                host.lines_left_out(missed);
            }
        }
        if is_over {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::{Credentials, Listed, NotAsked, Refusal, Shown, WhichList};

    #[derive(Default)]
    struct Written(Mutex<(u64, u64)>);

    impl Host for Written {
        fn list(&self, _: &WhichList, _: Option<(&[u8; 32], usize)>) -> Result<Listed, NotAsked> {
            Err(NotAsked)
        }

        fn refused(&self, _: &Refusal) {}
        fn failed(&self, _: &'static str, _: &str) {}
        fn peer(&self, _: &[u8]) -> Result<Shown, NotAsked> {
            Err(NotAsked)
        }
        fn credentials(&self) -> Option<Credentials> {
            None
        }
        fn refused_credentials(&self, _: &str) {}
        fn list_not_had(&self, _: &WhichList) {}
        fn call_ended(&self, _: &EndedCall) {
            self.0.lock().unwrap().0 += 1;
        }
        fn call_failed(&self, _: &str, _: &str) {}
        fn lines_left_out(&self, how_many: u64) {
            self.0.lock().unwrap().1 += how_many;
        }
    }

    fn line(peer: &str) -> EndedCall {
        EndedCall {
            method: Arc::from("it/Check"),
            peer: Some(peer.into()),
            reason: None,
            field: None,
            took: Duration::ZERO,
        }
    }

    #[test]
    fn each_caller_has_some_lines_a_second_and_the_rest_are_counted() {
        let mut taken = Taken {
            since: Instant::now(),
            by_caller: HashMap::new(),
            all: 0,
        };
        let now = taken.since;
        let mut takes = |who: &str, at| taken.takes(Some(&who.to_owned()), at);
        let own = (0..100).filter(|_| takes("one", now)).count();
        assert_eq!(own, OF_ONE as usize);
        let all: usize = (0..100)
            .map(|who| (0..100).filter(|_| takes(&who.to_string(), now)).count())
            .sum();
        assert_eq!(own + all, OF_ALL as usize);
        assert!(takes("one", now + SECOND));
    }

    #[test]
    fn none_is_lost_without_being_counted() {
        let host = Arc::new(Written::default());
        let lines = Lines::new(Arc::<Written>::clone(&host), false);
        for _ in 0..1000 {
            lines.write(line("one"));
        }
        lines.finish(Duration::from_secs(60));
        let (told, left_out) = *host.0.lock().unwrap();
        assert_eq!(told + left_out, 1000);
        assert!(told >= 1);
        lines.write(line("one"));
        assert_eq!(lines.left_out.load(Ordering::Relaxed), 1);
    }
}
