"""What is answered over OCSP, by generation of the issuer's key and by age."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

import pytest
from asn1crypto import ocsp as asn1_ocsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import NameOID

from openjpki.config.address import Address
from openjpki.domain.authority import AuthorityId
from openjpki.domain.certificate_status import KEPT_AFTER_END, CertificateStatus
from openjpki.services.ocsp.named_authorities import (
    Authorities,
    AuthorityGeneration,
    NamedAuthority,
)
from openjpki.services.ocsp.registry.entries import Registry
from openjpki.services.ocsp.responders.http_server import HttpServer
from openjpki.services.ocsp.responders.plane import Plane
from openjpki.services.ocsp.responders.responder import Responder, Responders
from openjpki.services.ocsp.status.index_sweep import IndexSweep, forget_ended
from openjpki.services.ocsp.status.statuses import AuthorityStatus, Position, Statuses
from openjpki.signer_core import SoftwareKey, StatusIndex
from openjpki.storage.ocsp.verifiers import VerifierRecord
from openjpki.x509.ocsp import ErrorStatus, IssuerHashes, OcspResponder
from tests.support.agreed import agreement
from tests.support.mesh import SettableClock
from tests.support.status_bounds import bounds
from tests.support.status_index import issue, revoke

if TYPE_CHECKING:
    from collections.abc import Iterator

SAMPLES = Path(__file__).parents[4] / "conformance/data/ocsp"
TOKYO = AuthorityId.signing("13")
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


def record(
    verifier_id: str = "tax-office",
    authority_ids: frozenset[AuthorityId] = frozenset({TOKYO}),
) -> VerifierRecord:
    return VerifierRecord(
        verifier_id=verifier_id,
        display_name="国税庁",
        authority_ids=authority_ids,
        request_signers=frozenset(),
        closed_networks=frozenset({"127.0.0.1/32"}),
        registered_at=NOW,
    )


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
        self.plane = Plane(self.clock, timedelta(minutes=5))
        self.responders = Responders(told=self.plane.responder)
        for number, certificate in GENERATIONS.items():
            key: Any = SimpleNamespace(core=KEY, label="responder")
            self.responders.put(
                TOKYO,
                number,
                Responder(
                    key,
                    OcspResponder(certificate.public_bytes(Encoding.DER)),
                    b"",
                    b"\x01",
                    NOW - timedelta(days=1),
                    END + timedelta(days=90),
                ),
            )
        self.plane.registry(Registry([record()], [agreement(authority_id=TOKYO).held]))
        self.plane.issuers(authorities().generations, self.statuses)
        # Nobody is refused over TLS here, and what is logged is another test's.
        control: Any = SimpleNamespace(refused=lambda *_: None, failed=lambda *_: None)
        self.server = HttpServer(
            plane=self.plane,
            control=control,
            http_listen=Address("127.0.0.1:0"),
            https_listen=None,
            files=None,
        )
        self.server.start()

    def heard(self, seconds_ago: float = 0) -> int:
        """From ca, so long ago; the second that it was true as of, since 1970."""
        as_of = self.clock.now() - timedelta(seconds=seconds_ago)
        self.status.position = Position(self.index, 2, time.monotonic() - seconds_ago, as_of)
        return int(as_of.timestamp())

    def post(self, der: bytes) -> ocsp.OCSPResponse:
        asked = Request(
            f"http://127.0.0.1:{self.server.port}/",
            der,
            {"Content-Type": "application/ocsp-request"},
        )
        with urlopen(asked, timeout=60) as answer:  # noqa: S310
            return ocsp.load_der_ocsp_response(answer.read())

    def ask(self, serial: int, generation: int) -> CertificateStatus:
        status, _, _ = answer(self, serial, generation=generation)
        return status


@pytest.fixture
def replica() -> Iterator[Replica]:
    running = Replica()
    try:
        yield running
    finally:
        running.server.stop()


KEY = SoftwareKey.generate(2048)


def refused(replica: Replica, *serials: int, generation: int = 1) -> ErrorStatus:
    """Why there is no answer."""
    response = replica.post(request(*serials, issuer=GENERATIONS[generation]))
    return ErrorStatus(response.response_status.value)


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


def test_that_a_number_is_no_certificates_is_told_at_every_age(replica: Replica) -> None:
    """Nothing changes it; found with a nextUpdate before the answer was made."""
    replica.heard(seconds_ago=7 * 3600)
    status, this_update, next_update = answer(replica, 1 << 167)
    assert status is CertificateStatus.UNKNOWN
    assert this_update < replica.clock.now().timestamp() - 6 * 3600
    assert next_update > replica.clock.now().timestamp()


@pytest.mark.requirement("R4.3", refuses=True)
def test_nobody_is_told_anything_by_a_registry_that_is_too_old(replica: Replica) -> None:
    """Not by the address either: who was suspended meanwhile is not known."""
    replica.plane.registry_held(3600.0)
    assert replica.ask(5, 1) is CertificateStatus.GOOD
    replica.plane.registry_held(0.0)
    assert refused(replica, 5) is ErrorStatus.TRY_LATER
    replica.plane.registry_held(3600.0)
    assert replica.ask(5, 1) is CertificateStatus.GOOD


def test_a_change_of_one_verifier_leaves_the_others(replica: Replica) -> None:
    """An address of the same network is another's from then on."""
    registry = Registry([record(authority_ids=frozenset())])
    replica.plane.registry(registry, {"tax-office"})
    assert refused(replica, 5) is ErrorStatus.UNAUTHORIZED
    registry, differ = registry.changed(
        {"other"}, [record("other")], [agreement("other", TOKYO).held]
    )
    replica.plane.registry(registry, differ | {"tax-office"})
    # Nobody is known by a network of two.
    assert refused(replica, 5) is ErrorStatus.UNAUTHORIZED
    registry, differ = registry.changed({"tax-office"}, [], [])
    replica.plane.registry(registry, differ)
    assert replica.ask(5, 1) is CertificateStatus.GOOD


