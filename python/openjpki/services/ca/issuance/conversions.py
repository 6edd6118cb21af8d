"""Between the contract's messages and the values of issuance: requests are parsed once, here, and
answers written, with the receipt where there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.protobuf.timestamp_pb2 import Timestamp

from openjpki.api.ca.v1 import ca_pb2
from openjpki.api.types.v1 import person_pb2, revocation_pb2
from openjpki.domain.authority import AuthorityId
from openjpki.domain.characters import Substituted
from openjpki.domain.evidence.revocation import IdentitySeen
from openjpki.domain.municipality import Municipality
from openjpki.domain.person import FourAttributes
from openjpki.domain.window import JAPAN, WindowId
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.officer_signature import from_message
from openjpki.services.ca.issuance.issue_cross import CrossOrder
from openjpki.services.ca.issuance.issue_responder import ResponderOrder
from openjpki.services.ca.issuance.steps import CSR_FIELD
from openjpki.services.ca.issuance.user_order import UserOrder
from openjpki.services.ca.responders.register import read_request
from openjpki.services.common.identity_conversions import identity_evidence
from openjpki.services.common.receipts import IssuanceAsked, IssuanceResult
from openjpki.x509.foreign.csr import parse_csr
from openjpki.x509.foreign.partner import partner_from_csr

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.services.ca.issuance.get_certificate import FoundCertificate
    from openjpki.services.ca.receipts.receipts import Receipts
    from openjpki.storage.ca.issued import Issued
    from openjpki.storage.kernel.requests import RequestKey

_SEX_DIGITS = {person_pb2.SEX_MALE: "1", person_pb2.SEX_FEMALE: "2"}


def user_order(request: ca_pb2.IssueCertificateRequest, at: datetime) -> UserOrder:
    """All of a request, its PKCS#10 last: to look at a key takes longest.

    Raises ``INVALID_FIELD``, ``UNKNOWN_MUNICIPALITY``, the reasons of refused attributes
    (``NAME_NOT_IN_REPERTOIRE``, ``FORBIDDEN_CHARACTER``, ``DATE_DOES_NOT_EXIST``), and those of
    :func:`openjpki.x509.foreign.csr.parse_csr`.
    """
    evidence = identity_evidence(request.check.evidence)
    submitted = from_message(request.submitted, field="submitted")
    taken_over = None
    if request.HasField("taken_over"):
        taken_over = from_message(request.taken_over, field="taken_over")
    checked = from_message(request.checked, field="checked")
    presented = from_message(request.presented, field="presented")
    decided = from_message(request.decided, field="decided")
    authority_id = AuthorityId.parse(request.authority_id)
    municipality = Municipality.parse_in(authority_id.prefecture, request.municipality_code)
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
        name=Substituted.parse(
            attributes.name.text, request.substitutions.name, field="substitutions.name"
        ),
        address=Substituted.parse(
            attributes.address.text, request.substitutions.address, field="substitutions.address"
        ),
        seen=IdentitySeen(
            municipality=municipality,
            evidence=evidence,
            document_kind=request.check.document_kind,
        ),
        submitted=submitted,
        taken_over=taken_over,
        checked=checked,
        presented=presented,
        decided=decided,
        certification_request=parse_csr(request.certification_request, field=CSR_FIELD),
        renews=request.renews or None,
    )


def responder_order(
    request: ca_pb2.IssueResponderCertificateRequest, replica: str
) -> ResponderOrder:
    """Which responder's key, and which generation is to certify it, for the replica that asks.

    Raises ``INVALID_FIELD``, the reasons of a refused PKCS#10.
    """
    return ResponderOrder(
        authority_id=AuthorityId.parse(request.authority_id),
        generation=request.generation or None,
        certification_request=read_request(request.certification_request),
        replica=replica,
    )


def cross_order(request: ca_pb2.IssueCrossCertificateRequest) -> CrossOrder:
    """What two officers approved at the bridge; a pair of policies named twice counts once.

    Raises ``INVALID_FIELD``, ``SAME_OFFICER``, the reasons of a refused PKCS#10, and
    ``EVIDENCE_SIGNATURE_INVALID`` under another request id than the cross-certification's own: a
    partner's key may be certified again, so it is the id that makes one certificate of one
    approval.
    """
    if request.request_id.lower() != request.cross_certification_id.lower():
        raise OpenJpkiError(
            Reason.EVIDENCE_SIGNATURE_INVALID,
            "must be the request's own id: what officers approved is made once",
            field="cross_certification_id",
        )
    return CrossOrder(
        authority_id=AuthorityId.parse(request.authority_id),
        partner=partner_from_csr(request.certification_request, field=CSR_FIELD),
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


def user_response(
    issued: Issued, order: UserOrder, request_key: RequestKey, receipts: Receipts
) -> ca_pb2.IssueCertificateResponse:
    """The person's certificate and the receipt for it. Raises as :meth:`Receipts.sign`."""
    asked = IssuanceAsked(
        request_id=request_key.request_id,
        authority_id=order.authority_id,
        municipality_code=order.municipality.code,
        window_id=order.window.text,
        application_id=order.application_id,
        person_reference=order.person_reference,
        attributes=order.attributes,
        name_mask=order.name.mask,
        address_mask=order.address.mask,
        certification_request=order.certification_request.der,
        signatures=tuple(one.signature for one in order.signatures),
        renews=order.renews,
    )
    result = IssuanceResult(
        serial=issued.serial,
        certificate=issued.certificate,
        authority_certificate=issued.issuer.certificate,
        generation=issued.issuer.number,
        issued_at=issued.issued_at.replace(microsecond=0),
    )
    signed = receipts.sign(request_key, asked.sha256(), result.sha256(), result.issued_at)
    return ca_pb2.IssueCertificateResponse(
        certificate=result.certificate,
        serial=result.serial,
        authority_certificate=result.authority_certificate,
        generation=result.generation,
        issued_at=Timestamp(seconds=int(result.issued_at.timestamp())),
        receipt=ca_pb2.Receipt(key_sha256=signed.key_sha256, signature=signed.signature),
    )


def responder_response(issued: Issued) -> ca_pb2.IssueResponderCertificateResponse:
    """The responder's certificate."""
    return ca_pb2.IssueResponderCertificateResponse(
        certificate=issued.certificate, generation=issued.issuer.number
    )


def cross_response(issued: Issued) -> ca_pb2.IssueCrossCertificateResponse:
    """The cross certificate."""
    return ca_pb2.IssueCrossCertificateResponse(
        certificate=issued.certificate, generation=issued.issuer.number
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
    if found.fee_cause is not None:
        name = f"REVOCATION_CAUSE_{found.fee_cause.name}"
        answer.fee_cause = revocation_pb2.RevocationCause.Value(name)
    return answer
