"""Writes register files, in the columns that registration reads."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from openjpki.services.registration.register.register_file import ALL_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TextIO

    from openjpki_devkit.register.synthetic import SyntheticResident


def write_register(
    file: TextIO,
    residents: Iterable[SyntheticResident],
    progress: Callable[[int], None] = lambda _rows: None,
) -> int:
    """Write a register file; ``progress`` hears the number of rows now and then. How many rows."""
    writer = csv.DictWriter(file, ALL_COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    rows = 0
    for resident in residents:
        writer.writerow(resident.row())
        rows += 1
        if rows % 1000 == 0:
            progress(rows)
    progress(rows)
    return rows
