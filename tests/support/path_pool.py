"""Pools of what paths are built from, from octets at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.signer_core import PathMaterial, PathPool

if TYPE_CHECKING:
    from collections.abc import Iterable


def pool_of(octets: Iterable[bytes]) -> PathPool:
    """A pool of certificates, revocation lists and OCSP responses, each DER or PEM.

    What can't be read is left out and counted. Never changes, so threads may share it.
    """
    return PathPool([PathMaterial.read(one) for one in octets])
