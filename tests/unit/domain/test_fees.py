"""Which fee, and in which fiscal year."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from openjpki.domain.fees import Fee, FeeGround, fee_after, fiscal_year_of
from openjpki.domain.policy import RevocationCause
from openjpki.domain.window_rules import Fees, WindowRules
from openjpki.errors import OpenJpkiError, Reason


@pytest.mark.parametrize(
    ("ended_by", "ground", "yen"),
    [
        (None, FeeGround.ORDINARY, 500),
        (RevocationCause.KEY_COMPROMISE, FeeGround.REISSUE, 1000),
        (RevocationCause.AUTHORITY_COMPROMISE, FeeGround.FREE, 0),
    ],
)
def test_the_fee_is_the_rules(
    ended_by: RevocationCause | None, ground: FeeGround, yen: int
) -> None:
    rules = WindowRules(version="7", fees=Fees(issue=500, reissue=1000))
    fee = fee_after(ended_by, rules)
    assert fee == Fee(ground, yen, "7")
    assert fee.require(yen) == yen
    with pytest.raises(OpenJpkiError) as other:
        fee.require(yen + 1)
    assert (other.value.reason, other.value.field) == (Reason.INVALID_FIELD, "yen")


def test_what_nobody_settled_is_not_taken_but_free_is_free() -> None:
    for ended_by in (None, RevocationCause.KEY_COMPROMISE):
        with pytest.raises(OpenJpkiError) as refused:
            fee_after(ended_by, WindowRules()).require(0)
        assert refused.value.reason is Reason.FEE_NOT_SETTLED
    assert fee_after(RevocationCause.AUTHORITY_COMPROMISE, WindowRules()).require(0) == 0


def test_a_fiscal_year_begins_in_april_in_japan() -> None:
    assert fiscal_year_of(datetime(2027, 3, 31, 14, 59, 59, tzinfo=UTC)) == 2026
    assert fiscal_year_of(datetime(2027, 3, 31, 15, tzinfo=UTC)) == 2027
