"""`openjpki verifier sync`: a copy of all revocation lists that a verifier may have (R4.1.2)."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from random import SystemRandom
from typing import TYPE_CHECKING, Annotated

import typer

from openjpki.api.ocsp.v1.ocsp_pb2_grpc import RevocationListDownloadServiceStub
from openjpki.cli import output
from openjpki.cli.asked_to_stop import ending_as_by_ctrl_c
from openjpki.cli.exit_codes import ExitCode, exit_code
from openjpki.cli.progress import LISTS, counting_of_many
from openjpki.cli.service_access import ServiceAccess, reaching
from openjpki.cli.trusted import ListsKeyOption, TrustedOption, list_sets, trusted
from openjpki.cli.words import word
from openjpki.client.mirror import Mirror
from openjpki.client.mirrored import MirroredList, MirrorOutcome
from openjpki.rpc.identity.roles import PeerRole

if TYPE_CHECKING:
    from collections.abc import Sequence

_AS_EVER = {MirrorOutcome.UNCHANGED, MirrorOutcome.UPDATED}


@reaching(PeerRole.OCSP)
def sync(
    access: ServiceAccess,
    directory: Annotated[
        Path, typer.Argument(file_okay=False, help="Folder of the lists, made when missing.")
    ],
    authority: TrustedOption,
    lists_key: ListsKeyOption = None,
    verifier: Annotated[str, typer.Option(help="Who asks, in the embedded mesh.")] = "tax-office",
) -> None:
    """Bring a copy of all revocation lists up to date; ends with 4 when one is not."""
    authorities = trusted(authority)
    sets = list_sets(directory, lists_key)
    with (
        ending_as_by_ctrl_c(),
        access.open(PeerRole.VERIFIER, verifier) as channel,
        counting_of_many(LISTS) as told,
    ):
        stub = RevocationListDownloadServiceStub(channel)
        mirror = Mirror(
            directory,
            stub,
            authorities,
            lambda: datetime.now(UTC),
            sets,
            SystemRandom().shuffle,
        )
        mirrored = mirror.sync(told)
    mirrored.sort(key=lambda one: (str(one.authority_id), one.generation or 0, one.partition or ""))
    if output.is_json():
        output.emit_rows([_row(one) for one in mirrored])
    else:
        _tell(mirrored)
    _end(mirrored)


def _tell(mirrored: Sequence[MirroredList]) -> None:
    """How many, and each that is not as ever: of the others there are two thousand."""
    others = [_row(one) for one in mirrored if one.outcome not in _AS_EVER]
    if others:
        output.emit_rows(others, title="Lists to look at")
    counts = Counter(one.outcome for one in mirrored)
    output.emit_rows(
        [
            {"outcome": output.one_word(word(outcome)), "revocation_lists": counts[outcome]}
            for outcome in MirrorOutcome
            if counts[outcome]
        ]
    )


def _row(one: MirroredList) -> dict[str, output.Value]:
    facts = one.kept
    outcome = word(one.outcome)
    return {
        "authority": str(one.authority_id),
        "partition": one.partition,
        "generation": one.generation,
        "outcome": outcome if output.is_json() else output.one_word(outcome),
        "crl_number": None if facts is None else facts.number,
        "this_update": None if facts is None else f"{facts.this_update:%FT%TZ}",
        "next_update": None if facts is None else f"{facts.next_update:%FT%TZ}",
        "reason": None if one.why is None else word(one.why.reason.name),
        "fault": _fault(one),
    }


def _fault(one: MirroredList) -> str | None:
    if one.why is None:
        return None
    return one.why.message if output.is_json() else output.in_words(one.why.message)


def _end(mirrored: Sequence[MirroredList]) -> None:
    """By what the same command will not put right, where there is such a thing: it is not to be
    hidden by a service that is away for the rest."""
    others = [one for one in mirrored if one.outcome not in _AS_EVER]
    away = [one.why for one in others if one.why and exit_code(one.why) is ExitCode.UNAVAILABLE]
    # One that is named no more counts: a service may hide it.
    if len(others) > len(away):
        raise typer.Exit(ExitCode.NOT_VALID)
    if away:
        output.report(away[0])
        raise typer.Exit(ExitCode.UNAVAILABLE)
