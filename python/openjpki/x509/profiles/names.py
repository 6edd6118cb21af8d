"""The distinguished names of an authority and of what it publishes (docs/profile.md section 1)."""

from __future__ import annotations

import unicodedata

from cryptography import x509
from cryptography.x509.oid import NameOID

from openjpki.errors import OpenJpkiError, Reason

DEFAULT_ORGANIZATION = "OpenJPKI"
DEFAULT_ORGANIZATION_JA = "オープン公的個人認証"

_UPPER_BOUND = 64
"""RFC 5280 appendix A: ub-organization-name, ub-organizational-unit-name, ub-common-name."""

_IMPERSONATING = "jpki"
"""Readers of today's cards flag an issuer organisation of this name that is not the operator's."""


def authority_name(prefecture: str, *, organization: str = DEFAULT_ORGANIZATION) -> x509.Name:
    """DN of a governor's authority, e.g. ``prefecture="Tokyo"`` (romanised).

    C=JP, O=<organization>, OU="<organization> for digital signature", OU="Governor of
    <prefecture>".
    C is a PrintableString, all others UTF8String. Raises ``INVALID_FIELD``.
    """
    _checked(organization, "organization")
    if organization.strip().casefold() == _IMPERSONATING:
        raise OpenJpkiError(
            Reason.INVALID_FIELD,
            "must not be the name of the operator of today's cards",
            field="organization",
        )
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "JP"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization),
            x509.NameAttribute(
                NameOID.ORGANIZATIONAL_UNIT_NAME,
                _checked(f"{organization} for digital signature", "organization"),
            ),
            x509.NameAttribute(
                NameOID.ORGANIZATIONAL_UNIT_NAME,
                _checked(f"Governor of {_checked(prefecture, 'prefecture')}", "prefecture"),
            ),
        ]
    )


def authority_name_ja(prefecture: str, *, organization: str = DEFAULT_ORGANIZATION_JA) -> x509.Name:
    """The same authority in Japanese, for alternative names, e.g. ``prefecture="東京都"``.

    C=JP, O=<organization>, OU="<organization>署名用", OU="<prefecture>知事". Raises
    ``INVALID_FIELD``.
    """
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "JP"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, _checked(organization, "organization")),
            x509.NameAttribute(
                NameOID.ORGANIZATIONAL_UNIT_NAME, _checked(f"{organization}署名用", "organization")
            ),
            x509.NameAttribute(
                NameOID.ORGANIZATIONAL_UNIT_NAME,
                _checked(f"{_checked(prefecture, 'prefecture')}知事", "prefecture"),
            ),
        ]
    )


def partition_name(authority: x509.Name, partition: str) -> x509.Name:
    """DN of a CRL partition's distribution point: the authority's DN, then OU and CN.

    ``partition`` is the label fixed in the certificate at issue, e.g. a municipal code
    (``"13101"``) or, in a large city with several, ``"14100-2"``. Raises ``INVALID_FIELD``.
    """
    label = _checked(f"{_checked(partition, 'partition')} CRLDP", "partition")
    return _below(
        authority,
        x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "CRL Distribution Points"),
        x509.NameAttribute(NameOID.COMMON_NAME, label),
    )


def responder_name(authority: x509.Name, label: str = "OCSP Responder") -> x509.Name:
    """DN of an authority's delegated OCSP responder: the authority's DN, then CN=<label>."""
    return _below(authority, x509.NameAttribute(NameOID.COMMON_NAME, _checked(label, "label")))


def name_der(name: x509.Name) -> bytes:
    """DER of a Name (RFC 5280 4.1.2.4)."""
    return name.public_bytes()


def _below(parent: x509.Name, *attributes: x509.NameAttribute[str]) -> x509.Name:
    # Whole RDNs are kept, so that a multi-valued one or another string type survives as it was.
    return x509.Name([*parent.rdns, *(x509.RelativeDistinguishedName([one]) for one in attributes)])


def _checked(text: str, field: str) -> str:
    if not text.strip():
        raise OpenJpkiError(Reason.INVALID_FIELD, "must not be empty", field=field)
    if len(text) > _UPPER_BOUND:
        raise OpenJpkiError(
            Reason.INVALID_FIELD,
            f"makes a name attribute longer than {_UPPER_BOUND} characters",
            field=field,
        )
    if any(unicodedata.category(character) in {"Cc", "Cf", "Cs"} for character in text):
        raise OpenJpkiError(
            Reason.INVALID_FIELD, "must not hold control or format characters", field=field
        )
    return text