@pytest.mark.requirement("R4.1.1")
@pytest.mark.parametrize("octets", [20, 21, 22])
def test_numbers_that_no_certificate_has_are_unknown(replica: Replica, octets: int) -> None:
    """RFC 6960 2.2, RFC 5280 4.1.2.2; found as tryLater, to which clients have no end."""
    assert replica.ask((1 << (8 * octets - 2)) + 5, 1) is CertificateStatus.UNKNOWN


def test_a_strangers_signature_is_none(replica: Replica) -> None:
    """A signed request with seventeen certificates of RSA keys whose exponents have 3072 bits each.
    That none of them is even read: ``signer_core/dataplane/src/registry``."""
    asked = (SAMPLES / "ocsp_signed_rsa3072e.der").read_bytes()
    assert replica.post(asked).response_status is ocsp.OCSPResponseStatus.UNAUTHORIZED


@pytest.mark.requirement("R4.1.1")
def test_a_serial_is_unknown_under_another_generation(replica: Replica) -> None:
    assert replica.ask(5, generation=1) is CertificateStatus.GOOD
    assert replica.ask(5, generation=2) is CertificateStatus.UNKNOWN
    assert replica.ask(6, generation=2) is CertificateStatus.REVOKED
    assert replica.ask(6, generation=1) is CertificateStatus.UNKNOWN


def test_a_generation_without_responder_is_asked_later(replica: Replica) -> None:
    replica.responders.drop(TOKYO, 2)
    assert replica.ask(5, generation=1) is CertificateStatus.GOOD
    assert refused(replica, 6, generation=2) is ErrorStatus.TRY_LATER


@pytest.mark.requirement("R3.2")
def test_a_certificate_is_unknown_a_day_after_its_end(replica: Replica) -> None:
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


def test_a_clock_that_jumps_ahead_drops_nothing_from_the_index(replica: Replica) -> None:
    """The replica's clock, ca's, or the one that both have: what was dropped would be unknown."""
    passed = 0.0
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
    response = replica.post(request(serial, issuer=GENERATIONS[generation]))
    assert response.next_update_utc is not None
    return (
        CertificateStatus[response.certificate_status.name],
        response.this_update_utc.timestamp(),
        response.next_update_utc.timestamp(),
    )


@pytest.mark.requirement("R4.1.1")
def test_without_ca_good_is_answered_as_of_then_until_the_bound(replica: Replica) -> None:
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
def test_revoked_is_answered_at_every_age(replica: Replica) -> None:
    heard = replica.heard()
    for age in (timedelta(0), HOUR, 7 * HOUR, timedelta(days=40)):
        replica.clock.offset = age
        status, this_update, next_update = answer(replica, 6, generation=2)
        assert (status, this_update) == (CertificateStatus.REVOKED, heard)
        now = replica.clock.now().timestamp()
        assert now < next_update <= now + 300


