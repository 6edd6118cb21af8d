"""Read the machine code of the signing core's lanes for branches and addresses that tell secrets.

``make inspect-kernel`` builds the release library and runs this over what objdump makes of it.
Exit code 1 names every finding; ``--list`` shows each conditional jump and what decides it. The
rules, and what they can't show, are in docs/signing-core.md.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

PREFIX = "signer_core::rsa::multibuffer::ifma::"

# The arithmetic: one straight line each.
STRAIGHT = (
    "tiles::add_product",
    "tiles::add_square",
    "tiles::clear",
    "twenty::multiply",
    "twenty::square",
)
# Loops over public lengths around it, with the loads that bring secrets into general registers.
# None: secrets of that function stay in vector registers and in memory.
LOOPS: dict[str, str | None] = {
    "limbs::friendly": r"^mulq? .*\(",
    "limbs::from_octets": r"^movzb\w \S*\(",
    "modulus::Modulus::multiply": None,
    "modulus::Modulus::square": None,
    "private::remainder_power": None,
    "private::sign": None,
    "tiles::reduce": None,
    "window::pick": None,
    "window::power": r"^movzb\w \S*\(",
}
# The compiler may inline these into their callers, which then answer for them.
CALLERS = {
    "tiles::reduce": "modulus::Modulus::multiply",
    "window::pick": "window::power",
    "window::power": "private::remainder_power",
}
# What is allowed beyond the rules: function, kind, how often, why.
EXCEPTIONS = {
    ("window::pick", "divides"): (6, "the length of the table by that of a number, both public"),
}

FAMILIES = {
    **{f"r{x}": (f"r{x}", f"e{x}", x, f"{x[0]}l", f"{x[0]}h") for x in ("ax", "bx", "cx", "dx")},
    **{f"r{x}": (f"r{x}", f"e{x}", x, f"{x}l") for x in ("si", "di", "bp", "sp")},
    **{f"r{n}": (f"r{n}", f"r{n}d", f"r{n}w", f"r{n}b") for n in range(8, 16)},
}
FAMILY = {name: family for family, names in FAMILIES.items() for name in names}
CLOBBERED = frozenset({"rax", "rcx", "rdx", "rsi", "rdi", *(f"r{n}" for n in range(8, 12))})
FLAGS = "flags"

# A general register as the whole destination of a move out of a vector or mask register.
TO_REGISTER = re.compile(r"^(v?p?(mov|extr|movmsk)\w*|kmov\w) .*%([xyz]mm|k)\w+,%(?![xyz]mm|k)\w+$")
COMPARES = re.compile(r"^(v?p(cmp|test)\w*|v?u?comi\w*|kortest\w|ktest\w) .*%([xyz]mm|k)")
SPREAD = re.compile(r"^v?p?(gather|scatter)")
JUMP = re.compile(r"^j(?!mp)\w+ ")
SETS_FLAGS = re.compile(
    r"^(adc|add|and|bt\w?|cmp|dec|imul|inc|mul|neg|or|sar|sbb|sh[lr]d?|sub|test|xor)[bwlq]? "
)


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


@dataclass(frozen=True)
class Finding:
    function: str
    kind: str
    instruction: Instruction

    def __str__(self) -> str:
        return (
            f"{self.function}: {self.kind}: {self.instruction.address:x}: {self.instruction.text}"
        )


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


def registers(operand: str) -> set[str]:
    return {FAMILY[name] for name in re.findall(r"%(\w+)", operand) if name in FAMILY}


def places(operand: str) -> set[str]:
    """What an operand names: a register, or a slot of the stack."""
    if "(" not in operand:
        return registers(operand)
    return {operand} if operand.endswith("(%rsp)") else set()


def step(
    name: str, source: str | None, instruction: Instruction, before: frozenset[str]
) -> tuple[frozenset[str], list[Finding]]:
    """Which registers and stack slots hold secrets after an instruction; what it tells."""
    found: list[Finding] = []
    secret = set(before)
    operands, text = instruction.operands, instruction.text
    if instruction.mnemonic.startswith(("nop", "cs", "data16")):
        return before, []
    if JUMP.match(text):
        if FLAGS in secret:
            found.append(Finding(name, "a secret decides a jump", instruction))
        return before, found
    if instruction.mnemonic.startswith("call"):
        return frozenset(secret - CLOBBERED - {FLAGS}), []
    if not instruction.mnemonic.startswith("lea"):
        addresses = {
            register for operand in operands if "(" in operand for register in registers(operand)
        }
        if addresses & secret:
            found.append(Finding(name, "a secret makes an address", instruction))
    if not operands:
        return before, found
    destination = operands[-1]
    used = {place for operand in operands for place in places(operand)}
    if instruction.mnemonic.startswith("lea"):
        used = registers(operands[0])
    loads = source is not None and re.match(source, text) is not None
    moves = re.match(r"^(mov|lea|bswap|set|pop)", text) is not None
    if moves and len(operands) > 1:
        used = registers(operands[0]) if "lea" in instruction.mnemonic else places(operands[0])
    cleared = re.match(r"^(xor|sub)", text) and len(set(operands)) == 1 and len(operands) > 1
    tainted = loads or (bool(used & secret) and not cleared)
    written = places(destination)
    if re.match(r"^i?mulq?$", instruction.mnemonic) and len(operands) == 1:
        written = {"rax", "rdx"}
        tainted = loads or bool((used | {"rax"}) & secret)
    elif re.match(r"^(cmp|test|push)", text):
        written = set()
    elif text.startswith(("set", "cmov", "adc", "sbb")):
        tainted = tainted or FLAGS in secret
    secret = secret | written if tainted else secret - written
    if SETS_FLAGS.match(text):
        secret = secret | {FLAGS} if tainted else secret - {FLAGS}
    return frozenset(secret), found


def flow(name: str, source: str | None, code: Sequence[Instruction]) -> Iterator[Finding]:
    """Follows secrets along every path until nothing changes."""
    at = {instruction.address: number for number, instruction in enumerate(code)}
    states: dict[int, frozenset[str]] = {0: frozenset()}
    waiting = [0]
    found: dict[Finding, None] = {}
    while waiting:
        number = waiting.pop()
        instruction = code[number]
        after, told = step(name, source, instruction, states[number])
        found.update(dict.fromkeys(told))
        following = [] if re.match(r"^(jmp|ret|ud2)", instruction.text) else [number + 1]
        if instruction.target in at:
            following.append(at[instruction.target])
        for other in following:
            if other >= len(code):
                continue
            joined = states.get(other, frozenset()) | after
            if other not in states or joined != states[other]:
                states[other] = joined
                waiting.append(other)
    yield from found


def deciders(code: Sequence[Instruction]) -> Iterator[tuple[Instruction, Instruction | None]]:
    """Each conditional jump with the instruction before it that sets the flags."""
    last: Instruction | None = None
    for instruction in code:
        if JUMP.match(instruction.text):
            yield instruction, last
        elif SETS_FLAGS.match(instruction.text + " "):
            last = instruction


def inspect(name: str, code: Sequence[Instruction], inlined: Sequence[str] = ()) -> list[Finding]:
    """Every finding in one function and what is inlined there, exceptions taken out."""
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
    counts = Counter(finding.kind for finding in found)
    excused = {
        kind
        for kind, count in counts.items()
        if count <= sum(EXCEPTIONS.get((other, kind), (0, ""))[0] for other in names)
    }
    return [finding for finding in found if finding.kind not in excused]


def main(arguments: Sequence[str] | None = None) -> int:
    """0 without findings, 1 with."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("library", type=Path)
    parser.add_argument("--list", action="store_true", help="every conditional jump")
    chosen = parser.parse_args(arguments)
    command = ["objdump", "--disassemble", "--demangle", "--no-show-raw-insn", str(chosen.library)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    findings: list[Finding] = []
    there = functions(done.stdout)
    answers = inlining(there)
    for name, code in sorted(there.items()):
        jumps = list(deciders(code))
        multiplies = sum("vpmadd52" in instruction.text for instruction in code)
        found = inspect(name, code, answers[name][1:])
        findings += found
        sys.stdout.write(
            f"{name:28} {len(code):5} instructions {multiplies:5} vpmadd52 "
            f"{len(jumps):4} conditional jumps {len(found):3} findings\n"
        )
        if len(answers[name]) > 1:
            sys.stdout.write(f"    with {', '.join(answers[name][1:])} inlined\n")
        if chosen.list:
            for jump, decider in jumps:
                why = decider.text if decider else "?"
                sys.stdout.write(f"    {jump.address:x}: {jump.text:16} after {why}\n")
    for (name, kind), (count, why) in EXCEPTIONS.items():
        sys.stdout.write(f"excepted: {name} {kind}, {count} times: {why}\n")
    for finding in findings:
        sys.stdout.write(f"{finding}\n")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
