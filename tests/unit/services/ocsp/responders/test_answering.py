"""What is answered over OCSP, by generation of the issuer's key and by age."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from asn1crypto import ocsp as asn1_ocsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import example, given
from hypothesis import strategies as st

from openjpki.domain.authority import AuthorityId
from openjpki.domain.certificate_status import KEPT_AFTER_END, CertificateStatus
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ocsp.named_authorities import (
    Authorities,
    AuthorityGeneration,
    NamedAuthority,
)
from openjpki.services.ocsp.registry.access import Requester
from openjpki.services.ocsp.registry.entries import Registry
from openjpki.services.ocsp.responders.answering import Answering, RefusalError
from openjpki.services.ocsp.responders.responder import Responder, Responders
from openjpki.services.ocsp.status.index_sweep import IndexSweep, forget_ended
from openjpki.services.ocsp.status.statuses import AuthorityStatus, Knowledge, Position, Statuses
from openjpki.signer_core import StatusIndex
from openjpki.storage.ocsp.verifiers import VerifierRecord
from openjpki.x509 import ocsp
from openjpki.x509.ocsp import ErrorStatus, IssuerHashes
from tests.support.mesh import SettableClock
from tests.support.status_bounds import bounds
from tests.support.status_index import issue, revoke

SAMPLES = Path(__file__).parents[4] / "conformance/data/ocsp"
TOKYO = AuthorityId.signing("13")
VERIFIER = Requester(verifier_id="tax-office", address=None)
NOW = datetime.now(UTC).replace(microsecond=0)
END = NOW + timedelta(days=30)
STALENESS = timedelta(hours=6)


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
            max_staleness=STALENESS,
        )
        for number, certificate in GENERATIONS.items()
    )
    known.replace([NamedAuthority(TOKYO, generations, STALENESS)])
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
        self.status = status = AuthorityStatus(TOKYO, self.clock, bounds())
        self.heard()
        self.statuses.replace({TOKYO: status})
        responders = Responders()
        for number in GENERATIONS:
            nothing: Any = SimpleNamespace()
            responders.put(
                TOKYO,
                number,
                Responder(
                    nothing,
                    nothing,
                    b"",
                    b"\x01",
                    NOW - timedelta(days=1),
                    END + timedelta(days=90),
                ),
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

    def heard(self, seconds_ago: float = 0) -> int:
        """From ca, so long ago; the second that it was true as of, since 1970."""
        as_of = self.clock.now() - timedelta(seconds=seconds_ago)
        self.status.position = Position(self.index, 2, time.monotonic() - seconds_ago, as_of)
        return int(as_of.timestamp())

    def ask(self, serial: int, generation: int) -> CertificateStatus:
        response = self.answering(
            self.answering.read(request(serial, issuer=GENERATIONS[generation])), VERIFIER
        )
        (status,) = response.statuses
        assert response.cacheable is (status is not CertificateStatus.UNKNOWN)
        return status


def refused(replica: Replica, *serials: int, generation: int = 1) -> ErrorStatus:
    """Why there is no answer."""
    with pytest.raises(RefusalError) as refusal:
        replica.answering(
            replica.answering.read(request(*serials, issuer=GENERATIONS[generation])), VERIFIER
        )
    return refusal.value.status


def request(*serials: int, issuer: x509.Certificate) -> bytes:
    """DER of an OCSPRequest for certificates of one issuer, which ``cryptography`` makes for one
    alone."""
    digests = IssuerHashes.of(issuer.public_bytes(Encoding.DER)).by_algorithm
    name, key_hash = digests["2.16.840.1.101.3.4.2.1"]
    der: bytes = asn1_ocsp.OCSPRequest(
        {
            "tbs_request": {
                "request_list": [
                    {
                        "req_cert": {
                            "hash_algorithm": {"algorithm": "sha256"},
                            "issuer_name_hash": name,
                            "issuer_key_hash": key_hash,
                            "serial_number": serial,
                        }
                    }
                    for serial in serials
                ]
            }
        }
    ).dump()
    return der


def test_that_a_number_is_no_certificates_is_told_at_every_age() -> None:
    """Nothing changes it; found with a nextUpdate before the answer was made."""
    replica = Replica()
    replica.heard(seconds_ago=7 * 3600)
    status, this_update, next_update = answer(replica, 1 << 167)
    assert status is CertificateStatus.UNKNOWN
    assert this_update < replica.clock.now().timestamp() - 6 * 3600
    assert next_update > replica.clock.now().timestamp()


@pytest.mark.requirement("R4.1.1")
@pytest.mark.parametrize("octets", [20, 21, 22])
def test_numbers_that_no_certificate_has_are_unknown(octets: int) -> None:
    """RFC 6960 2.2, RFC 5280 4.1.2.2; found as tryLater, to which clients have no end."""
    assert Replica().ask((1 << (8 * octets - 2)) + 5, 1) is CertificateStatus.UNKNOWN


def test_a_strangers_signature_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A signed request with seventeen certificates of RSA keys whose exponents have 3072 bits each:
    found to take seconds of the event loop. None of them was registered, so none is read."""
    answering = Replica().answering
    monkeypatch.setattr(
        ocsp, "read_certificate", lambda *_a, **_k: pytest.fail("a certificate was read")
    )
    asked = answering.read((SAMPLES / "ocsp_signed_rsa3072e.der").read_bytes())
    assert asked.signature is not None
    assert len(asked.signature.certificates) == 17
    for stranger in (
        Requester(verifier_id=None, address=None),
        Requester(verifier_id=None, address=ip_address("192.0.2.1")),
    ):
        assert not answering.verifies(asked, stranger)
        with pytest.raises(RefusalError) as refusal:
            answering(asked, stranger)
        assert refusal.value.status is ErrorStatus.UNAUTHORIZED


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
    replica.heard()
    assert forget_ended(replica.status, replica.clock.now()) == 0
    assert replica.ask(5, generation=1) is CertificateStatus.GOOD
    assert replica.ask(6, generation=2) is CertificateStatus.REVOKED
    replica.clock.offset += 2 * a_minute
    replica.heard()
    assert forget_ended(replica.status, replica.clock.now()) == 2
    assert replica.ask(5, generation=1) is CertificateStatus.UNKNOWN
    assert replica.ask(6, generation=2) is CertificateStatus.UNKNOWN


