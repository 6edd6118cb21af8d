"""Signing a cross certificate for a partner's authority (R4.4)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from openjpki.domain.serial import serial_to_bytes
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ca.authorities.authority import Authority, require_active
from openjpki.services.ca.issuance.steps import CSR_FIELD, Prepared, issue_once
from openjpki.storage.ca import used_keys
from openjpki.storage.ca.issuances import Intent
from openjpki.storage.ca.kinds import AUTHORITY_PARTITION, CertificateKind
from openjpki.x509.foreign.partner import partner_from_csr
from openjpki.x509.foreign.weak_keys import refuse_weak_key
from openjpki.x509.profiles.cross import cross_to_sign
from openjpki.x509.profiles.cross_profile import CrossProfile

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.domain.authority import AuthorityId
    from openjpki.services.ca.context import CaContext
    from openjpki.storage.kernel.requests import RequestKey
    from openjpki.storage.kernel.transaction import Reading
    from openjpki.x509.foreign.partner import Partner

DEFAULT_VALIDITY = timedelta(days=3 * 365)
_OFFICERS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossOrder:
    """A cross certificate that officers of the bridge have approved there."""

    authority_id: AuthorityId
    certification_request: bytes
    """The partner's PKCS#10, DER; its subject is the partner's name."""
    mappings: tuple[tuple[str, str], ...]
    """Policies of the issuer's domain, each with that of the subject's; dotted."""
    approved_by: tuple[str, ...]
    validity: timedelta | None
    """None: :data:`DEFAULT_VALIDITY`."""

    def __post_init__(self) -> None:
        """Refuse fewer than two different officers: ``SAME_OFFICER``."""
        if len(set(self.approved_by)) < _OFFICERS:
            raise OpenJpkiError(
                Reason.SAME_OFFICER, "must name two different officers", field="approved_by"
            )


def issue_cross(ca: CaContext, order: CrossOrder, request_key: RequestKey) -> bytes:
    """The serialised response, the same on a retry.

    Raises the reasons that the contract names, before anything is signed.
    """
    partner = partner_from_csr(order.certification_request, field=CSR_FIELD)
    refuse_weak_key(partner.modulus, partner.exponent, field=CSR_FIELD)
    fingerprint = hashlib.sha256(partner.spki_der).digest()

    def check(tx: Reading) -> Authority:
        used_keys.require_usable(tx, fingerprint, CertificateKind.CROSS)
        return require_active(tx, order.authority_id)

    def build(authority: Authority, serial: int, at: datetime) -> Prepared:
        profile = _profile(order, authority, serial, at)
        return _prepare(authority, partner, profile, request_key, order.approved_by)

    return issue_once(ca, request_key, order.authority_id, check=check, build=build)


def _profile(order: CrossOrder, authority: Authority, serial: int, at: datetime) -> CrossProfile:
    return CrossProfile(
        serial=serial,
        not_before=at,
        not_after=min(at + (order.validity or DEFAULT_VALIDITY), authority.current.not_after),
        policies=tuple(dict.fromkeys(mine for mine, _ in order.mappings)),
        mappings=tuple(pair for pair in order.mappings if pair[0] != pair[1]),
        signature=authority.policy.signature_algorithm,
    )


def _prepare(
    authority: Authority,
    partner: Partner,
    profile: CrossProfile,
    request_key: RequestKey,
    officers: tuple[str, ...],
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
            intended_at=profile.not_before,
        ),
        authority.current,
        checked,
        {"checked_by": officers[0], "approved_by": officers[1]},
    )
