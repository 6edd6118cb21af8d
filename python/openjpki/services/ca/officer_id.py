"""How an officer's id is spelt. Whether there is such an officer, the calling service checks."""

from __future__ import annotations

import re

from openjpki.errors import OpenJpkiError, Reason

_OFFICER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/@-]{0,199}")


def parse_officer(text: str, field: str) -> str:
    """The text, if it is an account or a SPIFFE id. Raises ``INVALID_FIELD`` for any other."""
    if not _OFFICER.fullmatch(text):
        raise OpenJpkiError(Reason.INVALID_FIELD, "must be an account or a SPIFFE id", field=field)
    return text
