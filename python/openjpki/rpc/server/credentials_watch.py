"""A service's own credentials in its metrics and its log."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from cryptography import x509

from openjpki.telemetry.logging import get_logger
from openjpki.telemetry.metrics import (
    FILE_ELEMENTS_LEFT_OUT,
    MESH_AUTHORITY_EXPIRY,
    MESH_CERTIFICATE_EXPIRY,
)

if TYPE_CHECKING:
    from openjpki.errors import OpenJpkiError
    from openjpki.rpc.identity.credentials import TlsMaterial

_log = get_logger("tls")


class ServiceCredentialsWatch:
    """Says when the certificate in use ends, and that new ones came or were refused."""

    def in_use(self, material: TlsMaterial, *, renewed: bool) -> None:
        """See :class:`~openjpki.rpc.identity.credentials.CredentialsWatch`."""
        ends = material.leaf.not_valid_after_utc
        MESH_CERTIFICATE_EXPIRY.set(ends.timestamp())
        MESH_AUTHORITY_EXPIRY.set(_end_of_issuer(material))
        FILE_ELEMENTS_LEFT_OUT.labels("trust_bundle").set(len(material.left_out))
        for number in material.left_out:
            _log.error(
                "a certificate of the trust bundle can't be read and is left out", number=number
            )
        if renewed:
            _log.info("credentials renewed", expires=ends.isoformat())

    def refused(self, error: OpenJpkiError) -> None:
        """See :class:`~openjpki.rpc.identity.credentials.CredentialsWatch`."""
        _log.warning("new credentials refused", field=error.field, rule=error.message)


def _end_of_issuer(material: TlsMaterial) -> float:
    """Of the bundle's authorities that the certificate names, the one that lasts longest: while one
    follows another, the bundle has both. Not a number for one that an intermediate issued."""
    ends = [
        one.not_valid_after_utc.timestamp()
        for one in x509.load_pem_x509_certificates(material.trust_bundle)
        if one.subject == material.leaf.issuer
    ]
    return max(ends, default=math.nan)
