//! Mutual TLS 1.3: client certificates of the mesh, credentials that may be renewed.

use std::collections::HashMap;
use std::future::{Future, poll_fn};
use std::path::PathBuf;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::{Duration, Instant};

use rustls::ServerConfig;
use rustls::server::Acceptor;
use tokio::sync::{Semaphore, watch};
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::server::TlsStream;

use self::config::config;
use self::looks::{Looks, Refused};
use self::stamp::{Stamp, stamp};
use super::ahead::Ahead;
use super::lingering::Lingering;
use crate::clock::Micros;
use crate::host::{Credentials, Host, Shown};
use crate::plane::Plane;
use crate::swap::Swap;

mod config;
mod looks;
mod stamp;

/// Certificates remembered; beyond that all are forgotten and read again.
const KEPT: usize = 4096;
/// After new files did not fit they are looked at again no sooner.
const AGAIN: Duration = Duration::from_secs(1);

/// What connections are opened with.
pub(super) struct Held {
    stamp: Stamp,
    config: Arc<ServerConfig>,
    trusted: Vec<Vec<u8>>,
    /// When an authority that is trusted ends, or another begins.
    until: Option<Micros>,
    /// Which trust this is, counted.
    generation: u64,
}

/// Whether the same are trusted as when a connection was opened.
pub(super) struct Trust {
    now: watch::Receiver<u64>,
    then: u64,
}

impl Trust {
    /// Until others are.
    pub(super) async fn changes(&mut self) {
        let then = self.then;
        // Without any more news nothing changes.
        if self.now.wait_for(|now| *now != then).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// A client with which hands were shaken.
pub(super) struct Shaken {
    pub(super) stream: TlsStream<Ahead<Lingering>>,
    /// Whom its certificate says it is; nothing when that could not be asked.
    pub(super) shown: Option<Shown>,
    /// Its certificate.
    pub(super) der: Vec<u8>,
    pub(super) trust: Trust,
}

/// Gives each new connection the credentials that were looked at last. Without a client certificate that chains to
/// the mesh there is no connection.
pub(super) struct Tls {
    files: Vec<PathBuf>,
    host: Arc<dyn Host>,
    plane: Arc<Plane>,
    protocols: &'static [&'static [u8]],
    held: Swap<Held>,
    looks: Looks,
    trust: watch::Sender<u64>,
    peers: Mutex<HashMap<Vec<u8>, Shown>>,
    handshakes: Semaphore,
}

impl Tls {
    /// Of credentials in `files`, which [`Self::look_again`] looks at. `protocols`: that are
    /// spoken over it (RFC 7301). `handshakes`: at work at once, of the threads that answer too.
    ///
    /// # Errors
    /// What is wrong with them, in words.
    pub(super) fn new(
        files: Vec<PathBuf>,
        host: Arc<dyn Host>,
        plane: Arc<Plane>,
        protocols: &'static [&'static [u8]],
        handshakes: usize,
    ) -> Result<Self, String> {
        let seen = stamp(&files);
        let credentials = host.credentials().ok_or("there are no credentials")?;
        Ok(Self {
            files,
            host,
            plane,
            protocols,
            held: Swap::new(held(seen, credentials, protocols, 0)?),
            looks: Looks::default(),
            trust: watch::channel(0).0,
            peers: Mutex::default(),
            handshakes: Semaphore::new(handshakes),
        })
    }

