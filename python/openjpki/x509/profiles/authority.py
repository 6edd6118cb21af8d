"""The self-signed certificate of a governor's authority (PROFILE: Authority; R9.2.4a, R9.2.4b)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography import x509

from openjpki.x509.profiles import building, to_be_signed
from openjpki.x509.profiles.authority_check import check_authority_certificate

if TYPE_CHECKING:
    from openjpki.x509.profiles.authority_profile import AuthorityProfile
    from openjpki.x509.signing import SigningKey


def make_authority_certificate(profile: AuthorityProfile, key: SigningKey) -> bytes:
    """DER of the self-signed certificate, compared with the profile before it is signed.

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
    tbs = to_be_signed.encode(builder, key.spki_der)
    check_authority_certificate(tbs, profile, key.spki_der)
    return to_be_signed.sign(tbs, key)
