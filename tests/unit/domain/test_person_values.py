"""Name, romanised name, birth date, sex, address, and the four attributes together."""

import unicodedata
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openjpki.domain.characters import Spelling
from openjpki.domain.japanese_era import in_era
from openjpki.domain.municipality import Municipality, all_prefectures
from openjpki.domain.person import (
    FEMALE,
    MALE,
    Address,
    Applicant,
    BirthDate,
    Era,
    FourAttributes,
    PersonName,
    RegisteredAttributes,
    RomanisedName,
    Sex,
    written_birth_date,
)
from openjpki.errors import OpenJpkiError, Reason

TODAY = date(2026, 4, 1)
CHIYODA = Municipality("13101")
ADDRESS = "東京都千代田区丸の内一丁目１番１号"


def refused(reason: Reason, field: str) -> pytest.RaisesExc[OpenJpkiError]:
    return pytest.raises(OpenJpkiError, check=lambda e: (e.reason, e.field) == (reason, field))


def parse_attributes(**changes: str) -> FourAttributes:
    form = {"name": "渡邉　太郎", "birth_date": "1980-02-17", "sex": "1", "address": ADDRESS}
    return FourAttributes.parse(**(form | changes), municipality=CHIYODA, today=TODAY, field="p")


@pytest.mark.requirement("R2.1.2")
def test_an_applicant_is_the_four_attributes_and_the_romanised_name() -> None:
    attributes = parse_attributes()
    applicant = Applicant.as_registered(attributes, RomanisedName.parse("Watanabe Taro"))
    assert attributes.name.text == "渡邉　太郎"
    assert attributes.birth_date.certified == "319800217"
    assert attributes.sex == MALE
    assert attributes.address.text == ADDRESS
    assert attributes.municipality == CHIYODA
    assert applicant.romanised_name.text == "WATANABE TARO"


@pytest.mark.parametrize(
    ("part", "value", "reason"),
    [
        ("name", "\u9ad9橋　一郎", Reason.NAME_NOT_IN_REPERTOIRE),
        ("name", "山田\u202e　太郎", Reason.FORBIDDEN_CHARACTER),
        ("name", "山田　　太郎", Reason.INVALID_FIELD),
        ("birth_date", "1980-02-30", Reason.DATE_DOES_NOT_EXIST),
        ("birth_date", "19800217", Reason.INVALID_FIELD),
        ("sex", "3", Reason.INVALID_FIELD),
        ("address", "大阪府大阪市北区１", Reason.INVALID_FIELD),
        ("address", ADDRESS + "\x00", Reason.FORBIDDEN_CHARACTER),
    ],
)
def test_a_bad_part_is_refused_under_its_path(part: str, value: str, reason: Reason) -> None:
    with refused(reason, f"p.{part}"):
        parse_attributes(**{part: value})


def test_nothing_personal_shows() -> None:
    applicant = Applicant.as_registered(parse_attributes(), RomanisedName.parse("Watanabe Taro"))
    shown = (
        f"{applicant!r} {applicant} {[applicant.attributes.birth_date, applicant.attributes.sex]}"
    )
    for secret in ("渡邉", "太郎", "1980", "千代田", "WATANABE", "'1'", "男"):
        assert secret not in shown
    assert repr(PersonName("渡邉　太郎")) == "PersonName(5 characters)"


@pytest.mark.parametrize(
    "name",
    ["", "　", "山田　", "　太郎", "山田　　太郎", "Ａ　Ｂ　", "山" * 100 + "　" + "田" * 100],
)
def test_words_of_a_name_have_one_space_between_them(name: str) -> None:
    with refused(Reason.INVALID_FIELD, "name"):
        PersonName.parse(name)
    with refused(Reason.INVALID_FIELD, "name"):
        PersonName(name)


