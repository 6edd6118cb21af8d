"""Tables of the ocsp service: the registered verifiers (署名検証者, R4.2) and nothing of persons.

Which certificates a verifier asks about is not stored anywhere (R5.2.2).
"""

from __future__ import annotations

from sqlalchemy import Column, ForeignKeyConstraint, PrimaryKeyConstraint, Table, UniqueConstraint

from openjpki.storage.kernel.columns import AuthorityIdColumn, Bytes, String, UtcTime
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
