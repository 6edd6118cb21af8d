"""`openjpki`: one command for operators, window staff, agencies and residents."""

from __future__ import annotations

import os
import signal
import sys
from importlib import metadata
from typing import Annotated

import typer
from typer.core import TyperGroup
from typer.main import get_command

from openjpki.cli import files, language, output, unsettled, usage
from openjpki.cli.exit_codes import EXPLANATION, ExitCode, exit_code
from openjpki.cli.explaining import UsageError, explaining
from openjpki.cli.lazy_command import Entry, LazyCommand
from openjpki.cli.program_words import asks_for_json, language_asked, program_words_first
from openjpki.errors import Language, OpenJpkiError

COMMANDS = (
    Entry(
        "demo",
        "One resident's certificate, from a window to a verifier's answer, through four services.",
        devkit="demo",
    ),
    Entry(
        "serve",
        "Run a service, or a whole installation to play with until Ctrl-C.",
        "openjpki.cli.serve:serve",
        devkit="serve",
    ),
    Entry(
        "window",
        "Applications, decisions and revocation at a window.",
        "openjpki.cli.window:app",
    ),
    Entry(
        "console",
        "The window's work in a browser on this machine, for one officer, until Ctrl-C.",
        "openjpki.console.command:console",
        extra="console",
    ),
    Entry(
        "governor",
        "A governor's officer at the authority: revocation ex officio (職権失効).",
        "openjpki.cli.governor:app",
    ),
    Entry(
        "authority",
        "Prefectural authorities (都道府県単位認証局), on the ca's own machine.",
        "openjpki.cli.authority:app",
    ),
    Entry(
        "responder",
        "Keys of OCSP responders that ca knows, enrolled by two operators.",
        "openjpki.cli.responder:app",
    ),
    Entry(
        "register",
        "The resident register (住民基本台帳) as a table.",
        "openjpki.cli.resident_register:app",
        subcommands=(
            Entry(
                "generate",
                "Write a register file of residents who do not exist.",
                devkit="register-generate",
            ),
            Entry(
                "link-key",
                "Write the key by which a municipality's register stands for residents in change "
                "notices.",
                "openjpki.cli.register_key:link_key",
            ),
            Entry(
                "notify",
                "Send change notices: that something changed, never what and never a resident's "
                "number.",
                "openjpki.cli.register_notices:notify",
            ),
            Entry(
                "reconcile",
                "What came of a month's change notices, to be held against what the register has "
                "sent.",
                "openjpki.cli.register_notices:reconcile",
            ),
        ),
    ),
    Entry(
        "receipts",
        "Receipts of the authority (受領証), on registration's own machine.",
        "openjpki.cli.receipts:app",
    ),
    Entry(
        "officer",
        "Officers' signing keys (職員の署名用の鍵), and whose count.",
        "openjpki.cli.officer:app",
    ),
    Entry(
        "verifier",
        "Registered verifiers (署名検証者) and status.",
        "openjpki.cli.verifier:app",
    ),
    Entry(
        "agreement",
        "A governor's agreements with verifiers (取決め), made by two officers.",
        "openjpki.cli.agreement:app",
    ),
    Entry(
        "bridge",
        "The bridge to other PKIs (相互認証).",
        "openjpki.cli.bridge:app",
        # Alone on the machine with the keys: partners and officers need none of its libraries.
        subcommands=(
            Entry(
                "init",
                "Make the service bridge's key and self-signed certificate, on the machine with "
                "its keys.",
                "openjpki.cli.bridge_init:init",
            ),
            Entry(
                "replace-crl",
                "Make the bridge's next list where its newest can't be read, on the machine with "
                "its keys.",
                "openjpki.cli.bridge_init:replace_crl",
            ),
            Entry(
                "generation",
                "What is stored of the generations of the bridge's key, on the machine with its "
                "keys.",
                "openjpki.cli.bridge_generation:app",
            ),
            Entry(
                "revocation",
                "What is stored of cross certificates' revocations, on the bridge's own machine.",
                "openjpki.cli.bridge_revocation:app",
            ),
        ),
    ),
    Entry(
        "journal",
        "The journal in a service's database, on the service's own machine.",
        "openjpki.cli.journal:app",
    ),
    Entry(
        "database",
        "A service's schema, by a role that may change it.",
        "openjpki.cli.database:app",
    ),
    Entry(
        "restore",
        "After a database was brought back from a backup, on the service's own machine.",
        "openjpki.cli.restore:app",
    ),
    Entry(
        "sign",
        "Sign DOCUMENT: a detached CMS signature in DER beside it.",
        "openjpki.cli.sign:sign",
    ),
    Entry(
        "verify",
        "Check DOCUMENT against SIGNATURE: signature, issuer, profile, validity, revocation.",
        "openjpki.cli.verify:verify",
    ),
    Entry(
        "path",
        "Certification paths of any PKI, judged on this machine.",
        "openjpki.cli.path:app",
    ),
    Entry(
        "mesh",
        "Whose credentials a service takes no longer.",
        "openjpki.cli.mesh:app",
        subcommands=(
            Entry(
                "issue",
                "Credentials in the mesh of an installation on this machine.",
                devkit="mesh-issue",
            ),
        ),
    ),
    Entry(
        "bench",
        "Measure against the named peers, in the same run and in turns.",
        devkit="bench",
    ),
)
"""In the order of the help text."""

