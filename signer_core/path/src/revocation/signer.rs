//! Who may sign a list for whom.

use std::collections::HashSet;
use std::collections::hash_map::{Entry, HashMap};

use crate::Sha256;
use crate::certificate::{CRL_SIGN, Certificate};
use crate::crl::RevocationList;
use crate::names::Name;
use crate::pool::Row;
use crate::signature::Signatures;
use crate::validate::Asked;
use crate::verdict::{Reason, Refusal};

use super::PoolRevocation;
use super::generations::Generations;
use super::speaking::Told;

/// How many signers' paths may hang on each other: whoever signs the lists for the path of whoever
/// signs the list asked about.
const MAX_DEPTH: usize = 4;

/// Looks that a candidate takes.
const CANDIDATE: usize = 4;

/// Lists that are verified with somebody's key before it is asked whether he has the path that he needs:
/// else forged lists and forged signers are tried each with each.
const FEW: u8 = 4;

/// Which signers are looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Signer {
    /// The key that issued the certificate, of lists whose key identifier says nothing else.
    Issuer,
    /// That key, of the other lists: identifiers only say what to try first (RFC 4158 3.5.12).
    IssuerUnlike,
    /// Another generation of the issuer, or a key that it has for lists only; of an issuer whom the
    /// certificate names as cRLIssuer, whoever has the name.
    Others,
}

/// Finds paths to those who sign lists.
pub(crate) trait SignerPaths {
    /// Holds the path from the anchor of `asked` to `signer`, whose revocation is asked about too,
    /// while the statuses in `pending` are being looked for.
    ///
    /// # Errors
    /// Why there is no such path.
    fn hold(
        &self,
        signer: &Certificate,
        asked: &Asked<'_>,
        pending: &[Sha256],
        signatures: &mut Signatures,
    ) -> Result<(), Refusal>;
}

/// Who may have signed the lists of one issuer.
pub(super) struct Signers<'a> {
    issuer: &'a Name,
    /// Whether it is the subject of the certificate's issuer, and what the certificate calls its issuer.
    issuing: bool,
    own: bool,
    /// Whether the certificate names it as cRLIssuer; else it is the certificate's own.
    named: bool,
    /// Others than the key that issued the certificate, not looked at yet. Each of them is once, when
    /// none before it had signed a list: thousands may have the name, and as many lists.
    ahead: std::vec::IntoIter<Candidate<'a>>,
    /// Of those, whom the one that they name as their issuer did not certify, if he stands above the
    /// certificate. Another key of his name may have: they come last, and are asked for their path at once,
    /// in turns, and first who names that key by its hash.
    last: Vec<Candidate<'a>>,
    /// The other keys of the names of their issuers.
    generations: HashMap<&'a Name, Generations<'a>>,
    /// How many of `last` another key certified, by its SHA-256.
    turns: HashMap<Sha256, u32>,
    /// Those of whom nothing speaks against it.
    found: Vec<Candidate<'a>>,
    /// Why the rest has not.
    reason: Reason,
}

#[derive(Clone, Copy)]
struct Candidate<'a> {
    certificate: &'a Certificate,
    /// Whether it stands above the certificate on the path, or is it: its key is enough.
    sure: bool,
    /// How many lists were tried with its key, as far as that cost something.
    tried: u8,
    /// In which turn one of the last is asked, if it isn't the first.
    turn: Option<u32>,
    /// Whether one of the last names the key of his maker by its hash.
    names_key: bool,
}

impl<'a> Signers<'a> {
    /// Of lists of this name.
    pub(super) fn new(issuer: &'a Name, named: bool, asked: &Asked<'_>) -> Self {
        Self {
            issuer,
            issuing: issuer == asked.issuer.subject(),
            own: issuer == asked.certificate.issuer(),
            named,
            ahead: Vec::new().into_iter(),
            last: Vec::new(),
            generations: HashMap::new(),
            turns: HashMap::new(),
            found: Vec::new(),
            reason: Reason::SignatureInvalid,
        }
    }
}

