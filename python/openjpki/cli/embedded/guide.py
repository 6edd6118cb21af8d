"""What `openjpki serve` tells the one who started it."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from rich.console import Group
from rich.markup import escape
from rich.table import Table

from openjpki.rpc.roles import PeerRole

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openjpki.cli.embedded.layout import Layout, Ports


def guide(layout: Layout, ports: Mapping[PeerRole, Ports]) -> Group:
    """Endpoints, credentials and the next commands."""
    services = Table("service", "gRPC (mutual TLS)", "health", "metrics", "more")
    for service, own in ports.items():
        more = f"OCSP http :{own.http}, https :{own.https}" if service is PeerRole.OCSP else ""
        services.add_row(
            service.value,
            f"127.0.0.1:{own.rpc}",
            f":{own.health}",
            f"http://127.0.0.1:{own.metrics}/metrics",
            more,
        )
    return Group(
        services,
        f"Credentials: {layout.root / 'credentials'} (tls.crt, tls.key, ca.crt in each folder)",
        f"Residents to play: {layout.register_csv}",
        "",
        f"In another terminal, with OPENJPKI_HOME={layout.root}:",
        *_commands(layout),
        "",
        "Ctrl-C stops everything; what was made stays for the next start.",
    )


def _commands(layout: Layout) -> list[str]:
    with layout.register_csv.open(encoding="utf-8", newline="") as file:
        resident = next(csv.DictReader(file))
    code = resident["municipality_code"]
    sex = "male" if resident["sex"] == "1" else "female"
    return [
        escape(line)
        for line in (
            f"  openjpki window submit --municipality {code} --name '{resident['name']}' \\",
            f"      --romanised-name '{resident['romanised_name']}' --sex {sex} \\",
            f"      --birth-date {resident['birth_date']} --address '{resident['address']}'",
            f"  openjpki window check-identity APPLICATION --municipality {code}",
            "  openjpki window make-key --key user.key --request user.p10",
            f"  openjpki window present-key APPLICATION --municipality {code} --request user.p10",
            f"  openjpki window decide APPLICATION --municipality {code} \\",
            "      --certificate user.pem --authority authority.pem",
            "  openjpki sign letter.txt --certificate user.pem --key user.key",
            f"  openjpki verify letter.txt letter.txt.p7s --authority {code[:2]}=authority.pem",
            f"  openjpki window revoke --municipality {code} --serial SERIAL",
        )
    ]
