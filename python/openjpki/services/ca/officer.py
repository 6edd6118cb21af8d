"""Who decided what a call asks for, as the calling service names them."""

from __future__ import annotations

import re

from openjpki.errors import OpenJpkiError, Reason

_OFFICER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/@-]{0,199}")


def officer(text: str, field: str) -> str:
    """An officer's account or id. Raises ``INVALID_FIELD``."""
    if not _OFFICER.fullmatch(text):
        raise OpenJpkiError(Reason.INVALID_FIELD, "must be an account or a SPIFFE id", field=field)
    return text