impl Signer {
    /// Whether lists of this row are asked about. Each is with the issuer's key in one of two rounds.
    pub(super) fn asks(self, row: &Row, asked: &Asked<'_>) -> bool {
        let unlike = match (row.authority_key(), asked.issuer.subject_key_identifier()) {
            (Some(of_list), Some(own)) => of_list != own,
            _ => false,
        };
        match self {
            Self::Issuer => !unlike,
            Self::IssuerUnlike => unlike,
            Self::Others => true,
        }
    }
}

impl<'a> PoolRevocation<'a> {
    /// Verifies a list's signature, and that its signer may speak for the issuer asked about.
    pub(super) fn signed_by(
        &self,
        asked: &Asked<'a>,
        list: &RevocationList,
        signer: Signer,
        signers: &mut Signers<'a>,
        signatures: &mut Signatures,
    ) -> Result<(), Reason> {
        if signer == Signer::Others {
            self.signed_by_other(asked, list, signers, signatures)
        } else if !signers.issuing {
            Err(Reason::IssuerMismatch)
        } else if !asked.issuer.key_usage_allows(CRL_SIGN) {
            Err(Reason::KeyUsage)
        } else {
            list.verify(asked.issuer.key(), signatures)
        }
    }

    /// Makes ready who may have signed these rows beside the issuer's key. Those who were found before to
    /// be of one above come first, then those whose key identifier a row has; and the rows with the
    /// identifier of the first who counts: what strangers put beside them is looked at after them.
    pub(super) fn others(
        &self,
        asked: &Asked<'a>,
        signers: &mut Signers<'a>,
        rows: &mut Vec<&Told<'a>>,
        signatures: &mut Signatures,
    ) -> Result<(), Reason> {
        self.looked_higher.set(true);
        let above = &asked.path[..asked.index];
        signatures.look(above.len() * signers.issuer.looks())?;
        let mut all: Vec<_> = std::iter::once(asked.anchor)
            .chain(above)
            .filter(|one| one.subject() == signers.issuer)
            .map(|certificate| Candidate {
                certificate,
                sure: true,
                tried: 0,
                turn: None,
                names_key: false,
            })
            .collect();
        let standing: HashSet<_> = all.iter().map(|one| *one.certificate.sha256()).collect();
        let mut pooled: Vec<_> = self
            .pool
            .named(signers.issuer)
            .filter(|one| !standing.contains(one.sha256()))
            .collect();
        signatures.look(pooled.len())?;
        if pooled.len() > 1 {
            let likely: HashSet<_> = rows
                .iter()
                .filter_map(|it| it.row.authority_key())
                .collect();
            let is_likely = |one: &Certificate| {
                let own = one.subject_key_identifier();
                own.is_some_and(|own| likely.contains(own))
            };
            let keys: HashSet<_> = makers(asked).map(|maker| maker.key().sha256()).collect();
            pooled.sort_by_cached_key(|one| {
                let known = one.known_maker().is_some_and(|key| keys.contains(key));
                let is_likely = is_likely(one);
                // Whoever copied an identifier has another key. What was found out before comes after that:
                // it depends on what others asked.
                (
                    !is_likely,
                    is_likely && !one.has_identifier_of_key(),
                    !known,
                )
            });
        }
        all.extend(pooled.into_iter().map(|certificate| Candidate {
            certificate,
            sure: certificate.sha256() == asked.certificate.sha256(),
            tried: 0,
            turn: None,
            names_key: false,
        }));
        signers.ahead = all.into_iter();
        if rows.len() > 1 && self.find(asked, signers, signatures)? {
            let first = signers.found[0].certificate.subject_key_identifier();
            rows.sort_by_key(|told| told.row.authority_key() != first);
        }
        Ok(())
    }

