"""An unexpected exception as it may be logged: what and where, never with which values.

Messages of foreign exceptions quote what they failed on (a row, a parameter, a name), and so do
the source lines' variables; types and places don't.
"""

from __future__ import annotations

import traceback
from pathlib import PurePath

from openjpki.errors import OpenJpkiError

MAX_FRAMES = 30


def describe_failure(error: BaseException) -> dict[str, object]:
    """``error`` (type names, outermost first, following causes) and ``frames`` of the first
    cause, innermost last. Refusals of ours carry their reason, whose text is safe."""
    chain: list[str] = []
    current: BaseException | None = error
    deepest = error
    while current is not None and len(chain) < MAX_FRAMES:
        chain.append(_type_name(current))
        deepest = current
        current = current.__cause__ or (
            None if current.__suppress_context__ else current.__context__
        )
    frames = [
        f"{PurePath(frame.filename).name}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(deepest.__traceback__)[-MAX_FRAMES:]
    ]
    return {"error": chain, "frames": frames}


def _type_name(error: BaseException) -> str:
    if isinstance(error, OpenJpkiError):
        return f"{type(error).__name__}({error.reason.name})"
    return f"{type(error).__module__}.{type(error).__qualname__}"
