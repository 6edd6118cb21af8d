"""Agreements with verifiers, on both databases, and what they let be asked (R4.2, R4.3)."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from openjpki.api.mesh.v1 import mesh_pb2
from openjpki.api.ocsp.v1 import ocsp_pb2 as pb
from openjpki.domain.stated_time import written
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.ocsp.agreements.ends import end_agreements, end_proposals
from openjpki.services.ocsp.journal import STREAM
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.storage.ocsp import verifiers
from tests.support.agreements import HALF_A_DAY, YEAR, agree, approval, as_officer, proposal
from tests.support.ca_service import TOYAMA, running_ca
from tests.support.denying import allow, deny
from tests.support.lock_waits import locked, row_waits
from tests.support.mesh import SettableClock
from tests.support.ocsp_service import VERIFIER, running_ocsp, until
from tests.support.postgres import postgres_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future
    from pathlib import Path

    from tests.support.ocsp_service import RunningOcsp
    from tests.support.postgres import PostgresServer

__all__ = ["postgres_server"]


@pytest.fixture(params=["sqlite", "postgresql"])
def replicas(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[list[RunningOcsp]]:
    """Two replicas with one database; the verifier is registered, and nothing agreed with it."""
    for name in ("ca", "a", "b"):
        (tmp_path / name).mkdir()

    def both(url: str) -> Iterator[list[RunningOcsp]]:
        ca_url = f"sqlite:///{tmp_path / 'ca.db'}"
        with running_ca(tmp_path / "ca", ca_url) as ca:
            target = f"127.0.0.1:{ca.service.server.port}"
            with (
                running_ocsp(tmp_path / "a", url, ca.mesh, target, ca_url=ca_url) as one,
                running_ocsp(tmp_path / "b", url, ca.mesh, target, ca_url=ca_url) as other,
            ):
                one.enter()
                yield [one, other]

    if request.param == "sqlite":
        yield from both(f"sqlite:///{tmp_path / 'ocsp.db'}")
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    with server.fresh_database() as url:
        yield from both(url.replace("postgresql://", "postgresql+psycopg://"))


def refused(call: Callable[[], object]) -> Reason | None:
    try:
        call()
    except OpenJpkiError as error:
        return error.reason
    return None


def check(replica: RunningOcsp) -> Reason | None:
    """Why a verifier may not ask over gRPC; None: it may."""
    request = pb.CheckRequest(authority_id=TOYAMA, serial=b"\x01")
    reason = refused(lambda: replica.status().Check(request))
    # On a busy machine the replica may not have heard from ca for too long.
    later = {Reason.FEED_NOT_READY, Reason.CERTIFICATE_NOT_HEARD_OF}
    return None if reason in later else reason


def download(replica: RunningOcsp) -> Reason | None:
    request = pb.DownloadRevocationListRequest(authority_id=TOYAMA, partition="16201")
    return refused(lambda: list(replica.lists().DownloadRevocationList(request)))


def stop_request(kind: Any) -> Any:
    return kind(request_id=str(uuid.uuid4()), verifier_id=VERIFIER, authority_id=TOYAMA)


def versions(replica: RunningOcsp) -> list[tuple[int, int]]:
    listed = as_officer(replica, TOYAMA, "mori").ListAgreements(
        pb.ListAgreementsRequest(authority_id=TOYAMA)
    )
    return [(one.version, one.state) for one in listed.agreements]


def acts(replica: RunningOcsp) -> list[str]:
    with replica.service.ocsp.database.reading() as tx:
        found = [entry.act for entry in SqlJournal().read_all(tx, STREAM)]
    return [act for act in found if act.startswith("agreement.")]


@pytest.mark.requirement("R4.2", "R4.3")
def test_two_officers_let_a_verifier_ask_and_one_stops_it(replicas: list[RunningOcsp]) -> None:
    one, other = replicas
    assert check(one) is Reason.OUT_OF_SCOPE
    wanted = proposal(VERIFIER, TOYAMA, one.service.ocsp.clock.now())
    first = as_officer(one, TOYAMA, "mori")
    proposed = first.ProposeAgreement(wanted).agreement
    assert first.ProposeAgreement(wanted).agreement == proposed
    assert check(one) is Reason.OUT_OF_SCOPE
    assert refused(lambda: first.ApproveAgreement(approval(proposed))) is Reason.SAME_OFFICER
    approving = approval(proposed)
    second = as_officer(one, TOYAMA, "hayashi")
    approved = second.ApproveAgreement(approving).agreement
    assert approved.state == pb.AGREEMENT_STATE_IN_FORCE
    assert check(one) is None
    until(lambda: check(other) is None)

    stopping = stop_request(pb.SuspendAgreementRequest)
    at = as_officer(other, TOYAMA, "mori").SuspendAgreement(stopping)
    assert check(other) is Reason.OUT_OF_SCOPE
    until(lambda: check(one) is Reason.OUT_OF_SCOPE)
    # Answered as the first time, though it stands otherwise by now.
    assert second.ApproveAgreement(approving).agreement == approved
    assert as_officer(other, TOYAMA, "mori").SuspendAgreement(stopping) == at

    agree(one, VERIFIER, TOYAMA)
    assert check(one) is None
    second.EndAgreement(stop_request(pb.EndAgreementRequest))
    assert check(one) is Reason.OUT_OF_SCOPE
    ended = pb.AGREEMENT_STATE_ENDED
    assert versions(one) == [(1, ended), (2, ended)]
    assert acts(one) == [
        "agreement.proposed",
        "agreement.approved",
        "agreement.suspended",
        "agreement.proposed",
        "agreement.resumed",
        "agreement.terminated",
    ]


@pytest.mark.requirement("R4.3")
def test_only_the_ways_agreed_are_open(replicas: list[RunningOcsp]) -> None:
    one = replicas[0]
    agree(one, VERIFIER, TOYAMA, ways=[pb.PROVIDING_WAY_LISTS])
    assert check(one) is Reason.OUT_OF_SCOPE
    assert download(one) in {None, Reason.PARTITION_NOT_FOUND, Reason.CRL_NOT_FOUND}
    agree(one, VERIFIER, TOYAMA, ways=[pb.PROVIDING_WAY_GRPC])
    assert check(one) is None
    assert download(one) is Reason.OUT_OF_SCOPE


def test_what_was_proposed_before_a_stop_resumes_nothing(replicas: list[RunningOcsp]) -> None:
    one = replicas[0]
    agree(one, VERIFIER, TOYAMA)
    wanted = proposal(VERIFIER, TOYAMA, one.service.ocsp.clock.now())
    proposed = as_officer(one, TOYAMA, "mori").ProposeAgreement(wanted).agreement
    second = as_officer(one, TOYAMA, "hayashi")
    second.SuspendAgreement(stop_request(pb.SuspendAgreementRequest))
    assert refused(lambda: second.ApproveAgreement(approval(proposed))) is Reason.WRONG_STATE
    assert check(one) is Reason.OUT_OF_SCOPE


def test_an_older_proposal_takes_no_newer_ones_place(replicas: list[RunningOcsp]) -> None:
    one = replicas[0]
    wanted = proposal(VERIFIER, TOYAMA, one.service.ocsp.clock.now())
    older = as_officer(one, TOYAMA, "mori").ProposeAgreement(wanted).agreement
    agree(one, VERIFIER, TOYAMA)
    second = as_officer(one, TOYAMA, "hayashi")
    assert refused(lambda: second.ApproveAgreement(approval(older))) is Reason.WRONG_STATE
    rejecting = pb.RejectAgreementRequest(
        request_id=str(uuid.uuid4()), verifier_id=VERIFIER, authority_id=TOYAMA, version=1
    )
    assert second.RejectAgreement(rejecting).agreement.state == pb.AGREEMENT_STATE_REJECTED
    rejecting.request_id = str(uuid.uuid4())
    assert refused(lambda: second.RejectAgreement(rejecting)) is Reason.WRONG_STATE


@pytest.mark.requirement("R4.2", refuses=True)
def test_refused_by_name(replicas: list[RunningOcsp]) -> None:
    one = replicas[0]
    officer = as_officer(one, TOYAMA, "mori")
    now = one.service.ocsp.clock.now()
    unknown = proposal("nobody", TOYAMA, now)
    assert refused(lambda: officer.ProposeAgreement(unknown)) is Reason.UNKNOWN_VERIFIER
    unnamed = proposal(VERIFIER, "signing-37", now)
    kagawa = as_officer(one, "signing-37", "mori")
    assert refused(lambda: kagawa.ProposeAgreement(unnamed)) is Reason.OUT_OF_SCOPE
    elsewhere = proposal(VERIFIER, "signing-13", now)
    assert refused(lambda: officer.ProposeAgreement(elsewhere)) is Reason.OUT_OF_SCOPE
    business = proposal(VERIFIER, TOYAMA, now)
    business.notification.kind = pb.VERIFIER_KIND_ACCREDITED
    assert refused(lambda: officer.ProposeAgreement(business)) is Reason.INVALID_FIELD
    early = proposal(VERIFIER, TOYAMA, now, not_before=now.replace(microsecond=0) - YEAR)
    assert refused(lambda: officer.ProposeAgreement(early)) is Reason.INVALID_FIELD
    over = proposal(VERIFIER, TOYAMA, now, not_after=now.replace(microsecond=0) - HALF_A_DAY / 2)
    proposed = officer.ProposeAgreement(over).agreement
    second = as_officer(one, TOYAMA, "hayashi")
    assert refused(lambda: second.ApproveAgreement(approval(proposed))) is Reason.WRONG_STATE
    other_content = approval(proposed)
    other_content.content_sha256 = bytes(32)
    assert refused(lambda: second.ApproveAgreement(other_content)) is Reason.INVALID_FIELD
    # What waits is stopped too, and then there is nothing left.
    officer.SuspendAgreement(stop_request(pb.SuspendAgreementRequest))
    assert refused(lambda: second.ApproveAgreement(approval(proposed))) is Reason.WRONG_STATE
    for kind, stop in (
        (pb.SuspendAgreementRequest, officer.SuspendAgreement),
        (pb.EndAgreementRequest, officer.EndAgreement),
    ):
        request = stop_request(kind)
        assert refused(lambda: stop(request)) is Reason.AGREEMENT_NOT_FOUND  # noqa: B023
    absent = approval(proposed)
    absent.version = 9
    assert refused(lambda: second.ApproveAgreement(absent)) is Reason.AGREEMENT_NOT_FOUND


@pytest.mark.requirement("R4.2", refuses=True)
def test_what_a_denied_officer_proposed_is_approved_by_nobody(replicas: list[RunningOcsp]) -> None:
    one = replicas[0]
    wanted = proposal(VERIFIER, TOYAMA, one.service.ocsp.clock.now())
    proposed = as_officer(one, TOYAMA, "mori").ProposeAgreement(wanted).agreement
    operator = one.channel(PeerRole.OPERATOR, "ocsp", "operator-1")
    deny(operator, proposed.proposed_by, mesh_pb2.DENY_CAUSE_COMPROMISED)
    second = as_officer(one, TOYAMA, "hayashi")
    assert refused(lambda: second.ApproveAgreement(approval(proposed))) is Reason.WRONG_STATE
    assert check(one) is Reason.OUT_OF_SCOPE
    # Nor once their credential is allowed again.
    assert end_proposals(one.service.ocsp) == 0
    allow(one.channel(PeerRole.OPERATOR, "ocsp", "operator-2"), proposed.proposed_by)
    assert refused(lambda: second.ApproveAgreement(approval(proposed))) is Reason.WRONG_STATE
    assert acts(one) == ["agreement.proposed", "agreement.rejected"]


def at_once(replicas: list[RunningOcsp], *calls: Callable[[], object]) -> list[Reason | None]:
    """Why each was refused that was made while all of them waited for their turn."""
    database = replicas[0].service.ocsp.database
    with ThreadPoolExecutor(len(calls)) as pool:

        def made() -> list[Future[Reason | None]]:
            return [pool.submit(refused, call) for call in calls]

        if database.dialect == "sqlite":
            # One writer at a time, whoever is first.
            return [one.result(timeout=60) for one in made()]
        row = "SELECT 1 FROM verifiers WHERE verifier_id = :verifier"
        with locked(database, row, verifier=VERIFIER):
            waiting = made()
            until(lambda: row_waits(database) == len(calls))
        return [one.result(timeout=60) for one in waiting]


@pytest.mark.requirement("R4.3", refuses=True)
def test_of_an_approval_and_a_stop_at_once_the_stop_stands(replicas: list[RunningOcsp]) -> None:
    """Whichever is first: what it finds it suspends, or rejects before it is approved."""
    one, other = replicas
    agree(one, VERIFIER, TOYAMA)
    wanted = proposal(VERIFIER, TOYAMA, one.service.ocsp.clock.now())
    proposed = as_officer(one, TOYAMA, "mori").ProposeAgreement(wanted).agreement
    approving, stopping = approval(proposed), stop_request(pb.SuspendAgreementRequest)
    second, first = as_officer(one, TOYAMA, "hayashi"), as_officer(other, TOYAMA, "mori")
    reasons = at_once(
        replicas,
        lambda: second.ApproveAgreement(approving),
        lambda: first.SuspendAgreement(stopping),
    )
    assert reasons in ([None, None], [Reason.WRONG_STATE, None])
    assert check(other) is Reason.OUT_OF_SCOPE
    until(lambda: check(one) is Reason.OUT_OF_SCOPE)
    in_force = pb.AGREEMENT_STATE_IN_FORCE
    assert in_force not in [state for _, state in versions(one)]


@pytest.mark.requirement("R4.3")
def test_of_two_approvals_at_once_one_is_made(replicas: list[RunningOcsp]) -> None:
    one, other = replicas
    wanted = proposal(VERIFIER, TOYAMA, one.service.ocsp.clock.now())
    proposed = as_officer(one, TOYAMA, "mori").ProposeAgreement(wanted).agreement
    stubs = [as_officer(one, TOYAMA, "hayashi"), as_officer(other, TOYAMA, "kimura")]
    requests = [approval(proposed) for _ in stubs]
    reasons = at_once(
        replicas,
        lambda: stubs[0].ApproveAgreement(requests[0]),
        lambda: stubs[1].ApproveAgreement(requests[1]),
    )
    assert sorted(reasons, key=str) == [None, Reason.WRONG_STATE]
    assert acts(one) == ["agreement.proposed", "agreement.approved"]


def test_a_resumption_does_not_change_who_stopped_it(replicas: list[RunningOcsp]) -> None:
    """That it gave no access from the first stop on is evidence (L1)."""
    one = replicas[0]
    agree(one, VERIFIER, TOYAMA)
    first, second = (as_officer(one, TOYAMA, name) for name in ("mori", "hayashi"))
    at = second.SuspendAgreement(stop_request(pb.SuspendAgreementRequest)).at
    agree(one, VERIFIER, TOYAMA)
    named = pb.GetAgreementRequest(authority_id=TOYAMA, verifier_id=VERIFIER, version=1)
    shown = first.GetAgreement(named).agreement
    assert shown.state == pb.AGREEMENT_STATE_ENDED
    assert shown.stopped_by.endswith("/hayashi")
    assert shown.stopped_at == at


def test_an_officer_proposes_no_more_than_so_many_a_day(
    replicas: list[RunningOcsp], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever became of them; a colleague's are not counted with theirs."""
    monkeypatch.setattr("openjpki.services.ocsp.agreements.propose.MOST_PROPOSED", 2)
    one = replicas[0]
    now = one.service.ocsp.clock.now()
    first, second = (as_officer(one, TOYAMA, name) for name in ("mori", "hayashi"))
    proposed = first.ProposeAgreement(proposal(VERIFIER, TOYAMA, now)).agreement
    second.RejectAgreement(
        pb.RejectAgreementRequest(
            request_id=str(uuid.uuid4()),
            verifier_id=VERIFIER,
            authority_id=TOYAMA,
            version=proposed.version,
        )
    )
    first.ProposeAgreement(proposal(VERIFIER, TOYAMA, now))
    more = proposal(VERIFIER, TOYAMA, now)
    assert refused(lambda: first.ProposeAgreement(more)) is Reason.TOO_MANY_ENTRIES
    second.ProposeAgreement(more)


