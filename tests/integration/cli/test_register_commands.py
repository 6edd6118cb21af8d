"""Register files as municipalities have them: marked as UTF-8, in another encoding, broken."""

from __future__ import annotations

import csv
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from openjpki.cli.exit_codes import ExitCode
from openjpki.config.clock import SystemClock
from openjpki.domain.existence import check_existence
from openjpki.domain.municipality import Municipality
from openjpki.domain.person import FourAttributes, RegisteredAttributes
from openjpki.rpc.identity.roles import PeerRole
from openjpki.storage.kernel.database import Database
from openjpki.storage.resident_register.register import SqlResidentRegister
from openjpki_devkit.embedded.layout import SERVICES, Layout, Ports
from openjpki_devkit.embedded.peers import write_credentials
from openjpki_devkit.embedded.settings_files import write_settings
from tests.support.installation import answer, openjpki, refusal
from tests.support.json_document import require_refusal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CODE = "13101"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Settings of an embedded installation; nothing runs."""
    layout = Layout(tmp_path_factory.mktemp("home"))
    write_credentials(layout, SystemClock(), [])
    write_settings(layout, {service: Ports.free() for service in SERVICES}, None)
    return layout.root


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("register") / "register.csv"
    answer(openjpki("register", "generate", str(made), "--count", "30", "--municipality", CODE))
    return made


@contextmanager
def _candidates(
    home: Path, row: dict[str, str]
) -> Iterator[tuple[RegisteredAttributes, list[Any]]]:
    """A row's attributes, and whom of the loaded register they might mean."""
    folder = Layout(home).service(PeerRole.REGISTRATION)
    database = Database(f"sqlite:///{folder / 'register.sqlite'}")
    attributes = RegisteredAttributes.of(
        FourAttributes.parse(
            name=row["name"],
            birth_date=row["birth_date"],
            sex=row["sex"],
            address=row["address"],
            municipality=Municipality(CODE),
            today=SystemClock().now().date(),
        )
    )
    try:
        yield attributes, list(SqlResidentRegister(database).candidates(attributes))
    finally:
        database.close()


def _records(home: Path, row: dict[str, str]) -> int:
    """How many residents of the loaded register a row's attributes might mean."""
    with _candidates(home, row) as (_, found):
        return len(found)


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "byte order mark"])
def test_utf8_is_loaded_with_and_without_a_mark(
    home: Path, file: Path, tmp_path: Path, mark: bytes
) -> None:
    register = tmp_path / "register.csv"
    register.write_bytes(mark + file.read_bytes())
    loaded = answer(openjpki("register", "load", str(register), home=home))
    (loaded,) = loaded
    assert (loaded["municipality"], loaded["residents"]) == (CODE, 30)
    assert (loaded["loaded"], loaded["leaving"]) == (True, 0)
    with file.open(encoding="utf-8", newline="") as lines:
        assert _records(home, next(csv.DictReader(lines))) >= 1


NAMES = """\
resident_id,municipality_code,name,name_kana,romanised_name,birth_date,sex,address
f0,13101,山田　太郎,ヤマダ　タロウ,YAMADA TARO,1990-01-08,1,東京都千代田区神田１丁目１番１号
f1,13101,ＮＧＵＹＥＮ　ＶＡＮ　ＡＮＨ,,NGUYEN VAN ANH,1990-01-02,1,東京都千代田区神田１丁目１番１号
f3,13101,スハルト,スハルト,SUHARTO,1990-01-02,1,東京都千代田区神田１丁目１番１号
f4,13101,山田　一郎,ヤマダ　イチロウ,YAMADA ICHIRO,1931-03-00,1,東京都千代田区神田１丁目１番１号
f5,13101,山田　ハナ,ヤマダ　ハナ,YAMADA HANA,1926-00-00,2,東京都千代田区神田１丁目１番１号
"""
"""As the case registration/three-part-and-one-part-names.csv has them, and births known in part."""


def test_names_of_one_word_or_three_and_births_known_in_part_are_loaded(
    home: Path, tmp_path: Path
) -> None:
    register = tmp_path / "register.csv"
    register.write_text(NAMES, encoding="utf-8")
    (loaded,) = answer(openjpki("register", "load", str(register), "--replace", CODE, home=home))
    assert (loaded["residents"], loaded["loaded"]) == (5, True)
    for row in csv.DictReader(NAMES.splitlines()):
        with _candidates(home, row) as (attributes, found):
            assert check_existence(attributes, found).resident_id == row["resident_id"]


