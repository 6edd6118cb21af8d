"""From a checked request to a stored certificate, safe against a crash at any step.

1. Every check that can refuse, in one view of the database; but that a key and a person's place are
   free, and that what is renewed still holds, is asked where they are taken, in step 3.
2. A serial number is drawn; the to-be-signed bytes are built and compared with the request: only
   what was can be signed.
3. The serial number is reserved and the intent stored, durable together: from here on the
   certificate will exist.
4. It is signed; the signature is verified.
5. Certificate, feed event and journal entry become durable together; of a renewal also the end of
   the certificate that is renewed. The issuance's own row says, for a retry, what the request came
   to.

No serial number is used twice: nothing is signed before step 3 is durable, and its transaction
fails for a number that was ever reserved. A crash before that forgets the number together with the
bytes that bore it, of which nothing was signed; so it may be drawn again.

An intent found open, by a retry of the same request or by whoever takes the authority's lease, is
checked again, its bytes against what is stored beside them, and taken up at step 4: the signature
of the same bytes is the same, so the answer is too.

Steps 3 and 5 are under the token of the lease with which the call began: once another instance has
taken the lease, neither becomes durable.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

from openjpki.domain.serial import SERIAL_OCTETS, serial_from_random
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ca.authorities.authority import key_of
from openjpki.services.ca.issuance.regaining import regain_intent
from openjpki.services.ca.issuance.renewal import end_renewed, require_still_unrevoked
from openjpki.services.ca.journal import CERTIFICATE_INTENDED, CERTIFICATE_ISSUED
from openjpki.services.ca.revocation.end_responders import end_if_withdrawn
from openjpki.storage.ca import (
    generations,
    issuances,
    responder_keys,
    serials,
    used_keys,
)
from openjpki.storage.ca.certificates import CertificateRecord
from openjpki.storage.ca.entering import enter_signed
from openjpki.storage.ca.intending import Kept, keep_at_once
from openjpki.storage.ca.issuances import Begun
from openjpki.storage.ca.issued import Issued, issued
from openjpki.storage.ca.kinds import CertificateKind
from openjpki.storage.kernel.beginning import Turn
from openjpki.telemetry.metrics import CERTIFICATES_ISSUED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.generation import Generation
    from openjpki.services.ca.authorities.authority import Authority
    from openjpki.services.ca.context import CaContext
    from openjpki.signer_core import CheckedTbs
    from openjpki.storage.ca.issuances import Intent
    from openjpki.storage.kernel.acts import Value
    from openjpki.storage.kernel.beside import Beside
    from openjpki.storage.kernel.requests import RequestKey
    from openjpki.storage.kernel.transaction import Reading, Transaction, Writer


CSR_FIELD = "certification_request"
"""The field of every request for a certificate that holds its PKCS#10."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """An intent ready to be stored, and what the journal is to say of it."""

    intent: Intent
    issuer: Generation
    """The generation that signs: the intent has its number."""
    checked: CheckedTbs
    """What the intent's bytes are, as only the check gives it."""
    facts: Mapping[str, Value]
    alongside: Callable[[Transaction], object] | None = None
    """Stores what belongs to the intent, in its transaction, and raises when what was checked
    before no longer holds: the transaction may have waited, or come after another call's."""
    beside: Beside | None = None
    """As ``alongside``, of rows that go to the database together with the intent: before the
    journal's number is taken, which other issuances of the authority wait for."""

    def __post_init__(self) -> None:
        """With ``beside`` the number is taken before ``alongside`` were called: whoever locks
        something there would wait for others in a circle."""
        if self.alongside is not None and self.beside is not None:
            raise OpenJpkiError(Reason.INTERNAL, "an intent has rows beside it or work alongside")


