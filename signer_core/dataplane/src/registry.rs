//! Who asks, and about which authorities they may ask, in which ways and when (R4.2, R4.3).
//!
//! What was agreed with an authority is a [`Grant`]: it is looked at when a question has come, by the
//! clock, so what begins or ends does so on connections that are open too.
//!
//! A requester is known in one of three ways, looked at in this order; the first that applies
//! decides: by mutual TLS; by a signed request (RFC 6960 4.1.2), with exactly one of the certificates
//! that a verifier registered; by the address of its TCP connection. Whoever is known in none of
//! them is `unauthorized`; who claims a name without a signature, `sigRequired`. A signature that
//! fails is never outweighed by the address.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::Arc;

use formats::der::Writer;
use formats::ocsp::{OcspRequest, RequestSignature};
use path::names::Name;
use path::signature::Signed;
use path::{Certificate, SignaturePolicy, Signatures};

use crate::clock::{Micros, seconds};
use crate::maps::Map;
use crate::usage::{Meter, Usage};

/// Of the certificates sent along, those whose key is tried.
const MOST_TRIED: usize = 4;

/// How status is provided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Way {
    /// OCSP over HTTP and HTTPS.
    OcspHttp,
    /// Revocation lists.
    Lists,
    /// Status over gRPC.
    Grpc,
}

impl Way {
    /// By its name in agreements.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "ocsp_http" => Some(Self::OcspHttp),
            "lists" => Some(Self::Lists),
            "grpc" => Some(Self::Grpc),
            _ => None,
        }
    }

    /// What agreements call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::OcspHttp => "ocsp_http",
            Self::Lists => "lists",
            Self::Grpc => "grpc",
        }
    }
}

/// What one agreement gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// In which ways.
    pub ways: Vec<Way>,
    /// From this moment on.
    pub begins: Micros,
    /// Until before this one.
    pub ends: Micros,
}

impl Grant {
    fn holds(&self, way: Way, now: Micros) -> bool {
        (self.begins..self.ends).contains(&now) && self.ways.contains(&way)
    }
}

/// All that was agreed with one authority, and what counts the answers.
#[derive(Debug)]
pub struct Agreed {
    grants: Vec<Grant>,
    meter: Arc<Meter>,
}

impl Agreed {
    /// What counts an answer, where one of the agreements gives this way at this moment.
    pub(crate) fn meter(&self, way: Way, now: Micros) -> Option<&Arc<Meter>> {
        let gives = self.grants.iter().any(|it| it.holds(way, now));
        gives.then_some(&self.meter)
    }
}

/// The authorities that somebody may ask about, each with what was agreed.
pub type Scope = Arc<Map<String, Agreed>>;

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
    scope: Scope,
    /// How it is known.
    pub via: Via,
}

impl Access {
    /// What counts its answers, where it may ask about this authority, in this way and at this
    /// moment.
    #[must_use]
    pub fn meter(&self, authority: &str, way: Way, now: Micros) -> Option<&Arc<Meter>> {
        self.scope.get(authority)?.meter(way, now)
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

/// A certificate that signs requests, if it can be read, and whose it is.
type Signer = (Option<Arc<Certificate>>, Scope);

/// The registered verifiers, as of one reading. A clone has the same entries, not copies of them.
#[derive(Default, Clone)]
pub struct Registry {
    usage: Arc<Usage>,
    by_id: Map<String, Scope>,
    by_signer: Map<Arc<[u8]>, Signer>,
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
    /// Of nobody yet. `usage`: has what counts the answers.
    #[must_use]
    pub fn new(usage: Arc<Usage>) -> Self {
        Self {
            usage,
            ..Self::default()
        }
    }

    /// One verifier's entry, in place of what it had.
    pub fn put(
        &mut self,
        verifier_id: String,
        agreed: HashMap<String, Vec<Grant>>,
        signers: Vec<Vec<u8>>,
        networks: &[Network],
    ) {
        self.remove(&verifier_id);
        let agreed = agreed.into_iter().map(|(authority, grants)| {
            let meter = self.usage.meter(&verifier_id, &authority);
            (authority, Agreed { grants, meter })
        });
        let scope: Scope = Arc::new(agreed.collect());
        for der in signers {
            let read = Certificate::read(&der).ok().map(Arc::new);
            let signer = (read, Arc::clone(&scope));
            self.by_signer.insert(der.into(), signer);
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

    /// Whoever is not registered any more. What another verifier has taken over stays that one's.
    pub fn remove(&mut self, verifier_id: &str) {
        if let Some(gone) = self.by_id.remove(verifier_id) {
            self.by_signer
                .retain(|_, (_, scope)| !Arc::ptr_eq(scope, &gone));
            self.networks
                .retain(|(_, scope)| !Arc::ptr_eq(scope, &gone));
        }
    }

    /// Whether [`Self::access`] has a signature to verify. A stranger's is never verified: none of
    /// the certificates sent along is one that a verifier registered.
    #[must_use]
    pub fn verifies(&self, request: &OcspRequest, asker: &Asker) -> bool {
        let Asker::At(_) = asker else { return false };
        let sent = request.signature.iter().flat_map(|it| &it.certificates);
        sent.into_iter()
            .any(|der| self.by_signer.contains_key(der.as_slice()))
    }

    /// What whoever signs nothing may ask about; nothing: nobody knows them.
    #[must_use]
    pub fn unsigned(&self, asker: &Asker) -> Option<Access> {
        let (scope, via) = match asker {
            Asker::Verifier(id) => (self.by_id.get(id).cloned(), Via::Tls),
            Asker::At(address) => (self.of_address(*address), Via::Network),
        };
        let scope = scope.filter(|it| !it.is_empty())?;
        Some(Access { scope, via })
    }

    /// What a requester may ask about.
    ///
    /// # Errors
    /// [`NoAccess`].
    pub fn access(
        &self,
        request: &OcspRequest,
        asker: &Asker,
        now: impl FnOnce() -> Micros,
    ) -> Result<Access, NoAccess> {
        match (asker, &request.signature) {
            (Asker::Verifier(_), _) => self.unsigned(asker).ok_or(NoAccess::Unknown),
            (Asker::At(_), Some(signature)) => {
                let scope = self.of_signer(request, signature, now());
                let scope = scope.filter(|it| !it.is_empty());
                let via = Via::Signature;
                scope
                    .map(|scope| Access { scope, via })
                    .ok_or(NoAccess::Unknown)
            }
            (Asker::At(_), None) => {
                self.unsigned(asker)
                    .ok_or(match request.requestor_directory_name {
                        Some(_) => NoAccess::NotSigned,
                        None => NoAccess::Unknown,
                    })
            }
        }
    }

    /// Of the smallest closed network that holds an address; nobody's where two verifiers have the
    /// very same. One of them alone, or who was suspended would go on under what another agreed.
    fn of_address(&self, address: IpAddr) -> Option<Scope> {
        let closed = self.networks.iter().filter(|(it, _)| it.holds(address));
        let bits = closed.clone().map(|(it, _)| it.bits).max()?;
        let mut smallest = closed.filter(|(it, _)| it.bits == bits).map(|(_, it)| it);
        let first = smallest.next()?;
        smallest
            .all(|it| Arc::ptr_eq(it, first))
            .then(|| Arc::clone(first))
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
            .filter_map(|der| self.by_signer.get(der.as_slice()))
            .filter_map(|(certificate, scope)| Some((certificate.as_deref()?, scope)))
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
