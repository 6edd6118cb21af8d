"""Who comes in: one link, once; one session, for as long as somebody works."""

from __future__ import annotations

from itertools import count

import pytest

from openjpki.console.entrance import Entrance, Patience
from openjpki.errors import Language


class Hall:
    """An entrance whose clock a test sets, and what it announced."""

    def __init__(self) -> None:
        self.now = 0.0
        self.links: list[str] = []
        numbers = count(1)
        self.entrance = Entrance(
            secret=lambda: f"secret-{next(numbers)}",
            clock=lambda: self.now,
            patience=Patience(idle=60, longest=300),
            language=Language.JA,
            announce=self.links.append,
        )


def test_a_link_lets_one_in_once() -> None:
    hall = Hall()
    hall.entrance.invite()
    hall.entrance.invite()
    (link,) = hall.links
    assert hall.entrance.enter("secret-2") is None
    session = hall.entrance.enter(link)
    assert session is not None
    assert hall.entrance.enter(link) is None
    assert hall.entrance.session(session.cookie) is session
    assert hall.entrance.session(link) is None
    assert hall.entrance.session("") is None


def test_who_enters_again_ends_the_session_before() -> None:
    hall = Hall()
    cookies = []
    for _ in range(2):
        hall.entrance.invite()
        session = hall.entrance.enter(hall.links[-1])
        assert session is not None
        cookies.append(session.cookie)
    assert hall.entrance.session(cookies[0]) is None
    assert hall.entrance.session(cookies[1]) is not None


@pytest.mark.parametrize(
    ("looks", "alive"),
    [([60], True), ([61], False), ([50, 100, 150, 200, 250, 300], True), ([50, 111], False),
     ([60, 120, 180, 240, 300, 301], False)],
)  # fmt: skip
def test_a_session_ends_when_nobody_works_and_with_the_day(looks: list[float], alive: bool) -> None:
    hall = Hall()
    hall.entrance.invite()
    session = hall.entrance.enter(hall.links[0])
    assert session is not None
    found = None
    for hall.now in looks:
        found = hall.entrance.session(session.cookie)
    assert (found is session) is alive
    hall.now = 0
    # And is not there again for who turns the clock back.
    assert (hall.entrance.session(session.cookie) is session) is alive


def test_who_leaves_has_left() -> None:
    hall = Hall()
    hall.entrance.invite()
    session = hall.entrance.enter(hall.links[0])
    assert session is not None
    hall.entrance.leave()
    assert hall.entrance.session(session.cookie) is None
    hall.entrance.invite()
    assert len(hall.links) == 2


def test_a_form_is_told_by_its_path_and_its_session() -> None:
    hall = Hall()
    tokens = []
    for _ in range(2):
        hall.entrance.invite()
        session = hall.entrance.enter(hall.links[-1])
        assert session is not None
        assert session.form_token("/a") == session.form_token("/a")
        tokens += [session.form_token("/a"), session.form_token("/b")]
    assert len(set(tokens)) == 4
