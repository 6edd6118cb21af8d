"""Makes up the installation's residents at its first start and loads its register."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.cli.register import load_file
from openjpki.config.clock import SystemClock
from openjpki.config.loading import load_settings
from openjpki.config.registration import RegistrationSettings
from openjpki.domain.synthetic import synthetic_residents
from openjpki.domain.window import JAPAN
from openjpki.rpc.roles import PeerRole
from openjpki.services.registration.register_file import write_register

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openjpki.cli.embedded.layout import Layout

COUNT = 3000
_SEED = 20020228
"""The day of the report; the same residents at every first start."""


def prepare_register(layout: Layout, municipalities: Sequence[str]) -> None:
    """Writes register.csv and loads it, unless that was done before."""
    if layout.register_csv.exists():
        return
    today = SystemClock().now().astimezone(JAPAN).date()
    residents = synthetic_residents(_SEED, COUNT, today=today, municipalities=municipalities)
    partial = layout.register_csv.with_suffix(".partial")
    with partial.open("w", encoding="utf-8", newline="") as file:
        write_register(file, residents)
    settings = load_settings(RegistrationSettings, layout.settings(PeerRole.REGISTRATION))
    load_file(partial, settings)
    # The name appears last: a start that was cut short does all of it again.
    partial.rename(layout.register_csv)
