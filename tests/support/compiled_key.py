"""A key that the compiled module holds, as the keys of a backend are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openjpki.signer_core import SoftwareKey


@dataclass
class CompiledKey:
    """What the x509 room takes for a signing key."""

    core: SoftwareKey

    @property
    def spki_der(self) -> bytes:
        return self.core.spki_der

    def sign(self, message: bytes) -> bytes:
        return self.core.sign(message)
