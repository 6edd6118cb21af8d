"""Keys already certified: no two persons share one, and none is an authority's (R2.5.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.ca.kinds import CertificateKind
from openjpki.storage.ca.tables import used_keys as _used_keys
from openjpki.storage.kernel.columns import insert_if_absent

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.domain.authority import AuthorityId
    from openjpki.storage.kernel.transaction import Reading, Transaction

# A responder's or a partner's key may be certified again, a person's never.
_MAY_COME_BACK = {CertificateKind.RESPONDER, CertificateKind.CROSS}

_KIND_OF = select(_used_keys.c.kind).where(_used_keys.c.fingerprint == bindparam("of_key"))


def kind_of(tx: Reading, fingerprint: bytes) -> CertificateKind | None:
    """What the key with this SHA-256 of its SubjectPublicKeyInfo was used for, or None."""
    found = tx.connection.execute(_KIND_OF, {"of_key": fingerprint}).scalar()
    return None if found is None else CertificateKind(found)


def require_usable(tx: Reading, fingerprint: bytes, kind: CertificateKind) -> None:
    """Raise ``KEY_ALREADY_USED`` or ``KEY_OF_AUTHORITY`` unless the key may be certified."""
    used = kind_of(tx, fingerprint)
    if used is None or (used is kind and kind in _MAY_COME_BACK):
        return
    if used in {CertificateKind.AUTHORITY, CertificateKind.CROSS}:
        raise OpenJpkiError(
            Reason.KEY_OF_AUTHORITY, "is an authority's key", field="certification_request"
        )
    raise OpenJpkiError(
        Reason.KEY_ALREADY_USED, "holds a key certified before", field="certification_request"
    )


def claim(
    tx: Transaction,
    fingerprint: bytes,
    *,
    authority_id: AuthorityId,
    kind: CertificateKind,
    at: datetime,
) -> None:
    """Take the key for this use. Raises ``KEY_ALREADY_USED`` or ``KEY_OF_AUTHORITY``."""
    taken = insert_if_absent(
        tx,
        _used_keys,
        fingerprint=fingerprint,
        authority_id=authority_id,
        kind=kind.value,
        used_at=at,
    )
    if not taken:
        require_usable(tx, fingerprint, kind)
