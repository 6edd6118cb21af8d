"""The command `openjpki demo`."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from openjpki.cli import output
from openjpki.cli.visible import visible
from openjpki.errors import OpenJpkiError, Reason
from openjpki_devkit.demo.bridge import cross_certify, validate_official
from openjpki_devkit.demo.document import sign_application, verify_application
from openjpki_devkit.demo.issuance import issue
from openjpki_devkit.demo.journey import Journey
from openjpki_devkit.demo.status import download_list, query_status, revoke
from openjpki_devkit.demo.transcript import Transcript
from openjpki_devkit.embedded.installation import Installation
from openjpki_devkit.embedded.layout import KeyKind

_MARK = ".openjpki-demo"


def demo(
    directory: Annotated[
        Path, typer.Option("--directory", help="Where everything goes; made anew.")
    ] = Path("build/demo"),
    keys: Annotated[
        KeyKind, typer.Option(help="Where the authorities' keys are.")
    ] = KeyKind.SOFTWARE,
    pictures: Annotated[  # noqa: FBT002 - typer's way to a flag
        bool,
        typer.Option("--pictures", help="Also what officers see in a browser; needs Chromium."),
    ] = False,
) -> None:
    """One resident's certificate, from a window to a verifier's answer, through four services."""
    _make_anew(directory)
    installation = Installation.beside(directory / "installation", keys)
    transcript = Transcript()
    with transcript.step("0", "mesh, authorities, residents", "準備") as step:
        installation.prepare(step.says)
        step.facts = {
            "authorities": ", ".join(map(str, installation.authorities)),
            "keys": keys.value,
        }
    with installation.processes() as processes:
        with transcript.step("0", "four services over mutual TLS", "サービス起動") as step:
            processes.start_all(lambda started: step.says(f"{started.value} serves"))
            installation.write_endpoints()
            installation.enrol_usual_officers()
            installation.register_usual_verifier()
            step.facts = {service.value: own.rpc for service, own in installation.ports.items()}
        journey = Journey(installation, directory, transcript)
        certificate = issue(journey)
        if pictures:
            # Not for a demo without: the browser's library.
            from openjpki_devkit.demo.console import show_console  # noqa: PLC0415

            show_console(journey)
        sign_application(journey)
        verify_application(journey, valid=True)
        query_status(journey, certificate, "good")
        query_status(journey, certificate, "unknown")
        download_list(journey, certificate, "crl-before.der")
        revoke(journey, certificate)
        query_status(journey, certificate, "revoked")
        verify_application(journey, valid=False)
        download_list(journey, certificate, "crl-after.der")
        official = cross_certify(journey)
        validate_official(journey, official)
    transcript.write(directory / "transcript.json")
    transcript.show()
    made = f"What was made is in {visible(str(directory))}; transcript.json says what happened."
    output.stderr.print(Text(made))


def _make_anew(directory: Path) -> None:
    """Empties a former demo's folder. Refuses one that holds anything else."""
    if directory.exists() and any(directory.iterdir()):
        if not (directory / _MARK).exists():
            raise OpenJpkiError(
                Reason.INVALID_FIELD,
                f"{directory} holds something else; name an empty folder",
                field="--directory",
            )
        shutil.rmtree(directory)
    directory.mkdir(parents=True, exist_ok=True)
    (directory / _MARK).touch()
