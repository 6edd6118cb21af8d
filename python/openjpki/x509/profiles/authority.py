"""The self-signed certificate of an authority (docs/profile.md section 3; R9.2.4a, R9.2.4b)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.x509.profiles import engine
from openjpki.x509.profiles.engine import Asked, ProfileKind, octets, seconds

if TYPE_CHECKING:
    from openjpki.signer_core import CheckedTbs
    from openjpki.x509.profiles.authority_profile import AuthorityProfile


def authority_to_sign(profile: AuthorityProfile, spki_der: bytes) -> CheckedTbs:
    """What the authority's own key (SubjectPublicKeyInfo DER) is to sign.

    Raises ``INVALID_FIELD``, ``PROFILE_MISMATCH``.
    """
    return engine.build(ProfileKind.AUTHORITY, asked(profile, spki_der))


def asked(profile: AuthorityProfile, spki_der: bytes) -> Asked:
    """The values the engine builds it from, and checks it by. Raises ``INVALID_FIELD``."""
    name = profile.name.public_bytes()
    return Asked(
        serial=octets(profile.serial),
        signature=profile.signature,
        issuer_der=name,
        issuer_spki_der=spki_der,
        not_before=seconds(profile.not_before, "not_before"),
        not_after=seconds(profile.not_after, "not_after"),
        subject_der=name,
        spki_der=spki_der,
        alternative_name_der=profile.alternative_name.public_bytes(),
        # Where its authority revocation list is.
        distribution_point_der=name,
    )