@pytest.mark.parametrize(
    ("stated", "kept"),
    [
        ("山田太郎", "山田太郎"),
        ("スハルト", "スハルト"),
        ("NGUYEN VAN ANH", "ＮＧＵＹＥＮ　ＶＡＮ　ＡＮＨ"),
        ("ﾏﾘｱ ﾃﾞ ｼﾙﾊﾞ ｻﾝﾄｽ", "マリア　デ　シルバ　サントス"),
    ],
)
def test_a_name_may_be_one_word_or_several(stated: str, kept: str) -> None:
    name = PersonName.parse(stated)
    assert name.text == kept


def test_names_are_brought_to_canonical_form_and_cannot_be_built_in_another() -> None:
    assert PersonName.parse("ﾔﾏﾀﾞ ﾀﾛｳ").text == "ヤマダ　タロウ"
    for text in ("ﾔﾏﾀﾞ　ﾀﾛｳ", "Ａ-Ｂ　Ｃ"):
        with refused(Reason.INVALID_FIELD, "name"):
            PersonName(text)


def test_an_applicant_as_registered_marks_nothing() -> None:
    applicant = Applicant.as_registered(parse_attributes(), RomanisedName("WATANABE TARO"))
    assert applicant.name.certified.mask == "00000"
    assert applicant.address.certified.mask == "0" * len(ADDRESS)
    registered = applicant.registered
    assert (registered.name, registered.address) == ("渡邉　太郎", ADDRESS)
    assert registered == RegisteredAttributes.of(parse_attributes())


def test_an_applicant_is_of_one_spelling() -> None:
    with pytest.raises(ValueError, match="not those of the spellings"):
        Applicant(
            parse_attributes(),
            RomanisedName("WATANABE TARO"),
            Spelling.unchanged("渡邊　太郎"),
            Spelling.unchanged(ADDRESS),
        )


@pytest.mark.parametrize(
    ("written", "kept"),
    [("Sato Jun'ichi", "SATO JUN'ICHI"), ("Ono-Smith Mary", "ONO-SMITH MARY"), ("o", "O")],
)
def test_romanised_names(written: str, kept: str) -> None:
    assert RomanisedName.parse(written).text == kept


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "Sato  Jun",
        "Sato ",
        "-Sato",
        "Sato1",
        "Straße",
        "Ｓａｔｏ",
        "Satō",
        "A" * 201,
        "a\n",
        "ı",
    ],
)
def test_romanised_names_refused(text: str) -> None:
    with refused(Reason.INVALID_FIELD, "romanised_name"):
        RomanisedName.parse(text)
    with refused(Reason.INVALID_FIELD, "romanised_name"):
        RomanisedName(text)


@pytest.mark.parametrize(
    ("day", "certified"),
    [
        ("1868-01-24", "018680124"),
        ("1868-01-25", "118680125"),
        ("1912-07-29", "119120729"),
        ("1912-07-30", "219120730"),
        ("1926-12-24", "219261224"),
        ("1926-12-25", "319261225"),
        ("1989-01-07", "319890107"),
        ("1989-01-08", "419890108"),
        ("2019-04-30", "420190430"),
        ("2019-05-01", "520190501"),
        ("1980-02-29", "319800229"),
        ("2026-04-01", "520260401"),
    ],
)
def test_eras_begin_on_their_day(day: str, certified: str) -> None:
    parsed = BirthDate.parse(day, today=TODAY)
    assert (parsed.certified, parsed.iso) == (certified, day)


@pytest.mark.parametrize(
    "text",
    [
        "1979-02-29",
        "1900-02-29",
        "1980-13-01",
        "1980-00-10",
        "1980-04-31",
        "0000-01-01",
        "1980-13-00",
    ],
)
def test_days_the_calendar_lacks(text: str) -> None:
    with refused(Reason.DATE_DOES_NOT_EXIST, "birth_date"):
        BirthDate.parse(text, today=TODAY)
    year, month, day = map(int, text.split("-"))
    with refused(Reason.DATE_DOES_NOT_EXIST, "birth_date"):
        BirthDate.of(year, month, day, today=TODAY)


