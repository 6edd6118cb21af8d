"""Certifying a delegated OCSP responder's key (RFC 6960, 4.2.2.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.domain.serial import serial_to_bytes
from openjpki.services.ca.authorities.authority import Authority, require_active
from openjpki.services.ca.issuance.steps import CSR_FIELD, Prepared, issue_once
from openjpki.storage.ca import used_keys
from openjpki.storage.ca.issuances import Intent
from openjpki.storage.ca.kinds import AUTHORITY_PARTITION, CertificateKind
from openjpki.x509.foreign.csr import parse_csr
from openjpki.x509.foreign.key_rules import KeyRule
from openjpki.x509.foreign.weak_keys import refuse_weak_key
from openjpki.x509.profiles.names import responder_name
from openjpki.x509.profiles.responder import responder_to_sign
from openjpki.x509.profiles.responder_profile import ResponderProfile

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.generation import Generation
    from openjpki.services.ca.context import CaContext
    from openjpki.storage.kernel.requests import RequestKey
    from openjpki.storage.kernel.transaction import Reading
    from openjpki.x509.foreign.csr import CertificateRequest

_RESPONDER_KEYS = KeyRule(2048, 4096)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponderOrder:
    """Whose responder is to be certified."""

    authority_id: AuthorityId
    generation: int | None
    """The one that is to sign, which answers for its own certificates; None: that which issues."""
    certification_request: bytes
    """PKCS#10 with the responder's key, DER."""


def issue_responder(
    ca: CaContext, lifetime: timedelta, order: ResponderOrder, request_key: RequestKey
) -> bytes:
    """The serialised response, the same on a retry.

    ``lifetime`` may shorten what the authority's policy allows.

    Raises the reasons that the contract names, before anything is signed.
    """
    csr = parse_csr(order.certification_request, rule=_RESPONDER_KEYS, field=CSR_FIELD)
    refuse_weak_key(csr.modulus, csr.exponent, field=CSR_FIELD)

    def check(tx: Reading) -> Authority:
        used_keys.require_usable(tx, csr.fingerprint, CertificateKind.RESPONDER)
        authority = require_active(tx, order.authority_id)
        authority.require_signing_lists(order.generation)
        return authority

    def build(authority: Authority, serial: int, at: datetime) -> Prepared:
        issuer = authority.require_signing_lists(order.generation)
        return _prepare(authority, issuer, csr, request_key, serial, at, lifetime)

    return issue_once(ca, request_key, order.authority_id, check=check, build=build)


def _prepare(
    authority: Authority,
    issuer: Generation,
    csr: CertificateRequest,
    request_key: RequestKey,
    serial: int,
    at: datetime,
    lifetime: timedelta,
) -> Prepared:
    profile = ResponderProfile(
        name=responder_name(authority.name),
        spki_der=csr.spki_der,
        serial=serial,
        not_before=at,
        lifetime=min(
            lifetime,
            authority.policy.ocsp.responder_lifetime,
            issuer.not_after - at,
        ),
        signature=authority.policy.signature_algorithm,
    )
    checked = responder_to_sign(profile, issuer.certificate)
    return Prepared(
        Intent(
            authority_id=authority.authority_id,
            serial=serial_to_bytes(serial),
            request=request_key,
            kind=CertificateKind.RESPONDER,
            tbs=checked.octets,
            generation=issuer.number,
            key_fingerprint=csr.fingerprint,
            partition=AUTHORITY_PARTITION,
            not_before=at,
            not_after=profile.not_after,
            intended_at=at,
        ),
        issuer,
        checked,
        {},
    )