def issue_once(
    ca: CaContext,
    authority_id: AuthorityId,
    *,
    judge: Callable[[], Authority | Begun],
    build: Callable[[Authority, int, datetime], Prepared],
) -> Issued:
    """What a request for a certificate comes to; on a retry it is read from what is stored.

    ``judge`` finds what an earlier call with the same id began, or else refuses what must not be
    issued, in one view of the database, before anything is reserved. ``build`` prepares the intent
    for a serial number and the moment of issue. Raises ``NOT_THE_OWNER`` where another instance
    issues for the authority.
    """
    with ca.fence.writing(authority_id) as writer, ca.database.with_one_connection():
        return _issue(ca, writer, authority_id, judge, build)


def in_one_view(
    ca: CaContext, request_key: RequestKey, check: Callable[[Reading], Authority]
) -> Authority | Begun:
    """What an earlier call with this id began, or else what ``check`` finds, in one transaction."""
    with ca.database.reading() as tx:
        return issuances.begun_by(tx, request_key) or check(tx)


def _issue(
    ca: CaContext,
    writer: Writer,
    authority_id: AuthorityId,
    judge: Callable[[], Authority | Begun],
    build: Callable[[Authority, int, datetime], Prepared],
) -> Issued:
    judged = judge()
    while not isinstance(judged, Begun):
        serial = serial_from_random(ca.random(SERIAL_OCTETS))
        prepared = build(judged, serial, ca.clock.now().replace(microsecond=0))
        ca.checkpoint("bytes built")
        with ca.calls.on(authority_id, prepared.intent.serial):
            stored = writer.run(
                lambda tx: _store_intent(ca, tx, prepared),  # noqa: B023
                turn=Turn.COUNTS,
            )
            if stored is None:
                continue
            ca.checkpoint("intent stored")
            if stored == prepared.intent.serial:
                return _sign_and_store(
                    ca, writer, prepared.intent, prepared.issuer, prepared.checked
                )
        # A call with the same id was faster.
        judged = Begun(stored)
    return finish_intent(ca, writer, authority_id, judged.serial)


def finish_intent(
    ca: CaContext, writer: Writer, authority_id: AuthorityId, serial: bytes
) -> Issued:
    """Sign what an intent holds and store the certificate, unless that was done.

    Raises ``PROFILE_MISMATCH`` when the stored bytes are not those of the intent, ``KEY_*``.
    """
    with ca.database.reading() as tx:
        intent = issuances.get_intent(tx, authority_id, serial)
        if intent is None:
            return issued(tx, authority_id, serial)
        issuer = _issuer_of(tx, intent)
    return _sign_and_store(ca, writer, intent, issuer, regain_intent(intent, issuer))


def _sign_and_store(
    ca: CaContext, writer: Writer, intent: Intent, issuer: Generation, checked: CheckedTbs
) -> Issued:
    """Steps 4 and 5."""
    certificate = key_of(ca.keys, issuer).sign(checked)
    ca.checkpoint("signed")
    stored = writer.run(lambda tx: _store_certificate(ca, tx, intent, issuer, certificate))
    ca.checkpoint("stored")
    return stored


def _store_intent(ca: CaContext, tx: Transaction, prepared: Prepared) -> bytes | None:
    """Step 3; the serial number of the intent that is stored now.

    It is another one than the prepared intent's when a second call with the same request id was
    faster: its intent is the one that counts. None when the drawn serial number is taken: draw
    again.
    """
    intent, beside = prepared.intent, prepared.beside
    act = CERTIFICATE_INTENDED[intent.kind]
    facts: dict[str, Value] = {
        "request_id": intent.request.request_id,
        "partition": intent.partition,
        "key_sha256": intent.key_fingerprint.hex(),
        "key_label": prepared.issuer.key_label,
        **prepared.facts,
    }
    entry = _entry(intent, intent.intended_at, facts)
    # What it could not keep is asked, or tried again, one by one: nearly always that is nothing.
    kept = Kept.NOTHING
    if beside is not None:
        kept = keep_at_once(tx, intent, beside, ca.journal.entering(act, **entry))
    if kept < Kept.SERIAL and not serials.reserve(
        tx, intent.authority_id, intent.serial, intent.intended_at
    ):
        return None
    ca.checkpoint("serial reserved")
    if kept < Kept.KEY:
        faster = _claim_key(tx, intent)
        if faster is not None:
            return faster.serial
    if kept < Kept.EVIDENCE:
        stored = issuances.add_intent(tx, intent, beside)
        if stored != intent.serial:
            return stored
    require_still_unrevoked(tx, intent)
    if prepared.alongside is not None:
        prepared.alongside(tx)
    if kept < Kept.ENTRY:
        ca.journal.append(tx, act, **entry)
    ca.issue_room.take(tx, intent)
    return intent.serial