    /// Every candidate is looked at, in whatever order they stand: what ends it is the budget, with a
    /// refusal, so that nobody hides the issuer's behind forged ones.
    fn signed_by_other(
        &self,
        asked: &Asked<'a>,
        list: &RevocationList,
        signers: &mut Signers<'a>,
        signatures: &mut Signatures,
    ) -> Result<(), Reason> {
        let mut refused = None;
        let mut place = 0;
        loop {
            if place == signers.found.len() && !self.find(asked, signers, signatures)? {
                break;
            }
            signatures.look(CANDIDATE)?;
            let candidate = &mut signers.found[place];
            if candidate.tried >= FEW {
                match self.stands(asked, candidate, signatures) {
                    Ok(()) => {}
                    Err(Reason::LimitReached) => return Err(Reason::LimitReached),
                    Err(_) => {
                        signers.found.remove(place);
                        continue;
                    }
                }
            }
            match self.signed_for(asked, list, candidate, signatures) {
                Ok(()) => return Ok(()),
                Err(Reason::LimitReached) => return Err(Reason::LimitReached),
                Err(Reason::SignatureInvalid) => {}
                Err(other) => refused = Some(other),
            }
            place += 1;
        }
        Err(refused.unwrap_or(signers.reason))
    }

    /// Finds the next candidate against whom nothing speaks; whether there is one.
    ///
    /// A name alone does not make somebody another generation of an authority: in a mesh others can
    /// certify keys under any name. Whoever has the issuer's name must have been certified by the
    /// issuer's own key or by one that stands above the certificate; that is asked before any list, as
    /// those whom nobody certified may be many.
    fn find(
        &self,
        asked: &Asked<'a>,
        signers: &mut Signers<'a>,
        signatures: &mut Signatures,
    ) -> Result<bool, Reason> {
        loop {
            let Some(candidate) = signers.ahead.next() else {
                if signers.last.is_empty() {
                    return Ok(false);
                }
                let mut last = std::mem::take(&mut signers.last);
                last.sort_by_key(|one| (one.turn, !one.names_key));
                signers.ahead = last.into_iter();
                continue;
            };
            signatures.look(CANDIDATE)?;
            if candidate.tried >= FEW {
                if candidate.turn.is_none() {
                    let turn = self.turn(candidate.certificate, signers, asked, signatures)?;
                    if turn > 0 {
                        let turn = Some(turn);
                        signers.last.push(Candidate { turn, ..candidate });
                        continue;
                    }
                }
                signers.found.push(candidate);
                return Ok(true);
            }
            let Candidate {
                certificate, sure, ..
            } = candidate;
            // The issuer's key was tried before; and nobody says of himself that he is not revoked,
            // unless whoever certified him wrote into his certificate that he does.
            let himself = certificate.sha256() == asked.certificate.sha256();
            if certificate.key().sha256() == asked.issuer.key().sha256()
                || himself && !signers.named
                || self.pending.contains(certificate.sha256())
            {
                continue;
            }
            if !certificate.key_usage_allows(CRL_SIGN) {
                signers.reason = Reason::KeyUsage;
                continue;
            }
            if !sure {
                signatures.look((asked.index + 2) * certificate.issuer().looks())?;
                let mut makers = makers(asked)
                    .filter(|one| one.subject() == certificate.issuer())
                    .peekable();
                let is_elsewhere = !signers.own && makers.peek().is_none();
                if !is_elsewhere && !is_made_by(certificate, makers, signatures)? {
                    if !signers.own {
                        let others = self.generations(certificate, signers, asked, signatures)?;
                        if !others.is_empty() {
                            let names_key = others.is_named_by(certificate);
                            signers.last.push(Candidate {
                                tried: FEW,
                                names_key,
                                ..candidate
                            });
                        }
                    }
                    continue;
                }
            }
            signers.found.push(candidate);
            return Ok(true);
        }
    }

