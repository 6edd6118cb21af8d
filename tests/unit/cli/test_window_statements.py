"""An officer signs for the application and the key that they mean, whatever the service shows."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from openjpki.api.registration.v1 import registration_pb2 as pb
from openjpki.api.types.v1 import person_pb2
from openjpki.cli.window_statements import (
    require_opened,
    sign_check,
    sign_decision,
    sign_presentation,
    sign_submission,
    sign_taking_over,
)
from openjpki.domain.application import application_id_of
from openjpki.errors import OpenJpkiError, Reason
from tests.support.ca_service import person_key, request_of
from tests.support.window_officers import LICENCE, signer_of, window_officer

if TYPE_CHECKING:
    from collections.abc import Callable

MEANT, OTHER = str(uuid.uuid4()), str(uuid.uuid4())
KEY = bytes(range(32))


def shown(**differing: object) -> pb.Application:
    """What registration shows of the application that is meant."""
    fields = {
        "application_id": MEANT,
        "municipality_code": "16201",
        "window_id": "16201001A",
        "attributes": person_pb2.FourAttributes(
            name="富山\u3000花子",
            birth_date="1980-02-17",
            sex=person_pb2.SEX_FEMALE,
            address="富山県富山市一丁目２番３号",
        ),
        "key_sha256": KEY,
    }
    return pb.Application(**{**fields, **differing})  # type: ignore[arg-type]


def check(application: pb.Application) -> pb.RecordIdentityCheckRequest:
    request = pb.RecordIdentityCheckRequest(
        request_id=str(uuid.uuid4()),
        municipality_code="16201",
        application_id=MEANT.upper(),
        check=LICENCE,
    )
    sign_check(request, application, signer_of(window_officer("16201", "officer-1")))
    return request


def taking_over(application: pb.Application) -> pb.TakeOverApplicationRequest:
    request = pb.TakeOverApplicationRequest(
        request_id=str(uuid.uuid4()), municipality_code="16201", application_id=MEANT
    )
    sign_taking_over(request, application, signer_of(window_officer("16201", "officer-3")))
    return request


def presentation(application: pb.Application) -> pb.PresentPublicKeyRequest:
    request = pb.PresentPublicKeyRequest(
        request_id=str(uuid.uuid4()),
        municipality_code="16201",
        application_id=MEANT,
        certification_request=request_of(person_key()),
    )
    sign_presentation(request, application, signer_of(window_officer("16201", "officer-1")))
    return request


def decision(
    application: pb.Application, key_sha256: bytes | None = KEY, *, approve: bool = True
) -> pb.DecideApplicationRequest:
    request = pb.DecideApplicationRequest(
        request_id=str(uuid.uuid4()),
        municipality_code="16201",
        application_id=MEANT,
        decision=pb.DECISION_APPROVE if approve else pb.DECISION_REJECT,
    )
    officer = signer_of(window_officer("16201", "officer-2"))
    sign_decision(request, application, officer, key_sha256=key_sha256)
    return request


def test_what_is_refused_before_it_is_sent_is_told_as_the_form_calls_it() -> None:
    request = pb.SubmitApplicationRequest(
        request_id=str(uuid.uuid4()),
        municipality_code="16201",
        window_id="16201001A",
        attributes=shown().attributes,
        romanised_name="TOYAMA HANAKO",
    )
    request.attributes.name = "富山　　花子"
    with pytest.raises(OpenJpkiError) as refused:
        sign_submission(request, signer_of(window_officer("16201", "officer-1")))
    assert refused.value.field == "attributes.name"
    assert refused.value.labels["attributes.name"].ja == "氏名"


@pytest.mark.parametrize("sign", [check, taking_over, presentation, decision])
@pytest.mark.parametrize(
    "differing",
    [{"application_id": OTHER}, {"window_id": "16202001A", "municipality_code": "16202"}],
)
@pytest.mark.requirement("R9.2.1", refuses=True)
def test_another_application_is_not_signed_for(
    sign: Callable[
        [pb.Application],
        pb.RecordIdentityCheckRequest
        | pb.TakeOverApplicationRequest
        | pb.PresentPublicKeyRequest
        | pb.DecideApplicationRequest,
    ],
    differing: dict[str, str],
) -> None:
    assert sign(shown()).HasField("officer_signature")
    with pytest.raises(OpenJpkiError) as refused:
        sign(shown(**differing))
    assert (refused.value.reason, refused.value.field) == (Reason.INVALID_FIELD, "application_id")


@pytest.mark.parametrize("key_sha256", [bytes(32), b""])
def test_another_key_than_the_applicants_is_not_approved(key_sha256: bytes) -> None:
    with pytest.raises(OpenJpkiError) as refused:
        decision(shown(key_sha256=key_sha256))
    assert refused.value.field == "certification_request"


def test_nobody_approves_a_key_that_they_have_from_the_service_alone() -> None:
    with pytest.raises(OpenJpkiError) as refused:
        decision(shown(), None)
    assert refused.value.field == "certification_request"
    # A rejection makes no certificate over any key.
    assert decision(shown(), None, approve=False).HasField("officer_signature")


def test_a_key_is_signed_for_only_with_proof_of_possession() -> None:
    proven = request_of(person_key())
    request = pb.PresentPublicKeyRequest(
        request_id=str(uuid.uuid4()),
        municipality_code="16201",
        application_id=MEANT,
        certification_request=proven[:-1] + bytes([proven[-1] ^ 1]),
    )
    with pytest.raises(OpenJpkiError) as refused:
        sign_presentation(request, shown(), signer_of(window_officer("16201", "officer-1")))
    assert refused.value.reason is Reason.CSR_SIGNATURE_INVALID


def test_an_answer_about_another_application_is_not_taken() -> None:
    """A service could name the application of somebody else, to have that checked and decided."""
    request = pb.SubmitApplicationRequest(
        request_id=str(uuid.uuid4()),
        municipality_code="16201",
        window_id="16201001A",
        attributes=shown().attributes,
        romanised_name="TOYAMA HANAKO",
    )
    officer = window_officer("16201", "officer-1")
    sign_submission(request, signer_of(officer))
    opened = application_id_of(officer, request.request_id)
    require_opened(shown(application_id=opened), request)
    with pytest.raises(OpenJpkiError) as refused:
        require_opened(shown(), request)
    assert refused.value.field == "application_id"
