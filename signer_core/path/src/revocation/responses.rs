//! What OCSP responses say (RFC 6960), taken as evidence of their time. A nonce is not asked for:
//! it is between a responder and whoever asked it.

use crate::Oid;
use crate::certificate::Certificate;
use crate::ocsp::{OcspResponse, ResponderId, Status};
use crate::policies::PathPolicy;
use crate::signature::Signatures;
use crate::validate::{Asked, validate_path};
use crate::verdict::{Evidence, Reason, Refusal};

use super::{PoolRevocation, windows};

/// id-kp-OCSPSigning.
const OCSP_SIGNING: Oid = asn1::oid!(1, 3, 6, 1, 5, 5, 7, 3, 9);
/// id-pkix-ocsp-nocheck.
const NO_CHECK: Oid = asn1::oid!(1, 3, 6, 1, 5, 5, 7, 48, 1, 5);
/// Responders' certificates that are tried for a response.
const MAX_RESPONDERS: usize = 8;

impl PoolRevocation<'_> {
    /// A response of that time that says good; nothing when no usable one says anything.
    ///
    /// # Errors
    /// `Revoked` when one says that, `LimitReached`.
    pub(super) fn response(
        &self,
        asked: &Asked<'_>,
        signatures: &mut Signatures,
    ) -> Result<Option<Evidence>, Refusal> {
        let mut good = None;
        for response in self.pool.responses_for(asked.certificate.serial()) {
            let mut said = response.singles().iter().filter(|single| {
                !single.critical
                    && windows::covers(single.this_update, single.next_update, asked.at)
                    && single.certificate.is(asked.certificate, asked.issuer)
            });
            let Some(status) = said.next().map(|single| single.status) else {
                continue;
            };
            if status == Status::Unknown || !self.answered(asked, response, signatures)? {
                continue;
            }
            match status {
                Status::Revoked(since) => {
                    return Err(Refusal::revoked("an OCSP response says so", since, None));
                }
                Status::Good => {
                    good.get_or_insert(Evidence::Response(*response.sha256()));
                }
                Status::Unknown => {}
            }
        }
        Ok(good)
    }

    /// Whether the issuer answered, or somebody it certified for that (RFC 6960 4.2.2.2).
    fn answered(
        &self,
        asked: &Asked<'_>,
        response: &OcspResponse,
        signatures: &mut Signatures,
    ) -> Result<bool, Refusal> {
        if response.responder().is(asked.issuer)
            && held(signatures.verify(asked.issuer.key(), &response.signed()))?
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
            .chain(named.into_iter().flatten())
            .filter(|one| response.responder().is(one))
            .take(MAX_RESPONDERS);
        for responder in responders {
            if held(signatures.verify(responder.key(), &response.signed()))?
                && self.is_responder(asked, responder, signatures)?
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether the issuer itself certified this responder, and did not revoke it.
    fn is_responder(
        &self,
        asked: &Asked<'_>,
        responder: &Certificate,
        signatures: &mut Signatures,
    ) -> Result<bool, Refusal> {
        let purposes = responder.extended_key_usage().unwrap_or_default();
        // Nobody answers for his own certificate.
        if !purposes.contains(&OCSP_SIGNING) || responder.sha256() == asked.certificate.sha256() {
            return Ok(false);
        }
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
            Ok(_) => Ok(true),
            Err(refusal) => limit(refusal),
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
