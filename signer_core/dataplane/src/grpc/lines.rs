//! Lines of the log, written on a thread of their own: nobody is answered later for them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};

use crate::host::{EndedCall, Host};

/// Lines that wait; more are counted and left out.
const WAITING: usize = 4096;

pub(super) struct Lines {
    waiting: SyncSender<EndedCall>,
    left_out: Arc<AtomicU64>,
    pub(super) tells_all: bool,
}

impl Lines {
    pub(super) fn new(host: Arc<dyn Host>, tells_all: bool) -> Self {
        let (waiting, lines) = sync_channel(WAITING);
        let left_out = Arc::new(AtomicU64::new(0));
        let missed = Arc::clone(&left_out);
        // It ends when there is nobody left who sends it anything.
        let write = move || {
            for line in lines {
                host.call_ended(&line);
                let missed = missed.swap(0, Ordering::Relaxed);
                if missed > 0 {
                    host.lines_left_out(missed);
                }
            }
        };
        let began = std::thread::Builder::new()
            .name("ocsp-lines".into())
            .spawn(write);
        // Without the thread all lines are left out: nobody takes them.
        drop(began);
        Self {
            waiting,
            left_out,
            tells_all,
        }
    }

    pub(super) fn write(&self, line: EndedCall) {
        if self.waiting.try_send(line).is_err() {
            self.left_out.fetch_add(1, Ordering::Relaxed);
        }
    }
}
