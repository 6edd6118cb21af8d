//! What revocation lists say (RFC 5280 6.3).

use crate::crl::{Entry, Reasons, RevocationList};
use crate::signature::Signatures;
use crate::validate::Asked;
use crate::verdict::{Evidence, Reason, Refusal};

use super::points::{Point, points_of};
use super::signer::Signer;
use super::{PoolRevocation, windows};

/// removeFromCRL.
const REMOVE: u8 = 8;

/// What was found until now.
struct Found {
    covered: Reasons,
    used: Vec<crate::Sha256>,
    renumbered: bool,
    /// Why lists that speak of the certificate were not used.
    passed_over: PassedOver,
}

impl Default for Found {
    fn default() -> Self {
        Self {
            covered: Reasons::NONE,
            used: Vec::new(),
            renumbered: false,
            passed_over: PassedOver::NoList,
        }
    }
}

/// The most telling reason why a list was not used.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum PassedOver {
    NoList,
    OtherTime,
    Signature,
    Signer,
    Algorithm,
    Unnumbered,
    Renumbered,
}

impl PassedOver {
    fn refusal(self) -> Refusal {
        Refusal::new(
            Reason::RevocationUnknown,
            match self {
                Self::NoList => "no list covers it for every reason",
                Self::OtherTime => "the lists that cover it are of another time",
                Self::Signature => "the lists that cover it are not signed by their issuer",
                Self::Signer => "whoever signed the lists that cover it may not",
                Self::Algorithm => "the lists that cover it are signed with what is not allowed",
                Self::Unnumbered => "the list has no number, or a critical one",
                Self::Renumbered => "the list has no higher number than one before it",
            },
        )
    }
}

/// Lists of one row that may speak at the time asked about.
struct Row<'a> {
    lists: Vec<&'a RevocationList>,
    /// The reasons they are about, at the point where they were met first.
    reasons: Reasons,
}

/// When the numbers of a row began again and may have: thisUpdate of each list that was first.
struct Counts(Vec<i64>);

impl Counts {
    /// To which count the number of a list of the row belongs: when that began, nothing for the
    /// first one. A later count supersedes those before it.
    fn of(&self, list: &RevocationList) -> Option<i64> {
        let begun = self.0.iter().filter(|first| **first <= list.this_update());
        begun.max().copied()
    }
}

