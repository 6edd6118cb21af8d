"""Nothing that an operator proposed or denied waits for ever, and nobody enters without end."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, update

from openjpki.api.ca.v1 import ca_pb2
from openjpki.api.officers.v1 import officers_pb2 as pb
from openjpki.config.parts import ANSWERS_KEPT
from openjpki.domain.authority import AuthorityId
from openjpki.domain.officers import Officer
from openjpki.domain.officers.enrolment import PRESENTED_WITHIN
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.ca.officers_register import officers_register
from openjpki.services.ca.responders.lapses import LAPSES_AFTER, end_lapsed
from openjpki.services.common.forget_answers import forget_answers
from openjpki.services.common.officers.upkeep import keep_officers
from openjpki.services.common.officers_journal import STREAM
from openjpki.storage.ca import responder_keys as responders
from openjpki.storage.ca.responder_keys import ResponderKeyState
from openjpki.storage.ca.tables import responder_keys
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.storage.officers import proposals
from openjpki.storage.officers.tables import officer_keys, officer_proposals, officers
from openjpki.telemetry.metrics import REGISTRY
from tests.integration.ca.test_officers import stamp
from tests.integration.ca.test_responder_keys import approval, proposal
from tests.support.ca_service import TOYAMA
from tests.support.denying import allow, denied, deny
from tests.support.mesh import SettableClock
from tests.support.officers import Register, Signer, whole_seconds

if TYPE_CHECKING:
    from collections.abc import Callable

    from openjpki.storage.kernel.transaction import Transaction
    from tests.integration.ca.conftest import Keys
    from tests.support.ca_service import RunningCa

TANAKA = Officer.parse("window-officer/16201/tanaka")


@pytest.fixture
def register(ca: RunningCa) -> Register:
    """As operators of ca reach it."""
    return Register("ca", ca.channel)


def refused(act: Callable[[], object]) -> Reason:
    with pytest.raises(OpenJpkiError) as refusal:
        act()
    return refusal.value.reason


def waiting(register: Register) -> list[str]:
    listed = register.operator().ListProposals(pb.ListProposalsRequest()).proposals
    return [one.proposal_id for one in listed]


def causes(ca: RunningCa) -> list[tuple[str, object]]:
    """Who ended proposals, and why, as the journal has it."""
    with ca.service.ca.database.reading() as tx:
        return [
            (one.actor.rpartition("/")[2], one.details["cause"])
            for one in SqlJournal().read_all(tx, STREAM)
            if one.act == "officer.rejected" and "cause" in one.details
        ]


def lapsed(register: str) -> float:
    """How many proposals ended by themselves."""
    labels = {"register": register}
    return REGISTRY.get_sample_value("openjpki_proposals_lapsed_total", labels) or 0.0


def left_out(table: str) -> float:
    """How often a row of it could not be read."""
    return REGISTRY.get_sample_value("openjpki_rows_left_out_total", {"table": table}) or 0.0


def officer(number: int) -> Signer:
    return Signer(Officer.parse(f"window-officer/16201/new-{number}"))


def test_a_proposed_key_ends_with_the_officers_revocation(
    ca: RunningCa, register: Register
) -> None:
    """Or whoever approved it later would bring back who was dismissed."""
    known, other = register.propose(Signer(TANAKA)), register.propose(Signer(TANAKA))
    register.approve(known)
    revocation = register.revoke(TANAKA)
    # A suspension may be lifted: until it is decided, the proposal waits.
    assert other.proposal_id in waiting(register)
    register.approve(revocation.proposal)
    assert waiting(register) == []
    assert refused(lambda: register.approve(other)) is Reason.WRONG_STATE
    assert causes(ca) == [("kato", "officer_revoked")]
    # Who comes back is proposed anew.
    register.approve(register.propose(Signer(TANAKA)))


@pytest.mark.requirement("R8.1.4", refuses=True)
def test_a_key_ends_whose_proposers_certificate_is_denied_alone(
    ca: RunningCa, register: Register
) -> None:
    """Nobody here knows whose it is; but it is known what was proposed with it."""
    stolen, other = register.propose(officer(1)), register.propose(officer(2), by="kato")
    register_here = officers_register(ca.service.ca)
    with ca.service.ca.database.reading() as tx:
        made_with = {one.proposal_id: one.proposed_with for one in proposals.open_ones(tx)}
    assert len({*made_with.values()}) == 2
    keep_officers(register_here)
    assert waiting(register) == [stolen.proposal_id, other.proposal_id]
    certificate = made_with[stolen.proposal_id]
    assert certificate is not None
    deny(ca.channel(PeerRole.OPERATOR, "ca", "kato"), certificate)
    assert refused(lambda: register.approve(stolen)) is Reason.WRONG_STATE
    keep_officers(register_here)
    listed = register.operator("kato").ListProposals(pb.ListProposalsRequest()).proposals
    assert [one.proposal_id for one in listed] == [other.proposal_id]
    assert causes(ca) == [("ca", "proposer_denied")]


@pytest.mark.requirement("R8.1.4", refuses=True)
def test_a_responders_key_ends_whose_proposers_certificate_is_denied_alone(
    ca: RunningCa, keys: Keys
) -> None:
    stolen = ca.responder_keys().ProposeResponderKey(proposal(keys[0])).key
    other = ca.responder_keys("operator-2").ProposeResponderKey(proposal(keys[1])).key
    with ca.service.ca.database.reading() as tx:
        known = responders.of(tx, AuthorityId.parse(TOYAMA))
    made_with = {one.key_sha256: one.proposed_with for one in known}
    assert len({*made_with.values()}) == 2
    certificate = made_with[stolen.key_sha256]
    assert certificate is not None
    deny(ca.channel(PeerRole.OPERATOR, "ca", "kato"), certificate)
    approve = ca.responder_keys("operator-3").ApproveResponderKey
    assert refused(lambda: approve(approval(stolen))) is Reason.WRONG_STATE
    end_lapsed(ca.service.ca)
    with ca.service.ca.database.reading() as tx:
        ended = {one.key_sha256: one.state for one in responders.of(tx, AuthorityId.parse(TOYAMA))}
    assert ended == {
        stolen.key_sha256: ResponderKeyState.WITHDRAWN,
        other.key_sha256: ResponderKeyState.PROPOSED,
    }
    approve(approval(other))


def test_what_nobody_approves_in_time_ends(ca: RunningCa, register: Register) -> None:
    old, young = register.propose(officer(1)), register.propose(officer(2))
    long_ago = whole_seconds() - PRESENTED_WITHIN - timedelta(hours=1)
    ca.service.ca.database.run(
        lambda tx: tx.connection.execute(
            update(officer_proposals)
            .where(officer_proposals.c.proposal_id == old.proposal_id)
            .values(presented_at=long_ago)
        )
    )
    before = lapsed("officers")
    for _ in range(2):
        keep_officers(officers_register(ca.service.ca))
    assert lapsed("officers") == before + 1
    assert waiting(register) == [young.proposal_id]
    assert causes(ca) == [("ca", "lapsed")]


def test_a_clock_that_is_ahead_for_a_minute_ends_nothing(
    ca: RunningCa, register: Register, keys: Keys
) -> None:
    """By thirty days and more: nobody would have to propose anew, and no call that is made again
    in that minute is refused."""
    proposed = register.propose(officer(1))
    key = ca.responder_keys().ProposeResponderKey(proposal(keys[0])).key
    ahead = SettableClock()
    ahead.offset = max(PRESENTED_WITHIN, LAPSES_AFTER, timedelta(seconds=ANSWERS_KEPT)) * 2
    own, usual = ca.service.ca, ca.service.ca.clock
    object.__setattr__(own, "clock", ahead)
    try:
        keep_officers(officers_register(own))
        end_lapsed(own)
        assert forget_answers(own.database, own.requests, own.clock, kept=ANSWERS_KEPT) == 0
    finally:
        object.__setattr__(own, "clock", usual)
    assert waiting(register) == [proposed.proposal_id]
    register.approve(proposed)
    ca.responder_keys("operator-2").ApproveResponderKey(approval(key))


def test_a_proposal_that_cannot_be_read_ends_no_other_and_is_never_approved(
    ca: RunningCa, register: Register
) -> None:
    known, bad, old = (
        register.propose(one) for one in (Signer(TANAKA), Signer(TANAKA), officer(1))
    )
    register.approve(known)

    def spoil(tx: Transaction) -> None:
        # Of an earlier release, say, whose rule on keys was another.
        tx.connection.execute(
            update(officer_proposals)
            .where(officer_proposals.c.proposal_id == bad.proposal_id)
            .values(public_key=b"\x30\x00")
        )
        tx.connection.execute(
            update(officer_proposals).values(
                presented_at=whole_seconds() - PRESENTED_WITHIN - timedelta(hours=1)
            )
        )

    assert waiting(register) == [bad.proposal_id, old.proposal_id]
    ca.service.ca.database.run(spoil)
    before = left_out("officer_proposals")
    assert waiting(register) == [old.proposal_id]
    assert left_out("officer_proposals") == before + 1
    keep_officers(officers_register(ca.service.ca))
    assert waiting(register) == []
    assert refused(lambda: register.approve(bad)) is Reason.STORED_UNREADABLE
    # Whose officer is revoked by it none the less.
    register.approve(register.revoke(TANAKA).proposal)
    assert causes(ca) == [("ca", "lapsed")]


def spoil_proposal(ca: RunningCa, proposal_id: str, **columns: object) -> None:
    """As another release wrote it, say."""
    ca.service.ca.database.run(
        lambda tx: tx.connection.execute(
            update(officer_proposals)
            .where(officer_proposals.c.proposal_id == proposal_id)
            .values(**columns)
        )
    )


def unreadable(register: Register) -> list[tuple[str, bool]]:
    listed = register.operator().ListProposals(pb.ListProposalsRequest()).unreadable
    return [(one.proposal_id, one.revokes) for one in listed]


def acts_of(ca: RunningCa, proposal_id: str) -> list[tuple[str, str]]:
    with ca.service.ca.database.reading() as tx:
        entries = list(SqlJournal().read_all(tx, STREAM))
    return [
        (one.act, one.actor.rpartition("/")[2])
        for one in entries
        if one.details["proposal_id"] == proposal_id
    ]


@pytest.mark.parametrize(
    "columns", [{"public_key": b"\x30\x00"}, {"officer": "of nobody"}], ids=["key", "officer"]
)
def test_a_proposed_key_that_cannot_be_read_is_ended_by_another_operator(
    ca: RunningCa, register: Register, columns: dict[str, object]
) -> None:
    bad = register.propose(Signer(TANAKA)).proposal_id
    if "officer" in columns:
        ca.service.ca.database.run(
            lambda tx: tx.connection.execute(insert(officers).values(**columns))
        )
    spoil_proposal(ca, bad, **columns)
    assert waiting(register) == []
    assert unreadable(register) == [(bad, False)]
    # Who proposed it may not say what becomes of it: nobody knows what it was.
    first, second = register.operator("ito"), register.operator("kato")
    reject = pb.RejectOfficerRequest(request_id=str(uuid.uuid4()), proposal_id=bad)
    assert refused(lambda: first.RejectOfficer(reject)) is Reason.SAME_OFFICER
    second.RejectOfficer(reject)
    second.RejectOfficer(reject)  # a retry
    assert unreadable(register) == []
    assert acts_of(ca, bad)[1:] == [("officer.proposal_unreadable", "kato")]
    again = pb.RejectOfficerRequest(request_id=str(uuid.uuid4()), proposal_id=bad)
    assert refused(lambda: second.RejectOfficer(again)) is Reason.WRONG_STATE


@pytest.mark.parametrize("revoked", [True, False])
def test_a_revocation_that_cannot_be_read_is_decided_as_ever(
    ca: RunningCa, register: Register, revoked: bool
) -> None:
    register.enrol(TANAKA)
    bad = register.revoke(TANAKA).proposal
    spoil_proposal(ca, bad.proposal_id, cause="of a newer release")
    assert unreadable(register) == [(bad.proposal_id, True)]
    decide = register.approve if revoked else register.reject
    assert refused(lambda: decide(bad, by="ito")) is Reason.SAME_OFFICER
    state = pb.OFFICER_KEY_STATE_REVOKED if revoked else pb.OFFICER_KEY_STATE_ENROLLED
    assert [one.state for one in decide(bad)] == [state]
    act = "officer.revoked" if revoked else "officer.reinstated"
    assert acts_of(ca, bad.proposal_id)[-2:] == [
        ("officer.proposal_unreadable", "kato"),
        (act, "kato"),
    ]


def test_a_key_that_cannot_be_read_ends_no_list_of_officers(
    ca: RunningCa, register: Register
) -> None:
    register.enrol(TANAKA)
    other = register.approve(register.propose(officer(1)))[0].officer

    def spoil(tx: Transaction) -> None:
        tx.connection.execute(insert(officers).values(officer="of nobody"))
        tx.connection.execute(
            update(officer_keys)
            .where(officer_keys.c.officer == str(TANAKA))
            .values(officer="of nobody")
        )

    before = left_out("officer_keys")
    ca.service.ca.database.run(spoil)
    listed = register.operator().ListOfficers(pb.ListOfficersRequest()).keys
    assert str(TANAKA) not in {one.officer for one in listed}
    assert other in {one.officer for one in listed}
    assert left_out("officer_keys") == before + 1


def test_an_operator_proposes_so_many_officers_at_a_time(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("openjpki.services.common.officers.propose.MOST_OPEN_PROPOSALS", 2)
    first, _ = register.propose(officer(1)), register.propose(officer(2))
    assert refused(lambda: register.propose(officer(3))) is Reason.TOO_MANY_ENTRIES
    register.propose(officer(3), by="kato")
    # A key in wrong hands can be suspended whatever waits.
    register.approve(first)
    register.propose(officer(4))
    assert register.revoke(officer(1).officer).keys


def test_keys_that_end_soon_are_counted_until_they_are_renewed(
    ca: RunningCa, register: Register
) -> None:
    def ending(days: int) -> float:
        keep_officers(officers_register(ca.service.ca))
        value = REGISTRY.get_sample_value("openjpki_officer_keys_ending", {"days": str(days)})
        assert value is not None
        return value

    assert (ending(7), ending(30)) == (0, 0)
    now = whole_seconds()
    for number, days in ((1, 3), (2, 20), (3, 40)):
        until = stamp(now + timedelta(days=days))
        register.approve(register.propose(officer(number), not_after=until))
    assert (ending(7), ending(30)) == (1, 2)
    first = officer(1)
    (key,) = register.keys_of(first.officer)
    register.approve(register.propose(first, replaces=key.key_sha256))
    assert (ending(7), ending(30)) == (0, 1)
    register.revoke(officer(2).officer)
    assert ending(30) == 0


def test_an_operator_proposes_so_many_responders_keys_at_a_time(
    ca: RunningCa, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("openjpki.services.ca.responders.register.MOST_PROPOSED", 1)
    first, second = ca.responder_keys(), ca.responder_keys("operator-2")
    old = first.ProposeResponderKey(proposal(keys[0])).key
    more = refused(lambda: first.ProposeResponderKey(proposal(keys[1])))
    assert more is Reason.TOO_MANY_ENTRIES
    second.ProposeResponderKey(proposal(keys[1]))
    # What nobody approves ends, and makes room.
    long_ago = whole_seconds() - LAPSES_AFTER - timedelta(hours=1)
    ca.service.ca.database.run(
        lambda tx: tx.connection.execute(
            update(responder_keys)
            .where(responder_keys.c.key_sha256 == old.key_sha256)
            .values(proposed_at=long_ago)
        )
    )
    # In time or not, before the service's own task has come to it and after.
    assert refused(lambda: second.ApproveResponderKey(approval(old))) is Reason.WRONG_STATE
    first.ProposeResponderKey(proposal(keys[2]))
    before = lapsed("responders")
    for _ in range(2):
        end_lapsed(ca.service.ca)
    assert lapsed("responders") == before + 1
    assert refused(lambda: second.ApproveResponderKey(approval(old))) is Reason.WRONG_STATE
    listed = {
        one.key_sha256: one.state
        for one in ca.responder_keys()
        .ListResponderKeys(ca_pb2.ListResponderKeysRequest(authority_id=TOYAMA))
        .keys
    }
    assert listed.pop(old.key_sha256) == ca_pb2.RESPONDER_KEY_STATE_WITHDRAWN
    assert set(listed.values()) == {ca_pb2.RESPONDER_KEY_STATE_PROPOSED}
    with ca.service.ca.database.reading() as tx:
        entries = [
            one for one in SqlJournal().read_all(tx, TOYAMA) if one.act == "responder_key.withdrawn"
        ]
    assert [(one.actor, one.subject) for one in entries] == [("ca", old.key_sha256.hex())]


def test_an_operator_denies_so_many_credentials(
    ca: RunningCa, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("openjpki.services.common.denying.MOST_DENIED", 1)
    one, other = (ca.channel(PeerRole.OPERATOR, "ca", name) for name in ("ito", "kato"))
    credentials = [f"sha256:{uuid.uuid4().hex * 2}" for _ in range(2)]
    deny(one, credentials[0])
    assert refused(lambda: deny(one, credentials[1])) is Reason.TOO_MANY_ENTRIES
    deny(one, credentials[0])
    deny(other, credentials[1])
    allow(other, credentials[0])
    deny(one, credentials[0])
    assert sorted(denied(one)) == sorted(credentials)
