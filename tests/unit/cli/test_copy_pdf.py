"""The copy of a certificate on paper says what stands in the certificate (R2.4.2, 2-4(2))."""

from __future__ import annotations

import hashlib
import io
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pypdfium2
import pytest
import zxingcpp
from pypdf import PdfReader

from openjpki.api.registration.v1 import registration_pb2 as pb
from openjpki.api.types.v1 import person_pb2
from openjpki.cli.copy_pdf import TITLE, Copied, copy_pdf
from openjpki.cli.fonts import FONT, names_font
from openjpki.cli.misused import Misused
from openjpki.cli.window_paper import require_meant
from openjpki.domain.municipality import Municipality
from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.profiles.said_by_certificate import said_by
from tests.support.x509_samples import SERIAL, fields, user_certificate

if TYPE_CHECKING:
    from pathlib import Path

ID = "5b7e3d52-8f0c-4f7e-9a35-1d6c6f2b9f11"
MADE = datetime(2026, 4, 1, 0, 3, tzinfo=UTC)
ADDRESS = "東京都千代田区霞が関二丁目１番２号"
REGISTERED = "渡髙　美咲"
"""What the sample's 渡邉 may stand for: 髙 is a character that no certificate holds."""


def copied(der: bytes, name: str = REGISTERED, address: str = ADDRESS) -> Copied:
    return Copied(
        said=said_by(der),
        registered_name=name,
        registered_address=address,
        application_id=ID,
        municipality=Municipality("13101"),
        made_at=MADE,
    )


def made(der: bytes, **spelt: str) -> bytes:
    return copy_pdf(copied(der, **spelt), FONT, FONT)


def text_of(octets: bytes) -> str:
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(octets)).pages]
    assert len(pages) == 1
    return pages[0]


def person(**changes: Any) -> bytes:
    return user_certificate(fields(**changes))


def test_it_says_what_stands_in_the_certificate() -> None:
    der = user_certificate()
    text = text_of(made(der))
    serial = re.sub("(....)", r"\1 ", f"{SERIAL:X}").strip()
    fingerprint = hashlib.sha256(der).hexdigest().upper()
    for said in (
        TITLE,
        "渡邉　美咲",
        "昭和55年2月17日（1980年2月17日）",
        "男女の別 女",
        ADDRESS,
        serial,
        "令和8年1月1日（2026年1月1日）9時00分00秒から",
        "令和10年12月31日（2028年12月31日）23時59分59秒まで",
        "オープン公的個人認証",
        "O=OpenJPKI",
        "1.2.392.200149.99.1.1",
        "http://repository.example.jp/cps",
        "RSA　2048ビット",
        "令和8年4月1日（2026年4月1日）9時03分00秒　東京都千代田区",
        ID,
    ):
        assert said in text, said
    groups = [fingerprint[first : first + 4] for first in range(0, 64, 4)]
    assert re.findall(r"\b[0-9A-F]{4}\b", text.partition("フィンガー")[2])[:16] == groups


def test_its_qr_code_is_the_fingerprint_for_who_scans_it() -> None:
    der = user_certificate()
    (page,) = pypdfium2.PdfDocument(made(der))
    (code,) = zxingcpp.read_barcodes(page.render(scale=3).to_pil())
    assert code.text.lower() == hashlib.sha256(der).hexdigest()


def test_where_substitutes_stand_the_register_s_own_spelling_is_beside_them() -> None:
    text = text_of(made(user_certificate()))
    assert "住民票の氏名 渡髙　美咲" in text
    assert "2文字目の「邉」（住民票では「髙」）" in text
    assert "住民票の住所" not in text
    plain = person(name_substitutions="00000")
    text = text_of(made(plain, name="渡邉　美咲"))
    assert "住民票の" not in text
    assert "代替文字" not in text


def test_kana_stand_for_a_character_and_the_address_has_substitutes_too() -> None:
    der = person(
        name="ワタナベ　美咲",
        name_substitutions="1111000",
        address="東京都千代田区吉町",
        address_substitutions="000000010",
    )
    text = text_of(made(der, name="髙　美咲", address="東京都千代田区髙町"))
    assert "1文字目の「ワタナベ」（住民票では「髙」）" in text
    assert "8文字目の「吉」（住民票では「髙」）" in text
    assert "住民票の住所 東京都千代田区髙町" in text


