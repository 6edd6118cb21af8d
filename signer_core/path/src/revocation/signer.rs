//! Who may sign a list for whom.

use crate::Sha256;
use crate::certificate::{CRL_SIGN, Certificate};
use crate::crl::RevocationList;
use crate::signature::Signatures;
use crate::validate::Asked;
use crate::verdict::{Reason, Refusal};

use super::PoolRevocation;

/// How many signers' paths may hang on each other: whoever signs the lists for the path of whoever
/// signs the list asked about.
const MAX_DEPTH: usize = 4;
/// Signers of one name that are tried for a list, those of this issuer's making first.
const MAX_SIGNERS: usize = 16;

/// Which signers are looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Signer {
    /// The key that issued the certificate, unless key identifiers say that it is another.
    Issuer,
    /// That key where they do: identifiers only say what to try first (RFC 4158 3.5.12).
    IssuerUnlike,
    /// Another generation of the issuer, or a key that it has for lists only.
    Others,
    /// Whom the certificate names as cRLIssuer.
    Named,
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

impl PoolRevocation<'_> {
    /// Verifies a list's signature, and that its signer may speak for the issuer asked about.
    pub(super) fn signed_by(
        &self,
        asked: &Asked<'_>,
        list: &RevocationList,
        signer: Signer,
        signatures: &mut Signatures,
    ) -> Result<(), Reason> {
        match signer {
            Signer::Issuer | Signer::IssuerUnlike => {
                if unlike(list, asked.issuer) != (signer == Signer::IssuerUnlike) {
                    return Err(Reason::IssuerMismatch);
                }
                if list.issuer() != asked.issuer.subject() {
                    return Err(Reason::IssuerMismatch);
                }
                if !asked.issuer.key_usage_allows(CRL_SIGN) {
                    return Err(Reason::KeyUsage);
                }
                Self::verify(asked.issuer, list, signatures)
            }
            Signer::Others | Signer::Named => {
                self.signed_by_other(asked, list, signer == Signer::Named, signatures)
            }
        }
    }

    fn signed_by_other(
        &self,
        asked: &Asked<'_>,
        list: &RevocationList,
        named: bool,
        signatures: &mut Signatures,
    ) -> Result<(), Reason> {
        let above = &asked.path[..asked.index];
        let trusted = std::iter::once(asked.anchor)
            .chain(above)
            .filter(|one| one.subject() == list.issuer());
        let pooled = self.pool.named(list.issuer());
        let mut reason = Reason::SignatureInvalid;
        for candidate in trusted.chain(pooled).take(MAX_SIGNERS) {
            // The issuer's key was tried before; and nobody says of himself that he is not revoked,
            // unless whoever certified him wrote into his certificate that he does.
            let himself = candidate.sha256() == asked.certificate.sha256();
            if candidate.key().sha256() == asked.issuer.key().sha256()
                || himself && !named
                || self.pending.contains(candidate.sha256())
            {
                continue;
            }
            let held = if candidate.key_usage_allows(CRL_SIGN) {
                Self::verify(candidate, list, signatures).and_then(|()| {
                    if himself {
                        return Ok(());
                    }
                    self.may_speak(asked, list, candidate, signatures)
                })
            } else {
                Err(Reason::KeyUsage)
            };
            match held {
                Ok(()) => return Ok(()),
                Err(Reason::LimitReached) => return Err(Reason::LimitReached),
                Err(Reason::SignatureInvalid) => {}
                Err(other) => reason = other,
            }
        }
        Err(reason)
    }

    /// Verifies the signature of a list, once for as long as it is kept: hashing one of 64 MB takes
    /// longer than all the rest.
    fn verify(
        signer: &Certificate,
        list: &RevocationList,
        signatures: &mut Signatures,
    ) -> Result<(), Reason> {
        let key = signer.key();
        if list.is_known_to_be_signed_by(key) {
            return signatures.allow(key, &list.signed());
        }
        signatures.verify(key, &list.signed())?;
        list.remember_signed_by(key);
        Ok(())
    }

    /// Whether this signer of the list may speak for the issuer asked about.
    ///
    /// A name alone does not make somebody another generation of an authority: in a mesh others can
    /// certify keys under any name. Whoever has the issuer's name must have been certified by the
    /// issuer's own key or by one that stands above the certificate. Whom the certificate itself
    /// names as cRLIssuer needs a path from the same anchor (6.3.3 (f)), and no more.
    fn may_speak(
        &self,
        asked: &Asked<'_>,
        list: &RevocationList,
        signer: &Certificate,
        signatures: &mut Signatures,
    ) -> Result<(), Reason> {
        let above = &asked.path[..asked.index];
        let is_above = |one: &Certificate| {
            one.sha256() == asked.anchor.sha256()
                || above.iter().any(|higher| higher.sha256() == one.sha256())
        };
        if is_above(signer) {
            return Ok(());
        }
        if list.issuer() == asked.certificate.issuer() {
            let mut makers = std::iter::once(asked.issuer)
                .chain(std::iter::once(asked.anchor))
                .chain(above)
                .filter(|maker| maker.subject() == signer.issuer());
            if !makers.any(|maker| signatures.verify(maker.key(), &signer.signed()).is_ok()) {
                return Err(Reason::IssuerMismatch);
            }
        }
        if self.pending.len() >= MAX_DEPTH {
            return Err(Reason::NoPath);
        }
        let mut pending = self.pending.clone();
        pending.push(*asked.certificate.sha256());
        self.signers
            .hold(signer, asked, &pending, signatures)
            .map_err(|refusal| match refusal.reason {
                Reason::LimitReached => Reason::LimitReached,
                _ => Reason::NoPath,
            })
    }
}

/// Whether the key identifiers of a list and a certificate are there and differ.
fn unlike(list: &RevocationList, issuer: &Certificate) -> bool {
    match (list.authority_key(), issuer.subject_key_identifier()) {
        (Some(of_list), Some(own)) => of_list != own,
        _ => false,
    }
}