    /// In which turn one of the last is asked for his path: the first whom a key certified before the second
    /// of any, and last those of whom no such key is found. A path costs as much as many verifications, and
    /// somebody with one key can make as many signers as he likes.
    fn turn(
        &self,
        certificate: &'a Certificate,
        signers: &mut Signers<'a>,
        asked: &Asked<'_>,
        signatures: &mut Signatures,
    ) -> Result<u32, Reason> {
        let others = self.generations(certificate, signers, asked, signatures)?;
        let likely: Vec<_> = others.likely_of(certificate).take(FEW.into()).collect();
        for maker in likely {
            if is_made_by(certificate, std::iter::once(maker), signatures)? {
                let turn = signers.turns.entry(*maker.key().sha256()).or_default();
                *turn += 1;
                return Ok(*turn - 1);
            }
        }
        Ok(u32::MAX)
    }

    /// The keys of his issuer's name that stand nowhere above the certificate. They are looked at once.
    fn generations<'b>(
        &self,
        certificate: &'a Certificate,
        signers: &'b mut Signers<'a>,
        asked: &Asked<'_>,
        signatures: &mut Signatures,
    ) -> Result<&'b Generations<'a>, Reason> {
        let name = certificate.issuer();
        signatures.look(name.looks() + CANDIDATE)?;
        match signers.generations.entry(name) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(place) => {
                let named: Vec<_> = self.pool.named(name).collect();
                signatures.look(named.len() + asked.index)?;
                let above: HashSet<_> = makers(asked).map(|maker| maker.key().sha256()).collect();
                let others = named.into_iter();
                let others = others.filter(|one| !above.contains(one.key().sha256()));
                Ok(place.insert(Generations::new(others)))
            }
        }
    }

    /// Whether this certificate's key signed the list, and may speak for the issuer asked about. Whoever
    /// does not stand above the certificate needs a path from the same anchor (6.3.3 (f)), and where the
    /// certificate itself names him no more.
    fn signed_for(
        &self,
        asked: &Asked<'_>,
        list: &RevocationList,
        signer: &mut Candidate<'_>,
        signatures: &mut Signatures,
    ) -> Result<(), Reason> {
        let left = signatures.left();
        let verified = list.verify(signer.certificate.key(), signatures);
        if signatures.left() < left {
            signer.tried = signer.tried.saturating_add(1);
        }
        verified?;
        self.stands(asked, signer, signatures)
    }

    /// Whether he has the path that he needs.
    fn stands(
        &self,
        asked: &Asked<'_>,
        signer: &Candidate<'_>,
        signatures: &mut Signatures,
    ) -> Result<(), Reason> {
        if signer.sure {
            return Ok(());
        }
        if self.pending.len() >= MAX_DEPTH {
            return Err(Reason::NoPath);
        }
        let mut pending = self.pending.clone();
        pending.push(*asked.certificate.sha256());
        self.signers
            .hold(signer.certificate, asked, &pending, signatures)
            .map_err(|refusal| match refusal.reason {
                Reason::LimitReached => Reason::LimitReached,
                _ => Reason::NoPath,
            })
    }
}

/// Those that stand above a certificate.
fn makers<'b>(asked: &Asked<'b>) -> impl Iterator<Item = &'b Certificate> {
    let above = asked.path[..asked.index].iter();
    [asked.issuer, asked.anchor].into_iter().chain(above)
}

/// Whether one of these certified it.
///
/// # Errors
/// `LimitReached`.
fn is_made_by<'a>(
    certificate: &Certificate,
    makers: impl Iterator<Item = &'a Certificate>,
    signatures: &mut Signatures,
) -> Result<bool, Reason> {
    for maker in makers {
        match certificate.verify(maker.key(), signatures) {
            Ok(()) => return Ok(true),
            Err(Reason::LimitReached) => return Err(Reason::LimitReached),
            Err(_) => {}
        }
    }
    Ok(false)
}
