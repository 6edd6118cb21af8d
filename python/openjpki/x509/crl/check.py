"""Checking a revocation list before it replaces another, whoever made it.

An authority's publisher re-checks what it is about to publish, the bridge what a partner hands in:
by the time a wrong list has been served, every verifier believes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.crl.scope import same_scope
from openjpki.x509.der import UNREADABLE, members, require_single_value
from openjpki.x509.foreign import certificate as foreign_certificate
from openjpki.x509.foreign.key_rules import require_key
from openjpki.x509.foreign.partner import stated_key_id
from openjpki.x509.public_key import issuer_key
from openjpki.x509.signature_hash import has_accepted_hash

if TYPE_CHECKING:
    from datetime import datetime

MAX_CRL_BYTES = 2**32 - 1
"""As far as lengths of four octets go: no longer list is made, or parsed by
``cryptography``. For our own lists; whoever takes in another's gives a bound that fits it."""

_MAX_NUMBER_BITS = 159
_SEQUENCE = 0x30
_KNOWN_CRITICAL = {x509.IssuingDistributionPoint.oid}


@dataclass(frozen=True, slots=True)
class CrlFacts:
    """What is to be remembered of an accepted list."""

    issuer_der: bytes
    key_id: bytes
    number: int
    this_update: datetime
    next_update: datetime
    scope_der: bytes | None
    """Value of issuingDistributionPoint; None for a list of everything its issuer issued."""
    entries: int


def check_crl(
    der: bytes,
    issuer_certificate: bytes,
    *,
    scope_der: bytes | None = None,
    replaces: CrlFacts | None = None,
    max_bytes: int = MAX_CRL_BYTES,
    field: str = "crl",
) -> CrlFacts:
    """Parse back and check issuer, signature, scope, times and the rising number.

    ``scope_der`` is the scope expected of our own lists (:mod:`openjpki.x509.crl.scope`); without
    it, any direct, complete scope is accepted, but the same as that of the list it ``replaces``.
    Which URI leads to a list is no part of what it covers (``scope.same_scope``). Raises
    ``MESSAGE_TOO_LARGE``, ``MALFORMED_DER``, ``TRAILING_BYTES``, ``CRL_REFUSED``.
    """
    require_single_value(der, field=field, max_bytes=max_bytes)
    issuer = foreign_certificate.load(issuer_certificate, field="issuer_certificate")
    try:
        crl = x509.load_der_x509_crl(der)
        facts = _read(crl, field)
    except UNREADABLE as error:
        raise OpenJpkiError(
            Reason.MALFORMED_DER, "is not a revocation list", field=field
        ) from error
    _check_issuer(facts, issuer, field)
    _check_signature(der, crl, issuer, field)
    if scope_der is not None and not same_scope(facts.scope_der, scope_der):
        raise _refused("covers another scope than its certificates state", field)
    if replaces is not None:
        check_succession(facts, replaces, field=field)
    return facts


def _read(crl: x509.CertificateRevocationList, field: str) -> CrlFacts:
    extensions = crl.extensions
    unknown = {one.oid for one in extensions if one.critical} - _KNOWN_CRITICAL
    if unknown:
        raise _refused("has a critical extension that is not understood", field)
    try:
        number = extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
        key_id = extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    except x509.ExtensionNotFound as error:
        raise _refused("must have a cRLNumber and an authorityKeyIdentifier", field) from error
    if number < 0 or number.bit_length() > _MAX_NUMBER_BITS:
        raise _refused("must have a cRLNumber of at most 20 octets, not negative", field)
    if key_id.key_identifier is None:
        raise _refused("must name its key in the authorityKeyIdentifier", field)
    if crl.next_update_utc is None or crl.next_update_utc <= crl.last_update_utc:
        raise _refused("must have a nextUpdate after its thisUpdate", field)
    return CrlFacts(
        issuer_der=crl.issuer.public_bytes(),
        key_id=key_id.key_identifier,
        number=number,
        this_update=crl.last_update_utc,
        next_update=crl.next_update_utc,
        scope_der=_scope(extensions, field),
        entries=len(crl),
    )


def _scope(extensions: x509.Extensions, field: str) -> bytes | None:
    try:
        point = extensions.get_extension_for_class(x509.IssuingDistributionPoint)
    except x509.ExtensionNotFound:
        return None
    if not point.critical:
        raise _refused("must have its issuingDistributionPoint critical", field)
    if point.value.indirect_crl or point.value.only_some_reasons is not None:
        raise _refused("must be direct and cover every reason", field)
    return point.value.public_bytes()


def _check_issuer(facts: CrlFacts, issuer: x509.Certificate, field: str) -> None:
    if facts.issuer_der != issuer.subject.public_bytes():
        raise _refused("is another issuer's", field)
    if facts.key_id != stated_key_id(issuer):
        raise _refused("is of another generation of its issuer's key", field)


def _check_signature(
    der: bytes, crl: x509.CertificateRevocationList, issuer: x509.Certificate, field: str
) -> None:
    if not has_accepted_hash(crl):
        raise _refused("must be signed with SHA-256 or longer", field)
    # ``crl.is_signature_valid`` encodes every entry again, seconds for a million of them. The
    # signed bytes are looked at where they are instead: a copy would be the size of the list.
    signed, algorithm = islice(members(memoryview(der)), 2)
    first, second = islice(members(signed), 2)
    # The version is optional. It is an INTEGER, and what follows it a SEQUENCE.
    stated = first if first[0] == _SEQUENCE else second
    try:
        require_key(issuer, field=field)
    except OpenJpkiError as error:
        raise _refused("is by a key that nothing is verified with", field) from error
    hash_algorithm = crl.signature_hash_algorithm
    scheme = crl.signature_algorithm_parameters
    if (
        hash_algorithm is None
        or not isinstance(scheme, (padding.PKCS1v15, padding.PSS))
        or stated != algorithm
    ):
        raise _refused("must state one RSA signature algorithm, twice the same", field)
    try:
        digest = hashes.Hash(hash_algorithm)
        digest.update(signed)
        issuer_key(issuer).verify(
            crl.signature, digest.finalize(), scheme, Prehashed(hash_algorithm)
        )
    except (InvalidSignature, ValueError) as error:
        raise _refused("has a signature that is not its issuer's", field) from error


def check_succession(facts: CrlFacts, replaces: CrlFacts, *, field: str = "crl") -> None:
    """Whether one list may take the other's place. Raises ``CRL_REFUSED``.

    The number alone orders lists (RFC 5280 5.2.3): a thisUpdate is what a clock said, and may be
    one that was ahead when the list before was made.
    """
    if facts.issuer_der != replaces.issuer_der or not same_scope(
        facts.scope_der, replaces.scope_der
    ):
        raise _refused("covers another scope than the one it replaces", field)
    if facts.number <= replaces.number:
        raise _refused("must have a higher cRLNumber than the one it replaces", field)


def _refused(rule: str, field: str) -> OpenJpkiError:
    return OpenJpkiError(Reason.CRL_REFUSED, rule, field=field)
