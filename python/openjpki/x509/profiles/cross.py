"""Cross certificates to another PKI's authority (docs/profile.md section 5; RFC 5280 6; R4.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki import signer_core
from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.profiles import engine
from openjpki.x509.profiles.engine import Asked, Issuer, ProfileKind, octets, seconds

if TYPE_CHECKING:
    from openjpki.signer_core import CheckedTbs
    from openjpki.x509.foreign.partner import Partner
    from openjpki.x509.profiles.cross_profile import CrossProfile

_LONGEST_PATH = 255


def cross_to_sign(profile: CrossProfile, partner: Partner, issuer_certificate: bytes) -> CheckedTbs:
    """What the authority that trusts the partner is to sign.

    ``issuer_certificate`` (DER) is that authority's. Raises ``INVALID_FIELD``, ``KEY_*``,
    ``CROSS_CERTIFICATE_REFUSED``, ``PROFILE_MISMATCH``.
    """
    return engine.build(ProfileKind.CROSS, _asked(profile, partner, Issuer.of(issuer_certificate)))


def check_cross(
    tbs: bytes, profile: CrossProfile, partner: Partner, issuer_certificate: bytes
) -> CheckedTbs:
    """Bytes of any origin, compared with the agreement. Raises as :func:`cross_to_sign`."""
    asked = _asked(profile, partner, Issuer.of(issuer_certificate))
    return engine.check(ProfileKind.CROSS, asked, tbs)


def _asked(profile: CrossProfile, partner: Partner, issuer: Issuer) -> Asked:
    same_name = signer_core.same_name(partner.name_der, issuer.name_der)
    if partner.spki_der == issuer.spki_der or same_name:
        raise OpenJpkiError(
            Reason.CROSS_CERTIFICATE_REFUSED, "the partner must be another authority"
        )
    if profile.not_after > issuer.not_after:
        raise OpenJpkiError(
            Reason.INVALID_FIELD, "must not be later than the issuer's own", field="not_after"
        )
    if profile.path_length is not None and not 0 <= profile.path_length <= _LONGEST_PATH:
        raise OpenJpkiError(Reason.INVALID_FIELD, "must be 0 to 255", field="path_length")
    names = profile.names
    return Asked(
        serial=octets(profile.serial),
        signature=profile.signature,
        issuer_der=issuer.name_der,
        issuer_spki_der=issuer.spki_der,
        not_before=seconds(profile.not_before, "not_before"),
        not_after=seconds(profile.not_after, "not_after"),
        subject_der=partner.name_der,
        spki_der=partner.spki_der,
        path_length=profile.path_length,
        policies=profile.policies,
        cps_url=profile.cps_uri,
        mappings=profile.mappings,
        inhibit_mapping=profile.inhibit_mapping,
        name_constraints=names is not None,
        permitted_ders=tuple(one.public_bytes() for one in names.permitted) if names else (),
        excluded_ders=tuple(one.public_bytes() for one in names.excluded) if names else (),
        # The authority revocation list's.
        distribution_point_der=issuer.name_der,
        distribution_url=profile.crl_uri,
        authority_key_identifier=issuer.key_id,
        subject_key_identifier=partner.key_id,
    )
