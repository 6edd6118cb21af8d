"""The authority over its contract: domain values out, typed refusals back."""

from __future__ import annotations

import hashlib
import threading
from datetime import UTC
from time import monotonic
from typing import TYPE_CHECKING

from openjpki.api.ca.v1 import ca_pb2, ca_pb2_grpc
from openjpki.api.types.v1 import person_pb2, revocation_pb2
from openjpki.domain.fees import FEE_CAUSES
from openjpki.domain.municipality import Municipality
from openjpki.rpc.officer_signature import to_message
from openjpki.services.common.identity_conversions import identity_message
from openjpki.services.common.receipts import (
    ISSUE,
    REVOKE,
    REVOKE_CHANGED,
    ChangedRevocationAsked,
    IssuanceAsked,
    IssuanceResult,
    RevocationAsked,
    RevocationResult,
)
from openjpki.services.registration.authority import (
    IssuedCertificate,
    Revocation,
    authority_of,
)
from openjpki.services.registration.receipts.require_receipt import GivenReceipt
from openjpki.x509.foreign.reading import read_certificate

if TYPE_CHECKING:
    from datetime import datetime

    import grpc
    from google.protobuf.timestamp_pb2 import Timestamp

    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.person import FourAttributes
    from openjpki.domain.policy.revocation import RevocationCause
    from openjpki.services.registration.authority import ChangedOrder, IssueOrder, RevokeOrder
    from openjpki.services.registration.receipts.require_receipt import ReceiptCheck

KEYS_FRESH = 300.0
"""Seconds for which the authorities' keys are remembered; the ca service checks again at issue."""


_FEE_CAUSES = {
    revocation_pb2.RevocationCause.Value(f"REVOCATION_CAUSE_{one.name}"): one for one in FEE_CAUSES
}


