"""Registered key generators attest what they made, and policy says where a key may be."""

from __future__ import annotations

import hashlib
import uuid
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from openjpki.api.registration.v1 import registration_pb2 as pb
from openjpki.domain.certificate_hand_over import Medium
from openjpki.domain.evidence import KeyAttestation, KeyGenerated, KeyPlace
from openjpki.domain.municipality import Municipality
from openjpki.domain.officers import Officer
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.key_attestation import key_attestation_message
from tests.support.officers import Register, Signer, whole_seconds
from tests.support.registration_service import (
    TAKAOKA,
    TOYAMA_CITY,
    fill_register,
    residents_of,
    running_registration,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.ca_service import RunningCa
    from tests.support.registration_service import Desk, RunningRegistration

HERE, ELSEWHERE = f"key-generator/{TOYAMA_CITY}/counter-1", f"key-generator/{TAKAOKA}/counter-1"
CARD, FILE = KeyPlace(Medium.CARD, "0A1B2C3D"), KeyPlace(Medium.FILE, "")


def attested(
    signer: Signer, application_id: str, der: bytes, place: KeyPlace = CARD, **changes: Any
) -> pb.KeyAttestation:
    """What the device signs of the key in a PKCS#10; ``changes``: it says something else."""
    spki = x509.load_der_x509_csr(der).public_key()
    octets = spki.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    said = {
        "occasion": signer.occasion(),
        "municipality": Municipality(TOYAMA_CITY),
        "application_id": application_id,
        "key_sha256": hashlib.sha256(octets).digest(),
        "place": place,
        **changes,
    }
    signature = signer.sign(KeyGenerated(**said))
    return key_attestation_message(KeyAttestation(place, signature))


@contextmanager
def going_by(
    keys: str, ca: RunningCa, urls: tuple[str, str], folder: Path
) -> Iterator[RunningRegistration]:
    """The service under rules of windows with this of keys."""
    file = folder / "rules.json"
    file.write_text(f'{{"version": "2027-04", "keys": {keys}}}')
    with running_registration(
        folder,
        ca.mesh,
        ca.service.server.port,
        database_url=urls[0],
        register_url=urls[1],
        window_rules=file,
    ) as running:
        yield running


@pytest.fixture(scope="module")
def urls(database_urls: tuple[str, str]) -> tuple[str, str]:
    fill_register(database_urls[1], residents_of(TOYAMA_CITY, 4))
    return database_urls


def checked(desk: Desk, number: int) -> str:
    """An application that waits for its key."""
    taken = desk.submit(residents_of(TOYAMA_CITY, 4)[number])
    desk.check(taken.application_id)
    return taken.application_id


@pytest.mark.requirement("R2.3.1b")
def test_a_registered_generator_attests_and_no_other(
    ca: RunningCa,
    urls: tuple[str, str],
    tmp_path: Path,
    fresh_request: Callable[[], bytes],
) -> None:
    der, other_der = fresh_request(), fresh_request()
    with going_by('{"attested": true}', ca, urls, tmp_path) as registration:
        desk = registration.desk()
        register = Register("registration", registration.channel)
        generator, foreign = register.enrol(HERE), register.enrol(ELSEWHERE)
        application_id = checked(desk, 0)

        def refused(attestation: pb.KeyAttestation | None) -> tuple[Reason, str | None]:
            with pytest.raises(OpenJpkiError) as refusal:
                desk.present(application_id, der, attestation=attestation)
            return refusal.value.reason, refusal.value.field

        def said(by: Signer, **changes: Any) -> pb.KeyAttestation:
            return attested(by, changes.pop("application_id", application_id), der, **changes)

        field = "attestation.signature"
        assert refused(None) == (Reason.INVALID_FIELD, "attestation")
        unknown = Signer(Officer.parse(f"key-generator/{TOYAMA_CITY}/counter-9"))
        assert refused(said(unknown)) == (Reason.OFFICER_NOT_ENROLLED, field)
        posing = Signer(generator.officer)
        assert refused(said(posing)) == (Reason.OFFICER_NOT_ENROLLED, field)
        assert refused(said(foreign)) == (Reason.OFFICER_OUT_OF_SCOPE, field)
        before = generator.occasion(at=whole_seconds() - timedelta(hours=1))
        assert refused(said(generator, occasion=before)) == (Reason.OFFICER_KEY_NOT_VALID, field)
        for changes in (
            {"key_sha256": bytes(32)},
            {"application_id": str(uuid.uuid4())},
            {"municipality": Municipality(TAKAOKA)},
        ):
            invalid = (Reason.EVIDENCE_SIGNATURE_INVALID, field)
            assert refused(said(generator, **changes)) == invalid
        moved = said(generator)
        moved.medium_serial = "another card"
        assert refused(moved) == (Reason.INVALID_FIELD, "attestation.medium_serial")
        moved.medium_serial = "another-card"
        assert refused(moved) == (Reason.EVIDENCE_SIGNATURE_INVALID, field)
        assert desk.get(application_id).state == pb.APPLICATION_STATE_IDENTITY_CONFIRMED

        right, request_id = said(generator), str(uuid.uuid4())
        answer = desk.present(application_id, der, request_id, right)
        assert answer.attestation == right
        assert desk.present(application_id, der, request_id, right) == answer
        entry = [one for one in registration.journal() if one.act == "key.presented"][-1]
        assert (entry.details["generator"], entry.details["medium"]) == (HERE, "card")
        # Who decides sees it, and from then on everybody.
        second = registration.desk("officer-2")
        assert second.get(application_id).attestation == right
        issued = second.decide(application_id).application
        assert issued.state == pb.APPLICATION_STATE_ISSUED
        assert issued.attestation == right

        # One operator is enough to suspend a device, and two to know one: of officers, none.
        waiting = checked(desk, 1)
        made_before = attested(generator, waiting, other_der)
        register.revoke(generator.officer)
        with pytest.raises(OpenJpkiError) as refusal:
            desk.present(waiting, other_der, attestation=made_before)
        assert refusal.value.reason is Reason.OFFICER_REVOKED
        with pytest.raises(OpenJpkiError) as refusal:
            register.propose(Signer(Officer.parse(f"window-officer/{TOYAMA_CITY}/sato")))
        assert refusal.value.reason is Reason.OFFICER_OUT_OF_SCOPE


@pytest.mark.requirement("R2.3.2")
def test_a_key_is_in_a_file_only_where_policy_lets_it(
    ca: RunningCa,
    urls: tuple[str, str],
    tmp_path: Path,
    fresh_request: Callable[[], bytes],
) -> None:
    der = fresh_request()
    device = f"key-generator/{TOYAMA_CITY}/counter-2"
    with going_by('{"attested": true, "files": false}', ca, urls, tmp_path) as registration:
        desk = registration.desk()
        generator = Register("registration", registration.channel).enrol(device)
        application_id = checked(desk, 2)
        in_file = attested(generator, application_id, der, FILE)
        with pytest.raises(OpenJpkiError) as refusal:
            desk.present(application_id, der, attestation=in_file)
        assert refusal.value.reason is Reason.INVALID_FIELD
        assert refusal.value.field == "attestation.medium"
        told = desk.stub.GetWindowRules(
            pb.GetWindowRulesRequest(municipality_code=desk.municipality)
        )
        assert (told.keys_attested, told.keys_in_files) == (True, False)
        # On a card it goes: also where another officer later has to do the step again.
        on_card = attested(generator, application_id, der)
        assert desk.present(application_id, der, attestation=on_card).attestation == on_card
    with going_by('{"attested": true, "files": true}', ca, urls, tmp_path) as registration:
        desk, der = registration.desk(), fresh_request()
        application_id = checked(desk, 3)
        in_file = attested(generator, application_id, der, FILE)
        assert desk.present(application_id, der, attestation=in_file).attestation == in_file
        registration.desk("officer-2").decide(application_id)
        with pytest.raises(OpenJpkiError) as refusal:
            desk.hand_over(application_id)
        assert (refusal.value.reason, refusal.value.field) == (Reason.INVALID_FIELD, "medium")
        handed = desk.hand_over(application_id, medium=pb.CERTIFICATE_MEDIUM_FILE)
        assert handed.handed_over.medium == pb.CERTIFICATE_MEDIUM_FILE
