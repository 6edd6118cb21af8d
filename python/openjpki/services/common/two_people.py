"""What one person enters and another decides: an officer's key, a responder's, a denied credential.

The rules that all of them have. What waits for the second person, and what becomes of it, each
keeps in a table of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.peer import may_be_one_person
from openjpki.telemetry.metrics import PROPOSALS_LAPSED

if TYPE_CHECKING:
    from typing import Literal


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


def require_few(entered: int, at_most: int, rule: str) -> None:
    """Raises ``TOO_MANY_ENTRIES`` with this ``rule`` where one person has entered more than
    ``at_most``: whoever has their credential fills nothing."""
    if entered > at_most:
        raise OpenJpkiError(Reason.TOO_MANY_ENTRIES, rule)


def count_lapsed(register: Literal["officers", "responders"], how_many: int) -> None:
    """Tell of proposals that ended since nobody had decided on them in time."""
    PROPOSALS_LAPSED.labels(register).inc(how_many)
