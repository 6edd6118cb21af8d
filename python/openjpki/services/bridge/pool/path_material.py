"""What paths are built from, parsed once and kept until the pool changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from openjpki.domain.generation import GenerationState
from openjpki.errors import OpenJpkiError, Reason
from openjpki.pki_path import certificate as path_certificate
from openjpki.pki_path.pool import CertificatePool
from openjpki.pki_path.revocation import CrlPool
from openjpki.services.bridge.pool.elements import (
    Element,
    ElementKind,
    ElementOrigin,
    elements_of,
    readable,
)
from openjpki.services.bridge.pool.issuing_order import away_from_anchors
from openjpki.services.bridge.pool.reading import ReadCertificate, ReadList
from openjpki.storage.bridge import crosses, pool
from openjpki.storage.bridge.kinds import State
from openjpki.telemetry.logging import get_logger
from openjpki.telemetry.metrics import POOL_UNREADABLE

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.domain.authority import AuthorityId
    from openjpki.services.bridge.context import BridgeContext
    from openjpki.storage.bridge.pool import GovernorGeneration
    from openjpki.storage.kernel.transaction import Reading

_log = get_logger("pool")


@dataclass(frozen=True, slots=True)
class PathMaterial:
    """The pool as of one version. Safe for use by many threads."""

    version: int
    governors: dict[AuthorityId, GovernorGeneration]
    """By authority id: the generation that issues, or the newest that may still be an anchor."""
    certificates: tuple[bytes, ...]
    """X.509 DER of governors, service bridge and all others; in the order of ``issuing_order``."""
    lists: tuple[bytes, ...]
    """DER, the newest of each issuer and scope."""
    pool: CertificatePool
    crls: CrlPool
    revoked: tuple[bytes, ...]
    """Cross certificates that two officers have ended, X.509 DER: no path goes through them,
    whatever a list says by now. Kept to say why there is none."""
    with_revoked: CertificatePool
    """The pool with these in it, for that."""
    names: dict[str, str]
    """Subjects as the validator tells them -> as RFC 4514 writes them."""
    first_end: datetime | None
    """Earliest nextUpdate of the lists of authorities here; None if one has no list."""

    def governor(self, authority_id: AuthorityId) -> GovernorGeneration:
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
    ended = {one.der: one for one in readable(crosses.certificates(tx, State.REVOKED))}
    # A partner may hand in what was ended here.
    certificates = [
        (element.origin, element.read)
        for element in kept
        if isinstance(element.read, ReadCertificate) and element.der not in ended
    ]
    lists = [element.read for element in kept if isinstance(element.read, ReadList)]
    anchors = [one for origin, one in certificates if origin is ElementOrigin.AUTHORITY]
    usable = {one.der for one in anchors}
    governors = [one for one in pool.governors(tx) if one.is_anchor and one.certificate in usable]
    begin = {one.certificate for one in governors}
    # Where two stand at the same distance, an authority's own comes after what others have issued.
    certificates.sort(key=lambda one: one[0] is ElementOrigin.AUTHORITY)
    ordered = away_from_anchors(
        [one for one in anchors if one.der in begin], [one for _, one in certificates]
    )
    encoded = tuple(one.der for one in ordered)
    return PathMaterial(
        version=version,
        # The one that issues is put last, so that it is the one kept.
        governors={one.authority_id: one for one in sorted(governors, key=_issuing_last)},
        certificates=encoded,
        lists=tuple(one.der for one in lists),
        pool=CertificatePool(encoded),
        crls=CrlPool(one.der for one in lists),
        revoked=tuple(ended),
        with_revoked=CertificatePool((*encoded, *ended)),
        names={
            path_certificate.read_certificate(one.der).subject_text: one.name_text
            for one in (*ordered, *ended.values())
        },
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


def _first_end(anchors: list[ReadCertificate], lists: list[ReadList]) -> datetime | None:
    ends = {(one.issuer, one.key_id): one.ends_at for one in lists if one.ends_at is not None}
    # Generations share a name: only the key tells whose list it is.
    found = [ends.get((one.subject, one.key_id)) for one in anchors]
    known = [end for end in found if end is not None]
    return min(known) if known and len(known) == len(found) else None
