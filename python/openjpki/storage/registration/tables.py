"""Tables of the registration service.

Personal data stands in ``application_personal_data``, in this database nowhere else by design. What
else an application consists of is kept apart, so that the data can be destroyed on time and the
record stay (R7.2). Beside it there is what an officer wrote of why a revocation was refused
(``refused_revocations.explanation``), which may hold what should not be there: the column can be
emptied and the row stay, and nothing empties it yet.
"""

from __future__ import annotations

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

from openjpki.storage.kernel.columns import BigNumber, Bytes, String, UtcTime
from openjpki.storage.kernel.denied_tables import with_denied_credentials
from openjpki.storage.kernel.tables import service_metadata
from openjpki.storage.officers.tables import with_officers

WAITS = "state IN ('submitted', 'identity_confirmed', 'key_presented')"
HANDED_OVER = "state = 'handed_over'"
ENDED_CERTIFICATE = "state IN ('issued', 'handed_over') AND NOT live"
"""Conditions of partial indexes, as queries must have them to be served."""

metadata = with_denied_credentials(with_officers(service_metadata()))

applications = Table(
    "applications",
    metadata,
    Column("application_id", String, nullable=False),
    Column("municipality_code", String, nullable=False),
    Column("window_id", String, nullable=False),
    Column("person_reference", Bytes, nullable=False),
    Column("state", String, nullable=False),
    Column("open", Boolean, nullable=False),
    Column("live", Boolean, nullable=False),
    Column("submitted_by", String, nullable=False),
    Column("submitted_at", UtcTime, nullable=False),
    Column("checked_by", String, nullable=True),
    Column("key_fingerprint", Bytes, nullable=True),
    Column("decided_by", String, nullable=True),
    Column("decided_at", UtcTime, nullable=True),
    # The approval's own call, so that whoever finishes it can also answer it.
    Column("decision_method", String, nullable=True),
    Column("decision_caller", String, nullable=True),
    Column("decision_request_id", String, nullable=True),
    Column("decision_digest", Bytes, nullable=True),
    Column("issue_request_id", String, nullable=True),
    Column("refusal", String, nullable=True),
    # Of a rejection or withdrawal; no constraint says so, as of old ones there is none.
    Column("end_reason", String, nullable=True),
    Column("ended_at", UtcTime, nullable=True),
    Column("ended_by", String, nullable=True),
    # Version of the terms of use; NULL: none were in force, or it was not kept.
    Column("accepted_terms", String, nullable=True),
    Column("kind", String, nullable=False, server_default=text("'first_issue'")),
    # Serial number of the certificate that a renewal is to replace.
    Column("renews", Bytes, nullable=True),
    Column("serial", Bytes, nullable=True),
    Column("not_after", UtcTime, nullable=True),
    Column("issuer_sha256", Bytes, nullable=True),
    Column("revoked_at", UtcTime, nullable=True),
    # What the officer said who handed the certificate over.
    Column("handed_over_at", UtcTime, nullable=True),
    Column("handed_over_by", String, nullable=True),
    Column("recipient", String, nullable=True),
    Column("medium", String, nullable=True),
    Column("terms_version", String, nullable=True),
    Column("with_copy", Boolean, nullable=True),
    Column("closed_at", UtcTime, nullable=True),
    Column("closing", String, nullable=True),
    PrimaryKeyConstraint("application_id"),
    ForeignKeyConstraint(["issuer_sha256"], ["issuers.sha256"]),
    CheckConstraint(
        "state IN ('submitted', 'identity_confirmed', 'key_presented', 'approved', 'issued',"
        " 'handed_over', 'closed', 'rejected', 'withdrawn', 'expired')",
        name="state",
    ),
    CheckConstraint(
        "open = (state IN ('submitted', 'identity_confirmed', 'key_presented', 'approved'))",
        name="open",
    ),
    CheckConstraint("NOT live OR state IN ('issued', 'handed_over', 'closed')", name="live"),
    CheckConstraint(
        "(state IN ('issued', 'handed_over', 'closed')) = (serial IS NOT NULL)",
        name="serial_when_issued",
    ),
    CheckConstraint("state <> 'handed_over' OR handed_over_at IS NOT NULL", name="handed_over"),
    CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed"),
    CheckConstraint("state <> 'approved' OR issue_request_id IS NOT NULL", name="intent"),
    CheckConstraint("checked_by <> decided_by", name="two_officers"),
    Index(
        "uq_applications_open_person",
        "person_reference",
        unique=True,
        sqlite_where=text("open"),
        postgresql_where=text("open"),
    ),
    Index(
        "uq_applications_live_person",
        "person_reference",
        unique=True,
        sqlite_where=text("live"),
        postgresql_where=text("live"),
    ),
    Index(
        "uq_applications_serial",
        "municipality_code",
        "serial",
        unique=True,
        sqlite_where=text("serial IS NOT NULL"),
        postgresql_where=text("serial IS NOT NULL"),
    ),
    Index(
        "ix_applications_undecided",
        "submitted_at",
        # All that is asked for: SQLite would read a larger index through that has it, rather.
        "state",
        sqlite_where=text("state = 'key_presented'"),
        postgresql_where=text("state = 'key_presented'"),
    ),
    Index(
        "ix_applications_approved",
        "decided_at",
        sqlite_where=text("state = 'approved'"),
        postgresql_where=text("state = 'approved'"),
    ),
    # What ends by itself.
    Index(
        "ix_applications_waiting",
        "submitted_at",
        sqlite_where=text(WAITS),
        postgresql_where=text(WAITS),
    ),
    Index(
        "ix_applications_handed_over",
        "handed_over_at",
        sqlite_where=text(HANDED_OVER),
        postgresql_where=text(HANDED_OVER),
    ),
    Index(
        "ix_applications_ended_certificate",
        "not_after",
        sqlite_where=text(ENDED_CERTIFICATE),
        postgresql_where=text(ENDED_CERTIFICATE),
    ),
    # Lists of officers, in their order.
    Index("ix_applications_queue", "municipality_code", "state", "submitted_at", "application_id"),
    Index("ix_applications_window", "window_id", "state", "submitted_at", "application_id"),
    Index("ix_applications_person", "person_reference", "state", "submitted_at", "application_id"),
    comment="Applications without personal data; open: undecided or unanswered",
)

