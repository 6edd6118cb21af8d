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
