"""Whom the guide of `openjpki serve` proposes: somebody whose application is taken."""

from __future__ import annotations

import csv
from datetime import date
from typing import TYPE_CHECKING

import pytest

from openjpki.domain.person import PersonName
from openjpki.errors import OpenJpkiError
from openjpki_devkit.embedded.layout import Layout
from openjpki_devkit.embedded.residents import next_resident
from openjpki_devkit.register.synthetic import SyntheticResident, synthetic_residents
from openjpki_devkit.register.write_register import write_register

if TYPE_CHECKING:
    from pathlib import Path


def _fits(name: str) -> bool:
    try:
        PersonName.parse(name, field="name")
    except OpenJpkiError:
        return False
    return True


@pytest.fixture(scope="module")
def residents() -> list[SyntheticResident]:
    """Five whose names do not fit into a certificate, then two whose names do."""
    made = list(synthetic_residents(1, 1000, today=date(2020, 1, 1), municipalities=["13101"]))
    unfit = [each for each in made if not _fits(each.name)]
    fit = [each for each in made if _fits(each.name)]
    assert len(unfit) >= 5
    return [*unfit[:5], *fit[:2]]


@pytest.fixture
def layout(residents: list[SyntheticResident], tmp_path: Path) -> Layout:
    made = Layout(tmp_path)
    with made.register_csv.open("w", encoding="utf-8", newline="") as file:
        write_register(file, residents)
    return made


def test_nobody_is_proposed_whose_name_a_certificate_cannot_hold(layout: Layout) -> None:
    assert _fits(next_resident(layout)["name"])


def test_every_start_proposes_another_until_all_were(
    layout: Layout, residents: list[SyntheticResident]
) -> None:
    proposed = [next_resident(layout)["resident_id"] for _ in range(3)]
    assert proposed == [residents[5].resident_id, residents[6].resident_id, proposed[0]]


def test_the_whole_row_is_given(layout: Layout, residents: list[SyntheticResident]) -> None:
    with layout.register_csv.open(encoding="utf-8", newline="") as file:
        assert next_resident(layout) == list(csv.DictReader(file))[5]