@pytest.mark.parametrize(
    "registered",
    ["渡辺　美咲", "渡邉　美咲", "山髙　美咲", "渡髙", "渡髙　美咲髙", "髙"],
)
def test_a_spelling_that_the_certificate_is_not_of_is_refused(registered: str) -> None:
    with pytest.raises(OpenJpkiError) as refused:
        made(user_certificate(), name=registered)
    assert refused.value.reason is Reason.INVALID_FIELD
    assert registered not in str(refused.value)


def test_what_a_font_lacks_stands_there_by_its_code() -> None:
    # A selector chooses no glyph, and 㐂's neighbour is not in the font.
    text = text_of(made(user_certificate(), name="渡邊\U000e0100　美咲"))
    assert "邊（U+908A U+E0100）" in text
    text = text_of(made(user_certificate(), name="渡\U0002a6d6　美咲"))
    assert "〓（U+2A6D6）" in text


@pytest.mark.parametrize(
    ("certified", "written"),
    [
        ("319500300", "昭和25年3月（1950年3月）日不詳"),
        ("319500000", "昭和25年（1950年）月日不詳"),
        ("019890000", "1989年月日不詳"),
        ("419890108", "平成元年1月8日（1989年1月8日）"),
    ],
)
def test_a_birth_is_written_by_both_calendars(certified: str, written: str) -> None:
    assert written in text_of(made(person(birth_date=certified)))


def test_the_longest_name_and_address_are_on_it() -> None:
    long = "東京都" + "霞" * 197
    der = person(
        name="渡" * 200, name_substitutions="0" * 200, address=long, address_substitutions="0" * 200
    )
    octets = copy_pdf(copied(der, "渡" * 200, long), FONT, FONT)
    pages = PdfReader(io.BytesIO(octets)).pages
    text = "".join(page.extract_text() for page in pages)
    assert (text.count("渡"), text.count("霞")) == (200, 197)
    codes = [
        code.text
        for page in pypdfium2.PdfDocument(octets)
        for code in zxingcpp.read_barcodes(page.render(scale=3).to_pil())
    ]
    assert codes == [hashlib.sha256(der).hexdigest().upper()]


@pytest.mark.parametrize(
    ("differing", "rule"),
    [
        ({"birth_date": "319800230"}, "date of birth"),
        ({"birth_date": "419800217"}, "date of birth"),
    ],
)
def test_what_is_no_user_certificate_is_refused(differing: dict[str, str], rule: str) -> None:
    with pytest.raises(OpenJpkiError) as refused:
        said_by(person(**differing))
    assert refused.value.reason is Reason.CERTIFICATE_REFUSED
    assert rule in refused.value.message


def application(der: bytes, **differing: Any) -> pb.Application:
    said = said_by(der)
    shown: dict[str, Any] = {
        "application_id": ID,
        "serial": SERIAL.to_bytes(17, "big"),
        "certificate": der,
        "attributes": person_pb2.FourAttributes(
            name=said.name.text, birth_date="1980-02-17", sex=person_pb2.SEX_FEMALE, address=ADDRESS
        ),
        "substitutions": person_pb2.Substitutions(name="01000", address="0" * 17),
    }
    return pb.Application(**{**shown, **differing})


def test_the_certificate_is_the_application_s_or_nothing_is_printed() -> None:
    der = user_certificate()
    require_meant(application(der), said_by(der), ID.upper())
    for asked, differing in (
        ("0" + ID[1:], {}),
        (ID, {"serial": b"\x01"}),
        (ID, {"substitutions": person_pb2.Substitutions(name="00000", address="0" * 17)}),
        (
            ID,
            {
                "attributes": person_pb2.FourAttributes(
                    name="渡邉　美香",
                    birth_date="1980-02-17",
                    sex=person_pb2.SEX_FEMALE,
                    address=ADDRESS,
                )
            },
        ),
    ):
        with pytest.raises(OpenJpkiError, match="trusted"):
            require_meant(application(der, **differing), said_by(der), asked)


def test_the_same_copy_is_the_same_octets_and_its_font_is_in_it() -> None:
    der = user_certificate()
    octets = made(der)
    assert octets == made(der)
    embedded, others = PdfReader(io.BytesIO(octets)).pages[0]._get_fonts()
    assert embedded
    assert others == set()


def test_no_font_no_copy(tmp_path: Path) -> None:
    (tmp_path / "font.ttf").write_bytes(b"no font")
    with pytest.raises(Misused, match=r"font\.ttf"):
        copy_pdf(copied(user_certificate()), FONT, tmp_path / "font.ttf")
    assert names_font(tmp_path / "font.ttf", FONT) == tmp_path / "font.ttf"