def _claim_key(tx: Transaction, intent: Intent) -> Begun | None:
    """Take the key for this intent, or find that this very request has it by now.

    Before the person's place is taken: of an application that is sent a second time it is said that
    its key is certified, not that the person has a certificate.
    """
    try:
        used_keys.claim(
            tx,
            intent.key_fingerprint,
            authority_id=intent.authority_id,
            kind=intent.kind,
            at=intent.intended_at,
        )
    except OpenJpkiError:
        begun = issuances.begun_by(tx, intent.request)
        if begun is None:
            raise
        return begun
    return None


def _store_certificate(
    ca: CaContext, tx: Transaction, intent: Intent, issuer: Generation, certificate: bytes
) -> Issued:
    """Step 5, unless another call did it meanwhile."""
    key = None
    if intent.kind is CertificateKind.RESPONDER:
        # Before anything else is locked, as whoever withdraws the key begins with it.
        key = responder_keys.lock(tx, intent.authority_id, intent.key_fingerprint)
    at = ca.clock.now()
    act = CERTIFICATE_ISSUED[intent.kind]
    facts: dict[str, Value] = {"certificate_sha256": hashlib.sha256(certificate).hexdigest()}
    # The position is not known yet.
    entry = _entry(intent, at, {**facts, "sequence": 0})
    entered = enter_signed(
        tx,
        CertificateRecord(
            authority_id=intent.authority_id,
            serial=intent.serial,
            kind=intent.kind,
            generation=intent.generation,
            certificate=certificate,
            partition=intent.partition,
            not_after=intent.not_after,
            issued_at=at,
        ),
        at,
        ca.journal.entering(act, **entry, told="sequence"),
    )
    if entered is None:
        return issued(tx, intent.authority_id, intent.serial)
    if not entered.in_journal:
        facts["sequence"] = entered.position
        ca.journal.append(tx, act, **_entry(intent, at, facts))
    end_if_withdrawn(ca, tx, key, intent.request)
    end_renewed(ca, tx, intent)
    tx.after_commit(lambda: _tell_issued(ca, intent))
    ca.checkpoint("storing")
    return Issued(intent.kind, intent.serial, certificate, issuer, at)


class _Entry(TypedDict):
    """What the journal is told of an act on an intent, beside which act it is."""

    stream: str
    actor: str
    subject: str
    at: datetime
    details: Mapping[str, Value]
    not_after: datetime


def _entry(intent: Intent, at: datetime, details: Mapping[str, Value]) -> _Entry:
    return {
        "stream": str(intent.authority_id),
        "actor": intent.request.caller,
        "subject": intent.serial.hex(),
        "at": at,
        "details": details,
        "not_after": intent.not_after,
    }


def _tell_issued(ca: CaContext, intent: Intent) -> None:
    ca.feed_signal.notify()
    CERTIFICATES_ISSUED.labels(str(intent.authority_id), intent.kind.value).inc()


def _issuer_of(tx: Reading, intent: Intent) -> Generation:
    found = generations.get(tx, intent.authority_id, intent.generation)
    if found is None:
        raise OpenJpkiError(Reason.INTERNAL, "the intent names no generation that there is")
    return found
