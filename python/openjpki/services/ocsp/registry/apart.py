"""Closed networks of verifiers: an address is one verifier's."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openjpki.services.ocsp.registry.entries import Network


def require_apart(networks: Iterable[str], of_others: Iterable[str]) -> None:
    """That none of a verifier's networks has an address of another's, which would be answered by
    whichever's agreements. Raises ``INVALID_FIELD``."""
    taken = [one for one in map(_read, of_others) if one is not None]
    for one in map(ipaddress.ip_network, networks):
        if any(one.version == other.version and one.overlaps(other) for other in taken):
            raise OpenJpkiError(
                Reason.INVALID_FIELD,
                "overlaps a network that is registered for another verifier",
                field="verifier.closed_networks",
            )


def _read(text: str) -> Network | None:
    """None for what is no network: nobody is on it."""
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        return None
