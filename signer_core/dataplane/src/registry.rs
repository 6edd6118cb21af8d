//! Who asks, and about which authorities they may ask (R4.2).
//!
//! A requester is known in one of three ways, looked at in this order; the first that applies
//! decides: by mutual TLS; by a signed request (RFC 6960 4.1.2), with exactly one of the certificates
//! that a verifier registered; by the address of its TCP connection. Whoever is known in none of
//! them is `unauthorized`; who claims a name without a signature, `sigRequired`. A signature that
//! fails is never outweighed by the address.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::net::IpAddr;
use std::sync::Arc;

use formats::der::Writer;
use formats::ocsp::{OcspRequest, RequestSignature};
use path::names::Name;
use path::signature::Signed;
use path::{Certificate, SignaturePolicy, Signatures};

use crate::clock::{Micros, seconds};

/// Of the certificates sent along, those whose key is tried.
const MOST_TRIED: usize = 4;

/// The authorities that somebody may ask about.
pub type Scope = Arc<HashSet<String>>;

/// What is known of a connection's other end before its request is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asker {
    /// A verifier, by mutual TLS; empty: a peer that is none, which nothing else helps.
    Verifier(String),
    /// Whoever is at an address.
    At(IpAddr),
}

/// How a requester is known, as metrics call it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Via {
    /// By mutual TLS.
    Tls,
    /// By a signed request.
    Signature,
    /// By its address.
    Network,
    /// Not at all.
    Nobody,
}

impl Via {
    /// As metrics and logs call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Tls => "tls",
            Self::Signature => "signature",
            Self::Network => "network",
            Self::Nobody => "none",
        }
    }
}

/// What a requester may ask about, and how it is known.
#[derive(Debug)]
pub struct Access {
    scopes: Vec<Scope>,
    /// How it is known.
    pub via: Via,
}

impl Access {
    /// Whether it may ask about this authority.
    #[must_use]
    pub fn covers(&self, authority: &str) -> bool {
        self.scopes.iter().any(|scope| scope.contains(authority))
    }
}

/// Why there is no access.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoAccess {
    /// `unauthorized`.
    Unknown,
    /// `sigRequired`.
    NotSigned,
}

/// The registered verifiers, as of one reading.
#[derive(Default)]
pub struct Registry {
    by_id: HashMap<String, Scope>,
    by_signer: HashMap<Vec<u8>, (Option<Certificate>, Scope)>,
    networks: Vec<(Network, Scope)>,
}

/// A closed network: its first address and the bits that count.
#[derive(Debug, Clone, Copy)]
pub struct Network {
    /// The first address.
    pub first: IpAddr,
    /// Length of the prefix.
    pub bits: u8,
}

impl Network {
    fn holds(&self, address: IpAddr) -> bool {
        let (one, other, width) = match (self.first, address) {
            (IpAddr::V4(one), IpAddr::V4(other)) => {
                (u128::from(one.to_bits()), u128::from(other.to_bits()), 32)
            }
            (IpAddr::V6(one), IpAddr::V6(other)) => (one.to_bits(), other.to_bits(), 128),
            _ => return false,
        };
        let free = 128_u32.min(width).saturating_sub(u32::from(self.bits));
        (one ^ other).checked_shr(free).unwrap_or(0) == 0
    }
}

impl Registry {
    /// One verifier's entry.
    pub fn add(
        &mut self,
        verifier_id: String,
        authorities: HashSet<String>,
        signers: Vec<Vec<u8>>,
        networks: &[Network],
    ) {
        let scope = Arc::new(authorities);
        for der in signers {
            let read = Certificate::read(&der).ok();
            self.by_signer.insert(der, (read, Arc::clone(&scope)));
        }
        let closed = networks.iter().map(|one| (*one, Arc::clone(&scope)));
        self.networks.extend(closed);
        self.by_id.insert(verifier_id, scope);
    }

    /// What a verifier may ask about; nothing: it is not registered.
    #[must_use]
    pub fn scope_of(&self, verifier_id: &str) -> Option<&Scope> {
        self.by_id.get(verifier_id)
    }

    /// Whether [`Self::access`] has a signature to verify. A stranger's is never verified: none of
    /// the certificates sent along is one that a verifier registered.
    #[must_use]
    pub fn verifies(&self, request: &OcspRequest, asker: &Asker) -> bool {
        let Asker::At(_) = asker else { return false };
        let sent = request.signature.iter().flat_map(|it| &it.certificates);
        sent.into_iter().any(|der| self.by_signer.contains_key(der))
    }

    /// What a requester may ask about.
    ///
    /// # Errors
    /// [`NoAccess`].
    pub fn access(
        &self,
        request: &OcspRequest,
        asker: &Asker,
        now: Micros,
    ) -> Result<Access, NoAccess> {
        let found = |scopes: Vec<Scope>, via| {
            let any = scopes.iter().any(|scope| !scope.is_empty());
            any.then_some(Access { scopes, via })
        };
        match (asker, &request.signature) {
            (Asker::Verifier(id), _) => {
                let scopes = self.by_id.get(id).cloned().into_iter().collect();
                found(scopes, Via::Tls).ok_or(NoAccess::Unknown)
            }
            (Asker::At(_), Some(signature)) => {
                let scopes = self.of_signer(request, signature, now);
                found(scopes.into_iter().collect(), Via::Signature).ok_or(NoAccess::Unknown)
            }
            (Asker::At(address), None) => {
                let closed = self.networks.iter().filter(|(it, _)| it.holds(*address));
                let scopes = closed.map(|(_, scope)| Arc::clone(scope)).collect();
                found(scopes, Via::Network).ok_or(match request.requestor_directory_name {
                    Some(_) => NoAccess::NotSigned,
                    None => NoAccess::Unknown,
                })
            }
        }
    }

    /// Of the certificates sent along, only what is registered, as a whole, is looked at: another
    /// one of the same name or key was not registered.
    fn of_signer(
        &self,
        request: &OcspRequest,
        signature: &RequestSignature,
        now: Micros,
    ) -> Option<Scope> {
        let wanted = Name::read(request.requestor_directory_name.as_ref()?).ok()?;
        let algorithm = algorithm(signature);
        let signed = Signed {
            octets: &signature.tbs,
            algorithm: &algorithm,
            signature: &signature.signature,
            // Asked for by a cache, and there is none.
            sha256: &[0; 32],
        };
        let mut signatures = Signatures::new(SignaturePolicy::default(), u64::MAX);
        // Each once: whoever sends a request chooses what it costs to verify it.
        let sent: BTreeSet<_> = signature.certificates.iter().collect();
        let named = sent
            .into_iter()
            .filter_map(|der| self.by_signer.get(der))
            .filter_map(|(certificate, scope)| Some((certificate.as_ref()?, scope)))
            .filter(|(it, _)| (it.not_before()..=it.not_after()).contains(&seconds(now)))
            .filter(|(it, _)| *it.subject() == wanted);
        // A renewed certificate keeps its subject: the signature tells which of them is meant.
        let mut tried = named.take(MOST_TRIED);
        let (_, scope) = tried.find(|(it, _)| signatures.verify(it.key(), &signed).is_ok())?;
        Some(Arc::clone(scope))
    }
}

fn algorithm(signature: &RequestSignature) -> Vec<u8> {
    let mut w = Writer::new();
    w.sequence(|w| {
        w.oid(&signature.algorithm);
        w.raw(signature.parameters.as_deref().unwrap_or_default());
    });
    w.into_vec()
}

#[cfg(test)]
mod tests;
