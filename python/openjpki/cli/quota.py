"""Options of `agreement propose` for how much may be told, and what is shown of it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from openjpki.api.ocsp.v1 import ocsp_pb2 as pb
from openjpki.cli.words import word_of
from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from openjpki.cli import output


class BeyondName(StrEnum):
    """What is done beyond it."""

    REFUSE = "refuse"
    REPORT = "report"


StatusesPerDayOption = Annotated[
    int | None, typer.Option("--statuses-per-day", min=1, help="Most statuses told in a day.")
]
StatusesPerMonthOption = Annotated[
    int | None, typer.Option("--statuses-per-month", min=1, help="Most statuses told in a month.")
]
DownloadsPerDayOption = Annotated[
    int | None, typer.Option("--downloads-per-day", min=1, help="Most lists downloaded in a day.")
]
DownloadsPerMonthOption = Annotated[
    int | None,
    typer.Option("--downloads-per-month", min=1, help="Most lists downloaded in a month."),
]
BeyondOption = Annotated[
    BeyondName | None,
    typer.Option("--beyond", help="What is done beyond these numbers; required with them."),
]
_BEYOND = {
    BeyondName.REFUSE: pb.QUOTA_BEYOND_REFUSE,
    BeyondName.REPORT: pb.QUOTA_BEYOND_REPORT,
}


def quota_of(
    statuses: tuple[int | None, int | None],
    downloads: tuple[int | None, int | None],
    beyond: BeyondName | None,
) -> pb.Quota | None:
    """What the options say; each number per day and per month. Raises ``INVALID_FIELD``."""
    numbers = (*statuses, *downloads)
    if all(one is None for one in numbers) is not (beyond is None):
        raise OpenJpkiError(
            Reason.INVALID_FIELD,
            "must be stated with a number of statuses or downloads, and only then",
            field="--beyond",
        )
    if beyond is None:
        return None
    return pb.Quota(
        statuses_per_day=statuses[0],
        statuses_per_month=statuses[1],
        downloads_per_day=downloads[0],
        downloads_per_month=downloads[1],
        beyond=_BEYOND[beyond],
    )


def shown(terms: pb.AgreementTerms) -> dict[str, output.Value]:
    """The numbers there are."""
    quota, has = terms.quota, terms.HasField("quota")
    of_day = quota.HasField("statuses_per_day")
    of_month = quota.HasField("statuses_per_month")
    lists_of_day = quota.HasField("downloads_per_day")
    lists_of_month = quota.HasField("downloads_per_month")
    return {
        "statuses_per_day": quota.statuses_per_day if of_day else None,
        "statuses_per_month": quota.statuses_per_month if of_month else None,
        "downloads_per_day": quota.downloads_per_day if lists_of_day else None,
        "downloads_per_month": quota.downloads_per_month if lists_of_month else None,
        "beyond": word_of(pb.QuotaBeyond, quota.beyond, "QUOTA_BEYOND_") if has else None,
    }
