"""The table of an application's personal data is called so."""

from __future__ import annotations

from alembic import op

revision = "registration_0004"
down_revision = "registration_0003"
branch_labels = None
depends_on = None

_BEFORE = "application_papers"
_AFTER = "application_personal_data"
_CONSTRAINTS = (
    ("pk_application_papers", "pk_application_personal_data"),
    ("fk_application_papers_application_id", "fk_application_personal_data_application_id"),
)


def upgrade() -> None:
    """Rename it, and its constraints where the database lets them be renamed."""
    op.rename_table(_BEFORE, _AFTER)
    if op.get_bind().dialect.name == "postgresql":
        for before, after in _CONSTRAINTS:
            op.execute(f"ALTER TABLE {_AFTER} RENAME CONSTRAINT {before} TO {after}")
