"""What a certification authority is called: its kind, and the prefecture whose governor has it.

    id = ( "signing" / "authentication" ) "-" prefecture / "bridge"
    prefecture = two digits, 01 to 47 (JIS X 0401)

``signing-13`` certifies the signature keys of Tokyo's residents, ``bridge`` is the authority that
the service has for all prefectures. The contracts state the same grammar once more, as the rule
``authority_id`` of ``openjpki.api.types.v1``; a test holds the two together.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from openjpki.domain.municipality import Prefecture, all_prefectures
from openjpki.errors import OpenJpkiError, Reason


class AuthorityKind(StrEnum):
    """What an authority certifies; the value stands in its id."""

    SIGNING = "signing"
    """Residents' signature keys (署名用)."""
    AUTHENTICATION = "authentication"
    """Residents' authentication keys (利用者証明用); none is made yet."""
    BRIDGE = "bridge"
    """Other authorities (公的個人認証サービスの相互認証システム); one for the whole service."""


@dataclass(frozen=True, slots=True, order=True)
class AuthorityId:
    """Which authority; ordered by kind, then by prefecture."""

    kind: AuthorityKind
    prefecture: Prefecture | None = None
    """Whose governor's it is; None for the bridge alone."""

    def __post_init__(self) -> None:
        """Refuse a bridge of a prefecture, and any other kind without one: ``INVALID_FIELD``."""
        if (self.kind is AuthorityKind.BRIDGE) != (self.prefecture is None):
            raise _refused("authority_id")

    @classmethod
    def parse(cls, text: str, *, field: str = "authority_id") -> AuthorityId:
        """The authority of an id as it is written. Raises ``INVALID_FIELD`` naming the field."""
        found = _by_text().get(text)
        if found is None:
            raise _refused(field)
        return found

    @classmethod
    def signing(cls, number: str) -> AuthorityId:
        """The authority for signature keys of a prefecture's number, ``01`` to ``47``.

        Raises ``UNKNOWN_MUNICIPALITY`` for another number.
        """
        return cls(AuthorityKind.SIGNING, Prefecture(number))

    def __str__(self) -> str:
        """The text that :meth:`parse` reads back."""
        return self.kind if self.prefecture is None else f"{self.kind}-{self.prefecture.number}"


BRIDGE = AuthorityId(AuthorityKind.BRIDGE)
"""The service bridge's own authority."""


@cache
def all_authority_ids() -> tuple[AuthorityId, ...]:
    """Every id there can be, in order."""
    kinds = (AuthorityKind.SIGNING, AuthorityKind.AUTHENTICATION)
    of_prefectures = [AuthorityId(kind, one) for kind in kinds for one in all_prefectures()]
    return tuple(sorted((BRIDGE, *of_prefectures)))


def not_an_authority(*, field: str = "authority_id") -> OpenJpkiError:
    """What whoever knows no authority under an id is to answer."""
    return OpenJpkiError(Reason.AUTHORITY_NOT_FOUND, "is not an authority here", field=field)


@cache
def _by_text() -> dict[str, AuthorityId]:
    # There are so few that the list is the grammar.
    return {str(one): one for one in all_authority_ids()}


def _refused(field: str) -> OpenJpkiError:
    return OpenJpkiError(
        Reason.INVALID_FIELD,
        "must be signing- or authentication- with a prefecture, 01 to 47, or bridge",
        field=field,
    )
