"""What openssl says of lists drawn by chance, and why it differs where it does.

A row of ``TABLE`` says what must be true of a draw beside the two verdicts. The sentences are about
one list that a row looks for, so that none of them explains every draw.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Final

from openjpki_devkit.forge.certificates import AT
from tests.conformance.path.list_mixes import SERIAL, Listed, ListMix
from tests.conformance.path.list_reading import reading
from tests.support.libcrypto import openssl_verdict

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Iterable, Iterator

_REVOKED: Final = 23
"""X509_V_ERR_CERT_REVOKED."""


@dataclass(frozen=True, kw_only=True)
class ListDisagreement:
    """A class of draws."""

    right: frozenset[str]
    """What the RFC says."""
    theirs: frozenset[str]
    holds: Callable[[ListMix], bool]
    why: str
    """The sentence, and what openssl does instead."""


def openssls(mix: ListMix) -> str:
    """``good``, ``revoked`` or ``unknown``, as ``list_reading.reading`` says it."""
    asked = mix.asked
    assert isinstance(asked.target, bytes)
    verdict = openssl_verdict(
        target=asked.target, anchors=[one for one in asked.anchors if isinstance(one, bytes)],
        pool=mix.certificates, crls=mix.made, at=asked.time, revocation=True,
    )  # fmt: skip
    if verdict.valid:
        return "good"
    return "revoked" if verdict.error == _REVOKED else "unknown"


def explained(mix: ListMix, right: str, theirs: str) -> ListDisagreement | None:
    """The row for a disagreement, if there is one."""
    for row in TABLE:
        if right in row.right and theirs in row.theirs and row.holds(mix):
            return row
    return None


def disagreements(
    mixes: Iterable[ListMix], agreed: Counter[str], because: Counter[str]
) -> list[str]:
    """Where openssl says otherwise than the RFC, and no row tells why. ``agreed`` counts verdicts,
    ``because`` sentences."""
    found = []
    for mix in mixes:
        right, theirs = reading(mix), openssls(mix)
        if right == theirs:
            agreed[right] += 1
        elif (row := explained(mix, right, theirs)) is not None:
            because[row.why] += 1
        else:
            found.append(f"{mix.asked.id}: {right}, openssl says {theirs}")
    return found


def _signed(mix: ListMix) -> Iterator[Listed]:
    """Lists by their issuer's key."""
    return (one for one in mix.lists if one.signer == one.issuer)


def _good(mix: ListMix) -> Iterator[Listed]:
    """Those of them that can be processed."""
    return (one for one in _signed(mix) if not one.unknown)


def _revokes(listed: Listed) -> bool:
    return any((one.serial, one.issuer) == (SERIAL, "A") and one.reason != 8
               for one in listed.entries)  # fmt: skip


def _is_now(listed: Listed) -> bool:
    return listed.since <= AT < listed.until


def _reason_split_delta(mix: ListMix) -> bool:
    return any(one.base is not None and one.scope and one.scope.reasons for one in mix.lists)


def _removing_delta(mix: ListMix) -> bool:
    return any(
        one.base is not None
        and any((it.serial, it.issuer, it.reason) == (SERIAL, "A", 8) for it in one.entries)
        for one in _good(mix)
    )


def _out_of_order(mix: ListMix) -> bool:
    """Two lists of a row, one of them complete, whose numbers and moments do not rise together. The
    number of a list that can't be processed is one of the sequence too."""
    rows = combinations(_signed(mix), 2)
    return any(
        (one.issuer, one.scope) == (two.issuer, two.scope)
        and None in (one.base, two.base)
        and not (one.number - two.number) * (one.since - two.since).total_seconds() > 0
        for one, two in rows
    )


def _another_revokes(mix: ListMix) -> bool:
    return any(_revokes(one) and _is_now(one) for one in _good(mix))


def _reasons_of_points(mix: ListMix) -> bool:
    return any(one.reasons for one in mix.points)


def _listed_in_doubt(mix: ListMix) -> bool:
    """A list that is not processed and has the certificate."""
    return any(one.unknown and _revokes(one) and _is_now(one) for one in _signed(mix))


def _useless_one(mix: ListMix) -> bool:
    """A list that is forged, over, of the future, or not processed."""
    return any(one.signer != one.issuer or one.unknown or not _is_now(one) for one in mix.lists)


def _point_without_a_name(mix: ListMix) -> bool:
    """A point that names a cRLIssuer alone, and a list of the issuer's that names places."""
    issuers = {one.issuer for one in mix.points if one.names is None}
    return any(one.issuer in issuers and one.scope and one.scope.names for one in _good(mix))


_ANY: Final = frozenset({"good", "revoked", "unknown"})
_SAYS: Final = frozenset({"good", "revoked"})

TABLE: Final = (
    ListDisagreement(
        right=_ANY, theirs=_ANY, holds=_reason_split_delta,
        why="RFC 5280 5.2.4: a delta list is combined with a complete one. openssl takes a delta "
        "that has onlySomeReasons for a complete list.",
    ),
    ListDisagreement(
        right=frozenset({"good"}), theirs=frozenset({"revoked"}), holds=_removing_delta,
        why="RFC 5280 5.2.4, 6.3.3 (j): a delta list takes an entry away. openssl uses one only "
        "where freshestCRL says where deltas are.",
    ),
    ListDisagreement(
        right=_ANY, theirs=_ANY, holds=_out_of_order,
        why="RFC 5280 5.2.3: numbers tell which of two lists is the later, and only rise. openssl "
        "takes the latest thisUpdate, of one moment the first, and does not look at numbers.",
    ),
    ListDisagreement(
        right=frozenset({"revoked"}), theirs=frozenset({"good", "unknown"}), holds=_another_revokes,
        why="RFC 5280 6.3.3: which point and list comes first is nobody's to say, and whatever the "
        "issuer says is revoked is. openssl asks no other list when one has covered all reasons.",
    ),
    ListDisagreement(
        right=_SAYS, theirs=frozenset({"unknown"}), holds=_reasons_of_points,
        why="RFC 5280 6.3.3, last paragraph: beside the points of the certificate one is assumed "
        "without reasons, for its issuer's own lists. openssl applies a point's reasons to them.",
    ),
    ListDisagreement(
        right=_SAYS, theirs=frozenset({"unknown"}), holds=_useless_one,
        why="RFC 5280 6.3.3 (a), (f), 5.2: a list that is over, forged or not understood is not "
        "used, and another one is. openssl ends with the one it has chosen.",
    ),
    ListDisagreement(
        right=frozenset({"unknown"}), theirs=_SAYS, holds=_listed_in_doubt,
        why="RFC 5280 5.2, 5.3: a list that is not understood determines no status, so whoever is "
        "on it is not good by an older one. openssl says what another list says.",
    ),
    ListDisagreement(
        right=frozenset({"unknown", "good"}), theirs=_SAYS, holds=_point_without_a_name,
        why="RFC 5280 6.3.3 (b) (2) (i): where a point has no name, one of the list's must be that "
        "of its cRLIssuer. openssl takes every list of that issuer.",
    ),
)  # fmt: skip
