//! Watch: the present status of each certificate, then every change to one of them.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use hyper::body::Frame;
use status::Status;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::sleep;

use super::answer::{BrokenOff, Piece};
use super::call::{Caller, Passing, gone, stands};
use super::fields::Asked;
use super::refusal::Refusal;
use super::room::Place;
use super::status::{allowed, authority, known, one, refusal, watched};
use super::{Client, Edge};
use crate::known::{Authority, NOT_READY};
use crate::plane::Plane;
use crate::server::Shared;
use crate::watchers::Watcher;

/// After so long a quiet stream looks whether it may go on.
const LOOKS: Duration = Duration::from_millis(200);
/// For why a stream ends to be taken.
const FAREWELL: Duration = Duration::from_millis(250);

pub(super) fn begin(
    edge: &Arc<Edge>,
    shared: &Arc<Shared>,
    client: &Arc<Client>,
    (caller, asked): (Caller, Asked),
    passing: Passing,
    place: Place,
) -> Receiver<Piece> {
    // One: the next is made when its reader's connection took the one before.
    let (to, pieces) = channel(1);
    let stream = Stream {
        edge: Arc::clone(edge),
        shared: Arc::clone(shared),
        client: Arc::clone(client),
        caller,
        authority_id: asked.authority.clone(),
        to,
    };
    tokio::spawn(async move {
        let why = stream.run(&asked).await;
        // Its room is free before its caller may know that it ended.
        drop(place);
        passing.end(Some(&why));
        stream.end(&why).await;
    });
    pieces
}

struct Stream {
    edge: Arc<Edge>,
    shared: Arc<Shared>,
    client: Arc<Client>,
    caller: Caller,
    authority_id: String,
    to: Sender<Piece>,
}

/// Told changes until it is dropped.
struct Watching {
    watcher: Arc<Watcher>,
    authority: Arc<Authority>,
}

impl Watching {
    fn begin(authority: Arc<Authority>, asked: &Asked) -> Self {
        let mut seen = HashSet::new();
        let serials = asked.serials.iter().filter(|it| seen.insert(&it[..]));
        let watcher = Watcher::new(serials.map(|it| Box::from(&it[..])).collect());
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
    async fn run(&self, asked: &Asked) -> Refusal {
        match self.tell(asked).await {
            Ok(never) => match never {},
            Err(why) => why,
        }
    }

    async fn tell(&self, asked: &Asked) -> Result<std::convert::Infallible, Refusal> {
        let authority = authority(self.plane(), &self.authority_id)?;
        // Changes are listened for before the statuses are looked up. A change between the two is
        // seen twice, and sent once.
        let watching = Watching::begin(Arc::clone(&authority), asked);
        let serials = watching.watcher.serials();
        let mut sent: Vec<Option<Status>> = vec![None; serials.len()];
        let mut changed: Vec<usize> = (0..serials.len()).collect();
        loop {
            self.may_go_on()?;
            let known = known(self.plane(), &authority)?;
            if !known.is_current() {
                return Err(refusal(NOT_READY));
            }
            for place in changed {
                let found = one(&known, &serials[place])?;
                if sent[place] == Some(found) {
                    continue;
                }
                sent[place] = Some(found);
                self.send(watched(&known, &serials[place], found)).await?;
                if watching.watcher.behind() > self.edge.limits.most_behind {
                    let text = "changes waited too long to be read";
                    return Err(Refusal::new("READER_TOO_SLOW", text));
                }
            }
            changed = tokio::select! {
                changed = watching.watcher.take(LOOKS) => changed,
                () = self.to.closed() => return Err(gone()),
                () = self.stops() => Vec::new(),
            };
        }
    }

    fn may_go_on(&self) -> Result<(), Refusal> {
        if self.to.is_closed() {
            return Err(gone());
        }
        if *self.client.stop.borrow() {
            return Err(Refusal::new("SERVICE_UNAVAILABLE", "the service stops"));
        }
        if self.caller.until.is_some_and(|it| Instant::now() >= it) {
            let text = "the deadline passed";
            return Err(Refusal::new("DEADLINE_EXCEEDED", text));
        }
        stands(self.plane(), &self.caller.peer)?;
        allowed(self.plane(), &self.caller.peer.scope, &self.authority_id)
    }

    async fn stops(&self) {
        let mut stop = self.client.stop.clone();
        if stop.wait_for(|stops| *stops).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    async fn send(&self, message: Bytes) -> Result<(), Refusal> {
        let began = Instant::now();
        loop {
            tokio::select! {
                place = self.to.reserve() => {
                    place.map_err(|_| gone())?.send(Ok(Frame::data(message)));
                    return Ok(());
                }
                () = sleep(LOOKS) => self.may_go_on()?,
            }
            if began.elapsed() > self.edge.limits.stuck {
                return Err(gone());
            }
        }
    }

    async fn end(&self, why: &Refusal) {
        let farewell = Ok(Frame::trailers(self.edge.reasons.trailers(why)));
        let room = tokio::time::timeout(FAREWELL, self.to.reserve()).await;
        match room {
            Ok(Ok(room)) => room.send(farewell),
            Ok(Err(_)) => {}
            // It reads nothing: its stream is reset, which waits for nobody.
            Err(_) => self.break_off().await,
        }
    }

    async fn break_off(&self) {
        let room = tokio::time::timeout(self.edge.limits.stuck, self.to.reserve()).await;
        if let Ok(Ok(room)) = room {
            room.send(Err(BrokenOff));
        }
    }
}
