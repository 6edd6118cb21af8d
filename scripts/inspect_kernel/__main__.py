"""Read the machine code of the signing core's lanes for branches and addresses that tell secrets.

``make inspect-kernel`` builds the release library and runs this over what objdump makes of it.
Exit code 1 names every finding; ``--list`` shows each conditional jump and what decides it. The
rules, and what they can't show, are in docs/signing-core.md.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.inspect_kernel.disassembly import functions, inlining
from scripts.inspect_kernel.rules import deciders, inspect

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scripts.inspect_kernel.findings import Finding


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
    for finding in findings:
        sys.stdout.write(f"{finding}\n")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
