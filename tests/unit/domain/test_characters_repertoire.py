"""The certificate's character set, canonical forms, refusals and substitutes."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openjpki.domain.characters import (
    JIS_X_0208,
    JIS_X_0212,
    REPERTOIRE,
    Substituted,
    candidates,
    canonical,
    require_repertoire,
    split,
)
from openjpki.errors import OpenJpkiError, Reason

IN_REPERTOIRE = st.text(st.sampled_from(sorted(REPERTOIRE)), max_size=20)
HIGH_WITH_LADDER = "\u9ad9"  # 髙
SAKI_VARIANT = "\ufa11"  # 﨑
YOSHI_VARIANT = "\U00020bb7"  # 𠮷
SELECTED = "\u845b\U000e0100"  # 葛 with a variation selector


def refusal_of(text: str) -> OpenJpkiError:
    with pytest.raises(OpenJpkiError) as refusal:
        require_repertoire(text, field="name")
    assert refusal.value.field == "name"
    return refusal.value


def test_sizes_of_the_two_standards() -> None:
    assert (len(JIS_X_0208), len(JIS_X_0212)) == (6879, 6066)
    assert not JIS_X_0208 & JIS_X_0212
    assert not any(character.isascii() for character in REPERTOIRE)
    assert not any("\uff61" <= character <= "\uff9f" for character in REPERTOIRE)


@pytest.mark.parametrize("character", "邉邊渕濵曻あアーヶ々〆１Ａ")
def test_characters_that_pass(character: str) -> None:
    assert require_repertoire(character, field="name") == character


@pytest.mark.parametrize(
    ("character", "code_point", "substitutes"),
    [
        (HIGH_WITH_LADDER, "U+9AD9", "高"),
        (SAKI_VARIANT, "U+FA11", "崎"),
        (YOSHI_VARIANT, "U+20BB7", "吉"),
        ("\u5fb7", "U+5FB7", "徳"),
        (SELECTED, "U+845B U+E0100", "葛"),
        ("\ufa19", "U+FA19", "神"),
        ("\U00029e3d", "U+29E3D", ""),
    ],
)
def test_outside_the_repertoire_is_refused_with_substitutes(
    character: str, code_point: str, substitutes: str
) -> None:
    error = refusal_of(f"山{character}　一郎")
    assert error.reason is Reason.NAME_NOT_IN_REPERTOIRE
    assert error.metadata == {
        "position": "2",
        "code_point": code_point,
        "candidates": substitutes,
    }
    assert "山" not in str(error)
    assert "郎" not in str(error)


@pytest.mark.parametrize(
    "hostile",
    [
        "\x00", "\n", "\x7f", "\x85", "\u202e", "\u2066", "\u200f", "\u200b", "\u200d", "\ufeff",
        "\u2060", "\u00ad", "\u2028", "\ud800", "\ue000", "\U000f0000", "\ufdd0", "\uffff",
        "\U0010ffff", "\U000e0041",
    ],
)  # fmt: skip
def test_forbidden_characters(hostile: str) -> None:
    # Even behind a character that is merely outside the repertoire.
    error = refusal_of(f"{HIGH_WITH_LADDER}{hostile}橋")
    assert error.reason is Reason.FORBIDDEN_CHARACTER
    assert error.metadata == {"position": "2", "code_point": f"U+{ord(hostile):04X}"}


def test_selector_without_base_is_forbidden() -> None:
    assert refusal_of("\U000e0100田").reason is Reason.FORBIDDEN_CHARACTER


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("\uff0d", "\u2212"), ("-", "\u2212"), ("\uff5e", "\u301c"), ("~", "\u301c"),
        ("\u2014", "\u2015"), ("\u2225", "\u2016"), ("ｶﾞｷﾞﾊﾟｰ", "ガギパー"), ("ﾔﾏﾀﾞ", "ヤマダ"),
        ("か\u3099", "が"), ("は\uff9f", "ぱ"), ("1-2 A", "１−２　Ａ"),
    ],
)  # fmt: skip
def test_canonical_forms(written: str, kept: str) -> None:
    assert canonical(written) == kept
    assert require_repertoire(written, field="address") == kept


def test_every_ascii_character_with_a_cell_has_its_twin() -> None:
    without_cell = {
        chr(code) for code in range(0x20, 0x7F) if canonical(chr(code)) not in REPERTOIRE
    }
    assert without_cell == {"'", '"'}


def test_compatibility_ideographs_are_not_normalised_away() -> None:
    ideographs = [chr(code) for code in (*range(0xF900, 0xFA6E), *range(0x2F800, 0x2FA1E))]
    changed_by_nfc = [c for c in ideographs if unicodedata.normalize("NFC", c) != c]
    assert len(changed_by_nfc) > 890
    assert all(canonical(character) == character for character in ideographs)
    assert refusal_of("\ufa19").metadata["code_point"] == "U+FA19"


@given(IN_REPERTOIRE)
def test_the_repertoire_is_its_own_canonical_form(text: str) -> None:
    assert canonical(text) == text
    assert require_repertoire(text, field="name") == text
    assert split(text) == tuple(text)


@given(st.text())
def test_canonical_is_idempotent(text: str) -> None:
    assert canonical(canonical(text)) == canonical(text)


@given(st.text())
def test_whatever_passes_is_in_the_repertoire(text: str) -> None:
    characters = split(canonical(text))
    outside = [place for place, c in enumerate(characters, start=1) if c not in REPERTOIRE]
    if outside:
        error = refusal_of(text)
        assert error.reason in {Reason.FORBIDDEN_CHARACTER, Reason.NAME_NOT_IN_REPERTOIRE}
        position = int(error.metadata["position"])
        assert position in outside
        offender = characters[position - 1]
        assert error.metadata["code_point"] == " ".join(f"U+{ord(part):04X}" for part in offender)
    else:
        passed = require_repertoire(text, field="name")
        assert set(passed) <= REPERTOIRE
        assert passed.encode("euc_jp").decode("euc_jp") == passed


@given(st.text())
def test_split_loses_nothing(text: str) -> None:
    assert "".join(split(text)) == text


@given(st.text(st.characters(min_codepoint=0x3400), min_size=1, max_size=1))
def test_candidates_are_in_the_repertoire_and_others(character: str) -> None:
    offered = candidates(character)
    assert set(offered) <= REPERTOIRE
    assert character not in offered
    assert len(set(offered)) == len(offered)


def test_candidates_of_nothing() -> None:
    assert candidates("") == ()
    assert candidates("あ") == ()


@given(IN_REPERTOIRE)
def test_unchanged_text_has_a_mask_of_zeros(text: str) -> None:
    assert Substituted.unchanged(text) == Substituted(text, "0" * len(text))


@pytest.mark.parametrize("mask", ["", "0000", "00000000", "00200", "0000１", "00 00"])
def test_masks_that_do_not_fit_are_refused(mask: str) -> None:
    with pytest.raises(OpenJpkiError) as refusal:
        Substituted("高橋　一郎", mask)
    assert (refusal.value.reason, refusal.value.field) == (Reason.INVALID_FIELD, "mask")


def test_substituted_shows_no_text() -> None:
    assert repr(Substituted("高橋　一郎", "10000")) == "Substituted(5 characters, 1 substituted)"
