"""The typed stub says what the compiled module is."""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[2]


def stubtest(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mypy.stubtest", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_stub_agrees_with_the_binary() -> None:
    allowed = HERE / "stubtest_allowlist.txt"
    result = stubtest("openjpki.signer_core", "--allowlist", str(allowed))
    assert result.returncode == 0, result.stdout


def test_every_allowance_is_still_needed() -> None:
    """Without the list, what it allows is all there is to complain about."""
    result = stubtest("openjpki.signer_core", "--concise")
    lines = (HERE / "stubtest_allowlist.txt").read_text().splitlines()
    allowed = [line.replace("\\", "") for line in lines if line and not line.startswith("#")]
    complaints = [line.split(" ")[0] for line in result.stdout.splitlines() if line]
    assert complaints == allowed
