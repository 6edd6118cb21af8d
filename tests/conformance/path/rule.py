"""What one case of ``rules.py`` is, and the good path that it changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from openjpki_devkit.forge.certificates import Certificate, RevocationList
from tests.support.path_asking import Asked

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Rule:
    """A question and the right answer."""

    asked: Asked
    accepted: bool
    why: str


def line(
    title: str,
    *,
    root: dict[str, Any] | None = None,
    middle: dict[str, Any] | None = None,
    leaf: dict[str, Any] | None = None,
    lists: Sequence[RevocationList] | None = None,
    **options: Any,
) -> Asked:
    """Root, authority and end entity, good but for what is said."""
    made = {
        "root": Certificate(**{"subject": "R", "issuer": "R", "ca": True, **(root or {})}),
        "middle": Certificate(**{"subject": "A", "issuer": "R", "ca": True, **(middle or {})}),
        "leaf": Certificate(**{"subject": "E", "issuer": "A", **(leaf or {})}),
    }
    revocation = lists is not None
    return Asked(
        id=title,
        target=made["leaf"].make(),
        anchors=[made["root"].make()],
        pool=[made["middle"].make(), *(one.make() for one in lists or ())],
        revocation=revocation,
        **options,
    )


def root() -> bytes:
    """The anchor of every case that changes nothing of it."""
    return Certificate(subject="R", issuer="R", ca=True).make()
