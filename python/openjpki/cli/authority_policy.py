"""`openjpki authority policy …`: stored policies, and what takes an unreadable one's place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from openjpki.cli import output
from openjpki.cli.ca_here import AuthorityArgument, ca_here
from openjpki.cli.connection import HOME, HomeOption
from openjpki.cli.exit_codes import ExitCode
from openjpki.cli.left_out import LeftOutRows
from openjpki.cli.local_settings import SettingsOption, actor
from openjpki.cli.reading import json_object, text_of
from openjpki.domain.policy import parse_policy
from openjpki.services.ca.authorities.authority import policy_fault
from openjpki.services.ca.authorities.policies import digest_of, repair_policy, require_record
from openjpki.storage.ca import authorities

if TYPE_CHECKING:
    from typing import BinaryIO

    from openjpki.domain.policy import AuthorityPolicy

app = typer.Typer(
    help="What is stored of authorities' policies, on the ca's own machine.", no_args_is_help=True
)


@app.command("list")
def list_policies(settings: SettingsOption = None, home: HomeOption = HOME) -> None:
    """Every authority's policy by its SHA-256, and the rule that one breaks that can't be read."""
    left_out = LeftOutRows()
    with ca_here(settings, home) as ca, ca.database.reading() as tx:
        found = authorities.all_of(tx, left_out=left_out)
    faults = [policy_fault(one) for one in found]
    output.emit_rows(
        [
            {
                "authority": str(one.authority_id),
                "policy_sha256": digest_of(one).hex(),
                "fault": fault or None,
            }
            for one, fault in zip(found, faults, strict=True)
        ],
        title="Policies",
    )
    left_out.end()
    if any(faults):
        raise typer.Exit(ExitCode.NOT_VALID)


@app.command()
def show(
    authority: AuthorityArgument, settings: SettingsOption = None, home: HomeOption = HOME
) -> None:
    """One authority's policy as it is stored, whether it can be read or not."""
    with ca_here(settings, home) as ca, ca.database.reading() as tx:
        found = require_record(tx, authority)
    fault, stored = policy_fault(found), found.policy_json
    output.emit(
        {
            "authority": str(authority),
            "policy_sha256": digest_of(found).hex(),
            "stored": stored if isinstance(stored, str) else None,
            "fault": fault or None,
        }
    )
    if fault:
        raise typer.Exit(ExitCode.NOT_VALID)


@app.command()
def repair(
    authority: AuthorityArgument,
    policy: Annotated[
        typer.FileBinaryRead, typer.Argument(help="JSON; what is left out is usual.")
    ],
    settings: SettingsOption = None,
    home: HomeOption = HOME,
) -> None:
    """Put a policy in the place of one that can't be read; one that can is left alone."""
    asked = policy_in(policy)
    with ca_here(settings, home) as ca:
        made = repair_policy(ca, authority, asked, actor=actor())
    output.emit({"authority": str(authority), "policy_sha256": digest_of(made).hex()})


def policy_in(file: BinaryIO) -> AuthorityPolicy:
    """The policy that a file states, in JSON. Raises ``INVALID_FIELD``."""
    return parse_policy(json_object(text_of(file, "policy"), "policy"))
