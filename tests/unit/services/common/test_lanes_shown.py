"""What a service with software keys measured at its start is in its metrics."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Literal

import pytest

from openjpki.config.parts import SoftwareKeysPart
from openjpki.services.common.keys import open_keys
from openjpki.signer_core import lanes, set_gathering, switch_lanes
from openjpki.telemetry.metrics import REGISTRY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    switch_lanes(True)
    set_gathering(None)


def _shown(
    directory: Path, switch: Literal["measured", "off"], gathering: float | None = None
) -> tuple[float | None, float | None, tuple[float | None, ...]]:
    passphrase = directory / "passphrase"
    passphrase.write_text("a passphrase that is long enough\n")
    part = SoftwareKeysPart(
        kind="software",
        directory=directory / "keys",
        passphrase_file=passphrase,
        lanes=switch,
        gathering=gathering,
    )
    with closing(open_keys(part)):
        value = REGISTRY.get_sample_value
        return (
            value("openjpki_lanes_smallest_group"),
            value("openjpki_lanes_wait_seconds"),
            tuple(
                value("openjpki_lanes_measured_seconds", {"signatures": number})
                for number in ("1", "4", "8")
            ),
        )


def test_what_was_measured_is_shown(tmp_path: Path) -> None:
    chosen = lanes()
    measured = chosen.measured or (None, None, None)
    assert _shown(tmp_path, "measured") == (chosen.smallest_group, chosen.wait, measured)


def test_the_wait_that_was_set_is_shown(tmp_path: Path) -> None:
    wait = 0.002 if lanes().smallest_group else 0.0
    assert _shown(tmp_path, "measured", 0.002)[1] == wait


def test_lanes_that_are_off_are_shown_as_none(tmp_path: Path) -> None:
    assert _shown(tmp_path, "off") == (0, 0, (None, None, None))
    assert lanes().smallest_group == 0
