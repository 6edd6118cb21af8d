"""Checking a revocation list before it replaces another, whoever made it.

An authority's publisher re-checks what it is about to publish, the bridge what a partner hands in:
by the time a wrong list has been served, every verifier believes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki import signer_core
from openjpki.domain.stated_time import moment
from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.crl.scope import same_scope
from openjpki.x509.der import require_single_value
from openjpki.x509.foreign.reading import LIST_UNPROCESSED, malformed, read_certificate
from openjpki.x509.foreign.stated import stated_key_id

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.signer_core import PathCertificate, PathListSurvey, PathRevocationList

MAX_CRL_BYTES = 2**32 - 1
"""As far as lengths of four octets go: no longer list is made, or read. For our own lists; whoever
takes in another's gives a bound that fits it."""

_MAX_NUMBER_BITS = 159


@dataclass(frozen=True, slots=True)
class CrlFacts:
    """What is to be remembered of an accepted list."""

    issuer_der: bytes
    """``Name`` DER, as it stands in the list."""
    number: int
    this_update: datetime
    next_update: datetime
    scope_der: bytes | None
    """Value of issuingDistributionPoint; None for a list of everything its issuer issued."""
    entries: int
    base_number: int | None = None
    """BaseCRLNumber of a delta list: of the complete one that it adds to."""
    freshest_der: bytes | None = None
    """Value of freshestCRL: where a complete list's delta lists are."""


def check_crl(
    der: bytes,
    issuer_certificate: bytes,
    *,
    scope_der: bytes | None = None,
    replaces: CrlFacts | None = None,
    max_bytes: int = MAX_CRL_BYTES,
    field: str = "crl",
) -> CrlFacts:
    """Read it back, every entry of it, and check issuer, signature, scope, times and the rising
    number.

    ``scope_der`` is the scope expected of our own lists (:mod:`openjpki.x509.crl.scope`); without
    it, any direct, complete scope is accepted, but the same as that of the list it ``replaces``.
    Which URI leads to a list is no part of what it covers (``scope.same_scope``). A critical
    extension that is not processed, of the list or of an entry, is a reason to refuse it: it must
    not be used (RFC 5280 5.2, 5.3). Raises ``MESSAGE_TOO_LARGE``, ``MALFORMED_DER``,
    ``TRAILING_BYTES``, ``CRL_REFUSED``.
    """
    facts = check_either(
        der, issuer_certificate, scope_der=scope_der, max_bytes=max_bytes, field=field
    )
    _require_complete(facts, field)
    if replaces is not None:
        check_succession(facts, replaces, field=field)
    return facts


def check_either(
    der: bytes,
    issuer_certificate: bytes,
    *,
    scope_der: bytes | None = None,
    max_bytes: int = MAX_CRL_BYTES,
    field: str = "crl",
) -> CrlFacts:
    """The same of a complete list or a delta list, for who asks only whom it names as revoked."""
    require_single_value(der, field=field, max_bytes=max_bytes)
    issuer = read_certificate(issuer_certificate, field="issuer_certificate")
    read, facts = _survey(der, issuer, field)
    _check(read, facts, issuer, scope_der, field)
    return facts


def check_delta(
    der: bytes,
    issuer_certificate: bytes,
    *,
    onto: CrlFacts,
    max_bytes: int = MAX_CRL_BYTES,
    field: str = "delta_crl",
) -> CrlFacts:
    """The same of a delta list, ``onto`` a complete one of the same key that was checked before
    (:func:`check_fit`). Raises as :func:`check_crl`."""
    facts = check_either(der, issuer_certificate, max_bytes=max_bytes, field=field)
    check_fit(facts, onto, field=field)
    return facts


def check_read_delta(
    read: PathRevocationList,
    issuer: PathCertificate,
    *,
    scope_der: bytes,
    field: str = "delta_crl",
) -> CrlFacts:
    """The same of a delta list that was read to be kept; onto which list it goes is another
    question. Raises ``CRL_REFUSED``."""
    if not read.is_processed:
        raise not_processed(field)
    survey = signer_core.survey_of_read_list(read, issuer)
    facts = _facts(survey, field)
    if facts.base_number is None:
        raise _refused("is no delta list", field)
    _check(survey, facts, issuer, scope_der, field)
    return facts


def check_fit(delta: CrlFacts, onto: CrlFacts, *, field: str = "delta_crl") -> None:
    """Whether a delta list may be laid over a complete one (RFC 5280 5.2.4, 6.3.3 (c)): it is one,
    of the same issuer, with the very same issuingDistributionPoint; the complete one is its base or
    a later one, and it is later still. Raises ``CRL_REFUSED``."""
    if delta.base_number is None:
        raise _refused("is no delta list", field)
    if delta.freshest_der is not None:
        raise _refused("must not have a freshestCRL: it is a delta list", field)
    same_issuer = signer_core.same_name(delta.issuer_der, onto.issuer_der)
    if not same_issuer or delta.scope_der != onto.scope_der:
        raise _refused("covers another scope than the list it adds to", field)
    if onto.base_number is not None or not delta.base_number <= onto.number < delta.number:
        raise _refused("does not go with that complete list: its numbers say so", field)


