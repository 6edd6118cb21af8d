"""Officers whom every ca of a test knows: their keys follow from their names, in any process."""

from __future__ import annotations

import hashlib
import uuid
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    PublicFormat,
)

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
    application_taken_over,
    identity_checked,
    key_presented,
)
from openjpki.keys.software import key_file
from openjpki.keys.statements.file_key import FileStatementKey
from openjpki.rpc.officer_signature import to_message
from openjpki.services.ca.revocation.conversions import CAUSES
from openjpki.storage.officers import keys

if TYPE_CHECKING:
    from pathlib import Path

    from openjpki.api.ca.v1 import ca_pb2
    from openjpki.services.ca.context import CaContext
    from openjpki.storage.kernel.transaction import Transaction

ACCOUNTS = ("officer-1", "officer-2", "officer-3")
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of the curve P-256 (FIPS 186-5)."""
BEGIN, END = datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
LICENCE = identity_pb2.IdentityCheck(
    evidence=identity_pb2.IDENTITY_EVIDENCE_PHOTO_DOCUMENT, document_kind="drivers-licence"
)


def signer_of(officer: str) -> OfficerSigner:
    """``window-officer/16201/officer-1`` and their key."""
    return OfficerSigner(Officer.parse(officer), key_of(officer), SystemClock())


@cache
def key_of(officer: str) -> FileStatementKey:
    """The same whenever it is asked for."""
    return FileStatementKey(_private_key_of(officer))


def write_key_of(officer: str, path: Path, passphrase: bytes) -> None:
    """That key as `openjpki officer key` writes one, for commands that sign with a file."""
    der = _private_key_of(officer).private_bytes(
        Encoding.DER, PrivateFormat.PKCS8, BestAvailableEncryption(passphrase)
    )
    key_file.write_new(path, der)


def _private_key_of(officer: str) -> ec.EllipticCurvePrivateKey:
    number = int.from_bytes(hashlib.sha256(officer.encode()).digest(), "big")
    return ec.derive_private_key(number % (_ORDER - 1) + 1, ec.SECP256R1())


def window_officer(municipality_code: str, account: str) -> str:
    """The path of a window officer's id."""
    return f"window-officer/{municipality_code}/{account}"


def enrol_everybody(ca: CaContext, authority_id: AuthorityId) -> None:
    """All window officers of the prefecture and the governor's, as two operators would have."""
    prefecture = authority_id.prefecture
    names = [
        window_officer(one.code, account)
        for one in (prefecture.municipalities if prefecture else ())
        for account in ACCOUNTS
    ]
    with ca.database.transaction() as tx:
        for name in [*names, f"governor-officer/{authority_id}/mori"]:
            enrol(tx, name)


def enrol(tx: Transaction, name: str) -> None:
    """One officer, as two operators would have."""
    officer, public = Officer.parse(name), key_of(name).public_key
    keys.queue_for(tx, officer)
    keys.add(
        tx,
        EnrolledKey(
            officer=officer,
            spki_der=public.spki_der,
            key_sha256=public.sha256,
            state=KeyState.ENROLLED,
            not_before=BEGIN,
            not_after=END,
        ),
    )


