"""What the shell is told of a copy of all lists."""

from __future__ import annotations

import pytest
import typer

from openjpki.cli.exit_codes import ExitCode
from openjpki.cli.verifier_sync import _end
from openjpki.client.mirrored import MirroredList, MirrorOutcome
from openjpki.domain.authority import AuthorityId
from openjpki.errors import OpenJpkiError, Reason

UPDATED, UNCHANGED = MirrorOutcome.UPDATED, MirrorOutcome.UNCHANGED
NOT_UPDATED = MirrorOutcome.NOT_UPDATED


def mirrored(outcome: MirrorOutcome, reason: Reason | None = None) -> MirroredList:
    why = None if reason is None else OpenJpkiError(reason, "text")
    return MirroredList(AuthorityId.signing("13"), "13101", 1, outcome, None, why)


def test_all_is_well_where_each_list_is_the_newest() -> None:
    _end([])
    _end([mirrored(UPDATED), mirrored(UNCHANGED)])


@pytest.mark.parametrize(
    ("others", "status"),
    [
        ([mirrored(NOT_UPDATED, Reason.CRL_REFUSED)], ExitCode.NOT_VALID),
        ([mirrored(NOT_UPDATED, Reason.CRL_NOT_FOUND)], ExitCode.NOT_VALID),
        # A service may hide a list.
        ([mirrored(MirrorOutcome.NAMED_NO_MORE)], ExitCode.NOT_VALID),
        ([mirrored(MirrorOutcome.REMOVED)], ExitCode.NOT_VALID),
        # The same command may succeed later; what it can't put right counts before that.
        ([mirrored(NOT_UPDATED, Reason.SERVICE_UNAVAILABLE)], ExitCode.UNAVAILABLE),
        ([mirrored(NOT_UPDATED, Reason.DEADLINE_EXCEEDED)], ExitCode.UNAVAILABLE),
        ([mirrored(NOT_UPDATED, Reason.TOO_MANY_CALLS)], ExitCode.UNAVAILABLE),
        (
            [mirrored(NOT_UPDATED, Reason.CANCELLED), mirrored(NOT_UPDATED, Reason.CRL_REFUSED)],
            ExitCode.NOT_VALID,
        ),
    ],
    ids=["refused", "none", "hidden", "removed", "away", "slow", "full", "cancelled-and-refused"],
)
def test_a_copy_that_is_not_up_to_date_is_told(
    others: list[MirroredList], status: ExitCode
) -> None:
    with pytest.raises(typer.Exit) as ended:
        _end([mirrored(UPDATED), *others, mirrored(UNCHANGED)])
    assert ended.value.exit_code == status
