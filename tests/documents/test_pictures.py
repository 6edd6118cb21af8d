"""The pictures show the floors, crates and rooms that there are."""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from pathlib import Path
from xml.etree import ElementTree as ET

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "docs" / "pictures"
SVG = "{http://www.w3.org/2000/svg}"


def drawn_in(picture: str) -> ET.Element:
    return ET.parse(PICTURES / picture).getroot()  # noqa: S314 - our own file


def texts(picture: str, kind: str) -> list[tuple[float, float, str]]:
    """(y, x, text) of every text of a class, from above."""
    return sorted(
        (float(one.attrib["y"]), float(one.attrib["x"]), one.text or "")
        for one in drawn_in(picture).iter(f"{SVG}text")
        if one.attrib["class"] == kind
    )


def test_the_floors_are_those_that_the_linter_holds() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    (layers,) = [one["layers"] for one in contracts if one["name"].startswith("Floors")]
    wanted = [
        {re.sub(r"^openjpki[._]", "", name) for name in layer.split(" | ")} for layer in layers
    ]
    drawn: dict[float, set[str]] = defaultdict(set)
    for y, _, name in texts("floors.svg", "t f"):
        drawn[y].add(name)
    assert list(drawn.values()) == wanted


def test_the_crates_are_those_of_the_workspace() -> None:
    crates = {
        manifest.parent.name
        for manifest in (ROOT / "signer_core").glob("*/Cargo.toml")
        if manifest.parent.name not in {"bench", "fuzz", "load"}
    }
    assert {name for _, _, name in texts("floors.svg", "t c")} == crates


def test_the_rooms_of_each_service_are_its_folders() -> None:
    found = drawn_in("services.svg").iter(f"{SVG}rect")
    boxes = [one.attrib for one in found if one.attrib["class"] == "svc"]
    drawn: dict[str, set[str]] = {}
    for box in boxes:
        left, top = float(box["x"]), float(box["y"])
        right, bottom = left + float(box["width"]), top + float(box["height"])

        def inside(
            kind: str,
            area: tuple[float, float, float, float] = (left, top, right, bottom),
        ) -> list[str]:
            return [
                text
                for y, x, text in texts("services.svg", kind)
                if area[0] < x < area[2] and area[1] < y < area[3]
            ]

        (service,) = inside("t")
        drawn[service] = set(inside("r"))
    services = ROOT / "python" / "openjpki" / "services"
    assert drawn == {
        folder.name: {room.parent.name for room in folder.glob("*/__init__.py")}
        for folder in services.iterdir()
        if folder.is_dir() and folder.name not in {"common", "__pycache__"}
    }
