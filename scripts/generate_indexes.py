"""Write the two indexes that repeat what modules say of themselves: the module map of
CONTRIBUTING.md and the support modules of tests/README.md.

Each row is the first line of a package's or module's docstring, or the description of a crate.
Run ``python scripts/generate_indexes.py`` after adding, moving or renaming one; with ``--check``
nothing is written and a difference makes the exit code 1.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent

_HEADER = "| {} | what is in it |\n| --- | --- |\n"
_NOT_ROOMS = {"api", "data", "migrations"}
"""Generated code, tables, and revisions of schemas: named where they belong, not room by room."""


def python_rooms() -> Iterator[tuple[str, str]]:
    """Every package of the product and of the devkit, with its docstring's first line."""
    for root in (ROOT / "python" / "openjpki", ROOT / "devkit" / "openjpki_devkit"):
        for module in sorted(root.rglob("__init__.py"), key=lambda found: found.parent.parts):
            folder = module.parent
            inside = set(folder.relative_to(root).parts)
            if not inside & _NOT_ROOMS:
                yield f"{folder.relative_to(ROOT)}/", first_line(module)


def rust_rooms() -> Iterator[tuple[str, str]]:
    """Every crate, with its description."""
    for manifest in sorted(ROOT.glob("models/*/Cargo.toml")) + sorted(
        ROOT.glob("signer_core/*/Cargo.toml")
    ):
        package = tomllib.loads(manifest.read_text("utf-8"))["package"]
        yield f"{manifest.parent.relative_to(ROOT)}/", f"{package['description']}."


def support_modules() -> Iterator[tuple[str, str]]:
    """Every module of tests/support."""
    for module in sorted((ROOT / "tests" / "support").glob("*.py")):
        yield module.name, first_line(module)


def first_line(module: Path) -> str:
    """Of its docstring. Raises ``ValueError`` for a module that has none."""
    docstring = ast.get_docstring(ast.parse(module.read_text("utf-8")))
    if not docstring:
        raise ValueError(f"{module} has no docstring")
    return docstring.splitlines()[0]


def table(first_column: str, rows: Iterator[tuple[str, str]]) -> str:
    """A Markdown table."""
    lines = "".join(f"| `{name}` | {what} |\n" for name, what in rows)
    return _HEADER.format(first_column) + lines


def current() -> dict[Path, str]:
    """The two documents as they should be."""
    return {
        ROOT / "CONTRIBUTING.md": with_tables(
            ROOT / "CONTRIBUTING.md",
            {"room": table("room", python_rooms()), "crate": table("crate", rust_rooms())},
        ),
        ROOT / "tests" / "README.md": with_tables(
            ROOT / "tests" / "README.md", {"module": table("module", support_modules())}
        ),
    }


def with_tables(document: Path, tables: dict[str, str]) -> str:
    """The document with the table of each first column replaced."""
    text = document.read_text("utf-8")
    for first_column, made in tables.items():
        header = re.escape(_HEADER.format(first_column))
        found = re.findall(rf"{header}(?:\|.*\|\n)*", text)
        if len(found) != 1:
            raise ValueError(f"{document.name} has {len(found)} tables of {first_column}s, not one")
        text = text.replace(found[0], made)
    return text


def main() -> int:
    """Write or check; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, tell differences")
    check = parser.parse_args().check
    different = {path: text for path, text in current().items() if path.read_text("utf-8") != text}
    for path, text in different.items():
        if check:
            sys.stderr.write(f"{path.relative_to(ROOT)}: run python scripts/generate_indexes.py\n")
        else:
            path.write_text(text, "utf-8")
    return 1 if check and different else 0


if __name__ == "__main__":
    sys.exit(main())
