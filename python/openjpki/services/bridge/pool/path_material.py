"""What paths are built from, parsed once and kept until the pool changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock
from typing import TYPE_CHECKING

from openjpki.domain.authority import not_an_authority
from openjpki.domain.generation import GenerationState
from openjpki.domain.stated_time import moment
from openjpki.services.bridge.journaled_ends import tell_row_differs
from openjpki.services.bridge.pool.elements import (
    ElementKind,
    ElementOrigin,
    certificates_of,
    lists_of_numberings,
    newest_lists,
    readable,
)
from openjpki.services.bridge.pool.issuing_order import away_from_anchors
from openjpki.services.bridge.pool.known_lists import KnownLists
from openjpki.services.bridge.pool.lists_in_doubt import ends_of_doubts, measure_doubts
from openjpki.services.common.left_out import tell_left_out
from openjpki.signer_core import PathCertificate, PathPool, PathRevocationList
from openjpki.signer_core import PathMaterial as PathMaterialOf
from openjpki.storage.bridge import (
    crosses,
    numberings,
    pool,
    pool_lists,
    revocations,
    taken_out_lists,
)
from openjpki.telemetry.logging import get_logger
from openjpki.telemetry.metrics import POOL_UNREADABLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from openjpki.domain.authority import AuthorityId
    from openjpki.services.bridge.context import BridgeContext
    from openjpki.services.bridge.journaled_ends import JournaledEnd
    from openjpki.services.bridge.pool.elements import Element
    from openjpki.storage.bridge.pool import GovernorGeneration
    from openjpki.storage.kernel.transaction import Reading

_log = get_logger("pool")


@dataclass(frozen=True, slots=True)
class Governor:
    """A possible anchor of paths."""

    anchor: PathCertificate
    policy_oid: str
    """The authority's own policy, dotted."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A cross certificate that two officers have ended: no path goes through it from then on,
    whatever a list says by now."""

    certificate: PathCertificate
    at: datetime


@dataclass(frozen=True, slots=True)
class PoolOfTime:
    """What paths are built from at one time. Safe for use by many threads."""

    pool: PathPool
    """Read once for all who ask."""
    ended: tuple[PathCertificate, ...]
    """Cross certificates that had been ended by then. Kept to say why there is no path."""
    with_ended: PathPool
    """The pool with these in it, for that."""
    accepted: frozenset[bytes]
    """SHA-256 of lists from which on an issuer's numbers count anew."""


@dataclass(frozen=True, slots=True)
class PathMaterial:
    """The pool as of one version. Safe for use by many threads."""

    version: int
    governors: dict[AuthorityId, Governor]
    """By authority id: the generation that issues, or the newest that may still be an anchor."""
    certificates: tuple[PathCertificate, ...]
    """Of governors, service bridge and all others; in the order of ``issuing_order``."""
    lists: tuple[PathRevocationList, ...]
    """The newest of each issuer and scope."""
    ended: tuple[Ended, ...]
    accepted: frozenset[bytes]
    """As in :class:`PoolOfTime`."""
    now: PoolOfTime
    """For every time since :attr:`begins`."""
    begins: datetime
    """Since when all the lists count, all that was ended is, and all that was taken out is missing;
    before, superseded ones did."""
    first_end: datetime | None
    """Earliest nextUpdate of the lists of authorities here; None if one has no list."""

    def governor(self, authority_id: AuthorityId) -> Governor:
        """A possible anchor. Raises ``AUTHORITY_NOT_FOUND``."""
        found = self.governors.get(authority_id)
        if found is None:
            raise not_an_authority()
        return found


@dataclass(slots=True)
class MaterialCache:
    """Reads the pool anew when its version has risen, in whichever process that happened; a list
    that is still in it is not read again."""

    bridge: BridgeContext
    known: KnownLists = field(default_factory=KnownLists)
    _lock: Lock = field(default_factory=Lock)
    _kept: PathMaterial | None = None

    def current(self) -> PathMaterial:
        """The pool as it is now."""
        with self.bridge.database.reading() as tx:
            version = pool.version(tx)
            kept = self._kept
            if kept is not None and kept.version == version:
                return kept
            made = _read(tx, self.known, self.bridge.ends.known(tx), version)
        with self._lock:
            if self._kept is None or self._kept.version < made.version:
                self._kept = made
                measure_doubts(ends_of_doubts(made.lists), self.bridge.clock)
        return made


