"""The server and the generator never get two threads of one core."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from openjpki_devkit.bench.cores import Cores

if TYPE_CHECKING:
    from pathlib import Path


def _system(folder: Path, siblings: list[str]) -> Path:
    for processor, threads in enumerate(siblings):
        topology = folder / f"cpu{processor}" / "topology"
        topology.mkdir(parents=True)
        (topology / "thread_siblings_list").write_text(f"{threads}\n")
    return folder


@pytest.mark.parametrize(
    ("siblings", "two"),
    [
        (["0", "1"], Cores(server=1, load=0)),
        (["0-1", "0-1", "2-3", "2-3"], Cores(server=2, load=0)),
        (["0,2", "1,3", "0,2", "1,3"], Cores(server=1, load=0)),
        (["0-1", "0-1"], None),
        (["0"], None),
    ],
)
def test_threads_of_one_core_are_not_two(
    siblings: list[str], two: Cores | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(len(siblings))))
    assert Cores.two(_system(tmp_path, siblings)) == two


def test_where_the_system_does_not_tell_there_are_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    assert Cores.two(tmp_path) is None
