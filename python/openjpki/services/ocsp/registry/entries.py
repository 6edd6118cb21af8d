"""Who may ask for status, as of one reading of the registry; immutable."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason
from openjpki.telemetry.logging import get_logger

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from openjpki.domain.authority import AuthorityId
    from openjpki.storage.ocsp.verifiers import VerifierRecord

_log = get_logger("registry")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Registry:
    """The registered verifiers by id, by request signer and by closed network."""

    def __init__(self, records: Iterable[VerifierRecord]) -> None:
        self.records = tuple(records)
        self._by_id: Mapping[str, VerifierRecord] = {one.verifier_id: one for one in self.records}

    def require(self, verifier_id: str, authority_id: AuthorityId) -> None:
        """That this verifier may ask about this authority.

        Raises ``UNKNOWN_VERIFIER``, ``OUT_OF_SCOPE``.
        """
        record = self._by_id.get(verifier_id)
        if record is None:
            raise OpenJpkiError(Reason.UNKNOWN_VERIFIER, "the verifier is not registered")
        if authority_id not in record.authority_ids:
            raise OpenJpkiError(
                Reason.OUT_OF_SCOPE,
                "is not among the authorities this verifier may ask about",
                field="authority_id",
            )

    def networks_of(self, record: VerifierRecord) -> list[Network]:
        """A verifier's closed networks."""
        read = (_network(record, text) for text in record.closed_networks)
        return [network for network in read if network is not None]


def _network(record: VerifierRecord, text: str) -> Network | None:
    """None for what is no network: nobody is on it, and the other entries hold all the same."""
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        _log.error("a closed network of the registry can't be read", verifier=record.verifier_id)
        return None
