//! What revocation lists say (RFC 5280 6.3).

use crate::crl::{Entry, Number, Reasons, RevocationList};
use crate::pool::{Row, is_as_high};
use crate::signature::Signatures;
use crate::validate::Asked;
use crate::verdict::{Evidence, Reason, Refusal};

use super::said::Said;
use super::signer::{Signer, Signers};
use super::speaking::{Speaking, Told};
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
    /// Whether one that may not be used has the certificate.
    in_doubt: bool,
}

impl Default for Found {
    fn default() -> Self {
        Self {
            covered: Reasons::NONE,
            used: Vec::new(),
            renumbered: false,
            passed_over: PassedOver::NoList,
            in_doubt: false,
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
    Unprocessed,
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
                Self::Unprocessed => "the list has a critical extension that is not processed here",
                Self::Unnumbered => "the list has no number, or a critical one",
                Self::Renumbered => "the list has no higher number than one before it",
            },
        )
    }
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

/// What one round asks: about which certificate, by whose signature, and what came of it until now.
struct Round<'a, 'b> {
    asked: &'b Asked<'a>,
    signer: Signer,
    signers: &'b mut Signers<'a>,
    found: &'b mut Found,
}

impl<'a> PoolRevocation<'a> {
    /// The lists that show that it was not revoked.
    ///
    /// # Errors
    /// `Revoked` when one says that, `LimitReached`.
    pub(super) fn lists(
        &self,
        asked: &Asked<'a>,
        signatures: &mut Signatures,
    ) -> Result<Said, Refusal> {
        let mut found = Found::default();
        let mut speaking = self.speaking(asked, signatures).map_err(too_costly)?;
        // Those of whoever issued the certificate first: others need a path of their own, and are
        // asked when the issuer's do not suffice, or when theirs have the certificate: the issuer's
        // last list may say good while its next key revokes.
        for signer in [Signer::Issuer, Signer::IssuerUnlike, Signer::Others] {
            if signer == Signer::Others && self.rules.issuing_key_only {
                break;
            }
            for Speaking { rows, signers } in &mut speaking {
                let of_signer = rows.iter().filter(|told| signer.asks(told.row, asked));
                let mut rows: Vec<_> = of_signer.collect();
                let enough = signer != Signer::Issuer && found.covers_all();
                if enough {
                    rows = found.undoing(rows, asked, signatures)?;
                }
                if rows.is_empty() {
                    continue;
                }
                if signer == Signer::Others {
                    self.others(asked, signers, &mut rows, signatures)
                        .map_err(too_costly)?;
                }
                for told in rows {
                    if !enough
                        && signer != Signer::Issuer
                        && found.covers_all()
                        && !found.may_be_undone_by(told.row, asked, signatures)?
                    {
                        continue;
                    }
                    let mut round = Round {
                        asked,
                        signer,
                        signers: &mut *signers,
                        found: &mut found,
                    };
                    self.ask_row(&mut round, told, signatures)?;
                }
            }
        }
        Ok(if found.in_doubt {
            Said::InDoubt("a list with a critical extension that is not processed here has it")
        } else if !found.covers_all() {
            Said::Nothing(found.passed_over.refusal())
        } else if found.renumbered {
            Said::Good(Evidence::RenumberedLists(found.used))
        } else {
            Said::Good(Evidence::Lists(found.used))
        })
    }

    /// Asks the list of a row that counts: the one with the highest number since the rules accept
    /// that numbers began again.
    fn ask_row(
        &self,
        round: &mut Round<'a, '_>,
        told: &Told<'a>,
        signatures: &mut Signatures,
    ) -> Result<(), Refusal> {
        let asked = round.asked;
        let around = told.row.around(asked.at);
        look(signatures, ROW + LIST * around.len())?;
        let mut lists: Vec<_> = around
            .iter()
            .filter(|list| windows::covers(list.this_update(), list.next_update(), asked.at))
            .collect();
        if lists.len() < told.row.lists().len() {
            round.found.pass_over(PassedOver::OtherTime);
        }
        let counts = self.counts_of(told.row);
        lists.sort_by_key(|list| (counts.of(list), list.number(), list.this_update()));
        let (deltas, complete): (Vec<_>, Vec<_>) = lists
            .into_iter()
            .partition(|list| list.base_number().is_some());
        let mut counting: Option<&RevocationList> = None;
        // Others of the same number and moment: what a delta takes away it takes from all of them.
        let mut alike = Vec::new();
        // Whether its number is higher than those before it, and whether that needed the rules' word.
        let (mut rising, mut renumbered) = (true, false);
        for list in complete.into_iter().rev() {
            if let Some(counting) = counting {
                if superseded(list, counting) {
                    continue;
                }
            } else if round.found.used.contains(list.sha256()) {
                round.found.cover(told.reasons);
                return Ok(());
            }
            if !self.signed(round, list, signatures)? {
                continue;
            }
            if !list.is_processed() {
                round.found.doubt(list, asked, signatures)?;
                continue;
            }
            if let Some(counting) = counting {
                if list.this_update() == counting.this_update() {
                    alike.push(list);
                } else {
                    revoked_by(list, asked, signatures)?;
                }
                continue;
            }
            if !list.is_numbered() {
                revoked_by(list, asked, signatures)?;
                round.found.pass_over(PassedOver::Unnumbered);
                continue;
            }
            let mut came_after = |same_count| {
                self.came_after_as_high(round, list, told.row, signatures, |other| {
                    (counts.of(other) == counts.of(list)) == same_count
                })
            };
            rising = !came_after(true)?;
            renumbered = rising && came_after(false)?;
            counting = Some(list);
        }
        let delta = self.ask_deltas(round, &deltas, counting, signatures)?;
        let Some(list) = counting else {
            return Ok(());
        };
        let removed = delta.is_some_and(|(_, removed)| removed);
        if !removed || !rising {
            for list in std::iter::once(list).chain(alike) {
                revoked_by(list, asked, signatures)?;
            }
        }
        let found = &mut *round.found;
        if !rising {
            found.pass_over(PassedOver::Renumbered);
            return Ok(());
        }
        found.renumbered |= renumbered;
        found.used.extend(delta.map(|(delta, _)| *delta.sha256()));
        found.used.push(*list.sha256());
        found.cover(told.reasons);
        Ok(())
    }