def _read(
    tx: Reading, known: KnownLists, journaled: Mapping[str, Sequence[JournaledEnd]], version: int
) -> PathMaterial:
    kept = [*certificates_of(tx), *newest_lists(tx, known)]
    superseded = list(lists_of_numberings(tx, known, kept))
    whole = [*kept, *superseded]
    _forget_what_is_gone(tx, known, whole)
    left_out = [one for one in whole if one.read is None]
    certificates_out = sum(one.kind is ElementKind.CERTIFICATE for one in left_out)
    POOL_UNREADABLE.labels(ElementKind.CERTIFICATE.value).set(certificates_out)
    tell_unreadable(left_out, known)
    ended = _ended(tx, journaled)
    gone = {one.certificate.sha256 for one in ended}
    gone |= {
        one.certificate_sha256
        for ends in journaled.values()
        for one in ends
        if one.certificate_sha256
    }
    # A partner may hand in what was ended here.
    certificates = [
        (element.origin, element.read)
        for element in kept
        if isinstance(element.read, PathCertificate) and element.sha256 not in gone
    ]
    lists = read_lists(kept)
    anchors = [one for origin, one in certificates if origin is ElementOrigin.AUTHORITY]
    usable = {one.octets: one for one in anchors}
    governors = [
        one
        for one in pool.governors(tx, left_out=tell_left_out)
        if one.is_anchor and one.certificate in usable
    ]
    begin = {one.certificate for one in governors}
    # Where two stand at the same distance, an authority's own comes after what others have issued.
    certificates.sort(key=lambda one: one[0] is ElementOrigin.AUTHORITY)
    ordered = away_from_anchors(
        [one for one in anchors if one.octets in begin], [one for _, one in certificates]
    )
    taken_out = taken_out_lists.latest(tx, left_out=tell_left_out)
    accepted = frozenset(one.sha256 for one in numberings.all_of(tx, left_out=tell_left_out))
    return PathMaterial(
        version=version,
        # The one that issues is put last, so that it is the one kept.
        governors={
            one.authority_id: Governor(usable[one.certificate], one.policy_oid)
            for one in sorted(governors, key=_issuing_last)
        },
        certificates=tuple(ordered),
        lists=tuple(lists),
        ended=tuple(ended),
        accepted=accepted,
        now=pool_of_time(
            ordered,
            [one.certificate for one in ended],
            [*lists, *read_lists(superseded)],
            accepted,
        ),
        begins=max(
            [
                *(moment(one.this_update) for one in lists),
                *(one.at for one in ended),
                *([] if taken_out is None else [taken_out.this_update]),
            ],
            default=datetime.min.replace(tzinfo=UTC),
        ),
        first_end=_first_end(anchors, lists),
    )


def _ended(tx: Reading, journaled: Mapping[str, Sequence[JournaledEnd]]) -> list[Ended]:
    """By the rows, and by the journal whatever rows say: those that differ are told of."""
    by_rows = {
        one.cross_certification_id: one for one in revocations.ended(tx, left_out=tell_left_out)
    }
    found = [
        (one.certificate, one.revoked_at)
        for which, one in by_rows.items()
        if which not in journaled
    ]
    stored = crosses.certificates_named(tx, journaled.keys())
    for which, ends in journaled.items():
        octets = stored.get(which, b"")
        if which not in by_rows or not any(end.is_of(octets) for end in ends):
            tell_row_differs(which)
        found += [
            (octets, end.at)
            for end in ends
            # Of what was issued nobody knows more than the row: so that is what has ended.
            if end.certificate_sha256 is None or end.is_of(octets)
        ]
    earliest: dict[bytes, datetime] = {}
    for octets, at in found:
        earliest[octets] = min(at, earliest.get(octets, at))
    return [
        Ended(certificate, at)
        for octets, at in earliest.items()
        for certificate in readable([octets])
    ]


def read_lists(elements: Iterable[Element]) -> list[PathRevocationList]:
    """Those of ``elements`` that are lists and can be read."""
    return [one.read for one in elements if isinstance(one.read, PathRevocationList)]


def pool_of_time(
    certificates: Sequence[PathCertificate],
    ended: Sequence[PathCertificate],
    lists: Sequence[PathRevocationList],
    accepted: frozenset[bytes],
) -> PoolOfTime:
    """Pools of what was read; nothing is read again."""
    read = PathMaterialOf.of(list(certificates), list(lists))
    whole = PathPool([read])
    return PoolOfTime(
        pool=whole,
        ended=tuple(ended),
        with_ended=PathPool([read, PathMaterialOf.of(list(ended), [])]) if ended else whole,
        accepted=accepted,
    )


def tell_unreadable(left_out: Sequence[Element], known: KnownLists) -> None:
    """Count the lists that can't be read, and log these elements."""
    lists = {one.sha256 for one in left_out if one.kind is ElementKind.REVOCATION_LIST}
    POOL_UNREADABLE.labels(ElementKind.REVOCATION_LIST.value).set(len(lists | {*known.unreadable}))
    for one in left_out:
        _log.error(
            "an element of the pool can't be read and is left out",
            sha256=one.sha256.hex(),
            kind=one.kind.value,
            origin=one.origin.value,
            partner=one.partner_id,
            rule=one.fault,
        )


def _forget_what_is_gone(tx: Reading, known: KnownLists, kept: Sequence[Element]) -> None:
    """Superseded lists that could not be read and were taken out."""
    here = {one.sha256 for one in kept}
    for sha256 in [*known.unreadable]:
        if sha256 not in here and pool_lists.find(tx, sha256, left_out=tell_left_out) is None:
            known.unreadable.pop(sha256, None)


def _issuing_last(governor: GovernorGeneration) -> tuple[bool, int]:
    return governor.state is GenerationState.ACTIVE, governor.generation


def _first_end(anchors: list[PathCertificate], lists: list[PathRevocationList]) -> datetime | None:
    ends = {
        (one.issuer, one.key_identifier): one.next_update
        for one in lists
        if one.next_update is not None and one.is_processed
    }
    # Generations share a name: only the key tells whose list it is.
    found = [ends.get((one.subject, one.key_identifier)) for one in anchors]
    known = [end for end in found if end is not None]
    if not known or len(known) < len(found):
        return None
    return moment(min(known))
