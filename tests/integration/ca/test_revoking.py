"""Revocation over the wire (R3.1)."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeAlias

import pytest

from openjpki.api.ca.v1 import ca_pb2
from openjpki.api.types.v1 import revocation_pb2
from openjpki.config.clock import SystemClock
from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.kernel.journal import SqlJournal
from tests.support.ca_service import TOYAMA, issue_request, revoke_request, running_ca

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.ca.conftest import Keys
    from tests.support.ca_service import RunningCa

    Cause: TypeAlias = revocation_pb2.RevocationCause.ValueType


def revocation(
    serial: bytes, cause: Cause = revocation_pb2.REVOCATION_CAUSE_USER_WISH
) -> ca_pb2.RevokeCertificateRequest:
    return revoke_request(serial, cause)


@pytest.mark.requirement("R1.3.4", "R3.2", "R3.3")
@pytest.mark.parametrize(
    ("cause", "reason_code"),
    [
        (revocation_pb2.REVOCATION_CAUSE_USER_WISH, 5),
        (revocation_pb2.REVOCATION_CAUSE_KEY_COMPROMISE, 1),
        (revocation_pb2.REVOCATION_CAUSE_CHANGE_NOTICE, 3),
    ],
)
def test_each_cause_has_its_published_reason(
    ca: RunningCa, keys: Keys, cause: Cause, reason_code: int
) -> None:
    stub = ca.certificates()
    issued = stub.IssueCertificate(issue_request(keys[0]))
    if cause == revocation_pb2.REVOCATION_CAUSE_CHANGE_NOTICE:
        request = revoke_request(issued.serial, cause, officer=f"governor-officer/{TOYAMA}/mori")
        answer = ca.governors().RevokeCertificate(request)
    else:
        answer = stub.RevokeCertificate(revocation(issued.serial, cause))
    found = stub.GetCertificate(
        ca_pb2.GetCertificateRequest(authority_id=TOYAMA, serial=issued.serial)
    )
    assert found.status == revocation_pb2.CERTIFICATE_STATUS_REVOKED
    assert found.revoked_at == answer.revoked_at
    assert answer.revoked_at.nanos == 0
    assert answer.sequence == 2
    (message,) = ca.feed().ReadSnapshot(ca_pb2.ReadSnapshotRequest(authority_id=TOYAMA))
    assert (message.statuses, message.reasons) == (b"\x02", bytes([reason_code]))
    assert list(message.revoked_at) == [answer.revoked_at.seconds]


def test_revocation_is_in_the_journal(ca: RunningCa, keys: Keys) -> None:
    stub = ca.certificates()
    issued = stub.IssueCertificate(issue_request(keys[0]))
    stub.RevokeCertificate(revocation(issued.serial))
    with ca.service.ca.database.reading() as tx:
        (entry,) = [
            entry
            for entry in SqlJournal().read_all(tx, TOYAMA)
            if entry.act == "certificate.revoked"
        ]
    assert entry.subject == issued.serial.hex()
    assert entry.details["cause"] == "USER_WISH"
    assert entry.details["requested_by"] == "window-officer/16201/officer-1"


def test_retry_of_a_revocation_gets_the_first_answer(ca: RunningCa, keys: Keys) -> None:
    stub = ca.certificates()
    request = revocation(stub.IssueCertificate(issue_request(keys[0])).serial)
    first = stub.RevokeCertificate(request)
    assert stub.RevokeCertificate(request) == first
    with pytest.raises(OpenJpkiError) as refusal:
        stub.RevokeCertificate(revocation(request.serial))
    assert refusal.value.reason is Reason.ALREADY_REVOKED


def test_revoked_once_however_often_at_once(ca: RunningCa, keys: Keys) -> None:
    stub = ca.certificates()
    serial = stub.IssueCertificate(issue_request(keys[0])).serial
    together = threading.Barrier(6)

    def call(_: int) -> int | Reason:
        together.wait(90)
        try:
            return int(stub.RevokeCertificate(revocation(serial)).sequence)
        except OpenJpkiError as error:
            return error.reason

    with ThreadPoolExecutor(6) as pool:
        outcomes = list(pool.map(call, range(6)))
    assert sorted(map(str, outcomes)) == ["2", *["Reason.ALREADY_REVOKED"] * 5]


@pytest.mark.requirement("R3.3", refuses=True)
def test_unknown_serial_and_expired_certificate(
    tmp_path: Path, database_url: str, keys: Keys
) -> None:
    clock = MovedClock()
    with running_ca(tmp_path, database_url, clock=clock) as ca:
        stub = ca.certificates()
        with pytest.raises(OpenJpkiError) as unknown:
            stub.RevokeCertificate(revocation(b"\x01"))
        assert unknown.value.reason is Reason.CERTIFICATE_NOT_FOUND
        issued = stub.IssueCertificate(issue_request(keys[0], person="one"))
        # The mesh's own certificates are short-lived; only the use case's time moves.
        object.__setattr__(ca.service.ca, "clock", MovedClock(timedelta(days=3 * 366 + 1)))
        with pytest.raises(OpenJpkiError) as expired:
            stub.RevokeCertificate(revocation(issued.serial))
        assert expired.value.reason is Reason.CERTIFICATE_EXPIRED
        # Its place is free again, though nobody revoked it.
        later = ca.service.ca.clock.now()
        stub.IssueCertificate(issue_request(keys[1], person="one", at=later))


def test_a_serial_with_leading_zero_is_refused_and_not_looked_for(
    ca: RunningCa, keys: Keys
) -> None:
    stub = ca.certificates()
    issued = stub.IssueCertificate(issue_request(keys[0]))
    for serial in (b"\x00", b"\x00" + issued.serial, b"\x00" + issued.serial[1:]):
        for call in (
            lambda: stub.RevokeCertificate(revocation(serial)),  # noqa: B023
            lambda: stub.GetCertificate(
                ca_pb2.GetCertificateRequest(authority_id=TOYAMA, serial=serial)  # noqa: B023
            ),
        ):
            with pytest.raises(OpenJpkiError) as refusal:
                call()
            assert (refusal.value.reason, refusal.value.field) == (Reason.INVALID_FIELD, "serial")


class MovedClock:
    """The system's clock, moved ahead."""

    def __init__(self, by: timedelta = timedelta(0)) -> None:
        self._by = by

    def now(self) -> datetime:
        return SystemClock().now().astimezone(UTC) + self._by
