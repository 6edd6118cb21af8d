"""Who asks for a revocation at the window and is turned down: recorded, with the reason."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from openjpki.api.registration.v1 import registration_pb2 as pb
from openjpki.api.types.v1 import identity_pb2
from openjpki.domain.retention import RetentionClass
from openjpki.domain.window import JAPAN
from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.storage.kernel.requests import RequestLog
from tests.support.registration_service import TAKAOKA, TOYAMA_CITY

if TYPE_CHECKING:
    from collections.abc import Callable

    from openjpki_devkit.register.synthetic import SyntheticResident
    from tests.support.registration_service import Desk, RunningRegistration

# Too few right answers to revoke by.
TOO_LITTLE = identity_pb2.IdentityCheck(
    evidence=identity_pb2.IDENTITY_EVIDENCE_DOCUMENT_AND_QUESTIONS,
    document_kind="health-insurance-card",
    questions=[
        identity_pb2.AskedQuestion(question="household", answered_right=True),
        identity_pb2.AskedQuestion(question="moving-day"),
    ],
)


def refusal(**changes: Any) -> pb.RefuseRevocationRequest:
    stated: dict[str, Any] = {
        "request_id": str(uuid.uuid4()),
        "municipality_code": TOYAMA_CITY,
        "window_id": f"{TOYAMA_CITY}001A",
        "cause": 1,
        "asker": pb.REVOCATION_ASKER_HOLDER,
        "reason": pb.REVOCATION_REFUSAL_REASON_IDENTITY_NOT_SHOWN,
    }
    return pb.RefuseRevocationRequest(**{**stated, **changes})


def listed(desk: Desk, **wanted: Any) -> pb.ListRefusedRevocationsResponse:
    return desk.stub.ListRefusedRevocations(
        pb.ListRefusedRevocationsRequest(municipality_code=desk.municipality, **wanted)
    )


@pytest.mark.requirement("R2.8")
def test_who_is_turned_down_is_recorded_and_the_certificate_lives(
    registration: RunningRegistration,
    desk: Desk,
    second_desk: Desk,
    person: SyntheticResident,
    fresh_request: Callable[[], bytes],
) -> None:
    taken = desk.submit(person).application_id
    desk.check(taken)
    desk.present(taken, fresh_request())
    issued = second_desk.decide(taken).application
    with pytest.raises(OpenJpkiError) as short:
        desk.revoke(issued.serial, check=TOO_LITTLE)
    assert short.value.field == "check.questions"

    request = refusal(
        serial=issued.serial,
        asker=pb.REVOCATION_ASKER_ANOTHER,
        check=TOO_LITTLE,
        reason=pb.REVOCATION_REFUSAL_REASON_NOT_THE_HOLDER,
        explanation="同居の家族",
    )
    refused = desk.stub.RefuseRevocation(request).refused
    assert desk.stub.RefuseRevocation(request).refused == refused
    assert list(listed(desk, serial=issued.serial).refused) == [refused]
    assert (refused.application_id, refused.serial) == (taken, issued.serial)
    assert (refused.check, refused.asker) == (TOO_LITTLE, request.asker)
    assert (refused.reason, refused.explanation) == (request.reason, request.explanation)
    assert (refused.officer, refused.window_id) == (desk.officer, request.window_id)

    (entry,) = [one for one in registration.journal() if one.subject == refused.refusal_id]
    assert entry.act == "revocation.refused"
    said = {"reason": "not_the_holder", "asker": "another", "asked": 2, "right": 1}
    assert {name: entry.details[name] for name in said} == said
    # Nothing ended by it: the holder themself has it revoked.
    assert desk.revoke(issued.serial).HasField("revoked_at")


def test_a_list_goes_on_where_the_page_before_ended(
    registration: RunningRegistration, desk: Desk
) -> None:
    other = registration.desk("officer-1", TAKAOKA)
    before = len(listed(desk).refused)
    made = [desk.stub.RefuseRevocation(refusal()).refused for _ in range(3)]
    day = made[0].refused_at.ToDatetime(UTC).astimezone(JAPAN).date()
    page = listed(desk, refused_on=f"{day}", page_size=before + 2)
    rest = listed(desk, refused_on=f"{day}", page=page.next_page)
    assert [*page.refused, *rest.refused][-3:] == made
    assert (len(rest.refused), rest.next_page) == (1, b"")
    assert not made[0].HasField("check")
    assert not listed(other).refused
    assert not listed(desk, refused_on="2020-01-01").refused
    with registration.database.reading() as tx:
        *_, last = SqlJournal().read(tx, TOYAMA_CITY, RetentionClass.OPERATIONS)
    assert (last.act, last.details["count"]) == ("refused_revocations.listed", 0)


@pytest.mark.requirement("R2.8", refuses=True)
@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"reason": 0}, "reason", Reason.INVALID_FIELD),
        ({"asker": 0}, "asker", Reason.INVALID_FIELD),
        ({"reason": pb.REVOCATION_REFUSAL_REASON_OTHER}, "explanation", Reason.INVALID_FIELD),
        ({"explanation": "番号は1234"}, "explanation", Reason.INVALID_FIELD),
        (
            {"reason": pb.REVOCATION_REFUSAL_REASON_NOT_THE_HOLDER},
            "serial",
            Reason.INVALID_FIELD,
        ),
        ({"window_id": f"{TAKAOKA}001A"}, "window_id", Reason.OUT_OF_SCOPE),
        ({"cause": 3}, "cause", Reason.REASON_NOT_ALLOWED),
    ],
)
def test_what_says_too_little_is_not_recorded(
    registration: RunningRegistration,
    desk: Desk,
    changes: dict[str, Any],
    field: str,
    reason: Reason,
) -> None:
    before = registration.row_counts()
    with pytest.raises(OpenJpkiError) as refused:
        desk.stub.RefuseRevocation(refusal(**changes))
    assert (refused.value.field, refused.value.reason) == (field, reason)
    assert registration.row_counts() == before


@pytest.mark.requirement("R2.8", refuses=True)
def test_a_refusal_sent_again_long_after_is_not_recorded_twice(
    registration: RunningRegistration, desk: Desk
) -> None:
    request = refusal()
    desk.stub.RefuseRevocation(request)
    with registration.database.transaction() as tx:
        RequestLog().forget_before(tx, datetime.now(UTC) + timedelta(days=1), at_most=999)
    rows = registration.row_counts()
    with pytest.raises(OpenJpkiError) as again:
        desk.stub.RefuseRevocation(request)
    assert (again.value.reason, again.value.field) == (Reason.REQUEST_ID_REUSED, "request_id")
    assert registration.row_counts() == rows
