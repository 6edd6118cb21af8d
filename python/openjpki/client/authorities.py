"""Whom an agency trusts: governors' self-signed certificates it was given by agreement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from openjpki.domain.authority import AuthorityId
from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.der import UNREADABLE
from openjpki.x509.pem import is_pem
from openjpki.x509.signature_hash import has_accepted_hash

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class TrustedAuthority:
    """One generation of one governor's authority."""

    authority_id: AuthorityId
    """Under which its status is asked for."""
    certificate: x509.Certificate
    """Self-signed; obtained out of band, e.g. with the agreement, never from a message."""
    policy_oid: str | None = None
    """The certificate policy its users' certificates must carry, dotted, as the agreement says;
    None accepts any."""

    @classmethod
    def load(
        cls, authority_id: str, certificate: bytes, *, policy_oid: str | None = None
    ) -> TrustedAuthority:
        """Reads PEM or DER of the authority of an id, e.g. ``signing-13``.

        Raises ``INVALID_FIELD`` for what is no id, ``MALFORMED_DER``, ``CERTIFICATE_REFUSED`` when
        the certificate is not signed with its own key or not an authority's.
        """
        named = AuthorityId.parse(authority_id)
        try:
            parsed = (
                x509.load_pem_x509_certificate(certificate)
                if is_pem(certificate)
                else x509.load_der_x509_certificate(certificate)
            )
        except UNREADABLE as error:
            raise OpenJpkiError(
                Reason.MALFORMED_DER, "is no certificate", field="authority"
            ) from error
        if not _issued(parsed, parsed):
            raise OpenJpkiError(
                Reason.CERTIFICATE_REFUSED, "is not signed with its own key", field="authority"
            )
        if not _may_issue(parsed):
            raise OpenJpkiError(
                Reason.CERTIFICATE_REFUSED,
                "is not an authority's: it needs basicConstraints CA and keyCertSign",
                field="authority",
            )
        return cls(named, parsed, policy_oid)


def find_issuer(
    certificate: x509.Certificate, authorities: Iterable[TrustedAuthority]
) -> TrustedAuthority | None:
    """The authority whose key signed the certificate; None when none of them did.

    Generations share one name (docs/profile.md section 1), so the signature decides, never the
    name alone. A signature over a hash that no longer counts (R9.1.2) is nobody's.
    """
    if not has_accepted_hash(certificate):
        return None
    for authority in authorities:
        if _issued(certificate, authority.certificate):
            return authority
    return None


def _may_issue(certificate: x509.Certificate) -> bool:
    try:
        extensions = certificate.extensions
        authority = extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        return authority and extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
    except (*UNREADABLE, x509.ExtensionNotFound):
        return False


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """A key or an algorithm that nothing here verifies with says no, whoever's certificate it is:
    of one that a stranger made, and of one among many that are trusted."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (*UNREADABLE, InvalidSignature):
        return False
    return True
