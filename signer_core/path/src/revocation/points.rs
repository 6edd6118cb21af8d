//! Where a certificate says that revocation is told (RFC 5280 4.2.1.13).

use crate::certificate::{Certificate, Unreadable, oids};
use crate::crl::{PointName, Reasons, Scope, general_names};
use crate::names::{GeneralName, Name};
use crate::octets::{Elements, wrapped};

const SHAPE: Unreadable = Unreadable::new(
    "cRLDistributionPoints",
    "must be a value of RFC 5280 4.2.1.13",
);

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
    let mut points = match certificate.extension(&oids::CRL_DISTRIBUTION_POINTS) {
        Some((value, _)) => read(value, certificate.issuer()).unwrap_or_default(),
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
    let mut elements = Elements::within(value, 0x30).map_err(|_| SHAPE)?;
    while let Some(element) = elements.next_if_any().map_err(|_| SHAPE)? {
        if element.tag != 0x30 || points.len() == MAX_POINTS {
            return Err(SHAPE);
        }
        let mut fields = Elements::new(element.content);
        let name = fields.optional(0xA0).map_err(|_| SHAPE)?;
        let reasons = fields.optional(0x81).map_err(|_| SHAPE)?;
        let issuers = fields.optional(0xA2).map_err(|_| SHAPE)?;
        fields.end().map_err(|_| SHAPE)?;
        let issuers = match issuers {
            Some(element) => general_names(element.content)?
                .into_iter()
                .filter_map(|name| match name {
                    GeneralName::Directory(name) => Some(name),
                    _ => None,
                })
                .collect(),
            None => Vec::new(),
        };
        points.push(Point {
            names: match name {
                Some(element) => {
                    let name = PointName::read(element.content)?;
                    full_names(&name, issuers.first().unwrap_or(issuer))
                }
                None => Vec::new(),
            },
            reasons: match reasons {
                Some(element) => Reasons::read(element.content)?,
                None => Reasons::ALL,
            },
            issuers,
        });
    }
    Ok(points)
}

/// A point's names, a relative one put below the issuer it is relative to.
fn full_names(name: &PointName, issuer: &Name) -> Vec<GeneralName> {
    match name {
        PointName::Full(names) => names.clone(),
        PointName::Relative(attributes) => {
            let below = || {
                let mut issuer = Elements::new(issuer.der());
                let mut names = issuer.expect(0x30).ok()?.to_vec();
                names.extend(wrapped(0x31, attributes));
                Name::read(&wrapped(0x30, &names)).ok()
            };
            below().map(GeneralName::Directory).into_iter().collect()
        }
    }
}
