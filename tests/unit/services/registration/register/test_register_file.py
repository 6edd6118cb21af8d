"""Register files: what is read, and what is refused at which line and column."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import TYPE_CHECKING, TextIO

import pytest

from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.registration.register.register_file import (
    ALL_COLUMNS,
    REGISTER_COLUMNS,
    RegisterFileError,
    read_register,
)
from openjpki_devkit.register.synthetic import synthetic_residents
from openjpki_devkit.register.write_register import write_register

if TYPE_CHECKING:
    from collections.abc import Sequence

TODAY = date(2026, 4, 1)
ROW = {
    "resident_id": "0a1b",
    "municipality_code": "16201",
    "name": "山田　花子",
    "name_kana": "ヤマダ　ハナコ",
    "romanised_name": "YAMADA HANAKO",
    "birth_date": "1980-02-17",
    "sex": "2",
    "address": "富山県富山市本町１−１",
}


def file_of(*rows: dict[str, str], columns: Sequence[str] = REGISTER_COLUMNS) -> io.StringIO:
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    file.seek(0)
    return file


def refusal_of(file: TextIO) -> RegisterFileError:
    with pytest.raises(RegisterFileError) as refusal:
        list(read_register(file, today=TODAY))
    return refusal.value


def test_what_is_written_is_read_back() -> None:
    made = list(synthetic_residents(1, 300, today=TODAY))
    heard: list[int] = []
    file = io.StringIO(newline="")
    assert write_register(file, made, heard.append) == 300
    assert heard == [300]
    file.seek(0)
    read = list(read_register(file, today=TODAY))
    assert [one.resident_id for one in read] == [one.resident_id for one in made]
    assert [one.address for one in read] == [one.address for one in made]


def test_texts_come_in_canonical_form() -> None:
    odd = {**ROW, "name": "山田 花子", "address": "富山県富山市本町1-1"}
    (resident,) = read_register(file_of(odd), today=TODAY)
    assert resident.name == "山田　花子"
    assert resident.address == ROW["address"]


def test_the_register_s_own_characters_are_taken() -> None:
    (resident,) = read_register(file_of({**ROW, "name": "\u9ad9橋　花子"}), today=TODAY)
    assert resident.name == "\u9ad9橋　花子"


def test_kana_and_romanised_name_may_be_missing() -> None:
    (resident,) = read_register(
        file_of({**ROW, "name_kana": "", "romanised_name": ""}), today=TODAY
    )
    assert (resident.name_kana, resident.romanised_name) == ("", "")


def test_the_six_digit_code_is_the_same_municipality() -> None:
    (resident,) = read_register(file_of({**ROW, "municipality_code": "162019"}), today=TODAY)
    assert resident.municipality_code == "16201"


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("resident_id", "", Reason.INVALID_FIELD),
        ("resident_id", "a b", Reason.INVALID_FIELD),
        ("resident_id", "x" * 65, Reason.INVALID_FIELD),
        ("municipality_code", "99999", Reason.UNKNOWN_MUNICIPALITY),
        ("municipality_code", "162010", Reason.UNKNOWN_MUNICIPALITY),
        ("name", "山田　　花子", Reason.INVALID_FIELD),
        ("name", "", Reason.INVALID_FIELD),
        ("name", "山\u202e田　花子", Reason.FORBIDDEN_CHARACTER),
        ("name", "山" * 201, Reason.INVALID_FIELD),
        ("name_kana", "ヤマ\u200bダ", Reason.FORBIDDEN_CHARACTER),
        ("romanised_name", "やまだ", Reason.INVALID_FIELD),
        ("birth_date", "1981-02-29", Reason.DATE_DOES_NOT_EXIST),
        ("birth_date", "2026-04-02", Reason.INVALID_FIELD),
        ("birth_date", "17.2.1980", Reason.INVALID_FIELD),
        ("sex", "9", Reason.INVALID_FIELD),
        ("sex", "", Reason.INVALID_FIELD),
        ("address", "石川県金沢市１", Reason.INVALID_FIELD),
        ("address", "富山県\0富山市", Reason.FORBIDDEN_CHARACTER),
        ("address", "", Reason.INVALID_FIELD),
    ],
)
def test_a_bad_value_is_told_by_line_and_column_only(
    column: str, value: str, reason: Reason
) -> None:
    good = {**ROW, "resident_id": "1"}
    refusal = refusal_of(file_of(good, {**ROW, column: value}))
    assert (refusal.reason, refusal.line, refusal.column) == (reason, 3, column)
    assert refusal.metadata == {"line": "3"}
    assert "line 3" in str(refusal)
    for private in (value, ROW["name"], ROW["address"], ROW["birth_date"]):
        assert not private or private not in str(refusal)


def test_one_number_twice() -> None:
    refusal = refusal_of(file_of(ROW, {**ROW, "name": "山田　月子"}))
    assert (refusal.line, refusal.column) == (3, "resident_id")


def test_lines_are_the_file_s_own() -> None:
    first = {**ROW, "resident_id": "1"}
    file = file_of(first)
    text = file.getvalue().replace("YAMADA", '"YAMADA').replace("HANAKO", 'HANAKO"')
    refusal = refusal_of(io.StringIO(text + "\n\n" + "x,16201\n", newline=""))
    assert (refusal.line, refusal.column) == (5, None)


def test_a_second_name_is_read_where_the_file_has_one() -> None:
    rows = [
        {**ROW, "resident_id": "1", "also_known_as": "ﾔﾏﾀﾞ ﾀﾛｳ"},
        {**ROW, "resident_id": "2", "also_known_as": ""},
    ]
    named, other = read_register(file_of(*rows, columns=ALL_COLUMNS), today=TODAY)
    assert (named.also_known_as, other.also_known_as) == ("ヤマダ　タロウ", "")
    (without,) = read_register(file_of(ROW), today=TODAY)
    assert without.also_known_as == ""
    refusal = refusal_of(file_of({**ROW, "also_known_as": "ヤマダ　　タロウ"}, columns=ALL_COLUMNS))
    assert (refusal.line, refusal.column) == (2, "also_known_as")


@pytest.mark.parametrize(
    "columns",
    [
        REGISTER_COLUMNS[:-1],
        (*REGISTER_COLUMNS, "remark"),
        (*ALL_COLUMNS, "also_known_as"),
        ("名前", *REGISTER_COLUMNS[1:]),
    ],
)
def test_other_columns(columns: Sequence[str]) -> None:
    assert refusal_of(file_of(columns=columns)).line == 1


def test_no_header_at_all() -> None:
    assert refusal_of(io.StringIO("")).line == 1


def test_too_many_columns() -> None:
    text = file_of(ROW).getvalue().rstrip("\n") + ",more\n"
    assert refusal_of(io.StringIO(text, newline="")).line == 2


def test_a_quote_that_never_ends() -> None:
    text = file_of(ROW).getvalue().replace("山田　花子", '"山田　花子')
    refusal = refusal_of(io.StringIO(text + "x" * 200_000, newline=""))
    assert refusal.reason is Reason.INVALID_FIELD
    assert "CSV" in refusal.message
    # Where it begins.
    assert refusal.line == 2


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("line", [1, 2, 400, 1001])
def test_the_line_that_is_in_another_encoding(line: int, line_end: str) -> None:
    """Not the one that was read last when it was decoded, up to a hundred before."""
    rows = [ROW | {"resident_id": f"R{number}"} for number in range(1000)]
    lines = file_of(*rows).getvalue().encode().splitlines()
    lines[line - 1] += "花子".encode("cp932")
    octets = b"\xef\xbb\xbf" + line_end.encode().join(lines)
    refusal = refusal_of(io.TextIOWrapper(io.BytesIO(octets), encoding="utf-8-sig", newline=""))
    assert (refusal.message, refusal.line) == (f"line {line}: is not UTF-8", line)


def test_another_encoding() -> None:
    octets = file_of(ROW).getvalue().encode("cp932", errors="replace")
    file = io.TextIOWrapper(io.BytesIO(octets), encoding="utf-8", newline="")
    refusal = refusal_of(file)
    assert "UTF-8" in refusal.message
    assert isinstance(refusal, OpenJpkiError)
