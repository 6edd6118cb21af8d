//! Where a certificate says that revocation is told (RFC 5280 4.2.1.13).

use crate::Unreadable;
use crate::certificate::{Certificate, Kind};
use crate::crl::Reasons;
use crate::distribution::{self, MOST_NAMES, PointName, full_names};
use crate::names::{GeneralName, Name, general_names_at_most};

const TOO_MANY: Unreadable = Unreadable::new("cRLDistributionPoints", "must be 64 at most");

/// The most points that are read of one certificate.
const MAX_POINTS: usize = 64;

/// A distribution point.
pub(super) struct Point {
    /// Its names, or where it has none those of `issuers`: a list that is of a point is told here where
    /// they have a name in common (6.3.3 (b) (2) (i)).
    pub(super) names: Vec<GeneralName>,
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

fn read(value: &[u8], issuer: &Name) -> Result<Vec<Point>, Unreadable> {
    let mut points = Vec::new();
    distribution::each(value, |point| {
        if points.len() == MAX_POINTS {
            return Err(TOO_MANY);
        }
        let named = general_names_at_most(point.issuers.unwrap_or_default(), MOST_NAMES)?;
        let issuers: Vec<Name> = named
            .into_iter()
            .filter_map(|name| match name {
                GeneralName::Directory(name) => Some(name),
                _ => None,
            })
            .collect();
        let mut names = match &point.name {
            Some(name) => full_names(&PointName::of(name)?, issuers.first().unwrap_or(issuer)),
            None => Vec::new(),
        };
        if names.is_empty() {
            names.extend(issuers.iter().cloned().map(GeneralName::Directory));
        }
        points.push(Point {
            names,
            reasons: point.reasons.map_or(Ok(Reasons::ALL), Reasons::read)?,
            issuers,
        });
        Ok(())
    })?;
    Ok(points)
}
