//! What OCSP responses say (RFC 6960), taken as evidence of their time. A nonce is not asked for:
//! it is between a responder and whoever asked it.

use crate::Oid;
use crate::certificate::{Certificate, DIGITAL_SIGNATURE, NON_REPUDIATION};
use crate::ocsp::{Identified, OcspResponse, ResponderId, Single, Status};
use crate::policies::PathPolicy;
use crate::signature::Signatures;
use crate::validate::{Asked, validate_path};
use crate::verdict::{Evidence, Reason, Refusal};

use super::said::Said;
use super::{PoolRevocation, windows};

/// id-kp-OCSPSigning.
const OCSP_SIGNING: Oid = asn1::oid!(1, 3, 6, 1, 5, 5, 7, 3, 9);
/// id-pkix-ocsp-nocheck.
const NO_CHECK: Oid = asn1::oid!(1, 3, 6, 1, 5, 5, 7, 48, 1, 5);

/// Looks that a response takes, and a certificate that may be of whoever signed it.
const RESPONSE: usize = 16;
const RESPONDER: usize = 16;

impl PoolRevocation<'_> {
    /// The response of that time that says good.
    ///
    /// # Errors
    /// `Revoked` when one says that, `LimitReached`.
    pub(super) fn responses(
        &self,
        asked: &Asked<'_>,
        signatures: &mut Signatures,
    ) -> Result<Said, Refusal> {
        let mut good = None;
        let mut in_doubt = false;
        let mut identified = Identified::new(asked.certificate, asked.issuer);
        for response in self.pool.responses_for(asked.certificate.serial()) {
            let singles = response.singles_for(asked.certificate.serial());
            held(signatures.look(RESPONSE + singles.len()))?;
            let said = singles.iter().filter(|single| {
                windows::covers(single.this_update, single.next_update, asked.at)
                    && identified.is_meant(&single.certificate)
            });
            let Some(worst) = said.map(Heard::of).reduce(Heard::worse) else {
                continue;
            };
            if worst == Heard::Nothing || !self.answered(asked, response, signatures)? {
                continue;
            }
            match worst {
                Heard::Revoked(at, reason) => {
                    return Err(Refusal::revoked("an OCSP response says so", at, reason));
                }
                Heard::InDoubt => in_doubt = true,
                Heard::Nothing => (),
                Heard::Good => {
                    good.get_or_insert(Evidence::Response(*response.sha256()));
                }
            }
        }
        Ok(match good {
            _ if in_doubt => Said::InDoubt(
                "an OCSP response with a critical extension that is not processed here says revoked",
            ),
            Some(evidence) => Said::Good(evidence),
            None => Said::Nothing(Refusal::new(
                Reason::RevocationUnknown,
                "no OCSP response says anything of it",
            )),
        })
    }

    /// Whether the issuer answered, or somebody it certified for that (RFC 6960 4.2.2.2). Everyone of
    /// the responder's name is tried, until signatures cost more than allowed.
    fn answered(
        &self,
        asked: &Asked<'_>,
        response: &OcspResponse,
        signatures: &mut Signatures,
    ) -> Result<bool, Refusal> {
        if response.responder().is(asked.issuer)
            && held(response.verify(asked.issuer.key(), signatures))?
        {
            return Ok(true);
        }
        let named = match response.responder() {
            ResponderId::Name(name) => Some(self.pool.named(name)),
            ResponderId::Key(_) => None,
        };
        let responders = response
            .certificates()
            .iter()
            .chain(named.into_iter().flatten());
        for responder in responders {
            let purposes = responder.extended_key_usage().map_or(0, <[_]>::len);
            held(signatures.look(RESPONDER + purposes))?;
            if !response.responder().is(responder) {
                continue;
            }
            if is_made_for_it(asked, responder, signatures)?
                && held(response.verify(responder.key(), signatures))?
                && self.is_responder(asked, responder, signatures)?
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether a responder that the issuer made is valid, and not revoked.
    fn is_responder(
        &self,
        asked: &Asked<'_>,
        responder: &Certificate,
        signatures: &mut Signatures,
    ) -> Result<bool, Refusal> {
        let path = [responder.clone()];
        let any = PathPolicy::default();
        if let Err(refusal) = validate_path(asked.issuer, &path, asked.at, &any, None, signatures) {
            return limit(refusal);
        }
        if responder.has_extension(&NO_CHECK) {
            return Ok(true);
        }
        let lists = self.lists(
            &Asked {
                certificate: responder,
                ..*asked
            },
            signatures,
        );
        match lists {
            Ok(said) => Ok(matches!(said, Said::Good(_))),
            Err(refusal) => limit(refusal),
        }
    }
}

/// Whether the issuer itself certified this one to answer. It is asked before his signature is looked
/// at: those whom it did not certify may be many, and responses as well.
fn is_made_for_it(
    asked: &Asked<'_>,
    responder: &Certificate,
    signatures: &mut Signatures,
) -> Result<bool, Refusal> {
    let purposes = responder.extended_key_usage().unwrap_or_default();
    // Of keyUsage these go with id-kp-OCSPSigning, and both extensions bind (RFC 5280 4.2.1.12).
    let may_sign = [DIGITAL_SIGNATURE, NON_REPUDIATION]
        .iter()
        .any(|bit| responder.key_usage_allows(*bit));
    // Nobody answers for his own certificate.
    let himself = responder.sha256() == asked.certificate.sha256();
    if !purposes.contains(&OCSP_SIGNING) || !may_sign || himself {
        return Ok(false);
    }
    held(responder.verify(asked.issuer.key(), signatures))
}

/// What an answer comes to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Heard {
    Revoked(i64, Option<u8>),
    /// That it was revoked, with a critical extension that is not processed.
    InDoubt,
    Nothing,
    Good,
}

impl Heard {
    fn of(single: &Single) -> Self {
        match (single.status, single.critical) {
            (Status::Revoked { .. }, true) => Self::InDoubt,
            (Status::Revoked { at, reason }, false) => Self::Revoked(at, reason),
            (Status::Unknown, _) | (Status::Good, true) => Self::Nothing,
            (Status::Good, false) => Self::Good,
        }
    }

    /// What a response says that says two things of one certificate: it is good where nothing else is
    /// said.
    fn worse(self, other: Self) -> Self {
        if other.rank() < self.rank() {
            other
        } else {
            self
        }
    }

    fn rank(self) -> u8 {
        match self {
            Self::Revoked(..) => 0,
            Self::InDoubt => 1,
            Self::Nothing => 2,
            Self::Good => 3,
        }
    }
}

/// That it does not hold, unless the search has to end.
fn limit(refusal: Refusal) -> Result<bool, Refusal> {
    if refusal.reason == Reason::LimitReached {
        Err(refusal)
    } else {
        Ok(false)
    }
}

fn held(verified: Result<(), Reason>) -> Result<bool, Refusal> {
    match verified {
        Ok(()) => Ok(true),
        Err(Reason::LimitReached) => Err(Refusal::new(
            Reason::LimitReached,
            "the responses cost more signatures than allowed",
        )),
        Err(_) => Ok(false),
    }
}
