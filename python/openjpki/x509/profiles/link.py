"""Link certificates between two generations of one authority's key (R9.2.4b; RFC 4210 4.4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509

from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.foreign.partner import stated_key_id
from openjpki.x509.profiles import building, comparing, to_be_signed
from openjpki.x509.profiles.policies import ANY_POLICY, certificate_policies

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.x509.signing import SigningKey


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkProfile:
    """A link certificate. Times are aware, whole seconds."""

    serial: int
    not_before: datetime
    not_after: datetime
    """At most the end of the old certificate: afterwards nobody needs the bridge."""
    policies: tuple[str, ...] = (ANY_POLICY,)
    """A self-issued certificate without policies would end every policy on its path."""


def make_new_with_old(
    profile: LinkProfile, *, old: bytes, new: bytes, old_key: SigningKey
) -> bytes:
    """NewWithOld: the new key, vouched for by the old. ``old`` and ``new`` are self-signed, DER."""
    return _make(profile, subject=new, issuer=old, issuer_key=old_key)


def make_old_with_new(
    profile: LinkProfile, *, old: bytes, new: bytes, new_key: SigningKey
) -> bytes:
    """OldWithNew: the old key, vouched for by the new. ``old`` and ``new`` are self-signed, DER."""
    return _make(profile, subject=old, issuer=new, issuer_key=new_key)


def _make(profile: LinkProfile, *, subject: bytes, issuer: bytes, issuer_key: SigningKey) -> bytes:
    """Raises ``INVALID_FIELD``, ``KEY_*``, ``PROFILE_MISMATCH``."""
    signer, linked = comparing.load(issuer), comparing.load(subject)
    building.require_key_of(signer, issuer_key)
    if signer.subject.public_bytes() != linked.subject.public_bytes():
        raise OpenJpkiError(
            Reason.INVALID_FIELD, "must be two generations of one authority", field="subject"
        )
    spki_der = building.spki_of(linked)
    if spki_der == building.spki_of(signer):
        raise OpenJpkiError(Reason.INVALID_FIELD, "must have two keys", field="subject")
    if profile.not_after > min(signer.not_valid_after_utc, linked.not_valid_after_utc):
        raise OpenJpkiError(
            Reason.INVALID_FIELD, "must not be later than both generations'", field="not_after"
        )
    extensions: list[tuple[x509.ExtensionType, bool]] = [
        (building.authority_key_usage(), True),
        (x509.BasicConstraints(ca=True, path_length=None), True),
        (certificate_policies(profile.policies), False),
        (building.directory_distribution_points(signer.subject), False),
        (building.authority_key_identifier(signer), False),
        (x509.SubjectKeyIdentifier(stated_key_id(linked)), False),
    ]
    builder = building.start(
        subject=linked.subject,
        issuer=signer.subject,
        serial=profile.serial,
        not_before=profile.not_before,
        not_after=profile.not_after,
        spki_der=spki_der,
    )
    for value, critical in extensions:
        builder = builder.add_extension(value, critical=critical)
    tbs = to_be_signed.encode(builder, issuer_key.spki_der)
    certificate = to_be_signed.parse(tbs)
    comparing.compare_basics(
        certificate,
        subject=linked.subject,
        issuer=signer.subject,
        serial=profile.serial,
        not_before=profile.not_before,
        not_after=profile.not_after,
        spki_der=spki_der,
    )
    comparing.compare_extensions(certificate, extensions)
    return to_be_signed.sign(tbs, issuer_key)
