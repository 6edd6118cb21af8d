"""What one person enters and another decides: an officer's key, a responder's, a denied credential.

The rules that all of them have. What waits for the second person, and what becomes of it, each
keeps in a table of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.peer import may_be_one_person
from openjpki.storage.kernel import denied_credentials
from openjpki.telemetry.metrics import PROPOSALS_LAPSED

if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Literal

    from openjpki.storage.kernel.transaction import Reading


def require_another(
    first: str,
    second: str,
    rule: str,
    *,
    reason: Reason = Reason.SAME_OFFICER,
    field: str | None = None,
) -> None:
    """Raises ``reason`` with this ``rule`` where both SPIFFE ids may be one person's."""
    if may_be_one_person(first, second):
        raise OpenJpkiError(reason, rule, field=field)


def is_denied(person: str, denied: Collection[str], certificate: str | None = None) -> bool:
    """Whether one of the denied credentials may be the person's with this SPIFFE id: what they
    entered counts no more, as nobody knows in whose hands theirs was. One that is denied by its
    fingerprint alone is nobody's; but what was entered with it (``certificate``, where that is
    known) counts no more either."""
    return certificate in denied or any(may_be_one_person(person, one) for one in denied)


def require_standing(
    tx: Reading, first: str, *, certificate: str | None = None, field: str, state: str
) -> None:
    """Raises ``WRONG_STATE``, with this ``state``, where who entered it (SPIFFE id), or the
    ``certificate`` it was entered with, is denied since: a second person alone would be left. What
    waits so is ended by itself soon."""
    if is_denied(first, denied_credentials.names(tx), certificate):
        raise OpenJpkiError(
            Reason.WRONG_STATE,
            "was proposed by somebody who is denied since: it must be proposed anew",
            field=field,
            state=state,
        )


def require_few(entered: int, at_most: int, rule: str) -> None:
    """Raises ``TOO_MANY_ENTRIES`` with this ``rule`` where one person has entered more than
    ``at_most``: whoever has their credential fills nothing."""
    if entered > at_most:
        raise OpenJpkiError(Reason.TOO_MANY_ENTRIES, rule)


def count_lapsed(
    register: Literal["officers", "responders", "agreements", "revocations"], how_many: int
) -> None:
    """Tell of proposals that ended since nobody had decided on them in time."""
    PROPOSALS_LAPSED.labels(register).inc(how_many)
