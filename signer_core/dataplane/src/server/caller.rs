//! Who is at the other end of a connection.

use std::net::IpAddr;
use std::sync::Arc;

use super::guests::Seat;
use super::untaken::Untaken;
use crate::host::Peer;
use crate::plane::Plane;
use crate::registry::Asker;

pub(super) enum Who {
    Address(IpAddr),
    Peer(Option<Arc<Peer>>),
}

/// Whoever sends the requests of a connection.
pub(crate) struct Caller {
    who: Who,
    pub(crate) seat: Arc<Seat>,
    /// What of its connection's answers waits to be taken.
    pub(crate) untaken: Arc<Untaken>,
}

impl Caller {
    pub(super) fn new(who: Who, seat: Arc<Seat>, untaken: Arc<Untaken>) -> Self {
        Self { who, seat, untaken }
    }

    /// As what it asks at this moment: its certificate may have ended meanwhile, or been denied.
    pub(crate) fn asker(&self, plane: &Plane) -> Asker {
        match &self.who {
            Who::Address(address) => Asker::At(*address),
            Who::Peer(peer) => plane.asker(peer.as_deref()),
        }
    }
}
