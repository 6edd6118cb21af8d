"""A user's certificate ends ex officio for an error: one officer proposes, another approves."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from sqlalchemy import update

from openjpki.api.ca.v1 import ca_pb2
from openjpki.api.types.v1 import revocation_pb2
from openjpki.domain.authority import AuthorityId
from openjpki.domain.evidence.ex_officio import WAITS_AT_MOST
from openjpki.domain.officers import Officer
from openjpki.domain.retention import RetentionClass
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.ca.revocation.approve_ex_officio import false_applications_stream
from openjpki.services.ca.revocation.ex_officio_lapses import end_lapsed_proposals
from openjpki.storage.ca import evidence
from openjpki.storage.ca.tables import revocation_proposals
from openjpki.storage.kernel.journal import SqlJournal
from tests.integration.ca.test_proposals_end import lapsed
from tests.support.ca_service import KAGAWA, TOYAMA, issue_request, revoke_request
from tests.support.denying import deny
from tests.support.governors import (
    APPROVER,
    FALSE,
    PROPOSER,
    WRONG,
    GovernorsOfficer,
    enrol_second,
)
from tests.support.officers import Register

if TYPE_CHECKING:
    from collections.abc import Callable

    from openjpki.storage.kernel.journal import Entry
    from tests.integration.ca.conftest import Keys
    from tests.support.ca_service import RunningCa

STATUS_REVOKED = revocation_pb2.CERTIFICATE_STATUS_REVOKED


def officers(ca: RunningCa) -> tuple[GovernorsOfficer, GovernorsOfficer]:
    """Who proposes and who approves."""
    enrol_second(ca.service.ca.database)
    first, second = (
        GovernorsOfficer(ca.channel(PeerRole.GOVERNOR_OFFICER, TOYAMA, account), account)
        for account in (PROPOSER, APPROVER)
    )
    return first, second


def refused(act: Callable[[], object]) -> OpenJpkiError:
    with pytest.raises(OpenJpkiError) as refusal:
        act()
    return refusal.value


def status(ca: RunningCa, serial: bytes) -> int:
    request = ca_pb2.GetCertificateRequest(authority_id=TOYAMA, serial=serial)
    return ca.certificates().GetCertificate(request).status


def entries(ca: RunningCa, stream: str = TOYAMA) -> list[Entry]:
    with ca.service.ca.database.reading() as tx:
        return list(SqlJournal().read(tx, stream, RetentionClass.USER_CERTIFICATES))


@pytest.mark.requirement("R3.1.2c", "L3")
def test_a_false_application_ends_by_two_officers_and_is_kept_longer(
    ca: RunningCa, keys: Keys
) -> None:
    first, second = officers(ca)
    order = issue_request(keys[0])
    issued = ca.certificates().IssueCertificate(order)
    request = first.proposal(issued.serial)
    proposed = first.stub.ProposeRevocation(request).proposal
    assert proposed.state == ca_pb2.REVOCATION_PROPOSAL_STATE_OPEN
    assert status(ca, issued.serial) == revocation_pb2.CERTIFICATE_STATUS_GOOD
    assert second.listed(ca_pb2.REVOCATION_PROPOSAL_STATE_OPEN) == [proposed]

    approval = second.approval(proposed)
    together = threading.Barrier(3)

    def approve(_: int) -> ca_pb2.RevocationProposal:
        together.wait(90)
        return second.stub.ApproveRevocation(approval).proposal

    with ThreadPoolExecutor(3) as pool:
        done, *others = pool.map(approve, range(3))
    assert others == [done, done]
    assert done.state == ca_pb2.REVOCATION_PROPOSAL_STATE_DONE
    assert status(ca, issued.serial) == STATUS_REVOKED
    # What waited is told as it was, to whoever asks again.
    assert first.stub.ProposeRevocation(request).proposal == proposed
    assert first.listed(serial=issued.serial) == [done]

    certificate = x509.load_der_x509_certificate(issued.certificate)
    until = done.evidence_until.ToDatetime(UTC)
    assert until.year == certificate.not_valid_after_utc.year + 20
    (message,) = ca.feed().ReadSnapshot(ca_pb2.ReadSnapshotRequest(authority_id=TOYAMA))
    assert (message.statuses, message.reasons) == (b"\x02", b"\x00")
    with ca.service.ca.database.reading() as tx:
        kept = evidence.of_certificate(tx, AuthorityId.parse(TOYAMA), issued.serial)
    found = [one for one in kept if one.kind == "openjpki.error-found.1"]
    assert {str(one.signature.occasion.officer) for one in found} == {
        first.officer,
        second.officer,
    }
    told = [one for one in entries(ca) if one.act == "certificate.revoked"]
    assert [one.details["cause"] for one in told] == ["FALSE_APPLICATION"]
    assert told[0].details["requested_by"] == first.officer
    assert told[0].details["approved_by"] == second.officer
    (marked,) = entries(ca, false_applications_stream(AuthorityId.parse(TOYAMA)))
    assert (marked.act, marked.subject) == ("application.false", issued.serial.hex())
    assert marked.details["application_id"] == order.application_id
    # The person whose name was used gets a certificate.
    anew = issue_request(keys[1])
    assert anew.person_reference == order.person_reference
    assert ca.certificates().IssueCertificate(anew).serial != issued.serial


@pytest.mark.requirement("R3.1.2c")
def test_what_waits_is_withdrawn_or_lapses(ca: RunningCa, keys: Keys) -> None:
    first, second = officers(ca)
    serial = ca.certificates().IssueCertificate(issue_request(keys[0])).serial
    proposed = first.stub.ProposeRevocation(first.proposal(serial, WRONG)).proposal
    again = refused(lambda: second.stub.ProposeRevocation(second.proposal(serial)))
    assert (again.reason, again.metadata["proposal_id"]) == (
        Reason.WRONG_STATE,
        proposed.proposal_id,
    )
    request = second.withdrawal(proposed)
    withdrawn = second.stub.WithdrawRevocation(request).proposal
    assert withdrawn.state == ca_pb2.REVOCATION_PROPOSAL_STATE_WITHDRAWN
    assert second.stub.WithdrawRevocation(request).proposal == withdrawn
    late = refused(lambda: second.stub.ApproveRevocation(second.approval(proposed)))
    assert (late.reason, late.metadata["state"]) == (Reason.WRONG_STATE, "withdrawn")

    waiting = first.stub.ProposeRevocation(first.proposal(serial, WRONG)).proposal
    ended = lapsed("revocations")
    end_lapsed_proposals(ca.service.ca)
    assert first.listed(ca_pb2.REVOCATION_PROPOSAL_STATE_OPEN) == [waiting]
    with ca.service.ca.database.transaction() as tx:
        tx.connection.execute(
            update(revocation_proposals)
            .where(revocation_proposals.c.proposal_id == waiting.proposal_id)
            .values(proposed_at=datetime.now(UTC) - WAITS_AT_MOST - timedelta(minutes=1))
        )
    late = refused(lambda: second.stub.ApproveRevocation(second.approval(waiting)))
    assert (late.reason, late.metadata["state"]) == (Reason.WRONG_STATE, "lapsed")
    end_lapsed_proposals(ca.service.ca)
    assert lapsed("revocations") == ended + 1
    assert [one.state for one in first.listed(serial=serial)] == [
        ca_pb2.REVOCATION_PROPOSAL_STATE_LAPSED,
        ca_pb2.REVOCATION_PROPOSAL_STATE_WITHDRAWN,
    ]
    # Neither ended the certificate, nor keeps anybody from proposing once more.
    assert status(ca, serial) == revocation_pb2.CERTIFICATE_STATUS_GOOD
    third = first.stub.ProposeRevocation(first.proposal(serial, WRONG)).proposal
    done = second.stub.ApproveRevocation(second.approval(third)).proposal
    acts = [one.act for one in entries(ca)]
    assert acts.count("revocation.proposed") == acts.count("revocation.proposal_ended") == 3
    assert entries(ca, false_applications_stream(AuthorityId.parse(TOYAMA))) == []
    revoked = refused(lambda: first.stub.ProposeRevocation(first.proposal(serial)))
    assert revoked.reason is Reason.ALREADY_REVOKED
    assert (
        done.evidence_until.ToDatetime(UTC).year < withdrawn.proposed_at.ToDatetime(UTC).year + 20
    )


@pytest.mark.requirement("R3.1.2c", refuses=True)
def test_one_officer_alone_revokes_nothing_for_an_error(ca: RunningCa, keys: Keys) -> None:
    first, second = officers(ca)
    serial = ca.certificates().IssueCertificate(issue_request(keys[0])).serial
    alone = revoke_request(serial, FALSE, officer=first.officer)
    assert refused(lambda: ca.governors().RevokeCertificate(alone)).reason is (
        Reason.REASON_NOT_ALLOWED
    )
    single = first.proposal(serial)
    single.cause = revocation_pb2.REVOCATION_CAUSE_KEY_COMPROMISE
    assert refused(lambda: first.stub.ProposeRevocation(single)).reason is (
        Reason.REASON_NOT_ALLOWED
    )
    forged = first.proposal(serial, WRONG)
    forged.cause = FALSE
    assert refused(lambda: first.stub.ProposeRevocation(forged)).reason is (
        Reason.EVIDENCE_SIGNATURE_INVALID
    )
    assert first.listed() == []

    proposed = first.stub.ProposeRevocation(first.proposal(serial)).proposal
    own = refused(lambda: first.stub.ApproveRevocation(first.approval(proposed)))
    assert own.reason is Reason.SAME_OFFICER
    # Who signs for another cause has found something else.
    other = refused(lambda: second.stub.ApproveRevocation(second.approval(proposed, WRONG)))
    assert (other.reason, other.field) == (Reason.EVIDENCE_SIGNATURE_INVALID, "approved")
    lent = second.approval(proposed)
    lent.approved.CopyFrom(first.signed(lent.request_id, serial, FALSE))
    assert refused(lambda: second.stub.ApproveRevocation(lent)).reason is (
        Reason.OFFICER_OUT_OF_SCOPE
    )
    elsewhere = GovernorsOfficer(
        ca.channel(PeerRole.GOVERNOR_OFFICER, KAGAWA, PROPOSER), PROPOSER, KAGAWA
    )
    unknown = refused(lambda: elsewhere.stub.ApproveRevocation(elsewhere.approval(proposed)))
    assert unknown.reason is Reason.REVOCATION_PROPOSAL_NOT_FOUND
    # Who proposed and was dismissed since has signed for nothing.
    Register("ca", ca.channel).revoke(Officer.parse(first.officer))
    gone = refused(lambda: second.stub.ApproveRevocation(second.approval(proposed)))
    assert (gone.reason, gone.field) == (Reason.OFFICER_REVOKED, "proposal_id")
    assert status(ca, serial) == revocation_pb2.CERTIFICATE_STATUS_GOOD


@pytest.mark.requirement("R3.1.2c", refuses=True)
def test_what_a_denied_officer_proposed_ends(ca: RunningCa, keys: Keys) -> None:
    first, second = officers(ca)
    serial = ca.certificates().IssueCertificate(issue_request(keys[0])).serial
    proposed = first.stub.ProposeRevocation(first.proposal(serial)).proposal
    deny(ca.channel(PeerRole.OPERATOR, "ca", "operator-1"), proposed.proposed_by)
    late = refused(lambda: second.stub.ApproveRevocation(second.approval(proposed)))
    assert late.reason is Reason.WRONG_STATE
    end_lapsed_proposals(ca.service.ca)
    (ended,) = second.listed()
    assert ended.state == ca_pb2.REVOCATION_PROPOSAL_STATE_DENIED
    assert ended.ended_by == "ca"
    assert status(ca, serial) == revocation_pb2.CERTIFICATE_STATUS_GOOD
