"""Forms of the console that the nine steps do not need, and forms that are sent twice."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from openjpki.rpc.identity.roles import PeerRole
from tests.support.console import Answer, Visitor, running_console
from tests.support.installation import CHIYODA, answer
from tests.support.waiting import wait_until
from tests.support.withholding_proxy import WithholdingProxy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.installation import RunningInstallation

NEW = "/applications/new"


@pytest.fixture(scope="module")
def console(installation: RunningInstallation) -> Iterator[Visitor]:
    with running_console(installation.home, CHIYODA, "officer-2") as running:
        visitor = Visitor(running.stdout)
        visitor.enter()
        yield visitor


def stated(row: dict[str, str]) -> dict[str, str]:
    """As somebody types it."""
    return {
        "name": row["name"],
        "romanised_name": row["romanised_name"],
        "birth_date": row["birth_date"],
        "sex": {"1": "male", "2": "female"}[row["sex"]],
        "address": row["address"],
    }


def submitted(console: Visitor, row: dict[str, str]) -> str:
    """The page of the application that is taken."""
    sent = console.send(NEW, {**console.form(NEW), **stated(row)})
    assert sent.status == 303, sent.body.decode()
    return sent.headers["location"]


def done(console: Visitor, application: str, act: str, **fields: str) -> Answer:
    """What the form of an act is answered."""
    action = f"{application}/{act}"
    return console.send(action, {**console.form(application, action), **fields})


def shown(installation: RunningInstallation, application: str) -> Any:
    """As the command line shows it."""
    words = ("window", "show", application.rpartition("/")[2], "--municipality", CHIYODA)
    return answer(installation.cli(*words))


def test_a_form_that_is_sent_twice_is_taken_once(
    console: Visitor, installation: RunningInstallation
) -> None:
    form = {**console.form(NEW), **stated(installation.next_row(CHIYODA))}
    first, second = console.send(NEW, form), console.send(NEW, form)
    assert first.status == second.status == 303
    assert first.headers["location"] == second.headers["location"]
    application = first.headers["location"]
    # Back, something else typed, and sent again: another request, which is refused.
    changed = console.send(NEW, {**form, "romanised_name": "SOMEBODY ELSE"})
    assert changed.status == 422
    assert "APPLICATION_OPEN" in changed.body.decode()
    assert f'href="{application}"' in changed.body.decode()
    assert len(shown(installation, application)["history"]) == 1
    assert done(console, application, "withdraw", reason="1").status == 303


def test_what_is_typed_wrong_is_named_and_kept(
    console: Visitor, installation: RunningInstallation
) -> None:
    typed = stated(installation.next_row(CHIYODA))
    wrong = {
        "birth_date": ("昭和64年1月8日", "生年月日"),
        "address": ("大阪府大阪市１番地", "住所"),
        "romanised_name": ("山田", "ローマ字表記"),
        "sex": ("", "性別"),
    }
    for field, (value, label) in wrong.items():
        refused = console.send(NEW, {**console.form(NEW), **typed, field: value})
        page = refused.body.decode()
        assert refused.status == 422, field
        assert f"<strong>{label}</strong>" in page, field
        assert f'value="{typed["name"]}"' in page


def test_who_has_nothing_to_renew_is_told_so(
    console: Visitor, installation: RunningInstallation
) -> None:
    typed = {**stated(installation.next_row(CHIYODA)), "kind": "2"}
    refused = console.send(NEW, {**console.form(NEW), **typed})
    assert refused.status == 422
    page = refused.body.decode()
    assert "NOTHING_TO_RENEW" in page
    assert re.search(r'value="2" required checked>\s*更新', page)


def test_nothing_that_is_typed_becomes_markup(console: Visitor) -> None:
    typed = {"name": '"><b>x</b>', "birth_date": "<i>", "sex": "male", "address": "&amp;"}
    page = console.send(NEW, {**console.form(NEW), **typed, "romanised_name": "'>"}).body.decode()
    assert "<b>" not in page
    assert "<i>" not in page
    assert "&#34;&gt;&lt;b&gt;x&lt;/b&gt;" in page


def test_an_application_is_taken_over_rejected_and_withdrawn(
    console: Visitor, installation: RunningInstallation
) -> None:
    taken = submitted(console, installation.next_row(CHIYODA))
    assert done(console, taken, "take-over").status == 303
    history = [one["step"] for one in shown(installation, taken)["history"]]
    assert history == ["submitted", "taken-over"]
    for fields, said in (
        ({"reason": ""}, "却下の理由"),
        ({"reason": "5"}, "理由の説明"),
        ({"reason": "3"}, "SAME_OFFICER"),
    ):
        refused = done(console, taken, "reject", **fields)
        assert refused.status == 422
        assert said in refused.body.decode()
    # What was chosen stands where it was chosen, and in no other form.
    page = refused.body.decode()
    selects = dict(re.findall(r'<select id="([^"]*)"(.*?)</select>', page, re.DOTALL))
    assert 'value="3" selected' in selects["reject-reason"]
    assert "selected" not in selects["withdraw-reason"]
    for fields in ({"reason": "9"}, {"reason": "2", "explanation": "1234番"}):
        assert done(console, taken, "withdraw", **fields).status == 422
    assert done(console, taken, "withdraw", reason="2", explanation="町名の誤り").status == 303
    ended = shown(installation, taken)
    assert (ended["state"], ended["reason"]) == ("withdrawn", "statement-wrong")
    page = console.page(taken)
    assert "申請内容の誤り" in page
    assert "町名の誤り" in page
    assert 'enctype="multipart/form-data"' not in page

    other = _by_the_first_officer(installation)
    assert done(console, other, "reject", reason="2").status == 303
    ended = shown(installation, other)
    assert (ended["state"], ended["reason"]) == ("rejected", "false-applicant")


def test_who_may_not_have_it_revoked_is_turned_down(
    console: Visitor, installation: RunningInstallation
) -> None:
    serial = installation.issue().serial.hex()
    revoke, aside = (f"/certificates/{serial}/{act}" for act in ("revoke", "turn-down"))

    def sent(**fields: str) -> Answer:
        asked = {"cause": "user-wish", "asker": "3", "reason": "2", **fields}
        return console.send(aside, {**console.form(revoke, aside), **asked})

    for fields, label in (({"reason": "6"}, "理由の説明"), ({"asker": ""}, "申出をした人")):
        refused = sent(**fields)
        assert refused.status == 422
        assert label in refused.body.decode()
    assert sent().status == 200
    words = ("window", "refused-revocations", "--municipality", CHIYODA, "--serial", serial)
    (kept,) = answer(installation.cli(*words))
    assert (kept["asker"], kept["reason"]) == ("another", "not-the-holder")


def _by_the_first_officer(installation: RunningInstallation) -> str:
    row = installation.next_row(CHIYODA)
    said = stated(row)
    words = [f"--{name.replace('_', '-')}" for name in said]
    typed = [word for pair in zip(words, said.values(), strict=True) for word in pair]
    taken = installation.cli("window", "submit", "--municipality", CHIYODA, *typed)
    return f"/applications/{answer(taken)['application']}"


def test_what_was_not_asked_for_here_is_not_done(
    console: Visitor, installation: RunningInstallation
) -> None:
    """A second process of the same officer's: its forms are no forms of this one."""
    application = submitted(console, installation.next_row(CHIYODA))
    withdraw = f"{application}/withdraw"
    form = {**console.form(application, withdraw), "reason": "1"}
    with running_console(installation.home, CHIYODA, "officer-2", "--idle", "1") as other:
        visitor = Visitor(other.stdout)
        visitor.enter()
        assert visitor.send(withdraw, form).status == 403
        assert visitor.ask("/", cookie=console.cookie).status == 403
    assert shown(installation, application)["state"] == "submitted"
    assert console.send(withdraw, form).status == 303


