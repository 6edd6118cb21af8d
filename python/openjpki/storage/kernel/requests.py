"""Answers already given: a retry with the same request id and content gets the first one.

A use case of one transaction needs one line::

    return requests.once(database, request_key, clock.now(), lambda tx: work(tx))

One that signs between two transactions looks first (:meth:`RequestLog.find`) and keeps its answer
in its last transaction (:meth:`RequestLog.remember`). Refusals are not kept: a retry after one is
judged anew.

Answers are forgotten after a time (:meth:`RequestLog.forget_before`), so a call repeated later is
judged anew too. It must not do its work a second time: either what it did stands in the way (a
state that has passed, a certificate revoked before), or it finds what it made by an id that comes
from the call itself and is refused (:func:`forgotten`) or answered again. A service with a call for
which neither holds does not forget.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, select, tuple_

from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.kernel.failures import StorageConflictError, StorageLockedError
from openjpki.storage.kernel.tables import requests as _requests

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from openjpki.storage.kernel.beginning import Turn
    from openjpki.storage.kernel.transaction import Reading, Transaction, Writer


# Built once: building a statement takes as long as sending it.
_FIND = select(_requests.c.digest, _requests.c.response).where(
    _requests.c.method == bindparam("method"),
    _requests.c.caller == bindparam("caller"),
    _requests.c.request_id == bindparam("request_id"),
)
_REMEMBER = _requests.insert()


@dataclass(frozen=True, slots=True)
class RequestKey:
    """What makes two calls the same one."""

    method: str
    """Full name, e.g. ``openjpki.api.ca.v1.CertificateService/IssueCertificate``."""
    caller: str
    """SPIFFE id of the peer: one caller's ids say nothing about another's."""
    request_id: str
    """UUID, lower case."""
    digest: bytes
    """SHA-256 of the content, 32 bytes."""

    @classmethod
    def of(cls, method: str, caller: str, request_id: str, content: bytes) -> RequestKey:
        """``content``: the request message, serialised deterministically."""
        return cls(method, caller, request_id.lower(), hashlib.sha256(content).digest())

    def require_same(self, digest: bytes) -> None:
        """That this call's content is the one of which ``digest`` was kept under its id.

        Raises ``REQUEST_ID_REUSED``.
        """
        if not hmac.compare_digest(digest, self.digest):
            raise reused()

    def repeats(self, first: RequestKey) -> bool:
        """Whether this is ``first``, made again. Raises ``REQUEST_ID_REUSED`` where it has that
        call's id and other content."""
        if (first.method, first.caller, first.request_id) != (
            self.method,
            self.caller,
            self.request_id,
        ):
            return False
        self.require_same(first.digest)
        return True


class RequestLog:
    """The answers of one service, in its own database."""

    def find(self, tx: Reading, request_key: RequestKey) -> bytes | None:
        """The answer given before, or None. Raises ``REQUEST_ID_REUSED`` for other content."""
        asked = {
            "method": request_key.method,
            "caller": request_key.caller,
            "request_id": request_key.request_id,
        }
        row = tx.connection.execute(_FIND, asked).first()
        if row is None:
            return None
        request_key.require_same(row.digest)
        return bytes(row.response)

    def remember(
        self, tx: Transaction, request_key: RequestKey, response: bytes, at: datetime
    ) -> None:
        """Keep an answer, in the transaction of what it answers for.

        Raises ``CONFLICTING_CHANGE`` if another call with the id came first: try again and find
        its answer.
        """
        tx.connection.execute(
            _REMEMBER,
            {
                "method": request_key.method,
                "caller": request_key.caller,
                "request_id": request_key.request_id,
                "digest": request_key.digest,
                "response": response,
                "at": at,
            },
        )

    def once(
        self,
        writer: Writer,
        request_key: RequestKey,
        at: datetime,
        work: Callable[[Transaction], bytes],
        *,
        turn: Turn | None = None,
    ) -> bytes:
        """The answer given before, or that of ``work`` done now, in one transaction with it.

        ``work`` returns the response message, serialised; it runs again after a conflict. ``turn``:
        of its transaction.
        """

        def attempt(tx: Transaction) -> bytes:
            known = self.find(tx, request_key)
            if known is not None:
                return known
            try:
                response = work(tx)
            except (StorageConflictError, StorageLockedError):
                raise
            except OpenJpkiError as refusal:
                # The same call may have come twice at once, and what it does was done while this
                # one waited for its turn: from the beginning, where its answer is found.
                if self.find(tx, request_key) is not None:
                    raise StorageConflictError from refusal
                raise
            self.remember(tx, request_key, response, at)
            return response

        return writer.run(attempt, turn=turn)

    def forget_before(self, tx: Transaction, moment: datetime, *, at_most: int) -> int:
        """Drop the oldest answers given before ``moment``; how many. Retries are made in hours,
        not months."""
        identity = (_requests.c.method, _requests.c.caller, _requests.c.request_id)
        # Another replica forgets too: each takes what the other has not taken.
        oldest = (
            select(*identity)
            .where(_requests.c.at < moment)
            .order_by(_requests.c.at)
            .limit(at_most)
            .with_for_update(skip_locked=True)
        )
        return tx.connection.execute(
            delete(_requests).where(tuple_(*identity).in_(oldest))
        ).rowcount


def reused() -> OpenJpkiError:
    """The refusal of an id that came back with other content."""
    return OpenJpkiError(
        Reason.REQUEST_ID_REUSED,
        "was used before for a request with other content",
        field="request_id",
    )


def forgotten() -> OpenJpkiError:
    """The refusal of an id whose call was carried out, and whose answer is no longer kept."""
    return OpenJpkiError(
        Reason.REQUEST_ID_REUSED,
        "was used before, so long ago that its answer is no longer kept",
        field="request_id",
    )
