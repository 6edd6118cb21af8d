"""The journal in segments, one run for each retention class."""

from __future__ import annotations

from alembic import op

from openjpki.storage.migrations.segmented_journal import segment_journal

revision = "ca_0003"
down_revision = "ca_0002"
branch_labels = None
depends_on = None

_CLASSES = {
    "authority.created": "authority_keys",
    "authority.activated": "authority_keys",
    "authority.stopped": "authority_keys",
    "certificate.intended": "user_certificates",
    "certificate.issued": "user_certificates",
    "certificate.revoked": "user_certificates",
    "list.published": "user_certificates",
}
_OF_AUTHORITY = "j.subject IN (SELECT {hexadecimal} FROM issuances i WHERE i.kind <> 'user')"
"""Certificates for responders and partners are in the book of the authority's own."""


def upgrade() -> None:
    """Move every entry into the first segment of its class."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    hexadecimal = "encode(i.serial, 'hex')" if postgresql else "lower(hex(i.serial))"
    of_authority = ("authority_keys", _OF_AUTHORITY.format(hexadecimal=hexadecimal))
    segment_journal(
        _CLASSES,
        elsewhere={
            "certificate.intended": of_authority,
            "certificate.issued": of_authority,
            "list.published": ("authority_keys", "j.subject = 'authority'"),
        },
    )
