"""Officers who sign what a benchmark issues, known to its ca."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ec

from openjpki.api.types.v1 import identity_pb2
from openjpki.cli.window_statements import attributes_of
from openjpki.config.clock import SystemClock
from openjpki.domain.application import IdentityEvidence, application_id_of
from openjpki.domain.authority import AuthorityId
from openjpki.domain.evidence import RevocationAsked
from openjpki.domain.evidence.revocation import IdentitySeen
from openjpki.domain.officers import EnrolledKey, KeyState, Officer
from openjpki.domain.window import WindowId
from openjpki.evidence.officer_signer import OfficerSigner
from openjpki.evidence.user_statements import (
    application_decided,
    application_submitted,
    identity_checked,
    key_presented,
)
from openjpki.keys.statements.file_key import FileStatementKey
from openjpki.rpc.officer_signature import to_message
from openjpki.services.ca.revocation.conversions import CAUSES
from openjpki.storage.officers import keys
from openjpki.x509.foreign.csr import parse_csr

if TYPE_CHECKING:
    from openjpki.api.ca.v1 import ca_pb2
    from openjpki.storage.kernel.database import Database

_YEAR = timedelta(days=365)
_DOCUMENT = "drivers-licence"


@cache
def officers_of(municipality: str) -> Officers:
    """The two of this process, for whoever signs and for whoever enrols."""
    return Officers(municipality)


class Officers:
    """Two officers of a municipality, with keys in memory."""

    def __init__(self, municipality: str) -> None:
        self._signers = [
            OfficerSigner(
                Officer.parse(f"window-officer/{municipality}/officer-{number}"),
                FileStatementKey(ec.generate_private_key(ec.SECP256R1())),
                SystemClock(),
            )
            for number in (1, 2)
        ]

    def enrol(self, database: Database) -> None:
        """At once, without the two operators: nothing of this ca outlives the benchmark."""
        now = datetime.now(UTC)
        with database.transaction() as tx:
            for signer in self._signers:
                public = signer.key.public_key
                keys.queue_for(tx, signer.officer)
                keys.add(
                    tx,
                    EnrolledKey(
                        officer=signer.officer,
                        spki_der=public.spki_der,
                        key_sha256=public.sha256,
                        state=KeyState.ENROLLED,
                        not_before=now - _YEAR,
                        not_after=now + _YEAR,
                    ),
                )

    def sign(self, request: ca_pb2.IssueCertificateRequest) -> ca_pb2.IssueCertificateRequest:
        """The request with what the two sign over it: one does all until the other decides."""
        first, second = self._signers
        window = WindowId.parse(request.window_id)
        opened, checked, presented, decided = (
            signer.occasion(str(uuid.uuid4())) for signer in (first, first, first, second)
        )
        attributes = attributes_of(request.attributes, window.municipality, opened.signed_at)
        request.application_id = application_id_of(str(opened.officer), opened.request_id)
        request.check.CopyFrom(
            identity_pb2.IdentityCheck(
                evidence=identity_pb2.IDENTITY_EVIDENCE_PHOTO_DOCUMENT, document_kind=_DOCUMENT
            )
        )
        submission = application_submitted(opened, window=window, attributes=attributes)
        check = identity_checked(
            checked,
            window=window,
            application_id=request.application_id,
            attributes=attributes,
            evidence=IdentityEvidence.PHOTO_DOCUMENT,
            document_kind=_DOCUMENT,
        )
        key_sha256 = parse_csr(request.certification_request, field="request").fingerprint
        presentation = key_presented(
            presented,
            window=window,
            application_id=request.application_id,
            attributes=attributes,
            key_sha256=key_sha256,
        )
        decision = application_decided(
            decided,
            authority_id=AuthorityId.parse(request.authority_id),
            window=window,
            application_id=request.application_id,
            attributes=attributes,
            key_sha256=key_sha256,
            approved=True,
        )
        request.submitted.CopyFrom(to_message(first.sign(submission, opened)))
        request.checked.CopyFrom(to_message(first.sign(check, checked)))
        request.presented.CopyFrom(to_message(first.sign(presentation, presented)))
        request.decided.CopyFrom(to_message(second.sign(decision, decided)))
        return request

    def sign_revocation(
        self, request: ca_pb2.RevokeCertificateRequest
    ) -> ca_pb2.RevokeCertificateRequest:
        """The request with what one of the two signs over it, who saw its holder."""
        signer = self._signers[0]
        municipality = signer.officer.municipality
        if municipality is None:
            raise ValueError("an officer of a window has a municipality")
        occasion = signer.occasion(str(uuid.uuid4()))
        request.check.CopyFrom(
            identity_pb2.IdentityCheck(
                evidence=identity_pb2.IDENTITY_EVIDENCE_PHOTO_DOCUMENT, document_kind=_DOCUMENT
            )
        )
        statement = RevocationAsked(
            occasion=occasion,
            authority_id=AuthorityId.parse(request.authority_id),
            serial=request.serial,
            cause=CAUSES[request.cause],
            seen=IdentitySeen(
                municipality=municipality,
                evidence=IdentityEvidence.PHOTO_DOCUMENT,
                document_kind=_DOCUMENT,
            ),
        )
        request.asked.CopyFrom(to_message(signer.sign(statement, occasion)))
        return request
