"""A feed has a digest of what it has told, and says of which position it is.

The chain of a feed that is there begins at its present position. A program that knows nothing of it
may still append while others are replaced: the digest is then of an earlier position, and counts no
more.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from openjpki.storage.kernel.columns import BigNumber, Bytes

revision = "ca_0020"
down_revision = "ca_0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two columns, and a beginning."""
    op.add_column("feeds", sa.Column("digest", Bytes, nullable=True))
    op.add_column("feeds", sa.Column("digest_of", BigNumber, nullable=True))
    start = sa.text("UPDATE feeds SET digest = :start, digest_of = head")
    op.get_bind().execute(start, {"start": bytes(32)})
