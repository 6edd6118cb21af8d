"""Whose key signed a certificate, of the service bridge's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError
from openjpki.x509.foreign.reading import read_certificate

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openjpki.signer_core import PathCertificate
    from openjpki.storage.bridge.service_bridge import BridgeGeneration


def signer_of(known: Iterable[BridgeGeneration], certificate: bytes) -> int | None:
    """The generation of ``known`` that signed a certificate (X.509 DER); None where none did, or
    something can't be read."""
    read = _read(certificate)
    if read is None:
        return None
    for own in known:
        issuer = _read(own.certificate)
        if issuer is not None and read.signature_fault(issuer) is None:
            return own.generation
    return None


def _read(certificate: bytes) -> PathCertificate | None:
    try:
        return read_certificate(certificate)
    except OpenJpkiError:
        return None
