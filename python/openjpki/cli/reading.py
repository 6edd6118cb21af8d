"""Files that commands read, whoever made them: text in UTF-8 whatever this machine's locale says,
and a file that breaks off is told of by its name."""

from __future__ import annotations

import io
import json
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from typing import BinaryIO


@contextmanager
def named(file: object) -> Iterator[None]:
    """Whatever fails in here is told of by this name: the machine gives one to a file that does not
    open, and none to one that breaks off."""
    try:
        yield
    except OSError as error:
        if error.filename is None:
            error.filename = str(file)
        raise


def octets_of(path: Path) -> bytes:
    """All of a file. Raises ``OSError`` with its name."""
    with named(path):
        return path.read_bytes()


def text_of(file: BinaryIO, field: str) -> str:
    """All of a file that is open, or of standard input. Raises ``INVALID_FIELD`` for what is not
    UTF-8, ``OSError`` with the file's name."""
    name = _name_of(file)
    with named(name):
        octets = file.read()
    try:
        return octets.decode(_MARKED)
    except UnicodeDecodeError:
        raise _not_utf8(field, name) from None


def lines_of(file: BinaryIO, field: str) -> Iterator[str]:
    """The same, line by line, wherever they were written: the file may be larger than what memory
    there is. Names the line too that is not UTF-8."""
    name, encoding, number = _name_of(file), _MARKED, 0
    with named(name):
        for octets in file:
            try:
                text = octets.decode(encoding)
            except UnicodeDecodeError:
                raise _not_utf8(field, name, line=str(number + 1)) from None
            encoding = "utf-8"
            # No octet of another character is that of a line's end; \r alone ends one too.
            for line in io.StringIO(text, newline=None):
                number += 1
                yield line


_MARKED = "utf-8-sig"
"""Windows begins UTF-8 with a mark."""


def _name_of(file: BinaryIO) -> str:
    return "standard input" if file is getattr(sys.stdin, "buffer", None) else str(file.name)


def _not_utf8(field: str, name: str, **where: str) -> OpenJpkiError:
    return OpenJpkiError(Reason.INVALID_FIELD, "is not UTF-8", field=field, file=name, **where)


def json_object(text: str, field: str) -> dict[str, Any]:
    """What a JSON object says. Raises ``INVALID_FIELD`` for anything else, and for one that says
    something twice: of two values nobody knows which was meant."""
    try:
        found = json.loads(text, object_pairs_hook=lambda pairs: _once(pairs, field))
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise OpenJpkiError(Reason.INVALID_FIELD, "must be a JSON object", field=field)
    return found


def _once(pairs: Sequence[tuple[str, Any]], field: str) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) < len(pairs):
        raise OpenJpkiError(Reason.INVALID_FIELD, "must not have the same field twice", field=field)
    return read
