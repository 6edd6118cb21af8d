"""Certifying a delegated OCSP responder's key (RFC 6960, 4.2.2.2)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from openjpki.domain.policy import begins
from openjpki.domain.serial import serial_to_bytes
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ca.authorities.authority import Authority, require_active
from openjpki.services.ca.issuance.steps import (
    CSR_FIELD,
    Prepared,
    in_one_view,
    issue_once,
)
from openjpki.storage.ca import issuances, responder_keys, used_keys
from openjpki.storage.ca.issuances import Intent
from openjpki.storage.ca.issued import Issued, issued
from openjpki.storage.ca.kinds import AUTHORITY_PARTITION, CertificateKind
from openjpki.storage.ca.responder_keys import ResponderKeyState
from openjpki.x509.profiles.names import responder_name
from openjpki.x509.profiles.responder import responder_to_sign
from openjpki.x509.profiles.responder_profile import ResponderProfile

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.generation import Generation
    from openjpki.services.ca.context import CaContext
    from openjpki.storage.ca.responder_keys import LiveCertificate
    from openjpki.storage.kernel.requests import RequestKey
    from openjpki.storage.kernel.transaction import Reading, Transaction
    from openjpki.x509.foreign.csr import CertificateRequest


_SHARE_BACKDATED = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponderOrder:
    """Whose responder is to be certified."""

    authority_id: AuthorityId
    generation: int | None
    """The one that is to sign, which answers for its own certificates; None: that which issues."""
    certification_request: CertificateRequest
    """With the responder's key."""
    replica: str
    """Which asks, as its credential names it; empty where that names none."""


def issue_responder(
    ca: CaContext, lifetime: timedelta, order: ResponderOrder, request_key: RequestKey
) -> Issued:
    """The certificate, the same on a retry.

    ``lifetime`` may shorten what the authority's policy allows. A certificate of the key that has
    more than half of its time before it is given again.

    Raises the reasons that the contract names, before anything is signed.
    """
    csr = order.certification_request
    with ca.fence.writing(order.authority_id) as writer:
        present = writer.run(lambda tx: _present(ca, tx, order, csr, request_key))
    if present is not None:
        return present

    def check(tx: Reading) -> Authority:
        used_keys.require_usable(tx, csr.fingerprint, CertificateKind.RESPONDER)
        authority = require_active(tx, order.authority_id)
        issuer = authority.require_signing_lists(order.generation)
        _require_enrolled(tx, order, csr)
        require_room(tx, authority, issuer, taken=0)
        return authority

    def require_room(tx: Reading, authority: Authority, issuer: Generation, *, taken: int) -> None:
        """``taken``: of those that are counted, the one that is about to be made."""
        live = len(_live(ca, tx, order, issuer)) - taken
        if live >= authority.policy.ocsp.live_responders:
            raise OpenJpkiError(
                Reason.RESPONDER_LIMIT,
                "has as many valid certificates as policy allows one replica",
                field=CSR_FIELD,
            )

    def build(authority: Authority, serial: int, at: datetime) -> Prepared:
        issuer = authority.require_signing_lists(order.generation)

        def still(tx: Transaction) -> None:
            # Calls of one replica one after the other, so that each counts those before it.
            responder_keys.queue_for(tx, order.authority_id, order.replica)
            _require_enrolled(tx, order, csr)
            require_room(tx, authority, issuer, taken=1)

        prepared = _prepare(authority, issuer, csr, request_key, serial, at, lifetime)
        return replace(prepared, alongside=still)

    return issue_once(
        ca,
        order.authority_id,
        judge=lambda: in_one_view(ca, request_key, check),
        build=build,
    )


def _present(
    ca: CaContext,
    tx: Transaction,
    order: ResponderOrder,
    csr: CertificateRequest,
    request_key: RequestKey,
) -> Issued | None:
    """The certificate that the key has, if that is good enough; else None."""
    given = ca.requests.find(tx, request_key)
    if given is not None:
        return issued(tx, order.authority_id, given)
    if issuances.begun_by(tx, request_key) is not None:
        return None
    authority = require_active(tx, order.authority_id)
    issuer = authority.require_signing_lists(order.generation)
    _require_enrolled(tx, order, csr)
    now = ca.clock.now()
    for one in reversed(_live(ca, tx, order, issuer)):
        of_key = one.signed and one.key_sha256 == csr.fingerprint
        # Not one of the future, which a clock that was wrong has made: no verifier takes it now.
        holds = one.not_before <= now
        if of_key and holds and one.not_after - now > (one.not_after - one.not_before) / 2:
            # No issuance has this call's id: what it was given is kept here.
            ca.requests.remember(tx, request_key, one.serial, now)
            return issued(tx, order.authority_id, one.serial)
    return None


def _live(
    ca: CaContext, tx: Reading, order: ResponderOrder, issuer: Generation
) -> list[LiveCertificate]:
    return responder_keys.live_certificates(
        tx, order.authority_id, order.replica, issuer.number, ca.clock.now()
    )


def _require_enrolled(tx: Reading, order: ResponderOrder, csr: CertificateRequest) -> None:
    """Of a stolen credential nothing comes without a key that operators have enrolled for it."""
    key = responder_keys.get(tx, order.authority_id, csr.fingerprint)
    if (
        key is None
        or key.state is not ResponderKeyState.ENROLLED
        or not order.replica
        or key.replica != order.replica
    ):
        raise OpenJpkiError(
            Reason.RESPONDER_KEY_NOT_ENROLLED,
            "holds a key that is not enrolled for the replica of this credential",
            field=CSR_FIELD,
        )


def _prepare(
    authority: Authority,
    issuer: Generation,
    csr: CertificateRequest,
    request_key: RequestKey,
    serial: int,
    at: datetime,
    lifetime: timedelta,
) -> Prepared:
    lifetime = min(lifetime, authority.policy.ocsp.responder_lifetime)
    # Of a certificate for minutes, a tenth of them.
    backdated = min(authority.policy.validity.backdated, lifetime // _SHARE_BACKDATED)
    not_before = begins(at, backdated, issuer.not_before)
    profile = ResponderProfile(
        name=responder_name(authority.name),
        spki_der=csr.spki_der,
        serial=serial,
        not_before=not_before,
        lifetime=min(lifetime, issuer.not_after - not_before),
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
            not_before=not_before,
            not_after=profile.not_after,
            intended_at=at,
        ),
        issuer,
        checked,
        {},
    )