def check_read_crl(
    read: PathRevocationList,
    issuer: PathCertificate,
    *,
    scope_der: bytes,
    field: str = "crl",
    whatever_is_critical: bool = False,
) -> CrlFacts:
    """The same of a list that was read to be kept: nothing is read again, and its signature is
    verified once. ``whatever_is_critical``: as in
    :func:`~openjpki.x509.foreign.reading.read_list`. Raises ``CRL_REFUSED``."""
    if not (whatever_is_critical or read.is_processed):
        raise not_processed(field)
    survey = signer_core.survey_of_read_list(read, issuer)
    facts = _facts(survey, field)
    _require_complete(facts, field)
    _check(survey, facts, issuer, scope_der, field)
    return facts


def not_processed(field: str = "crl") -> OpenJpkiError:
    """Why a list determines no status (RFC 5280 5.2, 5.3)."""
    return _refused("has a critical extension that is not understood, its own or an entry's", field)


def _survey(der: bytes, issuer: PathCertificate, field: str) -> tuple[PathListSurvey, CrlFacts]:
    try:
        read = signer_core.survey_revocation_list(der, issuer)
    except signer_core.MalformedError as error:
        if error.field in LIST_UNPROCESSED:
            raise not_processed(field) from error
        raise malformed("is not a revocation list", error, field) from error
    return read, _facts(read, field)


def _require_complete(facts: CrlFacts, field: str) -> None:
    if facts.base_number is not None:
        raise _refused("is a delta list, where a complete one is asked for", field)


def _check(
    read: PathListSurvey,
    facts: CrlFacts,
    issuer: PathCertificate,
    scope_der: bytes | None,
    field: str,
) -> None:
    _check_issuer(read, issuer, field)
    if scope_der is not None and not same_scope(facts.scope_der, scope_der):
        raise _refused("covers another scope than its certificates state", field)


def _facts(read: PathListSurvey, field: str) -> CrlFacts:
    if read.number is None or read.key_identifier is None:
        raise _refused("must have a cRLNumber, and its key's authorityKeyIdentifier", field)
    if read.number.bit_length() > _MAX_NUMBER_BITS:
        raise _refused("must have a cRLNumber of at most 20 octets", field)
    if read.is_number_critical:
        raise _refused("must have its cRLNumber not critical", field)
    if read.base_number is not None and not read.is_base_critical:
        raise _refused("must have its deltaCRLIndicator critical", field)
    if read.next_update is None or read.next_update <= read.this_update:
        raise _refused("must have a nextUpdate after its thisUpdate", field)
    if read.point is not None and not read.is_point_critical:
        raise _refused("must have its issuingDistributionPoint critical", field)
    if read.is_indirect or read.has_some_reasons:
        raise _refused("must be direct and cover every reason", field)
    return CrlFacts(
        issuer_der=read.issuer_der,
        number=read.number,
        this_update=moment(read.this_update),
        next_update=moment(read.next_update),
        scope_der=read.point,
        entries=read.entries,
        base_number=read.base_number,
        freshest_der=read.freshest,
    )


def _check_issuer(read: PathListSurvey, issuer: PathCertificate, field: str) -> None:
    if read.issuer != issuer.subject:
        raise _refused("is another issuer's", field)
    if read.key_identifier != stated_key_id(issuer):
        raise _refused("is of another generation of its issuer's key", field)
    match read.signature_fault:
        case None:
            return
        case "algorithm_refused":
            raise _refused("must be signed with SHA-256 or longer", field)
        case "key_refused":
            raise _refused("is by a key that nothing is verified with", field)
        case _:
            raise _refused("has a signature that is not its issuer's", field)


def check_succession(facts: CrlFacts, replaces: CrlFacts, *, field: str = "crl") -> None:
    """Whether one list may take the other's place. Raises ``CRL_REFUSED``.

    The number alone orders lists (RFC 5280 5.2.3): a thisUpdate is what a clock said, and may be
    one that was ahead when the list before was made.
    """
    same_issuer = signer_core.same_name(facts.issuer_der, replaces.issuer_der)
    if not same_issuer or not same_scope(facts.scope_der, replaces.scope_der):
        raise _refused("covers another scope than the one it replaces", field)
    if facts.number <= replaces.number:
        raise _refused("must have a higher cRLNumber than the one it replaces", field)


def _refused(rule: str, field: str) -> OpenJpkiError:
    return OpenJpkiError(Reason.CRL_REFUSED, rule, field=field)
