//! Whether a purpose is left that everybody on the path allows.
//!
//! RFC 5280 4.2.1.12 says that a key is used for the purposes of its certificate alone. What the
//! target is used for is the application's question; but an authority whose key is for mail does not
//! make a server's certificate good. So each authority that states purposes must share one with the
//! target, as other validators ask too. Whoever signs OCSP responses is exempt: that purpose is given
//! by the issuer alone (RFC 6960 4.2.2.2).

use std::collections::HashSet;

use crate::Oid;
use crate::certificate::Certificate;
use crate::verdict::{Reason, Refusal};

const ANY: Oid = asn1::oid!(2, 5, 29, 37, 0);
const OCSP_SIGNING: Oid = asn1::oid!(1, 3, 6, 1, 5, 5, 7, 3, 9);

/// How many purposes are stated on the path.
pub(super) fn stated(anchor: &Certificate, path: &[Certificate]) -> usize {
    let purposes = std::iter::once(anchor).chain(path);
    purposes
        .map(|one| one.extended_key_usage().map_or(0, <[_]>::len))
        .sum()
}

pub(super) fn check(anchor: &Certificate, path: &[Certificate]) -> Result<(), Refusal> {
    let Some((target, authorities)) = path.split_last() else {
        return Ok(());
    };
    let Some(wanted) = target.extended_key_usage() else {
        return Ok(());
    };
    let mut left: Vec<&Oid> = wanted.iter().collect();
    if left.iter().any(|one| **one == ANY || **one == OCSP_SIGNING) {
        return Ok(());
    }
    for authority in std::iter::once(anchor).chain(authorities) {
        if let Some(allowed) = authority.extended_key_usage()
            && !allowed.contains(&ANY)
        {
            // Both may have a hundred thousand.
            let allowed: HashSet<&[u8]> = allowed.iter().map(Oid::as_der).collect();
            left.retain(|one| allowed.contains(one.as_der()));
        }
    }
    if left.is_empty() {
        let rule = "extKeyUsage: no purpose that all authorities above allow";
        return Err(Refusal::new(Reason::KeyUsage, rule).at(path.len() - 1, target.sha256()));
    }
    Ok(())
}
