"""Leases: which instance of a service works for an authority (docs/leases.md)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from math import ceil
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from openjpki.domain.authority import AuthorityId

OWNER = "owner"
"""In the metadata of ``NOT_THE_OWNER``: the name of the instance that holds the lease."""
OWNER_ADDRESS = "owner_address"
"""Beside it: where that instance serves gRPC, ``host:port``."""

_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")
_ADDRESS = re.compile(r"(\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9._-]{1,253}):[0-9]{1,5}")


@dataclass(frozen=True, slots=True, order=True)
class Instance:
    """One process of a service."""

    name: str
    """Told apart from the others by it: a pod's name, a host's. Letters, digits, ``.``, ``_`` and
    ``-``, at most 63, beginning and ending with a letter or digit."""
    address: str
    """Where the other services reach this very instance: ``host:port``."""

    def __post_init__(self) -> None:
        """Refuse what is no name and no address: ``INVALID_FIELD``."""
        if not _NAME.fullmatch(self.name):
            raise OpenJpkiError(Reason.INVALID_FIELD, "is no name of an instance", field="name")
        if not _ADDRESS.fullmatch(self.address):
            raise OpenJpkiError(Reason.INVALID_FIELD, "must be host:port", field="address")


@dataclass(frozen=True, slots=True)
class Lease:
    """What an instance was given: to be the one that writes for an authority."""

    authority_id: AuthorityId
    token: int
    """Rises each time that the lease is taken, never when it is renewed: who has an older one has
    lost it, whatever their clock says."""


@dataclass(frozen=True, slots=True)
class LeaseState:
    """How a lease stands in the database."""

    authority_id: AuthorityId
    token: int
    """0 before it was ever taken."""
    owner: Instance | None
    """None while nobody has it."""
    expires_at: datetime | None
    """By the database's clock; None without an owner."""
    expired: bool
    """Whether that moment had passed when this was read."""

    @property
    def holder(self) -> Instance | None:
        """Who works for the authority now, if anybody does."""
        return None if self.expired else self.owner


def fair_share(authorities: int, instances: int) -> int:
    """How many authorities an instance takes at most, so that all are taken and none idles."""
    return ceil(authorities / max(instances, 1))


def not_the_owner(
    authority_id: AuthorityId, holder: Instance | None, rule: str = "is another instance's"
) -> OpenJpkiError:
    """The refusal of work for an authority whose lease is not held here; it says who holds it."""
    error = OpenJpkiError(
        Reason.NOT_THE_OWNER, rule, field="authority_id", authority=str(authority_id)
    )
    if holder is not None:
        error.metadata |= {OWNER: holder.name, OWNER_ADDRESS: holder.address}
    return error


def in_order_of_preference(name: str, authorities: Iterable[AuthorityId]) -> list[AuthorityId]:
    """The authorities as an instance wants them: each wants others first, so that two instances
    that look for a lease at the same moment seldom want the same one."""
    return sorted(authorities, key=lambda one: (_weight(name, str(one)), one))


def _weight(name: str, authority: str) -> bytes:
    # For its spread alone: nothing here is secret.
    return sha256(f"{name}\0{authority}".encode()).digest()
