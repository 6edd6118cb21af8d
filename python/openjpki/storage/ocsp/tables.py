"""Tables of the ocsp service: the registered verifiers (署名検証者, R4.2), agreements with them
(R4.3), how much they were told (R5.2.2), and nothing of persons.

Which certificates a verifier asks about is not stored anywhere (R5.2.2).
"""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
)

from openjpki.storage.kernel.columns import AuthorityIdColumn, BigNumber, Bytes, String, UtcTime
from openjpki.storage.kernel.denied_tables import with_denied_credentials
from openjpki.storage.kernel.tables import service_metadata

metadata = with_denied_credentials(service_metadata())

verifiers = Table(
    "verifiers",
    metadata,
    Column("verifier_id", String, nullable=False),
    Column("display_name", String, nullable=False),
    Column("registered_at", UtcTime, nullable=False),
    PrimaryKeyConstraint("verifier_id"),
    comment="Who may ask for status; the id is the scope in the verifier's SPIFFE id",
)

verifier_authorities = Table(
    "verifier_authorities",
    metadata,
    Column("verifier_id", String, nullable=False),
    Column("authority_id", AuthorityIdColumn, nullable=False),
    PrimaryKeyConstraint("verifier_id", "authority_id"),
    ForeignKeyConstraint(["verifier_id"], ["verifiers.verifier_id"], ondelete="CASCADE"),
    comment="Authorities whose certificates a verifier may ask about",
)

verifier_signers = Table(
    "verifier_signers",
    metadata,
    Column("verifier_id", String, nullable=False),
    Column("sha256", Bytes, nullable=False),
    Column("certificate", Bytes, nullable=False),
    PrimaryKeyConstraint("verifier_id", "sha256"),
    ForeignKeyConstraint(["verifier_id"], ["verifiers.verifier_id"], ondelete="CASCADE"),
    # A signature must say who asks: one certificate, one verifier.
    UniqueConstraint("sha256"),
    comment="Certificates with which verifiers sign OCSP requests, X.509 DER",
)

verifier_networks = Table(
    "verifier_networks",
    metadata,
    Column("verifier_id", String, nullable=False),
    Column("network", String, nullable=False),
    PrimaryKeyConstraint("verifier_id", "network"),
    ForeignKeyConstraint(["verifier_id"], ["verifiers.verifier_id"], ondelete="CASCADE"),
    comment="Closed networks whose addresses are answered over plain HTTP, CIDR",
)

agreements = Table(
    "agreements",
    metadata,
    Column("verifier_id", String, nullable=False),
    Column("authority_id", AuthorityIdColumn, nullable=False),
    Column("version", BigNumber, nullable=False),
    Column("state", String, nullable=False),
    Column("name", String, nullable=True),
    Column("kind", String, nullable=True),
    Column("accreditation", String, nullable=True),
    Column("accredited_until", UtcTime, nullable=True),
    Column("notified_by", String, nullable=True),
    Column("notified_at", UtcTime, nullable=True),
    Column("ways", String, nullable=False),
    Column("not_before", UtcTime, nullable=False),
    Column("not_after", UtcTime, nullable=True),
    Column("purpose", String, nullable=True),
    Column("liability_cap_yen", BigNumber, nullable=True),
    Column("safety", String, nullable=True),
    Column("secrecy", String, nullable=True),
    Column("document_sha256", Bytes, nullable=True),
    Column("statuses_per_day", BigNumber, nullable=True),
    Column("statuses_per_month", BigNumber, nullable=True),
    Column("downloads_per_day", BigNumber, nullable=True),
    Column("downloads_per_month", BigNumber, nullable=True),
    Column("quota_beyond", String, nullable=True),
    Column("content_sha256", Bytes, nullable=True),
    Column("proposed_by", String, nullable=False),
    Column("proposed_at", UtcTime, nullable=False),
    Column("proposed_with", String, nullable=True),
    Column("decided_by", String, nullable=True),
    Column("decided_at", UtcTime, nullable=True),
    Column("stopped_by", String, nullable=True),
    Column("stopped_at", UtcTime, nullable=True),
    Column("superseded_at", UtcTime, nullable=True),
    PrimaryKeyConstraint("verifier_id", "authority_id", "version"),
    # Not of the registry's entry: what was agreed is kept when the entry is gone.
    CheckConstraint(
        "state IN ('proposed', 'in_force', 'suspended', 'ended', 'rejected')", name="state"
    ),
    CheckConstraint("version > 0", name="version_positive"),
    # What lacks a part lacks all, or a limit that went missing would open what it closed.
    CheckConstraint(
        " AND ".join(
            f"(kind IS NULL) = ({part} IS NULL)"
            for part in (
                "name",
                "notified_by",
                "notified_at",
                "not_after",
                "purpose",
                "safety",
                "secrecy",
                "content_sha256",
            )
        ),
        name="whole",
    ),
    CheckConstraint(
        "kind IS NOT NULL OR (version = 1 AND proposed_by = 'ocsp' AND accreditation IS NULL"
        " AND accredited_until IS NULL AND liability_cap_yen IS NULL AND document_sha256 IS NULL)",
        name="taken_over",
    ),
    CheckConstraint(
        "kind IS NULL OR (kind = 'government_body') = (accredited_until IS NULL)", name="business"
    ),
    comment="Every version of each governor's agreement with a verifier",
)

