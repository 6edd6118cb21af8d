mod anchors;
mod bounds;
mod forged;
mod members;
mod paths;

use std::sync::Arc;

use super::*;
use crate::certificate::Certificate;
use crate::octets::wrapped;
use crate::policies::PathPolicy;
use crate::pool::{Material, Pool};
use crate::revocation::RevocationMode;
use crate::testing::{DAY, Key, Made, MadeList, NOW, RSA_SHA256, extension, sequence};
use crate::verdict::Reason;

fn pool(certificates: &[Certificate]) -> Arc<Pool> {
    let materials: Vec<_> = certificates
        .iter()
        .map(|one| Arc::new(Material::read(one.octets())))
        .collect();
    Arc::new(Pool::new(&materials))
}

fn query(target: &Certificate, anchor: &Certificate, pooled: &[Certificate]) -> Query {
    Query {
        target: target.clone(),
        anchors: [anchor.clone()].into(),
        pool: pool(pooled),
        at: NOW,
        policy: PathPolicy::default(),
        revocation: RevocationMode::Off,
    }
}

fn ask(query: &Query) -> Verdict {
    validate_target(query, &Settings::default())
}

fn refused(verdict: &Verdict) -> (Reason, Option<usize>) {
    let refusal = verdict.outcome.as_ref().unwrap_err();
    (refusal.reason, refusal.index)
}

fn names(path: &[Certificate]) -> Vec<&Certificate> {
    path.iter().collect()
}

/// `size` authorities, each certified by `degree` others; the anchor certifies the first.
fn mesh(size: usize, degree: usize) -> (Certificate, Vec<Certificate>, Vec<Key>) {
    let keys: Vec<Key> = (0..size).map(|_| Key::new()).collect();
    let anchor_key = Key::new();
    let anchor = Made::authority("anchor", &anchor_key).root(&anchor_key);
    let mut all = vec![Made::authority("0", &keys[0]).by("anchor", &anchor_key)];
    for (subject, key) in keys.iter().enumerate() {
        for step in 0..degree {
            let issuer = (subject * 7 + step * 11 + 1) % size;
            all.push(
                Made::authority(&format!("{subject}"), key).by(&format!("{issuer}"), &keys[issuer]),
            );
        }
    }
    (anchor, all, keys)
}
