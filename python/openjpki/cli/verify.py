"""`openjpki verify`: an agency checks a signed document (step ⑨)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from openjpki.cli import output
from openjpki.cli.exit_codes import ExitCode
from openjpki.cli.misused import Misused
from openjpki.cli.reading import octets_of
from openjpki.cli.service_access import ServiceAccess, reaching
from openjpki.cli.trusted import (
    ListsAgeOption,
    ListsKeyOption,
    TrustedOption,
    list_sets,
    trusted,
)
from openjpki.cli.words import word
from openjpki.client import AgencyClient, ListedStatus, OfflineVerifier, Verification
from openjpki.client.verification import CheckName
from openjpki.errors import Text
from openjpki.rpc.identity.roles import PeerRole

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from openjpki.client import TrustedAuthority
    from openjpki.client.status import StatusSource


@reaching(PeerRole.OCSP)
def verify(
    access: ServiceAccess,
    document: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="The file that was signed.")
    ],
    signature: Annotated[
        Path,
        typer.Argument(exists=True, dir_okay=False, help="Its CMS signature, in DER, BER or PEM."),
    ],
    authority: TrustedOption,
    lists: Annotated[
        Path | None,
        typer.Option(
            file_okay=False,
            help="Folder to keep revocation lists in, which speak while the service is away.",
        ),
    ] = None,
    offline: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            file_okay=False,
            help="Ask no service, only the lists that `verifier sync` has put into this folder.",
        ),
    ] = None,
    lists_key: ListsKeyOption = None,
    lists_age: ListsAgeOption = 24,
    verifier: Annotated[str, typer.Option(help="Who asks, in the embedded mesh.")] = "tax-office",
) -> None:
    """Check DOCUMENT against SIGNATURE: signature, issuer, profile, validity, revocation."""
    authorities = trusted(authority)
    if offline is None and lists_key:
        raise Misused(
            Text(
                ja="--lists-keyは--offlineと共に指定してください。",
                en="--lists-key goes with --offline",
            )
        )
    if offline is None:
        result = _asked(access, verifier, authorities, lists, signature, document)
    elif lists is not None:
        raise Misused(
            Text(
                ja="--offlineと--listsは同時に指定できません。",
                en="--offline and --lists don't go together",
            )
        )
    else:
        verifying = OfflineVerifier(
            offline,
            authorities=authorities,
            sets=list_sets(offline, lists_key, timedelta(hours=lists_age)),
        )
        result = verifying.verify_signed_document(octets_of(signature), octets_of(document))
    output.emit(
        as_record(result) if output.is_json() else _for_people(result), title=_title(result)
    )
    if not result.readable:
        raise typer.Exit(ExitCode.REFUSED)
    if not result.valid:
        raise typer.Exit(ExitCode.NOT_VALID)


def _asked(
    access: ServiceAccess,
    verifier: str,
    authorities: Sequence[TrustedAuthority],
    lists: Path | None,
    signature: Path,
    document: Path,
) -> Verification:
    to = access.connection(PeerRole.VERIFIER, verifier)
    with AgencyClient(
        to.target,
        to.tls,
        authorities=authorities,
        lists=lists,
        # In the memory of a command that ends they would be of no use.
        falls_back=lists is not None,
    ) as client:
        return client.verify_signed_document(octets_of(signature), octets_of(document))


def _title(result: Verification) -> str:
    if not result.readable:
        return "the signature can't be read"
    return "valid" if result.valid else "NOT VALID"


def as_record(result: Verification) -> dict[str, output.Value]:
    """The result for a program, the same keys whatever was found; the signer is named only when
    every check passed."""
    made = {each.name: each for each in result.checks}
    source, signer, signed = result.status_source, result.signer, result.signing_time
    return {
        "valid": result.valid,
        "readable": result.readable,
        "checked_at": result.checked_at.isoformat(timespec="seconds"),
        "authority": None if result.authority_id is None else str(result.authority_id),
        **{
            name.value: {"outcome": word(made[name].outcome), "text": made[name].text}
            if name in made
            else None
            for name in CheckName
        },
        "status_from": None if source is None else str(source),
        "status_age_seconds": None if source is None else _age(source, result.checked_at),
        "status_set_of": _set_of(source),
        "signer": None
        if signer is None
        else {
            "name": signer.name,
            "birth_date": signer.birth_date,
            "sex": signer.sex,
            "address": signer.address,
        },
        "claimed_signing_time": None if signed is None else signed.isoformat(),
        "cosigners": [as_record(each) for each in result.cosigners],
    }


def _age(source: StatusSource, at: datetime) -> int:
    """Seconds since what was told was known to be true."""
    known = source.this_update if isinstance(source, ListedStatus) else source.as_of
    return max(int((at - known).total_seconds()), 0)


def _set_of(source: StatusSource | None) -> str | None:
    """When the lists were all there are, by ca's signed word."""
    made_at = source.set_of if isinstance(source, ListedStatus) else None
    return None if made_at is None else f"{made_at:%FT%TZ}"


def _for_people(result: Verification) -> dict[str, output.Value]:
    """What was found, and a line for each check that was made."""
    record: dict[str, output.Value] = {
        name: value for name, value in as_record(result).items() if value not in (None, [])
    }
    for each in result.checks:
        outcome = output.one_word(each.outcome.replace("_", " "))
        record[each.name.value] = f"{outcome}: {output.in_words(each.text)}"
    if result.status_source is not None:
        record["status_from"] = output.in_words(str(result.status_source))
    if result.cosigners:
        record["cosigners"] = [_for_people(each) for each in result.cosigners]
    return record
