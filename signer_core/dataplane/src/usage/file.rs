//! Counts as a file has them.
//!
//! `OJUSAGE1`, which run of the service (16 octets), the file's number (u64), when it was made
//! (microseconds since 1970 UTC, i64), how many counts (u32); then each: the lengths of verifier and
//! authority (u16 both), the way (one octet), the total (u64), the two names; at the end SHA-256 of all
//! before. Numbers are big-endian.

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, SHA256_OUTPUT_LEN, digest};

use super::Told;
use crate::clock::Micros;
use crate::registry::Way;

const MAGIC: &[u8; 8] = b"OJUSAGE1";

/// Names a run of the service: drawn at its start.
pub type Run = [u8; 16];

/// What a run had told at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Which run.
    pub run: Run,
    /// Rises from file to file.
    pub number: u64,
    /// When it was made.
    pub at: Micros,
    /// Whole counts.
    pub told: Vec<Told>,
}

impl Snapshot {
    /// Nothing where a name is too long for it, as none is that is registered.
    pub(super) fn encoded(&self) -> Option<Vec<u8>> {
        let mut octets = Vec::with_capacity(64 + self.told.len() * 64);
        octets.extend(MAGIC);
        octets.extend(self.run);
        octets.extend(self.number.to_be_bytes());
        octets.extend(self.at.to_be_bytes());
        octets.extend(u32::try_from(self.told.len()).ok()?.to_be_bytes());
        for one in &self.told {
            for name in [&one.verifier, &one.authority] {
                octets.extend(u16::try_from(name.len()).ok()?.to_be_bytes());
            }
            octets.push(code(one.way));
            octets.extend(one.total.to_be_bytes());
            octets.extend(one.verifier.as_bytes());
            octets.extend(one.authority.as_bytes());
        }
        let sum = digest(&SHA256, &octets);
        octets.extend_from_slice(sum.as_ref());
        Some(octets)
    }
}

/// What a file says; nothing where it is not whole.
pub(super) fn read(octets: &[u8]) -> Option<Snapshot> {
    let (said, sum) = octets.split_at_checked(octets.len().checked_sub(SHA256_OUTPUT_LEN)?)?;
    if digest(&SHA256, said).as_ref() != sum {
        return None;
    }
    let mut rest = Rest(said);
    if rest.array::<8>()? != *MAGIC {
        return None;
    }
    let run = rest.array()?;
    let number = u64::from_be_bytes(rest.array()?);
    let at = Micros::from_be_bytes(rest.array()?);
    let mut told = Vec::new();
    for _ in 0..u32::from_be_bytes(rest.array()?) {
        let lengths = [rest.array()?, rest.array()?].map(u16::from_be_bytes);
        let way = way(rest.array::<1>()?)?;
        let total = u64::from_be_bytes(rest.array()?);
        let [verifier, authority] = lengths.map(usize::from);
        told.push(Told {
            verifier: rest.text(verifier)?,
            authority: rest.text(authority)?,
            way,
            total,
        });
    }
    rest.0.is_empty().then_some(Snapshot {
        run,
        number,
        at,
        told,
    })
}

fn code(way: Way) -> u8 {
    match way {
        Way::OcspHttp => 1,
        Way::Lists => 2,
        Way::Grpc => 3,
    }
}

fn way([code]: [u8; 1]) -> Option<Way> {
    [Way::OcspHttp, Way::Lists, Way::Grpc]
        .into_iter()
        .find(|it| self::code(*it) == code)
}

struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn octets(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.octets(N)?.try_into().ok()
    }

    fn text(&mut self, length: usize) -> Option<Arc<str>> {
        std::str::from_utf8(self.octets(length)?)
            .ok()
            .map(Arc::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot() -> Snapshot {
        let one = |verifier: &str, way, total| Told {
            verifier: verifier.into(),
            authority: "signing-13".into(),
            way,
            total,
        };
        Snapshot {
            run: [7; 16],
            number: 3,
            at: -1,
            told: vec![
                one("tax-office", Way::OcspHttp, u64::MAX),
                one("税", Way::Grpc, 1),
                one("", Way::Lists, 0),
            ],
        }
    }

    #[test]
    fn what_was_written_is_read() {
        let none = Snapshot {
            told: Vec::new(),
            ..snapshot()
        };
        for one in [snapshot(), none] {
            assert_eq!(read(&one.encoded().unwrap()), Some(one));
        }
    }

    #[test]
    fn what_is_not_whole_says_nothing() {
        let octets = snapshot().encoded().unwrap();
        for length in 0..octets.len() {
            assert_eq!(read(&octets[..length]), None, "{length}");
            let mut other = octets.clone();
            other[length] ^= 1;
            assert_eq!(read(&other), None, "{length}");
        }
        assert_eq!(read(&[octets.clone(), vec![0]].concat()), None);
    }

    #[test]
    fn what_is_whole_and_of_another_form_says_nothing() {
        let octets = snapshot().encoded().unwrap();
        let (said, _) = octets.split_at(octets.len() - SHA256_OUTPUT_LEN);
        let summed = |said: &[u8]| [said, digest(&SHA256, said).as_ref()].concat();
        assert_eq!(read(&summed(said)), Some(snapshot()));
        // Another number of counts, another form, an unknown way.
        for (place, octet) in [(43, 2), (43, 4), (7, b'2'), (48, 9)] {
            let mut other = said.to_vec();
            assert_ne!(other[place], octet);
            other[place] = octet;
            assert_eq!(read(&summed(&other)), None, "{place}");
        }
        assert_eq!(read(&summed(&[said, &[0]].concat())), None);
    }
}
