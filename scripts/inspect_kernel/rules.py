"""The rules, and which of them a function broke."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scripts.inspect_kernel.findings import Finding
from scripts.inspect_kernel.flow import JUMP, SETS_FLAGS, flow
from scripts.inspect_kernel.kernel import LOOPS, STRAIGHT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from scripts.inspect_kernel.disassembly import Instruction

# A general register as the whole destination of a move out of a vector or mask register.
TO_REGISTER = re.compile(r"^(v?p?(mov|extr|movmsk)\w*|kmov\w) .*%([xyz]mm|k)\w+,%(?![xyz]mm|k)\w+$")
COMPARES = re.compile(r"^(v?p(cmp|test)\w*|v?u?comi\w*|kortest\w|ktest\w) .*%([xyz]mm|k)")
SPREAD = re.compile(r"^v?p?(gather|scatter)")


def common(name: str, code: Sequence[Instruction]) -> Iterator[Finding]:
    """What no function of the kernel may do."""
    for instruction in code:
        for kind, pattern in (
            ("vector to register", TO_REGISTER),
            ("compares vectors", COMPARES),
            ("gathers or scatters", SPREAD),
            ("divides", re.compile(r"^i?div")),
        ):
            if pattern.match(instruction.text):
                yield Finding(name, kind, instruction)


def straight(name: str, code: Sequence[Instruction]) -> Iterator[Finding]:
    """Arithmetic neither jumps nor calls, and computes no address: pointer plus constant only."""
    for instruction in code:
        if re.match(r"^(j|call|loop|cmov|set)", instruction.text):
            yield Finding(name, "jumps or calls", instruction)
        if "%k" in instruction.text:
            yield Finding(name, "uses a mask", instruction)
        padding = instruction.mnemonic.startswith(("nop", "cs", "data16"))
        if not padding and re.search(r"\([^)]*,", instruction.text):
            yield Finding(name, "computes an address", instruction)
    if not any("vpmadd52" in instruction.text for instruction in code):
        yield Finding(name, "multiplies nothing", code[0])


def deciders(code: Sequence[Instruction]) -> Iterator[tuple[Instruction, Instruction | None]]:
    """Each conditional jump with the instruction before it that sets the flags."""
    last: Instruction | None = None
    for instruction in code:
        if JUMP.match(instruction.text):
            yield instruction, last
        elif SETS_FLAGS.match(instruction.text + " "):
            last = instruction


def inspect(name: str, code: Sequence[Instruction], inlined: Sequence[str] = ()) -> list[Finding]:
    """Every finding in one function and what is inlined there."""
    names = (name, *inlined)
    found = list(common(name, code))
    if name in STRAIGHT:
        found += straight(name, code)
    else:
        source = "|".join(pattern for other in names if (pattern := LOOPS[other])) or None
        found += flow(name, source, code)
        if source:
            seen = any(re.match(source, instruction.text) for instruction in code)
            found += [] if seen else [Finding(name, "no secret is loaded where expected", code[0])]
        for jump, decider in deciders(code):
            if decider is None or re.search(r"%([xyz]mm|k\d)", decider.text):
                found.append(Finding(name, "nobody knows what decides", jump))
    return found