    /// Until it is known who is at the other end.
    pub(super) async fn shake_hands(self: &Arc<Self>, stream: Lingering) -> Option<Shaken> {
        let begun = LazyConfigAcceptor::new(Acceptor::default(), Ahead::new(stream)).await;
        let held = self.held_now().await?;
        let trust = Trust {
            now: self.trust.subscribe(),
            then: held.generation,
        };
        let mut shaken = pin!(begun.ok()?.into_stream(Arc::clone(&held.config)));
        let first = {
            // The private key is used before the client has shown anything, on a thread that others
            // wait for: some are left for them. All the rest is waiting for the client.
            let _turn = self.handshakes.acquire().await.ok()?;
            poll_fn(|context| Poll::Ready(shaken.as_mut().poll(context))).await
        };
        let shaken = match first {
            Poll::Ready(shaken) => shaken,
            Poll::Pending => shaken.await,
        };
        let stream = shaken.ok()?;
        let shown = stream.get_ref().1.peer_certificates();
        let shown = shown.and_then(<[_]>::first).map(|der| der.to_vec());
        let der = shown?;
        let shown = self.read(der.clone()).await;
        Some(Shaken {
            stream,
            shown,
            der,
            trust,
        })
    }

    /// For a new connection; nothing when all who were trusted have ended. Files are looked at now
    /// and then, not for each: that is a wait for the disk, on a thread that others wait for.
    async fn held_now(self: &Arc<Self>) -> Option<Arc<Held>> {
        let held = self.held.get();
        if self.has_ended(&held) {
            return self.look_again().await;
        }
        Some(held)
    }

    /// What new connections get from now on. One looks at new files; the others go on with those
    /// before meanwhile.
    pub(super) async fn look_again(self: &Arc<Self>) -> Option<Arc<Held>> {
        let waits = self.has_ended(&self.held.get());
        let own = Arc::clone(self);
        self.looks
            .look(waits, move |refused| own.renew(refused))
            .await;
        let held = self.held.get();
        (!self.has_ended(&held)).then_some(held)
    }

    fn renew(&self, refused: &mut Refused) {
        let just_refused = refused.is_some_and(|at| at.elapsed() < AGAIN);
        if !just_refused && !self.is_newest(&self.held.get()) {
            *refused = (!self.look()).then(Instant::now);
        }
    }

    fn is_newest(&self, held: &Held) -> bool {
        held.stamp == stamp(&self.files) && !self.has_ended(held)
    }

    fn has_ended(&self, held: &Held) -> bool {
        held.until.is_some_and(|until| self.plane.now() >= until)
    }

    /// Whether what is held now is of the files as they are.
    fn look(&self) -> bool {
        let seen = stamp(&self.files);
        let before = self.held.get();
        let Some(credentials) = self.host.credentials() else {
            return false;
        };
        let settled = credentials.settled;
        if !settled && !self.has_ended(&before) {
            // While they are being replaced, those before are gone on with.
            return false;
        }
        let seen = if settled { seen } else { before.stamp.clone() };
        let others = credentials.trusted != before.trusted;
        let generation = before.generation + u64::from(others);
        match held(seen, credentials, self.protocols, generation) {
            Ok(fresh) => {
                self.held.put(fresh);
                self.trust.send_replace(generation);
                settled
            }
            Err(why) => {
                self.host.refused_credentials(&why);
                false
            }
        }
    }

    /// Who showed this certificate; each is read once.
    async fn read(self: &Arc<Self>, der: Vec<u8>) -> Option<Shown> {
        if let Some(known) = self.peers().get(&der) {
            return Some(known.clone());
        }
        let own = Arc::clone(self);
        let read = tokio::task::spawn_blocking(move || {
            // Where it could not be asked it is asked again.
            let read = own.host.peer(&der).ok()?;
            let mut peers = own.peers();
            if peers.len() >= KEPT {
                peers.clear();
            }
            peers.insert(der, read.clone());
            Some(read)
        });
        read.await.ok().flatten()
    }

    fn peers(&self) -> MutexGuard<'_, HashMap<Vec<u8>, Shown>> {
        self.peers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn held(
    stamp: Stamp,
    credentials: Credentials,
    protocols: &[&[u8]],
    generation: u64,
) -> Result<Held, String> {
    Ok(Held {
        stamp,
        config: Arc::new(config(&credentials, protocols)?),
        until: credentials.until,
        trusted: credentials.trusted,
        generation,
    })
}
