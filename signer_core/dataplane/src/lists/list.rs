//! One revocation list, as it is sent.

use std::io::Write;
use std::sync::{Arc, OnceLock};

use aws_lc_rs::digest::{SHA256, digest};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use hyper::header::HeaderValue;
use path::crl::Survey;
use tokio::sync::OwnedSemaphorePermit;

use crate::http::etag;

/// Seconds after which no other list of the same second comes.
const SETTLED: i64 = 10;
/// Shorter ones are not compressed: the answer is one packet or two anyway.
const WORTH_IT: usize = 2048;
/// A compressed list takes at most so many hundredths of what it was, or it is not kept.
const SAVES: usize = 90;
/// In the tag of what is compressed: counted up with whatever makes other octets of the same list.
const GZIP: &str = "-gzip1";

/// Octets to send, and the tag of exactly these.
#[derive(Clone)]
pub(crate) struct Form {
    pub(crate) octets: Bytes,
    pub(crate) etag: HeaderValue,
    /// `Content-Encoding`.
    pub(crate) encoding: Option<&'static str>,
}

/// Seconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Life {
    pub(crate) this_update: i64,
    pub(crate) next_update: i64,
}

/// A list that control has handed over, or which there are. Of what it says only its times are looked at
/// here: who believes it checks it.
pub(crate) struct List {
    pub(crate) sha256: [u8; 32],
    /// None has which lists there are: that is true when it is heard, and no longer.
    pub(crate) life: Option<Life>,
    /// Whether thisUpdate tells it from the list before.
    is_later: bool,
    pub(crate) plain: Form,
    /// Made once, when somebody first takes it; nothing inside: it is not worth it.
    pub(super) compressed: OnceLock<Option<Form>>,
}

/// Octets that take up room as long as anybody has a piece of them.
struct Owner {
    octets: Vec<u8>,
    _room: OwnedSemaphorePermit,
}

impl AsRef<[u8]> for Owner {
    fn as_ref(&self) -> &[u8] {
        &self.octets
    }
}

impl List {
    /// Nothing for what is no list that could be used: one without nextUpdate is none. Takes as long as
    /// its length asks. `before`: thisUpdate of the list before.
    pub(super) fn read(
        octets: Vec<u8>,
        room: OwnedSemaphorePermit,
        before: Option<i64>,
    ) -> Option<Self> {
        let survey = Survey::read(&octets).ok()?;
        let sha256 = *survey.sha256();
        let this_update = survey.header().this_update();
        let next_update = survey.header().next_update()?;
        Some(Self {
            sha256,
            life: Some(Life {
                this_update,
                next_update,
            }),
            is_later: before.is_none_or(|it| it < this_update),
            plain: Form::plain(octets, room),
            compressed: OnceLock::new(),
        })
    }

    /// Which lists there are: not looked into.
    pub(super) fn set(octets: Vec<u8>, room: OwnedSemaphorePermit) -> Self {
        let mut sha256 = [0; 32];
        sha256.copy_from_slice(digest(&SHA256, &octets).as_ref());
        Self {
            sha256,
            life: None,
            is_later: false,
            plain: Form::plain(octets, room),
            compressed: OnceLock::new(),
        }
    }

    /// Whether it may be used, whatever is newer.
    pub(crate) fn is_in_force(&self, now: i64) -> bool {
        self.life.is_some_and(|it| now < it.next_update)
    }

    /// Its moment, where that tells it from any other list: which of two is newer, their numbers say, and
    /// two may have been made within a second, or by a clock that was put right in between.
    pub(crate) fn modified(&self, now: i64) -> Option<i64> {
        let made = self.life?.this_update;
        let is_past = now.saturating_sub(made) >= SETTLED;
        (self.is_later && is_past).then_some(made)
    }

    /// How many octets go with it; nothing while somebody takes it.
    pub(super) fn idle(self: &Arc<Self>) -> Option<usize> {
        let compressed = self.compressed.get().and_then(Option::as_ref);
        let octets = self.plain.octets.len() + compressed.map_or(0, |it| it.octets.len());
        (Arc::strong_count(self) == 1).then_some(octets)
    }
}

impl List {
    /// Where somebody has taken it so.
    pub(crate) fn made_compressed(&self) -> Option<Form> {
        self.compressed.get()?.clone()
    }

    /// Of its two forms. Who has one has the list, whichever would be sent now.
    pub(crate) fn tags(&self) -> [HeaderValue; 2] {
        [self.plain.etag.clone(), self.plain.compressed_tag()]
    }
}

impl Form {
    /// Compressed, with the room that so many octets take; nothing where that saves nothing. Takes as long
    /// as its length asks.
    pub(super) fn compressed(
        &self,
        room: impl FnOnce(usize) -> OwnedSemaphorePermit,
    ) -> Option<Self> {
        let octets = gzip(&self.octets)?;
        let room = room(octets.len());
        Some(Self::new(octets, room, self.compressed_tag(), Some("gzip")))
    }

    /// Told without compressing it.
    fn compressed_tag(&self) -> HeaderValue {
        let tag = self.etag.to_str().unwrap_or_default().trim_end_matches('"');
        HeaderValue::from_str(&format!("{tag}{GZIP}\"")).unwrap_or_else(|_| self.etag.clone())
    }

    fn plain(octets: Vec<u8>, room: OwnedSemaphorePermit) -> Self {
        let etag = etag(&octets);
        Self::new(octets, room, etag, None)
    }

    fn new(
        octets: Vec<u8>,
        room: OwnedSemaphorePermit,
        etag: HeaderValue,
        encoding: Option<&'static str>,
    ) -> Self {
        let owner = Owner {
            octets,
            _room: room,
        };
        Self {
            octets: Bytes::from_owner(owner),
            etag,
            encoding,
        }
    }
}

/// Octets that it takes compressed, or it is not kept so.
pub(super) fn most_compressed(plain: &Form) -> usize {
    plain.octets.len() / 100 * SAVES
}

/// Compressed, where that saves something: serial numbers are random, the rest of an entry is not.
fn gzip(octets: &[u8]) -> Option<Vec<u8>> {
    if octets.len() < WORTH_IT {
        return None;
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(octets).ok()?;
    let made = encoder.finish().ok()?;
    (made.len() <= octets.len() / 100 * SAVES).then_some(made)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_saves_nothing_is_not_compressed() {
        assert!(gzip(&[7; WORTH_IT - 1]).is_none());
        assert!(gzip(&[7; WORTH_IT]).is_some());
        let mut random = vec![0; 2 * WORTH_IT];
        aws_lc_rs::rand::fill(&mut random).unwrap();
        assert!(gzip(&random).is_none());
    }
}
