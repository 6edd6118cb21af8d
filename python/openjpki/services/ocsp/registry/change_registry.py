"""Registering verifiers and ending their access (R4.2)."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ocsp.agreements.stop import enter_ends, stop_all, stop_taken_over
from openjpki.services.ocsp.journal import (
    STREAM,
    VERIFIER_REGISTERED,
    VERIFIER_REMOVED,
    VERIFIER_REPLACED,
)
from openjpki.services.ocsp.registry.apart import require_apart
from openjpki.storage.ocsp import agreements, usage, verifiers

if TYPE_CHECKING:
    from openjpki.services.ocsp.context import OcspContext
    from openjpki.storage.kernel.acts import Value
    from openjpki.storage.kernel.requests import RequestKey
    from openjpki.storage.kernel.transaction import Transaction
    from openjpki.storage.ocsp.verifiers import VerifierRecord


def put_verifier(
    ocsp: OcspContext, record: VerifierRecord, request_key: RequestKey, *, same_verifier: bool
) -> datetime:
    """Keep an entry in place of what there was; when it took effect, the first time on a retry.

    ``same_verifier``: whether it is said to be who had the id before. In effect here when this
    returns, on other replicas at their next reading. Raises ``INVALID_FIELD`` when a request signer
    is another verifier's or a network overlaps one of theirs, ``WRONG_STATE`` for an id that
    somebody had, ``REQUEST_ID_REUSED``.
    """
    now = record.registered_at

    def work(tx: Transaction) -> bytes:
        is_new = verifiers.put(tx, record)
        verifier_id, by = record.verifier_id, request_key.caller
        if is_new and not same_verifier and _was_somebodys(tx, verifier_id):
            raise OpenJpkiError(
                Reason.WRONG_STATE,
                "was the id of a verifier that was removed, whose counts statements have under it: "
                "take another id, or say that it is the same verifier",
                field="same_verifier",
            )
        if is_new:
            # A release before agreements, or a hand, removes an entry alone: what was agreed with
            # whoever had the id is nothing of who has it now.
            left = stop_all(tx, verifier_id, by=by, at=now)
        else:
            left = stop_taken_over(tx, verifier_id, record.authority_ids, by=by, at=now)
        ocsp.journal.append(
            tx,
            VERIFIER_REGISTERED if is_new else VERIFIER_REPLACED,
            stream=STREAM,
            actor=request_key.caller,
            subject=record.verifier_id,
            details=_details(record),
            at=now,
        )
        enter_ends(ocsp, tx, record.verifier_id, left, request_key.caller, now)
        # After that: others who put an entry wait for ours by now, and theirs are seen.
        require_apart(record.closed_networks, verifiers.networks_of_others(tx, record.verifier_id))
        return now.isoformat().encode()

    kept = ocsp.requests.once(ocsp.database, request_key, now, work)
    ocsp.registry.look()
    return datetime.fromisoformat(kept.decode())


def remove_verifier(
    ocsp: OcspContext, verifier_id: str, request_key: RequestKey, *, ends_agreements: bool
) -> None:
    """End a verifier's access, and its agreements for good; a retry changes nothing.

    In effect as :func:`put_verifier` says. Raises ``UNKNOWN_VERIFIER``, ``REQUEST_ID_REUSED``;
    ``WRONG_STATE`` where officers have agreed with it and ``ends_agreements`` was not said.
    """
    now = ocsp.clock.now()

    def work(tx: Transaction) -> bytes:
        known = agreements.queue_for(tx, verifier_id)
        if not known:
            raise OpenJpkiError(
                Reason.UNKNOWN_VERIFIER, "is not a registered verifier", field="verifier_id"
            )
        if not ends_agreements and agreements.is_agreed_with(tx, verifier_id):
            raise OpenJpkiError(
                Reason.WRONG_STATE,
                "has agreements with governors, which would end for good: say that they are to",
                field="ends_agreements",
            )
        verifiers.remove(tx, verifier_id)
        stopped = stop_all(tx, verifier_id, by=request_key.caller, at=now)
        ocsp.journal.append(
            tx,
            VERIFIER_REMOVED,
            stream=STREAM,
            actor=request_key.caller,
            subject=verifier_id,
            details={},
            at=now,
        )
        enter_ends(ocsp, tx, verifier_id, stopped, request_key.caller, now)
        return b""

    ocsp.requests.once(ocsp.database, request_key, now, work)
    ocsp.registry.look()


def _was_somebodys(tx: Transaction, verifier_id: str) -> bool:
    return agreements.is_known(tx, verifier_id) or usage.is_counted(tx, verifier_id)


def _details(record: VerifierRecord) -> dict[str, Value]:
    """What was granted, so that the journal alone tells who could ask when."""
    values: dict[str, Value] = {"authority_ids": ",".join(map(str, sorted(record.authority_ids)))}
    if record.request_signers:
        digests = sorted(hashlib.sha256(der).hexdigest() for der in record.request_signers)
        values["signers_sha256"] = ",".join(digests)
    if record.closed_networks:
        values["closed_networks"] = ",".join(sorted(record.closed_networks))
    return values
