"""What an inspection finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scripts.inspect_kernel.disassembly import Instruction


@dataclass(frozen=True)
class Finding:
    function: str
    kind: str
    instruction: Instruction

    def __str__(self) -> str:
        return (
            f"{self.function}: {self.kind}: {self.instruction.address:x}: {self.instruction.text}"
        )
