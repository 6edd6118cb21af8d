"""Generations of a key as they are stored, held against what the journal has of their making.

Rows that can't be read are made again of what vouches for them: the entry has the key's label and
the digest of the certificate, whose copies can be anywhere. Of the state alone there is no copy, as
it changes: where it can't be read, an operator says it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from openjpki.domain.generation import MAY_SIGN_LISTS, GenerationState
from openjpki.errors import OpenJpkiError, Reason, kind_of
from openjpki.services.common.left_out import not_read
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.storage.kernel.unreadable import NOT_READ, not_readable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from openjpki.storage.kernel.acts import Act, Value
    from openjpki.storage.kernel.journal import Entry
    from openjpki.storage.kernel.transaction import Reading
    from openjpki.storage.kernel.unreadable import StoredRow

MISSING: Final = "MISSING"
"""The journal has a generation of which there is no row."""
DIFFERS: Final = "DIFFERS"
"""A row has not what the generation was made with."""


@dataclass(frozen=True, slots=True)
class MadeGeneration:
    """A generation as the journal has it."""

    number: int
    key_label: str
    serial: bytes
    certificate_sha256: str
    at: datetime

    def is_of(self, certificate: bytes, key_label: str) -> bool:
        """Whether a row has its certificate (X.509 DER) and its key."""
        return (_digest(certificate), key_label) == (self.certificate_sha256, self.key_label)


@dataclass(frozen=True, slots=True)
class StoredGeneration:
    """A row, or one that is missing."""

    number: int | None
    """None where it can't be read."""
    state: GenerationState | None
    key_label: str | None
    fault: str | None
    """The rule that it breaks, or :data:`MISSING`; None for one that is as it was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PutRight:
    """A generation as the journal vouches for it, and which row it takes the place of."""

    made: MadeGeneration
    certificate: bytes
    """X.509 DER."""
    state: GenerationState
    is_missing: bool
    """Whether there is no row of it."""
    row_number: object
    """The row's number, as it is stored."""

    @property
    def must_sign(self) -> bool:
        """Whether its key must be in the key backend."""
        return self.state in MAY_SIGN_LISTS

    def store(self, add: Callable[[], object], replace: Callable[[object], object]) -> None:
        """Have it stored: as a row more, or in the place of the one of this number."""
        if self.is_missing:
            add()
        else:
            replace(self.row_number)

    @property
    def details(self) -> dict[str, Value]:
        """What the journal says of it."""
        return {
            "generation": self.made.number,
            "key_label": self.made.key_label,
            "certificate_sha256": self.made.certificate_sha256,
            "state": self.state.value,
        }


