"""Whether statements may be acted upon: each rule refuses, by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from openjpki.domain.authority import AuthorityId
from openjpki.domain.evidence import CrossDirection, OfficerSignature
from openjpki.domain.evidence.ex_officio import WAITS_AT_MOST
from openjpki.domain.municipality import Municipality
from openjpki.domain.officers import KeyState, Officer
from openjpki.domain.policy import EvidencePolicy, RevocationCause
from openjpki.domain.policy.revocation import FOUND_BY_TWO
from openjpki.errors import OpenJpkiError, Reason
from openjpki.evidence.verification import (
    Presented,
    require_cross_certification,
    require_cross_revocation,
    require_error_found,
    require_issuance,
    require_revocation,
)
from tests.support.statements import (
    AT_BRIDGE,
    CHECKING,
    CHIYODA,
    DECIDING,
    GOVERNORS,
    NOW,
    RECEIVING,
    SUCCEEDING,
    TAKING,
    Enrolled,
    approved,
    asked,
    checked,
    decided,
    ended,
    error_found,
    key_presented,
    occasion,
    sign,
    submitted,
    taken_over,
)

if TYPE_CHECKING:
    from collections.abc import Callable

POLICY = EvidencePolicy()
MINATO = Officer.parse("window-officer/13103/tanaka")
SAPPORO = Officer.parse("window-officer/01100/tanaka")
OSAKA = Officer.parse("governor-officer/signing-27/mori")


@pytest.fixture
def register() -> Enrolled:
    """Everybody is enrolled as soon as they sign."""
    return Enrolled()


def present(
    register: Enrolled, statement: Any, field: str = "evidence", *, by: Officer | None = None
) -> Presented[Any]:
    """Signed with the key of ``by``, by default of whoever states it."""
    key = register.key_of(by or statement.occasion.officer)
    register.key_of(statement.occasion.officer)
    return Presented(statement=statement, signature=sign(statement, key), field=field)


def issue(
    register: Enrolled,
    taken: Any = None,
    check: Any = None,
    key: Any = None,
    decision: Any = None,
    policy: EvidencePolicy = POLICY,
    over: Any = None,
) -> None:
    require_issuance(
        register,
        submitted=present(register, taken or submitted(), "submission"),
        taken_over=present(register, over, "succession") if over else None,
        checked=present(register, check or checked(), "check"),
        presented=present(register, key or key_presented(), "presentation"),
        decided=present(register, decision or decided(), "approval"),
        policy=policy,
        now=NOW,
    )


def refusal(of: Callable[[], None]) -> tuple[Reason, str | None]:
    with pytest.raises(OpenJpkiError) as refused:
        of()
    return refused.value.reason, refused.value.field


def test_officers_of_the_municipality_make_a_certificate(register: Enrolled) -> None:
    issue(register)


def test_a_governors_officer_of_the_authority_may_decide(register: Enrolled) -> None:
    issue(register, decision=decided(GOVERNORS))
    assert refusal(lambda: issue(register, decision=decided(OSAKA))) == (
        Reason.OFFICER_OUT_OF_SCOPE,
        "approval",
    )


@pytest.mark.parametrize("stranger", [MINATO, SAPPORO, *AT_BRIDGE], ids=str)
def test_nobody_of_another_place_or_role(register: Enrolled, stranger: Officer) -> None:
    refused = Reason.OFFICER_OUT_OF_SCOPE
    assert refusal(lambda: issue(register, taken=submitted(stranger))) == (refused, "submission")
    assert refusal(lambda: issue(register, check=checked(stranger))) == (refused, "check")
    assert refusal(lambda: issue(register, key=key_presented(stranger))) == (
        refused,
        "presentation",
    )
    assert refusal(lambda: issue(register, decision=decided(stranger))) == (refused, "approval")


def test_a_governors_officer_is_at_no_window(register: Enrolled) -> None:
    assert refusal(lambda: issue(register, taken=submitted(GOVERNORS)))[0] is (
        Reason.OFFICER_OUT_OF_SCOPE
    )
    assert refusal(lambda: issue(register, check=checked(GOVERNORS)))[0] is (
        Reason.OFFICER_OUT_OF_SCOPE
    )


def test_an_officer_decides_for_the_authority_of_their_prefecture(register: Enrolled) -> None:
    other = replace(decided(), authority_id=AuthorityId.signing("27"))
    assert refusal(lambda: issue(register, decision=other)) == (
        Reason.OFFICER_OUT_OF_SCOPE,
        "approval",
    )


def test_a_rejection_makes_no_certificate(register: Enrolled) -> None:
    against = replace(decided(), approved=False)
    assert refusal(lambda: issue(register, decision=against)) == (
        Reason.EVIDENCE_SIGNATURE_INVALID,
        "approval",
    )


def test_who_decides_is_another_than_who_acted_before(register: Enrolled) -> None:
    same = (Reason.SAME_OFFICER, "approval")
    assert refusal(lambda: issue(register, decision=decided(CHECKING))) == same
    assert refusal(lambda: issue(register, decision=decided(TAKING))) == same
    issue(register, check=checked(TAKING))
    # One person with two posts is one person.
    checks_too = Officer.parse(f"governor-officer/signing-13/{CHECKING.account.text}")
    assert refusal(lambda: issue(register, decision=decided(checks_too))) == same
    issue(register, decision=decided(GOVERNORS))
    # Whatever policy says: the key is named by two.
    lax = EvidencePolicy(approver_did_not_check=False, approver_did_not_submit=False)
    received_too = decided(RECEIVING)
    assert refusal(lambda: issue(register, decision=received_too)) == same
    assert refusal(lambda: issue(register, decision=received_too, policy=lax)) == same
    lenient = EvidencePolicy(approver_did_not_submit=False)
    issue(register, decision=decided(TAKING), policy=lenient)
    assert refusal(lambda: issue(register, decision=decided(CHECKING), policy=lenient)) == same
    issue(register, decision=decided(CHECKING), policy=EvidencePolicy(approver_did_not_check=False))


@pytest.mark.parametrize(
    ("state", "reason"),
    [(KeyState.SUSPENDED, Reason.OFFICER_REVOKED), (KeyState.REVOKED, Reason.OFFICER_REVOKED)],
)
@pytest.mark.parametrize(
    ("officer", "field"),
    [
        (TAKING, "submission"),
        (CHECKING, "check"),
        (RECEIVING, "presentation"),
        (DECIDING, "approval"),
    ],
)
def test_a_key_that_is_revoked_counts_nowhere(
    register: Enrolled, officer: Officer, field: str, state: KeyState, reason: Reason
) -> None:
    register.change(officer, state=state)
    assert refusal(lambda: issue(register)) == (reason, field)


@pytest.mark.parametrize("state", [KeyState.SUSPENDED, KeyState.REVOKED])
def test_who_takes_over_answers_in_the_place_of_who_took_it(
    register: Enrolled, state: KeyState
) -> None:
    long_ago = submitted(at=NOW - timedelta(days=90))
    register.change(TAKING, state=state, not_after=NOW - timedelta(days=1))
    issue(register, taken=long_ago, over=taken_over())
    assert refusal(lambda: issue(register)) == (Reason.OFFICER_REVOKED, "submission")
    # Whoever does it is held to what a submission is held to.
    stale = taken_over(at=NOW - timedelta(days=31))
    assert refusal(lambda: issue(register, over=stale)) == (Reason.EVIDENCE_STALE, "succession")
    assert refusal(lambda: issue(register, over=taken_over(MINATO))) == (
        Reason.OFFICER_OUT_OF_SCOPE,
        "succession",
    )
    register.change(SUCCEEDING, state=state)
    assert refusal(lambda: issue(register, over=taken_over())) == (
        Reason.OFFICER_REVOKED,
        "succession",
    )


def test_an_application_that_is_taken_over_was_truly_taken_by_somebody_of_the_place(
    register: Enrolled,
) -> None:
    """Its id follows from that: who could name anybody could name any id."""
    never = present(register, submitted(), "submission", by=DECIDING)
    with pytest.raises(OpenJpkiError) as refused:
        require_issuance(
            register,
            submitted=never,
            taken_over=present(register, taken_over(), "succession"),
            checked=present(register, checked(), "check"),
            presented=present(register, key_presented(), "presentation"),
            decided=present(register, decided(), "approval"),
            policy=POLICY,
            now=NOW,
        )
    assert refused.value.field == "submission"
    assert refusal(lambda: issue(register, taken=submitted(MINATO), over=taken_over())) == (
        Reason.OFFICER_OUT_OF_SCOPE,
        "submission",
    )


def test_who_takes_an_application_over_does_not_decide_on_it(register: Enrolled) -> None:
    same = (Reason.SAME_OFFICER, "approval")
    assert refusal(lambda: issue(register, over=taken_over(DECIDING))) == same
    assert refusal(lambda: issue(register, decision=decided(TAKING), over=taken_over())) == same
    issue(register, over=taken_over(CHECKING))
    lenient = EvidencePolicy(approver_did_not_submit=False)
    issue(register, over=taken_over(DECIDING), policy=lenient)


def test_a_key_counts_within_its_times_when_it_signs_and_when_it_is_relied_on(
    register: Enrolled,
) -> None:
    outside = (Reason.OFFICER_KEY_NOT_VALID, "check")
    earlier = checked(at=NOW - timedelta(hours=2))
    register.change(CHECKING, not_before=NOW - timedelta(hours=1))
    assert refusal(lambda: issue(register, check=earlier)) == outside
    register.change(CHECKING, not_before=NOW - timedelta(hours=2))
    issue(register, check=earlier)
    register.change(CHECKING, not_after=NOW)
    assert refusal(lambda: issue(register, check=earlier)) == outside
    register.change(CHECKING, not_after=NOW + timedelta(seconds=1))
    issue(register, check=earlier)


@pytest.mark.parametrize(
    ("make", "field", "within"),
    [
        (submitted, "submission", POLICY.submitted_within),
        (checked, "check", POLICY.checked_within),
        (key_presented, "presentation", POLICY.checked_within),
        (decided, "approval", POLICY.decided_within),
    ],
)
def test_each_statement_is_fresh(
    register: Enrolled, make: Callable[..., Any], field: str, within: timedelta
) -> None:
    def made_at(at: Any) -> dict[str, Any]:
        return {
            {submitted: "taken", checked: "check", key_presented: "key", decided: "decision"}[
                make
            ]: make(at=at),
        }

    second = timedelta(seconds=1)
    issue(register, **made_at(NOW - within))
    issue(register, **made_at(NOW + POLICY.clock_skew))
    stale = (Reason.EVIDENCE_STALE, field)
    assert refusal(lambda: issue(register, **made_at(NOW - within - second))) == stale
    assert refusal(lambda: issue(register, **made_at(NOW + POLICY.clock_skew + second))) == stale


def test_a_stranger_is_not_enrolled(register: Enrolled) -> None:
    one = present(register, asked())
    register.entries.clear()
    assert refusal(lambda: require_revocation(register, one, policy=POLICY, now=NOW)) == (
        Reason.OFFICER_NOT_ENROLLED,
        "evidence",
    )


def test_one_officers_key_is_not_anothers(register: Enrolled) -> None:
    """Also when the other is enrolled, with a key of their own."""
    one = present(register, asked(), by=CHECKING)
    assert refusal(lambda: require_revocation(register, one, policy=POLICY, now=NOW)) == (
        Reason.OFFICER_NOT_ENROLLED,
        "evidence",
    )


def test_a_signature_over_another_statement_is_none(register: Enrolled) -> None:
    other = sign(replace(asked(), serial=b"\x0a\x1c"), register.key_of(TAKING))
    one = Presented(statement=asked(), signature=other, field="evidence")
    assert refusal(lambda: require_revocation(register, one, policy=POLICY, now=NOW)) == (
        Reason.EVIDENCE_SIGNATURE_INVALID,
        "evidence",
    )


@pytest.mark.parametrize(
    "change",
    [
        {"signed_at": NOW - timedelta(seconds=1)},
        {"request_id": "00000000-0000-4000-8000-000000000000"},
    ],
)
def test_the_occasion_is_signed_too(register: Enrolled, change: dict[str, Any]) -> None:
    signed = sign(asked(), register.key_of(TAKING))
    moved = replace(signed.occasion, **change)
    one = Presented(
        statement=replace(asked(), occasion=moved),
        signature=replace(signed, occasion=moved),
        field="evidence",
    )
    assert refusal(lambda: require_revocation(register, one, policy=POLICY, now=NOW)) == (
        Reason.EVIDENCE_SIGNATURE_INVALID,
        "evidence",
    )


def test_a_statement_is_built_on_the_signatures_occasion(register: Enrolled) -> None:
    with pytest.raises(ValueError, match="occasion"):
        Presented(
            statement=replace(asked(), occasion=occasion(CHECKING)),
            signature=sign(asked(), register.key_of(TAKING)),
            field="evidence",
        )


def test_who_may_have_a_certificate_revoked(register: Enrolled) -> None:
    def revoke(statement: Any) -> None:
        require_revocation(register, present(register, statement), policy=POLICY, now=NOW)

    ex_officio = replace(asked(GOVERNORS), seen=None, cause=RevocationCause.CHANGE_NOTICE)
    revoke(asked())
    revoke(ex_officio)
    for statement in (
        asked(MINATO),
        asked(SAPPORO),
        asked(AT_BRIDGE[0]),
        replace(asked(), seen=None),
        replace(ex_officio, seen=asked().seen),
        replace(ex_officio, occasion=occasion(OSAKA)),
        replace(ex_officio, occasion=occasion(AT_BRIDGE[0])),
    ):
        refused = refusal(lambda statement=statement: revoke(statement))  # type: ignore[misc]
        assert refused == (Reason.OFFICER_OUT_OF_SCOPE, "evidence")
    for cause in (RevocationCause.AUTHORITY_COMPROMISE, RevocationCause.CHANGE_NOTICE):
        assert refusal(lambda cause=cause: revoke(replace(asked(), cause=cause))) == (  # type: ignore[misc]
            Reason.REASON_NOT_ALLOWED,
            "cause",
        )
    wish = replace(ex_officio, cause=RevocationCause.USER_WISH)
    assert refusal(lambda: revoke(wish)) == (Reason.REASON_NOT_ALLOWED, "cause")
    late = asked(at=NOW - POLICY.revocation_within - timedelta(seconds=1))
    assert refusal(lambda: revoke(late)) == (Reason.EVIDENCE_STALE, "evidence")


def test_two_officers_approve_a_cross_certification(register: Enrolled) -> None:
    def approve(*statements: Any, policy: EvidencePolicy = POLICY) -> None:
        require_cross_certification(
            register,
            [present(register, one, f"approvals[{n}]") for n, one in enumerate(statements)],
            policy=policy,
            now=NOW,
        )

    first, second = (approved(officer) for officer in AT_BRIDGE)
    approve(first, second)
    same = (Reason.SAME_OFFICER, "approvals[1]")
    assert refusal(lambda: approve(first, approved(AT_BRIDGE[0], NOW - timedelta(1)))) == same
    assert refusal(lambda: approve(first))[0] is Reason.SAME_OFFICER
    assert refusal(approve)[0] is Reason.SAME_OFFICER
    assert refusal(lambda: approve(first, second, policy=EvidencePolicy(cross_approvers=3)))[0] is (
        Reason.SAME_OFFICER
    )
    stale = approved(AT_BRIDGE[1], NOW - POLICY.cross_approved_within - timedelta(seconds=1))
    assert refusal(lambda: approve(first, stale)) == (Reason.EVIDENCE_STALE, "approvals[1]")
    for stranger in (TAKING, GOVERNORS):
        # The bridge's own authority is no governor's.
        assert refusal(lambda by=stranger: approve(first, approved(by))) == (  # type: ignore[misc]
            Reason.OFFICER_OUT_OF_SCOPE,
            "approvals[1]",
        )
    of_tokyo: dict[str, Any] = {
        "issuer": AuthorityId.signing("13"),
        "direction": CrossDirection.FROM_PARTNER,
    }
    approve(replace(first, **of_tokyo), replace(approved(GOVERNORS), **of_tokyo))


def test_two_officers_end_a_cross_certificate(register: Enrolled) -> None:
    def end(*statements: Any) -> None:
        require_cross_revocation(
            register,
            [present(register, one, f"approvals[{n}]") for n, one in enumerate(statements)],
            policy=POLICY,
            now=NOW,
        )

    first, second = (ended(officer) for officer in AT_BRIDGE)
    end(first, second)
    end(first, ended(GOVERNORS))
    same = (Reason.SAME_OFFICER, "approvals[1]")
    assert refusal(lambda: end(first, ended(AT_BRIDGE[0], NOW - timedelta(1)))) == same
    assert refusal(lambda: end(first))[0] is Reason.SAME_OFFICER
    stale = ended(AT_BRIDGE[1], NOW - POLICY.cross_approved_within - timedelta(seconds=1))
    assert refusal(lambda: end(first, stale)) == (Reason.EVIDENCE_STALE, "approvals[1]")
    of_nobody_here = replace(ended(GOVERNORS), issuer=None)
    for stranger in (ended(TAKING), of_nobody_here):
        assert refusal(lambda by=stranger: end(first, by)) == (  # type: ignore[misc]
            Reason.OFFICER_OUT_OF_SCOPE,
            "approvals[1]",
        )


def test_two_of_the_governors_officers_find_an_error(register: Enrolled) -> None:
    def find(first: Any, second: Any) -> None:
        require_error_found(
            register,
            proposed=present(register, first, "proposed"),
            approved=present(register, second, "approved"),
            policy=POLICY,
            now=NOW,
        )

    other = Officer.parse("governor-officer/signing-13/oda")
    find(error_found(), error_found(other))
    waited = NOW - WAITS_AT_MOST - POLICY.revocation_within
    find(error_found(at=waited), error_found(other))
    assert refusal(
        lambda: find(error_found(at=waited - timedelta(seconds=1)), error_found(other))
    ) == (
        Reason.EVIDENCE_STALE,
        "proposed",
    )
    late = error_found(other, NOW - POLICY.revocation_within - timedelta(seconds=1))
    assert refusal(lambda: find(error_found(), late)) == (Reason.EVIDENCE_STALE, "approved")
    same = refusal(lambda: find(error_found(), error_found(at=NOW - timedelta(hours=1))))
    assert same == (Reason.SAME_OFFICER, "approved")
    for stranger in (OSAKA, TAKING, AT_BRIDGE[0]):
        assert refusal(lambda by=stranger: find(error_found(), error_found(by))) == (  # type: ignore[misc]
            Reason.OFFICER_OUT_OF_SCOPE,
            "approved",
        )
    for cause in set(RevocationCause) - FOUND_BY_TWO:
        with pytest.raises(OpenJpkiError) as refused:
            replace(error_found(), cause=cause)
        assert refused.value.reason is Reason.REASON_NOT_ALLOWED


def test_a_signature_that_is_none_is_refused_as_a_value() -> None:
    for key_sha256, signature, field in (
        (bytes(31), b"x", "key_sha256"),
        (bytes(32), b"", "signature"),
        (bytes(32), bytes(1025), "signature"),
    ):
        with pytest.raises(OpenJpkiError) as refused:
            OfficerSignature(occasion=occasion(TAKING), key_sha256=key_sha256, signature=signature)
        assert (refused.value.reason, refused.value.field) == (Reason.INVALID_FIELD, field)
    assert TAKING.municipality == CHIYODA
    assert Municipality("13101") == CHIYODA
