"""A service may open as many files as the machine lets it, and says when those are too few."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from openjpki.cli.open_files import BESIDES

HARD = 512
_SERVE = f"""
import resource
import sys
from types import SimpleNamespace

resource.setrlimit(resource.RLIMIT_NOFILE, (128, {HARD}))

from openjpki.cli import serve

limits = SimpleNamespace(max_connections=int(sys.argv[1]))
settings = SimpleNamespace(
    database=None, log=SimpleNamespace(level="info"), service=SimpleNamespace(limits=limits)
)


def build(*_):
    print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    raise SystemExit


serve.load_settings = lambda *_: settings
serve.require_begun = lambda *_: None
serve.import_module = lambda _: SimpleNamespace(build=build)
serve.serve_one(serve.ServiceName.CA, None)
"""


@pytest.mark.parametrize(
    ("connections", "warned"), [(HARD - BESIDES, False), (HARD - BESIDES + 1, True)]
)
def test_the_limit_is_raised_before_anything_is_opened(connections: int, warned: bool) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", _SERVE, str(connections)],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.split() == [str(HARD)]
    lines = [json.loads(line) for line in ran.stderr.splitlines()]
    assert [(one["event"], one["allowed"], one["needed"]) for one in lines] == (
        [("fewer files may be open than max_connections needs", HARD, HARD + 1)] if warned else []
    )
