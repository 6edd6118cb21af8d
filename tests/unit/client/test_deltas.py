"""Delta lists in a copy of all lists: which are taken in, and what is answered by them."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from openjpki.client import ListedStatus, OfflineVerifier
from openjpki.client.kept_lists import KeptLists
from openjpki.client.mirrored import MirrorOutcome
from openjpki.domain.clock import MOST_BACKDATED
from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.crl.partitions import partition_of
from openjpki.x509.foreign.cms import sign_detached
from openjpki.x509.profiles.names import partition_name
from tests.support import x509_samples as samples
from tests.unit.client.test_list_status import HOUR, LIFE, MADE, altered, made_list
from tests.unit.client.test_mirror import TOKYO, Office, Service, Stream, of

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from openjpki.api.ocsp.v1 import ocsp_pb2
    from openjpki.client import Verification

POINT = partition_name(samples.AUTHORITY_NAME, "13101")
DER = samples.user_certificate(samples.fields(partition_der=POINT.public_bytes()))
PERSON = x509.load_der_x509_certificate(DER)
SERIAL = PERSON.serial_number
DELTA_LIFE = 2 * HOUR
LATER = MADE + HOUR


def delta(
    number: int = 9, *revoked: int, base: int = 8, made: datetime = LATER, signer: str = "authority"
) -> bytes:
    return of("13101", number, *revoked, base=base, made=made, life=DELTA_LIFE, signer=signer)


class Adding(Service):
    """Has a list of one partition, and a delta list that adds to it."""

    def __init__(self) -> None:
        super().__init__(of_13101=(of("13101", 8, 77), 8))
        self.delta: tuple[bytes, int] | None = (delta(9, SERIAL), 9)
        self.replaced_by: tuple[bytes, int] | None = None
        """A newer one, once the first is asked for."""

    def ListRevocationLists(  # noqa: N802
        self, request: ocsp_pb2.ListRevocationListsRequest, timeout: float
    ) -> ocsp_pb2.ListRevocationListsResponse:
        answer = super().ListRevocationLists(request, timeout)
        if self.delta is not None:
            der, number = self.delta
            said = answer.lists[0].delta
            said.number, said.base_number, said.length = number, 8, len(der)
            said.sha256 = hashlib.sha256(der).digest()
        return answer

    def DownloadRevocationList(  # noqa: N802
        self, request: ocsp_pb2.DownloadRevocationListRequest, timeout: float
    ) -> Stream:
        if not request.delta:
            return super().DownloadRevocationList(request, timeout)
        self.asked.append((f"{request.partition}.delta", request.offset))
        if self.replaced_by is not None:
            self.delta, self.replaced_by = self.replaced_by, None
        assert self.delta is not None
        der, _ = self.delta
        if hashlib.sha256(der).digest() != request.sha256:
            raise OpenJpkiError(Reason.CRL_NOT_FOUND, "is not the newest", field="sha256")
        return Stream(der[request.offset :], self.breaks)


@pytest.fixture
def service() -> Adding:
    return Adding()


@pytest.fixture
def office(tmp_path: Path, service: Adding) -> Office:
    found = Office(tmp_path, service)
    found.now = LATER + timedelta(minutes=1)
    return found


def verified(office: Office, at: datetime | None = None) -> Verification:
    """A document of the sample person's."""
    signed = sign_detached(b"letter", DER, samples.key("person"), MADE)
    now = office.now if at is None else at
    verifier = OfflineVerifier(office.folder, authorities=[TOKYO], now=lambda: now)
    return verifier.verify_signed_document(signed, b"letter")


@pytest.mark.requirement("R4.1.2", "R5.2.1")
def test_whom_a_delta_list_adds_is_revoked(office: Office, service: Adding) -> None:
    assert office.sync() == {"13101": (MirrorOutcome.UPDATED, 8, None)}
    assert service.asked == [("13101", 0), ("13101.delta", 0)]
    result = verified(office)
    assert not result.valid
    assert result.status_source == ListedStatus(9, LATER, LATER + DELTA_LIFE, offline=True)


