"""Denying credentials of the mesh and allowing them again (R8.1.4).

One operator denies at once: who is dismissed is out while others are still being asked. Giving
access back can wait, and takes another operator than the one who denied it, and than whose it is.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.domain.retention import RetentionClass
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.peer import parse_spiffe_id, spoken_for
from openjpki.services.common.left_out import tell_left_out
from openjpki.services.common.two_people import require_another, require_few
from openjpki.storage.kernel import denied_credentials
from openjpki.storage.kernel.acts import UUID, WORD, Act, text
from openjpki.storage.kernel.denied_credentials import DeniedCredential

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from openjpki.domain.clock import Clock
    from openjpki.rpc.identity.peer import CertifiedPeer
    from openjpki.storage.kernel.database import Database
    from openjpki.storage.kernel.journal import Journal
    from openjpki.storage.kernel.requests import RequestKey, RequestLog
    from openjpki.storage.kernel.transaction import Transaction

STREAM = "mesh"
"""The journal's stream of every change to the list."""

_CREDENTIAL = text(r"spiffe://[a-z0-9._/A-Z-]{1,2040}|sha256:[0-9a-f]{64}")
_SUBJECT_LENGTH = 200

MOST_DENIED = 1000
"""Entries of one operator: whoever has an operator's credential cannot fill a service's memory, nor
lock a whole country out. No entry ends by itself, as that would let somebody back in."""

CREDENTIAL_DENIED = Act(
    "credential.denied",
    RetentionClass.OPERATIONS,
    {"credential": _CREDENTIAL, "cause": WORD, "request_id": UUID},
)
CREDENTIAL_ALLOWED = Act(
    "credential.allowed",
    RetentionClass.OPERATIONS,
    {"credential": _CREDENTIAL, "request_id": UUID},
)


@dataclass(frozen=True, slots=True)
class Denying:
    """The list as operators change it, in the service's own database."""

    database: Database
    journal: Journal
    requests: RequestLog
    clock: Clock

    def deny(
        self, credential: str, cause: str, operator: CertifiedPeer, request_key: RequestKey
    ) -> DeniedCredential:
        """The entry as it stands, of who denied it first; durable when this returns.

        Raises ``OWN_CREDENTIAL`` for what the operator calls with: whoever locked themselves out
        could tell nobody, and a second operator can do it. ``INVALID_FIELD`` for an id that nobody
        of this mesh can have: an entry with a slip in it would deny nobody, and look as if it did.
        ``OUT_OF_SCOPE`` for what reaches beyond an operator of some authorities.
        ``TOO_MANY_ENTRIES``, ``REQUEST_ID_REUSED``.
        """
        _require_of_mesh(credential, operator)
        _require_reached(credential, operator)
        if credential in {operator.identity.spiffe_id, operator.fingerprint}:
            raise OpenJpkiError(
                Reason.OWN_CREDENTIAL, "is the one you call with", field="credential"
            )
        now = self.clock.now().replace(microsecond=0)
        entry = DeniedCredential(
            credential=credential, cause=cause, denied_by=request_key.caller, denied_at=now
        )

        def work(tx: Transaction) -> bytes:
            if denied_credentials.add(tx, entry):
                require_few(
                    denied_credentials.count_of(tx, entry.denied_by),
                    MOST_DENIED,
                    f"has denied {MOST_DENIED} credentials already",
                )
                self._enter(tx, CREDENTIAL_DENIED, credential, request_key, cause=cause)
            return b""

        self.requests.once(self.database, request_key, now, work)
        with self.database.reading() as tx:
            return denied_credentials.get(tx, credential) or entry

    def allow(self, credential: str, operator: CertifiedPeer, request_key: RequestKey) -> None:
        """Take an entry off the list; a retry changes nothing.

        Raises ``OUT_OF_SCOPE`` as :meth:`deny`, ``CREDENTIAL_NOT_DENIED``, ``SAME_OPERATOR``,
        ``REQUEST_ID_REUSED``.
        """
        _require_reached(credential, operator)
        # One person may have several ids, and is out with one of them as long as another says so.
        require_another(
            credential,
            request_key.caller,
            "may be your own: another operator may allow it",
            reason=Reason.SAME_OPERATOR,
        )

        def work(tx: Transaction) -> bytes:
            denied_by = denied_credentials.who_denied(tx, credential)
            if denied_by is None:
                raise OpenJpkiError(
                    Reason.CREDENTIAL_NOT_DENIED, "is not on the list", field="credential"
                )
            require_another(
                denied_by,
                request_key.caller,
                "was denied by you: another operator may allow it",
                reason=Reason.SAME_OPERATOR,
            )
            denied_credentials.remove(tx, credential)
            self._enter(tx, CREDENTIAL_ALLOWED, credential, request_key)
            return b""

        self.requests.once(self.database, request_key, self.clock.now(), work)

    def listed(self, operator: CertifiedPeer) -> Sequence[DeniedCredential]:
        """Every entry within the operator's reach, the newest first."""
        with self.database.reading() as tx:
            entries = denied_credentials.all_of(tx, left_out=tell_left_out)
        return [one for one in entries if _reached(one.credential, operator)]

    def _enter(
        self,
        tx: Transaction,
        act: Act,
        credential: str,
        request_key: RequestKey,
        **facts: str,
    ) -> None:
        self.journal.append(
            tx,
            act,
            stream=STREAM,
            actor=request_key.caller,
            subject=credential[:_SUBJECT_LENGTH],
            details={"credential": credential, "request_id": request_key.request_id, **facts},
            at=self.clock.now(),
        )


