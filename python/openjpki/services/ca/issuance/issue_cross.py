"""Signing a cross certificate for a partner's authority (R4.4)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from openjpki.domain.evidence import CrossDirection
from openjpki.domain.policy import begins
from openjpki.domain.serial import serial_to_bytes
from openjpki.errors import OpenJpkiError, Reason
from openjpki.evidence.cross_statements import cross_certification_approved
from openjpki.evidence.verification import Presented, require_cross_certification
from openjpki.services.ca.authorities.authority import Authority, require_active
from openjpki.services.ca.issuance.steps import Prepared, in_one_view, issue_once
from openjpki.services.ca.keep_evidence import keep_evidence
from openjpki.services.common.officers.known_officers import KnownOfficers
from openjpki.storage.ca import used_keys
from openjpki.storage.ca.evidence import EvidencedAct
from openjpki.storage.ca.issuances import Intent
from openjpki.storage.ca.kinds import AUTHORITY_PARTITION, CertificateKind
from openjpki.x509.profiles.cross import cross_to_sign
from openjpki.x509.profiles.cross_profile import CrossProfile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.evidence import CrossCertificationApproved, OfficerSignature
    from openjpki.services.ca.context import CaContext
    from openjpki.storage.ca.issued import Issued
    from openjpki.storage.kernel.acts import Value
    from openjpki.storage.kernel.requests import RequestKey
    from openjpki.storage.kernel.transaction import Reading
    from openjpki.x509.foreign.partner import Partner

_OFFICERS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossOrder:
    """A cross certificate that officers of the bridge have approved there."""

    authority_id: AuthorityId
    partner: Partner
    """As its PKCS#10 names it, with the key there."""
    certification_request: bytes
    """That PKCS#10, DER, which officers signed for."""
    mappings: tuple[tuple[str, str], ...]
    """Policies of the issuer's domain, each with that of the subject's; dotted."""
    cross_certification_id: str
    """UUID in lower case, at the bridge."""
    approvals: tuple[OfficerSignature, ...]
    validity_days: int
    """0: as long as policy allows."""

    def __post_init__(self) -> None:
        """Refuse fewer than two different officers: ``SAME_OFFICER``."""
        if len({one.occasion.officer for one in self.approvals}) < _OFFICERS:
            raise OpenJpkiError(
                Reason.SAME_OFFICER, "must be of two different officers", field="approvals"
            )

    def presented(self) -> list[Presented[CrossCertificationApproved]]:
        """What each of them must have signed. Raises ``INVALID_FIELD``, ``MALFORMED_DER``."""
        return [
            Presented(
                statement=cross_certification_approved(
                    one.occasion,
                    cross_certification_id=self.cross_certification_id,
                    # The authority itself is the partner that issues to the service bridge.
                    partner_id=str(self.authority_id),
                    direction=CrossDirection.FROM_PARTNER,
                    certification_request=self.certification_request,
                    offered=None,
                    policy_mappings=self.mappings,
                    # The officers leave it to policy; a shorter one than that is the bridge's word.
                    validity_days=0,
                ),
                signature=one,
                field=f"approvals[{number}]",
            )
            for number, one in enumerate(self.approvals)
        ]


def issue_cross(ca: CaContext, order: CrossOrder, request_key: RequestKey) -> Issued:
    """The certificate, the same on a retry.

    Raises the reasons that the contract names, before anything is signed.
    """
    fingerprint = hashlib.sha256(order.partner.spki_der).digest()
    approved = order.presented()

    def check(tx: Reading) -> Authority:
        used_keys.require_usable(tx, fingerprint, CertificateKind.CROSS)
        authority = require_active(tx, order.authority_id)
        _require_validity(order, authority)
        require_cross_certification(
            KnownOfficers(tx, order.approvals),
            approved,
            policy=authority.policy.evidence,
            now=ca.clock.now(),
        )
        return authority

    def build(authority: Authority, serial: int, at: datetime) -> Prepared:
        profile = _profile(order, authority, serial, at)
        return _prepare(authority, order.partner, profile, request_key, approved, at)

    return issue_once(
        ca,
        order.authority_id,
        judge=lambda: in_one_view(ca, request_key, check),
        build=build,
    )


def _profile(order: CrossOrder, authority: Authority, serial: int, at: datetime) -> CrossProfile:
    issuer = authority.current
    not_before = begins(at, authority.policy.validity.backdated, issuer.not_before)
    return CrossProfile(
        serial=serial,
        not_before=not_before,
        not_after=min(not_before + _validity(order, authority), issuer.not_after),
        policies=tuple(dict.fromkeys(mine for mine, _ in order.mappings)),
        mappings=tuple(pair for pair in order.mappings if pair[0] != pair[1]),
        signature=authority.policy.signature_algorithm,
    )


def _validity(order: CrossOrder, authority: Authority) -> timedelta:
    asked = timedelta(days=order.validity_days)
    return asked or authority.policy.cross.validity


def _require_validity(order: CrossOrder, authority: Authority) -> None:
    if _validity(order, authority) > authority.policy.cross.validity:
        raise OpenJpkiError(
            Reason.CROSS_CERTIFICATE_REFUSED,
            "must be no longer than the authority's policy allows",
            field="validity_days",
        )


def _prepare(
    authority: Authority,
    partner: Partner,
    profile: CrossProfile,
    request_key: RequestKey,
    approved: Sequence[Presented[CrossCertificationApproved]],
    at: datetime,
) -> Prepared:
    checked = cross_to_sign(profile, partner, authority.current.certificate)
    return Prepared(
        Intent(
            authority_id=authority.authority_id,
            serial=serial_to_bytes(profile.serial),
            request=request_key,
            kind=CertificateKind.CROSS,
            tbs=checked.octets,
            generation=authority.current.number,
            key_fingerprint=hashlib.sha256(partner.spki_der).digest(),
            partition=AUTHORITY_PARTITION,
            not_before=profile.not_before,
            not_after=profile.not_after,
            intended_at=at,
        ),
        authority.current,
        checked,
        _facts(approved),
        lambda tx: keep_evidence(
            tx,
            authority.authority_id,
            serial_to_bytes(profile.serial),
            EvidencedAct.ISSUANCE,
            approved,
        ),
    )


def _facts(approved: Sequence[Presented[CrossCertificationApproved]]) -> Mapping[str, Value]:
    """Who signed, and the SHA-256 of each signature, for the journal."""
    first, second, *_ = approved
    return {
        "cross_certification": first.statement.cross_certification_id,
        "checked_by": str(first.officer),
        "checked_sha256": hashlib.sha256(first.signature.signature).hexdigest(),
        "approved_by": str(second.officer),
        "approved_sha256": hashlib.sha256(second.signature.signature).hexdigest(),
    }
