"""Registering verifiers and ending their access (R4.2)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from openjpki.api.ocsp.v1 import ocsp_pb2
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ocsp.journal import (
    STREAM,
    VERIFIER_REGISTERED,
    VERIFIER_REMOVED,
    VERIFIER_REPLACED,
)
from openjpki.services.ocsp.registry.verifier_entry import parse_entry
from openjpki.storage.ocsp import verifiers

if TYPE_CHECKING:
    from openjpki.services.ocsp.context import OcspContext
    from openjpki.storage.kernel.acts import Value
    from openjpki.storage.kernel.requests import RequestKey
    from openjpki.storage.kernel.transaction import Transaction
    from openjpki.storage.ocsp.verifiers import VerifierRecord


def put_verifier(ocsp: OcspContext, request: ocsp_pb2.PutVerifierRequest, key: RequestKey) -> bytes:
    """The serialised ``PutVerifierResponse``; the first one on a retry.

    In effect here when this returns, on other replicas at their next reading. Raises as
    :func:`~openjpki.services.ocsp.registry.verifier_entry.parse_entry`, ``REQUEST_ID_REUSED``.
    """
    now = ocsp.clock.now()
    record = parse_entry(request.verifier, now)

    def work(tx: Transaction) -> bytes:
        is_new = verifiers.put(tx, record)
        ocsp.journal.append(
            tx,
            VERIFIER_REGISTERED if is_new else VERIFIER_REPLACED,
            stream=STREAM,
            actor=key.caller,
            subject=record.verifier_id,
            details=_details(record),
            at=now,
        )
        response = ocsp_pb2.PutVerifierResponse()
        response.registered_at.FromDatetime(now)
        return response.SerializeToString(deterministic=True)

    answer = ocsp.requests.once(ocsp.database, key, now, work)
    ocsp.registry.reload()
    return answer


def remove_verifier(
    ocsp: OcspContext, request: ocsp_pb2.RemoveVerifierRequest, key: RequestKey
) -> bytes:
    """The serialised ``RemoveVerifierResponse``. Raises ``UNKNOWN_VERIFIER``."""
    now = ocsp.clock.now()

    def work(tx: Transaction) -> bytes:
        if not verifiers.remove(tx, request.verifier_id):
            raise OpenJpkiError(
                Reason.UNKNOWN_VERIFIER, "is not a registered verifier", field="verifier_id"
            )
        ocsp.journal.append(
            tx,
            VERIFIER_REMOVED,
            stream=STREAM,
            actor=key.caller,
            subject=request.verifier_id,
            details={},
            at=now,
        )
        return ocsp_pb2.RemoveVerifierResponse().SerializeToString(deterministic=True)

    answer = ocsp.requests.once(ocsp.database, key, now, work)
    ocsp.registry.reload()
    return answer


def _details(record: VerifierRecord) -> dict[str, Value]:
    """What was granted, so that the journal alone tells who could ask when."""
    values: dict[str, Value] = {"authority_ids": ",".join(map(str, sorted(record.authority_ids)))}
    if record.request_signers:
        digests = sorted(hashlib.sha256(der).hexdigest() for der in record.request_signers)
        values["signers_sha256"] = ",".join(digests)
    if record.closed_networks:
        values["closed_networks"] = ",".join(sorted(record.closed_networks))
    return values
