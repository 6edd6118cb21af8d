"""Settings of the status service."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - pydantic reads it

from pydantic import Field, model_validator

from openjpki.config.address import Address
from openjpki.config.base import ServiceSettings, listening
from openjpki.config.parts import DatabasePart, KeysPart, Part, ServicePart

HTTP_CONNECTIONS = 8192
"""Connections to OCSP over HTTP and HTTPS together, beside those of gRPC."""


class OcspPart(Part):
    """Whom it follows and how it answers."""

    ca: Address = Address("localhost:7110")
    """The ca service, whose feed it follows."""
    http_listen: Address = Address("127.0.0.1:7123")
    """OCSP over plain HTTP: signed requests, and verifiers on their closed networks."""
    https_listen: Address | None = None
    """OCSP over HTTPS with client certificates; absent: not served."""
    freshness: float = Field(default=5.0, ge=0.5, le=3600)
    """Seconds without word from the feed for which it is current: afterwards a certificate that is
    not known may have been issued, so it is not called unknown, and streams of changes end."""
    max_staleness: int = Field(default=86_400, ge=1, le=86_400)
    """Seconds without word from the feed for which good is answered. The authority's policy, by the
    same name, holds where it is shorter."""
    response_lifetime: int = Field(default=300, ge=1, le=86_400)
    """Seconds from when an OCSP answer is made to its nextUpdate. The authority's policy, by the
    same name, holds where it is shorter."""
    most_certificates: int = Field(default=20_000_000, ge=1_000, le=2_000_000_000)
    """Certificates that are taken of one authority. Of one that has more nothing newer is taken,
    and what is known is told as when ca is away."""
    index_directory: Path | None = None
    """Where the status that it knows is kept for its next start; absent: nowhere. Of this replica
    alone: whoever may write there may call revoked certificates good."""
    usage_directory: Path | None = None
    """Where counts of what verifiers were told are kept ten times a second, so that they outlive a
    process that is killed; absent: nowhere, and those of its last second are lost with it. Of this
    replica alone."""
    responder_renewal: int = Field(default=86_400, ge=30, le=30 * 86_400)
    """Seconds before its end at which a responder's certificate is renewed; sooner where it must
    hold through an absence of ca of the policy's max_staleness."""

    @model_validator(mode="after")
    def _no_longer_than_said(self) -> OcspPart:
        if self.http_listen == self.https_listen and self.http_listen.port:
            raise ValueError("http_listen and https_listen must differ")
        return self


class OcspSettings(ServiceSettings):
    """``OPENJPKI_OCSP__HTTP_LISTEN``, ``OPENJPKI_OCSP__FRESHNESS``, …"""

    service: ServicePart = listening(7120)
    database: DatabasePart
    keys: KeysPart
    """The responders' keys."""
    ocsp: OcspPart = OcspPart()
