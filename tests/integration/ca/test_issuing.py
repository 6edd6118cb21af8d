"""⑥ over the wire: what is issued, what is refused, what a retry gets."""

from __future__ import annotations

import hashlib
import secrets
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import reduce
from threading import Barrier
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from sqlalchemy import select

from openjpki.api.ca.v1 import ca_pb2
from openjpki.api.types.v1 import revocation_pb2
from openjpki.domain.authority import AuthorityId
from openjpki.domain.policy import AuthorityPolicy
from openjpki.domain.retention import RetentionClass
from openjpki.domain.window import JAPAN
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ca.authorities.create_authority import set_active
from openjpki.services.ca.issuance.conversions import user_order
from openjpki.services.ca.issuance.issue_user import issue_user
from openjpki.storage.ca import issuances
from openjpki.storage.ca.tables import serials
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.storage.kernel.requests import RequestKey
from openjpki.storage.kernel.tables import requests
from tests.support.ca_service import (
    KAGAWA,
    TOYAMA,
    issue_request,
    request_of,
    revoke_request,
    running_ca,
)
from tests.support.window_officers import sign_issuance

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.ca.conftest import Keys
    from tests.support.ca_service import RunningCa


@pytest.mark.requirement("R1.3.4", "R2.5.1", "R2.5.2", "R2.5.3", "R2.5.6")
def test_certificate_is_the_governors(ca: RunningCa, keys: Keys) -> None:
    answer = ca.certificates().IssueCertificate(issue_request(keys[0]))
    certificate = x509.load_der_x509_certificate(answer.certificate)
    authority = x509.load_der_x509_certificate(answer.authority_certificate)
    certificate.verify_directly_issued_by(authority)
    assert certificate.public_key() == keys[0].public_key()
    assert certificate.serial_number == int.from_bytes(answer.serial, "big")
    assert certificate.not_valid_after_utc.strftime("%H:%M:%S") == "14:59:59"
    assert "Governor of Toyama" in authority.subject.rfc4514_string()
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical
    assert usage.value.content_commitment
    # The day it was issued: it is backdated, over midnight perhaps.
    issued = certificate.not_valid_before_utc + AuthorityPolicy().validity.backdated
    begin, end = (
        moment.astimezone(JAPAN).date() for moment in (issued, certificate.not_valid_after_utc)
    )
    leap_day = (begin.month, begin.day) == (2, 29)
    assert end == begin.replace(year=begin.year + 3, day=28 if leap_day else begin.day)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    # UTF8String, one octet of tag and one or two of length before the text.
    texts = [name.value.split(b"\x0c", 1)[1] for name in names]
    assert texts[0].endswith("富山\u3000花子".encode())
    assert texts[1].endswith(b"319800217")
    assert texts[2].endswith(b"2")
    assert texts[3].endswith("富山県富山市一丁目２番３号".encode())


def test_what_was_issued_can_be_read(ca: RunningCa, keys: Keys) -> None:
    stub = ca.certificates()
    answer = stub.IssueCertificate(issue_request(keys[0]))
    found = stub.GetCertificate(
        ca_pb2.GetCertificateRequest(authority_id=TOYAMA, serial=answer.serial)
    )
    assert found.certificate == answer.certificate
    assert found.status == revocation_pb2.CERTIFICATE_STATUS_GOOD
    assert not found.HasField("revoked_at")


def test_retry_gets_the_same_bytes(ca: RunningCa, keys: Keys) -> None:
    stub = ca.certificates()
    request = issue_request(keys[0])
    first = stub.IssueCertificate(request)
    assert stub.IssueCertificate(request) == first
    with ca.service.ca.database.reading() as tx:
        kept = tx.connection.execute(select(requests.c.response)).scalars().all()
    assert kept == [], "the issuance's own row tells; the certificate stands in its table alone"
    changed = ca_pb2.IssueCertificateRequest()
    changed.CopyFrom(request)
    sign_issuance(changed, decided_by="officer-3")
    with pytest.raises(OpenJpkiError) as refusal:
        stub.IssueCertificate(changed)
    assert refusal.value.reason is Reason.REQUEST_ID_REUSED


def test_retry_gets_the_same_bytes_whenever_answers_are_removed(ca: RunningCa, keys: Keys) -> None:
    stub, request = ca.certificates(), issue_request(keys[0])
    first = stub.IssueCertificate(request)
    ahead = ca.service.ca.clock.now() + timedelta(days=1)
    with ca.service.ca.database.transaction() as tx:
        assert ca.service.ca.requests.forget_before(tx, ahead, at_most=9) == 0
    assert stub.IssueCertificate(request) == first


