"""`openjpki bridge init` and `replace-crl`, on the machine with the bridge's keys and database."""

from __future__ import annotations

from openjpki.cli import output
from openjpki.cli.arguments import PublishedOption, list_files
from openjpki.cli.authority_names import ExampleOption, own_values
from openjpki.cli.connection import HOME, HomeOption
from openjpki.cli.local_settings import SettingsOption, actor, settings_here
from openjpki.config.bridge import BridgeSettings
from openjpki.config.clock import SystemClock
from openjpki.domain.policy.examples import of_bridge
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.bridge.authority.own_authority import create_own
from openjpki.services.bridge.service import open_context, own_list_publisher


def init(
    example: ExampleOption = False,  # noqa: FBT002 - typer's way to a flag
    settings: SettingsOption = None,
    home: HomeOption = HOME,
) -> None:
    """Make the service bridge's key and self-signed certificate, on the machine with its keys.

    What exists already stays.
    """
    read = settings_here(BridgeSettings, PeerRole.BRIDGE, settings, home)
    if not example:
        own_values(of_bridge(read.bridge.policy_oid, read.bridge.names), "bridge")
    opened = open_context(read, SystemClock())
    try:
        own = create_own(
            opened.bridge,
            names=read.bridge.names,
            bits=read.bridge.key_bits,
            actor=actor(),
        )
    finally:
        opened.close()
    output.emit(
        {
            "subject": own.name.rfc4514_string(),
            "key": own.stored.key_label,
            "not_after": f"{own.certificate.not_valid_after_utc:%FT%TZ}",
        }
    )


def replace_crl(
    published: PublishedOption = None,
    settings: SettingsOption = None,
    home: HomeOption = HOME,
) -> None:
    """Make the bridge's next list where its newest can't be read, on the machine with its keys.

    A list that can be read is left alone. Numbers go on behind every one that was used.
    """
    read = settings_here(BridgeSettings, PeerRole.BRIDGE, settings, home)
    octets = list_files(published or (), "--list")
    opened = open_context(read, SystemClock())
    try:
        publisher = own_list_publisher(opened.bridge, read)
        made = publisher.replace_unreadable(octets, actor=actor())
    finally:
        opened.close()
    output.emit_rows(
        [{"generation": one, "crl_number": number} for one, number in made.items()],
        title="Lists made anew",
    )
