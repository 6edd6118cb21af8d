"""Whom an agency trusts: governors' self-signed certificates it was given by agreement."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from openjpki.domain.authority import AuthorityId
from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.der import UNREADABLE
from openjpki.x509.foreign.reading import first_certificate, read_certificate
from openjpki.x509.foreign.stated import is_issued_by

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openjpki.signer_core import PathCertificate


_KEY_CERT_SIGN = 5


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
        read = first_certificate(certificate, field="authority")
        # Lists and status are asked for by this library's values; which octets they are of, and
        # that they are an authority's, the first reading says.
        try:
            parsed = x509.load_der_x509_certificate(read.octets)
        except UNREADABLE as error:
            raise OpenJpkiError(
                Reason.MALFORMED_DER, "is no certificate", field="authority"
            ) from error
        if not is_issued_by(read, read):
            raise OpenJpkiError(
                Reason.CERTIFICATE_REFUSED, "is not signed with its own key", field="authority"
            )
        if not (read.is_authority and read.has_key_usage and read.key_usage_allows(_KEY_CERT_SIGN)):
            raise OpenJpkiError(
                Reason.CERTIFICATE_REFUSED,
                "is not an authority's: it needs basicConstraints CA and keyCertSign",
                field="authority",
            )
        return cls(named, parsed, policy_oid)


def find_issuer(
    certificate: PathCertificate, authorities: Iterable[TrustedAuthority]
) -> TrustedAuthority | None:
    """The authority whose key signed the certificate; None when none of them did.

    Generations share one name (docs/profile.md section 1), so the signature decides, never the
    name alone. A signature over a hash that no longer counts (R9.1.2), or by a key that nothing is
    verified with, is nobody's.
    """
    for authority in authorities:
        if is_issued_by(certificate, _read(authority.certificate)):
            return authority
    return None


@lru_cache(maxsize=256)
def _read(certificate: x509.Certificate) -> PathCertificate:
    """As what validates paths reads it. Raises ``MALFORMED_DER``."""
    return read_certificate(certificate.public_bytes(Encoding.DER), field="authority")
