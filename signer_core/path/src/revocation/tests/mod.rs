//! Asked through the search, as everybody asks.

mod forged;
mod lists;
mod named;
mod numbers;
mod responses;
mod scope;
mod signers;

use std::sync::Arc;

use super::{RevocationMode, RevocationRules};
use crate::certificate::Certificate;
use crate::crl::RevocationList;
use crate::discovery::{Query, Settings, Verdict, validate_target};
use crate::ocsp::OcspResponse;
use crate::octets::wrapped;
use crate::policies::PathPolicy;
use crate::pool::{Material, Pool};
use crate::testing::{
    DAY, Key, ListEntry, Made, MadeList, MadeResponse, NOW, directory, extension, extension_of,
    name, name_in, sequence,
};
use crate::verdict::{Evidence, Reason};

/// An anchor, and what is asked about below it.
struct Case {
    key: Key,
    root: Certificate,
    pooled: Vec<Vec<u8>>,
    rules: RevocationRules,
}

impl Case {
    fn new() -> Self {
        let key = Key::new();
        Self {
            root: Made::authority("root", &key).root(&key),
            key,
            pooled: Vec::new(),
            rules: RevocationRules::default(),
        }
    }

    fn user(&self) -> Certificate {
        Made::user("user", &Key::new()).by("root", &self.key)
    }

    fn list(mut self, list: &RevocationList) -> Self {
        self.pooled.push(list.octets().to_vec());
        self
    }

    fn response(mut self, response: &OcspResponse) -> Self {
        self.pooled.push(response.octets().to_vec());
        self
    }

    fn certificate(mut self, certificate: &Certificate) -> Self {
        self.pooled.push(certificate.octets().to_vec());
        self
    }

    fn ask_at(&self, target: &Certificate, at: i64) -> Verdict {
        validate_target(&self.query(target, at), &Settings::default())
    }

    fn query(&self, target: &Certificate, at: i64) -> Query {
        let materials: Vec<_> = self
            .pooled
            .iter()
            .map(|one| Arc::new(Material::read(one)))
            .collect();
        Query {
            target: target.clone(),
            anchors: [self.root.clone()].into(),
            pool: Arc::new(Pool::new(&materials)),
            at,
            policy: PathPolicy::default(),
            revocation: RevocationMode::Require(self.rules.clone()),
        }
    }

    /// The reason of the refusal at that time.
    fn at(&self, target: &Certificate, at: i64) -> Option<Reason> {
        let outcome = self.ask_at(target, at).outcome;
        outcome.err().map(|refusal| refusal.reason)
    }

    fn now(&self, target: &Certificate) -> Option<Reason> {
        self.at(target, NOW)
    }

    fn evidence(&self, target: &Certificate) -> Vec<Evidence> {
        self.ask_at(target, NOW).outcome.unwrap().evidence
    }
}

const REVOKED: Option<Reason> = Some(Reason::Revoked);

const UNKNOWN: Option<Reason> = Some(Reason::RevocationUnknown);

fn serial(certificate: &Certificate) -> u64 {
    certificate
        .serial()
        .iter()
        .fold(0, |serial, octet| serial << 8 | u64::from(*octet))
}

/// A DistributionPoint of this URI, reasons and cRLIssuer.
fn point(uri: &str, reasons: &[u8], issuer: &[u8]) -> Vec<u8> {
    sequence(&[&full_name(uri), reasons, issuer])
}

fn full_name(uri: &str) -> Vec<u8> {
    wrapped(0xA0, &wrapped(0xA0, &wrapped(0x86, uri.as_bytes())))
}
