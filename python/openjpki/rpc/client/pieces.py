"""An answer that comes in pieces, read to its end and no further than anybody has use for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from collections.abc import Iterator


def pieces(stream: Any, most: int) -> Iterator[bytes]:
    """Each piece's octets, ``most`` in all. ``stream``: a call with a deadline, whose messages have
    a ``chunk``; it is over when this is.

    Raises what ends the call, ``MESSAGE_TOO_LARGE``.
    """
    got = 0
    try:
        for piece in stream:
            got += len(piece.chunk)
            if got > most:
                raise OpenJpkiError(
                    Reason.MESSAGE_TOO_LARGE, "the answer is larger than any can be"
                )
            yield piece.chunk
    finally:
        stream.cancel()
