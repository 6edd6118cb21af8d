"""Legal and illegal steps of an application; what an identity check may record."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from openjpki.domain.application import (
    ApplicationEvent,
    ApplicationState,
    IdentityCheck,
    IdentityEvidence,
    transition,
)
from openjpki.domain.window import OfficerId
from openjpki.errors import OpenJpkiError, Reason

NOW = datetime(2026, 4, 1, tzinfo=UTC)
OFFICER = OfficerId("officer-a")

LEGAL = {
    ("submitted", "confirm_identity"): "identity_confirmed",
    ("submitted", "reject"): "rejected",
    ("submitted", "withdraw"): "withdrawn",
    ("identity_confirmed", "present_key"): "key_presented",
    ("identity_confirmed", "reject"): "rejected",
    ("identity_confirmed", "withdraw"): "withdrawn",
    ("key_presented", "approve"): "approved",
    ("key_presented", "reject"): "rejected",
    ("key_presented", "withdraw"): "withdrawn",
    ("submitted", "take_over"): "submitted",
    ("identity_confirmed", "take_over"): "identity_confirmed",
    ("key_presented", "take_over"): "key_presented",
    ("approved", "issue"): "issued",
    ("approved", "authority_refused"): "rejected",
    ("submitted", "expire"): "expired",
    ("identity_confirmed", "expire"): "expired",
    ("key_presented", "expire"): "expired",
    ("issued", "hand_over"): "handed_over",
    ("handed_over", "close"): "closed",
    ("issued", "end_certificate"): "closed",
    ("handed_over", "end_certificate"): "closed",
    ("approved", "lose_check"): "submitted",
    ("approved", "lose_key"): "identity_confirmed",
    ("approved", "lose_decision"): "key_presented",
}


@pytest.mark.parametrize("state", ApplicationState)
@pytest.mark.parametrize("event", ApplicationEvent)
def test_every_pair_of_state_and_event(state: ApplicationState, event: ApplicationEvent) -> None:
    expected = LEGAL.get((state.value, event.value))
    if expected is not None:
        assert transition(state, event) is ApplicationState(expected)
        return
    with pytest.raises(OpenJpkiError) as refusal:
        transition(state, event)
    assert refusal.value.reason is Reason.WRONG_STATE
    named = {"state": state.value, "event": event.value}
    assert refusal.value.metadata.items() >= named.items()
    # What is said to be missing, done in that order, is what was missing.
    for step in filter(None, refusal.value.metadata.get("missing", "").split(",")):
        state = transition(state, ApplicationEvent(step))
        named["missing"] = refusal.value.metadata["missing"]
    assert refusal.value.metadata == named
    assert ((state.value, event.value) in LEGAL) == ("missing" in named)


@pytest.mark.parametrize(
    ("state", "event", "missing"),
    [
        ("submitted", "approve", "confirm_identity,present_key"),
        ("identity_confirmed", "approve", "present_key"),
        ("submitted", "present_key", "confirm_identity"),
        ("key_presented", "confirm_identity", None),
        ("approved", "withdraw", None),
        ("rejected", "approve", None),
        ("key_presented", "hand_over", "approve,issue"),
        ("issued", "close", "hand_over"),
        ("closed", "hand_over", None),
    ],
)
def test_a_refused_step_says_what_is_to_be_done_before(
    state: str, event: str, missing: str | None
) -> None:
    with pytest.raises(OpenJpkiError) as refusal:
        transition(ApplicationState(state), ApplicationEvent(event))
    assert refusal.value.metadata.get("missing") == missing


def test_final_states() -> None:
    final = {state.value for state in ApplicationState if state.is_final}
    assert final == {"closed", "rejected", "withdrawn", "expired"}


def ways_to(
    goal: ApplicationState,
    state: ApplicationState = ApplicationState.SUBMITTED,
    passed: tuple[ApplicationEvent, ...] = (),
    seen: frozenset[ApplicationState] = frozenset(),
) -> Iterator[list[str]]:
    """Every sequence of events that leads there in which no state comes twice: what goes back
    goes one of these ways again."""
    if state is goal:
        yield [event.value for event in passed]
        return
    for event in ApplicationEvent:
        try:
            following = transition(state, event)
        except OpenJpkiError:
            continue
        if following not in seen | {state}:
            yield from ways_to(goal, following, (*passed, event), seen | {state})


def test_nothing_is_issued_without_existence_identity_key_and_approval() -> None:
    (only_way,) = ways_to(ApplicationState.ISSUED)
    assert only_way == ["confirm_identity", "present_key", "approve", "issue"]


@pytest.mark.requirement("R2.2.2")
@pytest.mark.parametrize("evidence", IdentityEvidence)
def test_an_identity_check_records_which_by_whom_and_when(evidence: IdentityEvidence) -> None:
    check = IdentityCheck(evidence, "drivers-licence", OFFICER, NOW)
    assert (check.evidence, check.officer, check.checked_at) == (evidence, OFFICER, NOW)


@pytest.mark.parametrize(
    "kind",
    ["", "Passport", "TK1234567", "passport-tk1234567", "運転免許証", "a", "passport "],
)
def test_a_document_number_does_not_fit_its_kind(kind: str) -> None:
    with pytest.raises(OpenJpkiError) as refusal:
        IdentityCheck(IdentityEvidence.PHOTO_DOCUMENT, kind, OFFICER, NOW)
    assert refusal.value.field == "check.document_kind"


def test_the_moment_of_a_check_needs_a_time_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        IdentityCheck(
            IdentityEvidence.PHOTO_DOCUMENT, "passport", OFFICER, NOW.replace(tzinfo=None)
        )