def test_a_request_id_is_one_calls_whichever_authority_it_names(ca: RunningCa, keys: Keys) -> None:
    first = issue_request(keys[0])
    ca.certificates().IssueCertificate(first)
    elsewhere = issue_request(
        keys[1], authority_id=KAGAWA, municipality_code="37201", person="another"
    )
    elsewhere.request_id = first.request_id
    with pytest.raises(OpenJpkiError) as refusal:
        ca.certificates().IssueCertificate(elsewhere)
    assert refusal.value.reason is Reason.REQUEST_ID_REUSED


def test_two_calls_of_one_id_to_two_authorities_at_once_leave_nothing_open(
    tmp_path: Path, database_url: str, keys: Keys
) -> None:
    """Both have looked and found nothing before either stores its intent."""
    both_looked = Barrier(2)

    def checkpoint(step: str) -> None:
        if step == "bytes built":
            both_looked.wait(timeout=90)

    requests_ = [
        issue_request(keys[0]),
        issue_request(keys[1], authority_id=KAGAWA, municipality_code="37201", person="another"),
    ]
    requests_[1].request_id = requests_[0].request_id
    both = (TOYAMA, KAGAWA)
    with running_ca(tmp_path, database_url, authorities=both, checkpoint=checkpoint) as ca:

        def issue(request: ca_pb2.IssueCertificateRequest) -> Reason | None:
            try:
                ca.certificates().IssueCertificate(request)
            except OpenJpkiError as error:
                return error.reason
            return None

        with ThreadPoolExecutor(2) as pool:
            outcomes = list(pool.map(issue, requests_))
        assert sorted(map(str, outcomes)) == sorted(map(str, [None, Reason.REQUEST_ID_REUSED]))
        for authority in both:
            with ca.service.ca.database.reading() as tx:
                assert issuances.open_intents(tx, AuthorityId.parse(authority)) == []


def test_a_serial_number_that_was_ever_taken_is_drawn_anew(ca: RunningCa, keys: Keys) -> None:
    """Also one that the random source gives twice: signed once, it is nobody else's."""
    first = ca.certificates().IssueCertificate(issue_request(keys[0]))
    drawn: list[bytes] = []

    def twice_the_same(octets: int) -> bytes:
        drawn.append(first.serial if len(drawn) < 2 else secrets.token_bytes(octets))
        return drawn[-1]

    context = replace(ca.service.ca, random=twice_the_same)
    request = issue_request(keys[1], person="another")
    key = RequestKey.of("Service/Method", "caller", request.request_id, b"content")
    wanted = user_order(request, context.clock.now())
    answer = issue_user(context, wanted, key)
    assert len(drawn) == 3
    assert answer.serial != first.serial
    certificate = x509.load_der_x509_certificate(answer.certificate)
    assert certificate.serial_number == int.from_bytes(answer.serial, "big")
    with ca.service.ca.database.reading() as tx:
        reserved = set(tx.connection.execute(select(serials.c.serial)).scalars())
    assert {first.serial, answer.serial} < reserved


def test_every_act_is_in_the_journal(ca: RunningCa, keys: Keys) -> None:
    request = issue_request(keys[0])
    answer = ca.certificates().IssueCertificate(request)
    with ca.service.ca.database.reading() as tx:
        entries = [
            entry
            for entry in SqlJournal().read_all(tx, TOYAMA)
            if entry.act.startswith(("authority", "certificate"))
        ]
    assert [entry.act for entry in entries] == [
        "authority.created",
        "certificate.intended",
        "certificate.issued",
    ]
    assert entries[1].subject == entries[2].subject == answer.serial.hex()
    assert entries[1].actor.endswith("/registration/nationwide")
    for act, officer in (("submitted", 1), ("checked", 1), ("approved", 2)):
        assert entries[1].details[f"{act}_by"] == f"window-officer/16201/officer-{officer}"
    signatures = [request.submitted, request.checked, request.decided]
    assert [
        entries[1].details[f"{act}_sha256"] for act in ("submitted", "checked", "approved")
    ] == [hashlib.sha256(one.signature).hexdigest() for one in signatures]
    digest = hashlib.sha256(answer.certificate).hexdigest()
    assert entries[2].details["certificate_sha256"] == digest
    written = "".join(entry.details.as_json() for entry in entries)
    assert "花子" not in written


@pytest.mark.requirement("R2.4.2", refuses=True)
def test_second_live_certificate_is_refused(ca: RunningCa, keys: Keys) -> None:
    stub = ca.certificates()
    first = stub.IssueCertificate(issue_request(keys[0], person="one"))
    with pytest.raises(OpenJpkiError) as refusal:
        stub.IssueCertificate(issue_request(keys[1], person="one"))
    assert refusal.value.reason is Reason.LIVE_CERTIFICATE_EXISTS
    stub.IssueCertificate(issue_request(keys[2], person="two"))
    stub.RevokeCertificate(revoke_request(first.serial))
    again = stub.IssueCertificate(issue_request(keys[1], person="one"))
    assert again.serial != first.serial


