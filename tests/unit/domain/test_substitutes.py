"""The applicant's choice for characters that a certificate can't hold (R2.5.4, R2.5.5)."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openjpki.domain.characters import REPERTOIRE, Spelling, Substitute, candidates, split
from openjpki.domain.municipality import Municipality
from openjpki.domain.person import Applicant
from openjpki.errors import OpenJpkiError, Reason
from openjpki_devkit.register.synthetic import synthetic_residents

TODAY = date(2026, 4, 1)
MAPPED = [
    character
    for character in map(
        chr, (*range(0x3400, 0xA000), *range(0xF900, 0xFB00), *range(0x20000, 0x33480))
    )
    if character not in REPERTOIRE and candidates(character)
]
"""Every kanji outside the repertoire for which the reduction map knows a similar one inside."""


def parse(text: str, *chosen: tuple[int, str]) -> Spelling:
    return Spelling.parse(text, [Substitute(*one) for one in chosen], field="f", choice="chosen")


@pytest.mark.requirement("R2.5.4", "R2.5.5")
@pytest.mark.parametrize(
    ("registered", "chosen", "certified", "mask"),
    [
        ("髙橋　花子", [(1, "高")], "高橋　花子", "10000"),
        ("宮﨑　次郎", [(2, "崎")], "宮崎　次郎", "01000"),
        ("𠮷田　三郎", [(1, "吉")], "吉田　三郎", "10000"),
        ("𠮷田　三郎", [(1, "ヨシ")], "ヨシ田　三郎", "110000"),
        ("𠮷田　三郎", [(1, "ﾖｼ")], "ヨシ田　三郎", "110000"),
        # A base with its variation selector is one character.
        ("渡邉　直樹\U000e0102", [(5, "樹")], "渡邉　直樹", "00001"),
        ("髙﨑　髙", [(4, "たか"), (1, "高"), (2, "崎")], "高崎　たか", "11011"),
        ("渡邉　太郎", [], "渡邉　太郎", "00000"),
    ],
)
def test_what_was_chosen_is_certified_and_marked(
    registered: str, chosen: list[tuple[int, str]], certified: str, mask: str
) -> None:
    spelling = parse(registered, *chosen)
    assert spelling.registered == registered
    assert (spelling.certified.text, spelling.certified.mask) == (certified, mask)


@pytest.mark.requirement("R2.5.4", refuses=True)
@pytest.mark.parametrize(
    ("registered", "chosen", "reason", "field", "position"),
    [
        ("髙橋　花子", [], Reason.NAME_NOT_IN_REPERTOIRE, "f", "1"),
        ("髙﨑　花子", [(1, "高")], Reason.NAME_NOT_IN_REPERTOIRE, "f", "2"),
        # What can be certified is not altered.
        ("高橋　花子", [(1, "髙")], Reason.INVALID_FIELD, "chosen", "1"),
        ("渡邉　太郎", [(2, "辺")], Reason.INVALID_FIELD, "chosen", "2"),
        # Neither similar nor kana.
        ("髙橋　花子", [(1, "山")], Reason.INVALID_FIELD, "chosen", "1"),
        ("髙橋　花子", [(1, "髙")], Reason.INVALID_FIELD, "chosen", "1"),
        ("髙橋　花子", [(1, "高山")], Reason.INVALID_FIELD, "chosen", "1"),
        ("髙橋　花子", [(1, "TAKA")], Reason.INVALID_FIELD, "chosen", "1"),
        ("髙橋　花子", [(1, "た\u202eか")], Reason.INVALID_FIELD, "chosen", "1"),
        ("髙橋　花子", [(1, "タカハシタカハシタ")], Reason.INVALID_FIELD, "chosen", "1"),
        ("髙橋　花子", [(1, "")], Reason.INVALID_FIELD, "chosen", "1"),
        # No such character, and one twice.
        ("髙橋　花子", [(0, "高")], Reason.INVALID_FIELD, "chosen", None),
        ("髙橋　花子", [(6, "高")], Reason.INVALID_FIELD, "chosen", None),
        ("髙橋　花子", [(1, "高"), (1, "たか")], Reason.INVALID_FIELD, "chosen", None),
        ("髙\u202e橋　花子", [(1, "高")], Reason.FORBIDDEN_CHARACTER, "f", "2"),
    ],
)
def test_other_choices_are_refused(
    registered: str,
    chosen: list[tuple[int, str]],
    reason: Reason,
    field: str,
    position: str | None,
) -> None:
    with pytest.raises(OpenJpkiError) as refused:
        parse(registered, *chosen)
    assert (refused.value.reason, refused.value.field) == (reason, field)
    assert refused.value.metadata.get("position") == position


def test_the_reduction_map_knows_most_of_what_registers_hold() -> None:
    """Else the property below says nothing."""
    assert len(MAPPED) > 15_000
    assert {"髙", "﨑", "𠮷"} <= set(MAPPED)


def test_every_mapped_character_can_be_certified_by_each_of_its_candidates() -> None:
    for character in MAPPED:
        for chosen in candidates(character):
            spelling = parse(f"山{character}　太郎", (2, chosen))
            assert REPERTOIRE.issuperset(spelling.certified.text)
            assert spelling.certified.text == f"山{chosen}　太郎"
            assert spelling.certified.mask == "01000"


def test_every_character_of_the_repertoire_stays_as_it_is() -> None:
    for character in sorted(REPERTOIRE):
        assert parse(character) == Spelling.unchanged(character)


@given(st.text(st.sampled_from(sorted(REPERTOIRE)), min_size=1, max_size=20))
def test_what_can_be_certified_stays_as_it_is(text: str) -> None:
    spelling = parse(text)
    assert spelling == Spelling.unchanged(text)
    assert len(spelling.certified.mask) == len(split(text))


@pytest.mark.requirement("R2.1.1b")
def test_every_resident_of_a_register_can_apply() -> None:
    """As their certificate has them, or with the first similar character, or in kana."""
    with_substitutes = 0
    for resident in synthetic_residents(7, 3000, today=TODAY):
        chosen = {
            part: [
                Substitute(position, (*candidates(character), "カナ")[0])
                for position, character in enumerate(split(text), start=1)
                if character not in REPERTOIRE
            ]
            for part, text in (("name", resident.name), ("address", resident.address))
        }
        applicant = Applicant.parse(
            name=resident.name,
            birth_date=resident.birth_date,
            sex=resident.sex,
            address=resident.address,
            romanised_name=resident.romanised_name,
            municipality=Municipality(resident.municipality_code),
            today=TODAY,
            name_substitutes=chosen["name"],
            address_substitutes=chosen["address"],
        )
        with_substitutes += applicant.registered.name != applicant.attributes.name.text
        assert applicant.registered.name == resident.name
    assert with_substitutes > 0
