"""The officers' register of a running ca: two operators, over the contract (R8.1.4)."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.protobuf.timestamp_pb2 import Timestamp
from sqlalchemy import update

from openjpki.api.officers.v1 import officers_pb2 as pb
from openjpki.api.officers.v1.officers_pb2_grpc import OfficerRegisterServiceStub
from openjpki.domain.officers import KeyState, Officer
from openjpki.domain.retention import RetentionClass
from openjpki.errors import OpenJpkiError, Reason
from openjpki.keys.signing_key import CoreSigningKey
from openjpki.keys.statements.backend_key import BackendStatementKey
from openjpki.rpc.identity.roles import PeerRole
from openjpki.rpc.officer_signature import to_message
from openjpki.services.common.officers.known_officers import KnownOfficers
from openjpki.services.common.officers_journal import STREAM
from openjpki.signer_core import SoftwareKey
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.storage.officers.tables import officer_keys
from tests.support.officers import Register, Signer, whole_seconds

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from tests.support.ca_service import RunningCa

TANAKA = Officer.parse("window-officer/16201/tanaka")
SATO = Officer.parse("window-officer/16201/sato")
ENROLLED = pb.OFFICER_KEY_STATE_ENROLLED
SUSPENDED = pb.OFFICER_KEY_STATE_SUSPENDED
REVOKED = pb.OFFICER_KEY_STATE_REVOKED


@pytest.fixture
def register(ca: RunningCa) -> Register:
    """As operators of ca reach it."""
    return Register("ca", ca.channel)


def refusal(of: Callable[[], object]) -> tuple[Reason, str | None]:
    with pytest.raises(OpenJpkiError) as refused:
        of()
    return refused.value.reason, refused.value.field


def stamp(moment: datetime) -> Timestamp:
    message = Timestamp()
    message.FromDatetime(moment)
    return message


def acts(ca: RunningCa) -> list[tuple[str, str, str]]:
    """What the journal has: act, subject, who did it."""
    with ca.service.ca.database.reading() as tx:
        entries = list(SqlJournal().read(tx, STREAM, RetentionClass.OPERATIONS))
    return [(one.act, one.subject, one.actor.rpartition("/")[2]) for one in entries]


def is_known(ca: RunningCa, signer: Signer) -> bool:
    """Whether issuance would count the key now."""
    signature = signer.present("ca")
    with ca.service.ca.database.reading() as tx:
        key = KnownOfficers(tx, [signature]).find(signature.key_sha256)
    return key is not None and key.state is KeyState.ENROLLED and key.officer == signer.officer


def test_an_officer_is_known_once_two_operators_said_so(ca: RunningCa, register: Register) -> None:
    signer = Signer(TANAKA)
    proposal = register.propose(signer)
    assert (proposal.kind, proposal.officer) == (pb.PROPOSAL_KIND_ENROLMENT, str(TANAKA))
    assert not is_known(ca, signer)
    assert register.keys_of(TANAKA) == []
    assert list(register.operator().ListProposals(pb.ListProposalsRequest()).proposals) == [
        proposal
    ]
    (key,) = register.approve(proposal)
    assert (key.officer, key.state) == (str(TANAKA), ENROLLED)
    assert key.key_sha256 == signer.key.public_key.sha256
    assert key.not_after.ToDatetime() - key.not_before.ToDatetime() <= timedelta(days=365)
    assert is_known(ca, signer)
    assert not register.operator().ListProposals(pb.ListProposalsRequest()).proposals
    assert acts(ca) == [
        ("officer.proposed", str(TANAKA), "ito"),
        ("officer.enrolled", str(TANAKA), "kato"),
    ]


def test_who_proposed_does_not_approve(register: Register) -> None:
    proposal = register.propose(Signer(TANAKA), by="ito")
    same = (Reason.SAME_OFFICER, "proposal_id")
    assert refusal(lambda: register.approve(proposal, by="ito")) == same
    # Nor with another credential of theirs.
    assert refusal(lambda: register.approve(proposal, by="Ito")) == same
    suspension = register.revoke(register.enrol(SATO).officer, by="ito").proposal
    assert refusal(lambda: register.approve(suspension, by="ito")) == same
    assert refusal(lambda: register.reject(suspension, by="ito")) == same
    assert [one.state for one in register.keys_of(SATO)] == [SUSPENDED]


def test_a_key_may_be_taken_back_by_who_proposed_it(ca: RunningCa, register: Register) -> None:
    signer = Signer(TANAKA)
    proposal = register.propose(signer)
    assert register.reject(proposal, by="ito") == []
    assert refusal(lambda: register.approve(proposal)) == (Reason.WRONG_STATE, "proposal_id")
    assert not is_known(ca, signer)
    assert ("officer.rejected", str(TANAKA), "ito") in acts(ca)
    register.approve(register.propose(signer))
    assert is_known(ca, signer)


def test_a_revocation_binds_at_once_and_a_second_operator_decides(
    ca: RunningCa, register: Register
) -> None:
    signer = register.enrol(TANAKA)
    for decide, state in ((register.reject, ENROLLED), (register.approve, REVOKED)):
        answer = register.revoke(TANAKA)
        assert [one.state for one in answer.keys] == [SUSPENDED]
        assert answer.proposal.cause == pb.OFFICER_REVOCATION_CAUSE_LEFT
        assert not is_known(ca, signer)
        assert refusal(lambda: register.revoke(TANAKA)) == (Reason.OFFICER_REVOKED, "officer")
        assert [one.state for one in decide(answer.proposal)] == [state]
        assert is_known(ca, signer) is (state == ENROLLED)
        with pytest.raises(OpenJpkiError) as refused:
            decide(answer.proposal)
        assert (refused.value.reason, refused.value.field) == (Reason.WRONG_STATE, "proposal_id")
    assert acts(ca)[2:] == [
        ("officer.suspended", str(TANAKA), "ito"),
        ("officer.reinstated", str(TANAKA), "kato"),
        ("officer.suspended", str(TANAKA), "ito"),
        ("officer.revoked", str(TANAKA), "kato"),
    ]
    # The key is spent; the officer may come back with another.
    assert refusal(lambda: register.propose(signer)) == (Reason.OFFICER_KEY_TAKEN, "public_key")
    again = register.enrol(TANAKA)
    assert is_known(ca, again)
    assert not is_known(ca, signer)


def test_a_renewal_lets_both_keys_count_for_a_month(ca: RunningCa, register: Register) -> None:
    old = register.enrol(TANAKA)
    new = Signer(TANAKA)
    assert refusal(lambda: register.propose(new)) == (Reason.OFFICER_EXISTS, "presented.officer")
    proposal = register.propose(new, replaces=old.key.public_key.sha256)
    assert proposal.kind == pb.PROPOSAL_KIND_RENEWAL
    first, second = register.approve(proposal)
    if first.key_sha256 != old.key.public_key.sha256:
        first, second = second, first
    assert first.replaced_by == second.key_sha256 == new.key.public_key.sha256
    assert first.not_after.ToDatetime() - second.not_before.ToDatetime() == timedelta(days=30)
    assert is_known(ca, old)
    assert is_known(ca, new)
    another = Signer(TANAKA)
    assert refusal(lambda: register.propose(another, replaces=old.key.public_key.sha256)) == (
        Reason.OFFICER_KEY_NOT_VALID,
        "replaces",
    )
    assert [one.state for one in register.revoke(TANAKA).keys] == [SUSPENDED] * 2
    assert refusal(lambda: register.propose(another, replaces=new.key.public_key.sha256)) == (
        Reason.OFFICER_REVOKED,
        "replaces",
    )


def test_a_renewal_waits_for_nothing_that_was_revoked_meanwhile(register: Register) -> None:
    old = register.enrol(TANAKA)
    renewal = register.propose(Signer(TANAKA), replaces=old.key.public_key.sha256)
    register.revoke(TANAKA)
    assert refusal(lambda: register.approve(renewal)) == (Reason.OFFICER_REVOKED, "replaces")


def test_who_is_suspended_gets_no_key_before_that_is_decided(
    ca: RunningCa, register: Register
) -> None:
    """Nor after the end of the key that was suspended: the decision would not end the new one."""
    signer = register.enrol(TANAKA)
    waiting = register.revoke(TANAKA).proposal
    undecided = (Reason.OFFICER_REVOKED, "presented.officer")
    assert refusal(lambda: register.propose(Signer(TANAKA))) == undecided
    now = whole_seconds()
    with ca.service.ca.database.transaction() as tx:
        tx.connection.execute(
            update(officer_keys).values(
                not_before=now - timedelta(days=2), not_after=now - timedelta(days=1)
            )
        )
    assert refusal(lambda: register.propose(Signer(TANAKA))) == undecided
    assert [one.state for one in register.approve(waiting)] == [REVOKED]
    assert not is_known(ca, signer)
    assert is_known(ca, register.enrol(TANAKA))


@pytest.mark.parametrize("was_enrolled", [False, True], ids=["never enrolled", "no longer"])
def test_who_goes_before_their_key_was_approved_does_not_come_by_it(
    ca: RunningCa, register: Register, was_enrolled: bool
) -> None:
    """Nothing is suspended that an approval would be held against. So it is after a restore to a
    moment when a key waited that was approved and revoked since."""
    if was_enrolled:
        register.approve(register.revoke(register.enrol(TANAKA).officer).proposal)
    signer = Signer(TANAKA)
    waiting = register.propose(signer)
    answer = register.revoke(TANAKA)
    assert [one.state for one in answer.keys] == [REVOKED] * was_enrolled
    ended = (Reason.WRONG_STATE, "proposal_id")
    assert refusal(lambda: register.approve(waiting)) == ended
    assert acts(ca)[-1] == ("officer.rejected", str(TANAKA), "ito")
    register.approve(answer.proposal)
    assert not is_known(ca, signer)
    nothing_left = Reason.OFFICER_REVOKED if was_enrolled else Reason.OFFICER_NOT_ENROLLED
    assert refusal(lambda: register.revoke(TANAKA)) == (nothing_left, "officer")


def test_one_key_is_one_officers(register: Register) -> None:
    mine = register.enrol(TANAKA)
    borrowed = Signer(SATO, mine.key)
    taken = (Reason.OFFICER_KEY_TAKEN, "public_key")
    assert refusal(lambda: register.propose(borrowed)) == taken
    # Two proposals of one key: whoever is approved first has it.
    shared = Signer(SATO)
    first = register.propose(shared)
    second = register.propose(Signer(Officer.parse("window-officer/16202/sato"), shared.key))
    register.approve(first)
    assert refusal(lambda: register.approve(second)) == taken


def test_of_many_approvals_at_once_one_enrols(register: Register) -> None:
    proposals = [register.propose(Signer(TANAKA)) for _ in range(4)]
    register.operator("kato")

    def approve(proposal: pb.Proposal) -> Reason | None:
        try:
            register.approve(proposal)
        except OpenJpkiError as refused:
            return refused.reason
        return None

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(approve, proposals))
    assert sorted(results, key=str) == [None, *[Reason.OFFICER_EXISTS] * 3]
    assert len(register.keys_of(TANAKA)) == 1


@pytest.mark.parametrize(
    ("officer", "reason"),
    [
        ("window-officer/13101/tanaka", Reason.AUTHORITY_NOT_FOUND),
        ("governor-officer/signing-13/mori", Reason.AUTHORITY_NOT_FOUND),
        ("window-officer/16999/tanaka", Reason.UNKNOWN_MUNICIPALITY),
    ],
)
def test_an_officer_is_of_a_place_with_an_authority_here(
    register: Register, officer: str, reason: Reason
) -> None:
    request = register.request(Signer(TANAKA))
    if reason is Reason.UNKNOWN_MUNICIPALITY:
        request.presented.officer = officer
    else:
        request = register.request(Signer(Officer.parse(officer)))
    refused = refusal(lambda: register.operator().ProposeOfficer(request))
    assert refused == (reason, "presented.officer")


@pytest.mark.parametrize(
    "officer", ["governor-officer/signing-16/hara", "bridge-officer/bridge/ito"]
)
def test_governors_and_bridges_officers_are_enrolled_alike(
    ca: RunningCa, register: Register, officer: str
) -> None:
    assert is_known(ca, register.enrol(officer))


def test_an_rsa_key_is_one_too(ca: RunningCa, register: Register) -> None:
    key = BackendStatementKey(CoreSigningKey("officer/test/1", SoftwareKey.generate(2048)))
    assert is_known(ca, register.enrol(TANAKA, key))


def test_the_officer_must_have_signed_for_the_key(register: Register) -> None:
    signer = Signer(TANAKA)
    invalid = Reason.EVIDENCE_SIGNATURE_INVALID

    def propose(**fields: Any) -> tuple[Reason, str | None]:
        return refusal(lambda: register.propose(signer, **fields))

    def message(of: Signer, service: str = "ca", at: datetime | None = None) -> object:
        return to_message(of.present(service, at=at))

    assert propose(presented=message(signer, "bridge")) == (invalid, "presented")
    assert propose(presented=message(Signer(TANAKA))) == (invalid, "presented.key_sha256")
    other = Signer(SATO, signer.key).present("ca")
    posing = to_message(other)
    posing.officer = str(TANAKA)
    assert propose(presented=posing) == (invalid, "presented")
    stolen = to_message(Signer(TANAKA).present("ca"))
    stolen.key_sha256 = signer.key.public_key.sha256
    assert propose(presented=stolen) == (invalid, "presented")
    month_ago = whole_seconds() - timedelta(days=31)
    assert propose(presented=message(signer, at=month_ago)) == (Reason.EVIDENCE_STALE, "presented")
    ahead = whole_seconds() + timedelta(minutes=10)
    assert propose(presented=message(signer, at=ahead)) == (Reason.EVIDENCE_STALE, "presented")
    fraction = to_message(signer.present("ca"))
    fraction.signed_at.nanos = 1
    assert propose(presented=fraction) == (Reason.INVALID_FIELD, "presented.signed_at")


def test_times_and_keys_that_are_not_accepted(register: Register) -> None:
    signer = Signer(TANAKA)
    now = whole_seconds()
    day = timedelta(days=1)

    def propose(**fields: Any) -> tuple[Reason, str | None]:
        return refusal(lambda: register.propose(signer, **fields))

    late = (Reason.INVALID_FIELD, "not_after")
    assert propose(not_after=stamp(now - day)) == late
    assert propose(not_after=stamp(now + 3 * 365 * day + 2 * day)) == late
    assert propose(not_before=stamp(now + 2 * day), not_after=stamp(now + day)) == late
    assert propose(replaces=bytes(31)) == (Reason.INVALID_FIELD, "replaces")
    assert propose(replaces=bytes(32)) == (Reason.OFFICER_NOT_ENROLLED, "replaces")
    small = rsa.generate_private_key(65537, 1024).public_key()  # noqa: S505 - refused for it
    octets = small.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    assert propose(public_key=octets) == (Reason.KEY_SIZE_REFUSED, "public_key")
    # What is asked for from the past counts from its approval on.
    proposal = register.propose(signer, not_before=stamp(now - 300 * day))
    (key,) = register.approve(proposal)
    assert key.not_before.ToDatetime(tzinfo=now.tzinfo) >= now


def test_a_retry_gets_the_first_answer(register: Register) -> None:
    request = register.request(Signer(TANAKA))
    first = register.operator().ProposeOfficer(request)
    assert register.operator().ProposeOfficer(request) == first
    approval = pb.ApproveOfficerRequest(
        request_id=str(uuid.uuid4()), proposal_id=first.proposal.proposal_id
    )
    answer = register.operator("kato").ApproveOfficer(approval)
    assert register.operator("kato").ApproveOfficer(approval) == answer
    revocation = pb.RevokeOfficerRequest(
        request_id=str(uuid.uuid4()),
        officer=str(TANAKA),
        cause=pb.OFFICER_REVOCATION_CAUSE_KEY_COMPROMISE,
    )
    suspended = register.operator().RevokeOfficer(revocation)
    assert register.operator().RevokeOfficer(revocation) == suspended
    request.replaces = bytes(32)
    assert refusal(lambda: register.operator().ProposeOfficer(request)) == (
        Reason.REQUEST_ID_REUSED,
        "request_id",
    )


def test_what_is_not_there_can_not_be_decided_or_revoked(register: Register) -> None:
    proposal = pb.Proposal(proposal_id=str(uuid.uuid4()))
    missing = (Reason.OFFICER_PROPOSAL_NOT_FOUND, "proposal_id")
    assert refusal(lambda: register.approve(proposal)) == missing
    assert refusal(lambda: register.reject(proposal)) == missing
    assert refusal(lambda: register.revoke(TANAKA)) == (Reason.OFFICER_NOT_ENROLLED, "officer")


@pytest.mark.parametrize("scope", ["bridge", "ocsp"])
def test_operators_of_elsewhere_have_no_word(ca: RunningCa, register: Register, scope: str) -> None:
    stub = OfficerRegisterServiceStub(ca.channel(PeerRole.OPERATOR, scope, "ito"))
    proposal = register.propose(Signer(TANAKA))
    approval = pb.ApproveOfficerRequest(
        request_id=str(uuid.uuid4()), proposal_id=proposal.proposal_id
    )
    calls: list[Callable[[], object]] = [
        lambda: stub.ProposeOfficer(register.request(Signer(SATO))),
        lambda: stub.ApproveOfficer(approval),
        lambda: stub.ListOfficers(pb.ListOfficersRequest()),
    ]
    for call in calls:
        assert refusal(call)[0] in {Reason.OUT_OF_SCOPE, Reason.ROLE_NOT_ALLOWED}
    assert register.keys_of(TANAKA) == []


BRIDGES = Officer.parse("bridge-officer/bridge/ono")
MORI = Officer.parse("governor-officer/signing-16/mori-2")


@pytest.mark.requirement("R9.3", refuses=True)
def test_an_operator_of_some_authorities_has_a_word_about_their_officers_alone(
    ca: RunningCa, register: Register
) -> None:
    own, other = (
        OfficerRegisterServiceStub(ca.channel(PeerRole.OPERATOR, f"ca.signing-{number}", "ueda"))
        for number in (16, 37)
    )
    for officer in (TANAKA, MORI):
        signer = Signer(officer)
        proposal = own.ProposeOfficer(register.request(signer)).proposal
        decided = {"request_id": str(uuid.uuid4()), "proposal_id": proposal.proposal_id}
        # Of another prefecture it is not there: neither listed nor decided on.
        assert list(other.ListProposals(pb.ListProposalsRequest()).proposals) == []
        for call in (
            lambda stub=other, ids=decided: stub.ApproveOfficer(pb.ApproveOfficerRequest(**ids)),
            lambda stub=other, ids=decided: stub.RejectOfficer(pb.RejectOfficerRequest(**ids)),
        ):
            assert refusal(call)[0] is Reason.OFFICER_PROPOSAL_NOT_FOUND
        assert [one.proposal_id for one in own.ListProposals(pb.ListProposalsRequest()).proposals]
        register.approve(proposal)
        assert is_known(ca, signer)
    listed = {one.officer for one in own.ListOfficers(pb.ListOfficersRequest()).keys}
    assert {str(TANAKA), str(MORI)} <= listed
    assert not {str(TANAKA), str(MORI)} & {
        one.officer for one in other.ListOfficers(pb.ListOfficersRequest()).keys
    }

    def revocation(officer: Officer) -> pb.RevokeOfficerRequest:
        return pb.RevokeOfficerRequest(
            request_id=str(uuid.uuid4()),
            officer=str(officer),
            cause=pb.OFFICER_REVOCATION_CAUSE_LEFT,
        )

    # The bridge's officers sign for what every authority certifies.
    for beyond in (
        lambda: other.ProposeOfficer(register.request(Signer(SATO))),
        lambda: other.RevokeOfficer(revocation(TANAKA)),
        lambda: other.ListOfficers(pb.ListOfficersRequest(officer=str(TANAKA))),
        lambda: own.ProposeOfficer(register.request(Signer(BRIDGES))),
        lambda: own.RevokeOfficer(revocation(BRIDGES)),
    ):
        assert refusal(beyond)[0] is Reason.OUT_OF_SCOPE
    own.RevokeOfficer(revocation(TANAKA))


def test_everybodys_keys_are_listed(register: Register) -> None:
    def listed() -> list[bytes]:
        answer = register.operator().ListOfficers(pb.ListOfficersRequest())
        assert answer.next_page == b""
        return [one.key_sha256 for one in answer.keys]

    known = listed()
    signers = [register.enrol(one) for one in (TANAKA, SATO)]
    assert listed() == sorted([*known, *(one.key.public_key.sha256 for one in signers)])
    first, *others = listed()
    rest = register.operator().ListOfficers(pb.ListOfficersRequest(page=first))
    assert [one.key_sha256 for one in rest.keys] == others
