"""Files of which there is one, whoever makes it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from openjpki.rpc.identity.private_files import write_private_once

if TYPE_CHECKING:
    from pathlib import Path


def test_of_those_who_make_it_at_once_one_does(tmp_path: Path) -> None:
    path = tmp_path / "tls.key"
    contents = [str(number).encode() for number in range(16)]
    with ThreadPoolExecutor(len(contents)) as pool:
        made = list(pool.map(lambda content: write_private_once(path, content), contents))
    assert made.count(True) == 1
    assert path.read_bytes() == contents[made.index(True)]
    assert path.stat().st_mode & 0o777 == 0o600
    # Nothing else is left.
    assert list(tmp_path.iterdir()) == [path]
