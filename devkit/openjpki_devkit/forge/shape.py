"""What a path of a chosen cost is, and the authority that many of them are made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from openjpki_devkit.forge.certificates import Certificate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openjpki_devkit.forge.extensions import Extension


@dataclass(frozen=True, kw_only=True)
class Shape:
    """One question. Certificates and lists are DER."""

    target: bytes
    anchor: bytes
    pool: Sequence[bytes]
    accepted: bool | None
    """Nothing: right is either, as limits may end it."""
    revocation: bool = False
    policies: Sequence[str] = field(default_factory=tuple)
    explicit_policy: bool = False


def authority(name: str, issuer: str, *changes: Extension) -> bytes:
    """An authority's certificate, its key and its issuer's following from the names."""
    return Certificate(subject=name, issuer=issuer, ca=True, changes=changes).make()
