"""`openjpki serve` without a service: the whole installation until Ctrl-C."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.cli import output
from openjpki.errors import OpenJpkiError, Reason
from openjpki_devkit.embedded.installation import Installation
from openjpki_devkit.embedded.single_instance import alone_in

if TYPE_CHECKING:
    from pathlib import Path

    from openjpki_devkit.embedded.layout import KeyKind
    from openjpki_devkit.embedded.processes import Processes


def serve_everything(home: Path, keys: KeyKind, *, free_ports: bool = False) -> None:
    """Prepares, starts and explains the installation; returns when it is interrupted.

    Raises ``SERVICE_UNAVAILABLE`` when one runs in the folder already, when a port is taken,
    when a service ends by itself or does not come up.
    """
    ports = Installation.beside if free_ports else Installation.usual
    installation = ports(home, keys)
    taken = [port for own in installation.ports.values() for port in own.taken()]
    if taken:
        listed = ", ".join(map(str, taken))
        raise OpenJpkiError(
            Reason.SERVICE_UNAVAILABLE,
            f"another program listens on port {listed}; end it, or say --free-ports",
        )
    with alone_in(installation.layout.root):
        _serve(installation)


def _serve(installation: Installation) -> None:
    try:
        with output.stderr.status("preparing") as status:
            installation.prepare(status.update)
            with installation.processes() as processes:
                processes.start_all(lambda started: status.update(f"{started.value} serves"))
                installation.write_endpoints()
                installation.enrol_usual_officers()
                installation.register_usual_verifier()
                status.stop()
                _until_one_ends(installation, processes)
    except KeyboardInterrupt:
        output.stderr.print("Stopped.")
    finally:
        installation.layout.endpoints.unlink(missing_ok=True)


def _until_one_ends(installation: Installation, processes: Processes) -> None:
    installation.print_guide()
    while (ended := processes.wait_any(3600)) is None:
        pass
    raise OpenJpkiError(
        Reason.SERVICE_UNAVAILABLE,
        f"{ended.value} ended by itself; see {installation.layout.log(ended)}",
    )
