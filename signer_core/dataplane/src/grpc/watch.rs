//! Watch: the present status of each certificate, then every change to one of them.

use std::collections::HashSet;
use std::convert::Infallible;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use formats::status_calls::Asked;
use status::Status;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::sleep;

use super::answer::Ending;
use super::call::{Caller, Passing, gone, stands};
use super::panics::caught;
use super::refusal::Refusal;
use super::room::Place;
use super::status::{allowed, authority, current, one, watched};
use super::{Client, Edge};
use crate::known::{Authority, Known};
use crate::plane::Plane;
use crate::quota::Reserved;
use crate::registry::Way;
use crate::server::Shared;
use crate::server::guests::Busy;
use crate::watchers::Watcher;

/// After so long a quiet stream looks whether it may go on, and so does one that waits for its reader.
const LOOKS: Duration = Duration::from_millis(200);

pub(super) fn begin(
    edge: &Arc<Edge>,
    shared: &Arc<Shared>,
    client: &Arc<Client>,
    (caller, watched): (Caller, Watched),
    (passing, place, busy): (Passing, Place, Busy),
) -> (Receiver<Bytes>, Ending) {
    // One: the next is made when its reader's connection took the one before.
    let (to, messages) = channel(1);
    let ending = Ending::default();
    let stream = Stream {
        edge: Arc::clone(edge),
        shared: Arc::clone(shared),
        client: Arc::clone(client),
        caller,
        authority_id: watched.authority,
        to,
    };
    let serials = watched.serials;
    let ends = Arc::clone(&ending);
    tokio::spawn(async move {
        let why = caught(stream.run(serials)).await;
        let why = why.unwrap_or_else(|| stream.edge.fault(passing.method()));
        // Its room is free before its caller may know that it ended.
        drop((place, busy));
        passing.end(Some(&why));
        let trailers = stream.edge.reasons.trailers(&why);
        *ends.lock().unwrap_or_else(PoisonError::into_inner) = Some(trailers);
        // Whoever reads hears why when there is nothing more to be read, however late that is.
        drop(stream);
    });
    (messages, ending)
}

/// What a stream is about, without the octets of its request, which may be many more.
pub(super) struct Watched {
    authority: String,
    /// Once each.
    serials: Vec<Box<[u8]>>,
}

impl Watched {
    pub(super) fn of(asked: &Asked<'_>) -> Self {
        let mut seen = HashSet::new();
        let serials = asked.serials.iter().filter(|it| seen.insert(**it));
        Self {
            authority: asked.authority.to_owned(),
            serials: serials.map(|it| Box::from(*it)).collect(),
        }
    }
}

struct Stream {
    edge: Arc<Edge>,
    shared: Arc<Shared>,
    client: Arc<Client>,
    caller: Caller,
    authority_id: String,
    to: Sender<Bytes>,
}

/// Told changes until it is dropped.
struct Watching {
    watcher: Arc<Watcher>,
    authority: Arc<Authority>,
}

impl Watching {
    fn begin(authority: Arc<Authority>, serials: Vec<Box<[u8]>>) -> Self {
        let watcher = Watcher::new(serials);
        authority.watchers.add(&watcher);
        Self { watcher, authority }
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.authority.watchers.remove(&self.watcher);
    }
}

impl Stream {
    fn plane(&self) -> &Plane {
        &self.shared.plane
    }

    /// Until it may not go on; why.
    async fn run(&self, serials: Vec<Box<[u8]>>) -> Refusal {
        match self.tell(serials).await {
            Ok(never) => match never {},
            Err(why) => why,
        }
    }

    async fn tell(&self, serials: Vec<Box<[u8]>>) -> Result<Infallible, Refusal> {
        // Changes are listened for before the statuses are looked up. A change between the two is
        // seen twice, and sent once.
        let watching = Watching::begin(authority(self.plane(), &self.authority_id)?, serials);
        let serials = watching.watcher.serials();
        let mut sent: Vec<Option<Status>> = vec![None; serials.len()];
        let mut changed: Vec<usize> = (0..serials.len()).collect();
        loop {
            self.current(&watching)?;
            for place in changed {
                // Each as of now: the one before may have waited long for its reader.
                let known = self.current(&watching)?;
                let found = one(&known, &serials[place])?;
                if sent[place] == Some(found) {
                    continue;
                }
                let now = self.plane().now();
                let reserved = self.caller.meter.reserve(Way::Grpc, 1, now);
                let reserved = reserved.map_err(Refusal::exceeded)?;
                sent[place] = Some(found);
                let message = watched(&known, &serials[place], found);
                self.send(message, reserved, &watching).await?;
                self.keeps_up(&watching)?;
            }
            changed = tokio::select! {
                changed = watching.watcher.take(LOOKS) => changed,
                () = self.to.closed() => return Err(gone()),
                () = self.connection_ends() => Vec::new(),
            };
        }
    }

    /// What is known now, of which the caller may be told.
    fn current(&self, watching: &Watching) -> Result<Known, Refusal> {
        self.may_go_on()?;
        current(self.plane(), &watching.authority)
    }

    fn may_go_on(&self) -> Result<(), Refusal> {
        if self.to.is_closed() {
            return Err(gone());
        }
        if *self.client.ending.borrow() {
            // Whoever watches long comes to the end of its connection: no fault, and not counted as one.
            let text = "the connection ends: watch again over another";
            return Err(Refusal::new("SERVICE_UNAVAILABLE", text).counted_as("CANCELLED"));
        }
        if self.caller.until.is_some_and(|it| Instant::now() >= it) {
            let text = "the deadline passed";
            return Err(Refusal::new("DEADLINE_EXCEEDED", text));
        }
        stands(self.plane(), &self.caller.peer)?;
        allowed(self.plane(), &self.caller.peer.scope, &self.authority_id).map(drop)
    }

    fn keeps_up(&self, watching: &Watching) -> Result<(), Refusal> {
        if watching.watcher.behind() > self.edge.limits.most_behind {
            let text = "changes waited too long to be read";
            return Err(Refusal::new("READER_TOO_SLOW", text));
        }
        Ok(())
    }

    async fn connection_ends(&self) {
        let mut ending = self.client.ending.clone();
        if ending.wait_for(|ends| *ends).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    async fn send(
        &self,
        message: Bytes,
        reserved: Reserved,
        watching: &Watching,
    ) -> Result<(), Refusal> {
        let began = Instant::now();
        loop {
            tokio::select! {
                place = self.to.reserve() => {
                    place.map_err(|_| gone())?.send(message);
                    self.caller.meter.tell(Way::Grpc, 1, reserved);
                    return Ok(());
                }
                () = sleep(LOOKS) => {}
                () = self.connection_ends() => {}
            }
            self.current(watching)?;
            self.keeps_up(watching)?;
            if began.elapsed() > self.edge.limits.stuck {
                let text = "a message waited too long to be read";
                return Err(Refusal::new("READER_TOO_SLOW", text));
            }
        }
    }
}