    /// Asks the deltas of a row, which are sorted. Returns the one that counts beside the complete list,
    /// and whether it takes the entry of that away. What came later than the complete list revokes
    /// though its base is not at hand (6.3.3 (i)), or there is no complete list at all.
    fn ask_deltas(
        &self,
        round: &mut Round<'a, '_>,
        deltas: &[&'a RevocationList],
        complete: Option<&RevocationList>,
        signatures: &mut Signatures,
    ) -> Result<Option<(&'a RevocationList, bool)>, Refusal> {
        let asked = round.asked;
        let mut counting: Option<(&'a RevocationList, bool)> = None;
        // The newest that say what changed since a number, each with that.
        let mut newest: Vec<(Option<Number<'_>>, &RevocationList)> = Vec::new();
        for delta in deltas.iter().rev() {
            look(signatures, 1 + newest.len() / 4)?;
            let base = delta.base_number();
            let since = base.max(complete.and_then(RevocationList::number));
            let newer = newest.iter().find(|(from, _)| *from <= since);
            if complete.is_some_and(|complete| is_in(delta, complete))
                || newer.is_some_and(|(_, newer)| superseded(delta, newer))
                || !self.signed(round, delta, signatures)?
            {
                continue;
            }
            if !delta.is_processed() {
                round.found.doubt(delta, asked, signatures)?;
                continue;
            }
            revoked_by(delta, asked, signatures)?;
            if !delta.is_numbered() {
                continue;
            }
            if newer.is_none() {
                newest.push((since, delta));
            }
            let Some(complete) = complete.filter(|complete| goes_with(delta, complete)) else {
                continue;
            };
            // One from before the complete list knew nothing of what stands there: its number is
            // higher where numbers began again.
            let removes = delta.this_update() >= complete.this_update()
                && delta
                    .entries_for(asked.certificate)
                    .any(|entry| entry.reason == Some(REMOVE));
            counting = match counting {
                None => Some((delta, removes)),
                Some((counting, removed)) => Some((counting, removed && removes)),
            };
        }
        Ok(counting)
    }

    /// When the numbers of a row began again, as far as the rules accept it.
    fn counts_of(&self, row: &Row) -> Counts {
        let accepted = &self.rules.accept_renumbered;
        if accepted.is_empty() {
            return Counts(Vec::new());
        }
        let first = row.lists().iter();
        let first = first.filter(|one| accepted.contains(one.sha256()));
        Counts(first.map(RevocationList::this_update).collect())
    }

    /// Whether an earlier list of the row that is `one_of`, signed like this one, has a number as high:
    /// the authority counts anew (RFC 5280 5.2.3 has numbers only rise, in one sequence for complete
    /// lists and deltas).
    ///
    /// Everyone of them is looked at, in whatever order they stand: what ends it is the budget of
    /// signatures, with a refusal, so that nobody hides the issuer's behind forged ones.
    fn came_after_as_high(
        &self,
        round: &mut Round<'a, '_>,
        list: &RevocationList,
        row: &Row,
        signatures: &mut Signatures,
        one_of: impl Fn(&RevocationList) -> bool,
    ) -> Result<bool, Refusal> {
        let before = row.before_as_high(list);
        look(signatures, before.len())?;
        let earlier = before
            .iter()
            .filter(|other| is_as_high(other.number(), list) && one_of(other));
        let mut round = Round {
            found: &mut Found::default(),
            signers: &mut *round.signers,
            ..*round
        };
        for other in earlier {
            if self.signed(&mut round, other, signatures)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether somebody signed the list who may.
    fn signed(
        &self,
        round: &mut Round<'a, '_>,
        list: &RevocationList,
        signatures: &mut Signatures,
    ) -> Result<bool, Refusal> {
        match self.signed_by(round.asked, list, round.signer, round.signers, signatures) {
            Ok(()) => Ok(true),
            Err(Reason::LimitReached) => Err(too_costly(Reason::LimitReached)),
            Err(reason) => {
                round.found.pass_over(match reason {
                    Reason::AlgorithmRefused | Reason::KeyRefused => PassedOver::Algorithm,
                    Reason::SignatureInvalid => PassedOver::Signature,
                    _ => PassedOver::Signer,
                });
                Ok(false)
            }
        }
    }
}

/// Looks that a row takes, and each of its lists of about that time.
const ROW: usize = 4;
const LIST: usize = 4;

/// As many entries take as long to look at as a list takes to verify.
const MANY: usize = 256;

fn look(signatures: &mut Signatures, times: usize) -> Result<(), Refusal> {
    signatures.look(times).map_err(too_costly)
}

fn too_costly(reason: Reason) -> Refusal {
    Refusal::new(reason, "the lists cost more signatures than allowed")
}

impl Found {
    fn covers_all(&self) -> bool {
        Reasons::ALL.within(self.covered)
    }

    fn cover(&mut self, reasons: Reasons) {
        self.covered = self.covered.or(reasons);
    }

    /// The rows of which that is so.
    fn undoing<'b, 'c>(
        &self,
        rows: Vec<&'b Told<'c>>,
        asked: &Asked<'_>,
        signatures: &mut Signatures,
    ) -> Result<Vec<&'b Told<'c>>, Refusal> {
        let mut undoing = Vec::new();
        for told in rows {
            if self.may_be_undone_by(told.row, asked, signatures)? {
                undoing.push(told);
            }
        }
        Ok(undoing)
    }

    /// Whether a list of a row of that time that was not used has the certificate, or may: one with many
    /// entries that end like its serial number is asked like one that has it, as that costs less.
    fn may_be_undone_by(
        &self,
        row: &Row,
        asked: &Asked<'_>,
        signatures: &mut Signatures,
    ) -> Result<bool, Refusal> {
        let serial = asked.certificate.serial();
        for list in row.around(asked.at) {
            look(signatures, LIST)?;
            if !windows::covers(list.this_update(), list.next_update(), asked.at)
                || self.used.contains(list.sha256())
            {
                continue;
            }
            let alike = list.alike(serial);
            if alike == 0 {
                continue;
            }
            if alike > MANY {
                return Ok(true);
            }
            look(signatures, alike)?;
            if list.entries_for(asked.certificate).next().is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Takes a list that may not be used: it shows of nobody that he is good, nor that he is not.
    fn doubt(
        &mut self,
        list: &RevocationList,
        asked: &Asked<'_>,
        signatures: &mut Signatures,
    ) -> Result<(), Refusal> {
        self.in_doubt |= revocation_in(list, asked, signatures)?.is_some();
        self.pass_over(PassedOver::Unprocessed);
        Ok(())
    }

    fn pass_over(&mut self, why: PassedOver) {
        self.passed_over = self.passed_over.max(why);
    }
}

/// Whether a list of the row says nothing any more beside the one that counts. One that came later with
/// a lower number does, and one of the same moment and number: what they revoke is revoked all the same.
fn superseded(list: &RevocationList, counting: &RevocationList) -> bool {
    list.this_update() < counting.this_update()
        || list.this_update() == counting.this_update() && list.number() != counting.number()
}

/// Whether a delta list goes with this complete list (5.2.4, 6.3.3 (c)); they are of one row.
fn goes_with(delta: &RevocationList, complete: &RevocationList) -> bool {
    complete.number() >= delta.base_number() && complete.number() < delta.number()
}

/// Whether a complete list of the row has all that the delta says: neither by its number nor by its
/// moment the delta is the later one.
fn is_in(delta: &RevocationList, complete: &RevocationList) -> bool {
    complete.number() >= delta.number() && superseded(delta, complete)
}

/// Refuses when there is an entry for it: certificateHold is a revocation too, and one with a later
/// date has been decided on by whoever signed the list.
fn revoked_by(
    list: &RevocationList,
    asked: &Asked<'_>,
    signatures: &mut Signatures,
) -> Result<(), Refusal> {
    match revocation_in(list, asked, signatures)? {
        Some(Entry { revoked_at, reason }) => Err(Refusal::revoked(
            "a revocation list has it",
            revoked_at,
            reason,
        )),
        None => Ok(()),
    }
}

/// The first entry that says that it was revoked.
fn revocation_in(
    list: &RevocationList,
    asked: &Asked<'_>,
    signatures: &mut Signatures,
) -> Result<Option<Entry>, Refusal> {
    let alike = list.alike(asked.certificate.serial());
    if alike == 0 {
        return Ok(None);
    }
    look(signatures, alike)?;
    let mut entries = list.entries_for(asked.certificate);
    Ok(entries.find(|entry| entry.reason != Some(REMOVE)))
}
