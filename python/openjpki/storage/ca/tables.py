"""Tables of the ca service.

``authority_id`` leads every key, and no row refers to a row of another authority (R1.3.1), so
authorities can be spread over databases. Two things are looked up without it: one key is one
person's, in whichever prefecture (``used_keys``), and a caller's request id is one call's
(``issuances``). ``generation`` is the number of the authority's key that
signed. Serial numbers are big-endian and minimal, as in the contract; they are unique in an
authority, whichever generation signed.

Personal data is in two columns, in the octets of users' certificates: ``certificates.certificate``
and, until it is signed, ``issuances.tbs``. From ``person_reference`` nobody can be found, and
``requests.response`` holds serial numbers, moments and positions.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    SmallInteger,
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


def _of_generation() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["authority_id", "generation"], ["generations.authority_id", "generations.number"]
    )


authorities = Table(
    "authorities",
    metadata,
    Column("authority_id", AuthorityIdColumn, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("policy", String, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    PrimaryKeyConstraint("authority_id"),
    comment="Prefectural authorities; active: whether its operator lets it issue",
)

generations = Table(
    "generations",
    metadata,
    Column("authority_id", AuthorityIdColumn, nullable=False),
    Column("number", BigNumber, nullable=False),
    Column("state", String, nullable=False),
    Column("key_label", String, nullable=False),
    Column("certificate", Bytes, nullable=False),
    Column("not_before", UtcTime, nullable=False),
    Column("not_after", UtcTime, nullable=False),
    PrimaryKeyConstraint("authority_id", "number"),
    UniqueConstraint("authority_id", "key_label"),
    ForeignKeyConstraint(["authority_id"], ["authorities.authority_id"]),
    CheckConstraint("number > 0", name="number"),
    CheckConstraint(
        "state IN ('planned', 'active', 'retiring', 'ended', 'compromised', 'lost')", name="state"
    ),
    Index(
        "uq_generations_active",
        "authority_id",
        unique=True,
        sqlite_where=text("state = 'active'"),
        postgresql_where=text("state = 'active'"),
    ),
    comment="Each key an authority has had, with its self-signed certificate; one issues",
)

serials = Table(
    "serials",
    metadata,
    Column("authority_id", AuthorityIdColumn, nullable=False),
    Column("serial", Bytes, nullable=False),
    Column("reserved_at", UtcTime, nullable=False),
    PrimaryKeyConstraint("authority_id", "serial"),
    ForeignKeyConstraint(["authority_id"], ["authorities.authority_id"]),
    comment="Every serial number ever reserved; none is reserved twice, signed or not",
)

issuances = Table(
    "issuances",
    metadata,
    Column("authority_id", AuthorityIdColumn, nullable=False),
    Column("serial", Bytes, nullable=False),
    Column("state", String, nullable=False),
    Column("method", String, nullable=False),
    Column("caller", String, nullable=False),
    Column("request_id", String, nullable=False),
    Column("digest", Bytes, nullable=False),
    Column("tbs", Bytes, nullable=True),
    Column("kind", String, nullable=False),
    Column("generation", BigNumber, nullable=False),
    Column("key_fingerprint", Bytes, nullable=False),
    Column("partition", String, nullable=False),
    Column("not_before", UtcTime, nullable=False),
    Column("not_after", UtcTime, nullable=False),
    Column("intended_at", UtcTime, nullable=False),
    Column("person_reference", Bytes, nullable=True),
    Column("application_id", String, nullable=True),
    Column("municipality_code", String, nullable=True),
    Column("live", Boolean, nullable=False),
    # Of a renewal: serial number of the certificate that is revoked as this one is stored.
    Column("renews", Bytes, nullable=True),
    PrimaryKeyConstraint("authority_id", "serial"),
    UniqueConstraint("method", "caller", "request_id"),
    ForeignKeyConstraint(["authority_id", "serial"], ["serials.authority_id", "serials.serial"]),
    _of_generation(),
    CheckConstraint("state IN ('intent', 'signed')", name="state"),
    CheckConstraint("kind IN ('user', 'responder', 'cross')", name="kind"),
    CheckConstraint("(state = 'signed') = (tbs IS NULL)", name="tbs_until_signed"),
    CheckConstraint("NOT live OR kind = 'user'", name="live_users"),
    Index(
        "uq_issuances_live_person",
        "authority_id",
        "person_reference",
        unique=True,
        sqlite_where=text("live"),
        postgresql_where=text("live"),
    ),
    # A certificate is renewed once.
    Index(
        "uq_issuances_renews",
        "authority_id",
        "renews",
        unique=True,
        sqlite_where=text("renews IS NOT NULL"),
        postgresql_where=text("renews IS NOT NULL"),
    ),
    Index(
        "ix_issuances_responders",
        "authority_id",
        "key_fingerprint",
        sqlite_where=text("kind = 'responder'"),
        postgresql_where=text("kind = 'responder'"),
    ),
    Index(
        "ix_issuances_intents",
        "authority_id",
        "intended_at",
        sqlite_where=text("state = 'intent'"),
        postgresql_where=text("state = 'intent'"),
    ),
    # What limits are held against, when an authority's owner begins to count.
    Index(
        "ix_issuances_users",
        "authority_id",
        "intended_at",
        sqlite_where=text("kind = 'user'"),
        postgresql_where=text("kind = 'user'"),
    ),
    comment="What is to be signed, durable before it is; live: neither revoked nor expired",
)

responder_keys = Table(
    "responder_keys",
    metadata,
    Column("authority_id", AuthorityIdColumn, nullable=False),
    Column("key_sha256", Bytes, nullable=False),
    Column("replica", String, nullable=False),
    Column("state", String, nullable=False),
    Column("proposed_by", String, nullable=False),
    Column("proposed_at", UtcTime, nullable=False),
    Column("proposed_with", String, nullable=True),
    PrimaryKeyConstraint("authority_id", "key_sha256"),
    ForeignKeyConstraint(["authority_id"], ["authorities.authority_id"]),
    CheckConstraint("state IN ('proposed', 'enrolled', 'withdrawn')", name="state"),
    comment="Keys of OCSP responders: of which replica, and whether they may have certificates",
)

certificates = Table(
    "certificates",
    metadata,
    Column("authority_id", AuthorityIdColumn, nullable=False),
    Column("serial", Bytes, nullable=False),
    Column("kind", String, nullable=False),
    Column("generation", BigNumber, nullable=False),
    Column("certificate", Bytes, nullable=False),
    Column("partition", String, nullable=False),
    Column("not_after", UtcTime, nullable=False),
    Column("issued_at", UtcTime, nullable=False),
    PrimaryKeyConstraint("authority_id", "serial"),
    ForeignKeyConstraint(["authority_id", "serial"], ["serials.authority_id", "serials.serial"]),
    _of_generation(),
    CheckConstraint("kind IN ('user', 'responder', 'cross', 'authority')", name="kind"),
    Index(
        "ix_certificates_not_users",
        "authority_id",
        "kind",
        sqlite_where=text("kind <> 'user'"),
        postgresql_where=text("kind <> 'user'"),
    ),
    comment="Every certificate signed",
)

used_keys = Table(
    "used_keys",
    metadata,
    Column("fingerprint", Bytes, nullable=False),
    Column("authority_id", AuthorityIdColumn, nullable=False),
    Column("kind", String, nullable=False),
    Column("used_at", UtcTime, nullable=False),
    PrimaryKeyConstraint("fingerprint"),
    CheckConstraint("kind IN ('user', 'responder', 'cross', 'authority')", name="kind"),
    comment="SHA-256 of every SubjectPublicKeyInfo certified, and of the authorities' own",
)

revocations = Table(
    "revocations",
    metadata,
    Column("authority_id", AuthorityIdColumn, nullable=False),
    Column("serial", Bytes, nullable=False),
    Column("generation", BigNumber, nullable=False),
    Column("partition", String, nullable=False),
    Column("not_after", UtcTime, nullable=False),
    Column("cause", String, nullable=False),
    Column("reason_code", SmallInteger, nullable=False),
    Column("revoked_at", UtcTime, nullable=False),
    Column("sequence", BigNumber, nullable=False),
    PrimaryKeyConstraint("authority_id", "serial"),
    ForeignKeyConstraint(
        ["authority_id", "serial"], ["certificates.authority_id", "certificates.serial"]
    ),
    Index("ix_revocations_list", "authority_id", "generation", "partition", "not_after"),
    # What no user's list has is published at once: what waits for that must be found in a moment.
    Index(
        "ix_revocations_not_users",
        "authority_id",
        "generation",
        "sequence",
        sqlite_where=text("partition = 'authority'"),
        postgresql_where=text("partition = 'authority'"),
    ),
    comment="Revocation information (R3.1); what the lists go by is repeated",
)

revocation_proposals = Table(
    "revocation_proposals",
    metadata,
    Column("authority_id", AuthorityIdColumn, nullable=False),
    Column("proposal_id", String, nullable=False),
    Column("serial", Bytes, nullable=False),
    Column("cause", String, nullable=False),
    Column("state", String, nullable=False),
    Column("proposed_by", String, nullable=False),
    Column("proposed_with", String, nullable=True),
    Column("proposed_at", UtcTime, nullable=False),
    # What the officer signed who proposed; of who approved it is with the certificate's evidence.
    Column("officer", String, nullable=False),
    Column("request_id", String, nullable=False),
    Column("signed_at", UtcTime, nullable=False),
    Column("key_sha256", Bytes, nullable=False),
    Column("signature", Bytes, nullable=False),
    Column("ended_by", String, nullable=True),
    Column("ended_at", UtcTime, nullable=True),
    Column("evidence_until", UtcTime, nullable=True),
    PrimaryKeyConstraint("authority_id", "proposal_id"),
    ForeignKeyConstraint(
        ["authority_id", "serial"], ["certificates.authority_id", "certificates.serial"]
    ),
    CheckConstraint("state IN ('open', 'done', 'withdrawn', 'lapsed', 'denied')", name="state"),
    CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="ended"),
    CheckConstraint("(state = 'done') = (evidence_until IS NOT NULL)", name="evidence_until"),
    Index(
        "uq_revocation_proposals_open",
        "authority_id",
        "serial",
        unique=True,
        sqlite_where=text("state = 'open'"),
        postgresql_where=text("state = 'open'"),
    ),
    Index("ix_revocation_proposals_serial", "authority_id", "serial"),
    comment="Errors that one governor's officer found, for another to approve (R3.1.2c)",
)

evidence = Table(
    "evidence",
    metadata,
    Column("authority_id", AuthorityIdColumn, nullable=False),
    Column("serial", Bytes, nullable=False),
    Column("act", String, nullable=False),
    Column("signed", Bytes, nullable=False),
    PrimaryKeyConstraint("authority_id", "serial", "act"),
    ForeignKeyConstraint(["authority_id", "serial"], ["serials.authority_id", "serials.serial"]),
    CheckConstraint("act IN ('issuance', 'revocation')", name="act"),
    comment="What officers signed that a certificate, or its revocation, rests on (L1)",
)

feeds = Table(
    "feeds",
    metadata,
    Column("authority_id", AuthorityIdColumn, nullable=False),
    Column("head", BigNumber, nullable=False),
    Column("dropped_to", BigNumber, nullable=False),
    # Of all that was told up to the position digest_of.
    Column("digest", Bytes, nullable=True),
    Column("digest_of", BigNumber, nullable=True),
    PrimaryKeyConstraint("authority_id"),
    ForeignKeyConstraint(["authority_id"], ["authorities.authority_id"]),
    comment="Newest position of each status feed, and up to which its events were dropped",
)

feed_events = Table(
    "feed_events",
    metadata,
    Column("authority_id", AuthorityIdColumn, nullable=False),
    Column("sequence", BigNumber, nullable=False),
    Column("serial", Bytes, nullable=False),
    Column("generation", BigNumber, nullable=False),
    Column("not_after", UtcTime, nullable=False),
    Column("status", SmallInteger, nullable=False),
    Column("reason_code", SmallInteger, nullable=False),
    Column("at", UtcTime, nullable=False),
    PrimaryKeyConstraint("authority_id", "sequence"),
    ForeignKeyConstraint(["authority_id"], ["feeds.authority_id"]),
    comment="What happened to certificates, in order; positions rise by one",
)

revocation_lists = Table(
    "revocation_lists",
    metadata,
    Column("authority_id", AuthorityIdColumn, nullable=False),
    Column("generation", BigNumber, nullable=False),
    Column("partition", String, nullable=False),
    Column("number", BigNumber, nullable=False),
    Column("this_update", UtcTime, nullable=False),
    Column("next_update", UtcTime, nullable=False),
    Column("entries", BigNumber, nullable=False),
    Column("as_of", BigNumber, nullable=False, server_default=text("0")),
    Column("sha256", Bytes, nullable=False),
    Column("list", Bytes, nullable=True),
    PrimaryKeyConstraint("authority_id", "generation", "partition", "number"),
    _of_generation(),
    comment="Every list published; the bytes of old ones are dropped; as_of: position of the feed",
)

delta_lists = Table(
    "delta_lists",
    metadata,
    Column("authority_id", AuthorityIdColumn, nullable=False),
    Column("generation", BigNumber, nullable=False),
    Column("partition", String, nullable=False),
    Column("number", BigNumber, nullable=False),
    Column("base_number", BigNumber, nullable=False),
    Column("this_update", UtcTime, nullable=False),
    Column("next_update", UtcTime, nullable=False),
    Column("entries", BigNumber, nullable=False),
    Column("as_of", BigNumber, nullable=False),
    Column("sha256", Bytes, nullable=False),
    Column("list", Bytes, nullable=True),
    PrimaryKeyConstraint("authority_id", "generation", "partition", "number"),
    _of_generation(),
    CheckConstraint("base_number < number", name="base_number"),
    comment="Every delta list published; in one sequence of numbers with revocation_lists",
)
