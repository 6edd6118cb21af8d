"""Paths judged by pyhanko-certvalidator: a second opinion, for tests alone.

It is lenient where octets are concerned, as it verifies signatures over what it encodes again, and
has its own idea of some rules; where the two differ, ``tests/conformance/path/disagreements.py``
says why.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from asn1crypto import crl as asn1_crl
from asn1crypto import x509 as asn1_x509
from cryptography.exceptions import UnsupportedAlgorithm
from pyhanko_certvalidator import CertificateValidator
from pyhanko_certvalidator.authority import AuthorityWithCert, TrustAnchor, TrustQualifiers
from pyhanko_certvalidator.context import ValidationContext
from pyhanko_certvalidator.errors import PathError, ValidationError
from pyhanko_certvalidator.policy_decl import DisallowWeakAlgorithmsPolicy, PKIXValidationParams

from openjpki_devkit.forge.certificates import AT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from pyhanko_certvalidator.path import ValidationPath

_TICK: Final = timedelta(microseconds=1)
"""It counts a certificate as revoked after the second of its revocation; R3.3 ends it in it."""

# What parsing lazily ends in, wherever it happens to look first.
_UNREADABLE: Final = (
    ValueError, TypeError, KeyError, AttributeError, IndexError, AssertionError, OverflowError,
    NotImplementedError, RecursionError, UnsupportedAlgorithm,
)  # fmt: skip

logging.getLogger("pyhanko_certvalidator").setLevel(logging.CRITICAL)


@dataclass(frozen=True)
class SecondOpinion:
    """Its verdict, in its own words."""

    valid: bool
    kind: str
    """The class of its error; empty where it accepts."""
    text: str
    policies: tuple[str, ...] = ()
    """Of the user's domain."""


def second_opinion(
    *,
    target: bytes,
    anchors: Sequence[bytes],
    pool: Iterable[bytes] = (),
    crls: Iterable[bytes] = (),
    at: datetime = AT,
    policies: Sequence[str] = (),
    explicit_policy: bool = False,
    inhibit_mapping: bool = False,
    inhibit_any: bool = False,
    revocation: bool = False,
) -> SecondOpinion:
    """Builds paths and validates them. What cannot be read at once is left out of the pool."""
    try:
        context = ValidationContext(
            trust_roots=[_anchor(one) for one in anchors],
            other_certs=_readable(asn1_x509.Certificate, pool),
            crls=_readable(asn1_crl.CertificateList, crls),
            revocation_mode="require" if revocation else "soft-fail",
            moment=at + _TICK,
            time_tolerance=_TICK,
            algorithm_usage_policy=DisallowWeakAlgorithmsPolicy(),  # type: ignore[no-untyped-call]
            allow_fetching=False,
        )
        parameters = PKIXValidationParams(
            user_initial_policy_set=frozenset(policies or ("any_policy",)),
            initial_explicit_policy=explicit_policy,
            initial_policy_mapping_inhibit=inhibit_mapping,
            initial_any_policy_inhibit=inhibit_any,
        )
        wanted = asn1_x509.Certificate.load(target, strict=True)
        validator = CertificateValidator(wanted, None, context, parameters)
        path = asyncio.run(validator.async_validate_path())
    except (ValidationError, PathError) as error:
        return SecondOpinion(False, type(error).__name__, str(error).replace("\n", " "))
    except _UNREADABLE as error:
        return SecondOpinion(False, "Unreadable", f"{type(error).__name__}: {error}")
    return SecondOpinion(True, "", "", _policies(path))


def _anchor(der: bytes) -> TrustAnchor:
    certificate = asn1_x509.Certificate.load(der, strict=True)
    # Both lengths: with the first alone the library raises an error of its own over the second.
    longest = certificate.max_path_length
    return TrustAnchor(
        AuthorityWithCert(certificate),
        TrustQualifiers(max_path_length=longest, max_aa_path_length=longest),
    )


def _readable(kind: type, ders: Iterable[bytes]) -> list[object]:
    found = []
    for der in ders:
        try:
            one = kind.load(der, strict=True)  # type: ignore[attr-defined]
            _ = one.native
        except _UNREADABLE:
            continue
        found.append(one)
    return found


def _policies(path: ValidationPath) -> tuple[str, ...]:
    qualified = path.qualified_policies() or frozenset()
    return tuple(sorted({one.user_domain_policy_id for one in qualified}))
