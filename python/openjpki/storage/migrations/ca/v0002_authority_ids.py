"""An authority's id names its kind."""

from __future__ import annotations

from openjpki.storage.migrations.authority_ids import name_the_kind

revision = "ca_0002"
down_revision = "ca_0001"
branch_labels = None
depends_on = None

_TABLES = (
    "authorities",
    "serials",
    "issuances",
    "certificates",
    "used_keys",
    "revocations",
    "feeds",
    "feed_events",
    "revocation_lists",
)


def upgrade() -> None:
    """Rewrite the ids."""
    name_the_kind(
        dict.fromkeys(_TABLES, "authority_id"),
        [
            ("serials", "fk_serials_authority_id"),
            ("issuances", "fk_issuances_authority_id_serial"),
            ("certificates", "fk_certificates_authority_id_serial"),
            ("revocations", "fk_revocations_authority_id_serial"),
            ("feeds", "fk_feeds_authority_id"),
            ("feed_events", "fk_feed_events_authority_id"),
            ("revocation_lists", "fk_revocation_lists_authority_id"),
        ],
    )
