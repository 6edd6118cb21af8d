"""The life of an application is drawn as the code has it."""

from __future__ import annotations

import re

from openjpki.domain.application import ApplicationEvent, ApplicationState
from scripts import draw_states


def test_the_drawing_is_the_codes_table() -> None:
    text = draw_states.DOCUMENT.read_text("utf-8")
    assert text == draw_states.current(), "run python -m scripts.draw_states"
    rows = re.findall(r"^\| (\w+) \| (\w+) \| (\w+) \|$", draw_states.drawn(), re.MULTILINE)
    states = {one.value for one in ApplicationState}
    assert {one for row in rows for one in (row[0], row[2])} == states
    assert {event for _, event, _ in rows} == {one.value for one in ApplicationEvent}


def test_every_event_is_explained() -> None:
    text = draw_states.DOCUMENT.read_text("utf-8").split("<!-- end -->")[1]
    assert [one.value for one in ApplicationEvent if one.value not in text] == []
