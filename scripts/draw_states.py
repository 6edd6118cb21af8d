"""Draw the life of an application in docs/applications.md from the table that the code goes by.

Run ``python -m scripts.draw_states`` after a change of ``openjpki/domain/application.py``; with
``--check`` nothing is written and a difference makes the exit code 1.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from openjpki.domain.application import TRANSITIONS, ApplicationState

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "applications.md"
_DRAWN = re.compile(r"(?<=<!-- drawn -->\n).*?(?=<!-- end -->)", re.DOTALL)
_FIRST = ApplicationState.SUBMITTED


def drawn() -> str:
    """A diagram for people, and below it every transition by itself."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for (state, event), following in TRANSITIONS.items():
        arrows.setdefault((state.value, following.value), []).append(event.value)
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {_FIRST.value}"]
    lines += [f"    {a} --> {b}: {', '.join(events)}" for (a, b), events in arrows.items()]
    lines += [f"    {state.value} --> [*]" for state in ApplicationState if state.is_final]
    lines += ["```", "", "| state | event | state after it |", "| --- | --- | --- |"]
    lines += [
        f"| {state.value} | {event.value} | {following.value} |"
        for (state, event), following in TRANSITIONS.items()
    ]
    return "\n".join(lines) + "\n"


def current() -> str:
    """The document as it should be. Raises ``ValueError`` where it has no place for it."""
    text, places = _DRAWN.subn(lambda _: drawn(), DOCUMENT.read_text("utf-8"))
    if places != 1:
        raise ValueError(f"{DOCUMENT.name} has {places} places for what is drawn, not one")
    return text


def main() -> int:
    """Write or check; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, tell a difference")
    check = parser.parse_args().check
    text = current()
    if text == DOCUMENT.read_text("utf-8"):
        return 0
    if check:
        sys.stderr.write("docs/applications.md: run python -m scripts.draw_states\n")
        return 1
    DOCUMENT.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
