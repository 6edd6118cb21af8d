"""User certificates (署名用電子証明書), docs/profile.md section 2 (R2.5.1 to R2.5.6).

The bytes are made in the compiled module, which reads them back with another parser and compares
every field with what was asked before they can be signed. What all certificates of one generation
of an authority share is encoded once: :func:`issuer_for`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from cryptography import x509

from openjpki import signer_core
from openjpki.x509.native_errors import as_refusals, refusal
from openjpki.x509.profiles.engine import SIGNATURE, Issuer, octets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openjpki.signer_core import CheckedTbs


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityConstants:
    """What all user certificates of one authority share."""

    issuer_der: bytes
    """``Name`` DER: the authority certificate's subject, byte for byte (RFC 5280 4.1.2.4)."""
    issuer_spki_der: bytes
    """The authority's public key: no other may sign (RFC 5280 4.1.2.7)."""
    authority_key_identifier: bytes
    """The authority certificate's subjectKeyIdentifier (RFC 5280 4.2.1.1)."""
    policy_oid: str
    """The one certificate policy, dotted (RFC 5280 4.2.1.4)."""
    cps_url: str
    """Where the authority's CPS is published: http, https or ldap."""
    issuer_alt_name_der: bytes
    """``Name`` DER: the authority's name in Japanese (RFC 5280 4.2.1.7)."""
    ocsp_url: str | None = None
    """authorityInfoAccess, where policy says so (RFC 5280 4.2.2.1)."""
    signature: str = SIGNATURE
    """The algorithm of policy."""


@dataclass(slots=True, kw_only=True, repr=False)
class UserCertificateFields:
    """One person's certificate. Times are seconds since 1970 UTC. No ``repr``: personal data."""

    # Not frozen: each is read once, by the call it is given to, and what freezing adds to making
    # one is as much as encoding and checking the whole certificate takes.

    serial: int
    """Reserved before this is built: positive, 64 to 159 bits."""
    not_before: int
    """1970 or later."""
    not_after: int
    """The end of a day in Japan, 14:59:59Z (R2.5.6)."""
    prefecture: str
    """Romanised, first L of the subject."""
    municipality: str
    """Romanised, second L of the subject."""
    common_name: str
    """``YYYYMMDDhhmmss``, five digits, nine-character window id: 28 characters."""
    spki_der: bytes
    """The person's key, SubjectPublicKeyInfo DER: RSA 2048 (R9.1.1)."""
    name: str
    """氏名, 1 to 200 characters."""
    birth_date: str
    """``EYYYYMMDD``, E the era's digit 0 to 5."""
    sex: str
    """One digit."""
    address: str
    """住所, 1 to 200 characters."""
    name_substitutions: str
    """``0`` or ``1`` for each character of ``name`` (R2.5.4)."""
    address_substitutions: str
    """``0`` or ``1`` for each character of ``address`` (R2.5.5)."""
    partition_der: bytes
    """``Name`` DER of the CRL partition's distribution point."""
    partition_url: str | None = None
    """Where the partition's list is fetched, where policy says so."""


class UserCertificateIssuer:
    """Makes the user certificates of one authority. Safe to share between threads."""

    def __init__(self, constants: AuthorityConstants) -> None:
        """Encode the constant parts. Raises ``INVALID_FIELD``."""
        with as_refusals("authority"):
            self._template = signer_core.UserCertificateTemplate(
                issuer=constants.issuer_der,
                issuer_spki_der=constants.issuer_spki_der,
                policy=constants.policy_oid,
                cps_url=constants.cps_url,
                issuer_alt_name=constants.issuer_alt_name_der,
                ocsp_url=constants.ocsp_url,
                authority_key_identifier=constants.authority_key_identifier,
                signature=constants.signature,
            )

    def to_be_signed(self, batch: Sequence[UserCertificateFields]) -> list[CheckedTbs]:
        """What the authority's key is to sign, for each.

        Raises ``INVALID_FIELD`` naming the field, ``PROFILE_MISMATCH`` when what was built does
        not say what was asked. Nothing of the batch is returned then.
        """
        requests = [_request(fields) for fields in batch]
        with as_refusals("certificate"):
            return self._template.build(requests)

    def check(self, fields: UserCertificateFields, tbs: bytes) -> CheckedTbs:
        """Bytes of any origin, compared with what was asked. Raises ``PROFILE_MISMATCH``."""
        with as_refusals("certificate"):
            return self._template.check(_request(fields), tbs)


@lru_cache(maxsize=256)
def issuer_for(
    certificate: bytes,
    *,
    policy_oid: str,
    cps_url: str,
    ocsp_url: str | None,
    signature: str,
) -> UserCertificateIssuer:
    """The issuer of a generation, made once: its certificate and its policy are all it depends on.

    ``certificate`` (DER) is the authority's self-signed one. Raises ``INVALID_FIELD``.
    """
    issuer = Issuer.of(certificate)
    extensions = x509.load_der_x509_certificate(certificate).extensions
    names = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    (japanese,) = names.get_values_for_type(x509.DirectoryName)
    return UserCertificateIssuer(
        AuthorityConstants(
            issuer_der=issuer.name_der,
            issuer_spki_der=issuer.spki_der,
            authority_key_identifier=issuer.key_id,
            policy_oid=policy_oid,
            cps_url=cps_url,
            issuer_alt_name_der=japanese.public_bytes(),
            ocsp_url=ocsp_url,
            signature=signature,
        )
    )


def _request(fields: UserCertificateFields) -> signer_core.UserCertificateRequest:
    try:
        return signer_core.UserCertificateRequest(octets(fields.serial), fields)
    except signer_core.InvalidArgumentError as error:
        raise refusal(error, "certificate") from error
