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

    # Every call looks its caller's role up several times; an enum's own hash is a function in
    # Python. Roles are equal as texts are, so they are hashed as these are.
    __hash__ = str.__hash__

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
    REGISTER_FEED = "register-feed"

    @property
    def is_service(self) -> bool:
        """Whether a service of this system holds it, and so may also be a TLS server."""
        return self in _SERVICES

    @property
    def names_its_service(self) -> bool:
        """Whether its scope begins with the one service that may grant it anything."""
        return self in _OF_ONE_SERVICE

    @property
    def reaches_several(self) -> bool:
        """Whether its scope says which municipalities or authorities it serves, and so is compared
        by what it holds and not by its text."""
        return self in _REACHING

    @property
    def parts(self) -> int:
        """How many segments after the role its SPIFFE id must have at least: 1 scope, 2 subject.

        Roles that stand for a person need the subject: four eyes are told apart by it. Services
        that others answer about persons need the scope: what they serve is never everything by
        being left out.
        """
        return _REQUIRED_PARTS.get(self, 0)

    @property
    def most_parts(self) -> int:
        """How many segments after the role its SPIFFE id may have at most.

        All instances of such a service or program share one id: a segment more would be one more
        spelling of it, which no deny list and no retry would know for the same.
        """
        return _MOST_PARTS.get(self, MAX_PARTS)


MAX_PARTS = 2
"""Scope and subject."""

_MOST_PARTS: dict[PeerRole, int] = {PeerRole.REGISTRATION: 1, PeerRole.REGISTER_FEED: 1}

_SERVICES = frozenset({PeerRole.REGISTRATION, PeerRole.CA, PeerRole.OCSP, PeerRole.BRIDGE})

_OF_ONE_SERVICE = frozenset({PeerRole.OPERATOR, PeerRole.BRIDGE_OFFICER})

_REACHING = frozenset({PeerRole.REGISTRATION, PeerRole.OCSP, PeerRole.OPERATOR})

_REQUIRED_PARTS = {
    PeerRole.REGISTRATION: 1,
    PeerRole.OCSP: 1,
    PeerRole.WINDOW_OFFICER: 2,
    PeerRole.VERIFIER: 1,
    PeerRole.OPERATOR: 2,
    PeerRole.BRIDGE_OFFICER: 2,
    PeerRole.PARTNER: 1,
    PeerRole.GOVERNOR_OFFICER: 2,
    PeerRole.REGISTER_FEED: 1,
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
