"""Files of changes as a register writes them: CSV in UTF-8, read and turned into notices.

A row names the resident by number, which is gone from here on: what is sent has the link alone.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.domain.change_notices import ChangeNotice
from openjpki.domain.stated_time import stated_moment
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.registration.register.person_references import link_of
from openjpki.services.registration.register.register_file import (
    RegisterFileError,
    require_resident_id,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

NOTICE_COLUMNS = ("sequence", "resident_id", "noticed_at")
"""Columns of a file of changes in CSV."""
_LARGEST = 2**53 - 1


@dataclass(frozen=True, slots=True)
class NumberedNotice:
    """A notice under the sender's number."""

    sequence: int
    notice: ChangeNotice


def read_notices(lines: Iterable[str], register_key: bytes) -> Iterator[NumberedNotice]:
    """The notices of a file, one by one. ``register_key``: the municipality's.

    Raises `RegisterFileError` for the first row that can't be taken, without its values.
    """
    rows = csv.DictReader(lines, strict=True)
    try:
        if sorted(rows.fieldnames or ()) != sorted(NOTICE_COLUMNS):
            raise RegisterFileError(
                Reason.INVALID_FIELD, 1, None, f"must name {', '.join(NOTICE_COLUMNS)}"
            )
        for row in rows:
            try:
                yield _notice(row, register_key)
            except OpenJpkiError as error:
                raise RegisterFileError(
                    error.reason, rows.line_num, error.field, error.message
                ) from None
    except csv.Error:
        raise RegisterFileError(
            Reason.INVALID_FIELD, rows.line_num + 1, None, "is not CSV (RFC 4180)"
        ) from None


def _notice(row: dict[str, str], register_key: bytes) -> NumberedNotice:
    texts = [row.get(column) for column in NOTICE_COLUMNS]
    if None in row or not all(isinstance(one, str) for one in texts):
        raise OpenJpkiError(
            Reason.INVALID_FIELD, f"must have {len(NOTICE_COLUMNS)} columns", field=None
        )
    sequence, resident_id, noticed_at = map(str, texts)
    if not (sequence.isascii() and sequence.isdigit() and 1 <= int(sequence) <= _LARGEST):
        raise OpenJpkiError(Reason.INVALID_FIELD, "must be a number from 1 on", field="sequence")
    require_resident_id(resident_id)
    return NumberedNotice(
        int(sequence),
        ChangeNotice(
            link_of(register_key, resident_id), stated_moment(noticed_at, field="noticed_at")
        ),
    )
