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
    name = "standard input" if file is getattr(sys.stdin, "buffer", None) else file.name
    with named(name):
        octets = file.read()
    try:
        # Windows begins UTF-8 with a mark.
        return octets.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise OpenJpkiError(
            Reason.INVALID_FIELD, "is not UTF-8", field=field, file=str(name)
        ) from None


def lines_of(file: BinaryIO, field: str) -> Iterator[str]:
    """The same, line by line, wherever they were written."""
    return iter(io.StringIO(text_of(file, field), newline=None))


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
