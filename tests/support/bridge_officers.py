"""Officers of the bridge with keys in memory, and what they sign."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from cryptography import x509

from openjpki.api.bridge.v1 import bridge_pb2 as pb
from openjpki.api.ca.v1 import ca_pb2
from openjpki.api.types.v1 import revocation_pb2
from openjpki.domain.authority_revocation import CrossRevocationCause
from openjpki.domain.evidence import CrossDirection, RenumberedListAccepted
from openjpki.domain.officers import EnrolledKey, KeyState, Officer
from openjpki.domain.serial import serial_to_bytes
from openjpki.evidence.cross_statements import (
    cross_certification_approved,
    cross_revocation_approved,
)
from openjpki.rpc.officer_signature import to_message
from openjpki.storage.officers import keys
from tests.support.officers import Signer, whole_seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openjpki.domain.evidence import OfficerSignature
    from openjpki.storage.kernel.database import Database
    from openjpki.storage.kernel.transaction import Transaction

NAMES = ("officer-1", "officer-2", "officer-3")

_DIRECTIONS = {
    pb.DIRECTION_TO_PARTNER: CrossDirection.TO_PARTNER,
    pb.DIRECTION_FROM_PARTNER: CrossDirection.FROM_PARTNER,
}


@cache
def signer(name: str) -> Signer:
    """The same key for as long as the tests run."""
    return Signer(Officer.parse(f"bridge-officer/bridge/{name}"))


def enrol_bridge_officers(database: Database, names: Sequence[str] = NAMES) -> None:
    """As two operators would, without the calls; safe to repeat."""
    for name in names:
        database.run(partial(keep_key, one=signer(name)))


def keep_key(tx: Transaction, one: Signer) -> None:
    """The officer's key in the register, unless it is there."""
    now = whole_seconds()
    keys.queue_for(tx, one.officer)
    keys.add(
        tx,
        EnrolledKey(
            officer=one.officer,
            spki_der=one.key.public_key.spki_der,
            key_sha256=one.key.public_key.sha256,
            state=KeyState.ENROLLED,
            not_before=now - timedelta(days=1),
            not_after=now + timedelta(days=3660),
        ),
    )


def approval(
    proposed: pb.CrossCertification, name: str, request_id: str | None = None
) -> pb.ApproveCrossCertificationRequest:
    """An officer's, signed, in a request with an id of its own."""
    officer = signer(name)
    occasion = officer.occasion(request_id)
    statement = cross_certification_approved(
        occasion,
        cross_certification_id=proposed.cross_certification_id,
        partner_id=proposed.partner_id,
        direction=_DIRECTIONS[proposed.direction],
        certification_request=proposed.certification_request or None,
        offered=proposed.offered or None,
        policy_mappings=[
            (one.issuer_domain_policy, one.subject_domain_policy)
            for one in proposed.policy_mappings
        ],
    )
    return pb.ApproveCrossCertificationRequest(
        request_id=occasion.request_id,
        cross_certification_id=proposed.cross_certification_id,
        approval=to_message(officer.sign(statement)),
    )


def acceptance(
    partner_id: str, sha256: bytes, name: str, request_id: str | None = None
) -> pb.AcceptRenumberedListRequest:
    """An officer's, signed, that numbers count anew from this list on."""
    officer = signer(name)
    occasion = officer.occasion(request_id)
    statement = RenumberedListAccepted(occasion=occasion, partner_id=partner_id, list_sha256=sha256)
    return pb.AcceptRenumberedListRequest(
        request_id=occasion.request_id,
        partner_id=partner_id,
        sha256=sha256,
        acceptance=to_message(officer.sign(statement)),
    )


def of_end(
    certificate: bytes,
    name: str,
    *,
    partner_id: str,
    direction: CrossDirection = CrossDirection.FROM_PARTNER,
    cause: revocation_pb2.CrossRevocationCause.ValueType,
    request_id: str | None = None,
) -> OfficerSignature:
    """An officer's, that this certificate (DER) is to end."""
    officer = signer(name)
    named = revocation_pb2.CrossRevocationCause.Name(cause)
    return officer.sign(
        cross_revocation_approved(
            officer.occasion(request_id),
            partner_id=partner_id,
            direction=direction,
            certificate=certificate,
            cause=CrossRevocationCause[named.removeprefix("CROSS_REVOCATION_CAUSE_")],
        )
    )


def end_for_ca(
    authority_id: str,
    certificate: bytes,
    names: Sequence[str] = NAMES[:2],
    *,
    cause: revocation_pb2.CrossRevocationCause.ValueType = (
        revocation_pb2.CROSS_REVOCATION_CAUSE_REPLACED
    ),
) -> ca_pb2.RevokeCrossCertificateRequest:
    """The revocation of a cross certificate (DER), with these officers' signatures."""
    number = x509.load_der_x509_certificate(certificate).serial_number
    return ca_pb2.RevokeCrossCertificateRequest(
        request_id=str(uuid.uuid4()),
        authority_id=authority_id,
        serial=serial_to_bytes(number),
        cause=cause,
        approvals=[
            to_message(of_end(certificate, name, partner_id=authority_id, cause=cause))
            for name in names
        ],
    )


def ending(
    shown: pb.CrossCertification,
    name: str,
    cause: revocation_pb2.CrossRevocationCause.ValueType,
) -> dict[str, Any]:
    """The fields of an officer's proposal or approval of the end of what the bridge shows."""
    request_id = str(uuid.uuid4())
    signature = of_end(
        shown.certificate,
        name,
        partner_id=shown.partner_id,
        direction=_DIRECTIONS[shown.direction],
        cause=cause,
        request_id=request_id,
    )
    return {
        "request_id": request_id,
        "cross_certification_id": shown.cross_certification_id,
        "cause": cause,
        "approval": to_message(signature),
    }


def signed_for_ca(
    request: ca_pb2.IssueCrossCertificateRequest,
    names: Sequence[str] = NAMES[:2],
    *,
    at: datetime | None = None,
) -> ca_pb2.IssueCrossCertificateRequest:
    """The request with these officers' signatures over what it asks for, of now or of ``at``."""
    request.cross_certification_id = request.request_id
    for name in names:
        officer = signer(name)
        statement = cross_certification_approved(
            officer.occasion(at=at),
            cross_certification_id=request.cross_certification_id,
            partner_id=request.authority_id,
            direction=CrossDirection.FROM_PARTNER,
            certification_request=request.certification_request,
            offered=None,
            policy_mappings=[
                (one.issuer_domain_policy, one.subject_domain_policy)
                for one in request.policy_mappings
            ],
        )
        request.approvals.append(to_message(officer.sign(statement)))
    return request
