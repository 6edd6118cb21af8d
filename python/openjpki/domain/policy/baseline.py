"""The ministry's technical standards, and what of a policy falls short of them (R1.3.5)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from openjpki.domain.clock import MOST_BACKDATED
from openjpki.domain.policy.partitions import MAX_PARTITIONS
from openjpki.domain.policy.revocation import FOUND_BY_TWO, RevocationCause, RevocationReason

if TYPE_CHECKING:
    from collections.abc import Callable

    from openjpki.domain.policy.authority import AuthorityPolicy

_OID = re.compile(r"(?:[01]\.[1-3]?[0-9]|2\.(?:0|[1-9][0-9]*))(?:\.(?:0|[1-9][0-9]*))+")
VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,31}")
"""How versions of policies, of terms and of what windows go by are written."""
_PARTS_OF_LIST_URI = ("{partition}", "{generation}")
_CAUSES = frozenset(RevocationCause) - FOUND_BY_TWO


@dataclass(frozen=True, slots=True)
class Baseline:
    """The least every authority must keep; data, so that the ministry can tighten it."""

    user_key_bits: frozenset[int] = frozenset({2048})
    """What the certificate profile has for users: no other size is ever certified."""
    least_authority_key_bits: int = 2048
    least_exponent: int = 65537
    signature_algorithms: frozenset[str] = frozenset(
        {"sha256WithRSAEncryption", "sha384WithRSAEncryption", "sha512WithRSAEncryption"}
    )
    validity_years: int = 3
    """Exactly: the report gives every resident of the country the same term."""
    most_backdated: timedelta = MOST_BACKDATED
    most_authority_key_years: int = 10
    most_years_to_replacement: int = 5
    longest_crl_period: timedelta = timedelta(days=1)
    longest_crl_life: timedelta = timedelta(hours=72)
    least_delta_period: timedelta = timedelta(minutes=15)
    longest_ocsp_response: timedelta = timedelta(hours=1)
    longest_staleness: timedelta = timedelta(hours=24)
    longest_responder: timedelta = timedelta(days=90)
    most_live_responders: int = 16
    longest_cross: timedelta = timedelta(days=5 * 365)
    longest_evidence: timedelta = timedelta(days=90)
    """From an application or a check, or an officer's approval at the bridge, to a certificate."""
    longest_decision: timedelta = timedelta(days=14)
    longest_revocation_request: timedelta = timedelta(days=7)
    most_clock_skew: timedelta = timedelta(minutes=15)
    least_cross_approvers: int = 2
    forbidden_organizations: frozenset[str] = frozenset({"jpki"})
    """Case-folded."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One rule a policy breaks."""

    field: str
    """Dotted path in the policy, e.g. ``user_keys.sizes``."""
    rule: str


def violations(policy: AuthorityPolicy, baseline: Baseline) -> tuple[Violation, ...]:
    """Every rule of ``baseline`` that ``policy`` breaks; empty means it may take effect."""
    return tuple(
        Violation(field, rule) for field, rule, kept in _RULES if not kept(policy, baseline)
    )


