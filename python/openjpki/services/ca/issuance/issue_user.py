"""⑥: certifying a person's public key (R1.3.4, R2.5.1 to R2.5.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.domain.person.sex import Sex
from openjpki.domain.policy import validity
from openjpki.domain.serial import serial_to_bytes
from openjpki.domain.window import MAX_SEQUENCE, SubjectCommonName
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ca.authorities.authority import Authority, active_of
from openjpki.services.ca.issuance.renewal import require_renewable
from openjpki.services.ca.issuance.steps import CSR_FIELD, Prepared, issue_once
from openjpki.services.ca.issuance.user_evidence import UserEvidence
from openjpki.storage.ca import issuances
from openjpki.storage.ca.issuance_question import judged_by
from openjpki.storage.ca.issuances import Holder, Intent
from openjpki.storage.ca.kinds import CertificateKind
from openjpki.x509.profiles.user_certificate import (
    UserCertificateFields,
    UserCertificateIssuer,
    issuer_for,
)

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.services.ca.context import CaContext
    from openjpki.services.ca.issuance.user_order import UserOrder
    from openjpki.storage.ca.issuances import Begun
    from openjpki.storage.ca.issued import Issued
    from openjpki.storage.kernel.requests import RequestKey


def issue_user(ca: CaContext, order: UserOrder, request_key: RequestKey) -> Issued:
    """The certificate, the same on a retry.

    Raises the reasons that the contract names, before anything is signed.
    """
    csr = order.certification_request
    evidence = UserEvidence.of(order, csr.fingerprint)
    renews = order.renews

    def judge() -> Authority | Begun:
        found = ca.database.ask(
            lambda tx: judged_by(tx, request_key, order.authority_id, evidence.fingerprints)
        )
        if found.begun is not None:
            return found.begun
        authority = active_of(found.authority)
        # Before anything else is said about the person or the key: who has no officer's word
        # learns nothing here.
        evidence.require(found, authority.policy.evidence, ca.clock.now())
        if renews is not None:
            # In one view: of another call with this id that came first, the end of what is renewed
            # is never seen without the intent.
            with ca.database.reading() as tx:
                faster = issuances.begun_by(tx, request_key)
                if faster is not None:
                    return faster
                require_renewable(tx, authority, renews, order.person_reference)
        Sex.parse(order.attributes.sex.code, allowed=authority.policy.sexes, field="attributes.sex")
        authority.policy.user_keys.require(csr.modulus.bit_length(), csr.exponent, field=CSR_FIELD)
        # Here too, before anything is built: registration repeats a call that is refused for this.
        _validity(authority, ca.clock.now())
        return authority

    def build(authority: Authority, serial: int, at: datetime) -> Prepared:
        return _prepare(authority, order, evidence, request_key, serial, at)

    return issue_once(ca, order.authority_id, judge=judge, build=build)


def _prepare(
    authority: Authority,
    order: UserOrder,
    evidence: UserEvidence,
    request_key: RequestKey,
    serial: int,
    at: datetime,
) -> Prepared:
    not_before, not_after = _validity(authority, at)
    partition = authority.policy.partitions.assign(order.municipality, serial).text
    fields = UserCertificateFields(
        serial=serial,
        not_before=int(not_before.timestamp()),
        not_after=int(not_after.timestamp()),
        prefecture=authority.prefecture.romanised,
        municipality=order.municipality.romanised,
        common_name=SubjectCommonName(
            at,
            # The serial is random, so two certificates of one second and window hardly get the same
            # sequence; were they to, the serial would still tell them apart.
            serial % (MAX_SEQUENCE + 1),
            order.window,
        ).text,
        spki_der=order.certification_request.spki_der,
        name=order.name.text,
        birth_date=order.attributes.birth_date.certified,
        sex=order.attributes.sex.code,
        address=order.address.text,
        name_substitutions=order.name.mask,
        address_substitutions=order.address.mask,
        partition_der=authority.partition_der(partition),
        partition_url=authority.policy.list_address(partition, authority.current.number),
    )
    (checked,) = _issuer(authority).to_be_signed([fields])
    return Prepared(
        Intent(
            authority_id=authority.authority_id,
            serial=serial_to_bytes(serial),
            request=request_key,
            kind=CertificateKind.USER,
            tbs=checked.octets,
            generation=authority.current.number,
            key_fingerprint=order.certification_request.fingerprint,
            partition=partition,
            not_before=not_before,
            not_after=not_after,
            intended_at=at,
            holder=Holder(
                person_reference=order.person_reference,
                application_id=order.application_id,
                municipality_code=order.municipality.code,
            ),
            renews=order.renews,
        ),
        authority.current,
        checked,
        {
            "application_id": order.application_id,
            "municipality_code": order.municipality.code,
            "window_id": order.window.text,
            **({} if order.renews is None else {"renews": order.renews.hex()}),
            **evidence.facts(),
        },
        beside=evidence.beside(authority.authority_id, serial_to_bytes(serial)),
    )


def _validity(authority: Authority, at: datetime) -> tuple[datetime, datetime]:
    """Raises ``AUTHORITY_NOT_ACTIVE`` when the authority's key is to certify no user any more, or
    would not outlive the certificate."""
    begin = authority.current.not_before
    if at >= authority.policy.authority_key.certifies_users_until(begin):
        raise OpenJpkiError(
            Reason.AUTHORITY_NOT_ACTIVE,
            "has a key that is to be replaced by now",
            field="authority_id",
        )
    not_before, not_after = validity(at, authority.policy.validity)
    if not_after > authority.current.not_after:
        raise OpenJpkiError(
            Reason.AUTHORITY_NOT_ACTIVE,
            "would end before a certificate issued now; its key must be replaced",
            field="authority_id",
        )
    return max(not_before, begin), not_after


def _issuer(authority: Authority) -> UserCertificateIssuer:
    policy = authority.policy
    return issuer_for(
        authority.current.certificate,
        policy_oid=policy.certificate_policy_oid,
        cps_url=policy.cps_uri,
        ocsp_url=policy.ocsp_uri,
        signature=policy.signature_algorithm,
    )