def test_who_is_registered_by_an_old_id_begins_without(replicas: list[RunningOcsp]) -> None:
    one = replicas[0]
    agree(one, VERIFIER, TOYAMA)
    removing = pb.RemoveVerifierRequest(request_id=str(uuid.uuid4()), verifier_id=VERIFIER)
    # What so many officers have made is not ended by the way.
    assert refused(lambda: one.registry().RemoveVerifier(removing)) is Reason.WRONG_STATE
    assert check(one) is None
    removing.ends_agreements = True
    one.registry().RemoveVerifier(removing)
    assert check(one) is Reason.UNKNOWN_VERIFIER
    # Somebody else: nobody is given another's counts by its id.
    assert refused(one.enter) is Reason.WRONG_STATE
    assert check(one) is Reason.UNKNOWN_VERIFIER
    one.enter(same_verifier=True)
    assert check(one) is Reason.OUT_OF_SCOPE


@pytest.mark.requirement("R4.3", refuses=True)
def test_who_gets_the_id_of_an_entry_that_is_gone_begins_without(
    replicas: list[RunningOcsp],
) -> None:
    """As a release before agreements removes one, or a hand: the agreements stay behind."""
    one = replicas[0]
    agree(one, VERIFIER, TOYAMA)
    with one.service.ocsp.database.transaction() as tx:
        assert verifiers.remove(tx, VERIFIER)
    one.enter(same_verifier=True)
    assert check(one) is Reason.OUT_OF_SCOPE
    assert versions(one) == [(1, pb.AGREEMENT_STATE_ENDED)]
    assert acts(one)[-1] == "agreement.terminated"