@pytest.mark.parametrize(
    ("text", "certified"),
    [
        ("1950-03-00", "319500300"),
        ("1950-00-00", "319500000"),
        ("1980-02-00", "319800200"),
        # What is known lies in two eras.
        ("1989-01-00", "019890100"),
        ("1926-00-00", "019260000"),
        ("1868-00-00", "018680000"),
        # In an era whose first day came later, and in the year and the month that it is.
        ("1989-02-00", "419890200"),
        ("2026-04-00", "520260400"),
        ("2026-00-00", "520260000"),
    ],
)
def test_what_the_register_does_not_know_is_certified_as_noughts(text: str, certified: str) -> None:
    birth = BirthDate.parse(text, today=TODAY)
    assert (birth.iso, birth.certified, birth.is_whole) == (text, certified, False)
    assert BirthDate.kept(birth.iso) == birth


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2026-05-00", Reason.INVALID_FIELD),
        ("2027-00-00", Reason.INVALID_FIELD),
        ("1867-00-00", Reason.INVALID_FIELD),
        ("1980-00-10", Reason.DATE_DOES_NOT_EXIST),
    ],
)
def test_partly_unknown_dates_refused(text: str, reason: Reason) -> None:
    with refused(reason, "birth_date"):
        BirthDate.parse(text, today=TODAY)


@given(st.dates(date(1868, 1, 1), TODAY))
def test_every_day_is_written_in_its_era_and_read_back(day: date) -> None:
    birth = BirthDate.of(day.year, day.month, day.day, today=TODAY)
    if birth.era is not Era.UNKNOWN:
        year = in_era(day).removeprefix(birth.era.written).partition("年")[0].replace("元", "1")
        short = f"{birth.era.letter}{year}.{day.month}.{day.day}"
        for written in (in_era(day), short, unicodedata.normalize("NFKC", short)):
            assert written_birth_date(written, today=TODAY) == birth
    assert written_birth_date(birth.iso, today=TODAY) == birth


@pytest.mark.requirement("R2.1.2")
@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("大正4年10月24日", "1915-10-24"),
        ("Ｔ４．１０．２４", "1915-10-24"),
        ("令和元年5月1日", "2019-05-01"),
        ("昭和64年1月7日", "1989-01-07"),
        ("昭和25年3月日不詳", "1950-03-00"),
        ("昭和25年月日不詳", "1950-00-00"),
        ("昭和64年月日不詳", "1989-00-00"),
    ],
)
def test_dates_as_people_write_them(text: str, iso: str) -> None:
    assert written_birth_date(text, today=TODAY).iso == iso


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("昭和64年1月8日", Reason.DATE_DOES_NOT_EXIST),
        ("平成元年1月7日", Reason.DATE_DOES_NOT_EXIST),
        ("大正16年1月1日", Reason.DATE_DOES_NOT_EXIST),
        ("明治元年1月1日", Reason.DATE_DOES_NOT_EXIST),
        ("平成40年月日不詳", Reason.DATE_DOES_NOT_EXIST),
        ("昭和0年1月1日", Reason.DATE_DOES_NOT_EXIST),
        ("T4.13.1", Reason.DATE_DOES_NOT_EXIST),
        ("令和99年1月1日", Reason.INVALID_FIELD),
        # Half a date, without the word that says that the rest is unknown.
        ("昭和25年", Reason.INVALID_FIELD),
        ("昭和25年3月", Reason.INVALID_FIELD),
        ("昭和25年3月1日不詳", Reason.INVALID_FIELD),
        ("X4.10.24", Reason.INVALID_FIELD),
        ("1915/10/24", Reason.INVALID_FIELD),
        ("", Reason.INVALID_FIELD),
    ],
)
def test_written_dates_refused(text: str, reason: Reason) -> None:
    with refused(reason, "birth_date"):
        written_birth_date(text, today=TODAY)


