"""No line of the log is written with a key whose value is always withheld: it would say nothing."""

from __future__ import annotations

import ast
from pathlib import Path

import openjpki
from openjpki.telemetry.redaction import PRIVATE_KEYS

_LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}


def test_what_a_line_is_given_is_shown() -> None:
    (package,) = openjpki.__path__
    withheld, lines = [], 0
    for file in sorted(Path(package).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in _LEVELS
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id.lower().endswith("log")
            ):
                lines += 1
                withheld += [
                    f"{file.name}:{node.lineno} {one.arg}"
                    for one in node.keywords
                    if one.arg in PRIVATE_KEYS
                ]
    assert lines > 50
    assert withheld == []
