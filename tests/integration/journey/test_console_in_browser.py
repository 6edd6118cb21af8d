"""The nine steps in a browser, by two officers at two consoles, every page of the way judged."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from playwright.sync_api import expect
from pypdf import PdfReader

from openjpki.domain.characters import REPERTOIRE, candidates, split
from openjpki_devkit.demo.browser import chromium
from openjpki_devkit.embedded.softhsm import SoftHsm, find_module
from tests.support.browser import Looked
from tests.support.console import running_console
from tests.support.installation import SHINJUKU, answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from tests.support.console import RunningConsole
    from tests.support.installation import RunningInstallation

PICTURES = Path(__file__).parents[3] / "build" / "console"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


def _enter(browser: Browser, console: RunningConsole) -> Looked:
    """A window of its own, which shares nothing with another."""
    page = browser.new_context(locale="ja-JP", viewport={"width": 1200, "height": 800}).new_page()
    page.set_default_timeout(15_000)
    page.goto(console.next_link())
    return Looked(page, PICTURES)


@pytest.mark.requirement("R1.2.1", "R2.1.2", "R2.2.2", "R2.5.4")
def test_the_nine_steps(
    installation: RunningInstallation,
    browser: Browser,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    row, character = _rare(installation)
    card = _card(tmp_path, monkeypatch)
    answer(installation.cli("authority", "certificate", "13", "--to", "a.pem", cwd=tmp_path))
    governor = ("--authority", f"13={tmp_path / 'a.pem'}")
    with (
        running_console(installation.home, SHINJUKU, "officer-1", *card[:4], *governor) as first,
        running_console(installation.home, SHINJUKU, "officer-2") as second,
    ):
        taking, deciding = _enter(browser, first), _enter(browser, second)
        page = taking.page
        expect(page).to_have_title(re.compile("申請の一覧"))
        taking.look("01-queue")

        _apply(taking, row, character)
        application = urlsplit(page.url).path
        _check(taking)
        fingerprint = _make_key(taking, Path(card[5]), tmp_path)
        _same_officer(taking, fingerprint)

        other = deciding.page
        # What was applied for since it looked, waits for it now.
        other.get_by_label("状態").select_option("key-presented")
        other.get_by_role("button", name="表示する").press("Enter")
        deciding.look("08-queue")
        name = row["name"].replace(character, candidates(character)[0])
        other.get_by_role("link", name=name).press("Enter")
        expect(other).to_have_url(f"http://{second.host}{application}")
        expect(other.get_by_text(f"住民票では「{character}」")).to_be_visible()
        deciding.look("08-before-deciding")
        other.get_by_label("または、申請者の控え").fill(fingerprint)
        other.get_by_role("button", name="承認して").click()
        _stands(other, "発行済み")
        deciding.look("09-issued")

        _papers(page, first, application, row)
        certificate = _certificate(page, first, application, tmp_path)
        page.goto(f"http://{first.host}{application}")
        _hand_over(taking, Path(card[5]))
        _sign_and_verify(installation, tmp_path, card)

        _revoke(taking, row, f"{certificate.serial_number:x}")
        shown = answer(
            installation.cli(
                "window", "show", application.rpartition("/")[2], "--municipality", SHINJUKU
            )
        )
        assert shown["history"][-1]["step"] in {"revoked", "closed"}
        assert shown["registered_name"] == row["name"]

        page.get_by_role("link", name="集計").click()
        taking.look("14-totals")
        page.get_by_role("button", name="English").click()
        expect(page.get_by_role("heading", name="Totals")).to_be_visible()
        taking.look("15-totals-english")
        page.goto(f"http://{first.host}{application}")
        taking.look("16-application-english")
        page.get_by_role("link", name="New application").click()
        taking.look("17-new-english")
        page.get_by_role("button", name="Log out").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("closed")
        taking.look("18-closed")
        page.go_back()
        expect(page.get_by_role("heading", level=1)).to_contain_text("終了しています")


def _apply(taking: Looked, row: dict[str, str], character: str) -> None:
    """①, by the keyboard alone."""
    page = taking.page
    page.get_by_role("link", name="新しい申請").press("Enter")
    expect(page.get_by_label("氏名")).to_be_focused()
    taking.look("02-new")
    keys = page.keyboard
    for value in (row["name"], row["romanised_name"], row["birth_date"]):
        keys.insert_text(value)
        keys.press("Tab")
    keys.press("Space" if row["sex"] == "1" else "ArrowRight")
    keys.press("Tab")
    keys.insert_text(row["address"])
    keys.press("Enter")
    expect(page.get_by_role("heading", name="代替文字を選んでください")).to_be_visible()
    taking.look("03-substitutes")
    page.get_by_role("radio", name=candidates(character)[0], exact=True).check()
    page.get_by_role("button", name="申請を受け付ける").click()
    _stands(page, "申請済み")
    taking.look("04-submitted")


def _card(folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """Options for a reader with an applicant's new card."""
    device = SoftHsm.create(folder / "reader")
    for name, value in device.environment.items():
        monkeypatch.setenv(name, value)
    pin = device.add_token("card")
    return ("--card", "card", "--card-module", str(find_module()), "--pin-file", str(pin))


def _check(taking: Looked) -> None:
    """②; a document without a photograph, and nothing asked, is not enough."""
    page = taking.page
    page.get_by_label("本人確認書類の種類").select_option("health-insurance-card")
    page.get_by_role("button", name="本人と確認した").click()
    expect(page.get_by_role("alert")).to_contain_text("質問")
    taking.look("05-check-refused")
    page.get_by_label("本人確認書類の種類").select_option("drivers-licence")
    page.get_by_role("button", name="本人と確認した").click()
    _stands(page, "本人確認済み")


