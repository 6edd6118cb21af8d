"""What a certificate is for."""

from __future__ import annotations

from enum import Enum


class CertificateKind(Enum):
    """Of whom or what a certificate speaks; the value stands in the tables."""

    USER = "user"
    RESPONDER = "responder"
    CROSS = "cross"
    AUTHORITY = "authority"
    """The authority's own, self-signed."""


AUTHORITY_PARTITION = "authority"
"""Partition of every certificate that is not a user's."""
