"""The octets of one element of the pool, for whoever asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.bridge import pool_lists

if TYPE_CHECKING:
    from openjpki.services.bridge.context import BridgeContext
    from openjpki.services.bridge.pool.path_material import PathMaterial
    from openjpki.signer_core import PathCertificate, PathRevocationList


def element_octets(bridge: BridgeContext, material: PathMaterial, sha256: bytes) -> bytes:
    """DER of what paths are built from, or of a superseded list. Raises
    ``POOL_ELEMENT_NOT_FOUND``."""
    here: list[PathCertificate | PathRevocationList] = [*material.certificates, *material.lists]
    found = next((one for one in here if one.sha256 == sha256), None)
    if found is not None:
        return found.octets
    with bridge.database.reading() as tx:
        der = pool_lists.der_of(tx, sha256)
    if der is None:
        raise OpenJpkiError(
            Reason.POOL_ELEMENT_NOT_FOUND, "is of nothing in the pool", field="sha256"
        )
    return der
