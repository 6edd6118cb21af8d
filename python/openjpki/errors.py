"""A refusal: one reason of the catalogue, and what the caller may do.

Every layer raises :class:`OpenJpkiError`; `openjpki.rpc` turns it into a gRPC status with a
``google.rpc.ErrorInfo`` whose ``reason`` is the reason's name. What the catalogue says of each, in
reason.proto and from there in ``openjpki.catalogue``, needs no gRPC. A reason, once published,
keeps its meaning: clients branch on it.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from openjpki.catalogue.audience import Audience
from openjpki.catalogue.entry import Language, Text
from openjpki.catalogue.reason import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["DOMAIN", "Audience", "Language", "OpenJpkiError", "Reason", "Text"]

DOMAIN = "openjpki"
"""``ErrorInfo.domain`` of every reason in this catalogue."""


class OpenJpkiError(Exception):
    """A refusal with its reason.

    ``message`` is for the caller: it names the field and the rule and holds no personal data and
    no secret. ``field`` is the dotted path in the request message (protobuf names), if one is to
    blame; ``metadata`` are further facts for programs (``ErrorInfo.metadata``), likewise harmless.
    ``labels`` are what the form calls the fields to blame, by path, where that is known: on the
    side of the caller, who knows which request it was. ``expects_ja`` is what the form asks to be
    written there, in Japanese; the rule is in English. ``stored`` is for the log and for the
    service's own console, never for a caller: which row is to blame, by ``table``, ``key`` and
    ``rule``; empty where none is. ``again``: seconds after which the same may be asked again, where
    the service knows that; None where only the reason says whether it may be at all.
    """

    labels: Mapping[str, Text] = MappingProxyType({})
    expects_ja: Mapping[str, str] = MappingProxyType({})
    stored: Mapping[str, str] = MappingProxyType({})
    again: int | None = None

    def __init__(
        self, reason: Reason, message: str, *, field: str | None = None, **metadata: str
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.field = field
        self.metadata: dict[str, str] = dict(metadata)

    @property
    def label(self) -> Text | None:
        """What the form calls ``field``."""
        return self.labels.get(self.field) if self.field else None

    def __str__(self) -> str:
        where = f"{self.field}: " if self.field else ""
        return f"{where}{self.message} [{self.reason.name}]"


def kind_of(error: Exception) -> str:
    """What failed, for a log: a reason's name or the exception's. No value: it may be personal."""
    return error.reason.name if isinstance(error, OpenJpkiError) else type(error).__name__