@pytest.mark.parametrize(
    "text", ["1867-12-31", "2026-04-02", "1980-2-17", "１９８０-02-17", "1980-02-17\n", "", "x"]
)
def test_dates_refused(text: str) -> None:
    with refused(Reason.INVALID_FIELD, "birth_date"):
        BirthDate.parse(text, today=TODAY)


def test_huge_numbers_are_no_dates() -> None:
    with refused(Reason.DATE_DOES_NOT_EXIST, "birth_date"):
        BirthDate.of(2**70, 1, 1, today=TODAY)


def test_a_date_too_early_cannot_be_built() -> None:
    with refused(Reason.INVALID_FIELD, "birth_date"):
        BirthDate(1867, 12, 31)


def test_before_meiji_the_era_is_certified_as_zero() -> None:
    before = BirthDate.parse("1868-01-24", today=TODAY)
    assert (before.era, before.certified) == (Era.UNKNOWN, "018680124")


@given(st.dates(min_value=date(1868, 1, 1), max_value=TODAY))
def test_birth_dates_survive_both_writings(day: date) -> None:
    parsed = BirthDate.parse(day.isoformat(), today=TODAY)
    era, certified = parsed.certified[0], parsed.certified[1:]
    assert (parsed.iso, Era(era)) == (day.isoformat(), parsed.era)
    assert date.fromisoformat(certified) == day


@given(st.dates(min_value=TODAY + timedelta(days=1)))
def test_nobody_is_born_tomorrow(day: date) -> None:
    with refused(Reason.INVALID_FIELD, "birth_date"):
        BirthDate.parse(day.isoformat(), today=TODAY)


def test_further_sexes_are_a_matter_of_policy() -> None:
    assert Sex.parse("2") == FEMALE
    assert Sex.parse("9", allowed={"1", "2", "9"}).code == "9"
    for code in ("9", "0", "", "12", "１", "male"):
        with refused(Reason.INVALID_FIELD, "sex"):
            Sex.parse(code)
    for code in ("", "12", "１", "m"):
        with refused(Reason.INVALID_FIELD, "sex"):
            Sex(code)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("01100", "北海道札幌市中央区北一条西二丁目"),
        ("13305", "東京都西多摩郡日の出町大字平井２７８０番地"),
        ("13361", "東京都大島町元町一丁目１番１４号"),
        ("13381", "東京都三宅島三宅村阿古４９７番地"),
        ("01458", "北海道上川郡東川町東町一丁目１６番１号"),
        ("27381", "大阪府南河内郡太子町大字山田８８番地"),
    ],
)
def test_addresses_with_ward_county_or_island(code: str, text: str) -> None:
    assert Address.parse(text, Municipality(code)).text == text


def test_half_width_addresses_are_widened() -> None:
    assert Address.parse("東京都千代田区丸の内1-1", CHIYODA).text == "東京都千代田区丸の内１−１"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "千代田区丸の内",
        "東京都港区芝",
        "東京都新宿島千代田区",
        "〒１００−０００１　東京都千代田区",
        "東京都千代田区丸の内〒１００",
        "東京都千代田区" + "あ" * 194,
    ],
)
def test_addresses_refused(text: str) -> None:
    with refused(Reason.INVALID_FIELD, "address"):
        Address.parse(text, CHIYODA)
    with refused(Reason.INVALID_FIELD, "address"):
        Address(text, CHIYODA)


def test_the_longest_address() -> None:
    text = "東京都千代田区" + "あ" * 193
    assert len(Address.parse(text, CHIYODA).text) == 200
    with refused(Reason.INVALID_FIELD, "address"):
        Address.parse("東京都千代田区丸の内1", Municipality("13102"))


@given(
    st.sampled_from([one for prefecture in all_prefectures() for one in prefecture.municipalities])
)
def test_every_municipality_can_be_written_in_an_address(municipality: Municipality) -> None:
    text = f"{municipality.prefecture.name}{municipality.name}１番地"
    assert Address.parse(text, municipality).municipality == municipality
