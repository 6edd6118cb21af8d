"""Until when an authority's key certifies users: as long as issuing does not refuse."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from openjpki.domain.authority import AuthorityId
from openjpki.domain.generation import Generation, GenerationState
from openjpki.domain.policy import AuthorityPolicy
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ca.authorities.authority import Authority
from openjpki.services.ca.authorities.ends import issues_until
from openjpki.services.ca.issuance import issue_user
from openjpki.services.common.authority_ends import forget_ends, measure_end
from openjpki.storage.ca.authorities import AuthorityRecord
from openjpki.telemetry.metrics import REGISTRY

TOKYO = AuthorityId.signing("13")
BEGIN = datetime(2026, 4, 1, tzinfo=UTC)
DAY = timedelta(days=1)
YEAR = timedelta(days=365)


def authority(lasts: timedelta, state: GenerationState = GenerationState.ACTIVE) -> Authority:
    return Authority(
        AuthorityRecord(authority_id=TOKYO, active=True, policy_json="", created_at=BEGIN),
        AuthorityPolicy(),
        (
            Generation(
                authority_id=TOKYO,
                number=1,
                certificate=b"",
                key_label="key",
                not_before=BEGIN,
                not_after=BEGIN + lasts,
                state=state,
            ),
        ),
    )


@pytest.mark.parametrize("lasts", [10 * YEAR, 4 * YEAR], ids=["as the policy says", "short"])
def test_it_is_when_issuing_begins_to_refuse(lasts: timedelta) -> None:
    one = authority(lasts)
    until = issues_until(one, BEGIN)
    assert until is not None
    issue_user._validity(one, until - 2 * DAY)
    with pytest.raises(OpenJpkiError) as refused:
        issue_user._validity(one, until + 2 * DAY)
    assert refused.value.reason is Reason.AUTHORITY_NOT_ACTIVE


def test_an_authority_without_a_key_that_issues_has_no_such_moment() -> None:
    assert issues_until(authority(YEAR, GenerationState.RETIRING), BEGIN) is None


def test_what_signs_nothing_any_more_is_not_shown() -> None:
    name = "openjpki_authority_certificate_expiry_timestamp_seconds"

    def shown(generation: int) -> float | None:
        labels = {"authority": "signing-47", "generation": str(generation)}
        return REGISTRY.get_sample_value(name, labels)

    measure_end("signing-47", 1, BEGIN)
    measure_end("signing-47", 2, BEGIN + YEAR)
    assert (shown(1), shown(2)) == (BEGIN.timestamp(), (BEGIN + YEAR).timestamp())
    measure_end("signing-47", 1, None)
    assert (shown(1), shown(2)) == (None, (BEGIN + YEAR).timestamp())
    forget_ends("signing-47")
    assert shown(2) is None
