"""Register files: CSV in UTF-8 with a header, read and judged row by row."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING

from openjpki.domain.characters import require_text
from openjpki.domain.municipality import Municipality
from openjpki.domain.person import (
    MAX_ADDRESS_CHARACTERS,
    MAX_NAME_CHARACTERS,
    BirthDate,
    RomanisedName,
    Sex,
    require_words,
)
from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.resident_register.residents import Resident

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date
    from typing import TextIO


REGISTER_COLUMNS = (
    "resident_id",
    "municipality_code",
    "name",
    "name_kana",
    "romanised_name",
    "birth_date",
    "sex",
    "address",
)
"""Columns of a register file in CSV, in their order."""
ALL_COLUMNS = (*REGISTER_COLUMNS, "also_known_as")
"""With the one that a file may leave out: 通称, empty of who has none."""

_RESIDENT_ID = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}[A-Za-z0-9])?")
_LINE_END = re.compile(rb"\r\n|\r|\n")


class RegisterFileError(OpenJpkiError):
    """A row that can't be taken: line (from 1, the header's), column and rule, never the value."""

    def __init__(self, reason: Reason, line: int, column: str | None, rule: str) -> None:
        super().__init__(reason, f"line {line}: {rule}", field=column, line=str(line))
        self.line = line
        self.column = column


def read_register(
    file: TextIO, *, today: date, left_out: Callable[[RegisterFileError], None] | None = None
) -> Iterator[Resident]:
    """The residents of a register file, one by one; nothing of it is kept but the numbers seen.

    ``file`` is opened with ``newline=""``, in UTF-8. Texts come in canonical form; names may lie
    outside the certificate's repertoire, as the register's own. ``left_out``: told of a row whose
    values can't be taken, which ends no other then. Raises `RegisterFileError`, and for what is no
    such file always.
    """
    lines = csv.DictReader(file, strict=True)
    try:
        header = lines.fieldnames or ()
        if sorted(header) not in (sorted(REGISTER_COLUMNS), sorted(ALL_COLUMNS)):
            raise RegisterFileError(
                Reason.INVALID_FIELD, 1, None, f"must name {', '.join(REGISTER_COLUMNS)}"
            )
        seen: set[str] = set()
        for row in lines:
            texts = _texts(row, header, lines.line_num)
            try:
                yield _resident(texts, lines.line_num, seen, today)
            except RegisterFileError as error:
                if left_out is None:
                    raise
                left_out(error)
    except UnicodeDecodeError as error:
        # A file is decoded many lines at a time, before any of them is read.
        ahead = len(_LINE_END.findall(error.object[: error.start]))
        raise RegisterFileError(
            Reason.INVALID_FIELD, lines.reader.line_num + 1 + ahead, None, "is not UTF-8"
        ) from None
    except csv.Error:
        # The row's first line: a quote that never ends is read to the file's end.
        raise RegisterFileError(
            Reason.INVALID_FIELD, lines.line_num + 1, None, "is not CSV (RFC 4180)"
        ) from None


def _texts(
    row: dict[str | None, str | list[str] | None], header: Sequence[str], line: int
) -> dict[str, str]:
    values = {column: row.get(column) for column in header}
    if None in row or any(not isinstance(value, str) for value in values.values()):
        raise RegisterFileError(
            Reason.INVALID_FIELD, line, None, f"must have {len(header)} columns"
        )
    return {column: str(value) for column, value in values.items()}


def _resident(texts: dict[str, str], line: int, seen: set[str], today: date) -> Resident:
    try:
        _check(texts, today)
    except OpenJpkiError as error:
        raise RegisterFileError(error.reason, line, error.field, error.message) from None
    if texts["resident_id"] in seen:
        raise RegisterFileError(
            Reason.INVALID_FIELD, line, "resident_id", "stands in an earlier line already"
        )
    seen.add(texts["resident_id"])
    return Resident(**texts)


def _check(texts: dict[str, str], today: date) -> None:
    require_resident_id(texts["resident_id"])
    municipality = Municipality.parse(texts["municipality_code"], field="municipality_code")
    texts["municipality_code"] = municipality.code
    texts["name"] = _text(texts["name"], "name", MAX_NAME_CHARACTERS)
    require_words(texts["name"], field="name")
    if texts["name_kana"]:
        texts["name_kana"] = _text(texts["name_kana"], "name_kana", MAX_NAME_CHARACTERS)
    if texts.get("also_known_as"):
        texts["also_known_as"] = _text(texts["also_known_as"], "also_known_as", MAX_NAME_CHARACTERS)
        require_words(texts["also_known_as"], field="also_known_as")
    if texts["romanised_name"]:
        texts["romanised_name"] = RomanisedName.parse(texts["romanised_name"]).text
    BirthDate.parse(texts["birth_date"], today=today)
    Sex.parse(texts["sex"])
    texts["address"] = _text(texts["address"], "address", MAX_ADDRESS_CHARACTERS)
    if not texts["address"].startswith(municipality.prefecture.name):
        raise _broken("address", "must begin with the municipality's prefecture")


def require_resident_id(text: str) -> None:
    """Raises ``INVALID_FIELD`` for what is no resident's number."""
    if not _RESIDENT_ID.fullmatch(text):
        raise _broken("resident_id", "must be 1 to 64 letters, digits and inner hyphens")


def _text(text: str, column: str, longest: int) -> str:
    text = require_text(text, field=column)
    if not 1 <= len(text) <= longest:
        raise _broken(column, f"must be 1 to {longest} characters")
    return text


def _broken(column: str, rule: str) -> OpenJpkiError:
    return OpenJpkiError(Reason.INVALID_FIELD, rule, field=column)
