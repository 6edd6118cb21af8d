"""The command `openjpki`, and what it says where its libraries are not installed."""

from __future__ import annotations

import sys
from importlib.util import find_spec

LIBRARIES = ("typer", "rich")


def main() -> None:
    """Runs :func:`openjpki.cli.main.main`; ends with status 2 where an agency installed only what
    ``openjpki.client`` needs, and with 130 on Ctrl-C before there is anything to say."""
    if any(find_spec(library) is None for library in LIBRARIES):
        sys.stderr.write("the command line is not installed here; install openjpki[cli]\n")
        sys.exit(2)
    try:
        # Only now: its libraries may not be there.
        from openjpki.cli.main import main as run  # noqa: PLC0415
    except KeyboardInterrupt:
        sys.exit(130)
    run()


if __name__ == "__main__":
    main()
