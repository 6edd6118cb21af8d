"""What peers print is read or refused, and a peer that is missing leaves its row out."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from openjpki.errors import OpenJpkiError, Reason
from openjpki_devkit.bench.peers import known
from openjpki_devkit.bench.peers.openssl import signatures_per_second
from openjpki_devkit.bench.peers.process import asking, figure, said

if TYPE_CHECKING:
    from pathlib import Path

    from openjpki_devkit.bench.peers.peer import Peer

_SPEED = """\
version: 3.0.19
CPUINFO: OPENSSL_ia32cap=0xfeda32235f8bffff:0x415fdef1bf97a9
                  sign    verify    sign/s verify/s
rsa  2048 bits 0.000239s 0.000007s   4178.5 138541.0
"""


def test_openssl_speed_is_read() -> None:
    assert signatures_per_second(_SPEED) == 4178.5


@pytest.mark.parametrize("printed", ["", _SPEED.replace("rsa  2048", "rsa  3072")])
def test_openssl_speed_without_its_line_is_refused(printed: str) -> None:
    with pytest.raises(OpenJpkiError, match="no rsa 2048 line") as refused:
        signatures_per_second(printed)
    assert refused.value.reason is Reason.INTERNAL


@pytest.mark.parametrize(("line", "value"), [("4178.5\n", 4178.5), ("2.9e-4\n", 2.9e-4)])
def test_a_figure_is_a_line(line: str, value: float) -> None:
    assert figure(line, "peer") == value


@pytest.mark.parametrize("line", ["", "\n", "ready\n", "0\n", "-1\n", "nan\n", "inf\n"])
def test_anything_else_is_refused(line: str) -> None:
    with pytest.raises(OpenJpkiError, match="peer answered") as refused:
        figure(line, "peer")
    assert refused.value.reason is Reason.INTERNAL


def test_a_program_answers_each_question_in_turn() -> None:
    doubling = "import sys\nfor line in sys.stdin: print(2 * float(line), flush=True)"
    with asking([sys.executable, "-c", doubling], 1.5) as ask:
        assert [ask(), ask()] == [3.0, 3.0]


def test_a_program_that_ends_early_is_no_figure() -> None:
    with (
        asking([sys.executable, "-c", "input()"], 1) as ask,
        pytest.raises(OpenJpkiError) as refused,
    ):
        ask()
    assert refused.value.reason is Reason.INTERNAL


def test_said_is_the_first_line_of_either_output() -> None:
    assert said(sys.executable, "-c", "print('1.2\\nmore')") == "1.2"
    assert said(sys.executable, "-c", "import sys; sys.stderr.write('3.4')") == "3.4"
    assert said(sys.executable, "-c", "raise SystemExit(1)") is None
    assert said("no-such-program-anywhere") is None


def test_missing_peers_are_left_out_with_a_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    peers = [known.OPENSSL, *known.OTHERS]
    # cryptography is a dependency of ours, so it is never missing.
    assert [peer.name for peer in known.present("rsa_batch", peers)] == ["cryptography"]
    told = capsys.readouterr().err
    for row in ("rsa_batch ", "rsa_batch_vs_aws_lc", "rsa_batch_vs_go", "rsa_batch_vs_java"):
        assert f"left out: {row}" in told
    assert known.versions()["Go crypto/rsa"] is None


@pytest.mark.parametrize("peer", known.OTHERS, ids=lambda peer: peer.name)
def test_every_peer_that_is_here_signs(peer: Peer) -> None:
    if not known.present("row", [peer]):
        pytest.skip(f"needs {peer.needs}")
    with peer.signing(2, 0.05) as rate:
        assert rate() > 0
