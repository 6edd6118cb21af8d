"""Authorities, serials, certificates, revocations, feed and lists."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from openjpki.storage.kernel.columns import BigNumber, Bytes, String, UtcTime
from openjpki.storage.migrations.common import create_common_tables

revision = "ca_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the first schema."""
    create_common_tables()
    op.create_table(
        "authorities",
        sa.Column("authority_id", String, nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("policy", String, nullable=False),
        sa.Column("generation", BigNumber, nullable=False),
        sa.Column("key_label", String, nullable=False),
        sa.Column("certificate", Bytes, nullable=False),
        sa.Column("created_at", UtcTime, nullable=False),
        sa.PrimaryKeyConstraint("authority_id", name=op.f("pk_authorities")),
        comment="Prefectural authorities with the generation that signs now",
    )
    op.create_table(
        "used_keys",
        sa.Column("fingerprint", Bytes, nullable=False),
        sa.Column("authority_id", String, nullable=False),
        sa.Column("kind", String, nullable=False),
        sa.Column("used_at", UtcTime, nullable=False),
        sa.CheckConstraint(
            "kind IN ('user', 'responder', 'cross', 'authority')", name=op.f("ck_used_keys_kind")
        ),
        sa.PrimaryKeyConstraint("fingerprint", name=op.f("pk_used_keys")),
        comment="SHA-256 of every SubjectPublicKeyInfo certified, and of the authorities' own",
    )
    op.create_table(
        "feeds",
        sa.Column("authority_id", String, nullable=False),
        sa.Column("head", BigNumber, nullable=False),
        sa.Column("dropped_to", BigNumber, nullable=False),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authorities.authority_id"], name=op.f("fk_feeds_authority_id")
        ),
        sa.PrimaryKeyConstraint("authority_id", name=op.f("pk_feeds")),
        comment="Newest position of each status feed, and up to which its events were dropped",
    )
    op.create_table(
        "revocation_lists",
        sa.Column("authority_id", String, nullable=False),
        sa.Column("partition", String, nullable=False),
        sa.Column("number", BigNumber, nullable=False),
        sa.Column("this_update", UtcTime, nullable=False),
        sa.Column("next_update", UtcTime, nullable=False),
        sa.Column("entries", BigNumber, nullable=False),
        sa.Column("sha256", Bytes, nullable=False),
        sa.Column("list", Bytes, nullable=True),
        sa.ForeignKeyConstraint(
            ["authority_id"],
            ["authorities.authority_id"],
            name=op.f("fk_revocation_lists_authority_id"),
        ),
        sa.PrimaryKeyConstraint(
            "authority_id", "partition", "number", name=op.f("pk_revocation_lists")
        ),
        comment="Every list published; the bytes of old ones are dropped",
    )
    if op.get_bind().dialect.name == "postgresql":
        # Uncompressed, so that a piece of a large list is read without reading all of it.
        op.execute("ALTER TABLE revocation_lists ALTER COLUMN list SET STORAGE EXTERNAL")
    op.create_table(
        "serials",
        sa.Column("authority_id", String, nullable=False),
        sa.Column("serial", Bytes, nullable=False),
        sa.Column("reserved_at", UtcTime, nullable=False),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authorities.authority_id"], name=op.f("fk_serials_authority_id")
        ),
        sa.PrimaryKeyConstraint("authority_id", "serial", name=op.f("pk_serials")),
        comment="Every serial number ever reserved; none is reserved twice, signed or not",
    )
    op.create_table(
        "certificates",
        sa.Column("authority_id", String, nullable=False),
        sa.Column("serial", Bytes, nullable=False),
        sa.Column("kind", String, nullable=False),
        sa.Column("certificate", Bytes, nullable=False),
        sa.Column("partition", String, nullable=False),
        sa.Column("not_after", UtcTime, nullable=False),
        sa.Column("issued_at", UtcTime, nullable=False),
        sa.CheckConstraint(
            "kind IN ('user', 'responder', 'cross', 'authority')", name=op.f("ck_certificates_kind")
        ),
        sa.ForeignKeyConstraint(
            ["authority_id", "serial"],
            ["serials.authority_id", "serials.serial"],
            name=op.f("fk_certificates_authority_id_serial"),
        ),
        sa.PrimaryKeyConstraint("authority_id", "serial", name=op.f("pk_certificates")),
        comment="Every certificate signed",
    )
    op.create_index(
        "ix_certificates_not_users",
        "certificates",
        ["authority_id", "kind"],
        unique=False,
        sqlite_where=sa.text("kind <> 'user'"),
        postgresql_where=sa.text("kind <> 'user'"),
    )
    op.create_table(
        "feed_events",
        sa.Column("authority_id", String, nullable=False),
        sa.Column("sequence", BigNumber, nullable=False),
        sa.Column("serial", Bytes, nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("reason_code", sa.SmallInteger(), nullable=False),
        sa.Column("at", UtcTime, nullable=False),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["feeds.authority_id"], name=op.f("fk_feed_events_authority_id")
        ),
        sa.PrimaryKeyConstraint("authority_id", "sequence", name=op.f("pk_feed_events")),
        comment="What happened to certificates, in order; positions rise by one",
    )
    op.create_table(
        "issuances",
        sa.Column("authority_id", String, nullable=False),
        sa.Column("serial", Bytes, nullable=False),
        sa.Column("state", String, nullable=False),
        sa.Column("method", String, nullable=False),
        sa.Column("caller", String, nullable=False),
        sa.Column("request_id", String, nullable=False),
        sa.Column("digest", Bytes, nullable=False),
        sa.Column("tbs", Bytes, nullable=True),
        sa.Column("kind", String, nullable=False),
        sa.Column("issuer_certificate", Bytes, nullable=False),
        sa.Column("key_label", String, nullable=False),
        sa.Column("key_fingerprint", Bytes, nullable=False),
        sa.Column("partition", String, nullable=False),
        sa.Column("not_before", UtcTime, nullable=False),
        sa.Column("not_after", UtcTime, nullable=False),
        sa.Column("intended_at", UtcTime, nullable=False),
        sa.Column("person_reference", Bytes, nullable=True),
        sa.Column("application_id", String, nullable=True),
        sa.Column("municipality_code", String, nullable=True),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "(state = 'signed') = (tbs IS NULL)", name=op.f("ck_issuances_tbs_until_signed")
        ),
        sa.CheckConstraint("NOT live OR kind = 'user'", name=op.f("ck_issuances_live_users")),
        sa.CheckConstraint(
            "kind IN ('user', 'responder', 'cross')", name=op.f("ck_issuances_kind")
        ),
        sa.CheckConstraint("state IN ('intent', 'signed')", name=op.f("ck_issuances_state")),
        sa.ForeignKeyConstraint(
            ["authority_id", "serial"],
            ["serials.authority_id", "serials.serial"],
            name=op.f("fk_issuances_authority_id_serial"),
        ),
        sa.PrimaryKeyConstraint("authority_id", "serial", name=op.f("pk_issuances")),
        sa.UniqueConstraint(
            "authority_id",
            "method",
            "caller",
            "request_id",
            name=op.f("uq_issuances_authority_id_method_caller_request_id"),
        ),
        comment="What is to be signed, durable before it is; live: neither revoked nor expired",
    )
    op.create_index(
        "ix_issuances_intents",
        "issuances",
        ["authority_id", "intended_at"],
        unique=False,
        sqlite_where=sa.text("state = 'intent'"),
        postgresql_where=sa.text("state = 'intent'"),
    )
    op.create_index(
        "uq_issuances_live_person",
        "issuances",
        ["authority_id", "person_reference"],
        unique=True,
        sqlite_where=sa.text("live"),
        postgresql_where=sa.text("live"),
    )
    op.create_table(
        "revocations",
        sa.Column("authority_id", String, nullable=False),
        sa.Column("serial", Bytes, nullable=False),
        sa.Column("partition", String, nullable=False),
        sa.Column("not_after", UtcTime, nullable=False),
        sa.Column("cause", String, nullable=False),
        sa.Column("reason_code", sa.SmallInteger(), nullable=False),
        sa.Column("revoked_at", UtcTime, nullable=False),
        sa.Column("sequence", BigNumber, nullable=False),
        sa.ForeignKeyConstraint(
            ["authority_id", "serial"],
            ["certificates.authority_id", "certificates.serial"],
            name=op.f("fk_revocations_authority_id_serial"),
        ),
        sa.PrimaryKeyConstraint("authority_id", "serial", name=op.f("pk_revocations")),
        comment="Revocation information (R3.1); partition and expiry repeated for the lists",
    )
    op.create_index(
        "ix_revocations_list",
        "revocations",
        ["authority_id", "partition", "not_after"],
        unique=False,
    )