usage_epochs = Table(
    "usage_epochs",
    metadata,
    Column("epoch", String, nullable=False),
    Column("run", String, nullable=False),
    Column("begun_at", UtcTime, nullable=False),
    Column("flushed_at", UtcTime, nullable=False),
    Column("sealed_at", UtcTime, nullable=True),
    Column("unknown_until", UtcTime, nullable=True),
    # Replicas of the release before do not say so.
    Column("seen_at", UtcTime, nullable=True),
    PrimaryKeyConstraint("epoch"),
    comment="What was counted together by one run of a replica; nothing more once it is sealed",
)

usage_days = Table(
    "usage_days",
    metadata,
    Column("day", String, nullable=False),
    Column("closed_at", UtcTime, nullable=False),
    CheckConstraint("length(day) = 10", name="day_written"),
    PrimaryKeyConstraint("day"),
    comment="Days of Japan for which nothing more is counted, whose sums the journal has",
)

usage = Table(
    "usage",
    metadata,
    Column("epoch", String, nullable=False),
    Column("day", String, nullable=False),
    Column("verifier_id", String, nullable=False),
    Column("authority_id", AuthorityIdColumn, nullable=False),
    Column("way", String, nullable=False),
    Column("told", BigNumber, nullable=False),
    PrimaryKeyConstraint("epoch", "day", "verifier_id", "authority_id", "way"),
    # Not of the registry's entry: what was told is to be paid for when the entry is gone.
    CheckConstraint("way IN ('ocsp_http', 'lists', 'grpc')", name="way"),
    CheckConstraint("told > 0", name="told_positive"),
    CheckConstraint("length(day) = 10", name="day_written"),
    Index("ix_usage_authority_id_day", "authority_id", "day"),
    Index("ix_usage_verifier_id_day", "verifier_id", "day"),
    comment="How much each verifier was told, by authority, way and day of Japan",
)

quota_taken = Table(
    "quota_taken",
    metadata,
    Column("period", String, nullable=False),
    Column("verifier_id", String, nullable=False),
    Column("authority_id", AuthorityIdColumn, nullable=False),
    Column("unit", String, nullable=False),
    Column("taken", BigNumber, nullable=False),
    PrimaryKeyConstraint("period", "verifier_id", "authority_id", "unit"),
    CheckConstraint("unit IN ('statuses', 'downloads')", name="unit"),
    CheckConstraint("length(period) IN (7, 10)", name="period_written"),
    CheckConstraint("taken >= 0", name="taken_not_negative"),
    comment="What replicas took of a quota in a day or month of Japan, told or still held",
)

quota_leases = Table(
    "quota_leases",
    metadata,
    Column("day", String, nullable=False),
    Column("verifier_id", String, nullable=False),
    Column("authority_id", AuthorityIdColumn, nullable=False),
    Column("unit", String, nullable=False),
    Column("run", String, nullable=False),
    Column("leased", BigNumber, nullable=False),
    Column("closed_at", UtcTime, nullable=True),
    PrimaryKeyConstraint("day", "verifier_id", "authority_id", "unit", "run"),
    CheckConstraint("unit IN ('statuses', 'downloads')", name="unit"),
    CheckConstraint("length(day) = 10", name="day_written"),
    CheckConstraint("leased >= 0", name="leased_not_negative"),
    Index("ix_quota_leases_run", "run"),
    comment="What each run of a replica took of a quota on a day; told, once it is closed",
)