_RULES: tuple[tuple[str, str, Callable[[AuthorityPolicy, Baseline], bool]], ...] = (
    (
        "version",
        "must be 1 to 32 letters, digits, dots, hyphens and underscores",
        lambda p, _: bool(VERSION.fullmatch(p.version)),
    ),
    (
        "certificate_policy_oid",
        "must be an object identifier in dotted form",
        lambda p, _: bool(_OID.fullmatch(p.certificate_policy_oid)),
    ),
    (
        "cps_uri",
        "must be an http or https URI in ASCII",
        lambda p, _: _is_web_uri(p.cps_uri),
    ),
    (
        "crl_uri",
        "must be an http or https URI in ASCII with {partition} and {generation} in it",
        lambda p, _: p.crl_uri is None or _is_list_uri(p.crl_uri),
    ),
    (
        # Who fetches the one would get the other.
        "delta_crl_uri",
        "must be such a URI, another than crl_uri, and none without crl.delta_period",
        lambda p, _: (
            p.delta_crl_uri is None
            or (
                p.crl.delta_period is not None
                and p.delta_crl_uri != p.crl_uri
                and _is_list_uri(p.delta_crl_uri)
            )
        ),
    ),
    (
        "ocsp_uri",
        "must be an http or https URI in ASCII",
        lambda p, _: p.ocsp_uri is None or _is_web_uri(p.ocsp_uri),
    ),
    (
        "signature_algorithm",
        "must be one the standards allow",
        lambda p, b: p.signature_algorithm in b.signature_algorithms,
    ),
    (
        "names.organization",
        "must be given, and not be the national service's name",
        lambda p, b: (
            bool(p.names.organization.strip())
            and p.names.organization.strip().casefold() not in b.forbidden_organizations
        ),
    ),
    (
        "names.organization_japanese",
        "must be given",
        lambda p, _: bool(p.names.organization_japanese.strip()),
    ),
    (
        "validity.years",
        "must be the years the standards fix",
        lambda p, b: p.validity.years == b.validity_years,
    ),
    (
        "validity.backdated",
        "must be whole seconds, not negative, and at most the most",
        lambda p, b: (
            timedelta(0) <= p.validity.backdated <= b.most_backdated
            and p.validity.backdated.microseconds == 0
        ),
    ),
    (
        "user_keys.sizes",
        "must hold a size, and none but the profile's",
        lambda p, b: bool(p.user_keys.sizes) and p.user_keys.sizes <= b.user_key_bits,
    ),
    (
        "user_keys.exponents",
        "must hold an exponent; each odd and not below the least",
        lambda p, b: (
            bool(p.user_keys.exponents)
            and all(e % 2 == 1 and e >= b.least_exponent for e in p.user_keys.exponents)
        ),
    ),
    (
        "authority_key.bits",
        "must not be below the least number of bits",
        lambda p, b: p.authority_key.bits >= b.least_authority_key_bits,
    ),
    (
        "authority_key.exponent",
        "must be odd and not below the least",
        lambda p, b: (
            p.authority_key.exponent % 2 == 1 and p.authority_key.exponent >= b.least_exponent
        ),
    ),
    (
        "authority_key.valid_years",
        "must be positive and within the longest term",
        lambda p, b: 0 < p.authority_key.valid_years <= b.most_authority_key_years,
    ),
    (
        "authority_key.replaced_after_years",
        "must leave every user certificate inside the key's term",
        lambda p, b: (
            0 < p.authority_key.replaced_after_years <= b.most_years_to_replacement
            and p.authority_key.replaced_after_years + p.validity.years
            <= p.authority_key.valid_years
        ),
    ),
    (
        "crl.period",
        "must be positive and at most the longest period",
        lambda p, b: timedelta(0) < p.crl.period <= b.longest_crl_period,
    ),
    (
        "crl.next_update",
        "must be longer than the period and at most the longest life",
        lambda p, b: p.crl.period < p.crl.next_update <= b.longest_crl_life,
    ),
    (
        "crl.delta_period",
        "must be none, or at least the least, whole seconds, and shorter than the period",
        lambda p, b: (
            p.crl.delta_period is None
            or (
                b.least_delta_period <= p.crl.delta_period < p.crl.period
                and p.crl.delta_period.microseconds == 0
            )
        ),
    ),
    (
        "crl.reasons",
        "must give every cause a reason, and a change in the register always the same",
        lambda p, _: (
            p.crl.reasons.keys() == _CAUSES
            and p.crl.reasons[RevocationCause.CHANGE_NOTICE] is RevocationReason.AFFILIATION_CHANGED
        ),
    ),
    (
        "ocsp.response_lifetime",
        "must be positive and at most the longest",
        lambda p, b: timedelta(0) < p.ocsp.response_lifetime <= b.longest_ocsp_response,
    ),
    (
        "ocsp.max_staleness",
        "must be positive and at most the longest",
        lambda p, b: timedelta(0) < p.ocsp.max_staleness <= b.longest_staleness,
    ),
    (
        # A responder is renewed in the second half of its life at the earliest, and must then hold
        # for as long as its replica may have to answer alone.
        "ocsp.responder_lifetime",
        "must be at most the longest, and more than twice max_staleness",
        lambda p, b: 2 * p.ocsp.max_staleness < p.ocsp.responder_lifetime <= b.longest_responder,
    ),
    (
        "evidence.submitted_within",
        "must be positive and at most the longest",
        lambda p, b: timedelta(0) < p.evidence.submitted_within <= b.longest_evidence,
    ),
    (
        "evidence.checked_within",
        "must be positive and at most the longest",
        lambda p, b: timedelta(0) < p.evidence.checked_within <= b.longest_evidence,
    ),
    (
        "evidence.decided_within",
        "must be positive and at most the longest",
        lambda p, b: timedelta(0) < p.evidence.decided_within <= b.longest_decision,
    ),
    (
        "evidence.revocation_within",
        "must be positive and at most the longest",
        lambda p, b: timedelta(0) < p.evidence.revocation_within <= b.longest_revocation_request,
    ),
    (
        "evidence.cross_approved_within",
        "must be positive and at most the longest",
        lambda p, b: timedelta(0) < p.evidence.cross_approved_within <= b.longest_evidence,
    ),
    (
        "evidence.clock_skew",
        "must not be negative, and at most the most",
        lambda p, b: timedelta(0) <= p.evidence.clock_skew <= b.most_clock_skew,
    ),
    (
        "evidence.approver_did_not_check",
        "must hold: no officer both checks and decides",
        lambda p, _: p.evidence.approver_did_not_check,
    ),
    (
        "evidence.cross_approvers",
        "must not be below the least number of officers",
        lambda p, b: p.evidence.cross_approvers >= b.least_cross_approvers,
    ),
    (
        "ocsp.live_responders",
        "must be 1 or more and at most as many as the standards allow",
        lambda p, b: 1 <= p.ocsp.live_responders <= b.most_live_responders,
    ),
    (
        "cross.validity",
        "must be whole days, one at least, and at most the longest",
        lambda p, b: (
            timedelta(days=1) <= p.cross.validity <= b.longest_cross
            and p.cross.validity % timedelta(days=1) == timedelta(0)
        ),
    ),
    (
        "partitions.counts",
        "must be 1 to 999 each",
        lambda p, _: all(1 <= n <= MAX_PARTITIONS for n in p.partitions.counts.values()),
    ),
    (
        "sexes",
        "must hold 1 and 2, and only single digits",
        lambda p, _: (
            {"1", "2"} <= p.sexes and all(len(s) == 1 and s in "0123456789" for s in p.sexes)
        ),
    ),
)


def _is_list_uri(uri: str) -> bool:
    return _is_web_uri(uri) and all(part in uri for part in _PARTS_OF_LIST_URI)


def _is_web_uri(uri: str) -> bool:
    return bool(re.fullmatch(r"https?://[!-~]+", uri))