@pytest.mark.requirement("R4.1.2", "R5.2.1")
def test_who_is_on_neither_is_good_as_of_the_delta_list(office: Office, service: Adding) -> None:
    service.delta = (delta(9, 78), 9)
    office.sync()
    result = verified(office)
    assert result.valid, result.diagnostics()
    assert result.status_source == ListedStatus(9, LATER, LATER + DELTA_LIFE, offline=True)
    # Once it is over the complete list speaks, as long as it is in force, and of its own moment.
    result = verified(office, LATER + DELTA_LIFE)
    assert result.valid
    assert result.status_source == ListedStatus(8, MADE, MADE + LIFE, offline=True)
    with pytest.raises(OpenJpkiError) as refusal:
        verified(office, MADE + LIFE)
    assert refusal.value.reason is Reason.FEED_NOT_READY


def test_whom_one_that_is_over_added_stays_revoked(office: Office) -> None:
    office.sync()
    assert not verified(office, LATER + DELTA_LIFE).valid


def test_who_is_on_the_complete_list_stays_revoked(office: Office, service: Adding) -> None:
    service.lists["13101"] = (of("13101", 8, SERIAL), 8)
    service.delta = (delta(9), 9)
    office.sync()
    assert not verified(office).valid


def test_nothing_is_asked_for_again_but_what_changed(office: Office, service: Adding) -> None:
    office.sync()
    assert office.sync() == {"13101": (MirrorOutcome.UNCHANGED, 8, None)}
    assert service.asked == []
    service.delta = (delta(10, SERIAL), 10)
    assert office.sync() == {"13101": (MirrorOutcome.UPDATED, 8, None)}
    assert service.asked == [("13101.delta", 0)]
    # An older one takes no later one's place.
    service.delta = (delta(9), 9)
    assert office.sync() == {"13101": (MirrorOutcome.UNCHANGED, 8, None)}
    assert not verified(office).valid
    assert len(office.files()) == 2


def test_a_later_complete_list_is_the_end_of_one(office: Office, service: Adding) -> None:
    office.sync()
    office.now += HOUR
    service.lists["13101"] = (of("13101", 10, made=LATER + HOUR), 10)
    service.delta = None
    assert office.sync() == {"13101": (MirrorOutcome.UPDATED, 10, None)}
    # Its word, as it is the later one.
    result = verified(office)
    assert result.valid
    assert result.status_source == ListedStatus(10, LATER + HOUR, LATER + HOUR + LIFE, offline=True)


@pytest.mark.parametrize(
    "wrong",
    [
        delta(12, SERIAL, base=9),
        altered(delta(9, SERIAL)),
        delta(9, SERIAL, signer="other"),
        of("13102", 9, SERIAL, base=8, made=LATER, life=DELTA_LIFE),
        of("13101", 9, SERIAL, made=LATER, life=DELTA_LIFE),
        delta(8, SERIAL, base=7),
        b"no list",
    ],
    ids=["base", "signature", "issuer", "partition", "complete", "number", "none"],
)
def test_one_that_does_not_go_with_its_complete_list_is_not_taken_in(
    office: Office, service: Adding, wrong: bytes
) -> None:
    service.delta = (wrong, 9)
    ((outcome, number, reason),) = office.sync().values()
    assert (outcome, number) == (MirrorOutcome.NOT_UPDATED, 8)
    assert reason in {Reason.CRL_REFUSED, Reason.MALFORMED_DER}
    assert len(office.files()) == 1
    # The complete one speaks as ever.
    assert verified(office).valid


def test_one_that_was_changed_on_disk_adds_nothing(office: Office) -> None:
    office.sync()
    (file,) = office.folder.glob("*.delta.crl")
    file.write_bytes(altered(file.read_bytes()))
    result = verified(office)
    assert result.valid
    assert result.status_source == ListedStatus(8, MADE, MADE + LIFE, offline=True)


