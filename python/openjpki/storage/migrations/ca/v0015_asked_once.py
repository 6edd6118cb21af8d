"""An issuance's own row is all that a retry is recognised by, and all that limits are counted from.

A caller's request id is one call's, whichever authority it named; so the answers kept beside the
issuances are no longer needed, and neither are the counts.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "ca_0015"
down_revision = "ca_0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the unique key; index what is counted; drop what follows from the issuances."""
    with op.batch_alter_table("issuances") as issuances:
        issuances.drop_constraint(
            op.f("uq_issuances_authority_id_method_caller_request_id"), type_="unique"
        )
        issuances.create_unique_constraint(
            op.f("uq_issuances_method_caller_request_id"), ["method", "caller", "request_id"]
        )
    op.create_index(
        "ix_issuances_users",
        "issuances",
        ["authority_id", "intended_at"],
        sqlite_where=sa.text("kind = 'user'"),
        postgresql_where=sa.text("kind = 'user'"),
    )
    op.execute(
        "DELETE FROM requests WHERE EXISTS (SELECT 1 FROM issuances"
        " WHERE issuances.method = requests.method AND issuances.caller = requests.caller"
        " AND issuances.request_id = requests.request_id)"
    )
    op.drop_table("issue_counts")
