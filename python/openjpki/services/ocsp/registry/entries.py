"""Who may ask for status, as of one reading of the registry and of agreements; immutable."""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason
from openjpki.telemetry.logging import get_logger

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime

    from openjpki.domain.agreements import Held, Way
    from openjpki.domain.authority import AuthorityId
    from openjpki.storage.ocsp.verifiers import VerifierRecord

_log = get_logger("registry")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Registered:
    """A verifier's entry, and the agreements in force with it."""

    record: VerifierRecord
    agreements: tuple[Held, ...]

    @property
    def agreed(self) -> list[Held]:
        """With authorities that its entry names."""
        named = self.record.authority_ids
        return [one for one in self.agreements if one.authority_id in named]

    @property
    def networks(self) -> list[Network]:
        """Its closed networks."""
        read = (_network(self.record, text) for text in sorted(self.record.closed_networks))
        return [network for network in read if network is not None]


class Registry:
    """The registered verifiers, and the agreements in force with them."""

    def __init__(
        self, records: Iterable[VerifierRecord] = (), agreements: Iterable[Held] = ()
    ) -> None:
        self.by_id: Mapping[str, Registered] = _registered(records, agreements)

    def changed(
        self,
        verifier_ids: Collection[str],
        records: Iterable[VerifierRecord],
        agreements: Iterable[Held],
    ) -> tuple[Registry, frozenset[str]]:
        """What it is with these entries and agreements of some verifiers in place of what they had,
        and which of them differ. The others' are not looked at: of a whole country's agreements
        that would take seconds."""
        fresh = _registered(records, agreements)
        differ = frozenset(one for one in verifier_ids if fresh.get(one) != self.by_id.get(one))
        if not differ:
            return self, differ
        made = Registry()
        made.by_id = {
            **{name: one for name, one in self.by_id.items() if name not in differ},
            **{name: one for name, one in fresh.items() if name in differ},
        }
        return made, differ

    def require(
        self, verifier_id: str, authority_id: AuthorityId, way: Way, moment: datetime
    ) -> None:
        """That this verifier may ask about this authority, in this way and at this moment.

        Raises ``UNKNOWN_VERIFIER``, ``OUT_OF_SCOPE``.
        """
        found = self.by_id.get(verifier_id)
        if found is None:
            raise OpenJpkiError(Reason.UNKNOWN_VERIFIER, "the verifier is not registered")
        named = authority_id in found.record.authority_ids
        with_authority = (one for one in found.agreements if one.authority_id == authority_id)
        if named and any(one.grants(way, moment) for one in with_authority):
            return
        rule = (
            "no agreement with this authority in force now lets this verifier ask in this way"
            if named
            else "is not among the authorities this verifier may ask about"
        )
        raise OpenJpkiError(Reason.OUT_OF_SCOPE, rule, field="authority_id")


def _registered(
    records: Iterable[VerifierRecord], agreements: Iterable[Held]
) -> dict[str, Registered]:
    """Of those with an entry."""
    agreed: dict[str, list[Held]] = defaultdict(list)
    for one in agreements:
        agreed[one.verifier_id].append(one)
    return {
        each.verifier_id: Registered(each, tuple(agreed.get(each.verifier_id, ())))
        for each in records
    }


def _network(record: VerifierRecord, text: str) -> Network | None:
    """None for what is no network: nobody is on it, and the other entries hold all the same."""
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        _log.error("a closed network of the registry can't be read", verifier=record.verifier_id)
        return None