def test_a_clock_that_jumps_ahead_drops_nothing_from_the_index() -> None:
    """The replica's clock, ca's, or the one that both have: what was dropped would be unknown."""
    passed = 0.0
    replica = Replica()
    sweep = IndexSweep(replica.statuses, replica.clock, counter=lambda: passed)
    sweep()
    replica.clock.offset = timedelta(days=400)
    for heard in (False, True):
        if heard:
            replica.heard()
        passed += 60.0
        sweep()
    replica.clock.offset = timedelta(0)
    replica.heard()
    sweep()
    assert replica.ask(5, generation=1) is CertificateStatus.GOOD
    assert replica.ask(6, generation=2) is CertificateStatus.REVOKED
    # Time that passed drops, if the clock says so too.
    passed += timedelta(days=32).total_seconds()
    sweep()
    assert len(replica.index) == 2
    replica.clock.offset = timedelta(days=32)
    sweep()
    assert len(replica.index) == 0


# -- age --------------------------------------------------------------------------------------


HOUR = timedelta(hours=1)


def answer(
    replica: Replica, serial: int, *, generation: int = 1
) -> tuple[CertificateStatus, float, float]:
    """Status, thisUpdate and nextUpdate."""
    response = replica.answering(
        replica.answering.read(request(serial, issuer=GENERATIONS[generation])), VERIFIER
    )
    (status,) = response.statuses
    return status, response.this_update.timestamp(), response.next_update.timestamp()


@pytest.mark.requirement("R4.1.1")
def test_without_ca_good_is_answered_as_of_then_until_the_bound() -> None:
    replica = Replica()
    heard = replica.heard()
    minutes = timedelta(minutes=5)
    for age, life in (
        (timedelta(0), minutes),
        (HOUR, minutes),
        (6 * HOUR - timedelta(minutes=2), timedelta(minutes=2)),
    ):
        replica.clock.offset = age
        status, this_update, next_update = answer(replica, 5)
        assert (status, this_update) == (CertificateStatus.GOOD, heard)
        assert next_update <= heard + STALENESS.total_seconds()
        now = replica.clock.now().timestamp()
        assert now < next_update <= now + life.total_seconds()
    replica.clock.offset = 6 * HOUR
    assert refused(replica, 5) is ErrorStatus.TRY_LATER