def test_it_speaks_of_certificates_since_its_base(tmp_path: Path) -> None:
    """A complete list of before says nothing of one; what came since does."""
    at = PERSON.not_valid_before_utc + MOST_BACKDATED
    partition = partition_of(PERSON)
    assert partition is not None
    kept = KeptLists(tmp_path)
    base = kept.put(TOKYO.certificate, partition, of("13101", 8, made=at - HOUR))
    office = Office(tmp_path, Service())
    office.folder = tmp_path
    with pytest.raises(OpenJpkiError, match="may be older than the certificate"):
        verified(office, at + HOUR)
    later = delta(9, made=at)
    kept.require_deltas().put(TOKYO.certificate, partition, later, base)
    assert verified(office, at + HOUR).valid
    with pytest.raises(OpenJpkiError, match="may be older than the certificate"):
        verified(office, at + DELTA_LIFE)
    # Whom it names is revoked for good, issued since its base or not.
    named = delta(10, SERIAL, made=at)
    kept.require_deltas().put(TOKYO.certificate, partition, named, base)
    assert not verified(office, at + DELTA_LIFE).valid


def test_a_later_one_of_another_list_lets_nobody_pass_as_good(office: Office) -> None:
    """Between the two a list was made that is not at hand: it may name anybody."""
    office.sync()
    partition = partition_of(PERSON)
    assert partition is not None
    kept = KeptLists(office.folder)
    base = kept.put(TOKYO.certificate, partition, of("13101", 8, 77))
    later = replace(base, facts=replace(base.facts, number=10))
    put = kept.require_deltas().put
    put(TOKYO.certificate, partition, delta(11, 78, base=10), later)
    with pytest.raises(OpenJpkiError, match="of another list"):
        verified(office)
    # Whom it names is revoked all the same, and whoever is on the list.
    put(TOKYO.certificate, partition, delta(12, SERIAL, base=10), later)
    assert not verified(office).valid


def test_an_older_file_takes_nothing_back(office: Office, service: Adding) -> None:
    """Of a process that runs on: what it heard once it knows."""
    office.sync()
    signed = sign_detached(b"letter", DER, samples.key("person"), MADE)
    verifier = OfflineVerifier(office.folder, authorities=[TOKYO], now=lambda: office.now)
    assert not verifier.verify_signed_document(signed, b"letter").valid
    (file,) = office.folder.glob("*.delta.crl")
    for octets in (delta(9)[:-1], of("13101", 9, base=8, made=LATER)):
        file.write_bytes(octets)
        assert not verifier.verify_signed_document(signed, b"letter").valid
    file.unlink()
    assert not verifier.verify_signed_document(signed, b"letter").valid


def test_one_that_was_replaced_meanwhile_is_named_again(office: Office, service: Adding) -> None:
    service.replaced_by = (delta(10, SERIAL), 10)
    assert office.sync() == {"13101": (MirrorOutcome.UPDATED, 8, None)}
    result = verified(office)
    assert result.status_source == ListedStatus(10, LATER, LATER + DELTA_LIFE, offline=True)


def test_one_that_is_over_is_taken_in_for_whom_it_names(office: Office, service: Adding) -> None:
    office.now = LATER + DELTA_LIFE
    assert office.sync() == {"13101": (MirrorOutcome.UPDATED, 8, None)}
    assert not verified(office).valid


def test_it_goes_when_its_complete_list_does(office: Office, service: Adding) -> None:
    office.sync()
    service.lists.clear()
    service.delta = None
    office.now = MADE + LIFE
    office.sync()
    assert office.files() == {}


def test_a_list_of_a_partition_alone_is_made(tmp_path: Path) -> None:
    """The name of a delta list's file is no partition's."""
    partition = partition_of(PERSON)
    assert partition is not None
    kept = KeptLists(tmp_path)
    base = kept.put(TOKYO.certificate, partition, made_list(8, scope=POINT))
    kept.require_deltas().put(TOKYO.certificate, partition, delta(), base)
    assert kept.partitions(TOKYO.certificate) == {"13101"}
