"""`… quotas`: which verifiers are near what they may be told, or have reached it (R4.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from openjpki.api.ocsp.v1 import ocsp_pb2 as pb
from openjpki.cli import output
from openjpki.cli.words import word_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openjpki.api.ocsp.v1.ocsp_pb2_grpc import AgreementServiceStub

WithinOption = Annotated[
    bool, typer.Option("--all", help="Also those of which less than four fifths are taken.")
]


def show(stub: AgreementServiceStub, authorities: Iterable[str], *, within: bool) -> None:
    """Prints them, a row for each number. Raises as ``ListQuotas``."""
    found = [
        (authority, one) for authority in authorities for one in _listed(stub, authority, within)
    ]
    output.emit_rows([_row(*one) for one in found], title="Quotas")


def _listed(stub: AgreementServiceStub, authority: str, within: bool) -> list[pb.QuotaNumber]:  # noqa: FBT001
    request = pb.ListQuotasRequest(authority_id=authority, within=within)
    found: list[pb.QuotaNumber] = []
    while page := stub.ListQuotas(request).quotas:
        found += page
        request.after_verifier_id = page[-1].verifier_id
    return found


def _row(authority: str, one: pb.QuotaNumber) -> dict[str, output.Value]:
    return {
        "authority": authority,
        "verifier": one.verifier_id,
        "unit": word_of(pb.QuotaUnit, one.unit, "QUOTA_UNIT_"),
        "period": word_of(pb.QuotaPeriod, one.period, "QUOTA_PERIOD_"),
        "most": one.most,
        "beyond": word_of(pb.QuotaBeyond, one.beyond, "QUOTA_BEYOND_"),
        "standing": word_of(pb.QuotaStanding, one.standing, "QUOTA_STANDING_"),
    }