def sign_issuance(
    request: ca_pb2.IssueCertificateRequest,
    *,
    submitted_by: str = "officer-1",
    checked_by: str = "officer-1",
    presented_by: str = "officer-1",
    decided_by: str = "officer-2",
    at: datetime | None = None,
    submitted_at: datetime | None = None,
    checked_at: datetime | None = None,
    presented_at: datetime | None = None,
    decided_at: datetime | None = None,
) -> ca_pb2.IssueCertificateRequest:
    """The request, with what officers of its municipality sign over it; they may also be
    named by the whole path. Its application's id follows from who took it."""
    moment = (at or datetime.now(UTC)).replace(microsecond=0)
    window = WindowId.parse(request.window_id)
    attributes = attributes_of(request.attributes, window.municipality, moment)
    taking, checking, receiving, deciding = (
        signer_of(name if "/" in name else window_officer(window.municipality.code, name))
        for name in (submitted_by, checked_by, presented_by, decided_by)
    )
    opened = taking.occasion(str(uuid.uuid4()), submitted_at or moment)
    request.application_id = application_id_of(str(opened.officer), opened.request_id)
    if not request.HasField("check"):
        request.check.CopyFrom(LICENCE)
    statement = application_submitted(opened, window=window, attributes=attributes)
    request.submitted.CopyFrom(to_message(taking.sign(statement, opened)))
    then = checking.occasion(str(uuid.uuid4()), checked_at or moment)
    checked = identity_checked(
        then,
        window=window,
        application_id=request.application_id,
        attributes=attributes,
        evidence=_evidence(request.check),
        document_kind=request.check.document_kind,
    )
    request.checked.CopyFrom(to_message(checking.sign(checked, then)))
    handed = receiving.occasion(str(uuid.uuid4()), presented_at or moment)
    presented = key_presented(
        handed,
        window=window,
        application_id=request.application_id,
        attributes=attributes,
        key_sha256=_key_sha256(request.certification_request),
    )
    request.presented.CopyFrom(to_message(receiving.sign(presented, handed)))
    last = deciding.occasion(str(uuid.uuid4()), decided_at or moment)
    decided = application_decided(
        last,
        authority_id=AuthorityId.parse(request.authority_id),
        window=window,
        application_id=request.application_id,
        attributes=attributes,
        key_sha256=_key_sha256(request.certification_request),
        approved=True,
        renews=request.renews or None,
    )
    request.decided.CopyFrom(to_message(deciding.sign(decided, last)))
    return request


def sign_taking_over(
    request: ca_pb2.IssueCertificateRequest, by: str, *, at: datetime | None = None
) -> ca_pb2.IssueCertificateRequest:
    """The signed request, its application taken over by another officer of its municipality, who
    may also be named by the whole path."""
    moment = (at or datetime.now(UTC)).replace(microsecond=0)
    window = WindowId.parse(request.window_id)
    name = by if "/" in by else window_officer(window.municipality.code, by)
    signer = signer_of(name)
    occasion = signer.occasion(str(uuid.uuid4()), moment)
    statement = application_taken_over(
        occasion,
        window=window,
        application_id=request.application_id,
        attributes=attributes_of(request.attributes, window.municipality, moment),
    )
    request.taken_over.CopyFrom(to_message(signer.sign(statement, occasion)))
    return request


def sign_revocation(
    request: ca_pb2.RevokeCertificateRequest,
    officer: str,
    *,
    at: datetime | None = None,
) -> ca_pb2.RevokeCertificateRequest:
    """The request, with what the officer signs: at a window, with a driver's licence seen; a
    governor's, ex officio."""
    signer = signer_of(officer)
    municipality = signer.officer.municipality
    occasion = signer.occasion(str(uuid.uuid4()), at or datetime.now(UTC))
    seen = None
    if municipality is not None:
        request.check.CopyFrom(LICENCE)
        seen = IdentitySeen(
            municipality=municipality,
            evidence=_evidence(request.check),
            document_kind=request.check.document_kind,
        )
    statement = RevocationAsked(
        occasion=occasion,
        authority_id=AuthorityId.parse(request.authority_id),
        serial=request.serial,
        cause=CAUSES[request.cause],
        seen=seen,
    )
    request.asked.CopyFrom(to_message(signer.sign(statement, occasion)))
    return request


def _key_sha256(request: bytes) -> bytes:
    spki = (
        x509.load_der_x509_csr(request)
        .public_key()
        .public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    )
    return hashlib.sha256(spki).digest()


def _evidence(check: identity_pb2.IdentityCheck) -> IdentityEvidence:
    name = identity_pb2.IdentityEvidence.Name(check.evidence)
    return IdentityEvidence[name.removeprefix("IDENTITY_EVIDENCE_")]
