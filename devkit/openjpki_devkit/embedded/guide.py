"""What `openjpki serve` tells the one who started it: where things are and what to try."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from rich.console import Group
from rich.table import Table
from rich.text import Text

from openjpki.domain.authority import AuthorityId
from openjpki.rpc.identity.roles import PeerRole

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openjpki.cli.output import Value
    from openjpki_devkit.embedded.layout import Layout, Ports


def guide(layout: Layout, ports: Mapping[PeerRole, Ports], resident: Mapping[str, str]) -> Group:
    """Endpoints, credentials and the next commands, for people.

    ``resident``: the row of the register whose certificate the commands are about.
    """
    services = Table("service", "gRPC", "health", "metrics", "OCSP", title="On 127.0.0.1")
    for service, own in ports.items():
        services.add_row(
            service.value,
            f":{own.rpc}",
            f":{own.health}",
            f":{own.metrics}",
            f"http :{own.http}, https :{own.https}" if service is PeerRole.OCSP else "",
        )
    return Group(
        services,
        Text("gRPC over mutual TLS; metrics as http://127.0.0.1:PORT/metrics"),
        Text(f"Credentials: {layout.root / 'credentials'}/ROLE/…/tls.crt, tls.key, ca.crt"),
        Text(f"Residents to play: {layout.register_csv}"),
        Text("\nIn another terminal (put in APPLICATION and SERIAL as they are printed):\n"),
        *(Text(f"  {line}") for command in commands(layout, ports, resident) for line in command),
        Text(f"\nThe same in a browser, each officer in a terminal:\n\n  {console(resident)}"),
        Text(f"  {console(resident)} --officer officer-2"),
        Text("\nCtrl-C stops everything; what was made stays for the next start."),
    )


def guide_record(
    layout: Layout, ports: Mapping[PeerRole, Ports], resident: Mapping[str, str]
) -> dict[str, Value]:
    """The same for programs."""
    return {
        "home": str(layout.root),
        "endpoints": {
            service.value: {
                "rpc": f"127.0.0.1:{own.rpc}",
                "health": f"127.0.0.1:{own.health}",
                "metrics": f"http://127.0.0.1:{own.metrics}/metrics",
            }
            for service, own in ports.items()
        },
        "ocsp": f"http://127.0.0.1:{ports[PeerRole.OCSP].http}/",
        "credentials": str(layout.root / "credentials"),
        "residents": str(layout.register_csv),
        "console": console(resident),
        "commands": [
            " ".join(line.removesuffix("\\").strip() for line in command)
            for command in commands(layout, ports, resident)
        ],
    }


def console(resident: Mapping[str, str]) -> str:
    """What to type for the officers' console at the resident's window."""
    return f"openjpki console --municipality {resident['municipality_code']}"


def commands(
    layout: Layout, ports: Mapping[PeerRole, Ports], resident: Mapping[str, str]
) -> list[list[str]]:
    """What to type, each command in lines: from an application to its revocation."""
    code = resident["municipality_code"]
    sex = "male" if resident["sex"] == "1" else "female"
    authority_id = AuthorityId.signing(code[:2])
    window, authority = f"--municipality {code}", f"--authority {authority_id}"
    ocsp = f"http://127.0.0.1:{ports[PeerRole.OCSP].http}/"
    return [
        *_environment(layout, resident),
        [
            f"openjpki window submit {window} --sex {sex} \\",
            f"    --name {quote(resident['name'])} --birth-date {resident['birth_date']} \\",
            f"    --romanised-name {quote(resident['romanised_name'])} \\",
            f"    --address {quote(resident['address'])}",
        ],
        [f"openjpki window check-identity APPLICATION {window}"],
        ["openjpki window make-key --key user.key --request user.p10"],
        [f"openjpki window present-key APPLICATION {window} --request user.p10"],
        [
            f"openjpki window decide APPLICATION {window} --request user.p10 \\",
            "    --certificate user.pem --authority authority.pem",
        ],
        ["echo 'Please send me my certificate of residence.' > letter.txt"],
        ["openjpki sign letter.txt --certificate user.pem --key user.key"],
        [f"openjpki verify letter.txt letter.txt.p7s {authority}=authority.pem"],
        [
            f"openssl ocsp -url {ocsp} -issuer authority.pem \\",
            "    -cert user.pem -CAfile authority.pem",
        ],
        [f"openjpki window revoke {window} --serial SERIAL"],
        [f"openjpki verifier check SERIAL {authority}"],
        [f"openjpki authority publish-crl {authority_id} --partition {code}"],
        [f"openjpki verifier download-crl {code} {authority} --to list.der"],
    ]


def _environment(layout: Layout, resident: Mapping[str, str]) -> list[list[str]]:
    # A folder for each: a key is never written over.
    folder = quote(str(layout.root / "play" / resident["resident_id"]))
    lines = [
        [f"export OPENJPKI_HOME={quote(str(layout.root))}"],
        [f"mkdir -p {folder} && cd {folder}"],
    ]
    if shutil.which("openjpki") is None:
        lines.append([f"export PATH={quote(str(Path(sys.executable).parent))}:$PATH"])
    return lines
