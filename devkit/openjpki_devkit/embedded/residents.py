"""The installation's residents: made up at its first start, one proposed for play at each."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from openjpki.cli.resident_register import load_file
from openjpki.config.clock import SystemClock
from openjpki.config.loading import load_settings
from openjpki.config.registration import RegistrationSettings
from openjpki.domain.municipality import Municipality
from openjpki.domain.person import Applicant
from openjpki.domain.window import JAPAN
from openjpki.errors import OpenJpkiError
from openjpki.rpc.identity.roles import PeerRole
from openjpki_devkit.register.synthetic import synthetic_residents
from openjpki_devkit.register.write_register import write_register

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from openjpki_devkit.embedded.layout import Layout

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
    load_file(partial, settings.registration.resident_register)
    # The name appears last: a start that was cut short does all of it again.
    partial.rename(layout.register_csv)


def next_resident(layout: Layout) -> dict[str, str]:
    """A row of register.csv whose application a window takes as the register states it.

    Another one at every start: the last one may hold a certificate. Some names of a register lie
    outside a certificate's repertoire, and whoever has one must choose a substitute first.
    """
    told = set(layout.told.read_text(encoding="ascii").split()) if layout.told.exists() else set()
    today = SystemClock().now().astimezone(JAPAN).date()
    with layout.register_csv.open(encoding="utf-8", newline="") as file:
        fit = [row for row in csv.DictReader(file) if can_apply(row, today)]
    chosen = next((row for row in fit if row["resident_id"] not in told), fit[0])
    with layout.told.open("a", encoding="ascii") as file:
        file.write(f"{chosen['resident_id']}\n")
    return chosen


def can_apply(row: Mapping[str, str], today: date) -> bool:
    """Whether a window takes the application of a row of register.csv as it is."""
    try:
        Applicant.parse(
            name=row["name"],
            birth_date=row["birth_date"],
            sex=row["sex"],
            address=row["address"],
            romanised_name=row["romanised_name"],
            municipality=Municipality(row["municipality_code"]),
            today=today,
        )
    except OpenJpkiError:
        return False
    return True
