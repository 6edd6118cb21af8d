"""What an officer with a signing key is called: role, place, account.

    officer = "window-officer" "/" municipality "/" account
            / "governor-officer" "/" authority "/" account
            / "bridge-officer" "/" "bridge" "/" account
            / "key-generator" "/" municipality "/" account

The path of the officer's SPIFFE id without the trust domain, so the person who calls and the person
who signed are compared as they are written. ``account`` is an account's name, never a person's
(:class:`~openjpki.domain.window.OfficerId`). A key generator is a device and calls nothing; it is
known, and its word counts, as an officer's is.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from openjpki.domain.authority import BRIDGE, AuthorityId
from openjpki.domain.municipality import Municipality
from openjpki.domain.window import OfficerId
from openjpki.errors import OpenJpkiError, Reason


class OfficerRole(StrEnum):
    """Roles whose holders sign what they did; the value is its spelling in a SPIFFE id."""

    WINDOW_OFFICER = "window-officer"
    """At a municipality's window (窓口職員). Place: the municipal code."""
    GOVERNOR_OFFICER = "governor-officer"
    """Of the governor whose authority it is (都道府県の職員). Place: the authority's id."""
    BRIDGE_OFFICER = "bridge-officer"
    """Approves cross-certifications. Place: ``bridge``."""
    KEY_GENERATOR = "key-generator"
    """A device at a municipality's window that makes applicants' keys (鍵ペアの生成装置), and
    states that it kept no copy. Place: the municipal code."""


_OF_MUNICIPALITY = frozenset({OfficerRole.WINDOW_OFFICER, OfficerRole.KEY_GENERATOR})


@dataclass(frozen=True, slots=True, order=True)
class Officer:
    """One officer; of a place that exists, or it can't be made (``INVALID_FIELD``)."""

    role: OfficerRole
    place: str
    account: OfficerId

    def __post_init__(self) -> None:
        _require_place(self.role, self.place, "officer")

    @classmethod
    def parse(cls, text: str, *, field: str = "officer") -> Officer:
        """Reads ``role/place/account``.

        Raises ``INVALID_FIELD``, and ``UNKNOWN_MUNICIPALITY`` for a code that no municipality has.
        """
        return _parse(text, field)

    def __str__(self) -> str:
        """The text that :meth:`parse` reads back."""
        return f"{self.role}/{self.place}/{self.account.text}"

    def may_be(self, other: Officer) -> bool:
        """Whether both may be one person: they have the same account, be it in another role or
        place. Where two people are asked for, one with two posts is one."""
        return self.account == other.account

    @property
    def municipality(self) -> Municipality | None:
        """Of a window officer or a key generator; None for others."""
        return Municipality(self.place) if self.role in _OF_MUNICIPALITY else None

    @property
    def authority_id(self) -> AuthorityId | None:
        """Of a governor's or a bridge's officer; None for those of a municipality."""
        if self.role in _OF_MUNICIPALITY:
            return None
        return AuthorityId.parse(self.place)


# An officer signs many times a day. What is refused is not remembered.
@lru_cache(maxsize=4096)
def _parse(text: str, field: str) -> Officer:
    parts = text.split("/")
    role = next((one for one in OfficerRole if one == parts[0]), None)
    if len(parts) != 3 or role is None:
        raise _refused(field)
    _require_place(role, parts[1], field)
    return Officer(role, parts[1], OfficerId.parse(parts[2], field=field))


def _require_place(role: OfficerRole, place: str, field: str) -> None:
    if role in _OF_MUNICIPALITY:
        if len(place) != 5:
            raise OpenJpkiError(
                Reason.INVALID_FIELD,
                "a window officer's and a key generator's place is a five-digit code",
                field=field,
            )
        Municipality.parse(place, field=field)
    elif (AuthorityId.parse(place, field=field) == BRIDGE) is not (
        role is OfficerRole.BRIDGE_OFFICER
    ):
        raise OpenJpkiError(
            Reason.INVALID_FIELD,
            "a governor's officer is of a prefecture's authority, a bridge's of bridge",
            field=field,
        )


def _refused(field: str) -> OpenJpkiError:
    roles = ", ".join(OfficerRole)
    return OpenJpkiError(
        Reason.INVALID_FIELD, f"must be role/place/account, the role one of {roles}", field=field
    )
