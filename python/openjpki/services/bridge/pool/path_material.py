"""What paths are built from, parsed once and kept until the pool changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from cryptography import x509

from openjpki.domain.generation import ANCHORS, GenerationState
from openjpki.errors import OpenJpkiError, Reason
from openjpki.pki_path.certificate import read_certificate
from openjpki.pki_path.pool import CertificatePool
from openjpki.pki_path.revocation import CrlPool
from openjpki.services.bridge.pool.issuing_order import away_from_anchors
from openjpki.storage.bridge import authority_lists, crosses, pool, service_bridge
from openjpki.storage.bridge.kinds import State
from openjpki.x509.foreign.partner import stated_key_id

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.domain.authority import AuthorityId
    from openjpki.services.bridge.context import BridgeContext
    from openjpki.storage.bridge.pool import GovernorGeneration
    from openjpki.storage.kernel.transaction import Reading


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


def rfc4514(der: bytes) -> str:
    """Subject of a certificate (DER), RFC 4514."""
    return x509.load_der_x509_certificate(der).subject.rfc4514_string()


def _read(tx: Reading, version: int) -> PathMaterial:
    governors = [one for one in pool.governors(tx) if one.is_anchor]
    own = [one for one in service_bridge.all_of(tx) if one.state in ANCHORS]
    anchors = [
        *(one.certificate for one in governors),
        *(one.certificate for one in own),
    ]
    others = [*crosses.certificates(tx, State.ISSUED), *pool.submitted(tx)]
    revoked = tuple(crosses.certificates(tx, State.REVOKED))
    # A partner may hand in what was ended here.
    others = [der for der in others if der not in revoked]
    newest = [authority_lists.newest(tx, one.generation) for one in own]
    lists = [*pool.lists(tx), *(one.der for one in newest if one is not None)]
    certificates = tuple(
        away_from_anchors([one.certificate for one in governors], [*others, *anchors])
    )
    return PathMaterial(
        version=version,
        # The one that issues is put last, so that it is the one kept.
        governors={one.authority_id: one for one in sorted(governors, key=_issuing_last)},
        certificates=certificates,
        lists=tuple(lists),
        pool=CertificatePool(certificates),
        crls=CrlPool(lists),
        revoked=revoked,
        with_revoked=CertificatePool((*certificates, *revoked)),
        names={
            read_certificate(der).subject_text: rfc4514(der) for der in (*certificates, *revoked)
        },
        first_end=_first_end(anchors, lists),
    )


def _issuing_last(governor: GovernorGeneration) -> tuple[bool, int]:
    return governor.state is GenerationState.ACTIVE, governor.generation


def _first_end(anchors: list[bytes], lists: list[bytes]) -> datetime | None:
    ends: dict[tuple[bytes, bytes | None], datetime] = {}
    for der in lists:
        crl = x509.load_der_x509_crl(der)
        if crl.next_update_utc is not None:
            ends[crl.issuer.public_bytes(), _key_id_of(crl)] = crl.next_update_utc
    authorities = [x509.load_der_x509_certificate(der) for der in anchors]
    # Generations share a name: only the key tells whose list it is.
    found = [ends.get((one.subject.public_bytes(), stated_key_id(one))) for one in authorities]
    known = [end for end in found if end is not None]
    return min(known) if known and len(known) == len(found) else None


def _key_id_of(crl: x509.CertificateRevocationList) -> bytes | None:
    try:
        stated = crl.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    except x509.ExtensionNotFound:
        return None
    return stated.key_identifier