@pytest.mark.requirement("R2.5.3", refuses=True)
def test_key_of_another_person_is_refused_everywhere(ca: RunningCa, keys: Keys) -> None:
    stub = ca.certificates()
    stub.IssueCertificate(issue_request(keys[0], person="one"))
    for authority_id, municipality in ((TOYAMA, "16202"), (KAGAWA, "37201")):
        with pytest.raises(OpenJpkiError) as refusal:
            stub.IssueCertificate(
                issue_request(
                    keys[0],
                    person="two",
                    authority_id=authority_id,
                    municipality_code=municipality,
                )
            )
        assert refusal.value.reason is Reason.KEY_ALREADY_USED
        assert refusal.value.field == "certification_request"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"certification_request": b"\x30\x03\x02\x01\x00"}, Reason.MALFORMED_DER),
        ({"municipality_code": "37201"}, Reason.UNKNOWN_MUNICIPALITY),
        ({"municipality_code": "16999"}, Reason.UNKNOWN_MUNICIPALITY),
        ({"window_id": "16202001A"}, Reason.INVALID_FIELD),
        # The PKCS#10 is looked at last.
        (
            {"municipality_code": "16999", "certification_request": b"\x30\x03"},
            Reason.UNKNOWN_MUNICIPALITY,
        ),
        ({"decided.officer": "富山 太郎"}, Reason.INVALID_FIELD),
        ({"checked.key_sha256": b"short"}, Reason.INVALID_FIELD),
        ({"authority_id": "authentication-16"}, Reason.AUTHORITY_NOT_FOUND),
        ({"authority_id": "signing-37"}, Reason.UNKNOWN_MUNICIPALITY),
        ({"person_reference": b"short"}, Reason.INVALID_FIELD),
        ({"request_id": "no uuid"}, Reason.INVALID_FIELD),
    ],
)
def test_requests_that_are_not_right_leave_nothing(
    ca: RunningCa, keys: Keys, change: dict[str, object], reason: Reason
) -> None:
    request = issue_request(keys[0])
    for field, value in change.items():
        *path, last = field.split(".")
        setattr(reduce(getattr, path, request), last, value)
    with pytest.raises(OpenJpkiError) as refusal:
        ca.certificates().IssueCertificate(request)
    assert refusal.value.reason is reason
    assert_nothing_issued(ca)


@pytest.mark.requirement("R2.5.4", refuses=True)
@pytest.mark.parametrize(
    ("name", "birth_date", "reason"),
    [
        # In no text of any request, on whatever database.
        ("富山\u3000花\u0000子", "1980-02-17", Reason.INVALID_FIELD),
        ("富山\u3000花\u202e子", "1980-02-17", Reason.FORBIDDEN_CHARACTER),
        ("髙山\u3000花子", "1980-02-17", Reason.NAME_NOT_IN_REPERTOIRE),
        ("富山\u3000花子", "1981-02-29", Reason.DATE_DOES_NOT_EXIST),
    ],
)
def test_attributes_that_cannot_be_certified(
    ca: RunningCa, keys: Keys, name: str, birth_date: str, reason: Reason
) -> None:
    request = issue_request(keys[0])
    request.attributes.name = name
    request.substitutions.name = "0" * len(name)
    request.attributes.birth_date = birth_date
    with pytest.raises(OpenJpkiError) as refusal:
        ca.certificates().IssueCertificate(request)
    assert refusal.value.reason is reason
    assert (refusal.value.field or "").startswith("attributes.")
    assert_nothing_issued(ca)


def test_masks_must_fit_their_texts(ca: RunningCa, keys: Keys) -> None:
    request = issue_request(keys[0])
    request.substitutions.address = "0"
    with pytest.raises(OpenJpkiError) as refusal:
        ca.certificates().IssueCertificate(request)
    assert refusal.value.field == "substitutions.address"


@pytest.mark.requirement("R9.1.1", refuses=True)
def test_key_of_1024_bits_is_refused(ca: RunningCa) -> None:
    request = issue_request(rsa.generate_private_key(65537, 1024))  # noqa: S505
    with pytest.raises(OpenJpkiError) as refusal:
        ca.certificates().IssueCertificate(request)
    assert refusal.value.reason is Reason.KEY_SIZE_REFUSED
    assert_nothing_issued(ca)


