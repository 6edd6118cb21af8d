//! Where a certificate says that revocation is told (RFC 5280 4.2.1.13).

use crate::Unreadable;
use crate::certificate::{Certificate, Kind};
use crate::crl::{PointName, Reasons, Scope};
use crate::distribution;
use crate::names::{GeneralName, Name, general_names};
use crate::octets::{SEQUENCE, SET, only, wrapped};

const TOO_MANY: Unreadable = Unreadable::new("cRLDistributionPoints", "must be 64 at most");

/// The most points that are read of one certificate.
const MAX_POINTS: usize = 64;

/// A distribution point.
pub(super) struct Point {
    /// Its names; nothing: those of `issuers`.
    names: Vec<GeneralName>,
    /// The reasons that are told there.
    pub(super) reasons: Reasons,
    /// cRLIssuer; nothing: the certificate's issuer.
    pub(super) issuers: Vec<Name>,
}

/// The points of a certificate, and the one that RFC 5280 6.3.3 assumes beside them: its issuer's
/// name. A value that cannot be read names no point: points only add lists that may be used.
pub(super) fn points_of(certificate: &Certificate) -> Vec<Point> {
    let mut points = match certificate.value_of(Kind::CrlDistributionPoints) {
        Some(value) => read(value, certificate.issuer()).unwrap_or_default(),
        None => Vec::new(),
    };
    points.push(Point {
        names: vec![GeneralName::Directory(certificate.issuer().clone())],
        reasons: Reasons::ALL,
        issuers: Vec::new(),
    });
    points
}

impl Point {
    /// Whether a list of this scope and issuer is told at this point (6.3.3 (b) (2) (i)).
    pub(super) fn tells(&self, scope: &Scope, list_issuer: &Name) -> bool {
        let Some(name) = &scope.point else {
            return true;
        };
        let of_list = full_names(name, list_issuer);
        if self.names.is_empty() {
            return self.issuers.iter().any(|issuer| {
                of_list
                    .iter()
                    .any(|name| matches!(name, GeneralName::Directory(name) if name == issuer))
            });
        }
        self.names.iter().any(|name| of_list.contains(name))
    }
}

fn read(value: &[u8], issuer: &Name) -> Result<Vec<Point>, Unreadable> {
    let mut points = Vec::new();
    distribution::each(value, |point| {
        if points.len() == MAX_POINTS {
            return Err(TOO_MANY);
        }
        let named = general_names(point.issuers.unwrap_or_default())?;
        let issuers: Vec<Name> = named
            .into_iter()
            .filter_map(|name| match name {
                GeneralName::Directory(name) => Some(name),
                _ => None,
            })
            .collect();
        let names = match &point.name {
            Some(name) => full_names(&PointName::of(name)?, issuers.first().unwrap_or(issuer)),
            None => Vec::new(),
        };
        points.push(Point {
            names,
            reasons: point.reasons.map_or(Ok(Reasons::ALL), Reasons::read)?,
            issuers,
        });
        Ok(())
    })?;
    Ok(points)
}

/// A point's names, a relative one put below the issuer it is relative to.
fn full_names(name: &PointName, issuer: &Name) -> Vec<GeneralName> {
    match name {
        PointName::Full(names) => names.clone(),
        PointName::Relative(attributes) => {
            let below = || {
                let mut names = only(issuer.der(), SEQUENCE).ok()?.to_vec();
                names.extend(wrapped(SET, attributes));
                Name::read(&wrapped(SEQUENCE, &names)).ok()
            };
            below().map(GeneralName::Directory).into_iter().collect()
        }
    }
}
