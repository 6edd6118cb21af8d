"""An authority as the use cases see it: its record, its policy, its names."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from cryptography import x509

from openjpki.domain.policy import parse_policy
from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.ca import authorities

if TYPE_CHECKING:
    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.municipality import Prefecture
    from openjpki.domain.policy import AuthorityPolicy
    from openjpki.storage.ca.authorities import AuthorityRecord
    from openjpki.storage.kernel.transaction import Reading


@dataclass(frozen=True, slots=True)
class Authority:
    """A prefectural authority with its policy parsed and its certificate read."""

    record: AuthorityRecord
    policy: AuthorityPolicy
    certificate: x509.Certificate
    """Self-signed."""

    @property
    def authority_id(self) -> AuthorityId:
        """Which one it is."""
        return self.record.authority_id

    @property
    def prefecture(self) -> Prefecture:
        """Whose governor it is."""
        prefecture = self.authority_id.prefecture
        if prefecture is None:
            raise OpenJpkiError(Reason.INTERNAL, "the service bridge is no authority of ca")
        return prefecture

    @property
    def name(self) -> x509.Name:
        """The authority's DN."""
        return self.certificate.subject


def require_authority(tx: Reading, authority_id: AuthorityId) -> Authority:
    """The authority of an id. Raises ``AUTHORITY_NOT_FOUND``."""
    record = authorities.get(tx, authority_id)
    if record is None:
        raise OpenJpkiError(
            Reason.AUTHORITY_NOT_FOUND, "is not an authority here", field="authority_id"
        )
    return as_authority(record)


def require_active(tx: Reading, authority_id: AuthorityId) -> Authority:
    """An authority that issues. Raises ``AUTHORITY_NOT_FOUND``, ``AUTHORITY_NOT_ACTIVE``."""
    authority = require_authority(tx, authority_id)
    if not authority.record.active:
        raise OpenJpkiError(
            Reason.AUTHORITY_NOT_ACTIVE, "does not issue at present", field="authority_id"
        )
    return authority


def as_authority(record: AuthorityRecord) -> Authority:
    """A stored authority, parsed."""
    return Authority(record, parse_policy(record.policy), _certificate(record.certificate))


@lru_cache(maxsize=128)
def _certificate(der: bytes) -> x509.Certificate:
    return x509.load_der_x509_certificate(der)
