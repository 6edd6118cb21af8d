"""What was checked holds still when it is stored: a call may have waited in between."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from openjpki.domain.authority import AuthorityId
from openjpki.domain.officers import Officer
from openjpki.domain.policy.authority import OcspPolicy
from openjpki.domain.serial import serial_to_bytes
from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.ca import certificates
from openjpki.storage.officers import keys as officer_keys
from tests.integration.ca.test_issuing import assert_nothing_issued
from tests.integration.ca.test_responder_keys import certificate, enrol, refused, withdrawal
from tests.support.ca_service import TOYAMA, issue_request, running_ca
from tests.support.window_officers import window_officer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.integration.ca.conftest import Keys
    from tests.support.ca_service import RunningCa

BUILT = "bytes built"
"""The step between the checks and the transaction that stores the intent."""
IN_THE_MAKING = ("intent stored", "signed")
"""Steps between that and the transaction that stores the certificate."""


class Waiting:
    """Does something while a call waits there."""

    def __init__(self) -> None:
        self.meanwhile: Callable[[], object] = lambda: None
        self.at = BUILT

    def __call__(self, step: str) -> None:
        if step == self.at:
            self.meanwhile()


@pytest.fixture
def waiting() -> Waiting:
    return Waiting()


@pytest.fixture
def ca(tmp_path: Path, database_url: str, waiting: Waiting) -> Iterator[RunningCa]:
    with running_ca(tmp_path, database_url, checkpoint=waiting) as running:
        yield running


@pytest.mark.requirement("R9.2.1", refuses=True)
@pytest.mark.parametrize("account", ["officer-1", "officer-2"])
def test_an_officer_suspended_meanwhile_signs_for_nothing(
    ca: RunningCa, keys: Keys, waiting: Waiting, account: str
) -> None:
    def suspend() -> None:
        officer = Officer.parse(window_officer("16201", account))
        with ca.service.ca.database.transaction() as tx:
            officer_keys.suspend(tx, officer, str(uuid.uuid4()), now=datetime.now(UTC))

    waiting.meanwhile = suspend
    with pytest.raises(OpenJpkiError) as refusal:
        ca.certificates().IssueCertificate(issue_request(keys[0]))
    assert refusal.value.reason is Reason.OFFICER_REVOKED
    assert_nothing_issued(ca)


def test_a_responders_key_withdrawn_meanwhile_gets_nothing(
    ca: RunningCa, keys: Keys, waiting: Waiting
) -> None:
    enrolled = enrol(ca, keys[0])
    waiting.meanwhile = lambda: ca.responder_keys().WithdrawResponderKey(withdrawal(enrolled))
    assert refused(lambda: certificate(ca, keys[0])) is Reason.RESPONDER_KEY_NOT_ENROLLED


@pytest.mark.parametrize("step", IN_THE_MAKING)
def test_a_certificate_in_the_making_ends_with_its_key(
    ca: RunningCa, keys: Keys, waiting: Waiting, step: str
) -> None:
    enrolled = enrol(ca, keys[0])
    waiting.at = step
    waiting.meanwhile = lambda: ca.responder_keys().WithdrawResponderKey(withdrawal(enrolled))
    number = x509.load_der_x509_certificate(certificate(ca, keys[0])).serial_number
    with ca.service.ca.database.reading() as tx:
        found = certificates.revocation_of(tx, AuthorityId.parse(TOYAMA), serial_to_bytes(number))
    assert found is not None
    assert found.cause == "WITHDRAWN"


def test_a_replica_that_asks_many_times_at_once_gets_as_many_as_policy_says(
    ca: RunningCa, keys: Keys, waiting: Waiting
) -> None:
    allowed = OcspPolicy().live_responders
    enrol(ca, keys[0])
    at_once = Barrier(allowed + 2)
    waiting.meanwhile = lambda: at_once.wait(60)

    def ask(_: int) -> Reason | None:
        try:
            certificate(ca, keys[0])
        except OpenJpkiError as refusal:
            return refusal.reason
        return None

    with ThreadPoolExecutor(allowed + 2) as callers:
        told = list(callers.map(ask, range(allowed + 2)))
    assert told.count(None) == allowed
    assert told.count(Reason.RESPONDER_LIMIT) == 2
