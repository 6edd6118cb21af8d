"""Tables of the bridge service: its own authority, its partners, and what paths are built from.

Nothing of a user is here: only authorities and their certificates and lists (R4.4, R4.5).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
    text,
)

from openjpki.storage.kernel.columns import AuthorityIdColumn, BigNumber, Bytes, String, UtcTime
from openjpki.storage.kernel.denied_tables import with_denied_credentials
from openjpki.storage.kernel.lease_tables import with_leases
from openjpki.storage.kernel.tables import service_metadata
from openjpki.storage.officers.tables import with_officers

metadata = with_denied_credentials(with_officers(with_leases(service_metadata())))

service_bridge = Table(
    "service_bridge",
    metadata,
    Column("generation", BigNumber, nullable=False),
    Column("state", String, nullable=False),
    Column("key_label", String, nullable=False),
    Column("certificate", Bytes, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    PrimaryKeyConstraint("generation"),
    CheckConstraint(
        "state IN ('planned', 'active', 'retiring', 'ended', 'compromised', 'lost')", name="state"
    ),
    Index(
        "uq_service_bridge_active",
        "state",
        unique=True,
        sqlite_where=text("state = 'active'"),
        postgresql_where=text("state = 'active'"),
    ),
    comment="The service bridge's own authority, a row for each generation of its key",
)

serials = Table(
    "serials",
    metadata,
    Column("serial", Bytes, nullable=False),
    Column("reserved_at", UtcTime, nullable=False),
    PrimaryKeyConstraint("serial"),
    comment="Every serial number ever reserved; none is reserved twice, signed or not",
)

authority_lists = Table(
    "authority_lists",
    metadata,
    Column("generation", BigNumber, nullable=False),
    Column("number", BigNumber, nullable=False),
    Column("this_update", UtcTime, nullable=False),
    Column("next_update", UtcTime, nullable=False),
    Column("entries", BigNumber, nullable=False),
    Column("sha256", Bytes, nullable=False),
    Column("list", Bytes, nullable=True),
    PrimaryKeyConstraint("generation", "number"),
    ForeignKeyConstraint(["generation"], ["service_bridge.generation"]),
    Index("ix_authority_lists_generation_this_update", "generation", "this_update"),
    comment="The bridge's own authority revocation lists; the bytes of old ones are dropped",
)

partners = Table(
    "partners",
    metadata,
    Column("partner_id", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("display_name", String, nullable=False),
    Column("certificate", Bytes, nullable=True),
    Column("identity", Bytes, nullable=True),
    Column("registered_at", UtcTime, nullable=False),
    PrimaryKeyConstraint("partner_id"),
    # No authority is two partners: whoever approves a cross certificate must know whose it is.
    UniqueConstraint("identity"),
    CheckConstraint("kind IN ('prefectural', 'foreign')", name="kind"),
    CheckConstraint(
        "(kind = 'foreign') = (certificate IS NOT NULL)", name="certificate_where_foreign"
    ),
    CheckConstraint("(kind = 'foreign') = (identity IS NOT NULL)", name="identity_where_foreign"),
    comment="Authorities that certificates are exchanged with; identity: SHA-256 of name and key",
)

cross_certifications = Table(
    "cross_certifications",
    metadata,
    Column("cross_certification_id", String, nullable=False),
    Column("partner_id", String, nullable=False),
    Column("direction", String, nullable=False),
    Column("state", String, nullable=False),
    Column("mappings", String, nullable=False),
    Column("certification_request", Bytes, nullable=True),
    Column("offered", Bytes, nullable=True),
    Column("proposed_at", UtcTime, nullable=False),
    Column("serial", Bytes, nullable=True),
    Column("tbs", Bytes, nullable=True),
    Column("key_label", String, nullable=True),
    Column("generation", BigNumber, nullable=True),
    Column("certificate", Bytes, nullable=True),
    Column("decided_at", UtcTime, nullable=True),
    Column("refusal", String, nullable=True),
    PrimaryKeyConstraint("cross_certification_id"),
    ForeignKeyConstraint(["partner_id"], ["partners.partner_id"]),
    ForeignKeyConstraint(["serial"], ["serials.serial"]),
    UniqueConstraint("serial"),
    CheckConstraint("direction IN ('to_partner', 'from_partner')", name="direction"),
    CheckConstraint(
        "state IN ('pending', 'approved', 'issued', 'rejected', 'revoked')", name="state"
    ),
    CheckConstraint(
        "(state IN ('issued', 'revoked')) = (certificate IS NOT NULL)",
        name="certificate_if_issued",
    ),
    CheckConstraint(
        "tbs IS NULL OR (direction = 'to_partner' AND state = 'approved')", name="intent"
    ),
    Index(
        "ix_cross_certifications_approved",
        "cross_certification_id",
        sqlite_where=text("state = 'approved'"),
        postgresql_where=text("state = 'approved'"),
    ),
    comment="One direction of an exchange; tbs: what is to be signed, durable before it is",
)

approvals = Table(
    "approvals",
    metadata,
    Column("cross_certification_id", String, nullable=False),
    Column("officer", String, nullable=False),
    Column("number", BigNumber, nullable=False),
    Column("actor", String, nullable=False),
    Column("request_id", String, nullable=False),
    Column("approved_at", UtcTime, nullable=False),
    Column("key_sha256", Bytes, nullable=True),
    Column("signed_at", UtcTime, nullable=True),
    Column("signature", Bytes, nullable=True),
    PrimaryKeyConstraint("cross_certification_id", "officer"),
    UniqueConstraint("cross_certification_id", "number"),
    ForeignKeyConstraint(
        ["cross_certification_id"], ["cross_certifications.cross_certification_id"]
    ),
    CheckConstraint("number IN (1, 2)", name="two"),
    CheckConstraint(
        "(signature IS NULL) = (key_sha256 IS NULL) AND (signature IS NULL) = (signed_at IS NULL)",
        name="signed",
    ),
    comment="Two officers' approvals of each cross-certification, with what each signed",
)

cross_revocations = Table(
    "cross_revocations",
    metadata,
    Column("cross_certification_id", String, nullable=False),
    Column("cause", String, nullable=False),
    Column("state", String, nullable=False),
    Column("revoked_at", UtcTime, nullable=True),
    Column("listed", Boolean, nullable=False),
    PrimaryKeyConstraint("cross_certification_id"),
    ForeignKeyConstraint(
        ["cross_certification_id"], ["cross_certifications.cross_certification_id"]
    ),
    CheckConstraint("state IN ('proposed', 'approved', 'done')", name="state"),
    CheckConstraint("(state = 'proposed') = (revoked_at IS NULL)", name="moment_if_approved"),
    comment="The end of a cross certificate; listed: on a list of ours that was published",
)

revocation_renewals = Table(
    "revocation_renewals",
    metadata,
    Column("cross_certification_id", String, nullable=False),
    Column("officer", String, nullable=False),
    Column("actor", String, nullable=False),
    Column("request_id", String, nullable=False),
    Column("approved_at", UtcTime, nullable=False),
    Column("key_sha256", Bytes, nullable=False),
    Column("signed_at", UtcTime, nullable=False),
    Column("signature", Bytes, nullable=False),
    PrimaryKeyConstraint("cross_certification_id"),
    ForeignKeyConstraint(["cross_certification_id"], ["cross_revocations.cross_certification_id"]),
    comment="Who signed an approved end anew, whose issuer was not told yet; counts with a second",
)

revocation_approvals = Table(
    "revocation_approvals",
    metadata,
    Column("cross_certification_id", String, nullable=False),
    Column("officer", String, nullable=False),
    Column("number", BigNumber, nullable=False),
    Column("actor", String, nullable=False),
    Column("request_id", String, nullable=False),
    Column("approved_at", UtcTime, nullable=False),
    Column("key_sha256", Bytes, nullable=True),
    Column("signed_at", UtcTime, nullable=True),
    Column("signature", Bytes, nullable=True),
    PrimaryKeyConstraint("cross_certification_id", "officer"),
    UniqueConstraint("cross_certification_id", "number"),
    ForeignKeyConstraint(["cross_certification_id"], ["cross_revocations.cross_certification_id"]),
    CheckConstraint("number IN (1, 2)", name="two"),
    CheckConstraint(
        "(signature IS NULL) = (key_sha256 IS NULL) AND (signature IS NULL) = (signed_at IS NULL)",
        name="signed",
    ),
    comment="Who proposed the end of a cross certificate and who approved it,"
    " with what each signed",
)

governors = Table(
    "governors",
    metadata,
    Column("authority_id", AuthorityIdColumn, nullable=False),
    Column("generation", BigNumber, nullable=False),
    Column("state", String, nullable=False),
    Column("certificate", Bytes, nullable=False),
    Column("policy_oid", String, nullable=False),
    PrimaryKeyConstraint("authority_id", "generation"),
    comment="The prefectural authorities' generations as the ca service last listed them",
)

submitted_certificates = Table(
    "submitted_certificates",
    metadata,
    Column("sha256", Bytes, nullable=False),
    Column("partner_id", String, nullable=False),
    Column("certificate", Bytes, nullable=False),
    Column("submitted_at", UtcTime, nullable=False),
    PrimaryKeyConstraint("sha256"),
    ForeignKeyConstraint(["partner_id"], ["partners.partner_id"]),
    Index("ix_submitted_certificates_partner_id", "partner_id"),
    comment="Certificates between authorities beyond a partner; none is a trust anchor",
)


def _of_list() -> tuple[Column[Any], ...]:
    """What stays of a list that was taken out: by these others are compared with it, and it is
    disposed of."""
    return (
        Column("sha256", Bytes, nullable=False),
        Column("issuer", Bytes, nullable=False),
        Column("scope", Bytes, nullable=False),
        Column("number", Bytes, nullable=False),
        Column("this_update", UtcTime, nullable=False),
        Column("retained_from", UtcTime, nullable=False),
    )


kept_lists = Table(
    "kept_lists",
    metadata,
    *_of_list(),
    Column("next_update", UtcTime, nullable=False),
    Column("partner_id", String, nullable=True),
    Column("octets", BigNumber, nullable=False),
    Column("list", Bytes, nullable=False),
    PrimaryKeyConstraint("sha256"),
    Index("ix_kept_lists_issuer_scope_this_update", "issuer", "scope", "this_update"),
    Index("ix_kept_lists_partner_id", "partner_id", "octets"),
    Index("ix_kept_lists_retained_from", "retained_from"),
    comment="Lists of others, superseded ones too; issuer: SHA-256 of name and key;"
    " scope: SHA-256; retained_from: when its retention period begins",
)

taken_out_lists = Table(
    "taken_out_lists",
    metadata,
    *_of_list(),
    PrimaryKeyConstraint("sha256"),
    Index("ix_taken_out_lists_issuer_scope_this_update", "issuer", "scope", "this_update"),
    Index("ix_taken_out_lists_retained_from", "retained_from"),
    Index("ix_taken_out_lists_this_update", "this_update"),
    comment="What an officer took out of kept_lists: no list from before it counts where it did",
)

list_uploads = Table(
    "list_uploads",
    metadata,
    Column("partner_id", String, nullable=False),
    Column("sha256", Bytes, nullable=False),
    Column("octets", BigNumber, nullable=False),
    Column("begun_at", UtcTime, nullable=False),
    PrimaryKeyConstraint("partner_id", "sha256"),
    ForeignKeyConstraint(["partner_id"], ["partners.partner_id"]),
    comment="Lists that partners are handing in by parts; octets: how many the whole list has",
)

list_upload_parts = Table(
    "list_upload_parts",
    metadata,
    Column("partner_id", String, nullable=False),
    Column("sha256", Bytes, nullable=False),
    Column("begins", BigNumber, nullable=False),
    Column("part", Bytes, nullable=False),
    PrimaryKeyConstraint("partner_id", "sha256", "begins"),
    ForeignKeyConstraint(
        ["partner_id", "sha256"], ["list_uploads.partner_id", "list_uploads.sha256"]
    ),
    comment="Parts of a list that is being handed in; begins: which octet is the first",
)

pool_lists = Table(
    "pool_lists",
    metadata,
    Column("issuer", Bytes, nullable=False),
    Column("scope", Bytes, nullable=False),
    Column("sha256", Bytes, nullable=True),
    PrimaryKeyConstraint("issuer", "scope"),
    ForeignKeyConstraint(["sha256"], ["kept_lists.sha256"]),
    Index("ix_pool_lists_sha256", "sha256"),
    comment="Which list is the newest of each issuer and scope; none where it was taken out",
)

accepted_numberings = Table(
    "accepted_numberings",
    metadata,
    Column("sha256", Bytes, nullable=False),
    Column("partner_id", String, nullable=False),
    Column("replaced", Bytes, nullable=True),
    Column("actor", String, nullable=False),
    Column("request_id", String, nullable=False),
    Column("accepted_at", UtcTime, nullable=False),
    Column("key_sha256", Bytes, nullable=False),
    Column("signed_at", UtcTime, nullable=False),
    Column("signature", Bytes, nullable=False),
    PrimaryKeyConstraint("sha256"),
    ForeignKeyConstraint(["partner_id"], ["partners.partner_id"]),
    comment="Lists from which on an issuer's numbers count anew, accepted by an officer;"
    " replaced: the list with the higher number",
)

pool_versions = Table(
    "pool_versions",
    metadata,
    Column("id", BigNumber, nullable=False),
    Column("version", BigNumber, nullable=False),
    PrimaryKeyConstraint("id"),
    CheckConstraint("id = 1", name="one_row"),
    comment="Rises with every change of the pool; the row that its writers queue for",
)
