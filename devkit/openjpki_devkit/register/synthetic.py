"""Residents who do not exist, for demonstrations, tests and benchmarks.

Names and places are ordinary, house numbers and persons made up. The same seed, count and day give
the same residents. A few names lie outside the certificate repertoire, as in a real register.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from random import Random
from typing import TYPE_CHECKING

from openjpki.domain.characters import canonical
from openjpki.domain.data import read_table
from openjpki.domain.municipality import Municipality
from openjpki.services.registration.register.register_file import ALL_COLUMNS
from openjpki_devkit.register import data

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

OLDEST_YEARS = 114
_MOST_IN_HOUSEHOLD = 4
_BUILDINGS = ("コーポさくら", "ハイツ青葉", "メゾン緑", "第二日の出荘", "サンハイム")


@dataclass(frozen=True, slots=True)
class SyntheticResident:
    """One row of a synthetic register; every value a text as the register file holds it."""

    resident_id: str
    municipality_code: str
    name: str
    name_kana: str
    romanised_name: str
    birth_date: str
    sex: str
    address: str
    also_known_as: str = ""

    def row(self) -> dict[str, str]:
        """The resident by column name."""
        return {column: getattr(self, column) for column in ALL_COLUMNS}


def synthetic_residents(
    seed: int, count: int, *, today: date, municipalities: Collection[str] | None = None
) -> Iterator[SyntheticResident]:
    """``count`` residents in households, no two alike in all four attributes.

    ``municipalities`` are five-digit codes out of `synthetic_municipalities`, all of them if None;
    ValueError for others. ``today`` bounds the birth dates.
    """
    places = [
        place
        for place in _places()
        if municipalities is None or place["municipality_code"] in municipalities
    ]
    missing = set(municipalities or ()) - {place["municipality_code"] for place in places}
    if missing or not places:
        raise ValueError(f"no synthetic addresses in {', '.join(sorted(missing)) or 'no place'}")
    random = Random(seed)  # noqa: S311  reproducible, and nothing here is secret
    seen: set[tuple[str, ...]] = set()
    while len(seen) < count:
        for resident in _household(random, random.choice(places), today):
            attributes = (resident.name, resident.birth_date, resident.sex, resident.address)
            if attributes not in seen and len(seen) < count:
                seen.add(attributes)
                yield resident


@cache
def synthetic_municipalities() -> tuple[str, ...]:
    """Codes of the municipalities that have synthetic residents."""
    return tuple(dict.fromkeys(place["municipality_code"] for place in _places()))


def _household(random: Random, place: dict[str, str], today: date) -> Iterator[SyntheticResident]:
    families = _families()
    (family,) = random.choices(families, weights=[int(row["weight"]) for row in families])
    address = _address(random, place)
    for _ in range(random.randint(1, _MOST_IN_HOUSEHOLD)):
        given = random.choice(_givens())
        age_in_days = random.randrange(OLDEST_YEARS * 365)
        yield SyntheticResident(
            resident_id=f"{random.getrandbits(64):016x}",
            municipality_code=place["municipality_code"],
            name=f"{family['name']}\u3000{given['name']}",
            name_kana=f"{family['kana']}\u3000{given['kana']}",
            romanised_name=f"{family['romanised']} {given['romanised']}",
            birth_date=(today - timedelta(days=age_in_days)).isoformat(),
            sex=given["sex"],
            address=address,
        )


def _address(random: Random, place: dict[str, str]) -> str:
    municipality = Municipality(place["municipality_code"])
    block, house = random.randint(1, 40), random.randint(1, 30)
    number = {
        "chome": f"{random.randint(1, 6)}丁目{block}番{house}号",
        "ban": f"{block}番{house}号",
        "banchi": f"{block * 30 + house}番地",
    }[place["style"]]
    building = (
        f" {random.choice(_BUILDINGS)}{random.randint(1, 9)}{random.randint(1, 12):02d}号室"
        if random.random() < 0.25
        else ""
    )
    return canonical(
        f"{municipality.prefecture.name}{place['between']}{municipality.name}"
        f"{place['area']}{number}{building}"
    )


@cache
def _places() -> list[dict[str, str]]:
    return read_table("places.csv", package=data.__name__)


@cache
def _families() -> list[dict[str, str]]:
    return read_table("family_names.csv", package=data.__name__)


@cache
def _givens() -> list[dict[str, str]]:
    return read_table("given_names.csv", package=data.__name__)
