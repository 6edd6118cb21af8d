"""The inspection of the lanes' machine code finds what it is there to find."""

from __future__ import annotations

import pytest

from scripts.inspect_kernel.disassembly import Instruction, functions, inlining
from scripts.inspect_kernel.kernel import LOOPS, STRAIGHT
from scripts.inspect_kernel.rules import inspect


def code(*lines: str) -> list[Instruction]:
    return [Instruction(number, text) for number, text in enumerate(lines)]


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
def test_arithmetic_that_leaves_the_straight_line_is_found(line: str, kind: str) -> None:
    kinds = [found.kind for found in inspect("twenty::square", code(MULTIPLY, line))]
    assert kind in kinds


def test_straight_arithmetic_is_let_through() -> None:
    lines = (MULTIPLY, "vmovq %rax,%xmm1", "nopw 0x0(%rax,%rax,1)", "mov %rdi,%rax", "ret")
    assert inspect("twenty::square", code(*lines)) == []


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
def test_a_secret_that_decides_a_jump_is_found(lines: tuple[str, ...]) -> None:
    kinds = [found.kind for found in inspect("window::digits", code(*lines))]
    assert "a secret decides a jump" in kinds


def test_a_secret_that_makes_an_address_is_found() -> None:
    lines = (DIGIT, "shl $0x6,%rdx", "lea 0x8(%rdx,%rdi,1),%rsi", "vmovdqa64 (%rsi),%zmm0", "ret")
    kinds = [found.kind for found in inspect("window::digits", code(*lines))]
    assert kinds == ["a secret makes an address"]


def test_secrets_that_only_go_into_vectors_are_let_through() -> None:
    lines = (DIGIT, "vmovd %edx,%xmm0", "xor %edx,%edx", "inc %rdx", "cmp %rsi,%rdx", "jb 0", "ret")
    assert inspect("window::digits", code(*lines)) == []


def test_a_function_that_is_not_there_is_not_passed_over() -> None:
    with pytest.raises(SystemExit, match="not in the library"):
        functions("0000 <rsa_lanes::ifma::twenty::square>:\n")


def test_a_caller_answers_for_what_is_inlined() -> None:
    inlined = {"table::Read::pick", "modulus::Modulus::square_and_read", "window::digits"}
    caller = "window::power"
    answers = inlining({*STRAIGHT, *LOOPS} - inlined)
    assert sorted(answers[caller]) == sorted({caller, *inlined})
    leak = code(DIGIT, "test %dl,%dl", "je 3", "ret")
    assert inspect(caller, leak) == []
    assert inspect(caller, leak, ["window::digits"]) != []