app = typer.Typer(
    name="openjpki",
    help=f"Public individual authentication (公的個人認証サービス).\n\n{EXPLANATION}",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def _print_version(wanted: bool) -> None:  # noqa: FBT001 - typer calls it so
    if wanted:
        output.emit_words(f"openjpki {metadata.version('openjpki')}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    version: Annotated[  # noqa: FBT002 - typer's way to a flag
        bool,
        typer.Option(
            "--version", help="Print the version and end.", is_eager=True, callback=_print_version
        ),
    ] = False,
    output_format: Annotated[
        output.OutputFormat,
        typer.Option("--output", "-o", help="How results are printed on stdout."),
    ] = output.OutputFormat.TABLE,
    force: Annotated[  # noqa: FBT002 - typer's way to a flag
        bool,
        typer.Option(
            "--force",
            help="Write over files that exist, but never over people's or authorities' keys.",
        ),
    ] = False,
    spoken: Annotated[
        Language | None,
        typer.Option(
            "--language",
            envvar=language.VARIABLE,
            help="In which language help and refusals are worded; else as the locale says.",
        ),
    ] = None,
) -> None:
    """Options before the command's name; all but ``--version`` may stand behind it too."""
    del version
    output.use_format(output_format)
    files.write_over(force)
    output.use_language(spoken or language.of_locale(os.environ))
    # gRPC would print on stderr what the command reports itself. It reads this when it is imported,
    # which is as soon as the command's own module is.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    if context.invoked_subcommand == "serve":
        # Past a service's log, unredacted and as often as a stranger pleases: a line for each
        # handshake that fails or asks for another name. So what the environment says is not asked.
        os.environ["GRPC_VERBOSITY"] = "NONE"


def program() -> TyperGroup:
    """The command line as an object."""
    group = get_command(app)
    if not isinstance(group, TyperGroup):
        raise TypeError("the program is a group of commands")
    for entry in COMMANDS:
        group.add_command(LazyCommand(entry))
    explaining(group)
    return group


def main() -> None:
    """Runs the command line and ends the process with one of :class:`ExitCode`."""
    output.prepare_streams()
    try:
        status = _status(sys.argv[1:])
    except KeyboardInterrupt:
        status = ExitCode.INTERRUPTED
    if status == ExitCode.INTERRUPTED:
        # Whoever presses Ctrl-C once more is told all the same.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        output.report_interruption(unsettled.stands())
    sys.exit(status)


def _status(words: list[str]) -> int:
    """Runs these words; what the shell is told."""
    # Also where the words are not understood, or ask for help.
    wanted = output.OutputFormat.JSON if asks_for_json(words) else output.OutputFormat.TABLE
    output.use_format(wanted)
    output.use_language(language.of_run(language_asked(words), os.environ))
    try:
        ended = program()(program_words_first(words), prog_name="openjpki", standalone_mode=False)
        output.flush_stdout()
    except SystemExit as left:
        ended = left.code
    except OpenJpkiError as error:
        output.report(error)
        return exit_code(error)
    except OSError as error:
        output.report_file(error)
        return ExitCode.REFUSED
    except typer.Abort:
        return ExitCode.REFUSED
    except Exception as error:  # noqa: BLE001 - the last one to look
        if isinstance(error, UsageError):
            return usage.report(error)
        return output.report_fault(error)
    return ended if isinstance(ended, int) else ExitCode.OK


if __name__ == "__main__":
    main()