@pytest.mark.requirement("R2.1.1")
def test_rows_that_cannot_be_taken_are_named_and_the_municipality_is_loaded(
    home: Path, tmp_path: Path
) -> None:
    register = tmp_path / "register.csv"
    content = NAMES.replace("スハルト,", "スハルト　,", 1).replace("ＶＡＮ　", "ＶＡＮ　　")
    register.write_text(content, encoding="utf-8")
    words = ("register", "load", str(register), "--replace", CODE)
    done = openjpki(*words, home=home)
    (loaded,) = answer(done, ExitCode.NOT_VALID)
    assert (loaded["municipality"], loaded["residents"], loaded["loaded"]) == (CODE, 3, True)
    told = require_refusal(done.stderr)
    assert (told["error"], told["field"]) == ("INVALID_FIELD", "FILE")
    rule = "must be words with one full-width space between two of them (name)"
    assert told["metadata"]["rows"] == f"line 3: {rule}; line 4: {rule}"
    first, *_ = csv.DictReader(NAMES.splitlines())
    # Of all at this address, who was loaded.
    assert _records(home, first) == 3


@pytest.mark.requirement("R2.1.1")
def test_a_municipality_that_most_would_leave_is_left_as_it_was(
    home: Path, file: Path, tmp_path: Path
) -> None:
    """One good row and the rest bad: whoever is there stays, unless the operator says otherwise."""
    answer(openjpki("register", "load", str(file), "--replace", CODE, home=home))
    with file.open(encoding="utf-8", newline="") as lines:
        first, last = (rows := list(csv.DictReader(lines)))[0], rows[-1]
    broken = tmp_path / "broken.csv"
    with broken.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, list(first))
        writer.writeheader()
        writer.writerows([first, *({**one, "birth_date": "1980-02-30"} for one in rows[1:])])
    before = (_records(home, first), _records(home, last))
    assert all(before)

    would = {
        "municipality": CODE, "residents": 1, "before": 30, "leaving": 29, "loaded": False,
    }  # fmt: skip
    for asked in (["--dry-run"], []):
        done = openjpki("register", "load", str(broken), *asked, home=home)
        assert answer(done, ExitCode.NOT_VALID) == [would]
        told = require_refusal(done.stderr)
        assert told["metadata"]["as_they_were"] == CODE
        assert told["metadata"]["rows"].startswith("line 3: ")
        assert (_records(home, first), _records(home, last)) == before

    words = ("register", "load", str(broken), "--replace", CODE)
    would["loaded"] = True
    done = openjpki(*words, "--dry-run", home=home)
    assert answer(done, ExitCode.NOT_VALID) == [would]
    assert _records(home, last) == before[1]
    assert answer(openjpki(*words, home=home), ExitCode.NOT_VALID) == [would]
    assert "as_they_were" not in require_refusal(done.stderr)["metadata"]
    assert _records(home, last) < before[1]


def test_a_municipality_to_be_replaced_is_in_the_file(home: Path, file: Path) -> None:
    done = openjpki("register", "load", str(file), "--replace", "13104", home=home)
    refused = refusal(done)
    assert (refused["error"], refused["field"]) == ("INVALID_FIELD", "--replace")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("氏名,住所\r\n".encode("cp932"), "is not UTF-8"),
        (b"\xff\xfe" + "resident_id\r\n".encode("utf-16-le"), "is not UTF-8"),
        (b"", "must name resident_id"),
        (b"a,b\r\n1,2\r\n", "must name resident_id"),
    ],
    ids=["cp932", "utf-16", "empty", "other columns"],
)
def test_another_file_is_refused_with_its_line(
    home: Path, tmp_path: Path, content: bytes, told: str
) -> None:
    register = tmp_path / "register.csv"
    register.write_bytes(content)
    done = openjpki("register", "load", str(register), home=home)
    assert done.returncode == ExitCode.REFUSED
    refused = refusal(done)
    assert refused["message"].startswith("line 1: ")
    assert told in refused["message"]


def test_what_can_be_read_once_only_is_no_register_file(home: Path) -> None:
    """A pipe has nothing left for whoever counts its residents, weighs them and then loads."""
    told = refusal(openjpki("register", "load", "/dev/null", "--home", str(home)))
    assert (told["error"], told["field"]) == ("INVALID_FIELD", "FILE")
    assert "regular file" in told["message"]
