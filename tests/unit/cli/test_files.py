"""What commands write is looked at first, and is there whole or not at all."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest
import typer

from openjpki.cli.files import appearing, placeable, writable, write_over

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_that_can_be_made_or_replaced_passes(tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.touch()
    assert [writable(None), writable(tmp_path / "new")] == [None, tmp_path / "new"]
    with pytest.raises(typer.BadParameter, match="--force"):
        writable(there)
    write_over(True)
    try:
        assert writable(there) == there
    finally:
        write_over(False)


def test_no_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(typer.BadParameter, match="there is no folder"):
        writable(tmp_path / "absent" / "file")
    with pytest.raises(typer.BadParameter, match="is a folder"):
        writable(tmp_path)


def test_no_right_to_write_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests may run as root, who may write anywhere: the system's answer is given here."""
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(typer.BadParameter, match="may not be written"):
        writable(tmp_path / "file")


def test_a_file_appears_whole_or_stays_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "list.der"
    file.write_bytes(b"old")
    with pytest.raises(RuntimeError):
        _cut_short(file)
    assert file.read_bytes() == b"old"
    with appearing(file) as opened:
        opened.write(b"new")
        assert file.read_bytes() == b"old"
    assert file.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [file]


def test_whoever_may_not_read_a_file_may_not_read_what_takes_its_place(tmp_path: Path) -> None:
    file = tmp_path / "request.json"
    file.write_bytes(b"old")
    file.chmod(0o600)
    modes = []
    with appearing(file) as opened:
        modes += [one.stat().st_mode & 0o777 for one in tmp_path.iterdir()]
        opened.write(b"new")
    assert modes == [0o600, 0o600]
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (b"new", 0o600)


def test_what_a_link_leads_to_is_looked_at(tmp_path: Path) -> None:
    """Before anything is done: it is there that the file is made."""
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "gone" / "file")
    with pytest.raises(typer.BadParameter, match="there is no folder"):
        placeable(link)


def test_links_that_lead_around_are_told_as_a_file(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.symlink_to(other)
    other.symlink_to(one)
    for look in (placeable, writable):
        with pytest.raises(OSError, match="one") as told:
            look(one)
        assert (told.value.errno, told.value.filename) == (errno.ELOOP, str(one))
    with pytest.raises(OSError, match="one"), appearing(one):
        pass


def test_a_folder_that_takes_no_file_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tests may run as root, who may write anywhere: the system's answer is given here."""
    there = tmp_path / "there"
    there.touch()
    monkeypatch.setattr(os, "access", lambda path, _: path != tmp_path)
    with pytest.raises(typer.BadParameter, match="may not be written"):
        placeable(there)


def _cut_short(file: Path) -> None:
    with appearing(file) as opened:
        opened.write(b"ne")
        raise RuntimeError
