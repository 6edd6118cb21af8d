"""Answers already given: a retry with the same request id and content gets the first one.

A use case of one transaction needs one line::

    return requests.once(database, key, clock.now(), lambda tx: work(tx))

One that signs between two transactions looks first (:meth:`RequestLog.find`) and keeps its answer
in its last transaction (:meth:`RequestLog.remember`). Refusals are not kept: a retry after one is
judged anew.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.common import requests as _requests

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from openjpki.storage.database import Database
    from openjpki.storage.transaction import Reading, Transaction


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


class RequestLog:
    """The answers of one service, in its own database."""

    def find(self, tx: Reading, key: RequestKey) -> bytes | None:
        """The answer given before, or None. Raises ``REQUEST_ID_REUSED`` for other content."""
        row = tx.connection.execute(
            select(_requests.c.digest, _requests.c.response).where(
                _requests.c.method == key.method,
                _requests.c.caller == key.caller,
                _requests.c.request_id == key.request_id,
            )
        ).first()
        if row is None:
            return None
        if not hmac.compare_digest(row.digest, key.digest):
            raise reused()
        return bytes(row.response)

    def remember(self, tx: Transaction, key: RequestKey, response: bytes, at: datetime) -> None:
        """Keep an answer, in the transaction of what it answers for.

        Raises ``CONFLICTING_CHANGE`` if another call with the id came first: try again and find
        its answer.
        """
        tx.connection.execute(
            _requests.insert().values(
                method=key.method,
                caller=key.caller,
                request_id=key.request_id,
                digest=key.digest,
                response=response,
                at=at,
            )
        )

    def once(
        self,
        database: Database,
        key: RequestKey,
        at: datetime,
        work: Callable[[Transaction], bytes],
    ) -> bytes:
        """The answer given before, or that of ``work`` done now, in one transaction with it.

        ``work`` returns the response message, serialised; it runs again after a conflict.
        """

        def attempt(tx: Transaction) -> bytes:
            known = self.find(tx, key)
            if known is not None:
                return known
            response = work(tx)
            self.remember(tx, key, response, at)
            return response

        return database.run(attempt)

    def forget_before(self, tx: Transaction, moment: datetime) -> int:
        """Drop answers older than ``moment``; how many. Retries are made in hours, not months."""
        return tx.connection.execute(delete(_requests).where(_requests.c.at < moment)).rowcount


def reused() -> OpenJpkiError:
    """The refusal of an id that came back with other content."""
    return OpenJpkiError(
        Reason.REQUEST_ID_REUSED,
        "was used before for a request with other content",
        field="request_id",
    )
