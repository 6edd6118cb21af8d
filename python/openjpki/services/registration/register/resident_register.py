"""The resident register (住民基本台帳) as this service needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from openjpki.domain.existence import RegisterRecord
    from openjpki.domain.person import RegisteredAttributes


class ResidentRegister(Protocol):
    """Answers who might be meant; whether somebody is, `check_existence` decides (R2.2.1)."""

    def candidates(self, attributes: RegisteredAttributes) -> Iterable[RegisterRecord]:
        """At least all residents of the stated municipality who agree in name, birth date or
        address. Raises ``SERVICE_UNAVAILABLE``."""

    def numbers_of(self, municipality_code: str) -> Iterator[str]:
        """The number of every resident of a municipality. Raises ``SERVICE_UNAVAILABLE``."""