application_personal_data = Table(
    "application_personal_data",
    metadata,
    Column("application_id", String, nullable=False),
    Column("name", String, nullable=False),
    Column("birth_date", String, nullable=False),
    Column("sex", String, nullable=False),
    Column("address", String, nullable=False),
    Column("romanised_name", String, nullable=False),
    # As the register writes them, and which characters of name and address are substitutes; NULL:
    # nothing differs.
    Column("registered_name", String, nullable=True),
    Column("registered_address", String, nullable=True),
    Column("name_substitutions", String, nullable=True),
    Column("address_substitutions", String, nullable=True),
    Column("certification_request", Bytes, nullable=True),
    Column("certificate", Bytes, nullable=True),
    Column("explanation", String, nullable=True),
    PrimaryKeyConstraint("application_id"),
    ForeignKeyConstraint(["application_id"], ["applications.application_id"]),
    comment="Personal data of an application: what was stated, requested and certified",
)

identity_checks = Table(
    "identity_checks",
    metadata,
    Column("caller", String, nullable=False),
    Column("request_id", String, nullable=False),
    Column("application_id", String, nullable=False),
    Column("purpose", String, nullable=False),
    Column("evidence", String, nullable=False),
    Column("document_kind", String, nullable=False),
    Column("officer", String, nullable=False),
    Column("checked_at", UtcTime, nullable=False),
    # NULL: none, or of before they were kept. Kinds with commas; `question=1` or `=0`, with commas.
    Column("further_documents", String, nullable=True),
    Column("asked", String, nullable=True),
    Column("rules_version", String, nullable=True),
    PrimaryKeyConstraint("caller", "request_id"),
    ForeignKeyConstraint(["application_id"], ["applications.application_id"]),
    CheckConstraint("purpose IN ('issue', 'revoke')", name="purpose"),
    CheckConstraint("evidence IN ('photo_document', 'document_and_questions')", name="evidence"),
    Index("ix_identity_checks_application_id", "application_id"),
    comment="How, by whom and when identity was checked; never a document's number (R7.1)",
)