def test_request_for_an_authority_is_refused(ca: RunningCa, keys: Keys) -> None:
    request = issue_request(keys[0])
    request.certification_request = request_of(keys[0], authority=True)
    with pytest.raises(OpenJpkiError) as refusal:
        ca.certificates().IssueCertificate(request)
    assert refusal.value.reason is Reason.CSR_ASKS_FOR_AUTHORITY


@pytest.mark.requirement("R1.3.1")
def test_stopped_authority_issues_nothing_its_neighbour_does(ca: RunningCa, keys: Keys) -> None:
    set_active(ca.service.ca, AuthorityId.parse(TOYAMA), active=False, actor="ceremony")
    stub = ca.certificates()
    with pytest.raises(OpenJpkiError) as refusal:
        stub.IssueCertificate(issue_request(keys[0]))
    assert refusal.value.reason is Reason.AUTHORITY_NOT_ACTIVE
    assert "stopped by its operator" in refusal.value.message
    stub.IssueCertificate(issue_request(keys[0], authority_id=KAGAWA, municipality_code="37201"))
    set_active(ca.service.ca, AuthorityId.parse(TOYAMA), active=True, actor="ceremony")
    stub.IssueCertificate(issue_request(keys[1]))
    with ca.service.ca.database.reading() as tx:
        acts = [entry.act for entry in SqlJournal().read(tx, TOYAMA, RetentionClass.AUTHORITY_KEYS)]
    assert [act for act in acts if act.startswith("authority")] == [
        "authority.created",
        "authority.stopped",
        "authority.activated",
    ]


@pytest.mark.requirement("R1.3.1", refuses=True)
def test_authorities_cannot_touch_each_other(ca: RunningCa, keys: Keys) -> None:
    """Each signs with its own key, and knows nothing of the other's certificates."""
    stub = ca.certificates()
    toyama = stub.IssueCertificate(issue_request(keys[0]))
    kagawa = stub.IssueCertificate(
        issue_request(keys[1], authority_id=KAGAWA, municipality_code="37201")
    )
    issuers = [
        x509.load_der_x509_certificate(answer.authority_certificate) for answer in (toyama, kagawa)
    ]
    assert issuers[0].public_key() != issuers[1].public_key()
    assert issuers[0].subject != issuers[1].subject
    with pytest.raises(ValueError, match="does not match"):
        x509.load_der_x509_certificate(toyama.certificate).verify_directly_issued_by(issuers[1])
    with pytest.raises(OpenJpkiError) as unknown:
        stub.GetCertificate(ca_pb2.GetCertificateRequest(authority_id=KAGAWA, serial=toyama.serial))
    assert unknown.value.reason is Reason.CERTIFICATE_NOT_FOUND
    with pytest.raises(OpenJpkiError) as refusal:
        stub.RevokeCertificate(revoke_request(toyama.serial, authority_id=KAGAWA))
    assert refusal.value.reason is Reason.CERTIFICATE_NOT_FOUND


@pytest.mark.requirement("R2.4.2", refuses=True)
@pytest.mark.parametrize("same", ["request", "person", "key"])
def test_at_once(ca: RunningCa, keys: Keys, same: str) -> None:
    """The same request, person or key several times at once: one certificate."""
    if same == "request":
        requests = [issue_request(keys[0])] * 6
    elif same == "person":
        requests = [issue_request(key, person="one") for key in keys[:6]]
    else:
        requests = [issue_request(keys[0], person=str(number)) for number in range(6)]
    expected = {
        "request": set(),
        "person": {Reason.LIVE_CERTIFICATE_EXISTS},
        "key": {Reason.KEY_ALREADY_USED},
    }[same]
    stub, together = ca.certificates(), threading.Barrier(6)

    def call(request: ca_pb2.IssueCertificateRequest) -> bytes | Reason:
        together.wait(90)
        try:
            return bytes(stub.IssueCertificate(request).certificate)
        except OpenJpkiError as error:
            if error.reason not in expected:
                raise
            return error.reason

    with ThreadPoolExecutor(6) as pool:
        outcomes = list(pool.map(call, requests))
    issued = {outcome for outcome in outcomes if isinstance(outcome, bytes)}
    refused = {outcome for outcome in outcomes if isinstance(outcome, Reason)}
    assert len(issued) == 1
    assert refused == expected
    snapshot = list(ca.feed().ReadSnapshot(ca_pb2.ReadSnapshotRequest(authority_id=TOYAMA)))
    assert sum(len(message.serials) for message in snapshot) == 1


def assert_nothing_issued(ca: RunningCa) -> None:
    """No certificate, no open intent, no event."""
    with ca.service.ca.database.reading() as tx:
        acts = {entry.act for entry in SqlJournal().read_all(tx, TOYAMA)}
    assert not {act for act in acts if act.startswith("certificate")}
