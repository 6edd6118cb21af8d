"""The command line as a shell sees it: help, exit status, what is on stdout and what on stderr."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib import metadata
from typing import TYPE_CHECKING

import pytest
from typer.core import TyperGroup

from openjpki.cli import lazy_command, output
from openjpki.cli.exit_codes import EXPLANATION, ExitCode, exit_code
from openjpki.cli.main import COMMANDS, program
from openjpki.cli.next_steps import next_step
from openjpki.errors import Language, OpenJpkiError, Reason
from tests.support.installation import openjpki, refusal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_REFUSED_SERVICE = """
import os, sys
from openjpki.cli.main import main
sys.argv = ["openjpki", "serve", "ca", "--settings", "/nowhere/ca.toml"]
try:
    main()
finally:
    print(os.environ.get("GRPC_VERBOSITY"))
"""
ENTRIES = {entry.name: entry for entry in COMMANDS}


def _commands() -> Iterator[tuple[str, ...]]:
    for entry in COMMANDS:
        yield (entry.name,)
        command = lazy_command.load(entry)
        if isinstance(command, TyperGroup):
            for name in command.commands:
                yield (entry.name, name)


@pytest.mark.parametrize("words", list(_commands()), ids=" ".join)
def test_every_command_explains_itself_and_its_options(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        program()([*words, "--help"], prog_name="openjpki")
    assert ended.value.code == 0
    told = capsys.readouterr()
    assert "Usage: openjpki " + " ".join(words) in told.out
    assert told.err == ""
    command = lazy_command.load(ENTRIES[words[0]])
    if len(words) > 1:
        command = command.commands[words[1]]
    assert command.help
    for parameter in command.params:
        assert getattr(parameter, "help", None), parameter.name


@pytest.mark.parametrize("entry", COMMANDS, ids=lambda entry: entry.name)
def test_the_list_of_commands_says_what_each_says_of_itself(entry: lazy_command.Entry) -> None:
    assert lazy_command.load(entry).help.splitlines()[0] == entry.help


def test_a_command_waits_for_no_other_commands_libraries() -> None:
    """`--help` of the program and `sign` need neither gRPC's services nor the database."""
    code = (
        "import sys; sys.argv=['openjpki', '--help']\n"
        "from openjpki.cli.main import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print([m for m in ('grpc', 'sqlalchemy', 'alembic') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_what_only_the_devkit_has_says_what_to_install() -> None:
    """As in an environment without it: every program of production's."""
    code = (
        "import sys\n"
        "from importlib import metadata\n"
        "from openjpki.cli import lazy_command, main\n"
        "lazy_command.DEVKIT = 'openjpki-devkit-that-is-not-there'\n"
        "main.main()"
    )
    for words in (
        ("demo",),
        ("bench",),
        ("mesh", "issue"),
        ("serve",),
        ("register", "generate", "residents.csv"),
    ):
        done = subprocess.run(
            [sys.executable, "-c", code, *words], capture_output=True, text=True, check=False
        )
        assert done.returncode == ExitCode.REFUSED, words
        assert done.stdout == ""
        assert "openjpki-devkit" in done.stderr


def test_help_states_every_exit_status() -> None:
    for status in ExitCode:
        assert f"{status.value} " in EXPLANATION
    done = openjpki("--help", output="table")
    assert done.returncode == ExitCode.OK
    assert " ".join(EXPLANATION.split()) in " ".join(done.stdout.replace("│", " ").split())


def test_the_version_is_the_distributions() -> None:
    done = openjpki("--version", output="table")
    assert done.returncode == ExitCode.OK
    assert done.stdout == f"openjpki {metadata.version('openjpki')}\n"


@pytest.mark.parametrize("reason", list(Reason), ids=lambda reason: reason.name)
def test_every_refusal_has_its_exit_status(reason: Reason) -> None:
    status = exit_code(OpenJpkiError(reason, "text"))
    if reason is Reason.INTERNAL:
        assert status is ExitCode.INTERNAL
    else:
        assert (status is ExitCode.UNAVAILABLE) == reason.retryable
    if reason.retryable:
        assert next_step(OpenJpkiError(reason, "text"), Language.EN)


def test_wrong_usage_is_2(tmp_path: Path) -> None:
    for words in (("nonsense",), ("verify",), ("sign", str(tmp_path / "absent"))):
        done = openjpki(*words)
        assert done.returncode == ExitCode.USAGE, words
        assert done.stdout == ""
        assert done.stderr
    assert "Did you mean 'verify'" in openjpki("verfy").stderr


def test_no_installation_is_3_with_the_next_step(tmp_path: Path) -> None:
    done = openjpki("verifier", "list", home=tmp_path)
    assert done.returncode == ExitCode.UNAVAILABLE
    told = refusal(done)
    assert told["error"] == "SERVICE_UNAVAILABLE"
    assert "openjpki serve" in told["message"]


@pytest.mark.parametrize("so_far", ["", '{"ocsp": {', "[]", '{"ca": {"rpc": 1}}'])
def test_an_installation_that_only_begins_is_none_yet(tmp_path: Path, so_far: str) -> None:
    (tmp_path / "endpoints.json").write_text(so_far)
    done = openjpki("verifier", "list", home=tmp_path)
    assert (done.returncode, refusal(done)["error"]) == (3, "SERVICE_UNAVAILABLE")


def test_a_service_that_is_away_is_3(tmp_path: Path) -> None:
    (tmp_path / "endpoints.json").write_text(json.dumps({"ocsp": {"rpc": 1}}))
    done = openjpki("verifier", "list", home=tmp_path)
    told = refusal(done)
    # The credentials are looked at before the call.
    assert (done.returncode, told["field"]) == (ExitCode.REFUSED, "--credentials")


def test_a_refusal_is_1_and_names_reason_field_and_next_step(tmp_path: Path) -> None:
    document = tmp_path / "letter.txt"
    document.write_text("letter")
    words = ("verify", str(document), str(document), "--authority", "thirteen")
    endpoint = ("--target", "127.0.0.1:1", "--credentials", str(tmp_path))
    told = refusal(openjpki(*words, *endpoint))
    assert told["error"] == "INVALID_FIELD"
    assert told["field"]
    assert set(told) == {
        *("error", "message", "field", "metadata", "text", "label", "violations", "next_step")
    }


def test_a_file_that_cannot_be_written_is_told_before_anything_is_done(tmp_path: Path) -> None:
    missing = tmp_path / "absent" / "register.csv"
    done = openjpki("register", "generate", str(missing), "--count", "1")
    assert done.returncode == ExitCode.USAGE
    assert "there is no folder" in done.stderr


def test_a_file_that_cannot_be_read_is_1(tmp_path: Path) -> None:
    (tmp_path / "endpoints.json").mkdir()
    done = openjpki("verifier", "list", home=tmp_path)
    assert done.returncode == ExitCode.REFUSED
    assert refusal(done)["field"] == str(tmp_path / "endpoints.json")


def test_residents_of_nowhere_are_refused_with_the_places_there_are(tmp_path: Path) -> None:
    file = tmp_path / "register.csv"
    told = refusal(openjpki("register", "generate", str(file), "--municipality", "00000"))
    assert (told["error"], told["field"]) == ("UNKNOWN_MUNICIPALITY", "--municipality")
    assert "13101" in told["message"]
    assert not file.exists()


def test_a_service_without_settings_says_where_they_come_from() -> None:
    told = refusal(openjpki("serve", "ca"))
    assert "tls must be set" in told["message"]
    assert "--settings" in told["next_step"]


def test_only_services_can_be_served() -> None:
    done = openjpki("serve", "verifier")
    assert done.returncode == ExitCode.USAGE
    assert "registration" in done.stderr


def test_json_is_all_there_is_on_stdout(tmp_path: Path) -> None:
    file = tmp_path / "register.csv"
    done = openjpki("register", "generate", str(file), "--count", "20", "--municipality", "13101")
    assert done.returncode == ExitCode.OK
    assert json.loads(done.stdout) == {"file": str(file), "residents": 20}
    assert len(file.read_text(encoding="utf-8").splitlines()) == 21


def test_a_table_shows_what_is_in_brackets_too(capsys: pytest.CaptureFixture[str]) -> None:
    """Values are printed as they are, not read as markup."""
    output.use_format(output.OutputFormat.TABLE)
    output.emit({"field_name": "a [bold]value[/] of 氏名", "none": None, "many": ["x", "y"]})
    told = capsys.readouterr().out
    assert "a [bold]value[/] of 氏名" in told
    assert "field name" in told


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shell_completion_prints(shell: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "openjpki.cli.main", "--show-completion", shell],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"},
    )
    assert done.returncode == 0, done.stderr
    assert "_OPENJPKI_COMPLETE" in done.stdout


def test_shell_completion_completes_commands_of_a_group() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "openjpki.cli.main"],
        capture_output=True,
        text=True,
        check=False,
        env={
            **os.environ,
            "_OPENJPKI_COMPLETE": "complete_bash",
            "COMP_WORDS": "openjpki window s",
            "COMP_CWORD": "2",
        },
    )
    assert done.stdout.split() == ["submit", "show"]


def test_grpc_is_kept_quiet_before_a_service_loads_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """It writes past a service's log, a line for each handshake that fails."""
    monkeypatch.delenv("GRPC_VERBOSITY", raising=False)
    done = subprocess.run(
        [sys.executable, "-c", _REFUSED_SERVICE], check=False, capture_output=True, text=True
    )
    assert done.stdout == "NONE\n"