def test_the_same_form_after_a_lost_answer_is_the_same_request(
    installation: RunningInstallation,
) -> None:
    """The application is taken, but nobody hears of it; what is sent once more finds it."""
    port = installation.installation.ports[PeerRole.REGISTRATION].rpc
    with (
        WithholdingProxy(port) as network,
        running_console(
            installation.home, CHIYODA, "officer-1", "--target", f"127.0.0.1:{network.port}"
        ) as running,
    ):
        visitor = Visitor(running.stdout)
        visitor.enter()
        row = installation.next_row(CHIYODA)
        form = {**visitor.form(NEW), **stated(row)}
        network.withhold_answers()
        with ThreadPoolExecutor(1) as sending:
            first = sending.submit(visitor.send, NEW, form)
            wait_until(lambda: len(_of(installation, row)) == 1)
            network.refuse()
            lost = first.result()
        assert lost.status == 503
        assert "行われたかどうか分かりません" in lost.body.decode()
        looked = visitor.ask("/", cookie=visitor.cookie)
        assert looked.status == 503
        assert "行われたかどうか分かりません" not in looked.body.decode()
        network.relay()
        wait_until(lambda: visitor.ask("/", cookie=visitor.cookie).status == 200)
        again = visitor.send(NEW, form)
        assert again.status == 303
        (only,) = _of(installation, row)
        assert again.headers["location"] == f"/applications/{only['application']}"
        assert done(visitor, again.headers["location"], "withdraw", reason="1").status == 303


def _of(installation: RunningInstallation, row: dict[str, str]) -> Any:
    """The applications of a resident."""
    said = {name: value for name, value in stated(row).items() if name != "romanised_name"}
    words = [
        word for name, value in said.items() for word in (f"--{name.replace('_', '-')}", value)
    ]
    return answer(installation.cli("window", "list", "--municipality", CHIYODA, *words))
