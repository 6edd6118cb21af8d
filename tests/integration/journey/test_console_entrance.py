"""Who comes into the console, and what a browser is told about its pages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

import pytest

from openjpki.console.guard import MAX_FORM
from tests.support.console import Visitor, running_console
from tests.support.installation import CHIYODA, refusal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.installation import RunningInstallation

FORM = re.compile(
    r'<form method="post" action="([^"]*)".*?name="token" value="([0-9a-f]*)"', re.DOTALL
)


@pytest.fixture(scope="module")
def console(installation: RunningInstallation) -> Iterator[Visitor]:
    with running_console(installation.home, CHIYODA, "officer-1") as running:
        yield Visitor(running.stdout)


@pytest.fixture(autouse=True)
def _inside(console: Visitor) -> None:
    if not console.cookie:
        console.enter()


def test_a_link_works_once_and_only_for_who_opens_it(console: Visitor) -> None:
    assert console.ask("/", cookie=console.cookie).status == 200
    used = console.ask("/enter/AAAA")
    assert "set-cookie" not in used.headers
    nobody = console.ask("/")
    assert nobody.status == 403
    assert "新しいリンク" in nobody.body.decode()
    assert "officer-1" not in nobody.body.decode()
    link = urlsplit(console.next_link()).path
    # Whoever only looks at a link does not use it up.
    assert console.ask(link, method="HEAD").status in {303, 405}
    console.cookie, before = "", console.cookie
    entered = console.ask(link)
    set_cookie = entered.headers["set-cookie"].split("; ")
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(set_cookie)
    assert not any(one.startswith("Domain") for one in set_cookie)
    console.cookie = entered.headers["set-cookie"].partition(";")[0]
    assert console.ask("/", cookie=before).status == 403
    assert console.ask("/", cookie=console.cookie).status == 200
    assert "set-cookie" not in console.ask(link).headers


def test_another_name_that_leads_here_is_refused(console: Visitor) -> None:
    port = console.host.rpartition(":")[2]
    for host in ("attacker.example", f"127.0.0.1:{port}", f"localhost:{port}"):
        answer = console.ask("/", cookie=console.cookie, Host=host)
        assert answer.status == 421
        assert "officer" not in answer.body.decode()


def test_every_answer_says_what_a_browser_may_do_with_it(console: Visitor) -> None:
    for path, cookie in (
        ("/", console.cookie), ("/", ""), ("/static/console.css", ""), ("/nothing", console.cookie),
        ("/guide.pdf", console.cookie), ("/applications/new", console.cookie),
    ):  # fmt: skip
        headers = console.ask(path, cookie=cookie).headers
        policy = headers["content-security-policy"].split("; ")
        assert {"default-src 'none'", "style-src 'self'", "frame-ancestors 'none'"} <= set(policy)
        assert not any("unsafe" in one or "script" in one for one in policy)
        assert (headers["cache-control"], headers["x-content-type-options"]) == (
            "no-store",
            "nosniff",
        )
        assert "server" not in headers


def test_a_form_of_another_page_is_not_taken(console: Visitor) -> None:
    page = console.ask("/", cookie=console.cookie).body.decode()
    tokens = dict(FORM.findall(page))

    def send(token: str, path: str = "/language", **headers: str) -> int:
        body = urlencode({"token": token, "back": "/totals"})
        sent = console.ask(path, method="POST", cookie=console.cookie, body=body, **headers)
        return sent.status

    good = tokens["/language"]
    assert send("") == send(tokens["/leave"]) == send("0" * 64) == 403
    assert send(good, Origin="http://attacker.example") == 403
    assert send(good, Origin="null") == send(good, Origin="") == 403
    assert send(good, Sec_Fetch_Site="same-site") == 403
    assert send(good, path="/leave") == 403
    assert console.ask("/", cookie=console.cookie).status == 200
    for _ in range(2):
        assert send(good) == 303
    large = console.ask(
        "/language", method="POST", cookie=console.cookie, body="a" * (MAX_FORM + 1)
    )
    assert large.status == 413


def test_nobody_is_led_elsewhere(console: Visitor) -> None:
    token = dict(FORM.findall(console.ask("/", cookie=console.cookie).body.decode()))["/language"]
    for back in ("//attacker.example", "http://attacker.example/", "/\\attacker.example", ""):
        body = urlencode({"token": token, "back": back})
        sent = console.ask("/language", method="POST", cookie=console.cookie, body=body)
        assert sent.headers["location"] == "/"


def test_what_is_not_there_is_told_so(console: Visitor) -> None:
    nowhere = console.ask("/nothing", cookie=console.cookie)
    assert nowhere.status == 404
    unknown = console.ask(
        "/applications/00000000-0000-4000-8000-000000000000", cookie=console.cookie
    )
    assert unknown.status == 404
    assert "APPLICATION_NOT_FOUND" in unknown.body.decode()
    wrong = console.ask("/?window=x", cookie=console.cookie)
    assert wrong.status == 422
    assert "窓口番号" in wrong.body.decode()


def test_who_leaves_is_out(console: Visitor) -> None:
    token = dict(FORM.findall(console.ask("/", cookie=console.cookie).body.decode()))["/leave"]
    left = console.ask(
        "/leave", method="POST", cookie=console.cookie, body=urlencode({"token": token})
    )
    assert left.status == 200
    assert console.ask("/", cookie=console.cookie).status == 403
    console.cookie = ""


def test_a_console_is_of_who_has_credentials(
    installation: RunningInstallation, tmp_path: Path
) -> None:
    other = refusal(installation.cli("console", "--municipality", CHIYODA, "--officer", "nobody"))
    assert (other["error"], other["field"]) == ("INVALID_FIELD", "--credentials")
    wrong = refusal(installation.cli("console", "--municipality", CHIYODA, "--window", "1"))
    assert (wrong["error"], wrong["field"]) == ("INVALID_FIELD", "--window")
    folder = installation.home / "credentials" / "window-officer" / CHIYODA / "officer-1"
    abroad = refusal(
        installation.cli(
            "console", "--municipality", "27100", "--credentials", str(folder), cwd=tmp_path
        )
    )
    assert (abroad["error"], abroad["field"]) == ("OUT_OF_SCOPE", "--municipality")
