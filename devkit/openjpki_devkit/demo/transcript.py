"""What the demo did, step by step: said while it happens, kept in transcript.json."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from openjpki.cli import output
from openjpki.cli.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rich.status import Status


@dataclass(slots=True)
class Step:
    """One step of the journey."""

    number: str
    """``①`` to ``⑨`` as in the report, else ``0`` for preparations or what it is about."""
    title: str
    japanese: str
    seconds: float = 0.0
    facts: dict[str, output.Value] = field(default_factory=dict)


class RunningStep:
    """A step while it runs."""

    def __init__(self, step: Step, status: Status) -> None:
        self._step = step
        self._status = status

    @property
    def facts(self) -> dict[str, output.Value]:
        """What came of it."""
        return self._step.facts

    @facts.setter
    def facts(self, facts: dict[str, output.Value]) -> None:
        self._step.facts = facts

    def says(self, text: str) -> None:
        """Tells the one who waits how far it is."""
        self._status.update(Text(f"{self._step.number} {self._step.title}: {text}"))


class Transcript:
    """Steps in the order in which they happened."""

    def __init__(self) -> None:
        self.steps: list[Step] = []

    @contextmanager
    def step(self, number: str, title: str, japanese: str) -> Iterator[RunningStep]:
        """Runs a step: says that it began, times it, says what came of it."""
        step = Step(number, title, japanese)
        began = time.perf_counter()
        with output.stderr.status(f"{number} {title}") as status:
            yield RunningStep(step, status)
        step.seconds = round(time.perf_counter() - began, 3)
        self.steps.append(step)
        output.stderr.print(f"[bold]{number}[/] {japanese} {title} [dim]{step.seconds:.2f} s[/]")
        for name, value in step.facts.items():
            # As text with its indent: what rich lays out itself it would cut at the margin.
            output.stderr.print(Text(f"    {name}: {visible(str(value))}", "dim"))

    def write(self, path: Path) -> None:
        """Keeps it as JSON."""
        steps = [asdict(step) for step in self.steps]
        path.write_text(json.dumps(steps, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")

    def show(self) -> None:
        """Prints the table at the end."""
        if output.is_json():
            output.emit_rows([asdict(step) for step in self.steps])
            return
        table = Table("", "step", "手順", "seconds", title="OpenJPKI, from window to verifier")
        for step in self.steps:
            table.add_row(step.number, step.title, step.japanese, f"{step.seconds:.2f}")
        output.stdout.print(table)
