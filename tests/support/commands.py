"""Commands of `openjpki` run in the test's own process, their JSON compared with docs/json.md."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from openjpki.cli import output
from openjpki.cli.main import program
from tests.support.json_document import require_documented

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[..., tuple[object, Any]]]:
    """``command(*words)``: exit status and the JSON on stdout; a refusal is raised as it is."""

    def run(*words: object) -> tuple[object, Any]:
        told = [str(one) for one in words]
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            program()(["--output", "json", *told])
        printed = capsys.readouterr().out
        require_documented(told, printed)
        return ended.value.code, json.loads(printed)

    yield run
    # It is the process's: what comes next in it is printed for people.
    output.use_format(output.OutputFormat.TABLE)
