//! Workers: each has at most one request under way.

use std::cell::{Cell, RefCell};
use std::io;
use std::time::{Duration, Instant};

use fastrand::Rng;
use tokio::sync::Mutex;
use tokio::time::{sleep, timeout};

use crate::connection::{Failed, Link, Opens};
use crate::line::Line;
use crate::prepared::{Mix, Prepared};
use crate::tally::Tally;

/// Before whoever got no connection tries again.
const RESTS: Duration = Duration::from_millis(10);

/// What workers share.
pub struct Work {
    /// What is asked.
    pub mix: Mix,
    /// What was seen.
    pub tally: RefCell<Tally>,
    /// How connections are opened.
    pub opens: Opens,
    /// One for each request.
    pub new_connections: bool,
    /// For an answer.
    pub timeout: Duration,
    /// Choices and nonces.
    pub random: RefCell<Rng>,
    /// From when on it counts.
    pub counts_from: Instant,
    /// Until when.
    pub counts_until: Instant,
    /// Without a rate: no more requests are begun.
    pub over: Cell<bool>,
}

/// The connection that several workers share over HTTP/2.
#[derive(Default)]
pub struct Common {
    /// Held by whoever opens one: the others wait for it.
    opening: Mutex<()>,
    /// By its number, counted from 1.
    open: RefCell<Option<(u64, Link)>>,
    opened: Cell<u64>,
}

impl Common {
    fn share(&self) -> Option<(u64, Link)> {
        let open = self.open.borrow();
        let (number, link) = open.as_ref()?;
        Some((*number, link.shared()?))
    }

    /// That one is of no use any more. Another, opened by somebody else since, stays.
    fn forget(&self, number: u64) {
        self.open.borrow_mut().take_if(|(open, _)| *open == number);
    }
}

/// The connection that a worker has, or its share in one.
#[derive(Default)]
struct Own {
    link: Option<Link>,
    /// Also of the one it had last.
    number: u64,
}

/// Why there was no right answer, in words that are the same each time.
type Why = String;

impl Work {
    /// Asks whenever the line has a moment that has come.
    pub async fn by_the_line(&self, line: &Line, common: &Common) {
        let (mut own, mut free) = (Own::default(), Instant::now());
        while let Some(meant) = line.take().await {
            if self.counts(meant) {
                // Before its moment nothing could be sent, nor while the answer before was waited for.
                self.tally.borrow_mut().sent(meant.max(free).elapsed());
            }
            self.one(&mut own, common, Some(meant)).await;
            free = Instant::now();
        }
    }

    /// Asks again as soon as it is answered.
    pub async fn without_rest(&self, common: &Common) {
        let mut own = Own::default();
        while !self.over.get() {
            self.one(&mut own, common, None).await;
        }
    }

    async fn one(&self, own: &mut Own, common: &Common, meant: Option<Instant>) {
        let prepared = self.mix.choose(&mut self.random.borrow_mut());
        let sent = Instant::now();
        self.tally.borrow_mut().begun += 1;
        let asked = timeout(self.timeout, self.asked(prepared, own, common)).await;
        let answer = asked.unwrap_or_else(|_| {
            own.link = None;
            common.forget(own.number);
            Err(format!("{}: no answer in time", prepared.kind))
        });
        let (begun, ended) = (meant.unwrap_or(sent), Instant::now());
        // With a rate it counts what was meant to be sent; without, what was answered.
        let moment = meant.unwrap_or(ended);
        match answer {
            Ok(()) if self.counts(moment) => {
                let mut tally = self.tally.borrow_mut();
                let second = (moment - self.counts_from).as_secs();
                tally.right(&prepared.kind, second, ended - begun, ended - sent);
            }
            Ok(()) => self.tally.borrow_mut().uncounted += 1,
            // A wrong answer is one at any time.
            Err(why) => {
                self.tally.borrow_mut().wrong(why);
                sleep(RESTS).await;
            }
        }
    }

    /// On the connection there is, or on a new one: also where it had ended, unnoticed, before
    /// anything was answered.
    async fn asked(&self, prepared: &Prepared, own: &mut Own, common: &Common) -> Result<(), Why> {
        let mut again = own.link.is_some();
        loop {
            let mut open = match own.link.take() {
                Some(open) => open,
                None => self
                    .link(own, common)
                    .await
                    .map_err(|error| told("connecting", &error))?,
            };
            let outcome = {
                let asked = prepared.ask(&mut self.random.borrow_mut());
                open.exchange(&asked).await
            };
            match outcome {
                Ok(()) if self.new_connections => {
                    open.close().await;
                    return Ok(());
                }
                Ok(()) => {
                    own.link = Some(open);
                    return Ok(());
                }
                Err(Failed::Wrong(why)) => {
                    own.link = Some(open);
                    return Err(why);
                }
                Err(Failed::Ended(_)) if again => {
                    again = false;
                    common.forget(own.number);
                    self.tally.borrow_mut().sent_again += 1;
                }
                Err(Failed::Ended(error) | Failed::Lost(error)) => {
                    common.forget(own.number);
                    return Err(told("waiting for an answer", &error));
                }
            }
        }
    }

    fn counts(&self, moment: Instant) -> bool {
        self.counts_from <= moment && moment < self.counts_until
    }

    async fn link(&self, own: &mut Own, common: &Common) -> io::Result<Link> {
        let _alone = common.opening.lock().await;
        if let Some((number, shared)) = common.share() {
            own.number = number;
            return Ok(shared);
        }
        let open = self.opens.open().await?;
        self.tally.borrow_mut().opened += 1;
        own.number = common.opened.get() + 1;
        common.opened.set(own.number);
        if !self.new_connections {
            *common.open.borrow_mut() = open.shared().map(|shared| (own.number, shared));
        }
        Ok(open)
    }
}

fn told(doing: &str, error: &io::Error) -> Why {
    format!("{doing}: {error}")
}
