# SPDX-License-Identifier: GPL-3.0-or-later
"""Replacing a file so that the old version survives anything. Imports errors only.

The new content goes to a temporary file in the same folder, reaches the disk, is verified, and
only then takes the name in one step. A crash, a full disk or a failing writer at any moment
leaves the previous version as it was.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from app.files.errors import Source, WriteFailedError, write_error

BACKUP_SUFFIX = "~"


def atomic_write(
    path: Source,
    data: bytes,
    *,
    verify: Callable[[Path], None] | None = None,
    backup: bool = False,
) -> None:
    """Replace the content of `path` by `data`, or create it.

    Args:
        path: the file to replace.
        data: its new content.
        verify: a further look at the finished temporary file, whose size is checked anyway.
        backup: keep the previous version beside it, as `name~`.

    Raises:
        WriteFailedError: nothing was changed; the error says why.
    """

    def check(written: Path) -> None:
        if written.stat().st_size != len(data):
            raise WriteFailedError(path, "the disk kept only part of the data")
        if verify is not None:
            verify(written)

    def write(file: BinaryIO) -> None:
        file.write(data)

    atomic_replace(path, write, verify=check, backup=backup)


def atomic_replace(
    path: Source,
    writer: Callable[[BinaryIO], None],
    *,
    verify: Callable[[Path], None] | None = None,
    backup: bool = False,
) -> None:
    """Replace the content of `path` by what `writer` writes, or create it.

    Symbolic links are followed and stay links; permissions of the old file are kept.

    Args:
        path: the file to replace.
        writer: fills the open, empty, seekable file it is given.
        verify: looks at the finished temporary file, and raises to reject it.
        backup: keep the previous version beside it, as `name~`.

    Raises:
        WriteFailedError: the system refused a step. Exceptions of `writer` and `verify` pass
            through, OSError as WriteFailedError. In every case `path` holds what it held before
            and no temporary file is left.
    """
    try:
        target = Path(os.path.realpath(path))
        old = _status(path, target)
        temporary = _beside(target)
        try:
            _create(temporary, old, writer)
            if verify is not None:
                verify(temporary)
            if backup and old is not None:
                _keep_backup(target)
            os.replace(temporary, target)
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise
        _sync_folder(target.parent)
    except OSError as error:
        raise write_error(path, error) from error


def backup_path(path: Source) -> Path:
    """Where `atomic_replace(..., backup=True)` keeps the previous version of `path`."""
    target = Path(os.path.realpath(path))
    return target.with_name(target.name + BACKUP_SUFFIX)


def _status(path: Source, target: Path) -> os.stat_result | None:
    """The old file's status, None where there is none; refuses what must not be replaced."""
    try:
        old = target.stat()
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(old.st_mode):
        raise WriteFailedError(path, "it is a folder or a device, not a file")
    if not os.access(target, os.W_OK):
        # Renaming over a file needs no right to write it, but its owner said "read-only".
        raise WriteFailedError(path, "it is read-only")
    return old


def _create(
    temporary: Path, old: os.stat_result | None, writer: Callable[[BinaryIO], None]
) -> None:
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    # 0o666 is narrowed by the user's umask, as for any new file.
    with os.fdopen(os.open(temporary, flags, 0o666), "w+b") as file:
        if old is not None:
            os.chmod(temporary, stat.S_IMODE(old.st_mode))
            if hasattr(os, "chown"):
                # Keeping a foreign owner is a privilege; without it the file becomes ours.
                with contextlib.suppress(PermissionError):
                    os.chown(temporary, old.st_uid, old.st_gid)
        writer(file)
        file.flush()
        os.fsync(file.fileno())


def _keep_backup(target: Path) -> None:
    """Give the previous version a second name without ever taking its first one away."""
    copy = _beside(target)
    try:
        try:
            os.link(target, copy)
        except OSError:  # FAT and some network disks have no hard links
            shutil.copy2(target, copy)
        os.replace(copy, target.with_name(target.name + BACKUP_SUFFIX))
    except BaseException:
        with contextlib.suppress(OSError):
            copy.unlink()
        raise


def _beside(target: Path) -> Path:
    # Cut, so that a name at the file system's limit still leaves room for the rest.
    stem = os.fsencode(target.name)[:200].decode("utf-8", "ignore")
    return target.with_name(f".{stem}.{secrets.token_hex(6)}.tmp")


def _sync_folder(folder: Path) -> None:
    """Make the new name itself durable, on systems that can. The new version already stands, so
    a file system that cannot sync a folder (some network ones) is no failure to save."""
    if os.name != "posix":
        return
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
