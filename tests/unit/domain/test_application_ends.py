"""Why an application ended, and what may be written of it."""

from __future__ import annotations

import pytest

from openjpki.domain.application_end import Ending, RejectionReason, WithdrawalReason
from openjpki.errors import OpenJpkiError, Reason


@pytest.mark.parametrize(
    ("reason", "explanation"),
    [
        (RejectionReason.STATEMENT_WRONG, ""),
        (RejectionReason.OTHER, "委任状\u3000押印なし"),
        (WithdrawalReason.APPLICANT_WISH, "窓口の再訪は3日後、番号札 123"),
        (WithdrawalReason.OTHER, "あ" * 200),
    ],
)
def test_a_reason_and_what_is_said_besides(
    reason: RejectionReason | WithdrawalReason, explanation: str
) -> None:
    assert Ending(reason, explanation).explanation == explanation


@pytest.mark.parametrize(
    ("reason", "explanation"),
    [
        (RejectionReason.OTHER, ""),
        (WithdrawalReason.OTHER, " \u3000"),
        (WithdrawalReason.APPLICANT_WISH, "あ" * 201),
        (RejectionReason.KEY_IN_DOUBT, "一行目\n二行目"),
        (RejectionReason.KEY_IN_DOUBT, "\u202e右から"),
        (RejectionReason.FALSE_APPLICANT, "旅券 TK1234567"),
        (RejectionReason.FALSE_APPLICANT, "番号は１２３４"),
    ],
)
def test_what_is_no_explanation(
    reason: RejectionReason | WithdrawalReason, explanation: str
) -> None:
    with pytest.raises(OpenJpkiError) as refusal:
        Ending(reason, explanation)
    assert (refusal.value.reason, refusal.value.field) == (Reason.INVALID_FIELD, "explanation")
    assert explanation.strip() == "" or explanation not in refusal.value.message


def test_an_explanation_gets_into_no_log_by_itself() -> None:
    assert "架空" not in repr(Ending(RejectionReason.OTHER, "架空"))
