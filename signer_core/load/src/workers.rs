//! Workers: each has at most one request under way.

use std::cell::{Cell, RefCell};
use std::io;
use std::rc::Rc;
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
    /// No more requests are begun.
    pub over: Cell<bool>,
}

/// The connection that several workers share over HTTP/2.
pub type Common = Rc<Mutex<Option<Link>>>;

/// Why there was no right answer, in words that are the same each time.
type Why = String;

impl Work {
    /// Asks whenever the line has a moment that has come.
    pub async fn by_the_line(&self, line: &Line, common: Common) {
        let mut link = None;
        while let Some(meant) = line.take().await {
            if self.over.get() {
                break;
            }
            self.one(&mut link, &common, Some(meant)).await;
        }
    }

    /// Asks again as soon as it is answered.
    pub async fn without_rest(&self, common: Common) {
        let mut link = None;
        while !self.over.get() {
            self.one(&mut link, &common, None).await;
        }
    }

    async fn one(&self, link: &mut Option<Link>, common: &Common, meant: Option<Instant>) {
        let prepared = self.mix.choose(&mut self.random.borrow_mut());
        let sent = Instant::now();
        let asked = timeout(self.timeout, self.asked(prepared, link, common)).await;
        let answer = asked.unwrap_or_else(|_| {
            *link = None;
            Err(format!("{}: no answer in time", prepared.kind))
        });
        let (begun, ended) = (meant.unwrap_or(sent), Instant::now());
        // With a rate it counts what was meant to be sent; without, what was answered.
        let moment = meant.unwrap_or(ended);
        let counts = self.counts_from <= moment && moment < self.counts_until;
        match answer {
            Ok(()) if counts => {
                let mut tally = self.tally.borrow_mut();
                tally.right(&prepared.kind, ended - begun, ended - sent);
            }
            Ok(()) => {}
            // A wrong answer is one at any time.
            Err(why) => {
                self.tally.borrow_mut().wrong(why);
                sleep(RESTS).await;
            }
        }
    }

    /// On the connection there is, or on a new one: also where it had ended, unnoticed, before
    /// anything was answered.
    async fn asked(
        &self,
        prepared: &Prepared,
        link: &mut Option<Link>,
        common: &Common,
    ) -> Result<(), Why> {
        let mut again = link.is_some();
        loop {
            let mut open = match link.take() {
                Some(open) => open,
                None => self
                    .link(common)
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
                    *link = Some(open);
                    return Ok(());
                }
                Err(Failed::Wrong(why)) => {
                    *link = Some(open);
                    return Err(why);
                }
                Err(Failed::Ended(_)) if again => {
                    again = false;
                    *common.lock().await = None;
                    self.tally.borrow_mut().sent_again += 1;
                }
                Err(Failed::Ended(error) | Failed::Lost(error)) => {
                    *common.lock().await = None;
                    return Err(told("waiting for an answer", &error));
                }
            }
        }
    }

    async fn link(&self, common: &Common) -> io::Result<Link> {
        let mut common = common.lock().await;
        if let Some(shared) = common.as_ref().and_then(Link::shared) {
            return Ok(shared);
        }
        let open = self.opens.open().await?;
        self.tally.borrow_mut().opened += 1;
        if !self.new_connections {
            *common = open.shared();
        }
        Ok(open)
    }
}

fn told(doing: &str, error: &io::Error) -> Why {
    format!("{doing}: {error}")
}
