//! Which lists speak of a certificate (RFC 5280 6.3.3 (b), (d)).

use std::collections::HashMap;

use crate::crl::{Reasons, Scope};
use crate::pool::{IssuersLists, Row};
use crate::signature::Signatures;
use crate::validate::Asked;
use crate::verdict::Reason;

use super::PoolRevocation;
use super::points::{Point, points_of};
use super::signer::Signers;

/// Lists of one issuer that speak of a certificate, and who may have signed them.
pub(super) struct Speaking<'a> {
    pub(super) rows: Vec<Told<'a>>,
    pub(super) signers: Signers<'a>,
}

/// A row, and what it may tell of the certificate.
pub(super) struct Told<'a> {
    pub(super) row: &'a Row,
    /// The reasons that it is about at the points where it is told.
    pub(super) reasons: Reasons,
}

/// The rows of an issuer that are told at some points.
struct Rows<'a> {
    lists: &'a IssuersLists,
    named: bool,
    /// Reasons by the places of rows, in the order in which they are met.
    reasons: Vec<(usize, Reasons)>,
    met: HashMap<usize, usize>,
}

impl<'a> PoolRevocation<'a> {
    /// The lists that speak of a certificate at its points, each row once however many points there are.
    ///
    /// # Errors
    /// `LimitReached`.
    pub(super) fn speaking(
        &self,
        asked: &Asked<'_>,
        signatures: &mut Signatures,
    ) -> Result<Vec<Speaking<'a>>, Reason> {
        let points = points_of(asked.certificate);
        let own = asked.certificate.issuer();
        signatures.look(own.looks())?;
        let mut own = self.pool.lists_of(own).map(|lists| Rows::new(lists, false));
        let mut named: Vec<Rows<'a>> = Vec::new();
        let mut places = HashMap::new();
        for point in &points {
            if point.issuers.is_empty()
                && let Some(rows) = &mut own
            {
                rows.take(point, asked, signatures)?;
            }
            for name in &point.issuers {
                signatures.look(2 * name.looks())?;
                let Some(lists) = self.pool.lists_of(name) else {
                    continue;
                };
                let place = *places.entry(name).or_insert(named.len());
                if place == named.len() {
                    named.push(Rows::new(lists, true));
                }
                named[place].take(point, asked, signatures)?;
            }
        }
        let all = own.into_iter().chain(named);
        Ok(all.filter_map(|rows| rows.speaking(asked)).collect())
    }
}

impl<'a> Rows<'a> {
    fn new(lists: &'a IssuersLists, named: bool) -> Self {
        Self {
            lists,
            named,
            reasons: Vec::new(),
            met: HashMap::new(),
        }
    }

    /// Takes the rows that are told at a point.
    fn take(
        &mut self,
        point: &Point,
        asked: &Asked<'_>,
        signatures: &mut Signatures,
    ) -> Result<(), Reason> {
        let (lists, named) = (self.lists, self.named);
        let mut take = |rows: &[usize], looks: usize| {
            signatures.look(looks + rows.len())?;
            for place in rows {
                let Some(told) = lists
                    .row(*place)
                    .scope()
                    .and_then(|scope| told(scope, named, point.reasons, asked))
                else {
                    continue;
                };
                let met = *self.met.entry(*place).or_insert(self.reasons.len());
                match self.reasons.get_mut(met) {
                    Some((_, reasons)) => *reasons = reasons.or(told),
                    None => self.reasons.push((*place, told)),
                }
            }
            Ok::<_, Reason>(())
        };
        take(lists.anywhere(), 1)?;
        point
            .names
            .iter()
            .try_for_each(|name| take(lists.named(name), name.looks()))
    }

    /// Nothing where there is none.
    fn speaking(self, asked: &Asked<'_>) -> Option<Speaking<'a>> {
        let (lists, named) = (self.lists, self.named);
        let rows: Vec<_> = self
            .reasons
            .into_iter()
            .map(|(place, reasons)| Told {
                row: lists.row(place),
                reasons,
            })
            .collect();
        Some(Speaking {
            signers: {
                let issuer = rows.first()?.row.lists().first()?.issuer();
                Signers::new(issuer, named, asked)
            },
            rows,
        })
    }
}

/// For which reasons a list of this scope speaks of the certificate, where these are told.
fn told(scope: &Scope, named: bool, reasons: Reasons, asked: &Asked<'_>) -> Option<Reasons> {
    let authority = asked.certificate.is_authority();
    let right_kind = !(scope.attributes_only
        || scope.users_only && authority
        || scope.authorities_only && !authority);
    // Another issuer's list speaks of the certificate only when it says that it is indirect.
    let right_issuer = !named || scope.indirect;
    (right_kind && right_issuer).then(|| scope.reasons.unwrap_or(Reasons::ALL).and(reasons))
}
