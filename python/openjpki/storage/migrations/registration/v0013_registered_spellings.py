"""What the register writes otherwise than a certificate, and which characters are substitutes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from openjpki.storage.kernel.columns import String

revision = "registration_0013"
down_revision = "registration_0012"
branch_labels = None
depends_on = None

_COLUMNS = (
    "registered_name",
    "registered_address",
    "name_substitutions",
    "address_substitutions",
)


def upgrade() -> None:
    """Four columns, NULL for applications of before: nothing of them differs."""
    for column in _COLUMNS:
        op.add_column("application_personal_data", sa.Column(column, String, nullable=True))