def require_credential(text: str) -> None:
    """``INVALID_FIELD`` unless it is what an entry can name, in whatever mesh."""
    if re.fullmatch(r"sha256:[0-9a-f]{64}", text):
        return
    trust_domain = text.removeprefix("spiffe://").partition("/")[0]
    try:
        parse_spiffe_id(text, trust_domain)
    except OpenJpkiError as error:
        raise OpenJpkiError(
            Reason.INVALID_FIELD, "is no credential of a mesh", field="credential"
        ) from error


def enter_denied(
    tx: Transaction, journal: Journal, credential: str, cause: str, *, actor: str, at: datetime
) -> bool:
    """Deny at the console; False for what is denied already."""
    now = at.replace(microsecond=0)
    entry = DeniedCredential(credential=credential, cause=cause, denied_by=actor, denied_at=now)
    if not denied_credentials.add(tx, entry):
        return False
    journal.append(
        tx,
        CREDENTIAL_DENIED,
        stream=STREAM,
        actor=actor,
        subject=credential[:_SUBJECT_LENGTH],
        details={"credential": credential, "cause": cause, "request_id": str(uuid.uuid4())},
        at=now,
    )
    return True


def _require_reached(credential: str, operator: CertifiedPeer) -> None:
    if not _reached(credential, operator):
        raise OpenJpkiError(
            Reason.OUT_OF_SCOPE,
            "speaks for more than the authorities that you operate",
            field="credential",
        )


def _reached(credential: str, operator: CertifiedPeer) -> bool:
    """Whether whoever has this credential speaks for nothing but what the operator operates. Of one
    certificate, named by its fingerprint, nobody here knows whose it is."""
    reach = operator.identity.reach
    if reach is None or reach.everything:
        return reach is not None
    if not credential.startswith("spiffe://"):
        return False
    trust_domain = operator.identity.spiffe_id.removeprefix("spiffe://").partition("/")[0]
    try:
        theirs = spoken_for(parse_spiffe_id(credential, trust_domain))
    except OpenJpkiError:
        return False
    return theirs is not None and reach.covers(theirs)


def _require_of_mesh(credential: str, operator: CertifiedPeer) -> None:
    if not credential.startswith("spiffe://"):
        return
    trust_domain = operator.identity.spiffe_id.removeprefix("spiffe://").partition("/")[0]
    try:
        parse_spiffe_id(credential, trust_domain)
    except OpenJpkiError as error:
        raise OpenJpkiError(
            Reason.INVALID_FIELD,
            f"is no id that a credential of {trust_domain} can have (docs/identities.md)",
            field="credential",
        ) from error
