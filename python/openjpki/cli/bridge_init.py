"""`openjpki bridge init`, on the machine that has the bridge's keys and database."""

from __future__ import annotations

from openjpki.cli import output
from openjpki.cli.connection import HOME, HomeOption
from openjpki.cli.local_settings import SettingsOption, actor, settings_here
from openjpki.config.bridge import BridgeSettings
from openjpki.config.clock import SystemClock
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.bridge.authority.own_authority import create_own
from openjpki.services.bridge.service import open_context


def init(
    settings: SettingsOption = None,
    home: HomeOption = HOME,
) -> None:
    """Make the service bridge's key and self-signed certificate, on the machine with its keys.

    What exists already stays.
    """
    read = settings_here(BridgeSettings, PeerRole.BRIDGE, settings, home)
    opened = open_context(read, SystemClock())
    try:
        own = create_own(
            opened.bridge,
            organization=read.bridge.organization,
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
