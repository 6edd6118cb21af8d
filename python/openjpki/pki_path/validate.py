"""Validating a certificate over the candidate paths to it (RFC 5280 6; R4.5)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from asn1crypto import x509 as asn1_x509
from pyhanko_certvalidator.authority import AuthorityWithCert, TrustAnchor, TrustQualifiers
from pyhanko_certvalidator.context import ValidationContext
from pyhanko_certvalidator.errors import ValidationError
from pyhanko_certvalidator.path import ValidationPath
from pyhanko_certvalidator.policy_decl import DisallowWeakAlgorithmsPolicy, PKIXValidationParams
from pyhanko_certvalidator.validate import validate_path as run_validation

from openjpki.errors import OpenJpkiError, Reason
from openjpki.pki_path.certificate import UNREADABLE, PathCertificate, read_certificate
from openjpki.pki_path.diagnosis import why_no_path
from openjpki.pki_path.discovery import Search
from openjpki.pki_path.dsa_parameters import PathSignatures
from openjpki.pki_path.policy import ANY_POLICY, PathPolicy
from openjpki.pki_path.reasons import refusal_from
from openjpki.pki_path.revocation import CrlPool, Selection, select_crls
from openjpki.pki_path.verdict import PathRefusal, PathVerdict, RefusalReason

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from openjpki.pki_path.pool import CertificatePool

_TICK = timedelta(microseconds=1)
"""The library counts a certificate as revoked after the second of its revocation; R3.3 ends it in
that second. Judging one tick later, with one tick of tolerance, moves only this boundary."""


def validate_certificate(
    *,
    anchor: bytes,
    target: bytes,
    pool: CertificatePool,
    crls: CrlPool,
    at: datetime,
    policy: PathPolicy | None = None,
) -> PathVerdict:
    """Find candidate paths from ``anchor`` to ``target`` and validate them until one holds.

    ``anchor`` and ``target`` are DER, ``at`` is aware. Nothing is fetched. A path that does not
    hold is a verdict; ``MALFORMED_DER`` and ``MESSAGE_TOO_LARGE`` are raised only for ``anchor``
    and ``target``.
    """
    if at.tzinfo is None:
        raise OpenJpkiError(Reason.INVALID_FIELD, "needs a time zone", field="at")
    policy = policy or PathPolicy()
    trusted = read_certificate(anchor, field="anchor")
    wanted = read_certificate(target, field="certificate")
    search = Search(pool, trusted, wanted, at, policy.limits)
    refusals: list[PathRefusal] = []
    first: tuple[bytes, ...] = ()
    for candidate in search:
        path = (trusted, *candidate)
        encoded = tuple(certificate.der for certificate in path)
        first = first or encoded
        refusal, policies = _validate(path, pool, crls, at, policy)
        if refusal is None:
            return PathVerdict(
                valid=True,
                path=encoded,
                policies=policies,
                refusals=tuple(refusals),
                candidates=len(refusals) + 1,
            )
        refusals.append(refusal)
    tried = len(refusals)
    if not refusals:
        refusals.extend(why_no_path(search))
    if search.exhausted:
        refusals.append(_limit(wanted))
    return PathVerdict(
        valid=False, path=first, policies=(), refusals=tuple(refusals), candidates=tried
    )


def _validate(
    path: Sequence[PathCertificate],
    pool: CertificatePool,
    crls: CrlPool,
    at: datetime,
    policy: PathPolicy,
) -> tuple[PathRefusal | None, tuple[str, ...]]:
    refusal = _check_anchor(path[0], at)
    if refusal is not None:
        return refusal, ()
    algorithms = DisallowWeakAlgorithmsPolicy(  # type: ignore[no-untyped-call]
        weak_hash_algos=policy.weak_hashes,
        rsa_key_size_threshold=policy.min_rsa_bits,
        dsa_key_size_threshold=policy.min_dsa_bits,
    )
    try:
        selection = select_crls(path, pool, crls, algorithms, at, delegated=policy.delegated_crls)
        return _run(path, selection, algorithms, at, policy)
    except (
        # The library parses parts only when it looks at them, and fails there in these ways.
        *UNREADABLE,
        AssertionError,
        NotImplementedError,
        RecursionError,
    ):
        leaf = path[-1]
        text = "the path holds a certificate or a list that cannot be read to its end"
        return PathRefusal(leaf.subject_text, len(path) - 1, RefusalReason.MALFORMED, text), ()


def _run(
    path: Sequence[PathCertificate],
    selection: Selection,
    algorithms: DisallowWeakAlgorithmsPolicy,
    at: datetime,
    policy: PathPolicy,
) -> tuple[PathRefusal | None, tuple[str, ...]]:
    root, *chain = (asn1_x509.Certificate.load(certificate.der) for certificate in path)
    trust = TrustAnchor(
        AuthorityWithCert(root),
        # Both lengths: with the first alone the library raises an error of its own over the second.
        TrustQualifiers(
            max_path_length=root.max_path_length, max_aa_path_length=root.max_path_length
        ),
    )
    signers = [asn1_x509.Certificate.load(signer.der) for signer in selection.signers]
    context = ValidationContext(
        trust_roots=[trust],
        other_certs=[*chain, *signers],
        crls=selection.crls,
        revocation_mode="require",
        moment=at + _TICK,
        time_tolerance=_TICK,
        algorithm_usage_policy=algorithms,
        allow_fetching=False,
        signature_validator=PathSignatures([root, *chain]),
    )
    parameters = PKIXValidationParams(
        user_initial_policy_set=policy.initial_policies or frozenset({"any_policy"}),
        initial_explicit_policy=policy.explicit_policy,
        initial_policy_mapping_inhibit=policy.inhibit_policy_mapping,
        initial_any_policy_inhibit=policy.inhibit_any_policy,
    )
    candidate = ValidationPath(trust, chain[:-1], chain[-1])
    refusal = None
    try:
        run_validation(context, candidate, parameters)
    except ValidationError as error:
        index = _failed_at(context, chain)
        refusal = refusal_from(error, subject=path[index].subject_text, index=index)
    refusal = _earlier(selection.refusal, refusal)
    if refusal is not None:
        return refusal, ()
    qualified = candidate.qualified_policies() or frozenset()
    policies = {one.user_domain_policy_id for one in qualified}
    return None, tuple(
        sorted(ANY_POLICY if policy_id == "any_policy" else policy_id for policy_id in policies)
    )


def _earlier(missing: PathRefusal | None, found: PathRefusal | None) -> PathRefusal | None:
    """Of a missing list and what the library found, the one that comes first on the path."""
    if missing is None or found is None:
        return missing or found
    if found.index == missing.index:
        return missing if found.reason is RefusalReason.NO_CRL else found
    return min(missing, found, key=lambda refusal: refusal.index)


def _failed_at(context: ValidationContext, chain: Sequence[asn1_x509.Certificate]) -> int:
    """The library records each certificate that passed: the first that is not is to blame."""
    for index, certificate in enumerate(chain, start=1):
        if context.check_validation(certificate) is None:  # type: ignore[no-untyped-call]
            return index
    return len(chain)


def _check_anchor(anchor: PathCertificate, at: datetime) -> PathRefusal | None:
    """RFC 5280 leaves the anchor's validity to the relying party; a governor's key has an end."""
    moment = at.timestamp()
    if moment > anchor.not_after:
        return PathRefusal(anchor.subject_text, 0, RefusalReason.EXPIRED, "the anchor has expired")
    if moment < anchor.not_before:
        return PathRefusal(
            anchor.subject_text, 0, RefusalReason.NOT_YET_VALID, "the anchor is not valid yet"
        )
    return None


def _limit(target: PathCertificate) -> PathRefusal:
    return PathRefusal(
        target.subject_text,
        -1,
        RefusalReason.SEARCH_LIMIT,
        "the search was ended by its limits; longer paths may exist",
    )
