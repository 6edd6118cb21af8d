"""Municipal codes and their romanised names."""

import importlib.util
from pathlib import Path

import pytest

from openjpki.domain.municipality import (
    Municipality,
    Prefecture,
    all_prefectures,
    check_digit,
)
from openjpki.errors import OpenJpkiError, Reason

ROOT = Path(__file__).resolve().parents[3]

ROMANISED_PREFECTURES = [
    "Hokkaido", "Aomori", "Iwate", "Miyagi", "Akita", "Yamagata", "Fukushima", "Ibaraki",
    "Tochigi", "Gunma", "Saitama", "Chiba", "Tokyo", "Kanagawa", "Niigata", "Toyama",
    "Ishikawa", "Fukui", "Yamanashi", "Nagano", "Gifu", "Shizuoka", "Aichi", "Mie", "Shiga",
    "Kyoto", "Osaka", "Hyogo", "Nara", "Wakayama", "Tottori", "Shimane", "Okayama", "Hiroshima",
    "Yamaguchi", "Tokushima", "Kagawa", "Ehime", "Kochi", "Fukuoka", "Saga", "Nagasaki",
    "Kumamoto", "Oita", "Miyazaki", "Kagoshima", "Okinawa",
]  # fmt: skip


def test_generated_tables_are_those_of_the_installed_source() -> None:
    path = ROOT / "scripts" / "generate_municipalities.py"
    spec = importlib.util.spec_from_file_location("generate_municipalities", path)
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    for name, content in script.generate().items():
        committed = (ROOT / "python/openjpki/domain/data" / name).read_text(encoding="utf-8")
        assert committed == content, f"{name}: run scripts/generate_municipalities.py"


def test_every_prefecture_and_municipality_of_the_country_is_known() -> None:
    assert [p.number for p in all_prefectures()] == [f"{n:02d}" for n in range(1, 48)]
    assert [p.romanised for p in all_prefectures()] == ROMANISED_PREFECTURES
    known = [m for p in all_prefectures() for m in p.municipalities]
    assert len(set(known)) == len(known) == 1741
    assert sum(m.name.endswith("区") for m in known) == 23


def test_table_check_digits_agree_with_the_rule() -> None:
    data = (ROOT / "python/openjpki/domain/data/municipalities.csv").read_text(encoding="utf-8")
    codes = [line[:6] for line in data.splitlines() if line[:6].isdigit()]
    assert len(codes) == 1741
    assert all(check_digit(code[:5]) == code[5] for code in codes)


@pytest.mark.parametrize(
    ("code", "name", "romanised", "prefecture"),
    [
        ("13101", "千代田区", "Chiyoda-ku", "Tokyo"),
        ("01100", "札幌市", "Sapporo-shi", "Hokkaido"),
        ("27100", "大阪市", "Osaka-shi", "Osaka"),
        ("12218", "勝浦市", "Katsuura-shi", "Chiba"),
        ("28209", "豊岡市", "Toyooka-shi", "Hyogo"),
        ("26100", "京都市", "Kyoto-shi", "Kyoto"),
        ("03208", "遠野市", "Tono-shi", "Iwate"),
        ("28586", "新温泉町", "Shin'onsen-cho", "Hyogo"),
        ("05349", "八峰町", "Happo-cho", "Akita"),
        ("06428", "庄内町", "Shonai-machi", "Yamagata"),
        ("27229", "四條畷市", "Shijonawate-shi", "Osaka"),
        ("36321", "佐那河内村", "Sanagochi-son", "Tokushima"),
        ("13308", "奥多摩町", "Okutama-machi", "Tokyo"),
        ("20409", "平谷村", "Hiraya-mura", "Nagano"),
    ],
)
def test_romanised_names(code: str, name: str, romanised: str, prefecture: str) -> None:
    municipality = Municipality(code)
    assert (municipality.name, municipality.romanised) == (name, romanised)
    assert municipality.prefecture.romanised == prefecture


def test_six_digit_form() -> None:
    assert Municipality.parse("131016") == Municipality("13101")
    assert check_digit("13101") == "6"


@pytest.mark.parametrize(
    "code", ["", "1310", "13100", "99999", "131017", "1310１", "13101\n", "13000", "-3101"]
)
def test_unknown_codes_are_refused_with_the_field(code: str) -> None:
    with pytest.raises(OpenJpkiError) as refusal:
        Municipality.parse(code, field="application.municipality_code")
    assert refusal.value.reason is Reason.UNKNOWN_MUNICIPALITY
    assert refusal.value.field == "application.municipality_code"


def test_values_of_unknown_codes_cannot_be_built() -> None:
    with pytest.raises(OpenJpkiError):
        Municipality("131016")
    with pytest.raises(OpenJpkiError):
        Prefecture("48")
