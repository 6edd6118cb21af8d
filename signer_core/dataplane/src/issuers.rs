//! Who signed the certificate that a CertID means: one look-up for all generations of all keys.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use formats::ocsp::CertId;
use status::Generation;

use crate::clock::Micros;
use crate::known::Authority;
use crate::maps::Map;

/// A generation of an authority's key.
pub struct Issuer {
    /// The authority's id.
    pub authority: Arc<str>,
    /// Of its key.
    pub generation: Generation,
    /// From when an answer is made to its nextUpdate, at most.
    pub lifetime: Micros,
    /// What is known of its certificates.
    pub status: Arc<Authority>,
}

impl Issuer {
    fn is(&self, other: &Self) -> bool {
        self.authority == other.authority
            && self.generation == other.generation
            && self.lifetime == other.lifetime
            && Arc::ptr_eq(&self.status, &other.status)
    }
}

/// An issuer as CertIDs name it: OID of the hash, hash of its name, hash of its key.
pub type Named = (String, Vec<u8>, Vec<u8>);

/// Octets of a place: of SHA-512 twice, and what begins it.
const LONGEST: usize = 2 + 2 * 64;

/// The last one that issuers of this process were given.
static EDITIONS: AtomicU64 = AtomicU64::new(0);

/// The issuers that are answered for.
pub struct Issuers {
    named: Map<Box<[u8]>, Arc<Issuer>>,
    edition: u64,
}

impl Issuers {
    /// Each with its names.
    #[must_use]
    pub fn new(issuers: impl IntoIterator<Item = (Issuer, Vec<Named>)>) -> Self {
        let mut known = Map::default();
        for (issuer, names) in issuers {
            let issuer = Arc::new(issuer);
            for (oid, name, key) in names {
                if let Some(algorithm) = algorithm(&oid) {
                    known.insert(place(algorithm, &name, &key), Arc::clone(&issuer));
                }
            }
        }
        let edition = EDITIONS.fetch_add(1, Ordering::Relaxed) + 1;
        Self {
            named: known,
            edition,
        }
    }

    /// Whether it names the same issuers.
    pub(crate) fn says(&self, other: &Self) -> bool {
        self.named.len() == other.named.len()
            && self.named.iter().all(|(name, issuer)| {
                let held = other.named.get(name);
                held.is_some_and(|it| it.is(issuer))
            })
    }

    /// Of these alone: whom a CertID means does not change while it is the same.
    pub(crate) fn edition(&self) -> u64 {
        self.edition
    }

    /// Whom a CertID means; nobody here for a hash that is not known.
    #[must_use]
    pub fn of(&self, cert_id: &CertId) -> Option<&Arc<Issuer>> {
        let algorithm = ALGORITHMS
            .iter()
            .position(|(oid, _)| *oid == cert_id.hash_algorithm)?;
        let (name, key) = (cert_id.issuer_name_hash(), cert_id.issuer_key_hash());
        let mut octets = [0; LONGEST];
        let mut rest = &mut octets[..];
        for part in [&begin(ALGORITHMS.get(algorithm)?.1, name)[..], name, key] {
            // Nobody's hash is longer.
            rest.write_all(part).ok()?;
        }
        let left = rest.len();
        self.named.get(octets.get(..LONGEST - left)?)
    }
}

/// SHA-1 names an issuer here (RFC 6960 4.1.1); no protection rests on it.
const ALGORITHMS: [(formats::der::oid::ObjectIdentifier, u8); 4] = [
    (oid("1.3.14.3.2.26"), 1),
    (oid("2.16.840.1.101.3.4.2.1"), 2),
    (oid("2.16.840.1.101.3.4.2.2"), 3),
    (oid("2.16.840.1.101.3.4.2.3"), 4),
];

const fn oid(text: &str) -> formats::der::oid::ObjectIdentifier {
    formats::der::oid::ObjectIdentifier::new_unwrap(text)
}

fn algorithm(oid: &str) -> Option<u8> {
    let found = ALGORITHMS
        .iter()
        .find(|(known, _)| known.to_string() == oid);
    found.map(|(_, algorithm)| *algorithm)
}

fn place(algorithm: u8, name: &[u8], key: &[u8]) -> Box<[u8]> {
    [&begin(algorithm, name), name, key].concat().into()
}

/// The length of the first hash keeps two pairs of the same octets apart.
fn begin(algorithm: u8, name: &[u8]) -> [u8; 2] {
    [algorithm, u8::try_from(name.len()).unwrap_or(u8::MAX)]
}