officer_signatures = Table(
    "officer_signatures",
    metadata,
    Column("officer", String, nullable=False),
    Column("request_id", String, nullable=False),
    Column("application_id", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("signed_at", UtcTime, nullable=False),
    Column("key_sha256", Bytes, nullable=False),
    Column("signature", Bytes, nullable=False),
    PrimaryKeyConstraint("officer", "request_id", "kind"),
    ForeignKeyConstraint(["application_id"], ["applications.application_id"]),
    Index("ix_officer_signatures_application_id", "application_id"),
    comment="What officers signed about an application (kind: of the statement), for the authority",
)

refused_revocations = Table(
    "refused_revocations",
    metadata,
    Column("refusal_id", String, nullable=False),
    Column("municipality_code", String, nullable=False),
    Column("window_id", String, nullable=False),
    Column("serial", Bytes, nullable=True),
    # Of the certificate, where the municipality handed it out.
    Column("application_id", String, nullable=True),
    Column("cause", String, nullable=False),
    Column("asker", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("explanation", String, nullable=True),
    Column("officer", String, nullable=False),
    Column("refused_at", UtcTime, nullable=False),
    # NULL: nothing was shown. As in identity_checks.
    Column("evidence", String, nullable=True),
    Column("document_kind", String, nullable=True),
    Column("further_documents", String, nullable=True),
    Column("asked", String, nullable=True),
    Column("rules_version", String, nullable=False),
    PrimaryKeyConstraint("refusal_id"),
    ForeignKeyConstraint(["application_id"], ["applications.application_id"]),
    CheckConstraint("(evidence IS NULL) = (document_kind IS NULL)", name="check"),
    Index("ix_refused_revocations_refused_at", "municipality_code", "refused_at", "refusal_id"),
    Index("ix_refused_revocations_serial", "serial", "municipality_code"),
    Index("ix_refused_revocations_application_id", "application_id"),
    comment="Requests for revocation turned down at a window, and why (report 8-1(3))",
)

fee_receipts = Table(
    "fee_receipts",
    metadata,
    Column("municipality_code", String, nullable=False),
    Column("year", BigNumber, nullable=False),
    Column("number", BigNumber, nullable=False),
    # Of the call that made it, so that the call makes no other one.
    Column("receipt_id", String, nullable=False),
    Column("application_id", String, nullable=False),
    Column("ground", String, nullable=False),
    Column("yen", BigNumber, nullable=False),
    Column("rules_version", String, nullable=False),
    Column("window_id", String, nullable=False),
    Column("officer", String, nullable=False),
    Column("taken_at", UtcTime, nullable=False),
    Column("void_reason", String, nullable=True),
    # Whose till paid back what was paid back.
    Column("voided_window_id", String, nullable=True),
    Column("voided_by", String, nullable=True),
    Column("voided_at", UtcTime, nullable=True),
    PrimaryKeyConstraint("municipality_code", "year", "number"),
    UniqueConstraint("receipt_id"),
    ForeignKeyConstraint(["application_id"], ["applications.application_id"]),
    CheckConstraint("number > 0 AND yen >= 0", name="numbers"),
    CheckConstraint(
        "(voided_at IS NULL) = (void_reason IS NULL)"
        " AND (voided_at IS NULL) = (voided_window_id IS NULL)",
        name="void",
    ),
    Index(
        "uq_fee_receipts_application",
        "application_id",
        unique=True,
        sqlite_where=text("voided_at IS NULL"),
        postgresql_where=text("voided_at IS NULL"),
    ),
    Index("ix_fee_receipts_application_id", "application_id"),
    Index("ix_fee_receipts_taken_at", "municipality_code", "taken_at"),
    Index(
        "ix_fee_receipts_voided_at",
        "municipality_code",
        "voided_at",
        sqlite_where=text("voided_at IS NOT NULL"),
        postgresql_where=text("voided_at IS NOT NULL"),
    ),
    comment="What applicants paid, numbered in an unbroken row; void ones stay (R5.1.2)",
)

key_attestations = Table(
    "key_attestations",
    metadata,
    Column("application_id", String, nullable=False),
    Column("generator", String, nullable=False),
    Column("request_id", String, nullable=False),
    Column("signed_at", UtcTime, nullable=False),
    Column("key_sha256", Bytes, nullable=False),
    Column("signature", Bytes, nullable=False),
    Column("medium", String, nullable=False),
    Column("medium_serial", String, nullable=True),
    PrimaryKeyConstraint("application_id"),
    ForeignKeyConstraint(["application_id"], ["applications.application_id"]),
    CheckConstraint("medium IN ('card', 'file')", name="medium"),
    comment="What a key generator signed of the key presented; key_sha256: of the generator's own",
)

used_keys = Table(
    "used_keys",
    metadata,
    Column("fingerprint", Bytes, nullable=False),
    Column("application_id", String, nullable=False),
    Column("used_at", UtcTime, nullable=False),
    PrimaryKeyConstraint("fingerprint"),
    ForeignKeyConstraint(["application_id"], ["applications.application_id"]),
    Index("ix_used_keys_application_id", "application_id"),
    comment="SHA-256 of every SubjectPublicKeyInfo ever presented",
)

issuers = Table(
    "issuers",
    metadata,
    Column("sha256", Bytes, nullable=False),
    Column("certificate", Bytes, nullable=False),
    PrimaryKeyConstraint("sha256"),
    comment="Self-signed certificates of the authorities that issued",
)

receipts = Table(
    "receipts",
    metadata,
    Column("request_id", String, nullable=False),
    Column("application_id", String, nullable=False),
    Column("method", String, nullable=False),
    Column("caller", String, nullable=False),
    Column("made_at", UtcTime, nullable=False),
    Column("request_sha256", Bytes, nullable=False),
    Column("result_sha256", Bytes, nullable=False),
    Column("public_key", Bytes, nullable=False),
    Column("signature", Bytes, nullable=False),
    PrimaryKeyConstraint("request_id"),
    ForeignKeyConstraint(["application_id"], ["applications.application_id"]),
    Index("ix_receipts_application_id", "application_id"),
    comment="What the authority signed over each request and its result (L1b), by request id",
)

register_links = Table(
    "register_links",
    metadata,
    Column("municipality_code", String, nullable=False),
    Column("link", Bytes, nullable=False),
    Column("person_reference", Bytes, nullable=False),
    PrimaryKeyConstraint("municipality_code", "link"),
    Index("ix_register_links_person", "municipality_code", "person_reference"),
    comment="Whom a link of a register means, as a person reference; of those who ever applied",
)

notice_feeds = Table(
    "notice_feeds",
    metadata,
    Column("municipality_code", String, nullable=False),
    Column("position", BigNumber, nullable=False),
    PrimaryKeyConstraint("municipality_code"),
    CheckConstraint("position >= 0", name="position"),
    comment="Up to which number a register's change notices were taken",
)

change_notices = Table(
    "change_notices",
    metadata,
    Column("municipality_code", String, nullable=False),
    Column("sequence", BigNumber, nullable=False),
    Column("link", Bytes, nullable=False),
    Column("noticed_at", UtcTime, nullable=False),
    Column("received_at", UtcTime, nullable=False),
    Column("state", String, nullable=False),
    PrimaryKeyConstraint("municipality_code", "sequence"),
    CheckConstraint(
        "state IN ('waiting', 'application_open', 'ended', 'without_certificate',"
        " 'certified_since')",
        name="state",
    ),
    # What is to be done, in its order.
    Index(
        "ix_change_notices_waiting",
        "received_at",
        "municipality_code",
        "sequence",
        "state",
        sqlite_where=text("state = 'waiting'"),
        postgresql_where=text("state = 'waiting'"),
    ),
    Index(
        "ix_change_notices_application_open",
        "received_at",
        "municipality_code",
        "sequence",
        "state",
        sqlite_where=text("state = 'application_open'"),
        postgresql_where=text("state = 'application_open'"),
    ),
    Index("ix_change_notices_month", "municipality_code", "received_at"),
    comment="That something changed about somebody, never what (R3.1.2a); state: what came of it",
)

reference_keys = Table(
    "reference_keys",
    metadata,
    Column("number", BigNumber, nullable=False),
    Column("check_value", Bytes, nullable=False),
    PrimaryKeyConstraint("number"),
    CheckConstraint("number = 1", name="one"),
    comment="Proves that the secret key of person references is still the same one",
)
