"""Who may ask for status, as of one reading of the registry; immutable, looked up in memory."""

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

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Registry:
    """The registered verifiers by id, by request signer and by closed network."""

    def __init__(self, records: Iterable[VerifierRecord]) -> None:
        self.records = tuple(records)
        self._by_id: Mapping[str, VerifierRecord] = {one.verifier_id: one for one in self.records}
        self._by_signer: Mapping[bytes, VerifierRecord] = {
            der: one for one in self.records for der in one.request_signers
        }
        self._networks = [
            (network, one)
            for one in self.records
            for text in one.closed_networks
            if (network := _network(one, text)) is not None
        ]

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

    def authorities_of(self, verifier_id: str) -> frozenset[AuthorityId]:
        """The authorities a verifier may ask about; none when it is not registered."""
        record = self._by_id.get(verifier_id)
        return frozenset() if record is None else record.authority_ids

    def authorities_of_signer(self, certificate: bytes) -> frozenset[AuthorityId]:
        """The same for the verifier that registered exactly this certificate (DER)."""
        record = self._by_signer.get(certificate)
        return frozenset() if record is None else record.authority_ids

    def knows_signer(self, certificate: bytes) -> bool:
        """Whether a verifier registered exactly this certificate (DER) to sign requests."""
        return certificate in self._by_signer

    def authorities_at(self, address: Address) -> frozenset[AuthorityId]:
        """The same for whoever is on the closed networks this address lies in."""
        found: set[AuthorityId] = set()
        for network, record in self._networks:
            if address in network:
                found |= record.authority_ids
        return frozenset(found)


def _network(
    record: VerifierRecord, text: str
) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """None for what is no network: nobody is on it, and the other entries hold all the same."""
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        _log.error("a closed network of the registry can't be read", verifier=record.verifier_id)
        return None


def client_address(text: str | None) -> Address | None:
    """The address of a TCP peer; IPv4 that came over an IPv6 socket is IPv4."""
    if text is None:
        return None
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
