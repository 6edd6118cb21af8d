"""Which officers decide, by what they did before and by policy."""

from __future__ import annotations

import pytest

from openjpki.domain.policy.window import WindowPolicy
from openjpki.domain.separation import Done, require_another_decides
from openjpki.domain.window import OfficerId
from openjpki.errors import OpenJpkiError, Reason

SATO, MORI = OfficerId("sato"), OfficerId("mori")
STRICT, LENIENT = WindowPolicy(), WindowPolicy(decider_did_not_take=False)
ALWAYS = {Done.CONFIRM_IDENTITY, Done.PRESENT_KEY}


@pytest.mark.parametrize("policy", [STRICT, LENIENT])
@pytest.mark.parametrize("step", Done)
def test_who_did_a_step_does_not_decide_but_where_policy_lets_it(
    step: Done, policy: WindowPolicy
) -> None:
    done: dict[Done, OfficerId | None] = dict.fromkeys(Done, MORI)
    done[step] = SATO
    if policy is LENIENT and step not in ALWAYS:
        require_another_decides(SATO, done, policy)
        return
    with pytest.raises(OpenJpkiError) as refusal:
        require_another_decides(SATO, done, policy)
    assert refusal.value.reason is Reason.SAME_OFFICER
    assert refusal.value.metadata == {"officer": "sato", "steps": step.value}


def test_who_did_several_is_told_all_of_them_and_who_did_none_decides() -> None:
    done = dict.fromkeys(Done, SATO)
    require_another_decides(MORI, done, STRICT)
    require_another_decides(MORI, {**done, Done.TAKE_OVER: None, Done.PRESENT_KEY: None}, STRICT)
    for policy, steps in (
        (STRICT, "submit,take_over,confirm_identity,present_key"),
        (LENIENT, "confirm_identity,present_key"),
    ):
        with pytest.raises(OpenJpkiError) as refusal:
            require_another_decides(SATO, done, policy)
        assert refusal.value.metadata["steps"] == steps
