"""What an officer of the bridge signs to approve a cross-certification or to end one, as the bridge
shows it."""

from __future__ import annotations

import hashlib
import uuid
from typing import TYPE_CHECKING

from openjpki.api.bridge.v1 import bridge_pb2 as pb
from openjpki.domain.evidence import CrossDirection
from openjpki.errors import OpenJpkiError, Reason
from openjpki.evidence.cross_statements import (
    cross_certification_approved,
    cross_revocation_approved,
)
from openjpki.rpc.officer_signature import to_message

if TYPE_CHECKING:
    from openjpki.api.types.v1.evidence_pb2 import OfficerSignature
    from openjpki.domain.authority_revocation import CrossRevocationCause
    from openjpki.evidence.officer_signer import OfficerSigner

_DIRECTIONS = {
    pb.DIRECTION_TO_PARTNER: CrossDirection.TO_PARTNER,
    pb.DIRECTION_FROM_PARTNER: CrossDirection.FROM_PARTNER,
}


def signed_approval(
    signer: OfficerSigner,
    shown: pb.CrossCertification,
    *,
    named: tuple[str, str],
    key_sha256: bytes | None = None,
) -> pb.ApproveCrossCertificationRequest:
    """The request, for what the officer named: partner and cross-certification. A bridge in wrong
    hands could show another one, and have that signed.

    ``key_sha256``: of the key that is to be certified, as the officer knows it from elsewhere.
    Raises ``INVALID_FIELD`` where another one is shown, ``MALFORMED_DER``, and what the key raises.
    """
    _require_shown(shown, named)
    request_id = str(uuid.uuid4())
    occasion = signer.occasion(request_id)
    statement = cross_certification_approved(
        occasion,
        cross_certification_id=shown.cross_certification_id,
        partner_id=shown.partner_id,
        direction=_DIRECTIONS[shown.direction],
        certification_request=shown.certification_request or None,
        offered=shown.offered or None,
        policy_mappings=[
            (one.issuer_domain_policy, one.subject_domain_policy) for one in shown.policy_mappings
        ],
    )
    if key_sha256 is not None and statement.subject_key_sha256 != key_sha256:
        raise _not_shown("is not of the key that the bridge shows", "--key-sha256")
    return pb.ApproveCrossCertificationRequest(
        request_id=request_id,
        cross_certification_id=shown.cross_certification_id,
        approval=to_message(signer.sign(statement, occasion)),
    )


def signed_ending(
    signer: OfficerSigner,
    shown: pb.CrossCertification,
    *,
    named: tuple[str, str],
    cause: CrossRevocationCause,
    certificate_sha256: bytes | None = None,
) -> tuple[str, OfficerSignature]:
    """Id of the request, and what the officer signs in it: to propose the end of what was named, or
    to approve it.

    ``certificate_sha256``: of the certificate that is to end, as the officer knows it from
    elsewhere. Raises as :func:`signed_approval`, and ``WRONG_STATE`` where there is no certificate.
    """
    _require_shown(shown, named)
    if not shown.certificate:
        raise OpenJpkiError(
            Reason.WRONG_STATE, "has no certificate to revoke", field="cross_certification_id"
        )
    if certificate_sha256 not in {None, hashlib.sha256(shown.certificate).digest()}:
        raise _not_shown("is not of the certificate that the bridge shows", "--certificate-sha256")
    request_id = str(uuid.uuid4())
    occasion = signer.occasion(request_id)
    statement = cross_revocation_approved(
        occasion,
        partner_id=shown.partner_id,
        direction=_DIRECTIONS[shown.direction],
        certificate=shown.certificate,
        cause=cause,
    )
    return request_id, to_message(signer.sign(statement, occasion))


def _require_shown(shown: pb.CrossCertification, named: tuple[str, str]) -> None:
    if (shown.partner_id, shown.cross_certification_id) != (named[0], named[1].lower()):
        raise _not_shown("is not the one that the bridge shows", "cross_certification_id")


def _not_shown(rule: str, field: str) -> OpenJpkiError:
    return OpenJpkiError(Reason.INVALID_FIELD, rule, field=field)
