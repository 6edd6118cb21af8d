"""Link certificates between two generations of an authority's key (docs/profile.md section 4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.profiles import engine
from openjpki.x509.profiles.engine import SIGNATURE, Asked, Issuer, ProfileKind, octets, seconds
from openjpki.x509.profiles.policies import ANY_POLICY

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.signer_core import CheckedTbs


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkProfile:
    """A link certificate. Times are aware, whole seconds."""

    serial: int
    not_before: datetime
    not_after: datetime
    """At most the end of the old certificate: afterwards nobody needs the link."""
    policies: tuple[str, ...] = (ANY_POLICY,)
    """A self-issued certificate without policies would end every policy on its path."""
    signature: str = SIGNATURE


def new_with_old_to_sign(profile: LinkProfile, *, old: bytes, new: bytes) -> CheckedTbs:
    """NewWithOld: the new key, for the old one to vouch for.

    ``old`` and ``new`` are self-signed, DER. Raises ``INVALID_FIELD``, ``KEY_*``,
    ``PROFILE_MISMATCH``.
    """
    return _to_sign(profile, subject=new, issuer=old)


def old_with_new_to_sign(profile: LinkProfile, *, old: bytes, new: bytes) -> CheckedTbs:
    """OldWithNew: the old key, for the new one to vouch for; otherwise as NewWithOld."""
    return _to_sign(profile, subject=old, issuer=new)


def _to_sign(profile: LinkProfile, *, subject: bytes, issuer: bytes) -> CheckedTbs:
    signer, linked = Issuer.of(issuer), Issuer.of(subject)
    if signer.name_der != linked.name_der:
        raise OpenJpkiError(
            Reason.INVALID_FIELD, "must be two generations of one authority", field="subject"
        )
    if signer.spki_der == linked.spki_der:
        raise OpenJpkiError(Reason.INVALID_FIELD, "must have two keys", field="subject")
    if profile.not_after > min(signer.not_after, linked.not_after):
        raise OpenJpkiError(
            Reason.INVALID_FIELD, "must not be later than both generations'", field="not_after"
        )
    asked = Asked(
        serial=octets(profile.serial),
        signature=profile.signature,
        issuer_der=signer.name_der,
        issuer_spki_der=signer.spki_der,
        not_before=seconds(profile.not_before, "not_before"),
        not_after=seconds(profile.not_after, "not_after"),
        subject_der=linked.name_der,
        spki_der=linked.spki_der,
        policies=profile.policies,
        distribution_point_der=signer.name_der,
        authority_key_identifier=signer.key_id,
        subject_key_identifier=linked.key_id,
    )
    return engine.build(ProfileKind.LINK, asked)
