"""The self-signed certificate of a governor's authority (PROFILE: Authority; R9.2.4a, R9.2.4b)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509

from openjpki.x509 import building
from openjpki.x509.authority_check import check_authority_certificate

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.x509.signing import SigningKey

AUTHORITY_YEARS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityProfile:
    """What differs between authorities. Times are aware, whole seconds."""

    name: x509.Name
    """``names.authority_name(...)``."""
    alternative_name: x509.Name
    """``names.authority_name_ja(...)``, for the subjectAltName."""
    serial: int
    not_before: datetime
    years: int = AUTHORITY_YEARS

    @property
    def not_after(self) -> datetime:
        """Last second of validity."""
        return building.years_after(self.not_before, self.years)


def make_authority_certificate(profile: AuthorityProfile, key: SigningKey) -> bytes:
    """DER of the self-signed certificate, parsed back and compared with the profile.

    The distribution point is the authority's own DN: where its authority revocation list is. No
    authorityKeyIdentifier, as seen on the cards in use. Raises ``INVALID_FIELD``, ``KEY_*``,
    ``PROFILE_MISMATCH``.
    """
    builder = (
        building.start(
            subject=profile.name,
            issuer=profile.name,
            serial=profile.serial,
            not_before=profile.not_before,
            not_after=profile.not_after,
            spki_der=key.spki_der,
        )
        .add_extension(building.authority_key_usage(), critical=True)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.DirectoryName(profile.alternative_name)]),
            critical=False,
        )
        .add_extension(building.directory_distribution_points(profile.name), critical=False)
        .add_extension(building.key_identifier(key.spki_der), critical=False)
    )
    der = building.certificate_der(building.finish(builder, key))
    check_authority_certificate(der, profile, key.spki_der)
    return der
