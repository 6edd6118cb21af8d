"""What a generation of an authority's key may do, and what may become of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from openjpki.domain.authority import AuthorityId
from openjpki.domain.generation import HIGHEST, Generation, GenerationState, require_next
from openjpki.errors import OpenJpkiError, Reason

AT = datetime(2026, 4, 1, tzinfo=UTC)
S = GenerationState
FOLLOWS = {
    (S.PLANNED, S.ACTIVE),
    (S.PLANNED, S.ENDED),
    (S.PLANNED, S.COMPROMISED),
    (S.PLANNED, S.LOST),
    (S.ACTIVE, S.RETIRING),
    (S.ACTIVE, S.COMPROMISED),
    (S.ACTIVE, S.LOST),
    (S.RETIRING, S.ENDED),
    (S.RETIRING, S.COMPROMISED),
    (S.RETIRING, S.LOST),
    (S.LOST, S.COMPROMISED),
    (S.LOST, S.ENDED),
    (S.ENDED, S.COMPROMISED),
}


def generation(state: GenerationState = S.ACTIVE, number: int = 1) -> Generation:
    return Generation(
        authority_id=AuthorityId.signing("13"),
        number=number,
        certificate=b"certificate",
        key_label=f"authority/signing-13/{number}",
        not_before=AT,
        not_after=AT + timedelta(days=3650),
        state=state,
    )


@pytest.mark.parametrize("now", S)
@pytest.mark.parametrize("then", S)
def test_what_may_follow_what(now: GenerationState, then: GenerationState) -> None:
    if (now, then) in FOLLOWS:
        assert require_next(now, then) is then
        return
    with pytest.raises(OpenJpkiError) as refused:
        require_next(now, then)
    assert (refused.value.reason, refused.value.field) == (Reason.WRONG_STATE, "state")


@pytest.mark.requirement("R3.1.2b", "R3.1.2e", refuses=True)
@pytest.mark.parametrize(
    ("state", "certificates", "lists", "is_anchor"),
    [
        (S.PLANNED, False, False, False),
        (S.ACTIVE, True, True, True),
        (S.RETIRING, False, True, True),
        (S.ENDED, False, False, False),
        (S.COMPROMISED, False, True, False),
        (S.LOST, False, False, False),
    ],
)
def test_what_each_state_may_do(
    state: GenerationState, *, certificates: bool, lists: bool, is_anchor: bool
) -> None:
    one = generation(state)
    assert (one.may_sign_certificates, one.may_sign_lists) == (certificates, lists)
    assert one.is_anchor == is_anchor


@pytest.mark.parametrize("number", [0, -1, HIGHEST + 1])
def test_numbers_begin_at_one(number: int) -> None:
    with pytest.raises(OpenJpkiError) as refused:
        generation(number=number)
    assert (refused.value.reason, refused.value.field) == (
        Reason.INVALID_FIELD,
        "generation.number",
    )
