# SPDX-License-Identifier: GPL-3.0-or-later
"""ZIP containers from strangers, read member by member. Imports errors and limits only.

Nothing is ever unpacked to disk, so a member's name is only a key. What a member claims to
unpack to is checked before it is unpacked, and it cannot yield more than it claims.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from types import TracebackType
from typing import BinaryIO

from app.files.errors import (
    MalformedError,
    Source,
    TooLargeError,
    TruncatedError,
    UnsupportedFormatError,
    read_error,
)
from app.files.limits import MIB, Limits

_LOCAL_HEADER = b"PK\x03\x04"
_HEADER_FLAG_ENCRYPTED = 1
_DEFLATE_RATIO = 1040  # deflate reaches 1032 : 1 on blank data; more is a lie
_SMALL = 64 * MIB  # members up to this size may unpack as far as that
# Everything that zipfile raises on broken input, beside OSError.
_BROKEN = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    struct.error,
    EOFError,
    IndexError,
    NotImplementedError,
    OverflowError,
    RuntimeError,
    UnicodeError,
    ValueError,
)


class Container:
    """A ZIP file open for reading. A context manager; `read` may be called from any thread.

    Raises:
        NotFoundError, UnreadableError: the system does not give us the file.
        TruncatedError: it starts as a ZIP file but its table of contents is missing.
        MalformedError: it is no ZIP file, its table is broken or names a member twice.
        TooLargeError: it has more members than allowed.
    """

    def __init__(self, path: Source, limits: Limits) -> None:
        self.path = path
        self._limits = limits
        try:
            self._file: BinaryIO = open(path, "rb")  # noqa: SIM115 - closed by close()
        except OSError as error:
            raise read_error(path, error) from error
        try:
            self._members = self._index()
        except BaseException:
            self._file.close()
            raise

    def _index(self) -> dict[str, zipfile.ZipInfo]:
        try:
            head = self._file.read(4)
            self._zip = zipfile.ZipFile(self._file)
        except OSError as error:
            raise read_error(self.path, error) from error
        except _BROKEN as error:
            if head == _LOCAL_HEADER:
                raise TruncatedError(
                    self.path, "the table of contents at its end is missing or broken"
                ) from error
            raise MalformedError(self.path, "it is not a ZIP container") from error
        infos = self._zip.infolist()
        if len(infos) > self._limits.entries:
            raise TooLargeError(self.path, f"it has more than {self._limits.entries} members")
        members: dict[str, zipfile.ZipInfo] = {}
        for info in infos:
            if info.filename in members:
                raise MalformedError(self.path, f"it holds {_short(info.filename)} twice")
            members[info.filename] = info
        return members

    def __enter__(self) -> Container:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Release the file."""
        self._zip.close()
        self._file.close()

    def names(self) -> list[str]:
        """Names of all members, in the order of the table of contents."""
        return list(self._members)

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def size(self, name: str) -> int:
        """The size in bytes that a member claims to unpack to; 0 where there is none."""
        info = self._members.get(name)
        return 0 if info is None else info.file_size

    def read(self, name: str, most: int) -> bytes:
        """The content of a member, its checksum verified.

        Raises:
            TooLargeError: it claims more than `most` bytes.
            MalformedError, TruncatedError, UnsupportedFormatError: there is no such member, or it
                cannot be unpacked.
        """
        info = self._members.get(name)
        if info is None:
            raise MalformedError(self.path, f"its part {_short(name)} is missing")
        if info.flag_bits & _HEADER_FLAG_ENCRYPTED:
            raise UnsupportedFormatError(self.path, f"its part {_short(name)} is encrypted")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise UnsupportedFormatError(
                self.path, f"its part {_short(name)} is packed by an unknown method"
            )
        if info.file_size > most:
            raise TooLargeError(self.path, f"its part {_short(name)} is over {most} bytes")
        ratio = _DEFLATE_RATIO if info.file_size <= _SMALL else self._limits.packed_ratio
        if info.file_size > info.compress_size * ratio:
            raise MalformedError(
                self.path, f"its part {_short(name)} unpacks to far more than it holds"
            )
        try:
            data = self._zip.read(info)
        except EOFError as error:
            raise TruncatedError(self.path, f"its part {_short(name)} ends early") from error
        except OSError as error:
            raise read_error(self.path, error) from error
        except _BROKEN as error:
            raise MalformedError(
                self.path, f"its part {_short(name)} is broken ({_lower(str(error))})"
            ) from error
        if len(data) != info.file_size:
            raise TruncatedError(self.path, f"its part {_short(name)} ends early")
        return data


def _short(name: str) -> str:
    return repr(name if len(name) <= 60 else name[:57] + "…")


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
