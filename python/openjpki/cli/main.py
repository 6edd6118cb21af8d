"""`openjpki`: one command for operators, window staff, agencies and residents."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from openjpki.cli import output
from openjpki.cli.exit_codes import EXPLANATION, ExitCode, exit_code
from openjpki.errors import OpenJpkiError

app = typer.Typer(
    name="openjpki",
    help=f"Public individual authentication (公的個人認証サービス).\n\n{EXPLANATION}",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@app.callback()
def options(
    output_format: Annotated[
        output.OutputFormat,
        typer.Option("--output", "-o", help="How results are printed on stdout."),
    ] = output.OutputFormat.TABLE,
) -> None:
    """Options before the command's name."""
    output.use_format(output_format)


def _add_commands() -> None:
    # Each command's module is imported here, once, in the order of the help text.
    from openjpki.cli import (  # noqa: PLC0415
        authority,
        bridge,
        register,
        serve,
        sign,
        verifier,
        verify,
        window,
    )
    from openjpki.cli.bench.command import bench  # noqa: PLC0415
    from openjpki.cli.demo.command import demo  # noqa: PLC0415

    app.command("demo")(demo)
    app.command("serve")(serve.serve)
    app.add_typer(window.app, name="window")
    app.add_typer(authority.app, name="authority")
    app.add_typer(register.app, name="register")
    app.add_typer(verifier.app, name="verifier")
    app.add_typer(bridge.app, name="bridge")
    app.command("sign")(sign.sign)
    app.command("verify")(verify.verify)
    app.command("bench")(bench)


def main() -> None:
    """Runs the command line and ends the process with one of :class:`ExitCode`."""
    _add_commands()
    try:
        app()
    except OpenJpkiError as error:
        output.report(error)
        sys.exit(exit_code(error))
    except KeyboardInterrupt:
        sys.exit(ExitCode.REFUSED)


if __name__ == "__main__":
    main()
