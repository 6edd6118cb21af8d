"""Certificates of authorities, built, checked and signed at once: what services do in steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.x509.profiles.authority import authority_to_sign
from openjpki.x509.profiles.cross import cross_to_sign
from openjpki.x509.profiles.link import new_with_old_to_sign, old_with_new_to_sign
from openjpki.x509.profiles.responder import responder_to_sign

if TYPE_CHECKING:
    from typing import Protocol

    from openjpki.signer_core import SoftwareKey
    from openjpki.x509.foreign.partner import Partner
    from openjpki.x509.profiles.authority_profile import AuthorityProfile
    from openjpki.x509.profiles.cross_profile import CrossProfile
    from openjpki.x509.profiles.link import LinkProfile
    from openjpki.x509.profiles.responder_profile import ResponderProfile

    class HasCore(Protocol):
        """Any key that the compiled module holds."""

        @property
        def core(self) -> SoftwareKey: ...


def make_authority_certificate(profile: AuthorityProfile, key: HasCore) -> bytes:
    return authority_to_sign(profile, key.core.spki_der).sign(key.core)


def make_cross_certificate(
    profile: CrossProfile, partner: Partner, issuer: bytes, key: HasCore
) -> bytes:
    return cross_to_sign(profile, partner, issuer).sign(key.core)


def make_responder_certificate(profile: ResponderProfile, issuer: bytes, key: HasCore) -> bytes:
    return responder_to_sign(profile, issuer).sign(key.core)


def make_new_with_old(profile: LinkProfile, *, old: bytes, new: bytes, old_key: HasCore) -> bytes:
    return new_with_old_to_sign(profile, old=old, new=new).sign(old_key.core)


def make_old_with_new(profile: LinkProfile, *, old: bytes, new: bytes, new_key: HasCore) -> bytes:
    return old_with_new_to_sign(profile, old=old, new=new).sign(new_key.core)