class CaClient:
    """`CertificationAuthority` over a channel to the ca service. Safe for use by many threads."""

    def __init__(self, channel: grpc.Channel, receipts: ReceiptCheck) -> None:
        self._certificates = ca_pb2_grpc.CertificateServiceStub(channel)
        self._authorities = ca_pb2_grpc.AuthorityServiceStub(channel)
        self._receipts = receipts
        self._lock = threading.Lock()
        self._keys: frozenset[bytes] = frozenset()
        self._keys_until = 0.0
        """By ``monotonic()``: a clock that was ahead must not keep them for as long."""

    def issue(self, order: IssueOrder) -> IssuedCertificate:
        """See `CertificationAuthority`."""
        asked = _issuance_asked(order)
        answer = self._certificates.IssueCertificate(
            ca_pb2.IssueCertificateRequest(
                request_id=asked.request_id,
                authority_id=str(asked.authority_id),
                municipality_code=asked.municipality_code,
                window_id=asked.window_id,
                application_id=asked.application_id,
                person_reference=asked.person_reference,
                attributes=attributes_message(asked.attributes),
                substitutions=person_pb2.Substitutions(
                    name=asked.name_mask, address=asked.address_mask
                ),
                certification_request=asked.certification_request,
                check=identity_message(order.seen.evidence, order.seen.document_kind),
                submitted=to_message(order.submitted),
                taken_over=None if order.taken_over is None else to_message(order.taken_over),
                checked=to_message(order.checked),
                presented=to_message(order.presented),
                decided=to_message(order.decided),
                renews=order.renews or b"",
            )
        )
        result = IssuanceResult(
            serial=answer.serial,
            certificate=answer.certificate,
            authority_certificate=answer.authority_certificate,
            generation=answer.generation,
            issued_at=moment(answer.issued_at),
        )
        return IssuedCertificate(
            certificate=answer.certificate,
            serial=answer.serial,
            authority_certificate=answer.authority_certificate,
            receipt=self._receipts.require(
                GivenReceipt(
                    method=ISSUE,
                    request_id=asked.request_id,
                    request_sha256=asked.sha256(),
                    result_sha256=result.sha256(),
                    made_at=result.issued_at,
                    key_sha256=answer.receipt.key_sha256,
                    signature=answer.receipt.signature,
                )
            ),
        )

    def revoke(self, order: RevokeOrder) -> Revocation:
        """See `CertificationAuthority`."""
        asked = RevocationAsked(
            request_id=order.request_id,
            authority_id=order.authority_id,
            serial=order.serial,
            cause=order.cause,
            signatures=(order.asked.signature,),
        )
        answer = self._certificates.RevokeCertificate(
            ca_pb2.RevokeCertificateRequest(
                request_id=order.request_id,
                authority_id=str(order.authority_id),
                serial=order.serial,
                cause=revocation_pb2.RevocationCause.Value(f"REVOCATION_CAUSE_{order.cause.name}"),
                asked=to_message(order.asked),
                check=identity_message(order.seen.evidence, order.seen.document_kind),
            )
        )
        result = RevocationResult(revoked_at=moment(answer.revoked_at), sequence=answer.sequence)
        return Revocation(
            revoked_at=result.revoked_at,
            receipt=self._receipts.require(
                GivenReceipt(
                    method=REVOKE,
                    request_id=order.request_id,
                    request_sha256=asked.sha256(),
                    result_sha256=result.sha256(),
                    made_at=result.revoked_at,
                    key_sha256=answer.receipt.key_sha256,
                    signature=answer.receipt.signature,
                )
            ),
        )

    def revoke_changed(self, order: ChangedOrder) -> Revocation:
        """See `CertificationAuthority`."""
        asked = ChangedRevocationAsked(
            request_id=order.request_id,
            authority_id=order.authority_id,
            municipality_code=order.municipality_code,
            serial=order.serial,
        )
        answer = self._certificates.RevokeChangedCertificate(
            ca_pb2.RevokeChangedCertificateRequest(
                request_id=order.request_id,
                authority_id=str(order.authority_id),
                municipality_code=order.municipality_code,
                serial=order.serial,
            )
        )
        result = RevocationResult(revoked_at=moment(answer.revoked_at), sequence=answer.sequence)
        return Revocation(
            revoked_at=result.revoked_at,
            receipt=self._receipts.require(
                GivenReceipt(
                    method=REVOKE_CHANGED,
                    request_id=order.request_id,
                    request_sha256=asked.sha256(),
                    result_sha256=result.sha256(),
                    made_at=result.revoked_at,
                    key_sha256=answer.receipt.key_sha256,
                    signature=answer.receipt.signature,
                )
            ),
        )

    def revoked_at(self, authority_id: AuthorityId, serial: bytes) -> datetime | None:
        """See `CertificationAuthority`."""
        answer = self._certificates.GetCertificate(
            ca_pb2.GetCertificateRequest(authority_id=str(authority_id), serial=serial)
        )
        if answer.status != revocation_pb2.CERTIFICATE_STATUS_REVOKED:
            return None
        return moment(answer.revoked_at)

    def fee_cause(self, authority_id: AuthorityId, serial: bytes) -> RevocationCause | None:
        """See `CertificationAuthority`."""
        answer = self._certificates.GetCertificate(
            ca_pb2.GetCertificateRequest(authority_id=str(authority_id), serial=serial)
        )
        return _FEE_CAUSES.get(answer.fee_cause)

    def key_fingerprints(self) -> frozenset[bytes]:
        """See `CertificationAuthority`; remembered for :data:`KEYS_FRESH`."""
        now = monotonic()
        with self._lock:
            if now < self._keys_until:
                return self._keys
        answer = self._authorities.ListAuthorities(ca_pb2.ListAuthoritiesRequest())
        keys = frozenset(_key_fingerprint(each.certificate) for each in answer.authorities)
        with self._lock:
            self._keys, self._keys_until = keys, now + KEYS_FRESH
        return keys


def attributes_message(attributes: FourAttributes) -> person_pb2.FourAttributes:
    """The four attributes as the contracts write them."""
    return person_pb2.FourAttributes(
        name=attributes.name.text,
        birth_date=attributes.birth_date.iso,
        sex=person_pb2.Sex.ValueType(int(attributes.sex.code)),
        address=attributes.address.text,
    )


def moment(timestamp: Timestamp) -> datetime:
    """A time of the contracts as the domain has it."""
    return timestamp.ToDatetime(tzinfo=UTC)


def _issuance_asked(order: IssueOrder) -> IssuanceAsked:
    return IssuanceAsked(
        request_id=order.request_id,
        authority_id=authority_of(Municipality(order.municipality_code)),
        municipality_code=order.municipality_code,
        window_id=order.window_id,
        application_id=order.application_id,
        person_reference=order.person_reference,
        attributes=order.applicant.attributes,
        name_mask=order.applicant.name.certified.mask,
        address_mask=order.applicant.address.certified.mask,
        certification_request=order.certification_request,
        signatures=tuple(one.signature for one in order.signatures),
        renews=order.renews,
    )


def _key_fingerprint(certificate: bytes) -> bytes:
    key = read_certificate(certificate, field="authority_certificate").public_key
    return hashlib.sha256(key).digest()
