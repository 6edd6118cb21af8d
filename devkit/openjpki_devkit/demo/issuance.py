"""Steps ① to ⑦: from the application to the certificate in the resident's hands."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.api.registration.v1 import registration_pb2 as pb
from openjpki.api.types.v1 import identity_pb2, person_pb2
from openjpki.cli.arguments import to_pem
from openjpki.cli.key_file import make_key
from openjpki_devkit.demo.journey import MUNICIPALITY, PASSPHRASE, expect

if TYPE_CHECKING:
    from openjpki_devkit.demo.journey import Journey


@dataclass(frozen=True, slots=True)
class IssuedCertificate:
    """What the resident got."""

    serial: bytes
    certificate: bytes
    """X.509 DER."""
    authority_certificate: bytes
    """X.509 DER."""


def issue(journey: Journey) -> IssuedCertificate:
    """Two officers and a resident at a window of 千代田区."""
    application_id = _apply(journey)
    _check_identity(journey, application_id)
    request = _make_key(journey)
    _present_key(journey, application_id, request)
    return _decide(journey, application_id, request)


def _apply(journey: Journey) -> str:
    resident = journey.resident()
    request = pb.SubmitApplicationRequest(
        request_id=str(uuid.uuid4()),
        municipality_code=MUNICIPALITY,
        window_id=f"{MUNICIPALITY}001A",
        attributes=person_pb2.FourAttributes(
            name=resident["name"],
            birth_date=resident["birth_date"],
            sex=person_pb2.SEX_MALE if resident["sex"] == "1" else person_pb2.SEX_FEMALE,
            address=resident["address"],
        ),
        romanised_name=resident["romanised_name"],
    )
    with (
        journey.transcript.step("①", "application at the window", "申請") as step,
        journey.window(MUNICIPALITY, "officer-1") as window,
    ):
        application = window.SubmitApplication(request).application
        step.facts = {"application": application.application_id, "register": "all four agree"}
    return application.application_id


def _check_identity(journey: Journey, application_id: str) -> None:
    request = pb.RecordIdentityCheckRequest(
        request_id=str(uuid.uuid4()),
        municipality_code=MUNICIPALITY,
        application_id=application_id,
        check=identity_pb2.IdentityCheck(
            evidence=identity_pb2.IDENTITY_EVIDENCE_PHOTO_DOCUMENT, document_kind="drivers-licence"
        ),
    )
    with (
        journey.transcript.step("②", "existence and identity checked", "本人確認") as step,
        journey.window(MUNICIPALITY, "officer-1") as window,
    ):
        window.RecordIdentityCheck(request)
        step.facts = {"by": "officer-1", "document": "drivers-licence"}


def _make_key(journey: Journey) -> bytes:
    with journey.transcript.step("③", "key pair made by the applicant", "鍵ペアの生成") as step:
        request = make_key(journey.results / "user.key", PASSPHRASE)
        step.facts = {"key": "RSA 2048, encrypted file"}
    return request


def _present_key(journey: Journey, application_id: str, certification_request: bytes) -> None:
    request = pb.PresentPublicKeyRequest(
        request_id=str(uuid.uuid4()),
        municipality_code=MUNICIPALITY,
        application_id=application_id,
        certification_request=certification_request,
    )
    with (
        journey.transcript.step("④", "public key presented", "公開鍵の提示") as step,
        journey.window(MUNICIPALITY, "officer-1") as window,
    ):
        window.PresentPublicKey(request)
        step.facts = {"proof of possession": "PKCS#10, verified"}


def _decide(
    journey: Journey, application_id: str, certification_request: bytes
) -> IssuedCertificate:
    request = pb.DecideApplicationRequest(
        request_id=str(uuid.uuid4()),
        municipality_code=MUNICIPALITY,
        application_id=application_id,
        decision=pb.DECISION_APPROVE,
    )
    with (
        journey.transcript.step(
            "⑤⑥", "notified and certified", "通知・署名用電子証明書の発行"
        ) as step,
        journey.window(MUNICIPALITY, "officer-2") as window,
    ):
        answer = window.DecideApplication(request, certification_request)
        expect(
            "an issued certificate", holds=answer.application.state == pb.APPLICATION_STATE_ISSUED
        )
        step.facts = {"decided by": "officer-2", "serial": answer.application.serial.hex()}
    issued = IssuedCertificate(
        answer.application.serial, answer.application.certificate, answer.authority_certificate
    )
    with journey.transcript.step(
        "⑦", "handed back with the governor's", "署名用電子証明書の提供"
    ) as step:
        (journey.results / "user.pem").write_bytes(to_pem(issued.certificate))
        (journey.results / "authority.pem").write_bytes(to_pem(issued.authority_certificate))
        step.facts = {"files": "user.pem, authority.pem"}
    return issued
