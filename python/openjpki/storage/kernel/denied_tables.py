"""The table of denied credentials, for every service that others call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Column, PrimaryKeyConstraint, Table

from openjpki.storage.kernel.columns import String, UtcTime, new_metadata

if TYPE_CHECKING:
    from sqlalchemy import MetaData

_DENIED = new_metadata()

denied_credentials = Table(
    "denied_credentials",
    _DENIED,
    Column("credential", String, nullable=False),
    Column("cause", String, nullable=False),
    Column("denied_by", String, nullable=False),
    Column("denied_at", UtcTime, nullable=False),
    PrimaryKeyConstraint("credential"),
    comment="Credentials of the mesh that the service refuses: a SPIFFE id, or sha256: and the"
    " fingerprint of one certificate",
)


def with_denied_credentials(metadata: MetaData) -> MetaData:
    """A service's metadata, with this table added."""
    denied_credentials.to_metadata(metadata)
    return metadata
