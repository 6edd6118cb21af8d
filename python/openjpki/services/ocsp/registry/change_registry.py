"""Registering verifiers and ending their access (R4.2)."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ocsp.journal import (
    STREAM,
    VERIFIER_REGISTERED,
    VERIFIER_REMOVED,
    VERIFIER_REPLACED,
)
from openjpki.storage.ocsp import verifiers

if TYPE_CHECKING:
    from openjpki.services.ocsp.context import OcspContext
    from openjpki.storage.kernel.acts import Value
    from openjpki.storage.kernel.requests import RequestKey
    from openjpki.storage.kernel.transaction import Transaction
    from openjpki.storage.ocsp.verifiers import VerifierRecord


def put_verifier(ocsp: OcspContext, record: VerifierRecord, request_key: RequestKey) -> datetime:
    """Keep an entry in place of what there was; when it took effect, the first time on a retry.

    In effect here when this returns, on other replicas at their next reading. Raises
    ``INVALID_FIELD`` when a request signer is another verifier's, ``REQUEST_ID_REUSED``.
    """
    now = record.registered_at

    def work(tx: Transaction) -> bytes:
        is_new = verifiers.put(tx, record)
        ocsp.journal.append(
            tx,
            VERIFIER_REGISTERED if is_new else VERIFIER_REPLACED,
            stream=STREAM,
            actor=request_key.caller,
            subject=record.verifier_id,
            details=_details(record),
            at=now,
        )
        return now.isoformat().encode()

    kept = ocsp.requests.once(ocsp.database, request_key, now, work)
    ocsp.registry.reload()
    return datetime.fromisoformat(kept.decode())


def remove_verifier(ocsp: OcspContext, verifier_id: str, request_key: RequestKey) -> None:
    """End a verifier's access; a retry changes nothing.

    In effect as :func:`put_verifier` says. Raises ``UNKNOWN_VERIFIER``, ``REQUEST_ID_REUSED``.
    """
    now = ocsp.clock.now()

    def work(tx: Transaction) -> bytes:
        if not verifiers.remove(tx, verifier_id):
            raise OpenJpkiError(
                Reason.UNKNOWN_VERIFIER, "is not a registered verifier", field="verifier_id"
            )
        ocsp.journal.append(
            tx,
            VERIFIER_REMOVED,
            stream=STREAM,
            actor=request_key.caller,
            subject=verifier_id,
            details={},
            at=now,
        )
        return b""

    ocsp.requests.once(ocsp.database, request_key, now, work)
    ocsp.registry.reload()


def _details(record: VerifierRecord) -> dict[str, Value]:
    """What was granted, so that the journal alone tells who could ask when."""
    values: dict[str, Value] = {"authority_ids": ",".join(map(str, sorted(record.authority_ids)))}
    if record.request_signers:
        digests = sorted(hashlib.sha256(der).hexdigest() for der in record.request_signers)
        values["signers_sha256"] = ",".join(digests)
    if record.closed_networks:
        values["closed_networks"] = ",".join(sorted(record.closed_networks))
    return values
