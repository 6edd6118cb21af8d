"""Every reason the validator knows has its place in the contract, with a text."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from openjpki.api.bridge.v1 import bridge_pb2 as pb
from openjpki.pki_path.verdict import PathRefusal, RefusalReason
from openjpki.services.bridge.validation.conversions import REASONS, refusal_message

NAMES = {"Organization: X": "O=X"}


def refusal(
    reason: RefusalReason, revoked_at: datetime | None = None, revocation_reason: str | None = None
) -> PathRefusal:
    return PathRefusal(
        "Organization: X", 2, reason, "breaks the rule", revoked_at, revocation_reason
    )


@pytest.mark.parametrize("reason", RefusalReason)
def test_each_reason_is_told(reason: RefusalReason) -> None:
    told = refusal_message(refusal(reason), NAMES)
    assert told.reason != pb.REFUSAL_REASON_UNSPECIFIED
    assert told.text


def test_mapping_is_the_contracts() -> None:
    assert REASONS.keys() == {*RefusalReason}
    for unknown in (RefusalReason.NO_CRL, RefusalReason.CRL_EXPIRED):
        assert REASONS[unknown] == pb.REFUSAL_REASON_REVOCATION_UNKNOWN
    for no_authority in (RefusalReason.KEY_USAGE, RefusalReason.BASIC_CONSTRAINTS):
        assert REASONS[no_authority] == pb.REFUSAL_REASON_NOT_AN_AUTHORITY


def test_text_names_certificate_and_rule() -> None:
    told = refusal_message(refusal(RefusalReason.POLICY), NAMES)
    assert (told.subject, told.text) == ("O=X", "O=X: breaks the rule")
    told = refusal_message(refusal(RefusalReason.CRL_EXPIRED), NAMES)
    assert "has expired" in told.text
    revoked = refusal(
        RefusalReason.REVOKED,
        revoked_at=datetime(2026, 4, 1, tzinfo=UTC),
        revocation_reason="keyCompromise",
    )
    assert refusal_message(revoked, NAMES).text == (
        "O=X: revoked at 2026-04-01T00:00:00Z (keyCompromise)"
    )


def test_path_as_a_whole_blames_nobody() -> None:
    told = refusal_message(refusal(RefusalReason.SEARCH_LIMIT), NAMES)
    assert (told.reason, told.subject) == (pb.REFUSAL_REASON_NO_PATH, "")
