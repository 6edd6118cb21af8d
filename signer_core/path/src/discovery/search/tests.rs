//! What a search keeps.

use std::sync::Arc;

use super::*;
use crate::policies::PathPolicy;
use crate::pool::{Material, Pool};
use crate::revocation::RevocationMode;
use crate::signature::SignaturePolicy;
use crate::testing::{Key, Made, NOW};

/// Which paths were refused is written down where a later round asks, and nowhere else.
#[test]
fn refused_paths_are_written_down_for_a_later_round() {
    let (a, b) = (Key::new(), Key::new());
    let root = Made::authority("root", &a).root(&a);
    let user = Made::user("user", &Key::new()).by("CA", &b);
    for (certificates, written) in [(1, 0), (9, 9)] {
        let pooled = (0..certificates).map(|_| Made::authority("CA", &b).by("root", &a));
        let materials: Vec<_> = pooled
            .map(|one| Arc::new(Material::read(one.octets())))
            .collect();
        let query = Query {
            target: user.clone(),
            anchors: [root.clone()].into(),
            pool: Arc::new(Pool::new(&materials)),
            at: NOW,
            // A policy that nobody has.
            policy: PathPolicy {
                initial: vec![asn1::oid!(1, 2, 3)],
                explicit: true,
                ..PathPolicy::default()
            },
            revocation: RevocationMode::Off,
        };
        let settings = Settings::default();
        let mut signatures = Signatures::new(SignaturePolicy::default(), 1000);
        let mut search = Search::new(&query, &settings, None, &mut signatures);
        assert!(search.rounds().is_none());
        assert_eq!(search.spent.paths, certificates);
        assert_eq!(search.judged.len(), written);
    }
}

/// That a key can't have signed the only certificate of its choice costs looks, each time that it is met:
/// that is no key tried in vain, and leaves nothing to another round.
#[test]
fn a_lone_issuer_that_is_refused_leaves_nothing_to_another_round() {
    let keys: Vec<_> = (0..6).map(|_| Key::new()).collect();
    let root = Made::authority("root", &keys[0]).root(&keys[0]);
    let mut weak = keys[1].spki();
    // The last octet of the curve's name.
    weak[22] ^= 1;
    let mut pooled = vec![
        Made::authority("weak", &keys[1])
            .spki(weak)
            .by("root", &keys[0]),
        Made::authority("X", &keys[2]).by("weak", &keys[1]),
    ];
    let mut above = ("X", &keys[2]);
    for (name, key) in ["c", "b", "a"].into_iter().zip(&keys[3..]) {
        pooled.extend((0..10).map(|_| Made::authority(name, key).by(above.0, above.1)));
        above = (name, key);
    }
    let materials: Vec<_> = pooled
        .iter()
        .map(|one| Arc::new(Material::read(one.octets())))
        .collect();
    let query = Query {
        target: Made::user("user", &Key::new()).by(above.0, above.1),
        anchors: [root].into(),
        pool: Arc::new(Pool::new(&materials)),
        at: NOW,
        policy: PathPolicy::default(),
        revocation: RevocationMode::Off,
    };
    let settings = Settings::default();
    let mut signatures = Signatures::new(SignaturePolicy::default(), 1000);
    let mut search = Search::new(&query, &settings, None, &mut signatures);
    assert!(search.rounds().is_none());
    // Ten by ten by ten, and on the way there.
    assert!(search.spent.steps > 1000, "{:?}", search.spent);
    assert!(!search.round.postponed);
}
