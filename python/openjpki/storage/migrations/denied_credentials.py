"""The table of denied credentials."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from openjpki.storage.kernel.columns import String, UtcTime


def create_denied_credentials() -> None:
    """Nobody is denied yet."""
    op.create_table(
        "denied_credentials",
        sa.Column("credential", String, nullable=False),
        sa.Column("cause", String, nullable=False),
        sa.Column("denied_by", String, nullable=False),
        sa.Column("denied_at", UtcTime, nullable=False),
        sa.PrimaryKeyConstraint("credential", name="pk_denied_credentials"),
        comment="Credentials of the mesh that the service refuses: a SPIFFE id, or sha256: and the"
        " fingerprint of one certificate",
    )
