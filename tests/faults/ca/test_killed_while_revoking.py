"""kill -9 between a revocation and the list that says so: the list is made, and once."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from openjpki.api.ca.v1 import ca_pb2
from openjpki.api.types.v1 import revocation_pb2
from openjpki.domain.authority import AuthorityId
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from openjpki.storage.ca import lists
from openjpki.storage.kernel.journal import SqlJournal
from tests.integration.ca.test_authority_service import responder_request
from tests.support.ca_service import TOYAMA, issue_request, person_key
from tests.support.governors import APPROVER, PROPOSER, GovernorsOfficer, enrol_second
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from tests.faults.ca.conftest import Installation
    from tests.support.ca_process import CaProcess


def entries_of_the_list(installation: Installation) -> list[int]:
    with installation.database.reading() as tx:
        newest = lists.newest(tx, AuthorityId.parse(TOYAMA), 1, "authority")
        der = None if newest is None else lists.read(tx, newest)
    return [] if der is None else [one.serial_number for one in x509.load_der_x509_crl(der)]


def has_a_list(installation: Installation) -> bool:
    with installation.database.reading() as tx:
        return lists.newest(tx, AuthorityId.parse(TOYAMA), 1, "authority") is not None


@pytest.mark.requirement("R3.2")
@pytest.mark.parametrize("step", ["revoked", "list 2 signed"])
def test_what_was_revoked_is_published_after_a_crash(installation: Installation, step: str) -> None:
    dying = installation.running(killed_at=step)
    wait_until(lambda: has_a_list(installation))
    issued = installation.authorities(dying, PeerRole.OCSP).IssueResponderCertificate(
        responder_request(person_key()), timeout=60
    )
    number = x509.load_der_x509_certificate(issued.certificate).serial_number
    request = ca_pb2.RevokeResponderCertificateRequest(
        request_id=str(uuid.uuid4()),
        authority_id=TOYAMA,
        serial=number.to_bytes((number.bit_length() + 7) // 8, "big"),
        cause=revocation_pb2.RESPONDER_REVOCATION_CAUSE_KEY_COMPROMISE,
    )
    with pytest.raises(OpenJpkiError) as broken:
        installation.operator(dying).RevokeResponderCertificate(request, timeout=60)
    assert broken.value.reason is Reason.SERVICE_UNAVAILABLE
    assert dying.was_killed()
    assert entries_of_the_list(installation) == []

    process = installation.running()
    wait_until(lambda: bool(entries_of_the_list(installation)))
    assert entries_of_the_list(installation) == [number]
    stub = installation.operator(process)
    answer = stub.RevokeResponderCertificate(request, timeout=60)
    assert stub.RevokeResponderCertificate(request, timeout=60) == answer
    with installation.database.reading() as tx:
        acts = [entry.act for entry in SqlJournal().read_all(tx, TOYAMA)]
    assert acts.count("certificate.revoked") == 1


@pytest.mark.requirement("R3.1.2c")
def test_what_two_officers_decided_is_done_once_whenever_it_dies(
    installation: Installation,
) -> None:
    dying = installation.running(killed_at="revoked")
    enrol_second(installation.database)
    serial = (
        installation.certificates(dying)
        .IssueCertificate(issue_request(person_key()), timeout=60)
        .serial
    )
    first, second = (officer(installation, dying, one) for one in (PROPOSER, APPROVER))
    proposed = first.stub.ProposeRevocation(first.proposal(serial), timeout=60).proposal
    approval = second.approval(proposed)
    with pytest.raises(OpenJpkiError) as broken:
        second.stub.ApproveRevocation(approval, timeout=60)
    assert broken.value.reason is Reason.SERVICE_UNAVAILABLE
    assert dying.was_killed()

    second = officer(installation, installation.running(), APPROVER)
    done = second.stub.ApproveRevocation(approval, timeout=60).proposal
    assert done.state == ca_pb2.REVOCATION_PROPOSAL_STATE_DONE
    assert second.stub.ApproveRevocation(approval, timeout=60).proposal == done
    with installation.database.reading() as tx:
        acts = [entry.act for entry in SqlJournal().read_all(tx, TOYAMA)]
    assert acts.count("certificate.revoked") == acts.count("revocation.proposal_ended") == 1


def officer(installation: Installation, process: CaProcess, account: str) -> GovernorsOfficer:
    channel = process.channel(
        installation.mesh, installation.folder, PeerRole.GOVERNOR_OFFICER, TOYAMA, account
    )
    return GovernorsOfficer(channel, account)
