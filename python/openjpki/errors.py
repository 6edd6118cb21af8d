"""A refusal: one reason of the catalogue, and what the caller may do.

Every layer raises :class:`OpenJpkiError`; `openjpki.rpc` turns it into a gRPC status with a
``google.rpc.ErrorInfo`` whose ``reason`` is the reason's name. What the catalogue says of each, in
reason.proto and from there in ``openjpki.catalogue``, needs no gRPC. A reason, once published,
keeps its meaning: clients branch on it.
"""

from __future__ import annotations

from openjpki.catalogue.audience import Audience
from openjpki.catalogue.entry import Language, Text
from openjpki.catalogue.reason import Reason

__all__ = ["DOMAIN", "Audience", "Language", "OpenJpkiError", "Reason", "Text"]

DOMAIN = "openjpki"
"""``ErrorInfo.domain`` of every reason in this catalogue."""


class OpenJpkiError(Exception):
    """A refusal with its reason.

    ``message`` is for the caller: it names the field and the rule and holds no personal data and
    no secret. ``field`` is the dotted path in the request message (protobuf names), if one is to
    blame; ``metadata`` are further facts for programs (``ErrorInfo.metadata``), likewise harmless.
    ``label`` is what the form calls the field, where that is known.
    """

    label: Text | None = None

    def __init__(
        self, reason: Reason, message: str, *, field: str | None = None, **metadata: str
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.field = field
        self.metadata: dict[str, str] = dict(metadata)

    def __str__(self) -> str:
        where = f"{self.field}: " if self.field else ""
        return f"{where}{self.message} [{self.reason.name}]"