@dataclass(frozen=True, slots=True)
class StoredGenerations:
    """All of one authority, as they are stored."""

    made: Mapping[int, MadeGeneration]
    rows: Sequence[StoredRow]
    column: str
    """Which has the number."""
    fault_of: Callable[[StoredRow, MadeGeneration | None], str | None]
    """The rule that a row breaks, read and compared with how it was made, where that is known;
    raises one of ``NOT_READ``."""

    @classmethod
    def held_against(
        cls,
        tx: Reading,
        stream: str,
        created: Act,
        rows: Sequence[StoredRow],
        column: str,
        fault_of: Callable[[StoredRow, MadeGeneration | None], str | None],
    ) -> Self:
        """``rows`` of an authority and what the journal has of it. ``stream``: its journal;
        ``created``: the act with which a generation is made."""
        entries = SqlJournal().read_all(tx, stream, acts={created.name})
        return cls(_made_generations(entries), rows, column, fault_of)

    def listed(self) -> list[StoredGeneration]:
        """Every row, and what the journal has and no row is of."""
        found = [self._stored(row) for row in self.rows]
        numbers = {one.number for one in found}
        return [
            *found,
            *(
                StoredGeneration(one.number, None, one.key_label, MISSING)
                for one in self.made.values()
                if one.number not in numbers
            ),
        ]

    def to_put_right(
        self,
        number: int,
        copies: Callable[[MadeGeneration, StoredRow | None], Iterable[object]],
        state: GenerationState | None,
    ) -> PutRight:
        """What takes the place of a row that is not as it was made.

        ``copies``: of what may be its certificate, X.509 DER; ``state``: for where what is stored
        can't be read. Raises ``GENERATION_NOT_FOUND`` for one that the journal has not,
        ``INVALID_FIELD`` for one that can be read or a state that is wanting or another one,
        ``STORED_UNREADABLE`` without the certificate.
        """
        made, row = self._require_made(number), self._to_repair(number)
        return PutRight(
            made=made,
            certificate=_certificate_among(made, copies(made, row)),
            state=_state_of(None if row is None else row.stored("state"), state),
            is_missing=row is None,
            row_number=None if row is None else row.stored(self.column),
        )

    def _require_made(self, number: int) -> MadeGeneration:
        """Raises ``GENERATION_NOT_FOUND`` for one that the journal has not."""
        found = self.made.get(number)
        if found is None:
            raise OpenJpkiError(
                Reason.GENERATION_NOT_FOUND, "is not in the journal", field="generation"
            )
        return found

    def _to_repair(self, number: int) -> StoredRow | None:
        """The row that is to be put right: of the number, or of none that there is; None where
        there is no such row. Raises ``INVALID_FIELD`` for one that is as it was made."""
        of_it = [row for row in self.rows if row.stored(self.column) == number]
        of_none = [row for row in self.rows if row.stored(self.column) not in self.made]
        row = next(iter([*of_it, *(one for one in of_none if self._fault(one))]), None)
        if row is not None and self._fault(row) is None:
            raise OpenJpkiError(
                Reason.INVALID_FIELD, "is as it was made, and can be read", field="generation"
            )
        return row

    def _stored(self, row: StoredRow) -> StoredGeneration:
        number, label = row.stored(self.column), row.stored("key_label")
        return StoredGeneration(
            number if isinstance(number, int) else None,
            _state_or_none(row.stored("state")),
            label if isinstance(label, str) else None,
            self._fault(row),
        )

    def _fault(self, row: StoredRow) -> str | None:
        try:
            return self.fault_of(row, self.made.get(row.stored(self.column)))
        except NOT_READ as error:
            return kind_of(error)


def _made_generations(entries: Iterable[Entry]) -> dict[int, MadeGeneration]:
    """By number. ``entries``: of the act with which a generation is made. Raises
    ``STORED_UNREADABLE`` for one that lacks what such a one says: a row may differ from it."""
    made = {}
    for one in entries:
        try:
            number = int(one.details["generation"])
            made[number] = MadeGeneration(
                number=number,
                key_label=str(one.details["key_label"]),
                serial=bytes.fromhex(str(one.details["serial"])),
                certificate_sha256=str(one.details["certificate_sha256"]),
                at=one.at,
            )
        except NOT_READ as error:
            raise not_readable(not_read(one, error)) from error
    return made


def _certificate_among(made: MadeGeneration, copies: Iterable[object]) -> bytes:
    """Its certificate, X.509 DER. Raises ``STORED_UNREADABLE`` where none of the copies is."""
    for one in copies:
        if isinstance(one, bytes | memoryview) and _digest(bytes(one)) == made.certificate_sha256:
            return bytes(one)
    raise OpenJpkiError(
        Reason.STORED_UNREADABLE,
        "the certificate that the journal has the digest of is not here",
        field="--certificate",
        sha256=made.certificate_sha256,
    )


def _state_of(stored: object, asked: GenerationState | None) -> GenerationState:
    """The state that is stored, or what an operator says where it can't be read. Raises
    ``INVALID_FIELD`` where there is neither, or both and they differ."""
    known = _state_or_none(stored)
    if known is None and asked is None:
        raise OpenJpkiError(
            Reason.INVALID_FIELD, "must be given: what is stored can't be read", field="--state"
        )
    if known is not None and asked not in {None, known}:
        raise OpenJpkiError(
            Reason.INVALID_FIELD, f"is {known} here, which can be read", field="--state"
        )
    return known or asked or GenerationState.LOST


def _state_or_none(stored: object) -> GenerationState | None:
    """The state that a column has, if it is one."""
    return next((one for one in GenerationState if one == stored), None)


def _digest(certificate: bytes) -> str:
    return hashlib.sha256(certificate).hexdigest()
