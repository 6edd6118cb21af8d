"""Follows secrets through general registers and the stack, along every path."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scripts.inspect_kernel.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from scripts.inspect_kernel.disassembly import Instruction

FAMILIES = {
    **{f"r{x}": (f"r{x}", f"e{x}", x, f"{x[0]}l", f"{x[0]}h") for x in ("ax", "bx", "cx", "dx")},
    **{f"r{x}": (f"r{x}", f"e{x}", x, f"{x}l") for x in ("si", "di", "bp", "sp")},
    **{f"r{n}": (f"r{n}", f"r{n}d", f"r{n}w", f"r{n}b") for n in range(8, 16)},
}
FAMILY = {name: family for family, names in FAMILIES.items() for name in names}
CLOBBERED = frozenset({"rax", "rcx", "rdx", "rsi", "rdi", *(f"r{n}" for n in range(8, 12))})
FLAGS = "flags"

JUMP = re.compile(r"^j(?!mp)\w+ ")
SETS_FLAGS = re.compile(
    r"^(adc|add|and|bt\w?|cmp|dec|imul|inc|mul|neg|or|sar|sbb|sh[lr]d?|sub|test|xor)[bwlq]? "
)


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
