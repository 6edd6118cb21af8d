"""Between the contract's messages and the values of issuance: parsed once, here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.api.ca.v1 import ca_pb2
from openjpki.api.types.v1 import person_pb2, revocation_pb2
from openjpki.domain.authority import AuthorityId
from openjpki.domain.characters import Substituted
from openjpki.domain.person import FourAttributes
from openjpki.domain.window import JAPAN, WindowId
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.officer_signature import from_message
from openjpki.services.ca.issuance.issue_cross import CrossOrder
from openjpki.services.ca.issuance.issue_responder import ResponderOrder
from openjpki.services.ca.issuance.user_order import UserOrder, require_municipality
from openjpki.services.common.identity_conversions import identity_seen

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.services.ca.issuance.get_certificate import FoundCertificate

_SEX_DIGITS = {person_pb2.SEX_MALE: "1", person_pb2.SEX_FEMALE: "2"}


def user_order(request: ca_pb2.IssueCertificateRequest, at: datetime) -> UserOrder:
    """All of a request; its PKCS#10 is parsed where its key is checked.

    Raises ``INVALID_FIELD``, ``UNKNOWN_MUNICIPALITY``, and the reasons of refused attributes:
    ``NAME_NOT_IN_REPERTOIRE``, ``FORBIDDEN_CHARACTER``, ``DATE_DOES_NOT_EXIST``.
    """
    authority_id = AuthorityId.parse(request.authority_id)
    municipality = require_municipality(authority_id, request.municipality_code)
    attributes = FourAttributes.parse(
        name=request.attributes.name,
        birth_date=request.attributes.birth_date,
        sex=_SEX_DIGITS.get(request.attributes.sex, ""),
        address=request.attributes.address,
        municipality=municipality,
        today=at.astimezone(JAPAN).date(),
        field="attributes",
    )
    return UserOrder(
        authority_id=authority_id,
        municipality=municipality,
        window=WindowId.parse(request.window_id),
        application_id=request.application_id.lower(),
        person_reference=request.person_reference,
        attributes=attributes,
        name=_substituted(attributes.name.text, request.substitutions.name, "name"),
        address=_substituted(attributes.address.text, request.substitutions.address, "address"),
        seen=identity_seen(request.check, municipality, field="check"),
        submitted=from_message(request.submitted, field="submitted"),
        checked=from_message(request.checked, field="checked"),
        presented=from_message(request.presented, field="presented"),
        decided=from_message(request.decided, field="decided"),
        certification_request=request.certification_request,
    )


def responder_order(
    request: ca_pb2.IssueResponderCertificateRequest, replica: str
) -> ResponderOrder:
    """Which responder's key, and which generation is to certify it, for the replica that asks."""
    return ResponderOrder(
        authority_id=AuthorityId.parse(request.authority_id),
        generation=request.generation or None,
        certification_request=request.certification_request,
        replica=replica,
    )


def cross_order(request: ca_pb2.IssueCrossCertificateRequest) -> CrossOrder:
    """What two officers approved at the bridge; a pair of policies named twice counts once.

    Raises ``INVALID_FIELD``, ``SAME_OFFICER``, ``EVIDENCE_SIGNATURE_INVALID`` under another request
    id than the cross-certification's own: a partner's key may be certified again, so it is the id
    that makes one certificate of one approval.
    """
    if request.request_id.lower() != request.cross_certification_id.lower():
        raise OpenJpkiError(
            Reason.EVIDENCE_SIGNATURE_INVALID,
            "must be the request's own id: what officers approved is made once",
            field="cross_certification_id",
        )
    return CrossOrder(
        authority_id=AuthorityId.parse(request.authority_id),
        certification_request=request.certification_request,
        mappings=tuple(
            dict.fromkeys(
                (one.issuer_domain_policy, one.subject_domain_policy)
                for one in request.policy_mappings
            )
        ),
        cross_certification_id=request.cross_certification_id.lower(),
        approvals=tuple(
            from_message(one, field=f"approvals[{number}]")
            for number, one in enumerate(request.approvals)
        ),
        validity_days=request.validity_days,
    )


def certificate_message(found: FoundCertificate) -> ca_pb2.GetCertificateResponse:
    """A certificate and its state."""
    answer = ca_pb2.GetCertificateResponse(
        certificate=found.record.certificate,
        status=revocation_pb2.CERTIFICATE_STATUS_GOOD,
        generation=found.record.generation,
    )
    if found.revoked_at is not None:
        answer.status = revocation_pb2.CERTIFICATE_STATUS_REVOKED
        answer.revoked_at.FromDatetime(found.revoked_at)
    return answer


def _substituted(text: str, mask: str, part: str) -> Substituted:
    try:
        return Substituted(text, mask)
    except OpenJpkiError as error:
        raise OpenJpkiError(error.reason, error.message, field=f"substitutions.{part}") from error
