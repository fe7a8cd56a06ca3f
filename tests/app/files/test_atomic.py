# SPDX-License-Identifier: GPL-3.0-or-later
"""Saving never costs the previous version."""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import pytest

from app.files import atomic
from app.files.atomic import atomic_replace, atomic_write, backup_path
from app.files.errors import WriteFailedError

posix = pytest.mark.skipif(os.name != "posix", reason="POSIX file modes")


def write_half_then(error: BaseException) -> Callable[[BinaryIO], None]:
    def writer(file: BinaryIO) -> None:
        file.write(b"half of the new ver")
        raise error

    return writer


def write_garbled(file: BinaryIO) -> None:
    file.write(b"garbled")


def test_a_new_file_holds_the_data_and_nothing_else_appears(no_leftovers: Path) -> None:
    path = no_leftovers / "picture.ora"
    atomic_write(path, b"new")
    assert path.read_bytes() == b"new"
    assert list(no_leftovers.iterdir()) == [path]


def test_an_old_file_is_replaced_and_kept_as_backup_when_asked(no_leftovers: Path) -> None:
    path = no_leftovers / "picture.ora"
    path.write_bytes(b"first")
    atomic_write(path, b"second", backup=True)
    assert (path.read_bytes(), backup_path(path).read_bytes()) == (b"second", b"first")
    assert backup_path(path).name == "picture.ora~"
    atomic_write(path, b"third", backup=True)
    assert (path.read_bytes(), backup_path(path).read_bytes()) == (b"third", b"second")


def test_backups_work_on_disks_without_hard_links(
    no_leftovers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", refuse)
    path = no_leftovers / "picture.ora"
    path.write_bytes(b"first")
    atomic_write(path, b"second", backup=True)
    assert (path.read_bytes(), backup_path(path).read_bytes()) == (b"second", b"first")


@pytest.mark.parametrize(
    ("error", "expected", "reason"),
    [
        (OSError(errno.ENOSPC, "No space left"), WriteFailedError, "the disk is full"),
        (OSError(errno.EDQUOT, "Quota"), WriteFailedError, "the disk quota is used up"),
        (PermissionError(errno.EACCES, "Denied"), WriteFailedError, "permission denied"),
        (RuntimeError("bug in the encoder"), RuntimeError, "bug in the encoder"),
        (KeyboardInterrupt("stop"), KeyboardInterrupt, "stop"),
    ],
)
def test_a_failing_writer_leaves_the_old_version(
    no_leftovers: Path, error: BaseException, expected: type[BaseException], reason: str
) -> None:
    path = no_leftovers / "picture.ora"
    path.write_bytes(b"precious")
    with pytest.raises(expected, match=reason):
        atomic_replace(path, write_half_then(error), backup=True)
    assert path.read_bytes() == b"precious"
    assert list(no_leftovers.iterdir()) == [path]


def test_a_rejected_file_leaves_the_old_version(no_leftovers: Path) -> None:
    path = no_leftovers / "picture.ora"
    path.write_bytes(b"precious")

    def reject(written: Path) -> None:
        assert written.read_bytes() == b"garbled"
        raise WriteFailedError(path, "it did not read back")

    with pytest.raises(WriteFailedError, match="did not read back") as caught:
        atomic_replace(path, write_garbled, verify=reject)
    assert path.read_bytes() == b"precious"
    assert caught.value.path == str(path)


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_failing_system_call_leaves_the_old_version(
    no_leftovers: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    path = no_leftovers / "picture.ora"
    path.write_bytes(b"precious")
    monkeypatch.setattr(atomic.os, step, fail)
    with pytest.raises(WriteFailedError, match="the disk reports an error"):
        atomic_write(path, b"new")
    monkeypatch.undo()
    assert path.read_bytes() == b"precious"


def test_the_new_content_reaches_the_disk_before_it_takes_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    sync, replace = os.fsync, os.replace

    def note_sync(handle: int) -> None:
        calls.append("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file")
        sync(handle)

    def note_replace(a: Path, b: Path) -> None:
        calls.append("replace")
        replace(a, b)

    monkeypatch.setattr(os, "fsync", note_sync)
    monkeypatch.setattr(os, "replace", note_replace)
    atomic_write(tmp_path / "picture.ora", b"new")
    assert calls == ["file", "replace"] + (["folder"] if os.name == "posix" else [])


@posix
def test_a_symbolic_link_stays_one(no_leftovers: Path) -> None:
    target, link = no_leftovers / "real.ora", no_leftovers / "link.ora"
    target.write_bytes(b"old")
    link.symlink_to(target)
    atomic_write(link, b"new", backup=True)
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    assert (no_leftovers / "real.ora~").read_bytes() == b"old"


@posix
@pytest.mark.parametrize("mode", [0o600, 0o664, 0o640])
def test_permissions_are_kept(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "picture.ora"
    path.write_bytes(b"old")
    path.chmod(mode)
    atomic_write(path, b"new")
    assert stat.S_IMODE(path.stat().st_mode) == mode


@posix
def test_a_new_file_gets_the_permissions_that_the_user_gives_files(tmp_path: Path) -> None:
    usual, ours = tmp_path / "usual", tmp_path / "ours"
    usual.write_bytes(b"")
    atomic_write(ours, b"")
    assert ours.stat().st_mode == usual.stat().st_mode


def test_a_read_only_file_is_not_replaced(
    no_leftovers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = no_leftovers / "picture.ora"
    path.write_bytes(b"old")
    monkeypatch.setattr(atomic.os, "access", lambda *_: False)  # root may write anything
    with pytest.raises(WriteFailedError, match="read-only"):
        atomic_write(path, b"new")
    assert path.read_bytes() == b"old"


def test_a_folder_and_a_missing_folder_are_named_as_the_reason(tmp_path: Path) -> None:
    with pytest.raises(WriteFailedError, match="it is a folder"):
        atomic_write(tmp_path, b"new")
    with pytest.raises(WriteFailedError, match="the folder does not exist"):
        atomic_write(tmp_path / "nowhere" / "picture.ora", b"new")
    with pytest.raises(WriteFailedError, match="name is too long"):
        atomic_write(tmp_path / ("n" * 300), b"new")


@pytest.mark.skipif(sys.platform == "win32", reason="names are counted otherwise there")
def test_the_longest_possible_name_can_be_saved(no_leftovers: Path) -> None:
    path = no_leftovers / ("é" * 127)  # 254 bytes of at most 255
    atomic_write(path, b"first")
    atomic_write(path, b"second")
    assert path.read_bytes() == b"second"
