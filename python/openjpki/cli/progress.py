"""How far a command is that works through many rows, on stderr: a bar, or where nobody sits a line
now and then. For programs nothing: what they read there is a refusal."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.progress import Progress

from openjpki.cli import output
from openjpki.errors import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LINE_SECONDS = 30.0
"""Between lines: what is over sooner says nothing."""
RESIDENTS = Text(ja="住民", en="residents")
NOTICES = Text(ja="通知", en="notices")
LISTS = Text(ja="失効情報ファイル", en="revocation lists")
_SO_FAR = Text(ja="処理中：{what} {done}／{total}件", en="{what}: {done} of {total} so far")


@contextmanager
def counting(what: Text, total: int) -> Iterator[Callable[[int], None]]:
    """Gives a function to call with the number of rows done so far."""
    with counting_of_many(what) as told:
        told(0, total)
        yield lambda rows: told(rows, total)


@contextmanager
def counting_of_many(
    what: Text, clock: Callable[[], float] = time.monotonic
) -> Iterator[Callable[[int, int], None]]:
    """Gives a function to call with the number of rows done so far, and of how many, which nobody
    knew before."""
    named = what.in_language(output.language())
    if not output.stderr.is_terminal:
        yield _in_lines(named, clock)
        return
    with Progress(console=output.stderr, transient=True) as bar:
        task = bar.add_task(named, total=None)
        yield lambda rows, total: bar.update(task, completed=rows, total=total)


def _in_lines(what: str, clock: Callable[[], float]) -> Callable[[int, int], None]:
    last = clock()

    def told(rows: int, total: int) -> None:
        nonlocal last
        if clock() - last < LINE_SECONDS or output.is_json():
            return
        last = clock()
        line = _SO_FAR.in_language(output.language())
        output.say(line.format(what=what, done=rows, total=total))

    return told
