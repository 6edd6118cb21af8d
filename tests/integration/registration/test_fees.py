"""What applicants pay: by how the last certificate ended, with receipts that are never deleted."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update

from openjpki.api.registration.v1 import fees_pb2 as pb
from openjpki.api.registration.v1.fees_pb2_grpc import FeeServiceStub
from openjpki.api.types.v1 import revocation_pb2
from openjpki.domain.authority import AuthorityId
from openjpki.domain.fees import fiscal_year_of
from openjpki.domain.policy import RevocationReason
from openjpki.domain.retention import RetentionClass
from openjpki.domain.window import JAPAN
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from openjpki.storage.ca import certificates, issuances
from openjpki.storage.ca.entering import enter_revocation
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.storage.kernel.requests import RequestLog
from openjpki.storage.registration.tables import applications, fee_receipts
from tests.integration.registration.conftest import PEOPLE
from tests.support.ca_service import TOYAMA
from tests.support.registration_service import (
    TAKAOKA,
    TOYAMA_CITY,
    fill_register,
    running_registration,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from openjpki_devkit.register.synthetic import SyntheticResident
    from tests.support.ca_service import RunningCa
    from tests.support.registration_service import Desk, People, RunningRegistration

ORDINARY, DEARER = 500, 1000
RULES = f'{{"version": "2027-04", "fees": {{"issue": {ORDINARY}, "reissue": {DEARER}}}}}'


@pytest.fixture(scope="module")
def registration(
    ca: RunningCa, database_urls: tuple[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningRegistration]:
    """With fees that are settled."""
    own, register = database_urls
    fill_register(register, PEOPLE)
    folder = tmp_path_factory.mktemp("registration")
    rules = folder / "rules.json"
    rules.write_text(RULES)
    with running_registration(
        folder,
        ca.mesh,
        ca.service.server.port,
        database_url=own,
        register_url=register,
        window_rules=rules,
    ) as running:
        yield running


@pytest.fixture(scope="module")
def fees(registration: RunningRegistration) -> FeeServiceStub:
    return stub_of(registration)


def stub_of(registration: RunningRegistration, municipality: str = TOYAMA_CITY) -> FeeServiceStub:
    return FeeServiceStub(registration.channel(PeerRole.WINDOW_OFFICER, municipality, "officer-1"))


def issue(desk: Desk, second_desk: Desk, person: SyntheticResident, der: bytes) -> Any:
    taken = desk.submit(person).application_id
    desk.check(taken)
    desk.present(taken, der)
    return second_desk.decide(taken).application


def due(fees: FeeServiceStub, application_id: str) -> pb.GetFeeResponse:
    request = pb.GetFeeRequest(municipality_code=TOYAMA_CITY, application_id=application_id)
    return fees.GetFee(request)


def payment(application_id: str, yen: int = ORDINARY, **changes: Any) -> pb.TakeFeeRequest:
    stated: dict[str, Any] = {
        "request_id": str(uuid.uuid4()),
        "municipality_code": TOYAMA_CITY,
        "window_id": f"{TOYAMA_CITY}001A",
        "application_id": application_id,
        "yen": yen,
    }
    return pb.TakeFeeRequest(**{**stated, **changes})


def voiding(receipt: pb.FeeReceipt, **changes: Any) -> pb.VoidFeeReceiptRequest:
    stated: dict[str, Any] = {
        "request_id": str(uuid.uuid4()),
        "municipality_code": TOYAMA_CITY,
        "year": receipt.year,
        "number": receipt.number,
        "reason": pb.FEE_VOID_REASON_REPAID,
        "window_id": f"{TOYAMA_CITY}001A",
    }
    return pb.VoidFeeReceiptRequest(**{**stated, **changes})


def today(fees: FeeServiceStub, municipality: str = TOYAMA_CITY) -> pb.GetDailyFeesResponse:
    day = datetime.now(JAPAN).date().isoformat()
    return fees.GetDailyFees(pb.GetDailyFeesRequest(municipality_code=municipality, day=day))


def sums(told: pb.GetDailyFeesResponse, window_id: str) -> list[int]:
    """What one window took, paid back and made void: receipts and yen of each."""
    return [
        sum(getattr(one, name) for one in told.fees if one.window_id == window_id)
        for each in ("taken", "repaid", "cancelled", "earlier_cancelled")
        for name in (each, f"{each}_yen")
    ]


def grown(
    before: pb.GetDailyFeesResponse, after: pb.GetDailyFeesResponse, window_id: str
) -> list[int]:
    pairs = zip(sums(after, window_id), sums(before, window_id), strict=True)
    return [now - then for now, then in pairs]


def refused(act: Callable[[], object]) -> OpenJpkiError:
    with pytest.raises(OpenJpkiError) as refusal:
        act()
    return refusal.value


@pytest.mark.requirement("R5.1.2")
def test_the_fee_follows_from_how_the_last_certificate_ended(
    ca: RunningCa,
    registration: RunningRegistration,
    fees: FeeServiceStub,
    desk: Desk,
    second_desk: Desk,
    person: SyntheticResident,
    fresh_request: Callable[[], bytes],
) -> None:
    first = issue(desk, second_desk, person, fresh_request())
    asked = due(fees, first.application_id)
    assert (asked.ground, asked.yen) == (pb.FEE_GROUND_ORDINARY, ORDINARY)
    assert (asked.rules_version, len(asked.receipts)) == ("2027-04", 0)
    # Who no longer wants it and comes back pays as at first.
    desk.revoke(first.serial)
    second = issue(desk, second_desk, person, fresh_request())
    assert due(fees, second.application_id).ground == pb.FEE_GROUND_ORDINARY
    # Who lost it pays more.
    desk.revoke(second.serial, revocation_pb2.REVOCATION_CAUSE_KEY_COMPROMISE)
    third = issue(desk, second_desk, person, fresh_request())
    asked = due(fees, third.application_id)
    assert (asked.ground, asked.yen) == (pb.FEE_GROUND_REISSUE, DEARER)
    # What the governor's own key ended costs nothing.
    end_with_the_governors_key(ca, third.serial)
    fourth = desk.submit(person).application_id
    asked = due(fees, fourth)
    assert (asked.ground, asked.yen) == (pb.FEE_GROUND_FREE, 0)
    assert asked.HasField("yen")
    receipt = fees.TakeFee(payment(fourth, 0)).receipt
    assert (receipt.ground, receipt.yen) == (pb.FEE_GROUND_FREE, 0)
    # Of the application before, the fee is what it was.
    assert due(fees, third.application_id).ground == pb.FEE_GROUND_REISSUE
    # A certificate that had expired ended by that, whatever ended it before.
    expired = datetime.now(UTC) - timedelta(days=1)
    with registration.database.transaction() as tx:
        tx.connection.execute(
            update(applications)
            .where(applications.c.application_id == second.application_id)
            .values(not_after=expired)
        )
    assert due(fees, third.application_id).ground == pb.FEE_GROUND_ORDINARY


def end_with_the_governors_key(ca: RunningCa, serial: bytes) -> None:
    """As a compromise of the key ends all that it signed."""
    authority_id = AuthorityId.parse(TOYAMA)
    with ca.service.ca.database.transaction() as tx:
        found = certificates.get(tx, authority_id, serial)
        assert found is not None
        at = datetime.now(UTC).replace(microsecond=0)
        reason = RevocationReason.CA_COMPROMISE
        enter_revocation(tx, found, cause="AUTHORITY_COMPROMISE", reason=reason, revoked_at=at)
        issuances.end_life(tx, authority_id, serial)


@pytest.mark.requirement("R5.1.2")
def test_receipts_are_numbered_without_a_gap_and_reconcile(
    registration: RunningRegistration, fees: FeeServiceStub, desk: Desk, people: People
) -> None:
    before = today(fees)
    taken = [desk.submit(people.another()).application_id for _ in range(4)]
    requests = [payment(one) for one in taken]
    with ThreadPoolExecutor(4) as pool:
        receipts = [answer.receipt for answer in pool.map(fees.TakeFee, requests)]
    numbers = sorted(one.number for one in receipts)
    assert numbers == list(range(before.last_number + 1, before.last_number + 5))
    assert {one.year for one in receipts} == {fiscal_year_of(datetime.now(UTC))}
    assert {one.officer for one in receipts} == {"officer-1"}
    first = receipts[0]
    again = refused(lambda: fees.TakeFee(payment(taken[0])))
    assert again.reason is Reason.FEE_ALREADY_TAKEN

    request = voiding(first)
    void = fees.VoidFeeReceipt(request).receipt
    assert fees.VoidFeeReceipt(request).receipt == void
    assert (void.number, void.void.reason) == (first.number, pb.FEE_VOID_REASON_REPAID)
    assert (void.void.window_id, void.void.officer) == (request.window_id, "officer-1")
    # A retry of the payment hears what it heard.
    assert fees.TakeFee(requests[0]).receipt == first
    twice = refused(lambda: fees.VoidFeeReceipt(voiding(first)))
    assert (twice.reason, twice.metadata["state"]) == (Reason.WRONG_STATE, "void")
    anew = fees.TakeFee(payment(taken[0])).receipt
    assert anew.number == numbers[-1] + 1
    assert list(due(fees, taken[0]).receipts) == [void, anew]

    after = today(fees)
    assert after.last_number == anew.number
    moved = grown(before, after, request.window_id)
    assert moved == [5, 5 * ORDINARY, 1, ORDINARY, 0, 0, 0, 0]
    elsewhere = stub_of(registration, TAKAOKA)
    assert not today(elsewhere, TAKAOKA).fees
    other_day = pb.GetDailyFeesRequest(municipality_code=TOYAMA_CITY, day="2020-02-29")
    assert fees.GetDailyFees(other_day) == pb.GetDailyFeesResponse()
    with registration.database.reading() as tx:
        entries = list(SqlJournal().read(tx, TOYAMA_CITY, RetentionClass.ADMINISTRATION))
    assert [one.act for one in entries][-2:] == ["fee.voided", "fee.taken"]
    assert entries[-1].details["number"] == anew.number
    assert entries[-2].details["window_id"] == request.window_id


@pytest.mark.requirement("R5.1.2")
def test_a_day_tells_which_till_paid_back_and_where_no_money_moved(
    registration: RunningRegistration, fees: FeeServiceStub, desk: Desk, people: People
) -> None:
    here, there = f"{TOYAMA_CITY}001A", f"{TOYAMA_CITY}002B"
    before = today(fees)
    earlier, unpaid, repaid = (
        fees.TakeFee(payment(desk.submit(people.another()).application_id)).receipt
        for _ in range(3)
    )
    with registration.database.transaction() as tx:
        tx.connection.execute(
            update(fee_receipts)
            .where(fee_receipts.c.application_id == earlier.application_id)
            .values(taken_at=datetime.now(UTC) - timedelta(days=1))
        )
    wrong = pb.FEE_VOID_REASON_ENTERED_WRONGLY
    fees.VoidFeeReceipt(voiding(earlier, reason=wrong, window_id=there))
    fees.VoidFeeReceipt(voiding(unpaid, reason=pb.FEE_VOID_REASON_NOT_PAID, window_id=there))
    fees.VoidFeeReceipt(voiding(repaid, window_id=there))
    after = today(fees)
    assert grown(before, after, here) == [2, 2 * ORDINARY, 0, 0, 1, ORDINARY, 1, ORDINARY]
    assert grown(before, after, there) == [0, 0, 1, ORDINARY, 0, 0, 0, 0]


@pytest.mark.requirement("R5.1.2", refuses=True)
def test_what_is_not_to_be_paid_is_not_taken(
    fees: FeeServiceStub, desk: Desk, person: SyntheticResident
) -> None:
    taken = desk.submit(person).application_id
    less = refused(lambda: fees.TakeFee(payment(taken, ORDINARY - 1)))
    assert (less.reason, less.field) == (Reason.INVALID_FIELD, "yen")
    assert less.metadata["yen"] == str(ORDINARY)
    other = refused(lambda: fees.TakeFee(payment(taken, window_id=f"{TAKAOKA}001A")))
    assert (other.reason, other.field) == (Reason.OUT_OF_SCOPE, "window_id")
    unknown = refused(lambda: fees.TakeFee(payment(str(uuid.uuid4()))))
    assert unknown.reason is Reason.APPLICATION_NOT_FOUND
    none = pb.FeeReceipt(year=2000, number=1)
    elsewhere = refused(lambda: fees.VoidFeeReceipt(voiding(none, window_id=f"{TAKAOKA}001A")))
    assert (elsewhere.reason, elsewhere.field) == (Reason.OUT_OF_SCOPE, "window_id")
    assert refused(lambda: fees.VoidFeeReceipt(voiding(none))).reason is (
        Reason.FEE_RECEIPT_NOT_FOUND
    )
    wrong = pb.GetDailyFeesRequest(municipality_code=TOYAMA_CITY, day="2026-02-30")
    assert refused(lambda: fees.GetDailyFees(wrong)).reason is Reason.DATE_DOES_NOT_EXIST
    desk.withdraw(taken)
    ended = refused(lambda: fees.TakeFee(payment(taken)))
    assert (ended.reason, ended.metadata["state"]) == (Reason.WRONG_STATE, "withdrawn")
    assert not due(fees, taken).receipts


@pytest.mark.requirement("R5.1.2", refuses=True)
def test_a_payment_sent_again_long_after_makes_no_second_receipt(
    registration: RunningRegistration, fees: FeeServiceStub, desk: Desk, person: SyntheticResident
) -> None:
    """Nothing of the first stands in the way once it is void, only that it came from this call."""
    request = payment(desk.submit(person).application_id)
    fees.VoidFeeReceipt(voiding(fees.TakeFee(request).receipt))
    with registration.database.transaction() as tx:
        RequestLog().forget_before(tx, datetime.now(UTC) + timedelta(days=1), at_most=999)
    rows = registration.row_counts()
    again = refused(lambda: fees.TakeFee(request))
    assert (again.reason, again.field) == (Reason.REQUEST_ID_REUSED, "request_id")
    assert registration.row_counts() == rows
    assert not fees.TakeFee(payment(request.application_id)).receipt.HasField("void")