@pytest.mark.requirement("R4.3")
def test_a_stop_that_comes_twice_at_once_is_one_stop(replicas: list[RunningOcsp]) -> None:
    """As a client tries again: not told that there was nothing to stop."""
    one = replicas[0]
    agree(one, VERIFIER, TOYAMA)
    stopping = stop_request(pb.SuspendAgreementRequest)
    stubs = [as_officer(replica, TOYAMA, "mori") for replica in replicas]
    reasons = at_once(
        replicas,
        lambda: stubs[0].SuspendAgreement(stopping),
        lambda: stubs[1].SuspendAgreement(stopping),
    )
    assert reasons == [None, None]
    assert acts(one).count("agreement.suspended") == 1


@pytest.mark.requirement("R4.2b", "R4.3")
def test_the_clock_begins_and_ends_access_and_surely_passed_time_enters_it(tmp_path: Path) -> None:
    """Nobody does anything: it gives access from its beginning to the accreditation's end."""
    (tmp_path / "ca").mkdir()
    ca_url = f"sqlite:///{tmp_path / 'ca.db'}"
    clock = SettableClock()
    with running_ca(tmp_path / "ca", ca_url) as ca:
        target = f"127.0.0.1:{ca.service.server.port}"
        url = f"sqlite:///{tmp_path / 'ocsp.db'}"
        with running_ocsp(tmp_path, url, ca.mesh, target, clock=clock, ca_url=ca_url) as one:
            one.enter()
            now = clock.now().replace(microsecond=0)
            begins, ends = now + timedelta(minutes=10), now + timedelta(minutes=20)
            wanted = proposal(VERIFIER, TOYAMA, now, not_before=begins)
            wanted.notification.kind = pb.VERIFIER_KIND_ACCREDITED
            wanted.notification.accreditation = "認定第1号"
            wanted.notification.accredited_until.FromDatetime(ends)
            wanted.terms.liability_cap_yen = 10_000_000
            proposed = as_officer(one, TOYAMA, "mori").ProposeAgreement(wanted).agreement
            approved = (
                as_officer(one, TOYAMA, "hayashi").ApproveAgreement(approval(proposed)).agreement
            )
            assert approved.ends_at.ToJsonString() == written(ends)
            assert check(one) is Reason.OUT_OF_SCOPE
            clock.offset = timedelta(minutes=11)
            assert check(one) is None
            clock.offset = timedelta(minutes=20)
            assert check(one) is Reason.OUT_OF_SCOPE
            # A clock that is ahead ends nothing for good.
            clock.offset = timedelta(days=900)
            assert end_agreements(one.service.ocsp) == 0
            clock.offset = timedelta(minutes=11)
            assert check(one) is None
