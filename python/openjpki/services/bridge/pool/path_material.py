"""What paths are built from, parsed once and kept until the pool changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock
from typing import TYPE_CHECKING

from openjpki.domain.generation import GenerationState
from openjpki.errors import OpenJpkiError, Reason
from openjpki.pki_path.pool import pool_of
from openjpki.services.bridge.pool.elements import (
    Element,
    ElementKind,
    ElementOrigin,
    elements_of,
    readable,
)
from openjpki.services.bridge.pool.issuing_order import away_from_anchors
from openjpki.signer_core import PathCertificate, PathRevocationList
from openjpki.storage.bridge import crosses, pool
from openjpki.storage.bridge.kinds import State
from openjpki.telemetry.logging import get_logger
from openjpki.telemetry.metrics import POOL_UNREADABLE

if TYPE_CHECKING:
    from openjpki.domain.authority import AuthorityId
    from openjpki.services.bridge.context import BridgeContext
    from openjpki.signer_core import PathPool
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
class PathMaterial:
    """The pool as of one version. Safe for use by many threads."""

    version: int
    governors: dict[AuthorityId, Governor]
    """By authority id: the generation that issues, or the newest that may still be an anchor."""
    certificates: tuple[bytes, ...]
    """X.509 DER of governors, service bridge and all others; in the order of ``issuing_order``."""
    lists: tuple[bytes, ...]
    """DER, the newest of each issuer and scope."""
    pool: PathPool
    """Read once for all who ask."""
    revoked: tuple[bytes, ...]
    """Cross certificates that two officers have ended, X.509 DER: no path goes through them,
    whatever a list says by now. Kept to say why there is none."""
    with_revoked: PathPool
    """The pool with these in it, for that."""
    first_end: datetime | None
    """Earliest nextUpdate of the lists of authorities here; None if one has no list."""

    def governor(self, authority_id: AuthorityId) -> Governor:
        """A possible anchor. Raises ``AUTHORITY_NOT_FOUND``."""
        found = self.governors.get(authority_id)
        if found is None:
            raise OpenJpkiError(
                Reason.AUTHORITY_NOT_FOUND, "is not an authority here", field="authority_id"
            )
        return found


@dataclass(slots=True)
class MaterialCache:
    """Reads the pool anew when its version has risen, in whichever process that happened."""

    bridge: BridgeContext
    _lock: Lock = field(default_factory=Lock)
    _kept: PathMaterial | None = None

    def current(self) -> PathMaterial:
        """The pool as it is now."""
        with self.bridge.database.reading() as tx:
            version = pool.version(tx)
            kept = self._kept
            if kept is not None and kept.version == version:
                return kept
            made = _read(tx, version)
        with self._lock:
            if self._kept is None or self._kept.version < made.version:
                self._kept = made
        return made


def _read(tx: Reading, version: int) -> PathMaterial:
    kept = list(elements_of(tx))
    _tell_unreadable(kept)
    ended = {one.octets: one for one in readable(crosses.certificates(tx, State.REVOKED))}
    # A partner may hand in what was ended here.
    certificates = [
        (element.origin, element.read)
        for element in kept
        if isinstance(element.read, PathCertificate) and element.der not in ended
    ]
    lists = [element.read for element in kept if isinstance(element.read, PathRevocationList)]
    anchors = [one for origin, one in certificates if origin is ElementOrigin.AUTHORITY]
    usable = {one.octets: one for one in anchors}
    governors = [one for one in pool.governors(tx) if one.is_anchor and one.certificate in usable]
    begin = {one.certificate for one in governors}
    # Where two stand at the same distance, an authority's own comes after what others have issued.
    certificates.sort(key=lambda one: one[0] is ElementOrigin.AUTHORITY)
    ordered = away_from_anchors(
        [one for one in anchors if one.octets in begin], [one for _, one in certificates]
    )
    encoded = tuple(one.octets for one in ordered)
    revocation = tuple(one.octets for one in lists)
    return PathMaterial(
        version=version,
        # The one that issues is put last, so that it is the one kept.
        governors={
            one.authority_id: Governor(usable[one.certificate], one.policy_oid)
            for one in sorted(governors, key=_issuing_last)
        },
        certificates=encoded,
        lists=revocation,
        pool=pool_of((*encoded, *revocation)),
        revoked=tuple(ended),
        with_revoked=pool_of((*encoded, *ended, *revocation)),
        first_end=_first_end(anchors, lists),
    )


def _tell_unreadable(kept: list[Element]) -> None:
    for kind in ElementKind:
        left_out = [one for one in kept if one.kind is kind and one.read is None]
        POOL_UNREADABLE.labels(kind.value).set(len(left_out))
        for one in left_out:
            _log.error(
                "an element of the pool can't be read and is left out",
                sha256=one.sha256.hex(),
                kind=kind.value,
                origin=one.origin.value,
                partner=one.partner_id,
                rule=one.fault,
            )


def _issuing_last(governor: GovernorGeneration) -> tuple[bool, int]:
    return governor.state is GenerationState.ACTIVE, governor.generation


def _first_end(anchors: list[PathCertificate], lists: list[PathRevocationList]) -> datetime | None:
    ends = {
        (one.issuer, one.key_identifier): one.next_update
        for one in lists
        if one.next_update is not None
    }
    # Generations share a name: only the key tells whose list it is.
    found = [ends.get((one.subject, one.key_identifier)) for one in anchors]
    known = [end for end in found if end is not None]
    if not known or len(known) < len(found):
        return None
    return datetime.fromtimestamp(min(known), UTC)
