"""The inspection of the lanes' machine code finds what it is there to find."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from types import ModuleType

SCRIPT = Path(__file__).resolve().parents[3] / "scripts" / "inspect_kernel.py"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("inspect_kernel", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def code(script: ModuleType, *lines: str) -> list[Any]:
    return [script.Instruction(number, text) for number, text in enumerate(lines)]


MULTIPLY = "vpmadd52luq 0x40(%rdi),%zmm1,%zmm0"


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("jne 0", "jumps or calls"),
        ("call 20", "jumps or calls"),
        ("vmovdqa64 (%rdi,%rax,8),%zmm0", "computes an address"),
        ("vmovq %xmm0,%rax", "vector to register"),
        ("vpextrq $0x1,%xmm0,%rax", "vector to register"),
        ("kmovb %k1,%eax", "vector to register"),
        ("vpmovmskb %ymm0,%eax", "vector to register"),
        ("vptest %ymm0,%ymm0", "compares vectors"),
        ("vpcmpeqq %zmm0,%zmm1,%k1", "compares vectors"),
        ("vpgatherqq (%rax,%zmm1,8),%zmm0{%k1}", "gathers or scatters"),
        ("div %rcx", "divides"),
    ],
)
def test_arithmetic_that_leaves_the_straight_line_is_found(
    script: ModuleType, line: str, kind: str
) -> None:
    kinds = [
        found.kind for found in script.inspect("twenty::multiply", code(script, MULTIPLY, line))
    ]
    assert kind in kinds


def test_straight_arithmetic_is_let_through(script: ModuleType) -> None:
    lines = (MULTIPLY, "vmovq %rax,%xmm1", "nopw 0x0(%rax,%rax,1)", "mov %rdi,%rax", "ret")
    assert script.inspect("twenty::multiply", code(script, *lines)) == []


DIGIT = "movzbl (%rax,%rcx,1),%edx"


@pytest.mark.parametrize(
    "lines",
    [
        (DIGIT, "test %dl,%dl", "je 3", "ret"),
        (DIGIT, "mov %edx,%r8d", "shl $0x3,%r8", "cmp %r9,%r8", "jae 0", "ret"),
        (DIGIT, "mov %rdx,0x18(%rsp)", "mov 0x18(%rsp),%rsi", "dec %rsi", "jne 0", "ret"),
        # The secret comes around in a loop.
        ("test %edx,%edx", "je 4", DIGIT, "jmp 0", "ret"),
    ],
)
def test_a_secret_that_decides_a_jump_is_found(script: ModuleType, lines: tuple[str, ...]) -> None:
    kinds = [found.kind for found in script.inspect("window::power", code(script, *lines))]
    assert "a secret decides a jump" in kinds


def test_a_secret_that_makes_an_address_is_found(script: ModuleType) -> None:
    lines = (DIGIT, "shl $0x6,%rdx", "lea 0x8(%rdx,%rdi,1),%rsi", "vmovdqa64 (%rsi),%zmm0", "ret")
    kinds = [found.kind for found in script.inspect("window::power", code(script, *lines))]
    assert kinds == ["a secret makes an address"]


def test_secrets_that_only_go_into_vectors_are_let_through(script: ModuleType) -> None:
    lines = (DIGIT, "vmovd %edx,%xmm0", "xor %edx,%edx", "inc %rdx", "cmp %rsi,%rdx", "jb 0", "ret")
    assert script.inspect("window::power", code(script, *lines)) == []


def test_a_function_that_is_not_there_is_not_passed_over(script: ModuleType) -> None:
    with pytest.raises(SystemExit, match="not in the library"):
        script.functions("0000 <signer_core::rsa::multibuffer::ifma::twenty::square>:\n")


def test_a_caller_answers_for_what_is_inlined(script: ModuleType) -> None:
    there = {*script.STRAIGHT, *script.LOOPS} - {"window::power", "window::pick"}
    caller = "private::remainder_power"
    assert sorted(script.inlining(there)[caller]) == [caller, "window::pick", "window::power"]
    leak = code(script, DIGIT, "test %dl,%dl", "je 3", "ret")
    assert script.inspect(caller, leak) == []
    assert script.inspect(caller, leak, ["window::power"]) != []
