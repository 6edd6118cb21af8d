"""The refusal of a message that breaks rules of its contract, on either side of a call."""

from __future__ import annotations

from openjpki.errors import OpenJpkiError, Reason


class InvalidMessageError(OpenJpkiError):
    """Every rule a message breaks, as (field path, rule); the first one is ``field``.

    Values are never named: they may be a person's.
    """

    def __init__(self, violations: list[tuple[str, str]]) -> None:
        field, rule = violations[0]
        super().__init__(Reason.INVALID_FIELD, rule, field=field or None)
        self.violations = tuple(violations)
