"""What is made again of the journal, where rows are not as they were written: only of all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.kernel import segments

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openjpki.domain.retention import RetentionClass
    from openjpki.storage.kernel.transaction import Reading
    from openjpki.storage.kernel.unreadable import Unreadable


def require_readable(unreadable: Iterable[Unreadable]) -> None:
    """Raises ``STORED_UNREADABLE`` where an entry can't be read: it may be the one that is lacking.
    ``unreadable``: what was left out of a reading of the journal."""
    for _ in unreadable:
        raise not_vouched("an entry of the journal can't be read")


def require_whole(tx: Reading, service: str, stream: str, books: Iterable[RetentionClass]) -> None:
    """Raises ``STORED_UNREADABLE`` where a book of a stream is not as it was sealed. ``service``:
    whose journal it is."""
    for book in books:
        if segments.faults(tx, stream, book):
            raise not_vouched(
                f"the journal is not as it was sealed: `openjpki journal verify {service}`"
            )


def not_vouched(rule: str) -> OpenJpkiError:
    """Nothing is made of a journal that lacks something."""
    return OpenJpkiError(Reason.STORED_UNREADABLE, rule)