impl PoolRevocation<'_> {
    /// The lists that show that it was not revoked.
    pub(super) fn lists(
        &self,
        asked: &Asked<'_>,
        signatures: &mut Signatures,
    ) -> Result<Evidence, Refusal> {
        let mut found = Found::default();
        let points = points_of(asked.certificate);
        // Those of whoever issued the certificate first: others need a path of their own, and are
        // asked where the certificate names them, or when the issuer's do not suffice.
        for signer in [Signer::Issuer, Signer::IssuerUnlike, Signer::Others] {
            if signer == Signer::Others && self.rules.issuing_key_only {
                break;
            }
            let enough = signer != Signer::Issuer && found.covers_all();
            for point in &points {
                let signer = match signer {
                    Signer::Others if !point.issuers.is_empty() => Signer::Named,
                    signer => signer,
                };
                if !enough || signer == Signer::Named {
                    self.at_point(asked, point, signer, &mut found, signatures)?;
                }
            }
        }
        if found.covers_all() {
            return Ok(if found.renumbered {
                Evidence::RenumberedLists(found.used)
            } else {
                Evidence::Lists(found.used)
            });
        }
        Err(found.passed_over.refusal())
    }

    /// Asks the lists of one distribution point.
    fn at_point(
        &self,
        asked: &Asked<'_>,
        point: &Point,
        signer: Signer,
        found: &mut Found,
        signatures: &mut Signatures,
    ) -> Result<(), Refusal> {
        let own = [asked.certificate.issuer().clone()];
        let issuers = if point.issuers.is_empty() {
            &own[..]
        } else {
            &point.issuers
        };
        for issuer in issuers {
            let lists = self.pool.lists_of(issuer);
            let mut rows: Vec<Row<'_>> = Vec::new();
            for list in lists {
                let Some(reasons) = speaks(list, point, asked) else {
                    continue;
                };
                if !windows::covers(list.this_update(), list.next_update(), asked.at) {
                    found.pass_over(PassedOver::OtherTime);
                    continue;
                }
                match rows.iter_mut().find(|row| row.lists[0].same_row(list)) {
                    Some(row) => row.lists.push(list),
                    None => rows.push(Row {
                        lists: vec![list],
                        reasons,
                    }),
                }
            }
            for row in rows {
                self.ask_row(asked, row, lists, signer, found, signatures)?;
            }
        }
        Ok(())
    }

    /// Asks the list of a row that counts: the one with the highest number since the rules accept
    /// that numbers began again.
    fn ask_row(
        &self,
        asked: &Asked<'_>,
        mut row: Row<'_>,
        all: &[RevocationList],
        signer: Signer,
        found: &mut Found,
        signatures: &mut Signatures,
    ) -> Result<(), Refusal> {
        let counts = self.counts_of(row.lists[0], all);
        row.lists
            .sort_by_key(|list| (counts.of(list), list.number(), list.this_update()));
        let (deltas, complete): (Vec<_>, Vec<_>) = row
            .lists
            .into_iter()
            .partition(|list| list.base_number().is_some());
        let mut counting: Option<&RevocationList> = None;
        for list in complete.into_iter().rev() {
            if let Some(counting) = counting {
                // It was superseded, unless it came later with a lower number. Then what it revokes
                // is revoked all the same.
                if list.this_update() <= counting.this_update() {
                    continue;
                }
            } else if found.used.contains(list.sha256()) {
                found.cover(row.reasons);
                return Ok(());
            }
            if !self.signed(asked, list, signer, found, signatures)? {
                continue;
            }
            if counting.is_some() {
                revoked_by(list, asked)?;
                continue;
            }
            if !list.is_numbered() {
                revoked_by(list, asked)?;
                found.pass_over(PassedOver::Unnumbered);
                continue;
            }
            let mut came_after = |same_count| {
                self.came_after_as_high(asked, list, all, signer, signatures, |other| {
                    (counts.of(other) == counts.of(list)) == same_count
                })
            };
            if came_after(true)? {
                revoked_by(list, asked)?;
                found.pass_over(PassedOver::Renumbered);
                return Ok(());
            }
            found.renumbered |= came_after(false)?;
            counting = Some(list);
        }
        let Some(list) = counting else {
            return Ok(());
        };
        let mut unless_removed = true;
        for delta in deltas
            .into_iter()
            .rev()
            .filter(|delta| goes_with(delta, list))
        {
            if !self.signed(asked, delta, signer, found, signatures)? {
                continue;
            }
            revoked_by(delta, asked)?;
            if !delta.is_numbered() {
                continue;
            }
            unless_removed = !delta
                .entries_for(asked.certificate)
                .any(|entry| entry.reason == Some(REMOVE));
            found.used.push(*delta.sha256());
            break;
        }
        if unless_removed {
            revoked_by(list, asked)?;
        }
        found.used.push(*list.sha256());
        found.cover(row.reasons);
        Ok(())
    }

    /// When the numbers of a list's row began again, as far as the rules accept it.
    fn counts_of(&self, list: &RevocationList, all: &[RevocationList]) -> Counts {
        let accepted = &self.rules.accept_renumbered;
        if accepted.is_empty() {
            return Counts(Vec::new());
        }
        let first = all
            .iter()
            .filter(|one| accepted.contains(one.sha256()) && one.same_row(list));
        Counts(first.map(RevocationList::this_update).collect())
    }

    /// Whether an earlier list of the row that is `one_of`, signed like this one, has a number as high:
    /// the authority counts anew (RFC 5280 5.2.3 has numbers only rise).
    fn came_after_as_high(
        &self,
        asked: &Asked<'_>,
        list: &RevocationList,
        all: &[RevocationList],
        signer: Signer,
        signatures: &mut Signatures,
        one_of: impl Fn(&RevocationList) -> bool,
    ) -> Result<bool, Refusal> {
        let earlier = all.iter().filter(|other| {
            other.number().is_some()
                && other.number() >= list.number()
                && other.base_number().is_none()
                && other.this_update() < list.this_update()
                && other.same_row(list)
                && one_of(other)
        });
        for other in earlier.take(1) {
            if self.signed(asked, other, signer, &mut Found::default(), signatures)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether somebody signed the list who may.
    fn signed(
        &self,
        asked: &Asked<'_>,
        list: &RevocationList,
        signer: Signer,
        found: &mut Found,
        signatures: &mut Signatures,
    ) -> Result<bool, Refusal> {
        match self.signed_by(asked, list, signer, signatures) {
            Ok(()) => Ok(true),
            Err(Reason::LimitReached) => Err(Refusal::new(
                Reason::LimitReached,
                "the lists cost more signatures than allowed",
            )),
            Err(reason) => {
                found.pass_over(match reason {
                    Reason::AlgorithmRefused | Reason::KeyRefused => PassedOver::Algorithm,
                    Reason::SignatureInvalid => PassedOver::Signature,
                    _ => PassedOver::Signer,
                });
                Ok(false)
            }
        }
    }
}

impl Found {
    fn covers_all(&self) -> bool {
        Reasons::ALL.within(self.covered)
    }

    fn cover(&mut self, reasons: Reasons) {
        self.covered = self.covered.or(reasons);
    }

    fn pass_over(&mut self, why: PassedOver) {
        self.passed_over = self.passed_over.max(why);
    }
}

/// For which reasons a list speaks of the certificate at a point (6.3.3 (b), (d)).
fn speaks(list: &RevocationList, point: &Point, asked: &Asked<'_>) -> Option<Reasons> {
    let scope = list.scope();
    let authority = asked.certificate.is_authority();
    let right_kind = !(scope.attributes_only
        || scope.users_only && authority
        || scope.authorities_only && !authority);
    // Another issuer's list speaks of the certificate only when it says that it is indirect.
    let right_issuer = point.issuers.is_empty() || scope.indirect;
    (right_kind && right_issuer && point.tells(scope, list.issuer()))
        .then(|| scope.reasons.unwrap_or(Reasons::ALL).and(point.reasons))
}

/// Whether a delta list goes with this complete list (5.2.4, 6.3.3 (c)); they are of one row.
fn goes_with(delta: &RevocationList, complete: &RevocationList) -> bool {
    complete.number() >= delta.base_number() && complete.number() < delta.number()
}

/// Refuses when there is an entry for it: certificateHold is a revocation too, and one with a later
/// date has been decided on by whoever signed the list.
fn revoked_by(list: &RevocationList, asked: &Asked<'_>) -> Result<(), Refusal> {
    let revoked = list
        .entries_for(asked.certificate)
        .find(|entry| entry.reason != Some(REMOVE));
    match revoked {
        Some(Entry { revoked_at, reason }) => Err(Refusal::revoked(
            "a revocation list has it",
            revoked_at,
            reason,
        )),
        None => Ok(()),
    }
}