@pytest.mark.requirement("R4.1.1")
def test_revoked_is_answered_at_every_age() -> None:
    replica = Replica()
    heard = replica.heard()
    for age in (timedelta(0), HOUR, 7 * HOUR, timedelta(days=40)):
        replica.clock.offset = age
        status, this_update, next_update = answer(replica, 6, generation=2)
        assert (status, this_update) == (CertificateStatus.REVOKED, heard)
        now = replica.clock.now().timestamp()
        assert now < next_update <= now + 300


def test_a_number_that_may_have_been_issued_since_is_not_called_unknown() -> None:
    replica = Replica()
    replica.heard()
    assert replica.ask(7, generation=1) is CertificateStatus.UNKNOWN
    replica.clock.offset = timedelta(seconds=31)
    assert refused(replica, 7) is ErrorStatus.TRY_LATER
    # A request is answered whole or not at all.
    assert replica.ask(5, generation=1) is CertificateStatus.GOOD
    assert refused(replica, 5, 7) is ErrorStatus.TRY_LATER


def test_no_answer_outlives_its_responder() -> None:
    replica = Replica()
    replica.heard()
    soon = replica.clock.now().replace(microsecond=0) + timedelta(seconds=90)
    for generation in GENERATIONS:
        kept = replica.answering.responders.get(TOKYO, generation)
        assert kept is not None
        replica.answering.responders.put(TOKYO, generation, replace(kept, not_after=soon))
    for serial, generation in ((5, 1), (6, 2)):
        assert answer(replica, serial, generation=generation)[2] == soon.timestamp()
        replica.clock.offset = timedelta(seconds=90)
        assert refused(replica, serial, generation=generation) is ErrorStatus.TRY_LATER
        replica.clock.offset = timedelta(0)


@given(
    age=st.timedeltas(timedelta(0), STALENESS + timedelta(seconds=2)),
    heard=st.integers(0, 999_999),
    back=st.timedeltas(timedelta(0), timedelta(hours=8)),
)
@example(age=STALENESS - timedelta(milliseconds=150), heard=100_000, back=timedelta(seconds=0.2))
def test_whatever_may_be_told_holds_for_a_while(
    age: timedelta, heard: int, back: timedelta
) -> None:
    """Also in the last second before the bound, by a clock that was set back by less than one."""
    as_of = NOW.replace(microsecond=heard)
    index = StatusIndex()
    issue(index, b"\x05", generation=1, not_after=int(END.timestamp()))
    known = Knowledge(
        Position(index, 1, 0.0, as_of), bounds(), clock=as_of + age - back, now=as_of + age
    )
    lifetime = timedelta(minutes=5)
    for serial in (b"\x05", b"\x06"):
        try:
            _, next_update = known.lookup_until(serial, 1, lifetime)
        except OpenJpkiError as refusal:
            assert refusal.reason in {Reason.FEED_NOT_READY, Reason.CERTIFICATE_NOT_HEARD_OF}  # noqa: PT017
        else:
            assert known.true_as_of <= known.clock < next_update <= known.clock + lifetime
            assert next_update - known.true_as_of <= STALENESS


def test_a_clock_set_back_makes_nothing_newer() -> None:
    """The time that passed here counts; and no answer is of the future."""
    replica = Replica()
    replica.heard(seconds_ago=6 * 3600)
    replica.clock.offset = -8 * HOUR
    assert refused(replica, 5) is ErrorStatus.TRY_LATER
    replica.clock.offset = timedelta(0)
    replica.heard(seconds_ago=60)
    replica.clock.offset = -HOUR
    _, this_update, next_update = answer(replica, 5)
    now = replica.clock.now().timestamp()
    assert this_update <= now < next_update <= this_update + STALENESS.total_seconds()
