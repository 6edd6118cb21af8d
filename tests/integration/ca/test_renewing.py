"""Renewal at ca: the new certificate made and the old one revoked as one act (R2.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from openjpki.api.ca.v1 import ca_pb2
from openjpki.api.types.v1 import revocation_pb2
from openjpki.domain.authority import AuthorityId
from openjpki.domain.certificate_status import CertificateStatus
from openjpki.domain.policy import RevocationReason
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ca.issuance import issue_user
from openjpki.storage.ca import feed
from openjpki.storage.ca.issuance_question import Judged, judged_by
from openjpki.storage.kernel.journal import SqlJournal
from tests.support.ca_service import TOYAMA, issue_request, revoke_request, running_ca

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.ca.conftest import Keys
    from tests.support.ca_service import RunningCa

GOOD = revocation_pb2.CERTIFICATE_STATUS_GOOD
REVOKED = revocation_pb2.CERTIFICATE_STATUS_REVOKED


def status(ca: RunningCa, serial: bytes) -> ca_pb2.GetCertificateResponse:
    return ca.certificates().GetCertificate(
        ca_pb2.GetCertificateRequest(authority_id=TOYAMA, serial=serial)
    )


def told(ca: RunningCa) -> list[tuple[bytes, int | None]]:
    """By the feed, in order: serial numbers, with a reason of those that ended."""
    with ca.service.ca.database.reading() as tx:
        events = feed.events_after(tx, AuthorityId.parse(TOYAMA), 0, 100)
    return [
        (one.serial, one.reason_code if one.status is CertificateStatus.REVOKED else None)
        for one in events
    ]


def refused(ca: RunningCa, request: ca_pb2.IssueCertificateRequest) -> Reason:
    with pytest.raises(OpenJpkiError) as refusal:
        ca.certificates().IssueCertificate(request)
    return refusal.value.reason


@pytest.mark.requirement("R2.7")
def test_the_old_one_ends_as_the_new_one_is_made(ca: RunningCa, keys: Keys) -> None:
    stub = ca.certificates()
    old = stub.IssueCertificate(issue_request(keys[0])).serial
    request = issue_request(keys[1], renews=old)
    new = stub.IssueCertificate(request)
    assert stub.IssueCertificate(request) == new
    assert status(ca, new.serial).status == GOOD
    assert status(ca, old).status == REVOKED
    with ca.service.ca.database.reading() as tx:
        entries = list(SqlJournal().read_all(tx, TOYAMA))
    assert told(ca)[-2:] == [(new.serial, None), (old, RevocationReason.SUPERSEDED)]
    *_, intended = (one for one in entries if one.act == "certificate.intended")
    assert (intended.subject, intended.details["renews"]) == (new.serial.hex(), old.hex())
    (revoked,) = (one for one in entries if one.act == "certificate.revoked")
    assert (revoked.subject, revoked.details["cause"]) == (old.hex(), "RENEWAL")
    assert revoked.details["request_id"] == request.request_id
    # Each is renewed once, and the next renewal is of the new one.
    assert refused(ca, issue_request(keys[2], renews=old)) is Reason.ALREADY_REVOKED
    assert stub.IssueCertificate(issue_request(keys[2], renews=new.serial)).serial != new.serial


@pytest.mark.requirement("R2.7")
def test_what_is_refused_leaves_the_old_one_in_force(ca: RunningCa, keys: Keys) -> None:
    stub = ca.certificates()
    old = stub.IssueCertificate(issue_request(keys[0])).serial
    others = stub.IssueCertificate(issue_request(keys[1], person="another")).serial
    assert refused(ca, issue_request(keys[2])) is Reason.LIVE_CERTIFICATE_EXISTS
    assert refused(ca, issue_request(keys[0], renews=old)) is Reason.KEY_ALREADY_USED
    for serial in (others, b"\x01\x02"):
        asked = issue_request(keys[2], renews=serial)
        assert refused(ca, asked) is Reason.CERTIFICATE_NOT_FOUND
    # The officer approved another renewal, a first certificate, or the renewal of none.
    for approved, sent in ((others, old), (b"", old), (old, b"")):
        asked = issue_request(keys[2], renews=approved)
        asked.renews = sent
        assert refused(ca, asked) is Reason.EVIDENCE_SIGNATURE_INVALID
    assert (status(ca, old).status, status(ca, others).status) == (GOOD, GOOD)


@pytest.mark.requirement("R2.7")
def test_one_that_was_revoked_is_not_renewed(ca: RunningCa, keys: Keys) -> None:
    stub = ca.certificates()
    old = stub.IssueCertificate(issue_request(keys[0])).serial
    asked = issue_request(keys[1], renews=old)
    lost = revocation_pb2.REVOCATION_CAUSE_KEY_COMPROMISE
    stub.RevokeCertificate(revoke_request(old, lost))
    assert refused(ca, asked) is Reason.ALREADY_REVOKED
    assert (old, RevocationReason.KEY_COMPROMISE) in told(ca)
    stub.IssueCertificate(issue_request(keys[1]))


@pytest.mark.requirement("R2.7")
def test_one_revoked_before_the_intent_is_stored_is_not_renewed(
    tmp_path: Path, database_url: str, keys: Keys
) -> None:
    """It held when the call was judged."""
    to_do: list[ca_pb2.RevokeCertificateRequest] = []

    def checkpoint(step: str) -> None:
        if step == "bytes built" and to_do:
            running.certificates().RevokeCertificate(to_do.pop())

    with running_ca(tmp_path, database_url, checkpoint=checkpoint) as running:
        old = running.certificates().IssueCertificate(issue_request(keys[0])).serial
        asked = issue_request(keys[1], renews=old)
        to_do.append(revoke_request(old, revocation_pb2.REVOCATION_CAUSE_KEY_COMPROMISE))
        assert refused(running, asked) is Reason.ALREADY_REVOKED
        assert to_do == []
        assert told(running) == [(old, None), (old, RevocationReason.KEY_COMPROMISE)]
        # Neither the key nor the person's place was taken.
        running.certificates().IssueCertificate(issue_request(keys[1]))


@pytest.mark.requirement("R2.7")
def test_a_call_that_the_same_call_overtook_has_its_answer(
    ca: RunningCa, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second began before the first, found nothing begun, and then the old one revoked."""
    old = ca.certificates().IssueCertificate(issue_request(keys[0])).serial
    request = issue_request(keys[1], renews=old)
    to_do = [request]
    faster: list[ca_pb2.IssueCertificateResponse] = []

    def overtaken(*asked: Any) -> Judged:
        found = judged_by(*asked)
        if to_do:
            faster.append(ca.certificates().IssueCertificate(to_do.pop()))
        return found

    monkeypatch.setattr(issue_user, "judged_by", overtaken)
    assert [ca.certificates().IssueCertificate(request)] == faster


@pytest.mark.requirement("R2.7")
def test_one_revoked_while_the_new_one_is_signed_keeps_its_reason(
    tmp_path: Path, keys: Keys
) -> None:
    """The intent is there by then, so the new one is made all the same."""
    to_do: list[ca_pb2.RevokeCertificateRequest] = []

    def checkpoint(step: str) -> None:
        if step == "signed" and to_do:
            running.certificates().RevokeCertificate(to_do.pop())

    url = f"sqlite:///{tmp_path / 'ca.db'}"
    with running_ca(tmp_path, url, checkpoint=checkpoint) as running:
        stub = running.certificates()
        old = stub.IssueCertificate(issue_request(keys[0])).serial
        lost = revocation_pb2.REVOCATION_CAUSE_KEY_COMPROMISE
        to_do.append(revoke_request(old, lost))
        new = stub.IssueCertificate(issue_request(keys[1], renews=old)).serial
        assert to_do == []
        assert [one for one in told(running) if one[1] is not None] == [
            (old, RevocationReason.KEY_COMPROMISE)
        ]
        assert status(running, new).status == GOOD
