"""What is answered over OCSP, by generation of the issuer's key and by age."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import NameOID

from openjpki.domain.authority import AuthorityId
from openjpki.domain.certificate_status import KEPT_AFTER_END, CertificateStatus
from openjpki.services.ocsp.named_authorities import (
    Authorities,
    AuthorityGeneration,
    NamedAuthority,
)
from openjpki.services.ocsp.registry.access import Requester
from openjpki.services.ocsp.registry.entries import Registry
from openjpki.services.ocsp.responders.answering import Answering, RefusalError
from openjpki.services.ocsp.responders.responder import Responder, Responders
from openjpki.services.ocsp.status.index_sweep import forget_ended
from openjpki.services.ocsp.status.statuses import AuthorityStatus, Position, Statuses
from openjpki.signer_core import StatusIndex
from openjpki.storage.ocsp.verifiers import VerifierRecord
from openjpki.x509.ocsp import ErrorStatus, IssuerHashes
from tests.support.mesh import SettableClock
from tests.support.status_index import issue, revoke

TOKYO = AuthorityId.signing("13")
VERIFIER = Requester(verifier_id="tax-office", address=None)
NOW = datetime.now(UTC).replace(microsecond=0)
END = NOW + timedelta(days=30)


def self_signed() -> x509.Certificate:
    """An authority's certificate: one DN, a new key each time."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Governor")])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW)
        .not_valid_after(END)
        .sign(key, hashes.SHA256())
    )


GENERATIONS = {number: self_signed() for number in (1, 2)}


def authorities() -> Authorities:
    """One authority with two generations of its key."""
    known = Authorities()
    generations = tuple(
        AuthorityGeneration(
            authority_id=TOKYO,
            generation=number,
            certificate=certificate.public_bytes(Encoding.DER),
            hashes=IssuerHashes.of(certificate.public_bytes(Encoding.DER)),
            active=True,
            response_lifetime=timedelta(hours=1),
        )
        for number, certificate in GENERATIONS.items()
    )
    known.replace([NamedAuthority(TOKYO, generations)])
    return known


class Replica:
    """Answers about serials 5 (good, generation 1) and 6 (revoked, generation 2)."""

    def __init__(self) -> None:
        self.clock = SettableClock()
        self.statuses = Statuses()
        self.index = StatusIndex()
        end = int(END.timestamp())
        issue(self.index, b"\x05", generation=1, not_after=end)
        revoke(self.index, b"\x06", 1, 7, generation=2, not_after=end)
        self.status = status = AuthorityStatus(TOKYO, freshness=30)
        status.position = Position(self.index, 2, time.monotonic(), NOW)
        self.statuses.replace({TOKYO: status})
        responders = Responders()
        for number in GENERATIONS:
            nothing: Any = SimpleNamespace()
            responders.put(
                TOKYO, number, Responder(nothing, nothing, b"", END + timedelta(days=90), END)
            )
        entry = VerifierRecord(
            verifier_id="tax-office",
            display_name="国税庁",
            authority_ids=frozenset({TOKYO}),
            request_signers=frozenset(),
            closed_networks=frozenset(),
            registered_at=NOW,
        )
        registry = Registry([entry])
        self.answering = Answering(
            registry=lambda: registry,
            authorities=authorities(),
            statuses=self.statuses,
            responders=responders,
            clock=self.clock,
            response_lifetime=timedelta(minutes=5),
        )

    def ask(self, serial: int, generation: int) -> CertificateStatus:
        response = self.answering(request(serial, GENERATIONS[generation]), VERIFIER)
        (status,) = response.statuses
        assert response.cacheable is (status is not CertificateStatus.UNKNOWN)
        return status


def request(serial: int, issuer: x509.Certificate) -> bytes:
    key = issuer.public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    digests = IssuerHashes.of(issuer.public_bytes(Encoding.DER)).by_algorithm
    name, key_hash = digests["2.16.840.1.101.3.4.2.1"]
    builder = ocsp.OCSPRequestBuilder().add_certificate_by_hash(
        name, key_hash, serial, hashes.SHA256()
    )
    return builder.build().public_bytes(Encoding.DER)


@pytest.mark.requirement("R4.1.1")
def test_a_serial_is_unknown_under_another_generation() -> None:
    replica = Replica()
    assert replica.ask(5, generation=1) is CertificateStatus.GOOD
    assert replica.ask(5, generation=2) is CertificateStatus.UNKNOWN
    assert replica.ask(6, generation=2) is CertificateStatus.REVOKED
    assert replica.ask(6, generation=1) is CertificateStatus.UNKNOWN


def test_a_generation_without_responder_is_asked_later() -> None:
    replica = Replica()
    del replica.answering.responders._by_issuer[TOKYO, 2]
    assert replica.ask(5, generation=1) is CertificateStatus.GOOD
    with pytest.raises(RefusalError) as refusal:
        replica.ask(6, generation=2)
    assert refusal.value.status is ErrorStatus.TRY_LATER


@pytest.mark.requirement("R3.2")
def test_a_certificate_is_unknown_a_day_after_its_end() -> None:
    replica = Replica()
    a_minute = timedelta(minutes=1)
    replica.clock.offset = END + KEPT_AFTER_END - a_minute - datetime.now(UTC)
    assert forget_ended(replica.status, replica.clock) == 0
    assert replica.ask(5, generation=1) is CertificateStatus.GOOD
    assert replica.ask(6, generation=2) is CertificateStatus.REVOKED
    replica.clock.offset += 2 * a_minute
    assert forget_ended(replica.status, replica.clock) == 2
    assert replica.ask(5, generation=1) is CertificateStatus.UNKNOWN
    assert replica.ask(6, generation=2) is CertificateStatus.UNKNOWN
