"""The roles a peer can hold, as they stand in SPIFFE ids.

The contract's enum ``openjpki.api.types.v1.Role`` is the list; a test keeps both equal.
"""

from __future__ import annotations

from enum import StrEnum, unique

from openjpki.api.types.v1 import authorization_pb2

_PREFIX = "ROLE_"


@unique
class PeerRole(StrEnum):
    """A role; the value is its spelling in a SPIFFE id."""

    WINDOW_OFFICER = "window-officer"
    REGISTRATION = "registration"
    CA = "ca"
    OCSP = "ocsp"
    BRIDGE = "bridge"
    VERIFIER = "verifier"
    OPERATOR = "operator"
    BRIDGE_OFFICER = "bridge-officer"
    PARTNER = "partner"
    GOVERNOR_OFFICER = "governor-officer"

    @property
    def is_service(self) -> bool:
        """Whether a service of this system holds it, and so may also be a TLS server."""
        return self in _SERVICES

    @property
    def parts(self) -> int:
        """How many segments after the role its SPIFFE id must have at least: 1 scope, 2 subject.

        Roles that stand for a person need the subject: four eyes are told apart by it.
        """
        return _REQUIRED_PARTS.get(self, 0)


_SERVICES = frozenset({PeerRole.REGISTRATION, PeerRole.CA, PeerRole.OCSP, PeerRole.BRIDGE})

_REQUIRED_PARTS = {
    PeerRole.WINDOW_OFFICER: 2,
    PeerRole.VERIFIER: 1,
    PeerRole.OPERATOR: 2,
    PeerRole.BRIDGE_OFFICER: 2,
    PeerRole.PARTNER: 1,
    PeerRole.GOVERNOR_OFFICER: 2,
}


def role_of_number(number: int) -> PeerRole | None:
    """The role of a value of the contract's enum; ``None`` for UNSPECIFIED, ANY_PEER, unknown."""
    value = authorization_pb2.Role.DESCRIPTOR.values_by_number.get(number)
    if value is None:
        return None
    return role_of_name(value.name.removeprefix(_PREFIX).lower().replace("_", "-"))


def role_of_name(name: str) -> PeerRole | None:
    """The role so spelled in a SPIFFE id; ``None`` when there is none."""
    return _BY_NAME.get(name)


_BY_NAME = {role.value: role for role in PeerRole}
