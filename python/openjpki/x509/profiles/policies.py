"""Certificate policies of authority-to-authority certificates (RFC 5280 4.2.1.4, 4.2.1.5)."""

from __future__ import annotations

from typing import Final, TypeAlias

ANY_POLICY: Final = "2.5.29.32.0"

Mapping: TypeAlias = tuple[str, str]
