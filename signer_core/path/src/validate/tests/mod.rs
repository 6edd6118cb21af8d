//! Paths of one authority below an anchor and a target, each with something about it.

mod kept;
mod names;
mod policies;
mod shape;

use super::*;
use crate::Oid;
use crate::octets::wrapped;
use crate::policies::ANY_POLICY;
use crate::pool::Material;
use crate::signature::SignaturePolicy;
use crate::testing::{DAY, Key, Made, NOW, directory, extension, extension_of, name, sequence};

struct Keys {
    root: Key,
    authority: Key,
    user: Key,
}

impl Keys {
    fn new() -> Self {
        Self {
            root: Key::new(),
            authority: Key::new(),
            user: Key::new(),
        }
    }

    fn anchor(&self) -> Certificate {
        Made::authority("Root", &self.root).root(&self.root)
    }

    /// The anchor, an authority and a user, as `authority` and `user` change them.
    fn path(
        &self,
        authority: impl FnOnce(Made) -> Made,
        user: impl FnOnce(Made) -> Made,
    ) -> [Certificate; 2] {
        [
            authority(Made::authority("CA", &self.authority)).by("Root", &self.root),
            user(Made::user("User", &self.user)).by("CA", &self.authority),
        ]
    }
}

fn judge(
    anchor: &Certificate,
    path: &[Certificate],
    policy: &PathPolicy,
) -> Result<Validated, Refusal> {
    let mut signatures = Signatures::new(SignaturePolicy::default(), 1000);
    validate_path(anchor, path, NOW, policy, None, &mut signatures)
}

fn reason(anchor: &Certificate, path: &[Certificate]) -> Option<Reason> {
    judge(anchor, path, &PathPolicy::default())
        .err()
        .map(|refusal| refusal.reason)
}