def test_a_number_that_may_have_been_issued_since_is_not_called_unknown(replica: Replica) -> None:
    replica.heard()
    assert replica.ask(7, generation=1) is CertificateStatus.UNKNOWN
    replica.clock.offset = timedelta(seconds=31)
    assert refused(replica, 7) is ErrorStatus.TRY_LATER
    # A request is answered whole or not at all.
    assert replica.ask(5, generation=1) is CertificateStatus.GOOD
    assert refused(replica, 5, 7) is ErrorStatus.TRY_LATER


def test_no_answer_outlives_its_responder(replica: Replica) -> None:
    replica.heard()
    soon = replica.clock.now().replace(microsecond=0) + timedelta(seconds=90)
    for generation in GENERATIONS:
        kept = replica.responders.get(TOKYO, generation)
        assert kept is not None
        replica.responders.put(TOKYO, generation, replace(kept, not_after=soon))
    for serial, generation in ((5, 1), (6, 2)):
        assert answer(replica, serial, generation=generation)[2] == soon.timestamp()
        replica.clock.offset = timedelta(seconds=90)
        assert refused(replica, serial, generation=generation) is ErrorStatus.TRY_LATER
        replica.clock.offset = timedelta(0)


def test_a_clock_set_back_makes_nothing_newer(replica: Replica) -> None:
    """The time that passed here counts; and no answer is of the future."""
    replica.heard(seconds_ago=6 * 3600)
    replica.clock.offset = -8 * HOUR
    assert refused(replica, 5) is ErrorStatus.TRY_LATER
    replica.clock.offset = timedelta(0)
    replica.heard(seconds_ago=60)
    replica.clock.offset = -HOUR
    _, this_update, next_update = answer(replica, 5)
    now = replica.clock.now().timestamp()
    assert this_update <= now < next_update <= this_update + STALENESS.total_seconds()


# -- kept answers -----------------------------------------------------------------------------


def _octets(replica: Replica, serial: int, *, generation: int = 1) -> bytes:
    response = replica.post(request(serial, issuer=GENERATIONS[generation]))
    assert response.response_status is ocsp.OCSPResponseStatus.SUCCESSFUL
    return response.public_bytes(Encoding.DER)


def test_an_answer_is_given_again_for_a_minute(replica: Replica) -> None:
    first = _octets(replica, 5)
    for seconds, same in ((2, True), (20, True), (61, False)):
        replica.clock.offset = timedelta(seconds=seconds)
        assert (_octets(replica, 5) == first) is same


def test_a_kept_answer_is_never_given_once_its_certificate_is_revoked(replica: Replica) -> None:
    """The index is looked at first: as soon as it has the revocation, so has the next answer."""
    end = int(END.timestamp())
    for number in range(100, 160):
        serial = bytes([number])
        issue(replica.index, serial, generation=1, not_after=end)
        replica.heard()
        assert replica.ask(number, generation=1) is CertificateStatus.GOOD
        revoke(replica.index, serial, 1, 7, generation=1, not_after=end)
        assert replica.ask(number, generation=1) is CertificateStatus.REVOKED


def test_a_kept_answer_ends_with_its_responder(replica: Replica) -> None:
    first = _octets(replica, 5)
    kept = replica.responders.get(TOKYO, 1)
    assert kept is not None
    other: Any = SimpleNamespace(core=SoftwareKey.generate(2048), label="responder")
    replica.responders.put(TOKYO, 1, replace(kept, key=other))
    assert _octets(replica, 5) != first
    replica.responders.drop(TOKYO, 1)
    assert refused(replica, 5) is ErrorStatus.TRY_LATER


def test_an_answer_kept_before_ca_went_away_is_told_no_longer_than_a_new_one(
    replica: Replica,
) -> None:
    replica.heard(seconds_ago=STALENESS.total_seconds() - 60)
    assert replica.ask(5, generation=1) is CertificateStatus.GOOD
    replica.clock.offset = timedelta(seconds=61)
    assert refused(replica, 5) is ErrorStatus.TRY_LATER
