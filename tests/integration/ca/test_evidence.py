"""ca believes officers' signatures over the very request, and nobody's word about officers."""

from __future__ import annotations

import hashlib
import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import cbor2
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from sqlalchemy import func, select

from openjpki.api.types.v1 import identity_pb2, person_pb2, revocation_pb2
from openjpki.domain.authority import AuthorityId
from openjpki.domain.officers import Officer
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ca.issuance.conversions import user_order
from openjpki.services.ca.issuance.signed_for import signed_for
from openjpki.services.ca.issuance.user_evidence import UserEvidence
from openjpki.storage.ca import evidence
from openjpki.storage.ca.tables import issuances, revocations
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.storage.officers import keys as officer_keys
from tests.integration.ca.test_issuing import assert_nothing_issued
from tests.support.ca_service import (
    TOYAMA,
    issue_request,
    request_of,
    revoke_request,
)
from tests.support.window_officers import (
    key_of,
    sign_issuance,
    sign_taking_over,
    window_officer,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from openjpki.api.ca.v1 import ca_pb2
    from tests.integration.ca.conftest import Keys
    from tests.support.ca_service import RunningCa

    Change = Callable[[ca_pb2.IssueCertificateRequest, Keys], object]

WINDOW, OTHER_WINDOW = "16201001A", "16201002B"
GOVERNOR = f"governor-officer/{TOYAMA}/mori"


def refused(ca: RunningCa, request: ca_pb2.IssueCertificateRequest) -> OpenJpkiError:
    """Why; nothing is reserved or kept."""
    with pytest.raises(OpenJpkiError) as refusal:
        ca.certificates().IssueCertificate(request)
    assert_nothing_issued(ca)
    return refusal.value


def _other_attributes(request: ca_pb2.IssueCertificateRequest, _: Keys) -> None:
    request.attributes.birth_date = "1980-02-18"


def _other_sex(request: ca_pb2.IssueCertificateRequest, _: Keys) -> None:
    request.attributes.sex = person_pb2.SEX_MALE


def _other_key(request: ca_pb2.IssueCertificateRequest, keys: Keys) -> None:
    request.certification_request = request_of(keys[1])


def _other_document(request: ca_pb2.IssueCertificateRequest, _: Keys) -> None:
    request.check.document_kind = "passport"


def _other_way(request: ca_pb2.IssueCertificateRequest, _: Keys) -> None:
    request.check.evidence = identity_pb2.IDENTITY_EVIDENCE_DOCUMENT_AND_QUESTIONS


def _other_window(request: ca_pb2.IssueCertificateRequest, _: Keys) -> None:
    request.window_id = OTHER_WINDOW


def _other_application(request: ca_pb2.IssueCertificateRequest, _: Keys) -> None:
    request.application_id = str(uuid.uuid4())


def _of_another_application(request: ca_pb2.IssueCertificateRequest, keys: Keys) -> None:
    """All right but the approval, which the same officer gave to another application."""
    request.decided.CopyFrom(issue_request(keys[0]).decided)


def _altered(request: ca_pb2.IssueCertificateRequest, _: Keys) -> None:
    whole = request.decided.signature
    request.decided.signature = whole[:-1] + bytes([whole[-1] ^ 1])


def _swapped(request: ca_pb2.IssueCertificateRequest, _: Keys) -> None:
    checked = request.checked.SerializeToString()
    request.checked.CopyFrom(request.decided)
    request.decided.ParseFromString(checked)


def _later(request: ca_pb2.IssueCertificateRequest, _: Keys) -> None:
    request.decided.signed_at.seconds += 1


def _for_another_request(request: ca_pb2.IssueCertificateRequest, _: Keys) -> None:
    request.decided.request_id = str(uuid.uuid4())


@pytest.mark.requirement("R9.2.1", refuses=True)
@pytest.mark.parametrize(
    "change",
    [
        _other_attributes,
        _other_sex,
        _other_key,
        _other_document,
        _other_way,
        _other_window,
        _other_application,
        _of_another_application,
        _altered,
        _swapped,
        _later,
        _for_another_request,
    ],
    ids=lambda change: change.__name__.lstrip("_"),
)
def test_signatures_over_anything_else_are_refused(
    ca: RunningCa, keys: Keys, change: Change
) -> None:
    request = issue_request(keys[0])
    change(request, keys)
    assert refused(ca, request).reason is Reason.EVIDENCE_SIGNATURE_INVALID


NOW = timedelta(0)


@pytest.mark.requirement("R9.2.1", refuses=True)
@pytest.mark.parametrize(
    ("signed", "reason", "field"),
    [
        ({"decided_by": "officer-1"}, Reason.SAME_OFFICER, "decided"),
        (
            {"submitted_by": "officer-2", "checked_by": "officer-1"},
            Reason.SAME_OFFICER,
            "decided",
        ),
        ({"decided_by": "nobody"}, Reason.OFFICER_NOT_ENROLLED, "decided"),
        ({"checked_by": "nobody"}, Reason.OFFICER_NOT_ENROLLED, "checked"),
        ({"presented_by": "nobody"}, Reason.OFFICER_NOT_ENROLLED, "presented"),
        (
            {"decided_by": window_officer("16202", "officer-2")},
            Reason.OFFICER_OUT_OF_SCOPE,
            "decided",
        ),
        (
            {"submitted_by": window_officer("16202", "officer-1")},
            Reason.OFFICER_OUT_OF_SCOPE,
            "submitted",
        ),
        ({"submitted_at": timedelta(days=31)}, Reason.EVIDENCE_STALE, "submitted"),
        ({"checked_at": timedelta(days=31)}, Reason.EVIDENCE_STALE, "checked"),
        ({"presented_at": timedelta(days=31)}, Reason.EVIDENCE_STALE, "presented"),
        ({"decided_at": timedelta(days=4)}, Reason.EVIDENCE_STALE, "decided"),
        ({"decided_at": -timedelta(hours=1)}, Reason.EVIDENCE_STALE, "decided"),
    ],
)
def test_officers_who_may_not_are_refused(
    ca: RunningCa, keys: Keys, signed: dict[str, str | timedelta], reason: Reason, field: str
) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    wanted = {
        name: now - value if isinstance(value, timedelta) else value
        for name, value in signed.items()
    }
    refusal = refused(ca, sign_issuance(issue_request(keys[0]), **wanted))  # type: ignore[arg-type]
    assert (refusal.reason, refusal.field) == (reason, field)


def revoke_key(ca: RunningCa, account: str) -> None:
    """An officer's of Toyama's window, as two operators do it."""
    officer = Officer.parse(window_officer("16201", account))
    with ca.service.ca.database.transaction() as tx:
        proposal = str(uuid.uuid4())
        assert officer_keys.suspend(tx, officer, proposal, now=datetime.now(UTC))
        officer_keys.end_suspension(tx, proposal, revoked=True)


@pytest.mark.requirement("R9.2.1", refuses=True)
def test_a_revoked_officers_word_is_worth_nothing(ca: RunningCa, keys: Keys) -> None:
    request = issue_request(keys[0])
    revoke_key(ca, "officer-2")
    refusal = refused(ca, request)
    assert (refusal.reason, refusal.field) == (Reason.OFFICER_REVOKED, "decided")


@pytest.mark.requirement("R9.2.1", refuses=True)
def test_an_application_of_a_revoked_officer_is_taken_over_and_both_are_kept(
    ca: RunningCa, keys: Keys
) -> None:
    request = sign_issuance(
        issue_request(keys[0]), checked_by="officer-3", presented_by="officer-3"
    )
    revoke_key(ca, "officer-1")
    assert refused(ca, request).field == "submitted"
    sign_taking_over(request, "officer-3")
    serial = ca.certificates().IssueCertificate(request).serial
    with ca.service.ca.database.reading() as tx:
        kept = evidence.of_certificate(tx, AuthorityId.parse(TOYAMA), serial)
    by = {one.kind: one.signature.occasion.officer.account.text for one in kept}
    assert by == {
        "openjpki.application-submitted.1": "officer-1",
        "openjpki.application-taken-over.1": "officer-3",
        "openjpki.identity-checked.1": "officer-3",
        "openjpki.key-presented.1": "officer-3",
        "openjpki.application-decided.1": "officer-2",
    }
    assert len(signed_for(ca.service.ca, AuthorityId.parse(TOYAMA), serial)) == len(by)
    with ca.service.ca.database.reading() as tx:
        entries = SqlJournal().read_all(tx, TOYAMA)
        (intended,) = (one for one in entries if one.act == "certificate.intended")
    assert intended.details["submitted_by"] == window_officer("16201", "officer-1")
    assert intended.details["taken_over_by"] == window_officer("16201", "officer-3")


def _over_another_application(request: ca_pb2.IssueCertificateRequest, keys: Keys) -> None:
    """All right but who took it over: that was an application of somebody else."""
    other = sign_taking_over(issue_request(keys[1]), "officer-3")
    request.taken_over.CopyFrom(other.taken_over)


def _by_the_approver(request: ca_pb2.IssueCertificateRequest, _: Keys) -> None:
    sign_taking_over(request, "officer-2")


def _by_nobody(request: ca_pb2.IssueCertificateRequest, _: Keys) -> None:
    sign_taking_over(request, "nobody")


def _from_elsewhere(request: ca_pb2.IssueCertificateRequest, _: Keys) -> None:
    sign_taking_over(request, window_officer("16202", "officer-3"))


def _long_ago(request: ca_pb2.IssueCertificateRequest, _: Keys) -> None:
    sign_taking_over(request, "officer-3", at=datetime.now(UTC) - timedelta(days=31))


def _by_who_is_gone_too(request: ca_pb2.IssueCertificateRequest, _: Keys) -> None:
    """The key that was revoked dates a statement back."""
    sign_taking_over(request, "officer-1")


def _never_taken(request: ca_pb2.IssueCertificateRequest, _: Keys) -> None:
    """Nobody's submission: only its form is right."""
    whole = request.submitted.signature
    request.submitted.signature = whole[:-1] + bytes([whole[-1] ^ 1])
    sign_taking_over(request, "officer-3")


@pytest.mark.requirement("R9.2.1", refuses=True)
@pytest.mark.parametrize(
    ("change", "reason", "field"),
    [
        (_over_another_application, Reason.EVIDENCE_SIGNATURE_INVALID, "taken_over"),
        (_by_the_approver, Reason.SAME_OFFICER, "decided"),
        (_by_nobody, Reason.OFFICER_NOT_ENROLLED, "taken_over"),
        (_from_elsewhere, Reason.OFFICER_OUT_OF_SCOPE, "taken_over"),
        (_long_ago, Reason.EVIDENCE_STALE, "taken_over"),
        (_by_who_is_gone_too, Reason.OFFICER_REVOKED, "taken_over"),
        (_never_taken, Reason.EVIDENCE_SIGNATURE_INVALID, "submitted"),
    ],
)
def test_taking_over_mends_nothing_else(
    ca: RunningCa, keys: Keys, change: Change, reason: Reason, field: str
) -> None:
    request = sign_issuance(
        issue_request(keys[0]), checked_by="officer-3", presented_by="officer-3"
    )
    revoke_key(ca, "officer-1")
    change(request, keys)
    refusal = refused(ca, request)
    assert (refusal.reason, refusal.field) == (reason, field)


def test_another_officers_key_is_not_theirs(ca: RunningCa, keys: Keys) -> None:
    """Signed by officer-3, who is enrolled, and said to be by officer-2."""
    request = sign_issuance(issue_request(keys[0]), decided_by="officer-3")
    request.decided.officer = window_officer("16201", "officer-2")
    assert refused(ca, request).reason is Reason.OFFICER_NOT_ENROLLED


@pytest.mark.requirement("R9.2.1", refuses=True)
def test_an_approval_makes_one_certificate(ca: RunningCa, keys: Keys) -> None:
    """Also under another request id, also once the first certificate is revoked."""
    stub = ca.certificates()
    request = issue_request(keys[0])
    issued = stub.IssueCertificate(request)
    for _ in range(2):
        request.request_id = str(uuid.uuid4())
        with pytest.raises(OpenJpkiError) as refusal:
            stub.IssueCertificate(request)
        assert refusal.value.reason is Reason.KEY_ALREADY_USED
        if not _count(ca, revocations):
            stub.RevokeCertificate(revoke_request(issued.serial))
    assert _count(ca, issuances) == 1


def _count(ca: RunningCa, table: object) -> int:
    with ca.service.ca.database.reading() as tx:
        counted: int = tx.connection.execute(
            select(func.count()).select_from(table)  # type: ignore[arg-type]
        ).scalar_one()
    return counted


# -- revocation ---------------------------------------------------------------------------------


@pytest.mark.requirement("R3.1.1a", "R3.1.1b", refuses=True)
@pytest.mark.parametrize(
    ("cause", "officer", "age", "reason"),
    [
        ("CHANGE_NOTICE", None, NOW, Reason.REASON_NOT_ALLOWED),
        ("RENEWAL", None, NOW, Reason.REASON_NOT_ALLOWED),
        ("AUTHORITY_COMPROMISE", None, NOW, Reason.REASON_NOT_ALLOWED),
        ("USER_WISH", window_officer("16202", "officer-1"), NOW, Reason.OFFICER_OUT_OF_SCOPE),
        ("USER_WISH", window_officer("37201", "officer-1"), NOW, Reason.OFFICER_OUT_OF_SCOPE),
        ("USER_WISH", window_officer("16201", "nobody"), NOW, Reason.OFFICER_NOT_ENROLLED),
        ("USER_WISH", None, timedelta(days=2), Reason.EVIDENCE_STALE),
        # A governor's officer calls in person: registration can't pass their word on.
        ("CHANGE_NOTICE", GOVERNOR, NOW, Reason.OFFICER_OUT_OF_SCOPE),
    ],
)
def test_registration_revokes_on_a_window_officers_word_alone(
    ca: RunningCa, keys: Keys, cause: str, officer: str | None, age: timedelta, reason: Reason
) -> None:
    stub = ca.certificates()
    serial = stub.IssueCertificate(issue_request(keys[0])).serial
    asked = revoke_request(
        serial,
        revocation_pb2.RevocationCause.Value(f"REVOCATION_CAUSE_{cause}"),
        officer=officer,
        at=datetime.now(UTC) - age,
    )
    with pytest.raises(OpenJpkiError) as refusal:
        stub.RevokeCertificate(asked)
    assert refusal.value.reason is reason
    assert _count(ca, revocations) == 0


@pytest.mark.requirement("R3.1.2c", refuses=True)
@pytest.mark.parametrize(
    ("cause", "officer", "reason"),
    [
        ("USER_WISH", GOVERNOR, Reason.REASON_NOT_ALLOWED),
        ("AUTHORITY_COMPROMISE", GOVERNOR, Reason.REASON_NOT_ALLOWED),
        ("CHANGE_NOTICE", f"governor-officer/{TOYAMA}/sato", Reason.OFFICER_OUT_OF_SCOPE),
        ("USER_WISH", window_officer("16201", "officer-1"), Reason.OFFICER_OUT_OF_SCOPE),
    ],
)
def test_a_governors_officer_revokes_ex_officio_alone(
    ca: RunningCa, keys: Keys, cause: str, officer: str, reason: Reason
) -> None:
    serial = ca.certificates().IssueCertificate(issue_request(keys[0])).serial
    number = revocation_pb2.RevocationCause.Value(f"REVOCATION_CAUSE_{cause}")
    with pytest.raises(OpenJpkiError) as refusal:
        ca.governors().RevokeCertificate(revoke_request(serial, number, officer=officer))
    assert refusal.value.reason is reason
    assert _count(ca, revocations) == 0


def test_a_word_about_another_certificate_revokes_nothing(ca: RunningCa, keys: Keys) -> None:
    stub = ca.certificates()
    one, other = (
        stub.IssueCertificate(issue_request(keys[n], person=str(n))).serial for n in range(2)
    )
    asked = revoke_request(one)
    asked.serial = other
    with pytest.raises(OpenJpkiError) as refusal:
        stub.RevokeCertificate(asked)
    assert refusal.value.reason is Reason.EVIDENCE_SIGNATURE_INVALID
    assert _count(ca, revocations) == 0


# -- kept for a dispute -------------------------------------------------------------------------


def test_what_was_signed_is_kept_and_verifies_by_hand(ca: RunningCa, keys: Keys) -> None:
    stub = ca.certificates()
    request = issue_request(keys[0])
    serial = stub.IssueCertificate(request).serial
    stub.RevokeCertificate(revoke_request(serial))
    with ca.service.ca.database.reading() as tx:
        kept = evidence.of_certificate(tx, AuthorityId.parse(TOYAMA), serial)
    assert {one.kind for one in kept} == {
        "openjpki.application-submitted.1",
        "openjpki.identity-checked.1",
        "openjpki.key-presented.1",
        "openjpki.application-decided.1",
        "openjpki.revocation-asked.1",
    }
    for one in kept:
        kind, claims = cbor2.loads(one.octets)
        assert (kind, claims["by"]) == (one.kind, str(one.signature.occasion.officer))
        protected, _, payload, signature = cbor2.loads(one.signature.signature).value
        assert payload is None
        signed = cbor2.dumps(["Signature1", protected, b"", one.octets], canonical=True)
        public = serialization.load_der_public_key(key_of(claims["by"]).public_key.spki_der)
        assert isinstance(public, ec.EllipticCurvePublicKey)
        halves = (int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
        public.verify(encode_dss_signature(*halves), signed, ec.ECDSA(hashes.SHA256()))
    (decided,) = (one for one in kept if one.kind == "openjpki.application-decided.1")
    spki = (
        keys[0]
        .public_key()
        .public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    assert cbor2.loads(decided.octets)[1]["key"] == hashlib.sha256(spki).digest()


@pytest.mark.requirement("R9.2.1", refuses=True)
def test_an_approval_is_for_the_authority_that_is_asked(keys: Keys) -> None:
    """Not for another one of the prefecture, as there will be (authentication-16)."""
    request = issue_request(keys[0])
    for text in (TOYAMA, "authentication-16"):
        request.authority_id = text
        order = user_order(request, datetime.now(UTC))
        evidence_of = UserEvidence.of(order, hashlib.sha256(b"key").digest())
        assert str(evidence_of.decided.statement.authority_id) == text
