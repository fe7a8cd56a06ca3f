# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong with a file, as types. Imports nothing of ours.

Every error names the file and the reason, and `str(error)` is one sentence fit for a dialog.
"""

from __future__ import annotations

import errno
from os import PathLike, fspath
from pathlib import PurePath

Source = str | PathLike[str]


class FileError(Exception):
    """A file could not be read or written.

    Attributes:
        path: the file as the caller named it.
        reason: what is wrong, lower case, without a full stop.
    """

    sentence = "“{name}” could not be used: {reason}."

    def __init__(self, path: Source, reason: str) -> None:
        self.path = fspath(path)
        self.reason = reason
        super().__init__(self.message)

    @property
    def message(self) -> str:
        """One sentence for the user."""
        name = PurePath(self.path).name or self.path
        return self.sentence.format(name=name, reason=self.reason)

    def __reduce__(self) -> tuple[type[FileError], tuple[str, str]]:
        return type(self), (self.path, self.reason)


class NotFoundError(FileError):
    """There is no such file."""

    sentence = "“{name}” was not found: {reason}."


class UnreadableError(FileError):
    """The file is there, but the system does not let us read it."""

    sentence = "“{name}” could not be read: {reason}."


class TruncatedError(FileError):
    """The file ends before its content does, as after a broken download or a full disk."""

    sentence = "“{name}” is incomplete: {reason}."


class TooLargeError(FileError):
    """The picture is beyond a limit (`Limits`), so it was not loaded."""

    sentence = "“{name}” is too large to open: {reason}."


class UnsupportedFormatError(FileError):
    """The file is of a kind, or uses a feature, that cannot be read or written here."""

    sentence = "“{name}” is of a kind that cannot be used here: {reason}."


class MalformedError(FileError):
    """The content breaks its format's rules, by damage or on purpose."""

    sentence = "“{name}” is damaged: {reason}."


class WriteFailedError(FileError):
    """Saving failed; whatever stood at the path before is still there, untouched."""

    sentence = "“{name}” could not be saved: {reason}."


def read_error(path: Source, error: OSError) -> FileError:
    """The typed error for an OSError met while reading `path`."""
    if isinstance(error, FileNotFoundError):
        return NotFoundError(path, "no such file")
    return UnreadableError(path, _plain(error))


def write_error(path: Source, error: OSError) -> WriteFailedError:
    """The typed error for an OSError met while writing `path`."""
    return WriteFailedError(path, _plain(error))


def _plain(error: OSError) -> str:
    known = {
        errno.EACCES: "permission denied",
        errno.EPERM: "permission denied",
        errno.ENOSPC: "the disk is full",
        errno.EDQUOT: "the disk quota is used up",
        errno.EROFS: "the disk is read-only",
        errno.EISDIR: "it is a folder",
        errno.ENOENT: "the folder does not exist",
        errno.ENOTDIR: "part of its path is not a folder",
        errno.ENAMETOOLONG: "its name is too long",
        errno.EFBIG: "the disk's format cannot hold a file this large",
        errno.ELOOP: "its links lead in a circle",
        errno.EIO: "the disk reports an error",
    }
    text = known.get(error.errno or 0) or error.strerror or str(error)
    return text[:1].lower() + text[1:]
