"""What objdump makes of the library, as functions of instructions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scripts.inspect_kernel.kernel import CALLERS, LOOPS, PREFIX, STRAIGHT

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class Instruction:
    address: int
    text: str

    @property
    def mnemonic(self) -> str:
        return self.text.split(" ", 1)[0]

    @property
    def operands(self) -> list[str]:
        """AT&T order: the destination is the last."""
        rest = self.text.partition(" ")[2]
        return re.findall(r"(?:[^,(]|\([^)]*\))+", rest)

    @property
    def target(self) -> int | None:
        found = re.match(r"^j\w+ ([0-9a-f]+) ", self.text + " ")
        return int(found[1], 16) if found else None


def functions(disassembly: str) -> dict[str, list[Instruction]]:
    """The kernel's functions by short name. A name twice is refused: one would hide the other."""
    found: dict[str, list[Instruction]] = {}
    wanted = {*STRAIGHT, *LOOPS}
    current: list[Instruction] | None = None
    for line in disassembly.splitlines():
        if head := re.match(r"^[0-9a-f]+ <(.+)>:$", line):
            name = head[1].removeprefix(PREFIX)
            current = None
            if head[1].startswith(PREFIX) and name in wanted:
                if name in found:
                    raise SystemExit(f"{name} is there twice")
                current = found[name] = []
        elif current is not None and (body := re.match(r"^\s*([0-9a-f]+):\t(.+)$", line)):
            text = re.sub(r"\s*(<[^#]*|#.*)$", "", body[2])
            current.append(Instruction(int(body[1], 16), re.sub(r"\s+", " ", text).strip()))
    if missing := wanted - found.keys() - CALLERS.keys():
        raise SystemExit(f"not in the library, perhaps inlined elsewhere: {sorted(missing)}")
    return found


def inlining(names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """For each function that is there, those it answers for: itself first."""
    answers = {name: [name] for name in names}
    for name in CALLERS:
        caller = name
        while caller not in answers:
            caller = CALLERS[caller]
        if caller != name:
            answers[caller].append(name)
    return {name: tuple(others) for name, others in answers.items()}
