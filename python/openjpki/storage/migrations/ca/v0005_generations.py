"""An authority's key has generations; what was signed names the one that signed it.

Until now each authority had one. The certificate that an issuance repeated is the generation's.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from cryptography import x509

from openjpki.storage.kernel.columns import BigNumber, Bytes, String, UtcTime
from openjpki.storage.migrations.rows import reading

revision = "ca_0005"
down_revision = "ca_0004"
branch_labels = None
depends_on = None

_MOVED = {
    "issuances": (
        "authority_id, serial, state, method, caller, request_id, digest, tbs, kind,"
        " key_fingerprint, partition, not_before, not_after, intended_at, person_reference,"
        " application_id, municipality_code, live"
    ),
    "revocations": (
        "authority_id, serial, partition, not_after, cause, reason_code, revoked_at, sequence"
    ),
    "certificates": "authority_id, serial, kind, certificate, partition, not_after, issued_at",
    "revocation_lists": (
        "authority_id, partition, number, this_update, next_update, entries, sha256, list"
    ),
}
"""Tables made anew with a generation, who refers first, and what is kept of them."""


def upgrade() -> None:
    """Make the table of generations and move what is there."""
    _create_generations()
    for table, kept in _MOVED.items():
        qualified = ", ".join(f"{table}.{column.strip()}" for column in kept.split(","))
        op.execute(
            f"CREATE TABLE moved_{table} AS"  # noqa: S608
            f" SELECT {qualified}, authorities.generation AS generation FROM {table}"
            f" JOIN authorities ON authorities.authority_id = {table}.authority_id"
        )
        op.drop_table(table)
    _create_issuances()
    _create_certificates()
    _create_revocations()
    _create_lists()
    for table, kept in reversed(_MOVED.items()):
        columns = f"{kept}, generation"
        op.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM moved_{table}")  # noqa: S608
        op.drop_table(f"moved_{table}")
    for column in ("generation", "key_label", "certificate"):
        op.execute(f"ALTER TABLE authorities DROP COLUMN {column}")
    if op.get_bind().dialect.name == "postgresql":
        op.create_table_comment(
            "authorities",
            "Prefectural authorities; active: whether its operator lets it issue",
            existing_comment="Prefectural authorities with the generation that signs now",
        )


def _create_generations() -> None:
    made = op.create_table(
        "generations",
        sa.Column("authority_id", String, nullable=False),
        sa.Column("number", BigNumber, nullable=False),
        sa.Column("state", String, nullable=False),
        sa.Column("key_label", String, nullable=False),
        sa.Column("certificate", Bytes, nullable=False),
        sa.Column("not_before", UtcTime, nullable=False),
        sa.Column("not_after", UtcTime, nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_generations_number")),
        sa.CheckConstraint(
            "state IN ('planned', 'active', 'retiring', 'ended', 'compromised', 'lost')",
            name=op.f("ck_generations_state"),
        ),
        sa.ForeignKeyConstraint(
            ["authority_id"],
            ["authorities.authority_id"],
            name=op.f("fk_generations_authority_id"),
        ),
        sa.PrimaryKeyConstraint("authority_id", "number", name=op.f("pk_generations")),
        sa.UniqueConstraint(
            "authority_id", "key_label", name=op.f("uq_generations_authority_id_key_label")
        ),
        comment="Each key an authority has had, with its self-signed certificate; one issues",
    )
    op.create_index(
        "uq_generations_active",
        "generations",
        ["authority_id"],
        unique=True,
        sqlite_where=sa.text("state = 'active'"),
        postgresql_where=sa.text("state = 'active'"),
    )
    found = op.get_bind().execute(
        sa.text("SELECT authority_id, generation, key_label, certificate FROM authorities")
    )
    rows = []
    for authority_id, number, key_label, der in found:
        with reading("authorities", authority_id):
            certificate = x509.load_der_x509_certificate(bytes(der))
            rows.append(
                {
                    "authority_id": authority_id,
                    "number": number,
                    "state": "active",
                    "key_label": key_label,
                    "certificate": bytes(der),
                    "not_before": certificate.not_valid_before_utc,
                    "not_after": certificate.not_valid_after_utc,
                }
            )
    if rows:
        op.bulk_insert(made, rows)


def _create_issuances() -> None:
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
        sa.Column("generation", BigNumber, nullable=False),
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
        sa.ForeignKeyConstraint(
            ["authority_id", "generation"],
            ["generations.authority_id", "generations.number"],
            name=op.f("fk_issuances_authority_id_generation"),
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


def _create_certificates() -> None:
    op.create_table(
        "certificates",
        sa.Column("authority_id", String, nullable=False),
        sa.Column("serial", Bytes, nullable=False),
        sa.Column("kind", String, nullable=False),
        sa.Column("generation", BigNumber, nullable=False),
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
        sa.ForeignKeyConstraint(
            ["authority_id", "generation"],
            ["generations.authority_id", "generations.number"],
            name=op.f("fk_certificates_authority_id_generation"),
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


def _create_revocations() -> None:
    op.create_table(
        "revocations",
        sa.Column("authority_id", String, nullable=False),
        sa.Column("serial", Bytes, nullable=False),
        sa.Column("generation", BigNumber, nullable=False),
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
        comment="Revocation information (R3.1); what the lists go by is repeated",
    )
    op.create_index(
        "ix_revocations_list",
        "revocations",
        ["authority_id", "generation", "partition", "not_after"],
        unique=False,
    )


def _create_lists() -> None:
    op.create_table(
        "revocation_lists",
        sa.Column("authority_id", String, nullable=False),
        sa.Column("generation", BigNumber, nullable=False),
        sa.Column("partition", String, nullable=False),
        sa.Column("number", BigNumber, nullable=False),
        sa.Column("this_update", UtcTime, nullable=False),
        sa.Column("next_update", UtcTime, nullable=False),
        sa.Column("entries", BigNumber, nullable=False),
        sa.Column("sha256", Bytes, nullable=False),
        sa.Column("list", Bytes, nullable=True),
        sa.ForeignKeyConstraint(
            ["authority_id", "generation"],
            ["generations.authority_id", "generations.number"],
            name=op.f("fk_revocation_lists_authority_id_generation"),
        ),
        sa.PrimaryKeyConstraint(
            "authority_id",
            "generation",
            "partition",
            "number",
            name=op.f("pk_revocation_lists"),
        ),
        comment="Every list published; the bytes of old ones are dropped",
    )
    if op.get_bind().dialect.name == "postgresql":
        # Uncompressed, so that a piece of a large list is read without reading all of it.
        op.execute("ALTER TABLE revocation_lists ALTER COLUMN list SET STORAGE EXTERNAL")