def _make_key(taking: Looked, pin: Path, folder: Path) -> str:
    """③ and ④, on the card; what is no request is refused. The fingerprint back, as on the
    applicant's paper."""
    page = taking.page
    (folder / "letter.p10").write_bytes(b"0\x00")
    page.get_by_label("証明書発行要求").set_input_files(folder / "letter.p10")
    page.get_by_role("button", name="公開鍵を受け取る", exact=False).last.click()
    expect(page.get_by_role("alert")).to_be_visible()
    taking.look("06-key-refused")
    page.get_by_label("カードの暗証番号").fill("wrong")
    page.get_by_role("button", name="鍵ペアを生成し").click()
    expect(page.get_by_role("alert")).to_contain_text("KEY_CREDENTIAL_REFUSED")
    page.get_by_label("カードの暗証番号").fill(pin.read_text().strip())
    page.get_by_role("button", name="鍵ペアを生成し").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("公開鍵を受け取りました")
    taking.look("06-key-made")
    shown = page.get_by_role("cell").inner_text()
    page.get_by_role("link", name="申請に戻る").press("Enter")
    _stands(page, "公開鍵提示済み")
    return shown


def _same_officer(taking: Looked, fingerprint: str) -> None:
    """Who did all this does not decide on it."""
    page = taking.page
    page.get_by_label("または、申請者の控え").fill(fingerprint)
    page.get_by_role("button", name="承認して").click()
    expect(page.get_by_role("alert")).to_contain_text("SAME_OFFICER")
    taking.look("07-same-officer")


def _papers(page: Page, console: RunningConsole, application: str, row: dict[str, str]) -> None:
    """What goes along on paper."""
    cookie = _cookie(page)
    for path, said in ((f"{application}/copy.pdf", row["address"][:6]), ("/guide.pdf", "利用")):
        made = console.ask(path, cookie=cookie)
        assert made.headers["content-type"] == "application/pdf"
        file = PICTURES / path.rpartition("/")[2]
        file.write_bytes(made.body)
        assert said in PdfReader(file).pages[0].extract_text()


def _certificate(
    page: Page, console: RunningConsole, application: str, folder: Path
) -> x509.Certificate:
    """⑥."""
    made = console.ask(f"{application}/certificate.pem", cookie=_cookie(page))
    (folder / "user.pem").write_bytes(made.body)
    return x509.load_pem_x509_certificate(made.body)


def _cookie(page: Page) -> str:
    (one,) = page.context.cookies()
    assert (one["httpOnly"], one["sameSite"]) == (True, "Strict")
    return f"{one['name']}={one['value']}"


def _hand_over(taking: Looked, pin: Path) -> None:
    """⑦."""
    page = taking.page
    page.get_by_label("カードの暗証番号").fill(pin.read_text().strip())
    page.get_by_role("button", name="カードに書き込む").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("カードに書き込みました")
    taking.look("10-card-written")
    page.get_by_role("link", name="申請に戻る").press("Enter")
    page.get_by_label("交付の相手方").select_option(label="申請者本人")
    page.get_by_label("格納媒体").select_option(label="カード")
    page.get_by_label("写しを渡した").check()
    taking.look("10-handing-over")
    page.get_by_role("button", name="交付を記録する").click()
    _stands(page, "交付済み")
    taking.look("11-handed-over")


def _sign_and_verify(
    installation: RunningInstallation, folder: Path, card: tuple[str, ...]
) -> None:
    """⑧ and ⑨ are the applicant's and an agency's, each on a machine of their own."""
    (folder / "letter.txt").write_text("住民票の写しの交付申請書\n", "utf-8")

    def run(*words: str) -> object:
        return answer(installation.cli(*words, cwd=folder))

    run("sign", "letter.txt", "--certificate", "user.pem", *card)
    run("verify", "letter.txt", "letter.txt.p7s", "--authority", "13=a.pem")


def _revoke(taking: Looked, row: dict[str, str], serial: str) -> None:
    """The card is lost, and its number with it."""
    page = taking.page
    page.get_by_role("link", name="証明書の検索・失効").click()
    page.get_by_label("氏名").fill(row["name"])
    page.get_by_label("生年月日").fill(row["birth_date"])
    page.get_by_role("radio", name={"1": "男", "2": "女"}[row["sex"]]).check()
    page.get_by_label("住所").fill(row["address"])
    page.get_by_role("button", name="探す").click()
    taking.look("12-certificates")
    page.get_by_role("row", name=re.compile(serial)).get_by_role("link", name="失効させる").click()
    # In the first of two forms; the other one is folded.
    page.get_by_label("失効の事由").first.select_option("key-compromise")
    page.get_by_label("本人確認書類の種類").select_option("passport")
    taking.look("13-revoke")
    page.get_by_role("button", name="失効させる").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("失効しました")
    taking.look("13-revoked")


def _stands(page: Page, state: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_contain_text(state)


def _rare(installation: RunningInstallation) -> tuple[dict[str, str], str]:
    """Somebody with one character in the name that no certificate can hold, and it."""
    for row in installation.rows(SHINJUKU):
        outside = [one for one in split(row["name"]) if one not in REPERTOIRE]
        if len(outside) == 1 and candidates(outside[0]):
            return row, outside[0]
    raise AssertionError("the register has nobody with one")
